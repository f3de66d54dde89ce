"""Every route the simulated service answers: method, path, handler, and who may call it."""

import re
from dataclasses import dataclass
from enum import StrEnum

from calcom.simulator import (
    attendees,
    decisions,
    event_types,
    listing,
    reservations,
    schedules,
    team_event_types,
    teams,
)
from calcom.simulator.accounts import get_me
from calcom.simulator.bookings import create_booking, get_booking
from calcom.simulator.call import Handler
from calcom.simulator.changes import cancel_booking, reschedule_booking
from calcom.simulator.listing_by_cursor import list_bookings_of_any_version
from calcom.simulator.slots import get_slots
from calcom.simulator.webhooks import subscriptions

PARAMETERS = {
    "{uid}": r"(?P<uid>[^/]+)",
    "{id}": r"(?P<id>\d+)",
    "{team}": r"(?P<team>\d+)",
    "{membership}": r"(?P<membership>\d+)",
    "{attendee}": r"(?P<attendee>\d+)",
    "{user}": r"(?P<user>\d+)",
    "{webhook}": r"(?P<webhook>[^/]+)",
}
# A minute, per caller and route.
FEW = 5


class Access(StrEnum):
    """What a route asks for when no key is sent. A bad key is refused everywhere."""

    OPEN = "open"
    KEY = "key"
    GUARDED = "guarded"


@dataclass(frozen=True, slots=True)
class Route:
    """One route. `per_minute` is a limit of its own, besides the caller's."""

    method: str
    path: re.Pattern[str]
    handler: Handler
    access: Access
    per_minute: int | None = None


def _route(
    call: str, handler: Handler, access: Access = Access.KEY, *, per_minute: int | None = None
) -> Route:
    method, path = call.split(" ")
    for name, pattern in PARAMETERS.items():
        path = path.replace(name, pattern)
    return Route(method, re.compile(path), handler, access, per_minute)


def _webhooks_at(place: str) -> tuple[Route, ...]:
    return (
        _route(f"GET {place}", subscriptions.list_webhooks),
        _route(f"POST {place}", subscriptions.create_webhook),
        _route(f"GET {place}/{{webhook}}", subscriptions.get_webhook),
        _route(f"PATCH {place}/{{webhook}}", subscriptions.change_webhook),
        _route(f"DELETE {place}/{{webhook}}", subscriptions.delete_webhook),
    )


BOOKING = "/v2/bookings/{uid}"
SCHEDULES = "/v2/schedules"
RESERVATIONS = "/v2/slots/reservations"
EVENT_TYPES = "/v2/event-types"
TEAM = "/v2/teams/{team}"
MEMBERSHIPS = f"{TEAM}/memberships"
TEAM_EVENT_TYPES = f"{TEAM}/event-types"

