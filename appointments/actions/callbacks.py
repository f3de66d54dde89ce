"""Promising somebody a call back: once, however often it is asked for."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from appointments.models import (
    Appointment,
    Branch,
    CallbackReason,
    CallbackRequest,
    Company,
    Customer,
    ReviewReason,
    Staff,
)
from appointments.queries.callbacks import (
    choose_caller,
    get_open_callback,
    get_open_callback_about,
)

Priority = CallbackRequest.Priority

DUE_WITHIN = {
    Priority.URGENT: timedelta(hours=2),
    Priority.HIGH: timedelta(hours=4),
    Priority.NORMAL: timedelta(hours=24),
}
RANK = (Priority.NORMAL, Priority.HIGH, Priority.URGENT)
PRIORITY_OF: dict[str, Priority] = {
    CallbackReason.COMPLAINT: Priority.URGENT,
    CallbackReason.URGENT: Priority.URGENT,
    CallbackReason.BOOKING_FAILED: Priority.HIGH,
    CallbackReason.NOTHING_FREE: Priority.HIGH,
    CallbackReason.MOVED: Priority.HIGH,
    **dict.fromkeys(ReviewReason, Priority.HIGH),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackOrder:
    """What somebody is to be called back about. Everything of one company.

    Attributes:
        branch: whose people call.
        reason: decides how soon, where `priority` does not.
        priority: at least this one; None for the reason's own.
        phone: given for this, E.164; "" where none was.
        caller_phone: the number that called, E.164; used where none was given.
        name: as spoken.
        wish: what people should know, in words.
        customer, appointment: whom and what it concerns, where known.
        call_id: the call in which it was asked for; "" outside calls.
        staff_id: who should call.
        service_id: where nobody is named, somebody who performs it calls.
        promised_within: what was said on the phone; it brings the call forward only.
    """

    branch: Branch
    reason: CallbackReason | ReviewReason = CallbackReason.WISH
    priority: Priority | None = None
    phone: str = ""
    caller_phone: str = ""
    name: str = ""
    wish: str = ""
    customer: Customer | None = None
    appointment: Appointment | None = None
    call_id: str = ""
    staff_id: int | None = None
    service_id: int | None = None
    promised_within: timedelta | None = None

    @property
    def urgency(self) -> Priority:
        reasons = PRIORITY_OF.get(self.reason, Priority.NORMAL)
        return max(reasons, self.priority or Priority.NORMAL, key=RANK.index)

    def due_at(self, now: datetime) -> datetime:
        within = DUE_WITHIN[self.urgency]
        return now + min(within, self.promised_within or within)


def request_callback(*, order: CallbackOrder, now: datetime) -> CallbackRequest:
    """Promise a call back, or complete the promise that is already open.

    One about an appointment is one as long as it is open. Other requests of the same number,
    or of the same call, are one within 30 minutes: with the higher priority, the earlier due
    time and all that was said. Joins the caller's transaction.
    """
    with transaction.atomic():
        _lock(order.branch.company_id)
        row = _earlier(order, now=now) or CallbackRequest(
            company=order.branch.company,
            branch=order.branch,
            reason=order.reason,
            due_at=order.due_at(now),
            call_id=order.call_id,
            created_at=now,
        )
        _complete(row, order, now=now)
        row.save()
    return row


def _lock(company_id: int) -> None:
    """Let the same request, made twice at once, find its twin: one at a time per company."""
    Company.objects.select_for_update(no_key=True).values_list("pk").get(pk=company_id)


def _earlier(order: CallbackOrder, *, now: datetime) -> CallbackRequest | None:
    if order.appointment:
        return get_open_callback_about(order.appointment)
    return get_open_callback(
        order.branch.company,
        phone=order.phone or order.caller_phone,
        call_id=order.call_id,
        now=now,
    )


def _complete(row: CallbackRequest, order: CallbackOrder, *, now: datetime) -> None:
    if RANK.index(order.urgency) > RANK.index(Priority(row.priority)):
        row.priority, row.reason = order.urgency, order.reason
    row.due_at = min(row.due_at, order.due_at(now))
    row.customer = row.customer or order.customer
    row.appointment = row.appointment or order.appointment
    row.phone = order.phone or row.phone or order.caller_phone
    row.name = row.name or order.name
    row.wish = _joined(row.wish, order.wish)
    if order.staff_id or row.assigned_to is None:
        _assign(row, order)


def _assign(row: CallbackRequest, order: CallbackOrder) -> None:
    caller = choose_caller(order.branch, staff_id=order.staff_id, service_id=order.service_id)
    if caller:
        row.assigned_to, row.status = caller, CallbackRequest.Status.ASSIGNED


def assign_callback(*, callback: CallbackRequest, staff: Staff) -> bool:
    """Say who of the callback's company is to make it.

    Returns:
        whether it was still to be made.
    """
    to_be_made = CallbackRequest.objects.still_open().filter(
        pk=callback.pk, company=staff.company_id
    )
    return bool(to_be_made.update(assigned_to=staff, status=CallbackRequest.Status.ASSIGNED))


def _joined(said: str, more: str) -> str:
    """Add what is new; what was said before is not said twice."""
    return said if more in said else "\n".join(filter(None, (said, more)))
