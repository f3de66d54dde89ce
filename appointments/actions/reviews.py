"""The queue of appointments that need a person. Never raises `revision`."""

from datetime import datetime

from django.db import transaction

from appointments.actions.callbacks import CallbackOrder, request_callback
from appointments.actions.tallying import tally
from appointments.models import (
    Appointment,
    AppointmentPhase,
    CallbackReason,
    ReviewReason,
    SyncStatus,
    Tallied,
    User,
)

# Where the customer was told something that may not hold.
NEEDS_CALLBACK = frozenset(
    {
        ReviewReason.SLOT_CONFLICT,
        ReviewReason.CALCOM_COLLISION,
        ReviewReason.PARTIAL_BOOKING,
        ReviewReason.PROMISED_WITHOUT_APPOINTMENT,
    }
)
GIVEN_UP = (SyncStatus.FAILED, SyncStatus.CONFLICT)


def flag_for_review(*, appointment_id: int, reason: ReviewReason, now: datetime) -> None:
    """Put an appointment into the queue, and call its customer back where that is due.

    The appointment itself stays as it is until a person decides.
    """
    with transaction.atomic():
        appointment = (
            Appointment.objects.select_for_update(of=("self",), no_key=True)
            .select_related("service", "staff", "branch__company", "customer")
            .get(pk=appointment_id)
        )
        is_new = not appointment.requires_manual_review
        if is_new or appointment.review_since is None:
            appointment.review_since = now
        appointment.requires_manual_review = True
        appointment.review_reason = reason
        appointment.review_resolved_at = None
        appointment.review_resolved_by = None
        appointment.review_note = ""
        appointment.save(
            update_fields=[
                "requires_manual_review",
                "review_reason",
                "review_since",
                "review_resolved_at",
                "review_resolved_by",
                "review_note",
            ]
        )
        if reason in NEEDS_CALLBACK:
            _promise_callback(appointment, reason, now=now)
        if is_new:
            tally(company_id=appointment.company_id, what=Tallied.REVIEWS, now=now)


def promise_callback(*, appointment_id: int, now: datetime) -> None:
    """Promise the customer of a case a call, because a person decides so."""
    appointment = Appointment.objects.select_related(
        "service", "staff", "branch__company", "customer"
    ).get(pk=appointment_id)
    reason = ReviewReason(appointment.review_reason) if appointment.review_reason else None
    _promise_callback(appointment, reason or CallbackReason.URGENT, now=now)


def _promise_callback(
    appointment: Appointment, reason: ReviewReason | CallbackReason, *, now: datetime
) -> None:
    customer = appointment.customer
    start = appointment.starts_at.astimezone(appointment.branch.zone)
    order = CallbackOrder(
        branch=appointment.branch,
        reason=reason,
        phone=(customer and customer.phone) or "",
        name=appointment.customer_name or (customer.name if customer else ""),
        wish=f"{appointment.service.name}, {start:%d.%m.%Y %H:%M}, {appointment.staff.name}",
        customer=customer,
        appointment=appointment,
        call_id=appointment.call_id,
        staff_id=appointment.staff_id,
        service_id=appointment.service_id,
    )
    request_callback(order=order, now=now)


def resolve_review(*, appointment_id: int, by: User, note: str, now: datetime) -> bool:
    """Take an appointment out of the queue: a person has decided that it is fine as it is.

    Returns:
        whether it was in the queue.
    """
    with transaction.atomic():
        in_queue = Appointment.objects.needing_review().filter(pk=appointment_id)
        if not in_queue.update(
            requires_manual_review=False,
            review_resolved_at=now,
            review_resolved_by=by,
            review_note=note,
        ):
            return False
        Appointment.objects.filter(pk=appointment_id, sync_status__in=GIVEN_UP).update(
            sync_status=SyncStatus.NOT_APPLICABLE
        )
        AppointmentPhase.objects.filter(
            appointment=appointment_id, sync_status__in=GIVEN_UP
        ).update(sync_status=SyncStatus.NOT_APPLICABLE)
    return True
