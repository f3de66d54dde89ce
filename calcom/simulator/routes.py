"""Which path and version leads where, and who may go there."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from calcom.simulator import booking_inputs as inputs
from calcom.simulator.accounts import get_me
from calcom.simulator.answers import Answer, RefusedError, not_routed, not_simulated, refused
from calcom.simulator.bookings import create_booking, get_booking
from calcom.simulator.call import NO_KEY, Call, Handler, forbidden_without_key, identify
from calcom.simulator.changes import cancel_booking, reschedule_booking
from calcom.simulator.event_types import (
    change_event_type,
    create_event_type,
    delete_event_type,
    get_event_type,
    list_event_types,
)
from calcom.simulator.faults import Fault
from calcom.simulator.listing import list_bookings
from calcom.simulator.records import User
from calcom.simulator.request import Request
from calcom.simulator.slots import get_slots
from calcom.simulator.webhooks import subscriptions
from calcom.simulator.world import World

SLOTS = "2024-09-04"
BOOKINGS = frozenset({"2024-08-13", "2026-02-25"})
BOOKINGS_BY_CURSOR = "2026-05-01"
EVENT_TYPES = "2024-06-14"
# Versions of other resources: known to the service, so nothing falls back for them.
FOREIGN_TO_BOOKINGS = frozenset({SLOTS, EVENT_TYPES, "2024-06-11"})
HAS_LEGACY = re.compile(r"/v2/bookings(/[^/]+(/cancel)?)?")

# Real parts of the service that answer loudly here, instead of as if they did not exist.
NOT_BUILT = re.compile(
    r"/v2/(slots/reservations|bookings/[^/]+/(confirm|decline|reassign|mark-absent|location"
    r"|attendees|guests)|teams|organizations|schedules"
    r"|calendars|api-keys|auth|oauth)(/.*)?"
)


class Access(StrEnum):
    """What a route asks for when no key is sent. A bad key is refused everywhere."""

    OPEN = "open"
    KEY = "key"
    GUARDED = "guarded"


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: re.Pattern[str]
    handler: Handler
    access: Access


def _route(method: str, path: str, handler: Handler, access: Access) -> Route:
    pattern = path.replace("{uid}", r"(?P<uid>[^/]+)").replace("{id}", r"(?P<id>\d+)")
    pattern = pattern.replace("{webhook}", r"(?P<webhook>[^/]+)")
    return Route(method, re.compile(pattern), handler, access)


ROUTES = (
    _route("GET", "/v2/me", get_me, Access.KEY),
    _route("GET", "/v2/slots", get_slots, Access.OPEN),
    _route("GET", "/v2/event-types", list_event_types, Access.OPEN),
    _route("POST", "/v2/event-types", create_event_type, Access.KEY),
    _route("GET", "/v2/event-types/{id}", get_event_type, Access.KEY),
    _route("PATCH", "/v2/event-types/{id}", change_event_type, Access.KEY),
    _route("DELETE", "/v2/event-types/{id}", delete_event_type, Access.KEY),
    _route("GET", "/v2/bookings", list_bookings, Access.GUARDED),
    _route("POST", "/v2/bookings", create_booking, Access.OPEN),
    _route("GET", "/v2/bookings/{uid}", get_booking, Access.OPEN),
    _route("POST", "/v2/bookings/{uid}/cancel", cancel_booking, Access.OPEN),
    _route("POST", "/v2/bookings/{uid}/reschedule", reschedule_booking, Access.OPEN),
    *(
        _route(method, path, handler, Access.KEY)
        for place in ("/v2/webhooks", "/v2/event-types/{id}/webhooks")
        for method, path, handler in (
            ("GET", place, subscriptions.list_webhooks),
            ("POST", place, subscriptions.create_webhook),
            ("GET", place + "/{webhook}", subscriptions.get_webhook),
            ("PATCH", place + "/{webhook}", subscriptions.change_webhook),
            ("DELETE", place + "/{webhook}", subscriptions.delete_webhook),
        )
    ),
    _route("DELETE", "/v2/event-types/{id}/webhooks", subscriptions.delete_webhooks, Access.KEY),
)


def dispatch(world: World, request: Request, *, fault: Fault | None = None) -> Answer:
    """Answer a request. The world's lock is held by whoever calls.

    Raises:
        RefusedError: whatever the service says no to, from an unknown path on.
    """
    route, parameters = _find(request)
    # Before the key: which version of a path there is does not depend on who asks.
    _check_version(request)
    caller = identify(world, request)
    _require_access(route, caller)
    return route.handler(
        Call(
            world=world,
            request=request,
            parameters=parameters,
            caller=caller,
            fault=fault,
        )
    )


def _find(request: Request) -> tuple[Route, Mapping[str, str]]:
    for route in ROUTES:
        match = route.path.fullmatch(request.path)
        if match and route.method == request.method:
            return route, match.groupdict()
    if NOT_BUILT.fullmatch(request.path):
        raise not_simulated(what=f"{request.method} {request.path}")
    raise not_routed(request.method, request.target)


def _check_version(request: Request) -> None:
    """Refuse what this version of the path does not have.

    Each resource has its own version. Slots have no older one to fall back to; bookings
    and event types silently fall back to 2024-04-15.
    """
    for refusal in _version_refusals(request):
        raise refusal


def _version_refusals(request: Request) -> Iterator[RefusedError]:
    resource = request.path.split("/")[2]
    if resource == "slots" and request.version != SLOTS:
        yield not_routed(request.method, request.target)
    if request.path.endswith("/webhooks") or "/webhooks/" in request.path:
        return  # every version has them
    if resource == "event-types" and request.version != EVENT_TYPES:
        yield not_simulated(what="the event types of version 2024-04-15")
    if resource == "bookings" and request.version not in BOOKINGS:
        yield _other_bookings_version(request)


def _other_bookings_version(request: Request) -> RefusedError:
    if request.version == BOOKINGS_BY_CURSOR:
        return not_simulated(what="bookings of version 2026-05-01")
    has_legacy = HAS_LEGACY.fullmatch(request.path)
    if request.version in FOREIGN_TO_BOOKINGS or not has_legacy:
        return not_routed(request.method, request.target)
    if request.method == "POST" and request.path == "/v2/bookings":
        inputs.check_legacy_create(request.json())
    return not_simulated(what="bookings of version 2024-04-15")


def _require_access(route: Route, caller: User | None) -> None:
    if caller or route.access is Access.OPEN:
        return
    if route.access is Access.GUARDED:
        raise forbidden_without_key()
    raise refused(401, NO_KEY)
