"""The reasons for a review in sentences: what happened, and what to do."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from appointments.models import ReviewReason

SOON = timedelta(hours=24)

WHAT_TO_DO = {
    ReviewReason.MISSING_EVENT_MAP: _(
        "Cal.com has no event type for one of the segments with this staff member. Create the "
        "event map; the sync then starts by itself."
    ),
    ReviewReason.EVENT_MAP_BROKEN: _(
        "Cal.com does not know the event type, or will not book it. Correct the event map, or "
        "move the appointment to another staff member."
    ),
    ReviewReason.SLOT_CONFLICT: _(
        "Somebody else holds this time in Cal.com. Call the customer: another staff member, "
        "another time, or cancel."
    ),
    ReviewReason.CALCOM_COLLISION: _(
        "A booking made or moved in Cal.com falls on this confirmed appointment. Move one of the "
        "two and tell the customer."
    ),
    ReviewReason.REJECTED_BY_CALCOM: _(
        "Cal.com refused the booking; the error says why. Correct the customer's data or the "
        "event type, then try again."
    ),
    ReviewReason.CREDENTIALS_REJECTED: _(
        "Cal.com does not accept the API key. Enter a new one on the company's page, then try "
        "everything again."
    ),
    ReviewReason.RETRIES_EXHAUSTED: _(
        "Cal.com could not be reached, several times. Try again; the appointment stands here."
    ),
    ReviewReason.PARTIAL_BOOKING: _(
        "Only some parts could be booked in Cal.com; they were taken back. Agree on another time "
        "with the customer, or try again."
    ),
    ReviewReason.ORPHANED_BOOKING: _(
        "A booking still stands in Cal.com that should be gone. Cancel it there."
    ),
    ReviewReason.BOOKING_NOT_FOUND: _(
        "The booking that was to be moved is gone from Cal.com. Ask the customer, then book again."
    ),
    ReviewReason.SEGMENT_CHANGED_IN_CALCOM: _(
        "One part of this appointment was moved or cancelled in Cal.com. Put it back there, or "
        "move or cancel the whole appointment here."
    ),
    ReviewReason.START_OUT_OF_RANGE: _(
        "The start lies in the past or more than 12 months ahead; Cal.com does not take it. "
        "Choose another time."
    ),
    ReviewReason.PROMISED_WITHOUT_APPOINTMENT: _(
        "The caller was told that it is booked, but it is not. Call back first, then book."
    ),
}


def advice(reason: str) -> str:
    """Return what happened and what to do about it, in a sentence or two."""
    return str(WHAT_TO_DO[ReviewReason(reason)]) if reason else ""


def is_soon(starts_at: datetime, *, now: datetime) -> bool:
    return starts_at < now + SOON


def distance(starts_at: datetime, *, now: datetime) -> str:
    """Say how far away a start is, in the unit that matters."""
    hours = int(abs(starts_at - now).total_seconds() // 3600)
    if starts_at < now:
        return ngettext("%d hour ago", "%d hours ago", hours) % hours
    if hours < 48:  # noqa: PLR2004 -- two days are still counted in hours
        return ngettext("in %d hour", "in %d hours", hours) % hours
    return ngettext("in %d day", "in %d days", hours // 24) % (hours // 24)
