"""Changing a booking: cancel and reschedule (2024-08-13)."""

import sqlite3
from dataclasses import replace

from calcom.simulator import booking_inputs as inputs
from calcom.simulator import booking_output as output
from calcom.simulator import policies
from calcom.simulator.admission import read_exemptions, require_host
from calcom.simulator.answers import Answer, refused, refused_raw, success
from calcom.simulator.bookings import find_booking, lost_race, make_uid, with_key
from calcom.simulator.call import Call
from calcom.simulator.moments import parse_moment
from calcom.simulator.records import Booking, EventType, User
from calcom.simulator.slot_arithmetic import Range
from calcom.simulator.webhooks.announcing import announce_cancelled, announce_moved
from calcom.simulator.world import World

SAME_HOST = "rescheduleWithSameRoundRobinHost"
GONE = {"cancelled", "rejected"}


def cancel_booking(call: Call) -> Answer:
    """Cancel by uid. Already cancelled is a 400, and the host needs a reason."""
    body, world, uid = call.request.json(), call.world, call.parameters["uid"]
    inputs.check_cancel(body)
    booking = world.storage.get_booking(uid)
    if booking is None:
        raise refused(404, f"Booking with uid={uid} not found")
    if booking.status in GONE:
        raise refused(
            400,
            f"Can't cancel booking with uid={uid} because it has been cancelled already. Please "
            "provide uid of a booking that is not cancelled.",
        )
    reason = body.get("cancellationReason") or ""
    _require_reason(call, booking, reason)
    policies.require_cancellable(world.storage.get_event_type(booking.event_type_id))
    if booking.end <= world.clock.now():
        raise refused_raw(400, "Cannot cancel a booking that has already ended")
    by = call.caller.email if call.caller else ""
    return success(output.show(world.storage, cancel(world, booking, reason=reason, by=by)))


def cancel(
    world: World, booking: Booking, *, reason: str, by: str, request_reschedule: bool = False
) -> Booking:
    """Tell the subscribers, then cancel: who asks in between still finds it accepted."""
    announce_cancelled(world, booking, reason=reason, by=by, request_reschedule=request_reschedule)
    cancelled = replace(
        find_booking(world.storage, booking.uid),
        status="cancelled",
        idempotency_key=None,
        cancellation_reason=reason,
        cancelled_by=by,
        updated_at=world.clock.now(),
    )
    world.storage.save_booking(cancelled)
    return cancelled


def _require_reason(call: Call, booking: Booking, reason: str) -> None:
    by_host = call.may_manage(booking.account)
    if by_host and not reason and call.world.switches.cancellation_reason_required:
        raise refused_raw(400, "Cancellation reason is required")


def reschedule_booking(call: Call) -> Answer:
    """Move a booking: a new one with a new uid, the old one cancelled, each naming the other.

    It keeps its length, whatever the event type's is by now, its attendee, answers and
    metadata. Its own old time does not stand in its way.
    """
    body, world = call.request.json(), call.world
    inputs.check_reschedule(body)
    old = find_booking(world.storage, call.parameters["uid"])
    _require_standing(old)
    event_type = world.storage.get_event_type(old.event_type_id)
    if event_type is None:
        raise refused(404, f"Event type with id {old.event_type_id} not found.")
    by_host, now = call.may_manage(old.account), world.clock.now()
    policies.require_movable(event_type, old.start, now=now, by_host=by_host)
    start = parse_moment(body["start"])
    time = Range(start, start + (old.end - old.start))
    exempt = read_exemptions(call, body, old.account)
    zone = str(old.attendee["timeZone"])
    if body.get("rescheduleWithSameHost") or event_type.further.get(SAME_HOST):
        event_type = replace(event_type, hosts=(old.host_id,))
    host = require_host(world, event_type, time, zone=zone, moving=old, exempt=exempt)
    world.pause_for_race()
    by = body.get("rescheduledBy") or (call.caller.email if call.caller else None)
    waits = _waits(event_type, time, body.get("rescheduledBy"), host=host, world=world)
    new = replace(
        moved(world, old, host=host, time=time),
        status="pending" if waits else "accepted",
        rescheduling_reason=body.get("reschedulingReason") or "",
        rescheduled_by=by,
    )
    try:
        move(world, old, new)
    except sqlite3.IntegrityError as error:
        raise lost_race(world) from error
    return success(output.show_new(world.storage, new), status=201)


def _waits(event_type: EventType, time: Range, by: str | None, *, host: User, world: World) -> bool:
    """Tell whether a moved booking waits for a yes: not if its owner is named as the mover."""
    needs = policies.needs_confirmation(event_type, time.start, now=world.clock.now())
    return needs and by != host.email


def move(world: World, old: Booking, new: Booking) -> None:
    """Make the new booking and cancel the old one, in one step, and tell the subscribers.

    Raises:
        sqlite3.IntegrityError: the host has an accepted booking of the same start and end.
    """
    with world.storage.transaction():
        world.storage.save_booking(
            replace(
                old,
                status="cancelled",
                idempotency_key=None,
                rescheduled_to=new.uid,
                updated_at=new.updated_at,
            )
        )
        world.storage.save_booking(with_key(new))
    announce_moved(world, new, old)


def moved(world: World, old: Booking, *, host: User, time: Range) -> Booking:
    """Return the booking that takes the old one's place, not yet stored."""
    now, booking_id = world.clock.now(), world.storage.next_booking_id()
    return replace(
        old,
        id=booking_id,
        uid=make_uid(booking_id, host=host, start=time.start),
        host_id=host.id,
        start=time.start,
        end=time.end,
        rescheduled_from=old.uid,
        created_at=now,
        updated_at=now,
    )


def _require_standing(booking: Booking) -> None:
    if booking.status not in GONE:
        return
    because = f"Can't reschedule booking with uid={booking.uid} because it has been cancelled"
    if booking.rescheduled_to:
        raise refused(
            400,
            f"{because} and rescheduled already to booking with uid={booking.rescheduled_to}. You "
            f"probably want to reschedule {booking.rescheduled_to} instead by passing it within "
            "the request URL.",
        )
    raise refused(400, f"{because}. Please provide uid of a booking that is not cancelled.")
