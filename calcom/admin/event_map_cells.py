"""A cell of the overview of event maps, in words: how it stands, and what can be done."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.admin.shown import NOTHING, moment, who
from appointments.admin.steps import step_in_words
from calcom.event_maps import MapKey, Problem, remedy_for
from calcom.event_maps.matrix import Cell
from calcom.models import DriftKind, EventMapDrift

YES_OR_NO = {"True": gettext_lazy("yes"), "False": gettext_lazy("no")}


class Look(NamedTuple):
    """How a state is shown; the sign tells it where there is no room for words, or no colour."""

    words: Any
    colour: str
    sign: str


STATES = {
    "ok": Look(gettext_lazy("usable"), "success", "✓"),
    "missing": Look(gettext_lazy("missing"), "danger", "○"),
    "broken": Look(gettext_lazy("broken"), "danger", "✕"),
    "unverified": Look(gettext_lazy("not checked yet"), "warning", "?"),
    "drift": Look(gettext_lazy("differs from Cal.com"), "warning", "≠"),
}
# What can be taken over for one map without changing the service for everybody.
HARMLESS = (DriftKind.TITLE, DriftKind.HIDDEN, DriftKind.GUESTS)


def side(text: str) -> str:
    """Return one side of a difference as people read it."""
    return str(YES_OR_NO.get(text, text)) or NOTHING


def spell(key: MapKey) -> str:
    """Name a cell in a form."""
    return f"{key.branch_id}-{key.staff_id}-{key.service_id}-{key.segment_key}"


def acts_on(cell: Cell) -> list[str]:
    """Return what can be done about a cell, of "create", "push", "take", "ignore" and "check"."""
    noticed = [drift for drift in cell.drifts if drift.ignored_at is None]
    possible = {
        "create": cell.can_be_made,
        "push": cell.map_id is not None and cell.has_problem,
        "take": any(drift.kind in HARMLESS for drift in noticed),
        "ignore": any(not drift.is_breaking for drift in noticed),
        "check": cell.map_id is not None,
    }
    return [act for act, is_possible in possible.items() if is_possible]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCell:
    """What the page shows of a cell.

    Attributes:
        name: in the form.
        step: of the service, as the salon calls it.
        look: how it stands.
        checked: when Cal.com last said what it has.
        lines: each difference in a sentence.
        ignored: those that somebody ignores, with who, when and why.
        failure: what was in the way when it was last tried, and the remedy; "" for nothing.
        acts: what a press does in the cell itself: of what is as it should be, nothing; what has
            a map is pushed rather than created.
    """

    name: str
    step: str
    map_id: int | None
    look: Look
    checked: str
    lines: list[str]
    ignored: list[str]
    failure: str
    acts: list[str]

    @property
    def has_more_to_say(self) -> bool:
        """Whether there is more to it than that it is as it should be."""
        return bool(self.acts or self.failure or self.lines or self.ignored)


def shown(cell: Cell, zone: ZoneInfo, *, is_only: bool) -> ShownCell:
    """Put a cell into words; `is_only`: its service has no other step that Cal.com books."""
    return ShownCell(
        name=spell(cell.key),
        step=step_in_words(cell.key.segment_key, cell.segment_name, is_only=is_only),
        map_id=cell.map_id,
        look=STATES[cell.state],
        checked=moment(cell.checked_at, zone=zone) if cell.checked_at else "",
        lines=[_line(drift) for drift in cell.drifts if drift.ignored_at is None],
        ignored=[_ignored(drift, zone) for drift in cell.drifts if drift.ignored_at],
        failure=_failure(cell, zone),
        acts=[
            act
            for act in acts_on(cell)
            if cell.has_problem and not (act == "create" and cell.map_id)
        ],
    )


def _line(drift: EventMapDrift) -> str:
    kind = drift.get_kind_display()
    if drift.kind == DriftKind.GONE:
        return f"{kind}: {drift.ours}"
    return _("%(kind)s: here %(ours)s, in Cal.com %(theirs)s") % {
        "kind": kind,
        "ours": side(drift.ours),
        "theirs": side(drift.theirs),
    }


def _ignored(drift: EventMapDrift, zone: ZoneInfo) -> str:
    return _("%(line)s (ignored %(at)s, %(who)s: “%(note)s”)") % {
        "line": _line(drift),
        "at": moment(drift.ignored_at, zone=zone),
        "who": who(drift.ignored_by),
        "note": drift.ignored_note,
    }


def _failure(cell: Cell, zone: ZoneInfo) -> str:
    if cell.failure is None:
        return ""
    problem = Problem(cell.failure.problem)
    facts = f" ({cell.failure.facts})" if cell.failure.facts else ""
    at = moment(cell.failure.failed_at, zone=zone)
    return f"{at}: {problem.label}{facts}. {remedy_for(problem)}"
