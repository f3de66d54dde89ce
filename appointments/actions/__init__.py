"""Everything that writes, one module per subject."""

from appointments.actions.booking import Booked, BookingOrder, book, find_standing
from appointments.actions.callbacks import CallbackOrder, request_callback
from appointments.actions.ending import cancel, finish
from appointments.actions.erasing import Erased, erase_customer, gather_personal_data
from appointments.actions.escalating import (
    alert_callbacks,
    escalate_by_hand,
    note_failed_attempt,
    note_touched,
)
from appointments.actions.flagging import set_flag
from appointments.actions.following import follow_cancellation, follow_move
from appointments.actions.holds import (
    Find,
    hold,
    hold_alternatives,
    release_expired_holds,
    release_hold,
    release_holds,
)
from appointments.actions.moving import reschedule
from appointments.actions.tallying import tally

__all__ = [
    "Booked",
    "BookingOrder",
    "CallbackOrder",
    "Erased",
    "Find",
    "alert_callbacks",
    "book",
    "cancel",
    "erase_customer",
    "escalate_by_hand",
    "find_standing",
    "finish",
    "follow_cancellation",
    "follow_move",
    "gather_personal_data",
    "hold",
    "hold_alternatives",
    "note_failed_attempt",
    "note_touched",
    "release_expired_holds",
    "release_hold",
    "release_holds",
    "request_callback",
    "reschedule",
    "set_flag",
    "tally",
]
