"""The overview of event maps: who can be booked in Cal.com for what, branch by branch."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from kombu.exceptions import OperationalError

from appointments.admin.acting import action, leave
from appointments.admin.base import choices_for, within_company
from appointments.admin.shown import name_of
from appointments.models import Branch, Company, Service, Staff
from calcom.admin.event_map_actions import EventMapActions
from calcom.admin.event_map_cells import HARMLESS, STATES, Look, acts_on, spell
from calcom.admin.event_map_table import by_service, tables
from calcom.event_maps import with_purpose
from calcom.event_maps.matrix import Cell, get_matrix
from calcom.models import CalcomEventMap
from calcom.tasks import check_some_event_maps, create_missing_event_maps, push_event_maps

LOOK_AGAIN_SECONDS = 4
LOOKS_FOR_SECONDS = 120
ROWS_PER_PAGE = 40
# What was sent for is remembered with the session: an address would be too short for it.
ORDER = "event_map_order"
TICKED, ALL = "ticked", "all"
ACTS = {
    "create": (gettext_lazy("Create"), gettext_lazy("Create in Cal.com what is missing")),
    "push": (gettext_lazy("Push ours"), gettext_lazy("Make Cal.com as we need it")),
    "take": (
        gettext_lazy("Take theirs"),
        gettext_lazy("Take what Cal.com has: title, hidden, guests"),
    ),
    "ignore": (gettext_lazy("Ignore"), gettext_lazy("Ignore what differs …")),
    "check": (gettext_lazy("Check now"), gettext_lazy("Check now")),
}
FILTERS = (("branch", Branch), ("staff", Staff), ("service", Service))


class EventMapMatrix(EventMapActions):
    """A table whose cells say what is wrong with them, and what can be done about it."""

    actions_list = ("matrix", "create_missing")

    @action(
        description=gettext_lazy("Overview"),
        icon="grid_on",
        permissions=["view"],
        url_path="matrix",
    )
    def matrix(self, request: HttpRequest) -> HttpResponse:
        syncing = within_company(Company.objects.exclude(calcom_api_key=""), request)
        chosen = {name: _number(request.GET.get(name, "")) for name, _model in FILTERS}
        branches = get_matrix(
            company_ids=list(syncing.values_list("pk", flat=True)),
            **{f"{name}_id": pk for name, pk in chosen.items()},
        )
        cells = {spell(cell.key): cell for branch in branches for cell in branch.cells}
        if request.method == "POST":
            return self._do(request, cells)
        only_problems = bool(request.GET.get("problems"))
        rows = Paginator(by_service(branches, only_problems=only_problems), ROWS_PER_PAGE)
        page = rows.get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            **_progress(request, cells),
            **self._bulk(request, cells.values()),
            "opts": self.opts,
            "title": _("Event maps at a glance"),
            "tables": list(tables(page, _zones(request))),
            "counts": _counts(cells.values()),
            "filters": [
                (model._meta.verbose_name, name, chosen[name], _choices(model, request))
                for name, model in FILTERS
            ],
            "only_problems": only_problems,
            "page": page,
            "query": urlencode({key: it for key, it in request.GET.items() if key != "page"}),
            "back": reverse("admin:calcom_calcomeventmap_changelist"),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/calcom/event_map_matrix.html", context)

    def _bulk(self, request: HttpRequest, cells: Collection[Cell]) -> dict[str, Any]:
        """Return what this person may do: with how many cells at once, and in each."""
        mine = {act: words for act, words in ACTS.items() if self._may(request, act)}
        return {
            "bulk": [
                (act, words, sum(act in acts_on(cell) for cell in cells))
                for act, (_short, words) in mine.items()
            ],
            "acts": {act: short for act, (short, _words) in mine.items()},
        }

    def _may(self, request: HttpRequest, act: str) -> bool:
        if act == "create":
            return self.has_add_permission(request)
        return self.has_change_permission(request)

    def _do(self, request: HttpRequest, cells: dict[str, Cell]) -> HttpResponse:
        """Do, or send for, what was chosen, and go where one sees it happen."""
        act = next((name for name in ACTS if name in request.POST), "")
        here = request.get_full_path()
        if not act or not self._may(request, act):
            raise PermissionDenied
        whose = request.POST[act]
        ticked = set(request.POST.getlist("cell")) if whose == TICKED else {whose}
        wanted = {
            name: cell
            for name, cell in cells.items()
            if act in acts_on(cell) and (whose == ALL or name in ticked)
        }
        if not wanted:
            text = _("Nothing was chosen for which this can be done.")
            self.message_user(request, text, messages.WARNING)
            return leave(request, here)
        if act in SENT_FOR:
            return self._send_for(request, act, wanted, here)
        ids = _map_ids(wanted.values())
        mine = within_company(CalcomEventMap.objects.all(), request)
        rows = list(with_purpose(mine).prefetch_related("drifts").filter(pk__in=ids).order_by("pk"))
        if act == "take":
            self._take(request, rows, kinds=HARMLESS)
            return leave(request, here)
        hidden = [("ignore", TICKED), *(("cell", name) for name in wanted)]
        asked = self.ignore_with_note(request, rows, hidden=hidden, back=here)
        return asked or leave(request, here)

    def _send_for(
        self, request: HttpRequest, act: str, wanted: dict[str, Cell], here: str
    ) -> HttpResponse:
        companies = dict(
            within_company(Company.objects.all(), request).values_list("branches", "pk")
        )
        by_company: dict[int, list[Cell]] = defaultdict(list)
        for cell in wanted.values():
            by_company[companies[cell.key.branch_id]].append(cell)
        since = timezone.now().isoformat()
        try:
            for company_id, cells in by_company.items():
                SENT_FOR[act](company_id, cells)
        except (OperationalError, OSError):
            text = _("It could not be begun; try again.")
            self.message_user(request, text, messages.ERROR)
            return leave(request, here)
        request.session[ORDER] = {"act": act, "since": since, "cells": list(wanted)}
        return leave(request, here)


def _map_ids(cells: Iterable[Cell]) -> list[int]:
    return [cell.map_id for cell in cells if cell.map_id is not None]


def _create(company_id: int, cells: list[Cell]) -> None:
    keys = [
        [cell.key.branch_id, cell.key.staff_id, cell.key.service_id, cell.key.segment_key]
        for cell in cells
    ]
    create_missing_event_maps.delay(company_id, keys=keys)


def _push(company_id: int, cells: list[Cell]) -> None:
    push_event_maps.delay(company_id, map_ids=_map_ids(cells))


def _check(company_id: int, cells: list[Cell]) -> None:
    check_some_event_maps.delay(company_id, map_ids=_map_ids(cells))


# What Cal.com is asked for: by a worker, however much it is.
SENT_FOR: dict[str, Callable[[int, list[Cell]], None]] = {
    "create": _create,
    "push": _push,
    "check": _check,
}


def _progress(request: HttpRequest, cells: dict[str, Cell]) -> dict[str, Any]:
    """Return how far what this person last sent for is, while it is news."""
    order = request.session.get(ORDER)
    if not order:
        return {"wanted": 0}
    since = datetime.fromisoformat(order["since"])
    elapsed = (timezone.now() - since).total_seconds()
    names = [name for name in order["cells"] if name in cells]
    waiting = [name for name in names if not _is_done(cells[name], order["act"], since=since)]
    failed = [name for name in names if name not in waiting and cells[name].failure]
    # Nobody's browser asks for ever; and what is done is said once.
    if not waiting or elapsed > LOOKS_FOR_SECONDS:
        del request.session[ORDER]
    return {
        "order": ACTS[order["act"]][0],
        "wanted": len(names),
        "made": len(names) - len(waiting),
        "failed": len(failed),
        "waiting": len(waiting),
        "look_again_seconds": (
            LOOK_AGAIN_SECONDS if waiting and elapsed <= LOOKS_FOR_SECONDS else 0
        ),
    }


def _is_done(cell: Cell, act: str, *, since: datetime) -> bool:
    return cell.was_tried(since=since) or (act == "create" and not cell.can_be_made)


def _zones(request: HttpRequest) -> dict[int, ZoneInfo]:
    branches = within_company(Branch.objects.select_related("company"), request)
    return {branch.pk: branch.zone for branch in branches}


def _counts(cells: Iterable[Cell]) -> list[tuple[Look, int]]:
    found = Counter(cell.state for cell in cells)
    return [(look, found[state]) for state, look in STATES.items() if found[state]]


def _choices(model: Any, request: HttpRequest) -> list[tuple[int, str]]:
    return [(row.pk, name_of(row)) for row in choices_for(model, request)]


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004 -- of a key
