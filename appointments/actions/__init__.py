"""Everything that writes, one module per subject."""

from appointments.actions.booking import Booked, BookingOrder, book
from appointments.actions.ending import cancel, finish
from appointments.actions.holds import hold, release_expired_holds, release_holds
from appointments.actions.moving import reschedule

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
