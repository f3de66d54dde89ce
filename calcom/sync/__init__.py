"""Making Cal.com agree with our appointments: one lease, one attempt, all or nothing."""

from calcom.sync.attempt import sync
from calcom.sync.beside import Side, Standing
from calcom.sync.by_hand import Verdict, adopt_booking, look_now, put_back, ring, verify_now
from calcom.sync.due import due_appointments, next_due_at, stop_waiting
from calcom.sync.undoing import cancel_orphans

__all__ = [
    "Side",
    "Standing",
    "Verdict",
    "adopt_booking",
    "cancel_orphans",
    "due_appointments",
    "look_now",
    "next_due_at",
    "put_back",
    "ring",
    "stop_waiting",
    "sync",
    "verify_now",
]
