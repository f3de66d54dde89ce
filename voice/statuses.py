"""Every status word, and which function may answer it: what the agent branches on.

The flow, the API's description and the tests read it here; each answer heard in a test is held
against it, so that a function cannot begin to say something the agent knows nothing of.
"""

from collections.abc import Mapping

UNCLEAR = ("date_not_understood", "time_not_understood", "date_ambiguous", "weekday_mismatch")
WHEN = (
    "date_required",
    "time_required",
    *UNCLEAR,
    "past_time",
    "too_soon",
    "too_far",
    "closed",
)
WHAT = ("service_required", "service_ambiguous", "service_not_found")
WHOM = ("staff_ambiguous", "staff_not_found", "staff_cannot_provide_service")
WISH = (*WHEN, *WHAT, *WHOM)

# What any function may answer. Those of the backend's own failures come with `success: false`.
FAILURES = ("technical_problem", "tenant_unknown", "unknown_function", "call_unknown")
ALWAYS = (*FAILURES, "rate_limited", "try_again_in_a_moment", "disabled")

_BOOKED = ("booked", "unavailable", "own_appointment")
_WHICH = ("which_one", "none", "denied", "callback_queued")

# What a function answers beside those, by its own name.
OF_FUNCTION: Mapping[str, tuple[str, ...]] = {
    "get_current_context": ("ok",),
    "check_customer": ("existing_customer", "new_customer", "anonymous"),
    "check_availability": ("available", "unavailable", "own_appointment", *WISH),
    "get_alternatives": (
        "found",
        "none",
        "already_booked",
        "date_required",
        "past_time",
        "too_far",
        *UNCLEAR,
        *WHAT,
        *WHOM,
    ),
    "find_next_available": ("found", "none", "too_far", *UNCLEAR, *WHAT, *WHOM),
    "reserve_slot": ("reserved", "unavailable", "own_appointment", *WISH),
    "release_slot_reservation": ("released",),
    "start_booking": (
        *_BOOKED,
        "customer_name_required",
        "staff_named_as_customer",
        "awaiting_confirmation",
        *WISH,
    ),
    "confirm_booking": (
        *_BOOKED,
        "nothing_to_confirm",
        "past_time",
        "too_soon",
        "too_far",
        "closed",
    ),
    "list_appointments": (
        "found",
        "none",
        "anonymous_caller",
        "date_not_understood",
        "service_ambiguous",
        "service_not_found",
    ),
    "reschedule_appointment": (
        "rescheduled",
        "unavailable",
        "already_at_that_time",
        "own_appointment",
        "new_time_required",
        *_WHICH,
        "date_required",
        "past_time",
        "too_soon",
        "too_far",
        "closed",
        *UNCLEAR,
        *WHOM,
    ),
    "cancel_appointment": (
        "cancelled",
        "already_cancelled",
        *_WHICH,
        "date_not_understood",
        "time_not_understood",
        "weekday_mismatch",
    ),
    "list_services": ("found", "categories", "none"),
    "get_opening_hours": ("open", "closed", "date_not_understood", "past_time"),
    "parse_date": (
        "ok",
        "date_not_understood",
        "time_not_understood",
        "date_required",
        "date_ambiguous",
        "weekday_mismatch",
        "past_time",
    ),
    "request_callback": ("callback_queued", "phone_required"),
}


def of(function: str) -> tuple[str, ...]:
    """Return every status a function may answer, its own ones first, each once."""
    return tuple(dict.fromkeys((*OF_FUNCTION[function], *ALWAYS)))
