"""All or nothing: taking back what stands alone, and cancelling what must not stand at all."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from appointments.actions import mirror, reviews
from appointments.models import AppointmentPhase, ReviewReason, Status
from calcom.client import at_once, get_client
from calcom.errors import (
    CalcomError,
    ConflictError,
    NotFoundError,
    PacedError,
    RejectedError,
    TransientError,
)
from calcom.models import BookedPhase, OrphanedBooking, SyncState
from calcom.payloads import same_moment
from calcom.sync.work import Work
from calcom.verification import abandon, booked_of, forget, note

log = structlog.get_logger(__name__)

REASON_UNDONE = "Buchung zurückgenommen"
LATER = timedelta(minutes=5)

Reason = OrphanedBooking.Reason


def store_what_must_go(work: Work) -> None:
    """Put on the list what would otherwise stand alone, before any of it is cancelled.

    A cancelled appointment keeps nothing. One that was never whole over there keeps nothing
    either; one that was whole, and could not be moved, goes back to where it was.
    """
    phases = work.appointment.phases.all() if work.is_cancelled else work.hands_on
    whole = all(phase.calcom_booking_uid for phase in work.hands_on)
    with transaction.atomic():
        for phase in phases:
            booked = booked_of(phase)
            if whole and not work.is_cancelled:
                if booked and booked.before_uid:
                    abandon(work.appointment, phase.calcom_booking_uid, reason=Reason.UNDONE)
                    _restore(phase, booked)
                continue
            reason = Reason.UNCANCELLED if work.is_cancelled else Reason.UNDONE
            for uid in (phase.calcom_booking_uid, booked.before_uid if booked else ""):
                if uid:
                    abandon(work.appointment, uid, reason=reason)
            forget(phase)


def leave_detours(work: Work) -> None:
    """Give up a change of staff that was begun, and that nobody wishes any more.

    What was booked for it goes, and the earlier booking, which still stands, is the phase's
    own again: to be kept, moved, replaced or cancelled as any other.
    """
    detours = [
        (phase, booked)
        for phase in work.hands_on
        if (booked := booked_of(phase))
        and booked.before_uid
        and (work.is_cancelled or booked.staff_id != phase.staff_id)
    ]
    if not detours:
        return
    with transaction.atomic():
        for phase, booked in detours:
            abandon(work.appointment, phase.calcom_booking_uid, reason=Reason.REPLACED)
            _restore(phase, booked)
    work.reread_phases()


def _restore(phase: AppointmentPhase, booked: BookedPhase) -> None:
    """Note the earlier booking, with the earlier staff member, as the phase's own again."""
    mirror.record_booking(
        phase_id=phase.pk, uid=booked.before_uid, instead_of=phase.calcom_booking_uid
    )
    BookedPhase.objects.filter(pk=booked.pk).update(
        staff=booked.before_staff,
        event_type_id=booked.before_event_type_id,
        starts_at=booked.before_starts_at,
        before_uid="",
        before_staff=None,
        before_event_type_id=None,
        before_starts_at=None,
    )


def undo(work: Work) -> bool:
    """Take back what stands alone; whether all of it is back where it was, or on its way out."""
    work.reread_phases()
    if not _move_back_all(work):
        return False
    work.reread_phases()
    store_what_must_go(work)
    cancel_due_orphans(work)
    return True


def cancel_due_orphans(work: Work) -> None:
    """Cancel what this appointment has on the list."""
    orphans = OrphanedBooking.objects.due(now=work.now).filter(appointment=work.appointment)
    cancel_orphans(orphans.select_related("company", "appointment"), now=work.now)


def has_orphans(work: Work) -> bool:
    """Whether bookings of this appointment are still waiting to be cancelled."""
    return OrphanedBooking.objects.open().filter(appointment=work.appointment).exists()


def _move_back_all(work: Work) -> bool:
    """Move what has moved back, in the opposite order, so that each finds its time left."""
    moved = sorted(
        (
            (before, booked, phase)
            for phase in work.hands_on
            if (booked := booked_of(phase)) and (before := booked.before_starts_at)
        ),
        key=lambda each: each[0],
    )
    if moved and moved[0][0] > moved[0][1].starts_at:
        moved.reverse()
    return all(_move_back(work, phase, booked, before) for before, booked, phase in moved)


