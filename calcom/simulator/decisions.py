"""What a host decides about a booking: yes or no, somebody else, another place, who was absent."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from calcom.simulator import booking_inputs as inputs
from calcom.simulator import booking_output as output
from calcom.simulator.answers import Answer, refused, refused_by_handler, success
from calcom.simulator.availability import find_host, ignore_nothing
from calcom.simulator.booking_fields import choose_location
from calcom.simulator.bookings import find_booking
from calcom.simulator.call import Call
from calcom.simulator.records import Booking, EventType, User
from calcom.simulator.slot_arithmetic import Range
from calcom.simulator.webhooks.announcing import announce

NOT_HOST = "You do not have permission to reassign this booking"


def confirm_booking(call: Call) -> Answer:
    """Say yes to a pending booking. Nobody looks again whether the time is still free."""
    booking = _find_pending(call)
    accepted = _changed(call, booking, status="accepted")
    announce(call.world, "BOOKING_CREATED", accepted)
    return success(output.show(call.world.storage, accepted))


def decline_booking(call: Call) -> Answer:
    body = call.request.json()
    inputs.check_decline(body)
    reason = body.get("reason") or ""
    rejected = _changed(call, _find_pending(call), status="rejected", rejection_reason=reason)
    announce(call.world, "BOOKING_REJECTED", rejected, rejectionReason=reason)
    return success(output.show(call.world.storage, rejected))


def mark_absent(call: Call) -> Answer:
    """Note who did not come, once the booking has begun."""
    body = call.request.json()
    inputs.check_absence(body)
    booking, now = _find_own(call), call.world.clock.now()
    if now < booking.start:
        raise refused(
            400, "Bookings can only be marked as absent after their scheduled start time."
        )
    told = [(one["email"], bool(one.get("absent"))) for one in body.get("attendees") or []]
    absent = dict.fromkeys(booking.absent, True) | dict(told)
    changed = _changed(
        call,
        booking,
        absent=[email for email, missing in absent.items() if missing],
        host_absent=bool(body.get("host", booking.host_absent)),
    )
    if told:
        announce(
            call.world,
            "BOOKING_NO_SHOW_UPDATED",
            changed,
            message=", ".join(_speak_of(email, missing=missing) for email, missing in told),
            attendees=[{"email": email, "noShow": missing} for email, missing in told],
            bookingUid=changed.uid,
            bookingId=changed.id,
        )
    return success(output.show(call.world.storage, changed))


def _speak_of(email: str, *, missing: bool) -> str:
    return f"{email} {'marked' if missing else 'unmarked'} as no-show"


def reassign_booking(call: Call) -> Answer:
    """Give a round robin's booking to another of its hosts who is free then."""
    booking = _find_own(call)
    event_type = _require_round_robin(call, booking)
    others = replace(
        event_type, hosts=tuple(host for host in event_type.hosts if host != booking.host_id)
    )
    time = Range(booking.start, booking.end)
    host = find_host(call.world.storage, others, time, ignored=ignore_nothing)
    if host is None:
        raise refused(400, "No available users found to reassign the booking to")
    return _reassign(call, booking, host)


def reassign_booking_to(call: Call) -> Answer:
    """Give a round robin's booking to one of its hosts, free or not."""
    inputs.check_decline(call.request.json())
    booking, user_id = _find_own(call), int(call.parameters["user"])
    event_type = _require_round_robin(call, booking)
    host = call.world.storage.get_user(user_id)
    if host is None or user_id not in event_type.hosts:
        raise refused(400, f"User with id={user_id} is not a round robin host of this event type")
    return _reassign(call, booking, host)


def _reassign(call: Call, booking: Booking, host: User) -> Answer:
    # The key keeps the old host, so that the old host's time stays blocked for an equal one.
    changed = _changed(call, booking, host_id=host.id)
    announce(
        call.world,
        "BOOKING_REASSIGNED",
        changed,
        addedHostUserIds=[host.id],
        removedHostUserIds=[booking.host_id],
    )
    person = {"id": host.id, "name": host.name, "email": host.email, "displayEmail": host.email}
    return success({"bookingUid": booking.uid, "reassignedTo": person})


def change_location(call: Call) -> Answer:
    body = call.request.json()
    inputs.check_location(body)
    booking = _find_own(call)
    event_type = call.world.storage.get_event_type(booking.event_type_id)
    if event_type is None:
        raise refused(404, f"Event type with id {booking.event_type_id} not found.")
    changed = _changed(call, booking, location=choose_location(event_type, body, uid=booking.uid))
    announce(call.world, "BOOKING_LOCATION_UPDATED", changed, previousLocation=booking.location)
    return success(output.show(call.world.storage, changed))


def _find_own(call: Call, refuse: Callable[[], Exception] | None = None) -> Booking:
    """Return the booking in the path, which the caller may manage."""
    booking = find_booking(call.world.storage, call.parameters["uid"])
    if not call.may_manage(booking.account):
        raise refuse() if refuse else refused(403, NOT_HOST)
    return booking


def _find_pending(call: Call) -> Booking:
    booking = _find_own(
        call, lambda: refused_by_handler(401, "User is not authorized to confirm this booking")
    )
    if booking.status != "pending":
        word = "confirmed" if booking.status == "accepted" else booking.status
        raise refused_by_handler(400, f"Booking already {word}")
    return booking


def _require_round_robin(call: Call, booking: Booking) -> EventType:
    event_type = call.world.storage.get_event_type(booking.event_type_id)
    if event_type is None or event_type.scheduling_type != "roundRobin":
        raise refused(400, f"Booking with uid={booking.uid} is not a round robin booking")
    return event_type


def _changed(call: Call, booking: Booking, **changes: Any) -> Booking:
    changed = replace(booking, **changes, updated_at=call.world.clock.now())
    call.world.storage.save_booking(changed)
    return changed
