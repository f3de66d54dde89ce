"""One request from arrival to answer: log, limits, faults, the route, and faults again."""

import logging
import time
from collections.abc import Iterable
from dataclasses import replace

from calcom.simulator import booking_inputs as inputs
from calcom.simulator.answers import Answer, RefusedError, throttled
from calcom.simulator.faults import Fault, Stage
from calcom.simulator.journal import Entry
from calcom.simulator.limiter import Verdict
from calcom.simulator.moments import spell
from calcom.simulator.request import Request
from calcom.simulator.routes import dispatch
from calcom.simulator.spoiling import BROKEN, answer_instead, answer_stale, refuse, spoil
from calcom.simulator.world import World

log = logging.getLogger(__name__)

Met = dict[Stage, Fault]


def serve(world: World, request: Request) -> Answer | None:
    """Answer a request of the service; None means: reset the connection instead."""
    entry = world.journal.open(request, at=spell(world.clock.now()))
    began = time.monotonic()
    with world.lock:
        verdict = _count(world, request)
        met = {} if verdict.exceeded else _take_faults(world, request)
    entry.faults = [fault.kind for fault in met.values()]
    if verdict.exceeded:
        answer: Answer | None = refuse(world, request, throttled())
    else:
        answer = _answer(world, request, met)
    _complete(entry, answer, met.values(), began=began)
    if answer is None:
        return None
    return replace(answer, headers={**verdict.headers(), **answer.headers})


def _complete(
    entry: Entry, answer: Answer | None, applied: Iterable[Fault], *, began: float
) -> None:
    entry.faults = [fault.kind for fault in applied]
    entry.milliseconds = round((time.monotonic() - began) * 1000)
    entry.status = answer.status if answer else None


def _count(world: World, request: Request) -> Verdict:
    switches = world.switches
    verdict = world.limiter.count(
        request.key or request.peer,
        limit=switches.rate_limit_requests,
        seconds=switches.rate_limit_seconds,
    )
    return verdict if switches.rate_limit else replace(verdict, exceeded=False)


def _take_faults(world: World, request: Request) -> Met:
    return world.faults.take(request, _event_type_id(world, request))


def _event_type_id(world: World, request: Request) -> int | None:
    """Find which event type a request is about: by its query, its booking or its body."""
    named = request.query.get("eventTypeId", "")
    if named.isdecimal():
        return int(named)
    booking = world.storage.get_booking(request.path.removeprefix("/v2/bookings/").split("/")[0])
    if booking:
        return booking.event_type_id
    body = request.body_as_sent()
    return inputs.event_type_id_of(body) if isinstance(body, dict) else None


def _answer(world: World, request: Request, met: Met) -> Answer | None:
    """Answer, with what the faults make of it. Whichever did nothing is given back."""
    world.sleep(world.switches.latency_milliseconds / 1000)
    before = met.get(Stage.BEFORE)
    if before and before.kind != "slow":
        _give_back(world, met, Stage.DURING, Stage.AFTER)
        return answer_instead(world, request, before)
    world.sleep(before.seconds if before else 0)
    answer = _do(world, request, met)
    if not answer.succeeded:
        _give_back(world, met, Stage.AFTER)
        if request.method != "GET":  # a read that finds nothing is what its fault wanted
            _give_back(world, met, Stage.DURING)
    after = met.get(Stage.AFTER)
    return spoil(world, request, answer, after) if after else answer


def _do(world: World, request: Request, met: Met) -> Answer:
    """Answer as the service does, apart from the faults that act while it does."""
    try:
        with world.lock:
            during = met.get(Stage.DURING)
            if during and during.kind == "stale":
                stale = answer_stale(world, request.body_as_sent())
                if stale:
                    _give_back(world, met, Stage.AFTER)
                    return stale
                _give_back(world, met, Stage.DURING)
            return dispatch(world, request, fault=met.get(Stage.DURING))
    except RefusedError as refusal:
        return refuse(world, request, refusal)
    except Exception:
        if world.closing.is_set():
            return Answer(503, {"statusCode": 503, "message": "Service Unavailable"})
        log.exception("the simulator itself failed: %s %s", request.method, request.target)
        return Answer(500, BROKEN)


def _give_back(world: World, met: Met, *stages: Stage) -> None:
    world.faults.give_back([met.pop(stage) for stage in stages if stage in met])
