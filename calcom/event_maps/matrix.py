"""Who can be booked in Cal.com for what: every combination that is offered, and how it stands."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Case, Exists, OuterRef, Value, When

from appointments.models import StaffService
from calcom.event_maps.missing import MapKey
from calcom.models import CalcomEventMap, EventMapDrift

OK, MISSING, BROKEN, UNVERIFIED, DRIFT = "ok", "missing", "broken", "unverified", "drift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One segment with one staff member.

    Attributes:
        state: "ok", "missing", "broken", "unverified" or "drift".
        map_id: of the event map, None while there is none.
    """

    key: MapKey
    state: str
    map_id: int | None

    @property
    def can_be_made(self) -> bool:
        return self.state in {MISSING, BROKEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One staff member with one service, the hands-on segments in their order."""

    staff_name: str
    service_name: str
    cells: tuple[Cell, ...]


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
    branch_name: str
    company_name: str
    staff_name: str
    service_name: str

    @property
    def key(self) -> MapKey:
        return MapKey(self.branch_id, self.staff_id, self.service_id, self.segment_key)


def get_matrix(*, company_ids: Collection[int]) -> list[BranchMatrix]:
    """Return what is offered in each branch, by service and staff member. Two queries."""
    maps = _states(company_ids)
    return [
        BranchMatrix(
            branch_id=branch_id,
            branch_name=branch_name,
            company_name=company_name,
            lines=tuple(_lines(in_branch, maps)),
        )
        for (branch_id, branch_name, company_name), in_branch in groupby(
            _offered(company_ids), key=attrgetter("branch_id", "branch_name", "company_name")
        )
    ]


def _lines(in_branch: Iterable[_Offered], maps: Mapping[MapKey, tuple[int, str]]) -> Iterator[Line]:
    together = attrgetter("service_id", "staff_id", "service_name", "staff_name")
    for (_service, _staff, service_name, staff_name), segments in groupby(in_branch, key=together):
        cells = tuple(_cell(segment.key, maps) for segment in segments)
        yield Line(staff_name=staff_name, service_name=service_name, cells=cells)


def _offered(company_ids: Collection[int]) -> Iterator[_Offered]:
    """Yield every hands-on segment that is offered, in the order of the table. One query."""
    rows = (
        StaffService.objects.filter(
            staff__company__in=company_ids,
            staff__is_active=True,
            service__is_active=True,
            service__segments__staff_required=True,
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
            "staff__branch__name",
            "staff__company__name",
            "staff__name",
            "service__name",
        )
    )
    return (_Offered(*row) for row in rows)


def _cell(key: MapKey, maps: Mapping[MapKey, tuple[int, str]]) -> Cell:
    map_id, state = maps.get(key, (None, MISSING))
    return Cell(key=key, state=state, map_id=map_id)


def _states(company_ids: Collection[int]) -> dict[MapKey, tuple[int, str]]:
    noticed = EventMapDrift.objects.filter(event_map=OuterRef("pk"), ignored_at=None)
    rows = (
        CalcomEventMap.objects.filter(company__in=company_ids)
        .values_list("branch", "staff", "service", "segment_key", "pk")
        .annotate(
            state=Case(
                When(is_broken=True, then=Value(BROKEN)),
                When(checked_at=None, then=Value(UNVERIFIED)),
                When(Exists(noticed), then=Value(DRIFT)),
                default=Value(OK),
            )
        )
    )
    return {MapKey(*key): (map_id, state) for *key, map_id, state in rows}
