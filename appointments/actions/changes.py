"""The trail of an appointment, written in the transaction that changes it."""

from datetime import datetime

from appointments.models import Appointment, AppointmentChange


def note_move(
    appointment: Appointment,
    *,
    starts_at: datetime,
    staff_id: int,
    now: datetime,
    call_id: str = "",
) -> None:
    """Note where an appointment stands before it moves to another start or staff member."""
    AppointmentChange.objects.create(
        company_id=appointment.company_id,
        appointment=appointment,
        kind=AppointmentChange.Kind.MOVED,
        changed_at=now,
        call_id=call_id,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        staff_id=appointment.staff_id,
        new_starts_at=starts_at,
        new_staff_id=staff_id,
    )


def note_cancellation(appointment: Appointment, *, now: datetime, call_id: str = "") -> None:
    """Note when an appointment was cancelled, and in which call."""
    AppointmentChange.objects.create(
        company_id=appointment.company_id,
        appointment=appointment,
        kind=AppointmentChange.Kind.CANCELLED,
        changed_at=now,
        call_id=call_id,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        staff_id=appointment.staff_id,
    )
