"""Bookings of our own that still stand in Cal.com where we have given the time back already."""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta

from django.db.models import F, Q

from appointments.domain.intervals import Interval
from appointments.models import Appointment, Status
from calcom.models import BookedPhase

# Bookings that began this long before a time can still reach into it.
LONGEST_PHASE = timedelta(hours=12)


def get_leaving(
    staff_ids: Collection[int],
    *,
    within: Interval,
    also: Appointment | None = None,
    but: Appointment | None = None,
) -> dict[int, list[Interval]]:
    """Return where Cal.com keeps people busy with what is about to go, by staff id. One query.

    With bookings of cancelled appointments that Cal.com has not yet heard of, and of moved ones
    that stand over there at their old time, or with somebody else.

    Args:
        staff_ids: whose time.
        within: which time.
        also: all bookings of this appointment count.
        but: none of this appointment does.
    """
    rows = BookedPhase.objects.filter(
        Q(phase__appointment__status=Status.CANCELLED)
        | Q(phase__appointment=also.pk if also else None)
        | ~Q(starts_at=F("phase__starts_at"))
        | ~Q(staff=F("phase__staff")),
        staff__in=staff_ids,
        starts_at__gte=within.start - LONGEST_PHASE,
        starts_at__lt=within.end,
    )
    if but:
        rows = rows.exclude(phase__appointment=but)
    leaving: dict[int, list[Interval]] = defaultdict(list)
    for staff_id, booked_at, starts_at, ends_at in rows.values_list(
        "staff_id", "starts_at", "phase__starts_at", "phase__ends_at"
    ):
        leaving[staff_id].append(Interval(booked_at, booked_at + (ends_at - starts_at)))
    return leaving
