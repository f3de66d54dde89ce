"""What the salon lets a caller change: until when, and how often. Staff may always."""

from datetime import datetime, timedelta

from appointments.errors import DenialReason, DeniedError
from appointments.models import Appointment


def check_may_move(appointment: Appointment, *, now: datetime, call_id: str) -> None:
    """Refuse a move that comes too late, or once too often. No query.

    What the same call has booked may be corrected whatever the rules say.

    Raises:
        DeniedError: with the rule that says so.
    """
    if _booked_in(appointment, call_id):
        return
    company = appointment.branch.company
    _check_deadline(appointment, hours=company.reschedule_deadline_hours, now=now)
    if appointment.reschedule_count >= company.max_reschedules:
        raise DeniedError(reason=DenialReason.LIMIT_REACHED, allowed=company.max_reschedules)


def check_may_cancel(appointment: Appointment, *, now: datetime, call_id: str) -> None:
    """Refuse a cancellation that comes too late. No query.

    Raises:
        DeniedError: unless the same call has booked it.
    """
    if not _booked_in(appointment, call_id):
        hours = appointment.branch.company.cancel_deadline_hours
        _check_deadline(appointment, hours=hours, now=now)


def _booked_in(appointment: Appointment, call_id: str) -> bool:
    return bool(call_id) and appointment.call_id == call_id


def _check_deadline(appointment: Appointment, *, hours: int, now: datetime) -> None:
    """Hours elapse, whatever the clocks do in between; exactly so many before is in time."""
    if hours and appointment.starts_at - now < timedelta(hours=hours):
        raise DeniedError(reason=DenialReason.DEADLINE_MISSED, allowed=hours)
