"""Who attends a booking besides the booker: attendees, by number, and guests."""

from dataclasses import replace
from typing import Any

from calcom.simulator import booking_inputs as inputs
from calcom.simulator import booking_output as output
from calcom.simulator.answers import Answer, refused, success
from calcom.simulator.bookings import find_booking
from calcom.simulator.call import Call
from calcom.simulator.records import Booking, attendee_id

MOST_GUESTS = 30


def list_attendees(call: Call) -> Answer:
    booking = _find_own(call)
    return success([_show(booking, place) for place in _places(booking)])


def get_attendee(call: Call) -> Answer:
    booking, wanted = _find_own(call), int(call.parameters["attendee"])
    for place in _places(booking):
        if attendee_id(booking, place) == wanted:
            return success(_show(booking, place))
    raise refused(404, f"Attendee with id {wanted} not found in booking {booking.uid}")


def add_attendee(call: Call) -> Answer:
    body = call.request.json()
    inputs.check_attendee(body)
    booking = _find_own(call)
    _require_new(booking, [body["email"]])
    changed = _with(call, booking, [body])
    return success(_show(changed, len(changed.attendees)), status=201)


def add_guests(call: Call) -> Answer:
    """Add up to ten guests at once, and thirty in all."""
    body = call.request.json()
    inputs.check_guests(body)
    booking, guests = _find_own(call), body["guests"]
    emails = [guest["email"] for guest in guests]
    _require_new(booking, emails)
    if len(booking.others) + len(guests) > MOST_GUESTS:
        raise refused(400, f"A booking can have at most {MOST_GUESTS} guests.")
    changed = _with(call, booking, guests)
    changed = replace(changed, guests=[*(booking.guests or []), *emails])
    call.world.storage.save_booking(changed)
    return success(output.show(call.world.storage, changed))


def _with(call: Call, booking: Booking, added: list[dict[str, Any]]) -> Booking:
    usual = {name: booking.attendee[name] for name in ("timeZone", "language")} | {"name": ""}
    people = [{**usual, **{key: one[key] for key in one if one[key]}} for one in added]
    changed = replace(booking, others=[*booking.others, *people], updated_at=call.world.clock.now())
    call.world.storage.save_booking(changed)
    return changed


def _require_new(booking: Booking, emails: list[str]) -> None:
    known = {one["email"] for one in booking.attendees}
    if known.issuperset(emails):
        raise refused(400, "Attendee already exists in this booking")


def _places(booking: Booking) -> range:
    return range(1, len(booking.attendees) + 1)


def _show(booking: Booking, place: int) -> dict[str, Any]:
    shown = output.show_attendee(booking, booking.attendees[place - 1])
    return {"id": attendee_id(booking, place), "bookingId": booking.id, **shown}


def _find_own(call: Call) -> Booking:
    booking = find_booking(call.world.storage, call.parameters["uid"])
    if not call.may_manage(booking.account):
        raise refused(403, "User is not authorized to change the attendees of this booking")
    return booking
