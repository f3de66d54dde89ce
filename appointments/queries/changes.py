"""What a call has already done to appointments."""

from appointments.models import AppointmentChange, Company


def get_changes_in_call(company: Company, *, call_id: str) -> list[AppointmentChange]:
    """Return the moves and cancellations of one call, in their order. One query."""
    if not call_id:
        return []
    rows = AppointmentChange.objects.filter(company=company, call_id=call_id)
    return list(rows.select_related("staff").order_by("pk"))


def get_last_move(appointment_id: int) -> AppointmentChange | None:
    """Return how an appointment came to where it is; None where it never moved."""
    moves = AppointmentChange.objects.filter(
        appointment=appointment_id, kind=AppointmentChange.Kind.MOVED
    )
    return moves.select_related("staff").order_by("-pk").first()
