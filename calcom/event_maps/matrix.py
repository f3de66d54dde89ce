"""Who can be booked in Cal.com for what: every combination that is offered, and how it stands."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby

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


def get_matrix(*, company_ids: Collection[int]) -> list[BranchMatrix]:
    """Return what is offered in each branch, by service and staff member. Two queries."""
    offered = (
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
            named=True,
        )
    )
    maps = _states(company_ids)
    found = []
    for (branch_id, branch_name, company_name), in_branch in groupby(
        offered, key=lambda row: (row[0], row[4], row[5])
    ):
        lines = tuple(
            Line(
                staff_name=staff_name,
                service_name=service_name,
                cells=tuple(_cell(MapKey(*row[:4]), maps) for row in rows),
            )
            for (_service, _staff, service_name, staff_name), rows in groupby(
                in_branch, key=lambda row: (row[2], row[1], row[7], row[6])
            )
        )
        found.append(
            BranchMatrix(
                branch_id=branch_id, branch_name=branch_name, company_name=company_name, lines=lines
            )
        )
    return found


def _cell(key: MapKey, maps: dict[MapKey, tuple[int, str]]) -> Cell:
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
