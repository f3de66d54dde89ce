"""Forgetting a customer, and telling them first what is known of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext, override

from appointments.actions.ending import cancel
from appointments.models import (
    Appointment,
    AppointmentPhase,
    CallbackRequest,
    Customer,
    Review,
    Verb,
)
from appointments.models.audited import new_entry
from appointments.ports import Traces, get_keepers


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure came to: appointments cancelled, and rows emptied of each kind."""

    cancelled: int
    emptied: dict[str, int]


def gather_personal_data(*, customer: Customer) -> dict[str, Any]:
    """Return all that is known of a customer, ready for JSON. It is noted that it was given out."""
    traces = _traces_of(customer)
    data: dict[str, Any] = {
        "customer": _columns(customer, "name", "phone", "email", "notes", "created_at"),
        "appointments": [
            _columns(row, "public_id", "starts_at", "ends_at", "status", "customer_name", "notes")
            | {"service": row.service.name, "staff": row.staff.name, "branch": row.branch.name}
            for row in _appointments(customer).select_related("service", "staff", "branch")
        ],
        "callbacks": [
            _columns(row, "created_at", "name", "phone", "reason", "wish", "status")
            for row in _callbacks(traces)
        ],
    }
    for keeper in get_keepers():
        data |= keeper.gather(traces)
    _note(customer, Verb.EXPORTED, {kind: len(rows) for kind, rows in data.items()})
    return data


def erase_customer(*, customer: Customer, now: datetime) -> Erased:
    """Empty every row of what tells who a customer was; what counts for statistics stays.

    What still lies ahead is cancelled first, here and through the sync in Cal.com. Erasing twice
    is erasing once. Must not be called inside a transaction.
    """
    cancelled = 0
    while (emptied := _erase(customer, now=now)) is None:
        for row in _appointments(customer).upcoming(now=now):
            cancelled += cancel(appointment=row, now=now)
    return Erased(cancelled=cancelled, emptied=emptied)


def _erase(customer: Customer, *, now: datetime) -> dict[str, int] | None:
    """Erase, unless something lies ahead: whoever books meanwhile waits for this lock."""
    with transaction.atomic(durable=True):
        row = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
        if _appointments(row).upcoming(now=now).exists():
            return None
        traces = _traces_of(row)
        emptied = {
            "appointments": _empty_appointments(traces),
            "callbacks": _empty_callbacks(traces),
            "history": _empty_log(traces),
        }
        for keeper in get_keepers():
            emptied |= keeper.erase(traces)
        _empty_customer(row, now=now)
        _note(row, Verb.ERASED, emptied)
    return emptied


def _traces_of(customer: Customer) -> Traces:
    rows = list(_appointments(customer).values_list("pk", "call_id"))
    phones = frozenset({customer.phone} if customer.phone else ())
    about = CallbackRequest.objects.filter(customer=customer).values_list("call_id", flat=True)
    uids = AppointmentPhase.objects.filter(appointment__customer=customer)
    return Traces(
        company_id=customer.company_id,
        customer_id=customer.pk,
        phones=phones,
        appointment_ids=frozenset(pk for pk, _call_id in rows),
        call_ids=frozenset({call_id for _pk, call_id in rows} | set(about)) - {""},
        booking_uids=frozenset(uids.values_list("calcom_booking_uid", flat=True)) - {""},
    )


def _appointments(customer: Customer) -> Any:
    return Appointment.objects.filter(company=customer.company_id, customer=customer)


def _callbacks(traces: Traces) -> QuerySet[CallbackRequest]:
    return CallbackRequest.objects.filter(
        Q(customer=traces.customer_id)
        | Q(phone__in=traces.phones)
        | Q(appointment__in=traces.appointment_ids),
        company=traces.company_id,
    ).order_by("pk")


def _empty_appointments(traces: Traces) -> int:
    rows = Appointment.objects.filter(pk__in=traces.appointment_ids)
    AppointmentPhase.objects.filter(appointment__in=traces.appointment_ids).update(sync_error="")
    return rows.update(
        customer_name="",
        notes="",
        cancel_reason="",
        override_reason="",
        review_note="",
        sync_error="",
    )


def _empty_callbacks(traces: Traces) -> int:
    rows = CallbackRequest.objects.filter(pk__in=_callbacks(traces).values_list("pk", flat=True))
    # Nobody is left to be called.
    rows.still_open().update(status=CallbackRequest.Status.EXPIRED)
    return rows.update(name="", phone="", wish="")


def _empty_log(traces: Traces) -> int:
    """Empty what Django's admin noted in words about a customer, their appointments and reviews."""
    emptied = 0
    for model, keys in (
        (Customer, {traces.customer_id}),
        (Appointment, traces.appointment_ids),
        (Review, traces.appointment_ids),
    ):
        rows = LogEntry.objects.filter(
            # As the admin notes it: a review under its own name, not the appointment's.
            content_type=ContentType.objects.get_for_model(model, for_concrete_model=False),
            object_id__in=[str(key) for key in keys],
        )
        emptied += rows.update(object_repr=model._meta.model_name, change_message="")
    return emptied


def _empty_customer(customer: Customer, *, now: datetime) -> None:
    with override(customer.company.locale):
        customer.name = gettext("erased customer")
    customer.phone = customer.email = None
    customer.notes = ""
    customer.erased_at = customer.erased_at or now
    customer.save()


def _columns(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _note(customer: Customer, verb: Verb, counts: dict[str, int]) -> None:
    new_entry(
        verb=verb,
        model=Customer,
        company_id=customer.company_id,
        object_id=customer.pk,
        customer_id=customer.pk,
        changes=counts,
    ).save()
