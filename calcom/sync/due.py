"""What Cal.com has not heard of, or only an old story of; and since when it could be told."""

from datetime import datetime

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from appointments.models import Appointment, ReviewReason, Status, SyncStatus
from calcom.event_maps import phases_without_map
from calcom.models import LONG_AGO, OrphanedBooking, SyncState

# Its maps may exist, or work, by now: the only open reviews a sweep looks at again.
LACKS_MAPS = (ReviewReason.MISSING_EVENT_MAP, ReviewReason.EVENT_MAP_BROKEN)
# Not where something else waits for a person: what was changed in Cal.com is theirs to decide.
HAS_ITS_MAPS = Q(
    requires_manual_review=True, review_reason__in=LACKS_MAPS, further_review_reasons=""
) & ~Exists(phases_without_map().filter(appointment=OuterRef("pk")))


def unsynced() -> QuerySet[Appointment]:
    """Keep what Cal.com does not match and what is not left to a person, due or not.

    Appointments from before their company synced are taken along while they lie ahead.
    """
    attempted = Q(calcom_state__attempted_revision=F("revision"))
    return (
        Appointment.objects.exclude(company__calcom_api_key="")
        .exclude(status=Status.HELD)
        .exclude(calcom_state__revision=F("revision"))
        .exclude(
            attempted
            & Q(calcom_state__gave_up=True, calcom_state__doubt_from=None)
            & ~Q(HAS_ITS_MAPS)
        )
    )


def due_at(appointment_id: int) -> datetime | None:
    """Return since when, or from when on, an appointment may be synced; None for never.

    Whether somebody is at it already is for the lease to say.
    """
    appointment = unsynced().select_related("calcom_state").filter(pk=appointment_id).first()
    return None if appointment is None else _due_at(appointment)


def _due_at(appointment: Appointment) -> datetime:
    state = _state_of(appointment)
    if state is None or state.attempted_revision != appointment.revision:
        return LONG_AGO
    if state.gave_up and state.doubt_from is None:
        return LONG_AGO  # its maps exist now
    return state.next_attempt_at


def _state_of(appointment: Appointment) -> SyncState | None:
    return getattr(appointment, "calcom_state", None)


def due_appointments(*, now: datetime, limit: int) -> list[int]:
    """Return whom to sync now, the next to begin first."""
    waiting = Q(
        calcom_state__attempted_revision=F("revision"), calcom_state__next_attempt_at__gt=now
    ) & ~Q(HAS_ITS_MAPS)
    return list(
        unsynced()
        .filter(_unleased(now))
        .exclude(waiting)
        .exclude(sync_status=SyncStatus.NOT_APPLICABLE, starts_at__lte=now)
        .order_by("starts_at", "pk")
        .values_list("pk", flat=True)[:limit]
    )


def _unleased(now: datetime) -> Q:
    return Q(calcom_state=None) | Q(calcom_state__leased_until__lte=now)


def next_due_at(*, now: datetime) -> datetime | None:
    """Return when the next thing falls due that is not left to a person; None for nothing.

    Undoings that wait for Cal.com, bookings that will not go after the first, short delays, and
    what met a bug are tried again for ever and are no reason to wait here.
    """
    current = Q(calcom_state__attempted_revision=F("revision"))
    endless = Q(calcom_state__gave_up=True) | Q(calcom_state__attempts__gt=most_retries())
    appointments = (
        unsynced()
        .exclude(current & endless)
        .exclude(sync_status=SyncStatus.NOT_APPLICABLE, starts_at__lte=now)
    )
    if appointments.exclude(current).filter(_unleased(now)).exists():
        return now  # without a look at each of perhaps thousands
    moments = [
        max(_due_at(appointment), state.leased_until if state else LONG_AGO)
        for appointment in appointments.select_related("calcom_state")
        for state in [_state_of(appointment)]
    ]
    orphans = OrphanedBooking.objects.open().filter(attempts__lte=most_retries())
    moments += orphans.order_by("next_attempt_at").values_list("next_attempt_at", flat=True)[:1]
    return min(moments, default=None)


def stop_waiting(*, now: datetime) -> None:
    """Let whatever waits for the end of an outage, or of a bug, be due now."""
    OrphanedBooking.objects.open().filter(next_attempt_at__gt=now).update(next_attempt_at=now)
    SyncState.objects.filter(
        Q(gave_up=True, doubt_from__isnull=False) | Q(gave_up=False, attempts__gt=most_retries()),
        next_attempt_at__gt=now,
    ).update(next_attempt_at=now)


def most_retries() -> int:
    """Return how often a failure is met with a short delay, before it is an outage, or a bug."""
    return len(settings.CALCOM_RETRY_DELAYS_SECONDS)
