"""Ending an appointment: cancelled, or over."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from appointments.actions.announcing import announce
from appointments.actions.callbacks import CallbackOrder, request_callback
from appointments.actions.changes import note_cancellation
from appointments.models import Appointment, Status, SyncStatus
from appointments.queries.policies import check_may_cancel


def cancel(
    *,
    appointment: Appointment,
    now: datetime,
    reason: str = "",
    call_id: str = "",
    by_customer: bool = False,
    callback: CallbackOrder | None = None,
) -> bool:
    """Cancel an appointment and give its time back. Cancelling twice is cancelling once.

    Args:
        appointment: which one.
        now: the time.
        reason: as given; what is longer than 250 characters is cut.
        call_id: the call that asks for it; empty: nobody on the phone.
        by_customer: the customer asks: what the salon allows holds.
        callback: the call that tells the customer, promised with the cancellation or not at all.

    Returns:
        whether this call did it.

    Raises:
        DeniedError: the salon does not let its customers do so (any more).
    """
    with transaction.atomic(durable=True):
        row = (
            Appointment.objects.confirmed()
            .select_for_update(of=("self",), no_key=True)
            .select_related("branch__company")
            .filter(pk=appointment.pk)
            .first()
        )
        if row is None:
            return False
        if by_customer:
            check_may_cancel(row, now=now, call_id=call_id)
        Appointment.objects.filter(pk=row.pk).update(
            status=Status.CANCELLED,
            cancelled_at=now,
            cancel_reason=reason[:250],
            revision=F("revision") + 1,
            sync_status=_to_sync(row),
        )
        row.phases.update(released_at=now)
        note_cancellation(row, now=now, call_id=call_id)
        if callback:
            request_callback(order=callback, now=now)
        announce(row)
    return True


def _to_sync(row: Appointment) -> SyncStatus:
    return SyncStatus.PENDING if row.branch.company.syncs else SyncStatus.NOT_APPLICABLE


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
