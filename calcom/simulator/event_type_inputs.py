"""What an event type is made of, in the service's spelling: checked, applied, shown again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from calcom.simulator.answers import not_simulated
from calcom.simulator.records import EventType, User
from calcom.simulator.validation import (
    ARRAY,
    BOOLEAN,
    INTEGER,
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
}
# Would change what can be booked, so they must not be taken and then ignored.
NOT_SIMULATED = {
    "bookingLimitsCount",
    "bookingLimitsDuration",
    "bookerActiveBookingsLimit",
    "bookingWindow",
    "confirmationPolicy",
    "recurrence",
    "seats",
    "requiresBookerEmailVerification",
    "disableCancelling",
    "disableRescheduling",
    "showOptimizedSlots",
}
CAL_VIDEO = {"type": "integration", "integration": "cal-video"}
NOTICE_OF_NEW_TYPES = 120

INTEGERS = Rule(
    "isInt",
    "each value in {} must be an integer number",
    lambda value: isinstance(value, list) and all(isinstance(item, int) for item in value),
)
MINUTES = (INTEGER, at_least(0))
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
    return replace(event_type, **changes, further=event_type.further | further)


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


def show(event_type: EventType, hosts: list[User]) -> dict[str, Any]:
    """Spell an event type as the service does (2024-06-14)."""
    shown = {theirs: getattr(event_type, ours) for theirs, ours in NAMES.items()}
    del shown["lengthInMinutesOptions"]
    if event_type.lengths:
        shown["lengthInMinutesOptions"] = list(event_type.lengths)
    owner = hosts[0] if hosts and not event_type.is_teams else None
    shown |= {
        "id": event_type.id,
        "ownerId": event_type.owner_id,
        "bookingFields": [*_default_fields(event_type), *event_type.booking_fields],
        "recurrence": None,
        "seatsPerTimeSlot": None,
        "price": 0,
        "currency": "usd",
        "metadata": {},
        "isInstantEvent": False,
        "users": [_show_user(host) for host in hosts],
        "bookingUrl": f"https://cal.com/{owner.username}/{event_type.slug}" if owner else "",
    }
    if event_type.is_teams:
        shown |= _show_team(event_type, hosts)
    return DEFAULTS | shown | event_type.further


DEFAULTS = {
    "description": "",
    "disableGuests": False,
    "scheduleId": None,
    "lockTimeZoneToggleOnBookingPage": False,
    "forwardParamsSuccessRedirect": None,
    "successRedirectUrl": None,
}


def _show_user(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "name": user.name,
        "username": user.username,
        "avatarUrl": None,
        "brandColor": None,
        "darkBrandColor": None,
        "metadata": {},
    }


def _show_team(event_type: EventType, hosts: list[User]) -> dict[str, Any]:
    return {
        "teamId": event_type.team_id,
        "parentEventTypeId": None,
        "schedulingType": event_type.scheduling_type,
        "assignAllTeamMembers": False,
        "hosts": [
            {"userId": host.id, "name": host.name, "username": host.username, "avatarUrl": None}
            for host in hosts
        ],
    }


def _default_fields(event_type: EventType) -> list[dict[str, Any]]:
    own = {field.get("slug") for field in event_type.booking_fields}
    fields = [
        {"type": "name", "slug": "name", "required": True},
        {
            "type": "email",
            "slug": "email",
            "required": not event_type.phone_only,
            "hidden": event_type.phone_only,
        },
        {"type": "title", "slug": "title", "required": True, "hidden": True},
        {"type": "notes", "slug": "notes", "required": False},
        {"type": "guests", "slug": "guests", "required": False},
        {"type": "rescheduleReason", "slug": "rescheduleReason", "required": False},
    ]
    return [{"isDefault": True, **field} for field in fields if field["slug"] not in own]
