"""What the platform's words mean to people in a salon."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from voice.functions import FUNCTIONS
from voice.serializers import argument_named

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
# Every status of every function.
WHAT_CAME_OF_IT: Mapping[str, Any] = {
    "already_at_that_time": _("is at that time already"),
    "already_booked": _("booked already"),
    "already_cancelled": _("cancelled already"),
    "anonymous": _("number withheld"),
    "anonymous_caller": _("number withheld"),
    "available": _("free"),
    "awaiting_confirmation": _("waits for a yes"),
    "booked": _("booked"),
    "call_unknown": _("call unknown"),
    "callback_queued": _("callback promised"),
    "cancelled": _("cancelled"),
    "categories": _("kinds of services named"),
    "closed": _("closed then"),
    "customer_name_required": _("name is missing"),
    "date_ambiguous": _("date unclear"),
    "date_not_understood": _("date not understood"),
    "date_required": _("date is missing"),
    "denied": _("not allowed"),
    "disabled": _("switched off"),
    "existing_customer": _("known"),
    "found": _("something found"),
    "new_customer": _("not known yet"),
    "new_time_required": _("new time is missing"),
    "none": _("nothing found"),
    "nothing_to_confirm": _("nothing to confirm"),
    "ok": _("understood"),
    "open": _("open that day"),
    "own_appointment": _("has an appointment then"),
    "past_time": _("in the past"),
    "phone_required": _("number is missing"),
    "rate_limited": _("too many questions"),
    "released": _("given back"),
    "rescheduled": _("moved"),
    "reserved": _("kept"),
    "service_ambiguous": _("service unclear"),
    "service_not_found": _("service not found"),
    "service_required": _("service is missing"),
    "staff_ambiguous": _("staff member unclear"),
    "staff_cannot_provide_service": _("staff member does not offer it"),
    "staff_named_as_customer": _("staff member's name given as one's own"),
    "staff_not_found": _("staff member not found"),
    "technical_problem": _("technical problem"),
    "tenant_unknown": _("salon unknown"),
    "time_not_understood": _("time not understood"),
    "time_required": _("time is missing"),
    "too_far": _("too far ahead"),
    "too_soon": _("too soon"),
    "try_again_in_a_moment": _("to be tried again"),
    "unavailable": _("not free"),
    "unknown_function": _("function unknown"),
    "weekday_mismatch": _("weekday and date differ"),
    "which_one": _("asks which one"),
}
# By an argument's own name.
WHAT_WAS_SAID: Mapping[str, Any] = {
    "additional": _("one more"),
    "after": _("from then on"),
    "appointment_id": _("appointment"),
    "category": _("kind of service"),
    "customer_email": _("e-mail"),
    "customer_name": _("name"),
    "customer_phone": _("phone"),
    "date": _("date"),
    "datetime": _("date and time"),
    "new_date": _("new date"),
    "new_time": _("new time"),
    "notes": _("notes"),
    "old_date": _("date until now"),
    "old_time": _("time until now"),
    "option": _("choice"),
    "preferred_time": _("wished time"),
    "priority": _("priority"),
    "reason": _("reason"),
    "service": _("service"),
    "slot_token": _("offer"),
    "staff": _("with"),
    "time": _("time"),
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


def status_in_words(status: str) -> str:
    """Return what came of a function call; an unknown status says itself."""
    return str(WHAT_CAME_OF_IT.get(status, status))


def argument_in_words(function: str, alias: str) -> str:
    """Return what an argument says, by any name it goes by; an unknown one says its name.

    Args:
        function: by any of its names; the same alias may mean another argument elsewhere.
        alias: as the platform sent it.
    """
    known = FUNCTIONS.get(function)
    name = argument_named(known.arguments, alias) if known else None
    return str(WHAT_WAS_SAID[name]) if name else alias


def end_in_words(reason: str) -> str:
    """Return why a call ended; what nobody has put into words is at least readable."""
    return str(ENDED_BECAUSE.get(reason, reason.replace("_", " ")))
