"""What the platform's words mean to people in a salon."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from voice.functions import FUNCTIONS

# By a function's own name.
WHAT_IT_DOES: Mapping[str, Any] = {
    "get_current_context": _("Asks for the date"),
    "check_customer": _("Looks up the caller"),
    "check_availability": _("Checks a time"),
    "get_alternatives": _("Looks for other times"),
    "find_next_available": _("Looks for the next free time"),
    "reserve_slot": _("Keeps a time"),
    "release_slot_reservation": _("Gives a time back"),
    "start_booking": _("Books"),
    "confirm_booking": _("Confirms a booking"),
    "list_appointments": _("Lists the caller's appointments"),
    "reschedule_appointment": _("Moves an appointment"),
    "cancel_appointment": _("Cancels an appointment"),
    "list_services": _("Names services"),
    "get_opening_hours": _("Looks up the opening hours"),
    "request_callback": _("Promises a callback"),
    "parse_date": _("Understands a date"),
}
# The usual ones; there are more, and others will come.
ENDED_BECAUSE: Mapping[str, Any] = {
    "user_hangup": _("the caller hung up"),
    "agent_hangup": _("the agent hung up"),
    "call_transfer": _("put through"),
    "voicemail_reached": _("a voicemail answered"),
    "inactivity": _("nobody said anything"),
    "max_duration_reached": _("it had lasted too long"),
    "concurrency_limit_reached": _("too many calls at once"),
    "no_valid_payment": _("the voice platform was not paid"),
}


def function_in_words(alias: str) -> str:
    """Return what a function does, by any name it goes by; an unknown one says its name."""
    known = FUNCTIONS.get(alias)
    return str(WHAT_IT_DOES[known.name]) if known else alias


def end_in_words(reason: str) -> str:
    """Return why a call ended; what nobody has put into words is at least readable."""
    return str(ENDED_BECAUSE.get(reason, reason.replace("_", " ")))
