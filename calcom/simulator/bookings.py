"""Making and reading one booking: POST /v2/bookings and GET /v2/bookings/{uid}."""

import hashlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from calcom.simulator import booking_inputs as inputs
from calcom.simulator import booking_output as output
from calcom.simulator.answers import (
    Answer,
    RefusedError,
    refused,
    refused_by_engine,
    refused_raw,
    success,
)
from calcom.simulator.availability import Ignored, find_host, ignore_nothing
from calcom.simulator.booking_fields import check_answers, choose_length, choose_location
from calcom.simulator.call import Call
from calcom.simulator.moments import parse_moment, spell
from calcom.simulator.records import Booking, EventType, User
from calcom.simulator.slot_arithmetic import Range
from calcom.simulator.storage import Storage
from calcom.simulator.webhooks.announcing import announce_created
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
ALPHABET = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
UID_LENGTH = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A create that has passed every check but those on time."""

    event_type: EventType
    time: Range
    attendee: dict[str, Any]
    body: Mapping[str, Any]


def get_booking(call: Call) -> Answer:
    booking = find_booking(call.world.storage, call.parameters["uid"])
    if booking.created_at > call.knows_until:
        raise not_found(booking.uid)
    return success(output.show(call.world.storage, booking))


def find_booking(storage: Storage, uid: str) -> Booking:
    booking = storage.get_booking(uid)
    if booking is None:
        raise not_found(uid)
    return booking


def not_found(uid: str) -> RefusedError:
    return refused(404, f"Booking with uid={uid} was not found in the database")


def create_booking(call: Call) -> Answer:
    """Check in the real service's order, book, and answer 201 with the booking.

    There is no idempotency key: the same create twice is a 400, the slot is taken by the
    first. Only a team's round robin answers the second with the first one's booking.

    Source: Cal.com API v2, bookings 2024-08-13, read 2026-11.
    """
    world, wish = call.world, _understand(call)
    earlier = _find_repeated(world.storage, wish)
    if earlier:
        return success(output.show_new(world.storage, earlier), status=201)
    host = require_host(world, wish.event_type, wish.time, ignored=ignore_nothing)
    world.pause_for_race()
    booking = _misplaced(call, make_booking(world, wish, host=host))
    store(world, booking)
    announce_created(world, booking)
    return success(output.show_new(world.storage, booking), status=201)


def _misplaced(call: Call, booking: Booking) -> Booking:
    """Return the booking as it is stored: where it was asked for, unless a fault moves it."""
    late = timedelta(seconds=fault.seconds if (fault := call.suffers("wrong_start")) else 0)
    return replace(booking, start=booking.start + late, end=booking.end + late)


def require_host(
    world: World, event_type: EventType, time: Range, *, ignored: Ignored, moving: bool = False
) -> User:
    """Return who takes the booking.

    Raises:
        RefusedError: 400; the start is past, or too soon, or nobody is free then.
    """
    now = world.clock.now()
    if time.start < now:
        raise refused(400, PAST)
    if time.start < now + timedelta(minutes=event_type.notice):
        raise refused(400, OUT_OF_BOUNDS)
    host = find_host(world.storage, event_type, time, ignored=ignored)
    if host is None:
        of_team = event_type.is_teams and not moving
        raise refused(400, TAKEN_OF_TEAM if of_team else TAKEN)
    return host


def store(world: World, booking: Booking) -> None:
    """Save a new booking.

    Raises:
        RefusedError: the same host, start and end were booked between looking and saving.
    """
    try:
        world.storage.save_booking(booking)
    except sqlite3.IntegrityError as error:
        raise lost_race(world) from error


def lost_race(world: World) -> RefusedError:
    if world.switches.exact_race == "409":
        return refused_raw(409, "booking_conflict_error")
    return refused_raw(400, "An error occurred while querying the database.")


def make_booking(world: World, wish: Wish, *, host: User, foreign: bool = False) -> Booking:
    now, booking_id = world.clock.now(), world.storage.next_booking_id()
    answers = dict(wish.body.get("bookingFieldsResponses") or {})
    uid = make_uid(booking_id, host=host, start=wish.time.start)
    title = f"{wish.event_type.title} between {host.name} and {wish.attendee['name']}"
    return Booking(
        id=booking_id,
        uid=uid,
        account=wish.event_type.account,
        event_type_id=wish.event_type.id,
        host_id=host.id,
        start=wish.time.start,
        end=wish.time.end,
        status="accepted",
        title=str(answers.get("title") or title),
        description=str(answers.get("notes") or ""),
        attendee=wish.attendee,
        guests=wish.body.get("guests"),
        responses=_responses(wish),
        metadata=dict(wish.body.get("metadata") or {}),
        location=choose_location(wish.event_type, wish.body, uid=uid),
        ics_uid=f"{uid}@Cal.com",
        created_at=now,
        updated_at=now,
        foreign=foreign,
    )


def make_uid(booking_id: int, *, host: User, start: datetime) -> str:
    """Return 22 characters of base58: the same ones for the same booking in every run."""
    seed = f"{booking_id} {host.username} {spell(start)}"
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest())
    characters = []
    for _ in range(UID_LENGTH):
        number, remainder = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[remainder])
    return "".join(characters)


def understand_attendee(event_type: EventType, attendee: Mapping[str, Any]) -> dict[str, Any]:
    """Complete the booker. A type for phones only ignores an e-mail and makes one up.

    Raises:
        RefusedError: 400 by the engine, the event type requires an e-mail.
    """
    phone = attendee.get("phoneNumber")
    email = attendee.get("email")
    if event_type.phone_only and phone:
        email = phone.removeprefix("+") + "@sms.cal.com"
    if not email:
        raise refused_by_engine(message="responses - {email}error_required_field, ")
    known = {"language": "en"} | {key: value for key, value in attendee.items() if value}
    return known | {"email": email}


def _understand(call: Call) -> Wish:
    body = call.request.json()
    inputs.check_create(body)
    event_type = _find_event_type(call.world.storage, body)
    _require_bookable(call, event_type)
    check_answers(event_type, body)
    length = choose_length(event_type, body)
    choose_location(event_type, body, uid="")
    start = parse_moment(body["start"])
    return Wish(
        event_type=event_type,
        time=Range(start, start + timedelta(minutes=length)),
        attendee=understand_attendee(event_type, body["attendee"]),
        body=body,
    )


def _find_event_type(storage: Storage, body: Mapping[str, Any]) -> EventType:
    if body.get("eventTypeId"):
        event_type_id = inputs.event_type_id_of(body)
        found = storage.get_event_type(event_type_id or 0)
        if found is None:
            raise refused(404, f"Event type with id {event_type_id} not found.")
        return found
    slug, username = body["eventTypeSlug"], body.get("username")
    if not username:
        raise refused(404, f"Team with slug {body['teamSlug']} not found")
    user = storage.get_user_by_username(username)
    if user is None:
        raise refused(404, f"User with username {username} not found")
    of_user = storage.get_event_types_of_owner(user.id, slug)
    if not of_user:
        raise refused(404, f"Event type with slug {slug} belonging to user {username} not found.")
    return of_user[0]


def _require_bookable(call: Call, event_type: EventType) -> None:
    if event_type.requires_authentication and not call.may_manage(event_type.account):
        status = 403 if call.caller else 401
        raise refused(
            status,
            "checkBookingRequiresAuthentication - event type requires the owner, a host or an "
            "admin to be authenticated.",
        )
    if event_type.scheduling_type == "managed":
        raise refused(
            400,
            f"Event type with id={event_type.id} is the parent managed event type that can't be "
            "booked. You have to provide the child event type id aka id of event type that has "
            "been assigned to one of the users.",
        )
    if event_type.is_teams and not event_type.hosts:
        raise refused(422, "Can't book this team event type because it has no hosts.")


def _find_repeated(storage: Storage, wish: Wish) -> Booking | None:
    if wish.event_type.scheduling_type != "roundRobin":
        return None
    found = storage.get_bookings(
        "status = 'accepted' AND event_type_id = ? AND starts_at = ? AND attendee_email = ?",
        wish.event_type.id,
        spell(wish.time.start),
        wish.attendee["email"],
    )
    return found[0] if found else None


def _responses(wish: Wish) -> dict[str, Any]:
    booker, given = wish.attendee, wish.body.get("bookingFieldsResponses") or {}
    responses = {"name": booker["name"], "email": booker["email"]}
    responses |= {slug: "" if answer is None else answer for slug, answer in given.items()}
    if booker.get("phoneNumber"):
        responses["attendeePhoneNumber"] = booker["phoneNumber"]
    responses["displayEmail"] = booker["email"]
    if wish.body.get("guests"):
        responses |= {"guests": wish.body["guests"], "displayGuests": wish.body["guests"]}
    return responses
