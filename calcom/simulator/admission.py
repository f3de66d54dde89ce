"""Whether a time may be booked, and who takes the booking."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from calcom.simulator import policies
from calcom.simulator.answers import RefusedError, refused, refused_raw
from calcom.simulator.availability import find_host, home_zone
from calcom.simulator.call import Call
from calcom.simulator.records import Booking, EventType, User
from calcom.simulator.slot_arithmetic import Range
from calcom.simulator.world import World

TAKEN = "User either already has booking at this time or is not available"
TAKEN_OF_TEAM = "One of the hosts either already has booking at this time or is not available"
PAST = "Attempting to book a meeting in the past."
OUT_OF_BOUNDS = (
    "The event type can't be booked at the \"start\" time provided. This could be because it's too "
    "soon (violating the minimum booking notice) or too far in the future (outside the event's "
    "scheduling window). Try fetching available slots first using the GET /v2/slots endpoint and "
    'then make a booking with "start" time equal to one of the available slots: '
    "https://cal.com/docs/api-reference/v2/slots"
)
# The owner's flags of bounds and limits came with this version of bookings.
WITH_ALL_FLAGS = "2026-02-25"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemptions:
    """Which checks on time a host may pass by."""

    conflicts: bool = False
    bounds: bool = False
    limits: bool = False


NONE = Exemptions()


def read_exemptions(call: Call, body: Mapping[str, Any], account: str) -> Exemptions:
    """Read the owner's flags. Whoever is not authenticated as a host has them ignored."""
    if not call.may_manage(account):
        return NONE
    newest = call.request.version == WITH_ALL_FLAGS
    return Exemptions(
        conflicts=bool(body.get("allowConflicts")),
        bounds=newest and bool(body.get("allowBookingOutOfBounds")),
        limits=newest and bool(body.get("skipBookingLimits")),
    )


def require_host(
    world: World,
    event_type: EventType,
    time: Range,
    *,
    zone: str,
    moving: Booking | None = None,
    exempt: Exemptions = NONE,
) -> User:
    """Return who takes the booking.

    Args:
        world: where.
        event_type: what is booked.
        time: when.
        zone: the booker's, in which a window's days are counted.
        moving: the booking that is moved, which stands in nobody's way.
        exempt: the checks that are left out.

    Raises:
        RefusedError: 400, the start is past, too soon or too far, or nobody is free then;
            401, which is not about the key, a limit of the event type is reached.
    """
    home = home_zone(world.storage, event_type)
    _require_bounds(world, event_type, time, zone=zone, home=home, exempt=exempt)
    uid = moving.uid if moving else ""
    reached = policies.find_limit_reached(world.storage, event_type, time, home=home, but=uid)
    if reached and not exempt.limits:
        raise refused_raw(401, reached)
    host = find_host(
        world.storage,
        event_type,
        time,
        ignored=lambda other: other.uid == uid,
        unchecked=exempt.conflicts,
    )
    if host is None:
        raise _nobody(world, event_type, moving=moving is not None)
    return host


def _require_bounds(
    world: World, event_type: EventType, time: Range, *, zone: str, home: str, exempt: Exemptions
) -> None:
    now = world.clock.now()
    if time.start < now:
        raise refused(400, PAST)
    if exempt.bounds:
        return
    window = policies.get_window(event_type, now=now, zone=zone, home=home)
    too_soon = time.start < now + timedelta(minutes=event_type.notice)
    outside = window is not None and not window.start <= time.start < window.end
    if too_soon or (outside and not policies.is_rolling(event_type)):
        raise refused(400, OUT_OF_BOUNDS)


def _nobody(world: World, event_type: EventType, *, moving: bool) -> RefusedError:
    if event_type.scheduling_type == "roundRobin" and world.switches.round_robin_500:
        return refused_raw(500, "Internal server error")
    of_team = event_type.is_teams and not moving
    return refused(400, TAKEN_OF_TEAM if of_team else TAKEN)