ROUTES = (
    _route("GET /v2/me", get_me),
    _route("GET /v2/slots", get_slots, Access.OPEN),
    _route(f"POST {RESERVATIONS}", reservations.reserve, Access.OPEN),
    _route(f"GET {RESERVATIONS}/{{uid}}", reservations.get_reservation, Access.OPEN),
    _route(f"PATCH {RESERVATIONS}/{{uid}}", reservations.change_reservation, Access.OPEN),
    _route(f"DELETE {RESERVATIONS}/{{uid}}", reservations.release, Access.OPEN),
    _route(f"GET {EVENT_TYPES}", event_types.list_event_types, Access.OPEN),
    _route(f"POST {EVENT_TYPES}", event_types.create_event_type),
    _route(f"GET {EVENT_TYPES}/{{id}}", event_types.get_event_type),
    _route(f"PATCH {EVENT_TYPES}/{{id}}", event_types.change_event_type),
    _route(f"DELETE {EVENT_TYPES}/{{id}}", event_types.delete_event_type),
    _route("GET /v2/bookings", list_bookings_of_any_version, Access.GUARDED),
    _route("POST /v2/bookings", create_booking, Access.OPEN),
    _route(f"GET {BOOKING}", get_booking, Access.OPEN),
    _route(f"POST {BOOKING}/cancel", cancel_booking, Access.OPEN),
    _route(f"POST {BOOKING}/reschedule", reschedule_booking, Access.OPEN),
    _route(f"POST {BOOKING}/confirm", decisions.confirm_booking),
    _route(f"POST {BOOKING}/decline", decisions.decline_booking),
    _route(f"POST {BOOKING}/mark-absent", decisions.mark_absent),
    _route(f"POST {BOOKING}/reassign", decisions.reassign_booking),
    _route(f"POST {BOOKING}/reassign/{{user}}", decisions.reassign_booking_to),
    _route(f"PATCH {BOOKING}/location", decisions.change_location, per_minute=FEW),
    _route(f"GET {BOOKING}/attendees", attendees.list_attendees),
    _route(f"POST {BOOKING}/attendees", attendees.add_attendee, per_minute=FEW),
    _route(f"GET {BOOKING}/attendees/{{attendee}}", attendees.get_attendee),
    _route(f"POST {BOOKING}/guests", attendees.add_guests, per_minute=FEW),
    _route(f"GET {SCHEDULES}", schedules.list_schedules),
    _route(f"POST {SCHEDULES}", schedules.create_schedule),
    _route(f"GET {SCHEDULES}/default", schedules.get_default_schedule),
    _route(f"GET {SCHEDULES}/{{id}}", schedules.get_schedule),
    _route(f"PATCH {SCHEDULES}/{{id}}", schedules.change_schedule),
    _route(f"DELETE {SCHEDULES}/{{id}}", schedules.delete_schedule),
    _route("GET /v2/teams", teams.list_teams),
    _route(f"GET {TEAM}", teams.get_team),
    _route(f"GET {TEAM}/bookings", listing.list_team_bookings),
    _route(f"GET {TEAM}/schedules", schedules.list_team_schedules),
    _route(f"GET {MEMBERSHIPS}", teams.list_memberships),
    _route(f"POST {MEMBERSHIPS}", teams.create_membership),
    _route(f"GET {MEMBERSHIPS}/{{membership}}", teams.get_membership),
    _route(f"PATCH {MEMBERSHIPS}/{{membership}}", teams.change_membership),
    _route(f"DELETE {MEMBERSHIPS}/{{membership}}", teams.delete_membership),
    _route(f"GET {TEAM_EVENT_TYPES}", team_event_types.list_team_event_types, Access.OPEN),
    _route(f"POST {TEAM_EVENT_TYPES}", team_event_types.create_team_event_type),
    _route(f"GET {TEAM_EVENT_TYPES}/{{id}}", team_event_types.get_team_event_type),
    _route(f"PATCH {TEAM_EVENT_TYPES}/{{id}}", team_event_types.change_team_event_type),
    _route(f"DELETE {TEAM_EVENT_TYPES}/{{id}}", team_event_types.delete_team_event_type),
    *_webhooks_at("/v2/webhooks"),
    *_webhooks_at(f"{EVENT_TYPES}/{{id}}/webhooks"),
    _route(f"DELETE {EVENT_TYPES}/{{id}}/webhooks", subscriptions.delete_webhooks),
    *_webhooks_at(f"{TEAM_EVENT_TYPES}/{{id}}/webhooks"),
    _route(f"DELETE {TEAM_EVENT_TYPES}/{{id}}/webhooks", subscriptions.delete_webhooks),
)

# Real parts of the service that answer loudly here, instead of as if they did not exist.
NOT_BUILT = re.compile(
    r"/v2/(bookings/[^/]+/(recordings|transcripts|calendar-links|references"
    r"|conferencing-sessions)|bookings/by-seat/[^/]+|event-types/\d+/[^/]+|teams"
    r"|organizations|calendars|conferencing|api-keys|auth|oauth|oauth-clients|routing-forms"
    r"|verified-resources|stripe|selected-calendars|destination-calendars)(/.*)?"
)