def _move_back(work: Work, phase: AppointmentPhase, booked: BookedPhase, before: datetime) -> bool:
    if same_moment(before, booked.starts_at):
        return _settle(booked)
    work.require_lease()
    try:
        booking = work.client.reschedule_booking(
            phase.calcom_booking_uid, starts_at=before, reason=REASON_UNDONE
        )
    except (ConflictError, NotFoundError, RejectedError) as error:
        # It cannot go back and must not stand where nobody expects it.
        log.warning("calcom.move_back_refused", phase_id=phase.pk, why=str(error))
        abandon(work.appointment, phase.calcom_booking_uid, reason=Reason.UNDONE)
        forget(phase)
        return True
    except CalcomError as error:
        log.warning("calcom.move_back_failed", phase_id=phase.pk, why=str(error))
        return False
    note(work.appointment, phase, booking)
    return _settle(booked)


def _settle(booked: BookedPhase) -> bool:
    BookedPhase.objects.filter(pk=booked.pk).update(before_starts_at=None)
    return True


def settle_moves(work: Work) -> None:
    """Everything has followed: forget the way back, and let earlier bookings go."""
    with transaction.atomic():
        for phase in work.hands_on:
            booked = booked_of(phase)
            if booked and booked.before_uid:
                abandon(work.appointment, booked.before_uid, reason=Reason.REPLACED)
        BookedPhase.objects.filter(
            phase__appointment=work.appointment, before_starts_at__isnull=False
        ).update(before_starts_at=None, before_uid="", before_staff=None, before_event_type_id=None)


def cancel_orphans(orphans: Iterable[OrphanedBooking], *, now: datetime) -> int:
    """Cancel orphaned bookings by uid, in parallel; those that stay are tried again later.

    Args:
        orphans: with their company selected.
        now: the time.

    Returns:
        how many are gone.
    """
    rows = {orphan.pk: orphan for orphan in orphans}
    requests = {
        orphan.pk: partial(
            get_client(api_key=orphan.company.calcom_api_key).cancel_booking,
            orphan.uid,
            reason=REASON_UNDONE,
        )
        for orphan in rows.values()
    }
    gone = 0
    seconds = settings.CALCOM_CONNECT_TIMEOUT_SECONDS + 2 * settings.CALCOM_BOOKING_TIMEOUT_SECONDS
    for pk, answer in at_once(requests, within_seconds=seconds):
        if isinstance(answer, CalcomError) and not isinstance(answer, NotFoundError):
            _try_again_later(rows[pk], answer, now=now)
        else:
            gone += 1
            _strike_off(rows[pk], now=now)
    return gone


def _strike_off(orphan: OrphanedBooking, *, now: datetime) -> None:
    OrphanedBooking.objects.filter(pk=orphan.pk).update(cancelled_at=now, error="")
    log.info("calcom.orphan_cancelled", orphan_id=orphan.pk, appointment_id=orphan.appointment_id)
    if orphan.appointment_id is None:
        return
    if OrphanedBooking.objects.open().filter(appointment=orphan.appointment_id).exists():
        return
    # The last one is gone. If it was all that kept its appointment in the queue, done: Cal.com
    # matched already, or the appointment is cancelled and has nothing else over there.
    agrees = Q(revision=F("appointment__revision")) | Q(
        gave_up=True,
        attempted_revision=F("appointment__revision"),
        appointment__status=Status.CANCELLED,
    )
    state = (
        SyncState.objects.filter(
            agrees,
            appointment=orphan.appointment_id,
            appointment__review_reason=ReviewReason.ORPHANED_BOOKING,
            appointment__requires_manual_review=True,
        )
        .select_related("appointment")
        .first()
    )
    if state:
        revision = state.appointment.revision
        with transaction.atomic():
            mirror.mark_synced(appointment_id=orphan.appointment_id, revision=revision, now=now)
            SyncState.objects.filter(pk=state.pk).update(
                revision=revision, gave_up=False, doubt_from=None, doubt_until=None
            )


def _try_again_later(orphan: OrphanedBooking, error: CalcomError, *, now: datetime) -> None:
    delays = settings.CALCOM_RETRY_DELAYS_SECONDS
    is_early = orphan.attempts < len(delays)
    wait = timedelta(seconds=delays[orphan.attempts]) if is_early else LATER
    if isinstance(error, TransientError):
        wait = max(wait, timedelta(seconds=error.retry_after_seconds or 0))
    again = OrphanedBooking.objects.filter(pk=orphan.pk)
    if isinstance(error, PacedError):
        again.update(next_attempt_at=now + wait)  # it was not even sent: no failed attempt
        return
    again.update(attempts=F("attempts") + 1, error=str(error), next_attempt_at=now + wait)
    log.warning("calcom.orphan_kept", orphan_id=orphan.pk, why=str(error))
    appointment = orphan.appointment
    # Once, when the short delays are over, a person is told of a booking that will not go.
    is_time = orphan.attempts == len(delays)
    if is_time and appointment and not appointment.requires_manual_review:
        reviews.flag_for_review(
            appointment_id=appointment.pk, reason=ReviewReason.ORPHANED_BOOKING, now=now
        )
