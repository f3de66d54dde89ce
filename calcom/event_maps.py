"""Which event type books which phase, and where there is none."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, QuerySet

from appointments.models import AppointmentPhase, StaffService
from calcom.models import CalcomEventMap


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class MissingMap:
    """A hands-on segment that could be offered with a staff member, but not booked.

    Attributes:
        is_broken: there is a map, but Cal.com did not accept it.
    """

    branch_id: int
    service_id: int
    staff_id: int
    segment_key: str
    is_broken: bool


def get_missing_maps(
    *,
    company_id: int,
    service_id: int | None = None,
    branch_id: int | None = None,
    staff_ids: Collection[int] | None = None,
) -> list[MissingMap]:
    """Return every combination of a company that is offered without a usable map. One query.

    Offered is what an active staff member performs and is itself active.
    """
    offered = StaffService.objects.filter(
        staff__company=company_id,
        staff__is_active=True,
        service__is_active=True,
        service__segments__staff_required=True,
    )
    if service_id is not None:
        offered = offered.filter(service=service_id)
    if branch_id is not None:
        offered = offered.filter(staff__branch=branch_id)
    if staff_ids is not None:
        offered = offered.filter(staff__in=staff_ids)
    maps = CalcomEventMap.objects.filter(
        branch=OuterRef("staff__branch"),
        service=OuterRef("service"),
        staff=OuterRef("staff"),
        segment_key=OuterRef("segment_key"),
    )
    missing = (
        offered.annotate(segment_key=F("service__segments__key"))
        .annotate(is_broken=Exists(maps), is_usable=Exists(maps.usable()))
        .filter(is_usable=False)
        .values_list("staff__branch", "service", "staff", "segment_key", "is_broken")
    )
    return sorted(
        MissingMap(
            branch_id=branch,
            service_id=service,
            staff_id=staff,
            segment_key=segment_key,
            is_broken=is_broken,
        )
        for branch, service, staff, segment_key, is_broken in missing
    )


def get_maps(*, branch_id: int, service_id: int) -> dict[tuple[int, str], CalcomEventMap]:
    """Return the usable maps of one service, by (staff id, segment key). One query."""
    maps = CalcomEventMap.objects.usable().filter(branch=branch_id, service=service_id)
    return {(row.staff_id, row.segment_key): row for row in maps}


def phases_without_map() -> QuerySet[AppointmentPhase]:
    """Keep the hands-on phases that no usable map books."""
    maps = CalcomEventMap.objects.usable().filter(
        branch=OuterRef("appointment__branch"),
        service=OuterRef("appointment__service"),
        staff=OuterRef("staff"),
        segment_key=OuterRef("segment_key"),
    )
    return AppointmentPhase.objects.hands_on().filter(~Exists(maps))


def mark_broken(event_map: CalcomEventMap) -> None:
    """Remember that Cal.com knows no such event type, or would not book it."""
    CalcomEventMap.objects.filter(pk=event_map.pk).update(is_broken=True)
