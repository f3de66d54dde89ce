"""Which path and version leads where, and who may go there."""

from collections.abc import Iterator, Mapping

from calcom.simulator import booking_inputs as inputs
from calcom.simulator.answers import (
    Answer,
    RefusedError,
    not_routed,
    not_simulated,
    refused,
    throttled,
)
from calcom.simulator.call import NO_KEY, Call, forbidden_without_key, identify
from calcom.simulator.faults import Fault
from calcom.simulator.records import User
from calcom.simulator.request import Request
from calcom.simulator.route_table import FEW, NOT_BUILT, ROUTES, Access, Route
from calcom.simulator.world import World

SLOTS = "2024-09-04"
BOOKINGS = frozenset({"2024-08-13", "2026-02-25", "2026-05-01"})
EVENT_TYPES = "2024-06-14"
SCHEDULES = frozenset({"2024-06-11", EVENT_TYPES})
# Versions of other resources: known to the service, so nothing falls back for them.
FOREIGN_TO_BOOKINGS = frozenset({SLOTS, *SCHEDULES})
# What a booking's oldest version can be asked for: all of them, one of them, to cancel it.
LEGACY_DEPTHS = {3, 4}
MINUTE_SECONDS = 60.0


def dispatch(world: World, request: Request, *, fault: Fault | None = None) -> Answer:
    """Answer a request. The world's lock is held by whoever calls.

    Raises:
        RefusedError: whatever the service says no to, from an unknown path on.
    """
    route, parameters = _find(request)
    # Before the key: which version of a path there is does not depend on who asks.
    for refusal in _version_refusals(request):
        raise refusal
    caller = identify(world, request)
    _require_access(route, caller)
    _require_within_limit(world, request, route)
    return route.handler(
        Call(world=world, request=request, parameters=parameters, caller=caller, fault=fault)
    )


def _find(request: Request) -> tuple[Route, Mapping[str, str]]:
    for route in ROUTES:
        match = route.path.fullmatch(request.path)
        if match and route.method == request.method:
            return route, match.groupdict()
    if NOT_BUILT.fullmatch(request.path):
        raise not_simulated(what=f"{request.method} {request.path}")
    raise not_routed(request.method, request.target)


def _version_refusals(request: Request) -> Iterator[RefusedError]:
    """Yield what this version of the path does not have.

    Each resource has its own version, but for those that are the same in all of them.
    Slots have no older one to fall back to; the others silently fall back to 2024-04-15.
    """
    _, _, resource, *below = request.path.split("/")
    version = request.version
    if resource == "slots" and version != SLOTS:
        yield not_routed(request.method, request.target)
    if resource == "event-types" and version != EVENT_TYPES and "webhooks" not in below:
        yield not_simulated(what="the event types of version 2024-04-15")
    if resource == "schedules" and version not in SCHEDULES:
        yield not_simulated(what="the schedules of version 2024-04-15")
    if resource == "bookings" and version not in BOOKINGS:
        yield _other_bookings_version(request)


def _other_bookings_version(request: Request) -> RefusedError:
    parts = request.path.split("/")
    has_legacy = len(parts) in LEGACY_DEPTHS or parts[-1] == "cancel"
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


def _require_within_limit(world: World, request: Request, route: Route) -> None:
    """Refuse the sixth call a minute of a route that allows five, if the limiter is on."""
    if route.per_minute is None:
        return
    bucket = f"{request.key or request.peer} {route.path.pattern}"
    verdict = world.limiter.count(bucket, limit=FEW, seconds=MINUTE_SECONDS)
    if verdict.exceeded and world.switches.rate_limit:
        raise throttled()
