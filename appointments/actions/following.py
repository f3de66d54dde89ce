"""Following what a person has changed in the outside calendar.

Nothing is asked that binds callers only: hours, notice, horizon. And no bell rings for the sync:
the outside calendar knows already.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from appointments.actions.announcing import announce_availability
from appointments.actions.changes import note_cancellation, note_move
from appointments.actions.guarding import guarded
from appointments.actions.holds import lock_staff
from appointments.actions.moving import key_at, shift_phases
from appointments.domain.diary import Reason
from appointments.domain.hours import in_utc
from appointments.domain.intervals import Interval
from appointments.errors import NotChangeableError, SlotTakenError
from appointments.models import (
    Appointment,
    AppointmentPhase,
    BusyTime,
    Status,
    SyncStatus,
)


@guarded
def follow_move(*, appointment_id: int, starts_at: datetime, now: datetime) -> Appointment:
    """Move a simple appointment to where a person has moved it outside.

    Args:
        appointment_id: which one.
        starts_at: where it begins outside, by now.
        now: the time.

    Raises:
        NotChangeableError: it is not confirmed, or has more than one segment.
        SlotTakenError: its staff member is taken then. A hold does not count: what a person
            has decided beats what a caller is still thinking about.
    """
    with transaction.atomic():
        lock_staff(Appointment.objects.filter(pk=appointment_id).values_list("staff_id", flat=True))
        moved = (
            Appointment.objects.select_for_update(of=("self",))
            .select_related("branch__company")
            .get(pk=appointment_id)
        )
        if moved.status != Status.CONFIRMED or len(moved.get_segments()) > 1:
            raise NotChangeableError
        starts_at = in_utc(starts_at)
        there = Interval(starts_at, starts_at + (moved.ends_at - moved.starts_at))
        _clear(moved, there)
        shift_phases(
            moved,
            starts_at=there.start,
            staff_id=moved.staff_id,
            sync_status=SyncStatus.SYNCED,
            now=now,
        )
        note_move(moved, starts_at=there.start, staff_id=moved.staff_id, now=now)
        moved.starts_at, moved.ends_at = there.start, there.end
        moved.booking_key = key_at(moved, there.start)
        moved.revision += 1
        moved.sync_status, moved.sync_error = SyncStatus.SYNCED, ""
        moved.synced_at = moved.changed_outside_at = now
        moved.save()
        announce_availability(moved.company_id)
    return moved


def _clear(moved: Appointment, there: Interval) -> None:
    """Make sure that nobody is in two places, and remove the holds in the way."""
    theirs = AppointmentPhase.objects.unreleased().hands_on().overlapping(there)
    theirs = theirs.filter(staff=moved.staff_id).exclude(appointment=moved.pk)
    blocked = BusyTime.objects.filter(
        Q(staff=moved.staff_id) | Q(staff=None),
        company=moved.company_id,
        starts_at__lt=there.end,
        ends_at__gt=there.start,
    )
    if theirs.filter(appointment__status=Status.CONFIRMED).exists() or blocked.exists():
        raise SlotTakenError(reason=Reason.TAKEN)
    Appointment.objects.filter(status=Status.HELD, pk__in=theirs.values("appointment")).delete()


def follow_cancellation(*, appointment_id: int, reason: str, now: datetime) -> bool:
    """Cancel an appointment that a person has cancelled outside.

    Returns:
        whether this call did it.
    """
    with transaction.atomic():
        confirmed = Appointment.objects.confirmed().filter(pk=appointment_id)
        row = confirmed.first()
        changed = confirmed.update(
            status=Status.CANCELLED,
            cancelled_at=now,
            cancel_reason=reason[:250],
            revision=F("revision") + 1,
            sync_status=SyncStatus.SYNCED,
            sync_error="",
            synced_at=now,
            changed_outside_at=now,
        )
        if row is None or not changed:
            return False
        AppointmentPhase.objects.filter(appointment=appointment_id).update(released_at=now)
        note_cancellation(row, now=now)
        announce_availability(row.company_id)
    return True
