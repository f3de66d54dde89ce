"""What a receptionist asks, in one line: is it free, book it, hold it."""

from datetime import datetime
from typing import Any

from appointments import actions, queries
from appointments.actions import Booked, BookingOrder
from appointments.domain.diary import Slot
from appointments.errors import AppointmentError, SlotTakenError
from appointments.models import Appointment, AppointmentPhase, Branch, Service, Staff
from appointments.queries import Search
from tests.conftest import soon


def verdict(
    service: Service, starts_at: datetime, *, branch: Branch, now: datetime, **search: Any
) -> str:
    """Return "free", or the word for why not."""
    try:
        queries.check_availability(
            Search(branch=branch, service=service, **search), starts_at, now=now, deadline=soon()
        )
    except SlotTakenError as refusal:
        return refusal.reason.value
    except AppointmentError as refusal:
        return refusal.status
    return "free"


def order(service: Service, starts_at: datetime, *, branch: Branch, **more: Any) -> BookingOrder:
    named = {"customer_name": "Lena Vogt"} | more
    return BookingOrder(branch=branch, service=service, starts_at=starts_at, **named)


def book(
    service: Service, starts_at: datetime, *, branch: Branch, now: datetime, **more: Any
) -> Appointment:
    """Book, and return the appointment as the database has it."""
    booked = wish(service, starts_at, branch=branch, now=now, **more)
    return Appointment.objects.get(pk=booked.appointment.pk)


def wish(
    service: Service, starts_at: datetime, *, branch: Branch, now: datetime, **more: Any
) -> Booked:
    """Book, and return the answer."""
    return actions.book(
        order=order(service, starts_at, branch=branch, **more), now=now, deadline=soon()
    )


def move(appointment: Appointment, starts_at: datetime, *, now: datetime, **to: Any) -> Appointment:
    return actions.reschedule(
        appointment=appointment, starts_at=starts_at, now=now, deadline=soon(), **to
    )


def slot(staff: Staff, starts_at: datetime, ends_at: datetime) -> Slot:
    return Slot(starts_at, ends_at, staff.pk, staff.name)


def hands_on(staff: Staff) -> list[tuple[datetime, datetime]]:
    """Return what takes a person's hands, earliest first."""
    return list(
        AppointmentPhase.objects.hands_on()
        .unreleased()
        .filter(staff=staff)
        .order_by("starts_at")
        .values_list("starts_at", "ends_at")
    )
