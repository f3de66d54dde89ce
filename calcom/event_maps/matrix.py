"""Who can be booked in Cal.com for what: every combination that is offered, and how it stands."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from appointments.models import StaffService
from calcom.event_maps.missing import MapKey
from calcom.models import CalcomEventMap, EventMapDrift, EventMapFailure

OK, MISSING, BROKEN, UNVERIFIED, DRIFT = "ok", "missing", "broken", "unverified", "drift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One segment with one staff member.

    Attributes:
        state: "ok", "missing", "broken", "unverified" or "drift".
        map_id: of the event map, None while there is none.
        checked_at: when Cal.com last said what it knows of it.
        drifts: in what they differ, ignored or not.
        failure: what was in the way when it was last tried.
    """

    key: MapKey
    segment_name: str
    state: str
    map_id: int | None = None
    checked_at: datetime | None = None
    drifts: tuple[EventMapDrift, ...] = ()
    failure: EventMapFailure | None = None

    @property
    def can_be_made(self) -> bool:
        return self.state in {MISSING, BROKEN}

    @property
    def has_problem(self) -> bool:
        return self.state != OK or self.failure is not None

    def was_tried(self, *, since: datetime) -> bool:
        """Whether something has come of what was asked for then, good or bad."""
        failed_at = self.failure.failed_at if self.failure else None
        return any(at is not None and at >= since for at in (self.checked_at, failed_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One staff member with one service, the hands-on segments in their order."""

    staff_id: int
    service_id: int
    staff_name: str
    service_name: str
    cells: tuple[Cell, ...]

    @property
    def has_problem(self) -> bool:
        return any(cell.has_problem for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchMatrix:
    branch_id: int
    branch_name: str
    company_name: str
    lines: tuple[Line, ...]

    @property
    def cells(self) -> Iterator[Cell]:
        return (cell for line in self.lines for cell in line.cells)


class _Offered(NamedTuple):
    """A hands-on segment of a service that a staff member of a branch performs."""

    branch_id: int
    staff_id: int
    service_id: int
    segment_key: str
    segment_name: str
    branch_name: str
    company_name: str
    staff_name: str
    service_name: str

    @property
    def key(self) -> MapKey:
        return MapKey(self.branch_id, self.staff_id, self.service_id, self.segment_key)


def get_matrix(
    *,
    company_ids: Collection[int],
    branch_id: int | None = None,
    staff_id: int | None = None,
    service_id: int | None = None,
) -> list[BranchMatrix]:
    """Return what is offered in each branch, by service and staff member. Four queries.

    Args:
        company_ids: of which companies.
        branch_id: only there; None for everywhere.
        staff_id: only with them; None for everybody.
        service_id: only of that; None for all.
    """
    wanted = {
        path: pk
        for path, pk in (
            ("staff__branch", branch_id),
            ("staff", staff_id),
            ("service", service_id),
        )
        if pk is not None
    }
    known = _Known.of(company_ids)
    return [
        BranchMatrix(
            branch_id=branch_id_,
            branch_name=branch_name,
            company_name=company_name,
            lines=tuple(_lines(in_branch, known)),
        )
        for (branch_id_, branch_name, company_name), in_branch in groupby(
            _offered(company_ids, wanted),
            key=attrgetter("branch_id", "branch_name", "company_name"),
        )
    ]


def _lines(in_branch: Iterable[_Offered], known: "_Known") -> Iterator[Line]:
    together = attrgetter("service_id", "staff_id", "service_name", "staff_name")
    for (service, staff, service_name, staff_name), segments in groupby(in_branch, key=together):
        yield Line(
            staff_id=staff,
            service_id=service,
            staff_name=staff_name,
            service_name=service_name,
            cells=tuple(known.cell(segment) for segment in segments),
        )


def _offered(company_ids: Collection[int], wanted: dict[str, int]) -> Iterator[_Offered]:
    """Yield every hands-on segment that is offered, in the order of the table. One query."""
    rows = (
        StaffService.objects.filter(
            staff__company__in=company_ids,
            staff__is_active=True,
            service__is_active=True,
            service__segments__staff_required=True,
            **wanted,
        )
        .order_by(
            "staff__company__name",
            "staff__branch__name",
            "staff__branch",
            "service__name",
            "service",
            "staff__name",
            "staff",
            "service__segments__position",
        )
        .values_list(
            "staff__branch",
            "staff",
            "service",
            "service__segments__key",
            "service__segments__name",
            "staff__branch__name",
            "staff__company__name",
            "staff__name",
            "service__name",
        )
    )
    return (_Offered(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored of the maps of some companies."""

    maps: dict[MapKey, CalcomEventMap]
    drifts: dict[int, list[EventMapDrift]]
    failures: dict[MapKey, EventMapFailure]

    @classmethod
    def of(cls, company_ids: Collection[int]) -> "_Known":
        """Read it. Three queries."""
        maps = CalcomEventMap.objects.filter(company__in=company_ids)
        failures = EventMapFailure.objects.filter(company__in=company_ids)
        drifts: dict[int, list[EventMapDrift]] = defaultdict(list)
        found = EventMapDrift.objects.filter(event_map__company__in=company_ids)
        for drift in found.select_related("ignored_by").order_by("kind"):
            drifts[drift.event_map_id].append(drift)
        return cls({_key(row): row for row in maps}, drifts, {_key(row): row for row in failures})

    def cell(self, offered: _Offered) -> Cell:
        key, name = offered.key, offered.segment_name
        row, failure = self.maps.get(key), self.failures.get(key)
        if row is None:
            return Cell(key=key, segment_name=name, state=MISSING, failure=failure)
        drifts = self.drifts.get(row.pk, [])
        return Cell(
            key=key,
            segment_name=name,
            state=_state(row, drifts),
            map_id=row.pk,
            checked_at=row.checked_at,
            drifts=tuple(drifts),
            failure=failure,
        )


def _key(row: CalcomEventMap | EventMapFailure) -> MapKey:
    return MapKey(row.branch_id, row.staff_id, row.service_id, row.segment_key)


def _state(row: CalcomEventMap, drifts: Sequence[EventMapDrift]) -> str:
    if row.is_broken:
        return BROKEN
    if row.checked_at is None:
        return UNVERIFIED
    return DRIFT if any(drift.ignored_at is None for drift in drifts) else OK
