"""Who is calling, what they usually want, and what they have booked."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from appointments.models import Appointment, Company, Customer, Status
from appointments.models.appointment import AppointmentQuerySet

HISTORY = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What a customer's latest appointments say.

    Attributes:
        service_id, service_name: the most frequent one, None without a history.
        confidence: its share of the history, 0 to 1, two decimals.
        staff_id, staff_name: who served most often.
        last_visit: the start of the latest one that is over.
    """

    service_id: int | None = None
    service_name: str | None = None
    confidence: float = 0.0
    staff_id: int | None = None
    staff_name: str | None = None
    last_visit: datetime | None = None


def get_customer_by_phone(company: Company, phone: str | None) -> Customer | None:
    """Return whose number this is, compared in E.164 within the company."""
    if not phone:
        return None
    return Customer.objects.filter(company=company, phone=phone).first()


def get_habits(customer: Customer, *, now: datetime) -> Habits:
    """Return what the customer's latest 20 appointments say. One query."""
    rows = list(
        Appointment.objects.filter(company=customer.company_id, customer=customer)
        .exclude(status__in=(Status.CANCELLED, Status.HELD))
        .order_by("-starts_at", "-pk")
        .values_list("service_id", "service__name", "staff_id", "staff__name", "ends_at")[:HISTORY]
    )
    if not rows:
        return Habits()
    # Counter keeps the order of first sight, so that of two equals the latest wins.
    (service, times), *_ = Counter((row[0], row[1]) for row in rows).most_common(1)
    (staff, _times), *_ = Counter((row[2], row[3]) for row in rows).most_common(1)
    return Habits(
        service_id=service[0],
        service_name=service[1],
        confidence=round(times / len(rows), 2),
        staff_id=staff[0],
        staff_name=staff[1],
        last_visit=max((row[4] for row in rows if row[4] <= now), default=None),
    )


def get_upcoming(customer: Customer, *, now: datetime) -> list[Appointment]:
    """Return the customer's confirmed appointments from now on, earliest first."""
    theirs = Appointment.objects.filter(company=customer.company_id, customer=customer)
    return theirs.upcoming(now=now).order_by("starts_at", "pk").loaded()


def get_own_appointments(
    company: Company, *, customer: Customer | None, call_id: str, now: datetime
) -> list[Appointment]:
    """Return what is not over yet of the caller's appointments and of what this call booked.

    Earliest first. A caller without a customer has only the latter.
    """
    own = _theirs(company, customer=customer, call_id=call_id).confirmed().filter(ends_at__gt=now)
    return own.order_by("starts_at", "pk").loaded()


def _theirs(company: Company, *, customer: Customer | None, call_id: str) -> AppointmentQuerySet:
    """Keep what is the caller's by number, or by this very call."""
    theirs = Q(call_id=call_id) if call_id else Q()
    if customer:
        theirs |= Q(customer=customer)
    rows = Appointment.objects.of(company)
    return rows.filter(theirs) if theirs else rows.none()


def get_cancelled(
    company: Company, *, customer: Customer | None, call_id: str, now: datetime
) -> list[Appointment]:
    """Return what was cancelled and would still come, of the caller's and this call's.

    Earliest first.
    """
    gone = _theirs(company, customer=customer, call_id=call_id).filter(
        status=Status.CANCELLED, starts_at__gt=now
    )
    return gone.order_by("starts_at", "pk").loaded()


def get_booked_in_call(company: Company, *, call_id: str) -> Appointment | None:
    """Return what a call has booked and nobody has given up since; the latest."""
    if not call_id:
        return None
    booked = Appointment.objects.of(company).confirmed().filter(call_id=call_id)
    return next(iter(booked.order_by("-pk")[:1].loaded()), None)
