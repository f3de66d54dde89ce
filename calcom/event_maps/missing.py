"""Which event type books which phase, and where there is none."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from appointments.models import AppointmentPhase, StaffService
from calcom.models import BREAKING, CalcomEventMap, EventMapDrift

MISSING = "missing"
BROKEN = "broken"  # Cal.com would not book it, and has not said why yet


# Where a missing map's attributes are read, from `StaffService`.
COLUMNS = {
    "company_id": "staff__company",
    "branch_id": "staff__branch",
    "staff_id": "staff",
    "service_id": "service",
    "segment_key": "segment_key",
    "segment_name": "segment_name",
    "company": "staff__company__slug",
    "branch": "staff__branch__slug",
    "staff": "staff__slug",
    "service": "service__slug",
    "company_name": "staff__company__name",
    "branch_name": "staff__branch__name",
    "staff_name": "staff__name",
    "service_name": "service__name",
}


@dataclass(frozen=True, slots=True, order=True)
class MapKey:
    """What there is at most one event map for."""

    branch_id: int
    staff_id: int
    service_id: int
    segment_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingMap:
    """A hands-on segment that could be offered with a staff member, but not booked.

    Attributes:
        company, branch, staff, service: their slugs.
        company_name, …: what people call them.
        reason: "missing": there is no map. Else there is one that does not work: "gone",
            "host_missing", "managed" or "wrong_length" as Cal.com was found to differ, or
            "broken" when all that is known is that it refused a booking.
    """

    company_id: int
    branch_id: int
    staff_id: int
    service_id: int
    segment_key: str
    segment_name: str
    company: str
    branch: str
    staff: str
    service: str
    company_name: str
    branch_name: str
    staff_name: str
    service_name: str
    reason: str

    @property
    def key(self) -> MapKey:
        return MapKey(self.branch_id, self.staff_id, self.service_id, self.segment_key)


def get_missing_maps(*, company_ids: Collection[int] | None = None) -> list[MissingMap]:
    """Return every combination that is offered without a usable map. One query.

    Offered is what an active staff member performs and is itself active.

    Args:
        company_ids: of which companies; None for all that sync.

    Returns:
        by company, branch, staff member and service, the segments in their order.
    """
    in_companies = (
        ~Q(staff__company__calcom_api_key="")
        if company_ids is None
        else Q(staff__company__in=company_ids)
    )
    maps = CalcomEventMap.objects.filter(
        branch=OuterRef("staff__branch"),
        service=OuterRef("service"),
        staff=OuterRef("staff"),
        segment_key=OuterRef("segment_key"),
    )
    rows = (
        StaffService.objects.filter(
            in_companies,
            staff__is_active=True,
            service__is_active=True,
            service__segments__staff_required=True,
        )
        .annotate(
            segment_key=F("service__segments__key"), segment_name=F("service__segments__name")
        )
        .annotate(has_map=Exists(maps), is_usable=Exists(maps.usable()), broken_by=_kind_of_break())
        .filter(is_usable=False)
        .order_by(
            "staff__company__slug",
            "staff__branch__slug",
            "staff__slug",
            "service__slug",
            "service__segments__position",
        )
    )
    return [
        MissingMap(**row, reason=(broken_by or BROKEN) if has_map else MISSING)
        for has_map, broken_by, row in _told_apart(rows)
    ]


def _told_apart(rows: QuerySet[StaffService]) -> Iterator[tuple[bool, str | None, dict[str, Any]]]:
    """Read what is stored of a map, and whose it would be."""
    names = tuple(COLUMNS)
    for has_map, broken_by, *values in rows.values_list("has_map", "broken_by", *COLUMNS.values()):
        yield has_map, broken_by, dict(zip(names, values, strict=True))


def _kind_of_break() -> Subquery:
    return Subquery(
        EventMapDrift.objects.filter(
            kind__in=BREAKING,
            event_map__branch=OuterRef("staff__branch"),
            event_map__service=OuterRef("service"),
            event_map__staff=OuterRef("staff"),
            event_map__segment_key=OuterRef("segment_key"),
        )
        .order_by("kind")
        .values("kind")[:1]
    )


def get_maps(*, branch_id: int, service_id: int) -> dict[tuple[int, str], CalcomEventMap]:
    """Return the usable maps of one service, by (staff id, segment key). One query."""
    maps = CalcomEventMap.objects.usable().filter(branch=branch_id, service=service_id)
    return {(row.staff_id, row.segment_key): row for row in maps}


def get_broken_keys(*, branch_id: int, service_id: int) -> set[tuple[int, str]]:
    """Return for whom and what one service has a map that does not work. One query."""
    broken = CalcomEventMap.objects.filter(branch=branch_id, service=service_id, is_broken=True)
    return set(broken.values_list("staff_id", "segment_key"))


def phases_without_map() -> QuerySet[AppointmentPhase]:
    """Keep the hands-on phases that no usable map books."""
    maps = CalcomEventMap.objects.usable().filter(
        branch=OuterRef("appointment__branch"),
        service=OuterRef("appointment__service"),
        staff=OuterRef("staff"),
        segment_key=OuterRef("segment_key"),
    )
    return AppointmentPhase.objects.hands_on().filter(~Exists(maps)).order_by("sequence", "pk")


def key_of(event_map: CalcomEventMap) -> MapKey:
    return MapKey(
        event_map.branch_id, event_map.staff_id, event_map.service_id, event_map.segment_key
    )


def mark_broken(event_map: CalcomEventMap) -> None:
    """Remember that Cal.com knows no such event type, or would not book it."""
    CalcomEventMap.objects.filter(pk=event_map.pk).update(is_broken=True)
