"""The life of a call as the platform tells it: read, recorded, and what comes of it."""

from voice.events.auditing import audit, audit_again
from voice.events.reading import CallEvent, read_event
from voice.events.recording import NO_END, record
from voice.events.ringing import greet, open_ringing
from voice.events.sweeping import close_silent_calls, forget_what_was_said

__all__ = [
    "NO_END",
    "CallEvent",
    "audit",
    "audit_again",
    "close_silent_calls",
    "forget_what_was_said",
    "greet",
    "open_ringing",
    "read_event",
    "record",
]
