"""Everything that writes, one module per subject."""

from appointments.actions.booking import (
    Booked,
    BookingOrder,
    book,
    cancel,
    finish,
    reschedule,
)
from appointments.actions.holds import hold, release_expired_holds, release_holds

__all__ = [
    "Booked",
    "BookingOrder",
    "book",
    "cancel",
    "finish",
    "hold",
    "release_expired_holds",
    "release_holds",
    "reschedule",
]
