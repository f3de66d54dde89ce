"""Bookings that are not ours: they take somebody's time, and are never touched."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from appointments.actions import reviews
from appointments.actions.holds import lock_staff
from appointments.models import Appointment, BusyTime, Company, ReviewReason, Staff
from calcom.inbound.outcomes import Outcome
from calcom.inbound.presence import Present
from calcom.models import CalcomEventMap
from calcom.payloads import Booking

COLLISION = ReviewReason.CALCOM_COLLISION


def get_event_type_ids(company: Company) -> set[int]:
    """Return which event types are a company's: those of its maps, parents and children."""
    maps = CalcomEventMap.objects.filter(company=company)
    pairs = maps.values_list("event_type_id", "child_event_type_id")
    return {event_type_id for pair in pairs for event_type_id in pair if event_type_id is not None}


def find_host(company: Company, booking: Booking | None) -> Staff | None:
    """Return whose time a booking takes: by the number of their account, never by name."""
    if booking is None or booking.host_id is None:
        return None
    theirs = Staff.objects.filter(company=company, calcom_user_id=booking.host_id)
    return theirs.order_by("-is_active", "pk").first()


def follow_foreign(company: Company, present: Present, *, now: datetime) -> Outcome:
    """Block the time of a foreign booking, wherever it is by now, or free it.

    Without a known host it blocks the whole company, until it is known whose it is.
    """
    booking = present.live
    with transaction.atomic():
        rows = BusyTime.objects.filter(
            company=company, source=BusyTime.Source.CALCOM, external_uid__in=present.uids
        )
        if booking is None:
            freed, _ = rows.delete()
            return Outcome.FREED if freed else Outcome.KNOWN
        staff = find_host(company, booking)
        staff_ids = _whose(company, staff)
        lock_staff(staff_ids)
        place = {
            "staff": staff,
            "starts_at": booking.starts_at,
            "ends_at": booking.ends_at,
        }
        stale, _ = rows.exclude(external_uid=booking.uid).delete()
        if not stale and rows.filter(**place, external_uid=booking.uid).exists():
            return Outcome.KNOWN
        BusyTime.objects.update_or_create(
            company=company,
            external_uid=booking.uid,
            defaults=place | {"source": BusyTime.Source.CALCOM},
        )
        _flag_collisions(company, booking, staff_ids, now=now)
    return Outcome.BUSY


def _whose(company: Company, staff: Staff | None) -> list[int]:
    """Return who may be meant: the host, else everybody whose account is not known."""
    if staff:
        return [staff.pk]
    unknown = Staff.objects.filter(company=company, calcom_user_id=None)
    return list(unknown.values_list("pk", flat=True))


def _flag_collisions(
    company: Company, booking: Booking, staff_ids: Collection[int], *, now: datetime
) -> None:
    met = (
        Appointment.objects.of(company)
        .confirmed()
        .filter(
            phases__staff__in=staff_ids,
            phases__staff_required=True,
            phases__released_at=None,
            phases__starts_at__lt=booking.ends_at,
            phases__ends_at__gt=booking.starts_at,
        )
        .exclude(
            Q(requires_manual_review=True)
            & (Q(review_reason=COLLISION) | Q(further_review_reasons__contains=COLLISION))
        )
    )
    # All of them before the first is flagged: a callback locks the company, and whoever locks
    # that has locked its appointment before.
    locked = Appointment.objects.select_for_update(no_key=True).filter(pk__in=met.values("pk"))
    for appointment_id in list(locked.order_by("pk").values_list("pk", flat=True)):
        reviews.flag_for_review(appointment_id=appointment_id, reason=COLLISION, now=now)


def is_of(company: Company, present: Present) -> bool:
    """Whether a foreign booking takes time of this company."""
    booking = present.booking
    if booking and booking.event_type_id in get_event_type_ids(company):
        return True
    return BusyTime.objects.filter(company=company, external_uid__in=present.uids).exists()
