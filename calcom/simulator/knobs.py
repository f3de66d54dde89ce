"""The knobs under /_simulator/: filling the service, breaking it, and reading what happened."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from calcom.simulator import booking_output as output
from calcom.simulator import foreign
from calcom.simulator.answers import Answer, RefusedError
from calcom.simulator.faults import KINDS, fault_of, mixture
from calcom.simulator.moments import parse_moment, spell
from calcom.simulator.records import Booking
from calcom.simulator.request import Request
from calcom.simulator.seeding import seed
from calcom.simulator.webhooks.meetings import announce_meetings
from calcom.simulator.world import Switches, World

PREFIX = "/_simulator"

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a knob: the body, the query, and what the path holds in its place."""

    world: World
    body: Body
    query: Mapping[str, str]
    argument: str


@dataclass(frozen=True, slots=True)
class Knob:
    method: str
    path: str
    turn: Callable[[Turn], object]
    does: str


def turn_knob(world: World, request: Request) -> Answer:
    """Answer a request to a knob: JSON without an envelope; errors as `{"error": …}`."""
    for knob in KNOBS:
        match = re.fullmatch(PREFIX + knob.path.replace("{uid}", "([^/]+)"), request.path)
        if match and knob.method == request.method:
            argument = match.group(1) if match.groups() else ""
            return _turn(world, knob, request, argument)
    return Answer(404, {"error": f"no such knob; GET {PREFIX}/ lists them"})


def _turn(world: World, knob: Knob, request: Request, argument: str) -> Answer:
    try:
        turn = Turn(world, request.json(), request.query, argument)
        with world.lock:
            return Answer(200, knob.turn(turn))
    except RefusedError as refusal:
        return Answer(refusal.status, {"error": str(refusal.raw or refusal.error)})
    except (ValueError, KeyError, TypeError, re.error) as error:
        return Answer(400, {"error": f"{type(error).__name__}: {error}"})


def _list_knobs(turn: Turn) -> object:
    return {
        "knobs": {f"{knob.method} {PREFIX}{knob.path}": knob.does for knob in KNOBS},
        "faults": {name: kind.means for name, kind in KINDS.items()},
        "switches": asdict(turn.world.switches),
        "now": spell(turn.world.clock.now()),
    }


def _reset(turn: Turn) -> object:
    turn.world.reset()
    return {"reset": True}


def _seed(turn: Turn) -> object:
    return seed(turn.world.storage, turn.body)


def _add_fault(turn: Turn) -> object:
    return asdict(turn.world.faults.add(fault_of(**turn.body)))


def _mix_faults(turn: Turn) -> object:
    given = dict(turn.body)
    if "seed" in given:
        _switch(turn.world, {"seed": given.pop("seed")})
    return [asdict(turn.world.faults.add(fault)) for fault in mixture(**given)]


def _list_faults(turn: Turn) -> object:
    return [asdict(fault) for fault in turn.world.faults.waiting]


def _clear_faults(turn: Turn) -> object:
    turn.world.faults.clear()
    return []


def _add_foreign_booking(turn: Turn) -> object:
    return foreign.add(turn.world, turn.body)


def _move_foreign_booking(turn: Turn) -> object:
    return foreign.move_any(turn.world, turn.argument, turn.body)


def _cancel_foreign_booking(turn: Turn) -> object:
    return foreign.cancel_any(turn.world, turn.argument, turn.body)


def _list_deliveries(turn: Turn) -> object:
    return turn.world.post.read(
        trigger=turn.query.get("trigger", ""), uid=turn.query.get("uid", "")
    )


def _clear_deliveries(turn: Turn) -> object:
    turn.world.post.forget()
    return []


def _deliver(turn: Turn) -> object:
    with turn.world.unlocked():
        return turn.world.post.deliver(turn.body.get("sequences") or [])


def _list_requests(turn: Turn) -> object:
    return turn.world.journal.read(
        path=turn.query.get("path", ""), method=turn.query.get("method", "")
    )


def _clear_requests(turn: Turn) -> object:
    turn.world.journal.clear()
    return []


def _list_bookings(turn: Turn) -> object:
    storage = turn.world.storage

    def show(booking: Booking) -> Body:
        more = {
            "account": booking.account,
            "hostId": booking.host_id,
            "eventTypeId": booking.event_type_id,
            "foreign": booking.foreign,
        }
        return output.show(storage, booking) | more

    return [show(booking) for booking in storage.get_bookings()]


def _set_clock(turn: Turn) -> object:
    now = turn.body["now"]
    turn.world.clock.set(None if now is None else parse_moment(now))
    announce_meetings(turn.world)
    return {"now": spell(turn.world.clock.now())}


def _set_latency(turn: Turn) -> object:
    return _switch(turn.world, {"latency_milliseconds": turn.body["milliseconds"]})


def _set_switches(turn: Turn) -> object:
    return _switch(turn.world, turn.body)


def _switch(world: World, changes: Body) -> object:
    defaults = Switches()
    for name, value in changes.items():
        if name not in {switch.name for switch in fields(Switches)}:
            message = f"there is no switch {name!r}"
            raise ValueError(message)
        default = getattr(defaults, name)
        wanted = (int, float) if isinstance(default, float) else type(default)
        if not isinstance(value, wanted):
            message = f"{name} is like {default!r}, not {value!r}"
            raise TypeError(message)
    world.switches = replace(world.switches, **changes)
    if "seed" in changes:
        world.faults.throw_again(world.switches.seed)
    return asdict(world.switches)


KNOBS = (
    Knob("GET", "", _list_knobs, "this list, the kinds of fault, the switches as they are"),
    Knob("POST", "/reset", _reset, "forget everything, switches and clock included"),
    Knob("POST", "/seed", _seed, "create or update users, event types and API keys"),
    Knob("POST", "/faults", _add_fault, "add a fault: kind, and whom it meets how often"),
    Knob("POST", "/faults/mix", _mix_faults, "add all kinds at once, each with a `probability`"),
    Knob("GET", "/faults", _list_faults, "the faults, with how often each was applied"),
    Knob("DELETE", "/faults", _clear_faults, "remove all faults"),
    Knob("POST", "/foreign_bookings", _add_foreign_booking, "a booking made behind our back"),
    Knob("DELETE", "/foreign_bookings/{uid}", _cancel_foreign_booking, "a cancellation likewise"),
    Knob("POST", "/foreign_bookings/{uid}/move", _move_foreign_booking, "a move likewise: start"),
    Knob("GET", "/deliveries", _list_deliveries, "the events, by `trigger` and `uid`"),
    Knob("DELETE", "/deliveries", _clear_deliveries, "forget them, those that wait too"),
    Knob("POST", "/deliveries", _deliver, "deliver `sequences` (again), else what is held"),
    Knob("GET", "/requests", _list_requests, "the log, by `path` (pattern) and `method`"),
    Knob("DELETE", "/requests", _clear_requests, "empty the log"),
    Knob("GET", "/bookings", _list_bookings, "every booking, cancelled ones included"),
    Knob("POST", "/clock", _set_clock, "stop the clock at `now`, or let it run: null"),
    Knob("POST", "/latency", _set_latency, "`milliseconds` before every answer"),
    Knob("POST", "/switches", _set_switches, "change switches of the service as a whole"),
)
