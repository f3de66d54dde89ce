"""The queue of appointments that need a person. Never raises `revision`."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from appointments.actions.callbacks import CallbackOrder, request_callback
from appointments.actions.mirror import SETTLED_BY_SYNC
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
        _add_reason(appointment, reason, to=[] if is_new else appointment.review_reasons)
        appointment.requires_manual_review = True
        appointment.review_resolved_at = None
        appointment.review_resolved_by = None
        appointment.review_note = ""
        appointment.save(
            update_fields=[
                "requires_manual_review",
                "review_reason",
                "further_review_reasons",
                "review_since",
                "review_resolved_at",
                "review_resolved_by",
                "review_note",
            ]
        )
        if reason in NEEDS_CALLBACK:
            request_callback(order=callback_about(appointment, reason), now=now)
        if is_new:
            tally(company_id=appointment.company_id, what=Tallied.REVIEWS, now=now)


def _add_reason(
    appointment: Appointment, reason: ReviewReason, *, to: Sequence[ReviewReason]
) -> None:
    """Keep what is open beside what is new: only a sync's own last word replaces its earlier one.

    A sync's word comes first, for a sync can settle it; whatever else stays until a person has.
    """
    others = [each for each in to if each not in SETTLED_BY_SYNC]
    of_sync = [each for each in to if each in SETTLED_BY_SYNC]
    if reason in SETTLED_BY_SYNC:
        of_sync = [reason]
    elif reason not in others:
        others.append(reason)
    appointment.review_reason, *further = [*of_sync, *others]
    appointment.further_review_reasons = " ".join(further)


def callback_about(
    appointment: Appointment, reason: ReviewReason | CallbackReason
) -> CallbackOrder:
    """Return the call in which the customer hears what became of their appointment."""
    customer = appointment.customer
    start = appointment.starts_at.astimezone(appointment.branch.zone)
    return CallbackOrder(
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
