"""What an event type is made of, in the service's spelling: checked, applied, shown again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from calcom.simulator.answers import not_simulated
from calcom.simulator.policies import MINUTES_OF, UNITS
from calcom.simulator.records import EventType
from calcom.simulator.validation import (
    ARRAY,
    BOOLEAN,
    INTEGER,
    OBJECT,
    STRING,
    Field,
    Rule,
    at_least,
    enumerate_problems,
    find_problems,
)

# The service's name of each property we work with, and ours.
NAMES = {
    "title": "title",
    "slug": "slug",
    "lengthInMinutes": "length",
    "lengthInMinutesOptions": "lengths",
    "slotInterval": "slot_interval",
    "minimumBookingNotice": "notice",
    "beforeEventBuffer": "buffer_before",
    "afterEventBuffer": "buffer_after",
    "offsetStart": "offset",
    "hidden": "hidden",
    "onlyShowFirstAvailableSlot": "first_slot_only",
    "bookingRequiresAuthentication": "requires_authentication",
    "locations": "locations",
    "bookingFields": "booking_fields",
}
# Repeated, and without an effect here that a client could notice.
REPEATED = {
    "description",
    "disableGuests",
    "scheduleId",
    "bookerLayouts",
    "hideCalendarNotes",
    "hideCalendarEventDetails",
    "hideOrganizerEmail",
    "lockTimeZoneToggleOnBookingPage",
    "color",
    "customName",
    "destinationCalendar",
    "useDestinationCalendarEmail",
    "successRedirectUrl",
    "calVideoSettings",
    "interfaceLanguage",
    "rescheduleWithSameRoundRobinHost",
    "emailSettings",
}
# Limits and conditions, kept as they are given; `policies.py` knows what they mean.
POLICIES = {
    "bookingLimitsCount",
    "bookingLimitsDuration",
    "bookerActiveBookingsLimit",
    "bookingWindow",
    "confirmationPolicy",
    "disableCancelling",
    "disableRescheduling",
}
# Would change what can be booked, so they must not be taken and then ignored.
NOT_SIMULATED = {
    "recurrence",
    "seats",
    "requiresBookerEmailVerification",
    "showOptimizedSlots",
    "allowReschedulingPastBookings",
    "allowReschedulingCancelledBookings",
}
CAL_VIDEO = {"type": "integration", "integration": "cal-video"}
NOTICE_OF_NEW_TYPES = 120

INTEGERS = Rule(
    "isInt",
    "each value in {} must be an integer number",
    lambda value: isinstance(value, list) and all(isinstance(item, int) for item in value),
)
MINUTES = (INTEGER, at_least(0))
WINDOW = Rule(
    "validateBookingWindow",
    "{} must be a window of businessDays, calendarDays or range",
    lambda value: _is_off(value) or _is_window(value),
)
LIMIT = Rule(
    "validateBookingLimits",
    "{} must hold whole numbers for day, week, month or year",
    lambda value: _is_off(value) or _is_limit(value),
)
CONFIRMATION = Rule(
    "validateConfirmationPolicy",
    "{} must be of type always or time, the latter with a noticeThreshold",
    lambda value: _is_off(value) or _is_confirmation(value),
)


def _is_off(value: object) -> bool:
    return isinstance(value, dict) and value.get("disabled") is True


def _is_window(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    if value.get("type") == "range":
        days = value.get("value")
        return isinstance(days, list) and len(days) == len(("first", "last"))
    return value.get("type") in {"businessDays", "calendarDays"} and INTEGER.passes(
        value.get("value")
    )


def _is_limit(value: object) -> bool:
    return isinstance(value, dict) and all(
        unit in UNITS and INTEGER.passes(most) for unit, most in value.items()
    )


def _is_confirmation(value: object) -> bool:
    if not isinstance(value, dict) or value.get("type") not in {"always", "time"}:
        return False
    threshold = value.get("noticeThreshold")
    if value["type"] == "always" and threshold is None:
        return True
    return (
        isinstance(threshold, dict)
        and threshold.get("unit") in MINUTES_OF
        and INTEGER.passes(threshold.get("count"))
    )


OPTIONAL = (
    Field("lengthInMinutesOptions", (INTEGERS,)),
    Field("slotInterval", (INTEGER, at_least(1))),
    Field("minimumBookingNotice", MINUTES),
    Field("beforeEventBuffer", MINUTES),
    Field("afterEventBuffer", MINUTES),
    Field("offsetStart", MINUTES),
    Field("hidden", (BOOLEAN,)),
    Field("onlyShowFirstAvailableSlot", (BOOLEAN,)),
    Field("bookingRequiresAuthentication", (BOOLEAN,)),
    Field("locations", (ARRAY,)),
    Field("bookingFields", (ARRAY,)),
    Field("bookingLimitsCount", (LIMIT,)),
    Field("bookingLimitsDuration", (LIMIT,)),
    Field("bookerActiveBookingsLimit", (OBJECT,)),
    Field("bookingWindow", (WINDOW,)),
    Field("confirmationPolicy", (CONFIRMATION,)),
    Field("disableCancelling", (OBJECT,)),
    Field("disableRescheduling", (OBJECT,)),
)


def check(given: Mapping[str, Any], *, whole: bool) -> None:
    """Check an input; unknown keys are dropped in silence, as the real service does.

    Args:
        given: the body.
        whole: whether title, slug and length must be there (POST), or may (PATCH).

    Raises:
        RefusedError: 400 with the list of problems, or 501 for what is not simulated.
    """
    fields = (
        Field("lengthInMinutes", (INTEGER, at_least(1)), required=whole),
        Field("title", (STRING,), required=whole),
        Field("slug", (STRING,), required=whole),
        *OPTIONAL,
    )
    if problems := find_problems(given, fields, forbid_unknown=False):
        raise enumerate_problems(problems)
    for name in NOT_SIMULATED:
        if given.get(name) not in (None, False, {"disabled": True}):
            raise not_simulated(what=f"`{name}` of an event type")


def apply(event_type: EventType, given: Mapping[str, Any]) -> EventType:
    """Return the event type with a checked input's changes."""
    changes = {ours: given[theirs] for theirs, ours in NAMES.items() if theirs in given}
    if "lengths" in changes:
        changes["lengths"] = tuple(changes["lengths"] or ())
    further = {name: given[name] for name in REPEATED if name in given}
    policies = {name: given[name] for name in POLICIES if name in given}
    return replace(
        event_type,
        **changes,
        policies=event_type.policies | policies,
        further=event_type.further | further,
    )


def blank(*, id: int, account: str, owner_id: int | None, hosts: tuple[int, ...]) -> EventType:  # noqa: A002 -- the record's name for it
    """Return an event type as the service makes one, but for its title, slug and length."""
    return EventType(
        id=id,
        account=account,
        owner_id=owner_id,
        hosts=hosts,
        title="",
        slug="",
        length=0,
        notice=NOTICE_OF_NEW_TYPES,
        locations=[CAL_VIDEO],
    )
