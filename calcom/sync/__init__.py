"""Making Cal.com agree with our appointments: one lease, one attempt, all or nothing."""

from calcom.sync.attempt import sync
from calcom.sync.due import due_appointments, next_due_at, stop_waiting
from calcom.sync.undoing import cancel_orphans

__all__ = ["cancel_orphans", "due_appointments", "next_due_at", "stop_waiting", "sync"]
