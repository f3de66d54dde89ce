"""Which step follows which status, and where a step may lead. Structure without words."""

from collections.abc import Mapping

from voice import statuses

# What callers want, and where it leads: a function, or a step that asks first.
INTENTS = (
    "check_availability",
    "find_next_available",
    "get_alternatives",
    "list_appointments",
    "reschedule_appointment",
    "cancelling",
    "list_services",
    "get_opening_hours",
    "parse_date",
    "request_callback",
    "goodbye",
)

# Steps in which the agent speaks and listens; what follows is the caller's choice.
STEPS: Mapping[str, tuple[str, ...]] = {
    "welcome": INTENTS,
    "listen": INTENTS,
    "told": INTENTS,
    "available": (
        "start_booking",
        "check_availability",
        "get_alternatives",
        "reserve_slot",
        "release_slot_reservation",
    ),
    "offer": (
        "start_booking",
        "check_availability",
        "get_alternatives",
        "find_next_available",
        "request_callback",
        "release_slot_reservation",
    ),
    "offer_move": ("reschedule_appointment", "request_callback", "release_slot_reservation"),
    "own_appointment": ("reschedule_appointment", "check_availability", "listen"),
    "reserved": ("start_booking", "check_availability", "release_slot_reservation"),
    "awaiting_confirmation": (
        "confirm_booking",
        "check_availability",
        "release_slot_reservation",
    ),
    "booked": INTENTS,
    "moved": INTENTS,
    "cancelling": ("cancel_appointment", "reschedule_appointment", "listen"),
    "cancelled": INTENTS,
    "denied": ("request_callback", "listen"),
    "trouble": ("request_callback", "listen"),
    "a_person": ("request_callback", "listen"),
}

# Statuses that come with times to choose from, or ask for one.
GONE = ("closed", "past_time", "too_soon")
TIMES = (*GONE, "time_required")
OFFER = dict.fromkeys(TIMES, "offer")
TAKEN = OFFER | {"unavailable": "offer"}
OFFER_MOVE = dict.fromkeys((*GONE, "unavailable"), "offer_move")

ANY: Mapping[str, str] = {
    "technical_problem": "trouble",
    "unknown_function": "trouble",
    "rate_limited": "trouble",
    "disabled": "trouble",
    "tenant_unknown": "lost",
    "call_unknown": "lost",
    "try_again_in_a_moment": "again",
}

# What each status of a function leads to. "ask" has the open question answered and calls the
# function anew; it is also where every other question leads.
AFTER: Mapping[str, Mapping[str, str]] = {
    "get_current_context": {"ok": "check_customer"},
    "check_customer": dict.fromkeys(("existing_customer", "new_customer", "anonymous"), "welcome"),
    "check_availability": TAKEN | {"available": "available", "own_appointment": "own_appointment"},
    "get_alternatives": {
        "past_time": "offer",
        "found": "offer",
        "none": "offer",
        "already_booked": "told",
    },
    "find_next_available": {"found": "offer", "none": "offer"},
    "reserve_slot": TAKEN | {"reserved": "reserved", "own_appointment": "own_appointment"},
    "release_slot_reservation": {"released": "told"},
    "start_booking": TAKEN
    | {
        "booked": "booked",
        "own_appointment": "own_appointment",
        "awaiting_confirmation": "awaiting_confirmation",
    },
    "confirm_booking": dict.fromkeys((*GONE, "unavailable"), "offer")
    | {
        "booked": "booked",
        "own_appointment": "own_appointment",
        "nothing_to_confirm": "offer",
    },
    "list_appointments": {"found": "told", "none": "told", "anonymous_caller": "denied"},
    "reschedule_appointment": OFFER_MOVE
    | {
        "rescheduled": "moved",
        "already_at_that_time": "offer_move",
        "own_appointment": "offer_move",
        "none": "told",
        "denied": "denied",
        "callback_queued": "told",
    },
    "cancel_appointment": {
        "cancelled": "cancelled",
        "already_cancelled": "cancelled",
        "none": "told",
        "denied": "denied",
        "callback_queued": "told",
    },
    "list_services": dict.fromkeys(("found", "categories", "none"), "told"),
    "get_opening_hours": {"open": "told", "closed": "told"},
    "parse_date": {"ok": "told"},
    # Who cannot even be called back is not asked again whether they want to be.
    "request_callback": {"callback_queued": "told"}
    | dict.fromkeys(("technical_problem", "rate_limited", "disabled"), "lost"),
}
UNHEARD = {"request_callback": "lost"}  # where no answer came at all; else "trouble"


def step_after(function: str, status: str) -> str:
    """Return where a status leads: a step, a function, "ask" or "again"."""
    return AFTER[function].get(status) or ANY.get(status) or "ask"


def steps_after(function: str) -> dict[str, list[str]]:
    """Return every step that follows a function, with the statuses that lead there."""
    grouped: dict[str, list[str]] = {}
    for status in statuses.of(function):
        grouped.setdefault(step_after(function, status), []).append(status)
    return grouped
