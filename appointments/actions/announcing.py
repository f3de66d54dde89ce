"""Telling the rest of the site, after the commit."""

from django.db import transaction

from appointments.models import Appointment
from appointments.signals import appointment_changed, availability_changed, holds_changed


def announce(appointment: Appointment) -> None:
    """Ring the bell for a changed appointment, once its transaction is committed."""
    appointment_id, company_id = appointment.pk, appointment.company_id

    def ring() -> None:
        appointment_changed.send_robust(
            sender=Appointment, appointment_id=appointment_id, company_id=company_id
        )
        availability_changed.send_robust(sender=Appointment, company_id=company_id)

    # Robust twice: a broken bell must not undo a booking the caller has heard. And a
    # function, not a partial: Django 5.2 logs a robust failure by its __qualname__.
    transaction.on_commit(ring, robust=True)


def announce_availability(company_id: int) -> None:
    """Ring the bell for hours, skills and other things that only availability depends on."""

    def ring() -> None:
        availability_changed.send_robust(sender=Appointment, company_id=company_id)

    transaction.on_commit(ring, robust=True)


def announce_holds(company_id: int) -> None:
    """Ring the bell for holds that were made or given back."""

    def ring() -> None:
        holds_changed.send_robust(sender=Appointment, company_id=company_id)

    transaction.on_commit(ring, robust=True)
