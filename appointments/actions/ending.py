"""Ending an appointment: cancelled, or over."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from appointments.actions.announcing import announce
from appointments.models import Appointment, Status, SyncStatus


def cancel(*, appointment: Appointment, now: datetime, reason: str = "") -> bool:
    """Cancel an appointment and give its time back. Cancelling twice is cancelling once.

    Returns:
        whether this call did it.
    """
    sync_status = SyncStatus.PENDING if appointment.company.syncs else SyncStatus.NOT_APPLICABLE
    with transaction.atomic(durable=True):
        changed = (
            Appointment.objects.confirmed()
            .filter(pk=appointment.pk)
            .update(
                status=Status.CANCELLED,
                cancelled_at=now,
                cancel_reason=reason[:250],
                revision=F("revision") + 1,
                sync_status=sync_status,
            )
        )
        if changed:
            appointment.phases.update(released_at=now)
            announce(appointment)
    return bool(changed)


def finish(*, appointment: Appointment, status: Status, now: datetime) -> bool:
    """Record that the customer came (`completed`) or did not (`no_show`).

    Cal.com keeps its bookings: nothing about the time has changed.

    Returns:
        whether this call did it.
    """
    with transaction.atomic(durable=True):
        changed = Appointment.objects.confirmed().filter(pk=appointment.pk).update(status=status)
        if changed:
            appointment.phases.update(released_at=now)
            announce(appointment)
    return bool(changed)
