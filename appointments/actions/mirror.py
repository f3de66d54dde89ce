"""What the neighbour's calendar holds of an appointment, noted on it. Never raises `revision`."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from appointments.models import Appointment, AppointmentPhase, ReviewReason, SyncStatus
from appointments.models.appointment import AppointmentQuerySet

# What a sync can have flagged, and what is therefore settled when one succeeds.
SETTLED_BY_SYNC = (
    ReviewReason.MISSING_EVENT_MAP,
    ReviewReason.EVENT_MAP_BROKEN,
    ReviewReason.SLOT_CONFLICT,
    ReviewReason.REJECTED_BY_CALCOM,
    ReviewReason.CREDENTIALS_REJECTED,
    ReviewReason.RETRIES_EXHAUSTED,
    ReviewReason.PARTIAL_BOOKING,
    ReviewReason.ORPHANED_BOOKING,
    ReviewReason.BOOKING_NOT_FOUND,
    ReviewReason.START_OUT_OF_RANGE,
    ReviewReason.SEGMENT_CHANGED_IN_CALCOM,
)


def record_booking(*, phase_id: int, uid: str, instead_of: str) -> bool:
    """Note the booking of a phase, in place of the one it was known to have.

    Args:
        phase_id: whose.
        uid: of the booking.
        instead_of: the uid it had when the caller looked; empty for none.

    Returns:
        whether the phase has it now: not if somebody has noted another one since.
    """
    phases = AppointmentPhase.objects.filter(pk=phase_id)
    return bool(
        phases.filter(calcom_booking_uid__in={instead_of, uid}).update(
            calcom_booking_uid=uid, sync_status=SyncStatus.SYNCED, sync_error=""
        )
    )


def forget_booking(*, phase_id: int) -> None:
    """Note that a phase has no booking any more."""
    AppointmentPhase.objects.filter(pk=phase_id).update(calcom_booking_uid="")


def mark_pending(
    *, appointment_id: int, revision: int, error: str, phase_errors: Mapping[int, str]
) -> None:
    """Note that the neighbour does not match this revision yet, and what it last said."""
    _mark(
        appointment_id,
        revision,
        sync_status=SyncStatus.PENDING,
        error=error,
        phase_errors=phase_errors,
    )


def mark_failed(
    *,
    appointment_id: int,
    revision: int,
    sync_status: SyncStatus,
    error: str,
    phase_errors: Mapping[int, str],
) -> bool:
    """Note that this revision was given up, as `failed` or `conflict`.

    Returns:
        whether it is still the current revision; if not, nothing was noted.
    """
    return _mark(
        appointment_id,
        revision,
        sync_status=sync_status,
        error=error,
        phase_errors=phase_errors,
    )


def _mark(
    appointment_id: int,
    revision: int,
    *,
    sync_status: SyncStatus,
    error: str,
    phase_errors: Mapping[int, str],
) -> bool:
    with transaction.atomic():
        current = Appointment.objects.filter(pk=appointment_id, revision=revision)
        if not current.update(sync_status=sync_status, sync_error=error):
            return False
        for phase_id, phase_error in phase_errors.items():
            AppointmentPhase.objects.filter(appointment=appointment_id, pk=phase_id).update(
                sync_status=sync_status, sync_error=phase_error
            )
    return True


def mark_synced(
    *,
    appointment_id: int,
    revision: int,
    now: datetime,
    sync_status: SyncStatus = SyncStatus.SYNCED,
) -> bool:
    """Note that the neighbour matches this revision, and close what a sync had flagged.

    Args:
        appointment_id: which one.
        revision: the one that was read before the work began.
        now: the time.
        sync_status: `not_applicable` where there is nothing to match.

    Returns:
        whether it is still the current revision; if not, nothing was noted.
    """
    with transaction.atomic():
        current = Appointment.objects.filter(pk=appointment_id, revision=revision)
        if not current.update(sync_status=sync_status, sync_error="", synced_at=now):
            return False
        _close(current.filter(requires_manual_review=True, review_reason__in=SETTLED_BY_SYNC), now)
        AppointmentPhase.objects.filter(appointment=appointment_id, staff_required=True).update(
            sync_status=sync_status, sync_error=""
        )
    return True


def _close(flagged: AppointmentQuerySet, now: datetime) -> None:
    """Close what a sync had flagged; what else was found waits on for a person."""
    for row in flagged:
        first, *further = row.further_review_reasons.split() or [""]
        row.review_reason, row.further_review_reasons = first, " ".join(further)
        row.requires_manual_review = bool(first)
        row.review_resolved_at = None if first else now
        row.save(
            update_fields=[
                "review_reason",
                "further_review_reasons",
                "requires_manual_review",
                "review_resolved_at",
            ]
        )
