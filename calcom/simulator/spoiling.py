"""What each fault does to a request: instead of an answer, in its place, or to it."""

from dataclasses import replace

from calcom.simulator import booking_output as output
from calcom.simulator.admission import TAKEN
from calcom.simulator.answers import Answer, RefusedError, data_of, refused, success, throttled
from calcom.simulator.faults import Fault
from calcom.simulator.moments import spell
from calcom.simulator.request import Request
from calcom.simulator.world import World

HTML = "text/html; charset=utf-8"
EDGE_TIMEOUT, GATEWAY_TIMEOUT = 524, 504
BROKEN = {"statusCode": 500, "message": "Internal server error"}
PAGE = (
    "<!DOCTYPE html><html><head><title>api.cal.com | A timeout occurred</title></head>"
    "<body><h1>A timeout occurred</h1></body></html>"
)


def answer_instead(world: World, request: Request, fault: Fault) -> Answer | None:
    """Answer in the service's place, before it has looked; None: reset the connection."""
    if fault.kind == "reset":
        return None
    if fault.kind == "html_524":
        return Answer(fault.status or EDGE_TIMEOUT, fault.body or PAGE, HTML)
    if fault.kind == "timeout":
        world.sleep(fault.seconds)
        return Answer(fault.status or GATEWAY_TIMEOUT, fault.body or PAGE, HTML)
    if fault.kind == "rate_limited":
        answer = refuse(world, request, throttled())
        waits = fault.retry_after
        return replace(answer, headers={"Retry-After": str(waits)} if waits is not None else {})
    return _fail(fault)


def answer_stale(world: World, body: object) -> Answer | None:
    """Answer a create with the newest booking of somebody else, None if there is none.

    The lock is held by whoever calls.
    """
    attendee = body.get("attendee") if isinstance(body, dict) else None
    email = attendee.get("email") if isinstance(attendee, dict) else None
    others = world.storage.get_bookings(
        "status = 'accepted' AND attendee_email <> ?", email or "", order="id DESC", limit="1"
    )
    if not others:
        return None
    return success(output.show_new(world.storage, others[0]), status=201)


def spoil(world: World, request: Request, answer: Answer, fault: Fault) -> Answer | None:
    """Answer something else than what was done; None: reset the connection."""
    if fault.kind == "commit_then_reset":
        return None
    if fault.kind in {"create_then_timeout", "commit_then_timeout"}:
        world.sleep(fault.seconds)
        return answer
    if fault.kind == "create_then_400":
        return refuse(world, request, refused(400, TAKEN))
    if fault.kind == "hosts_missing":
        data = data_of(answer)
        return success({key: data[key] for key in data if key != "hosts"}, status=answer.status)
    return _fail(fault)


def refuse(world: World, request: Request, refusal: RefusedError) -> Answer:
    return refusal.answer(path=request.target, timestamp=spell(world.clock.now()))


def _fail(fault: Fault) -> Answer:
    return Answer(fault.status or 500, BROKEN if fault.body is None else fault.body)
