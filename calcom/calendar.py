"""The port's implementation: what the domain asks Cal.com while a caller waits."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

import structlog
from django.db.models import F, Q

from appointments.domain.hours import day_interval
from appointments.domain.intervals import Interval
from appointments.domain.listing import Listed, Listing
from appointments.models import Appointment, AppointmentPhase, Branch, Service, Status
from appointments.ports import Deadline
from calcom import event_maps, slots
from calcom.client import get_client
from calcom.metrics import slots_unavailable
from calcom.models import CalcomEventMap
from features.flags import Flag

log = structlog.get_logger(__name__)

Maps = Mapping[tuple[int, str], CalcomEventMap]


class CalcomCalendar:
    """Cal.com, as far as availability depends on it."""

    def get_bookable_staff(
        self, *, service: Service, branch: Branch, staff_ids: Collection[int]
    ) -> set[int]:
        company = branch.company
        if not company.syncs or not Flag.REQUIRE_EVENT_MAPS.is_on(company_id=company.pk):
            return set(staff_ids)
        missing = event_maps.get_missing_maps(
            company_id=company.pk, service_id=service.pk, branch_id=branch.pk, staff_ids=staff_ids
        )
        return set(staff_ids) - {row.staff_id for row in missing}

    def get_listing(
        self,
        *,
        service: Service,
        branch: Branch,
        staff_ids: Collection[int],
        days: Sequence[date],
        moving: Appointment | None,
        deadline: Deadline,
    ) -> Listing | None:
        company = branch.company
        if not company.syncs or not Flag.CALCOM_LIVE_SLOTS.is_on(company_id=company.pk):
            return None
        maps = event_maps.get_maps(branch_id=branch.pk, service_id=service.pk, staff_ids=staff_ids)
        starts = slots.get_starts(
            slots.SlotsQuestion(
                company_id=company.pk,
                event_type_ids=sorted({row.bookable_id for row in maps.values()}),
                days=[day_interval(day, branch.zone) for day in days],
                zone=branch.zone.key,
            ),
            client=get_client(api_key=company.calcom_api_key),
            deadline=deadline,
        )
        if starts is None:
            slots_unavailable.inc()
            log.warning("calcom.slots_unavailable", company_id=company.pk, service_id=service.pk)
            return None
        return Listing(
            listed={where: Listed(starts[row.bookable_id]) for where, row in maps.items()},
            ours=_get_our_bookings(staff_ids, moving=moving),
            unlimited=_without_maps(service, staff_ids, maps, company_id=company.pk),
        )


def _without_maps(
    service: Service, staff_ids: Iterable[int], maps: Maps, *, company_id: int
) -> frozenset[int]:
    """Return whom Cal.com cannot be asked about, where that is no reason not to offer them."""
    if Flag.REQUIRE_EVENT_MAPS.is_on(company_id=company_id):
        return frozenset()
    needed = [segment.key for segment in service.get_segments() if segment.staff_required]
    return frozenset(
        staff_id
        for staff_id in staff_ids
        if any((staff_id, segment_key) not in maps for segment_key in needed)
    )


def _get_our_bookings(
    staff_ids: Collection[int], *, moving: Appointment | None
) -> dict[int, list[Interval]]:
    """Return where bookings of our own hide starts that are free, by staff id. One query.

    Those of the appointment that is being moved, of cancelled ones that Cal.com has not yet
    heard of, and of moved ones that stand at their old time over there.
    """
    rows = (
        AppointmentPhase.objects.exclude(calcom_booking_uid="")
        .filter(
            Q(appointment__status=Status.CANCELLED)
            | Q(appointment=moving.pk if moving else None)
            | ~Q(booked__starts_at=F("starts_at")),
            staff__in=staff_ids,
        )
        .values_list("staff_id", "starts_at", "ends_at", "booked__starts_at")
    )
    ours: dict[int, list[Interval]] = defaultdict(list)
    for staff_id, starts_at, ends_at, booked_at in rows:
        ours[staff_id].append(_over_there(starts_at, ends_at, booked_at))
    return ours


def _over_there(starts_at: datetime, ends_at: datetime, booked_at: datetime | None) -> Interval:
    start = booked_at or starts_at
    return Interval(start, start + (ends_at - starts_at))
