"""Making and reading one booking: POST /v2/bookings and GET /v2/bookings/{uid}."""

import hashlib
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta

from calcom.simulator import booking_output as output
from calcom.simulator import policies
from calcom.simulator.admission import read_exemptions, require_host
from calcom.simulator.answers import Answer, RefusedError, refused, refused_raw, success
from calcom.simulator.booking_fields import choose_location
from calcom.simulator.call import Call
from calcom.simulator.moments import spell
from calcom.simulator.records import Booking, User
from calcom.simulator.storage import Storage
from calcom.simulator.webhooks.announcing import announce_created
from calcom.simulator.wishes import Wish, understand
from calcom.simulator.world import World

ALPHABET = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
UID_LENGTH = 22


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
    first. Only a team's round robin, and a type that waits for a yes, answer the second
    with the first one's booking.

    Source: Cal.com API v2, bookings 2024-08-13, read 2026-11.
    """
    world, wish = call.world, understand(call)
    now = world.clock.now()
    policies.require_active_bookings_left(
        world.storage, wish.event_type, wish.attendee["email"], now=now
    )
    earlier = _find_repeated(world.storage, wish)
    if earlier:
        return success(output.show_new(world.storage, earlier), status=201)
    exempt = read_exemptions(call, wish.body, wish.event_type.account)
    host = require_host(world, wish.event_type, wish.time, zone=wish.zone, exempt=exempt)
    world.pause_for_race()
    booking = with_key(_misplaced(call, make_booking(world, wish, host=host)))
    store(world, booking)
    announce_created(world, booking)
    return success(output.show_new(world.storage, booking), status=201)


def _misplaced(call: Call, booking: Booking) -> Booking:
    """Return the booking as it is stored: where it was asked for, unless a fault moves it."""
    late = timedelta(seconds=fault.seconds if (fault := call.suffers("wrong_start")) else 0)
    return replace(booking, start=booking.start + late, end=booking.end + late)


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
    waits = policies.needs_confirmation(wish.event_type, wish.time.start, now=now)
    guests = wish.body.get("guests")
    zone_and_language = {name: wish.attendee[name] for name in ("timeZone", "language")}
    return Booking(
        id=booking_id,
        uid=uid,
        account=wish.event_type.account,
        event_type_id=wish.event_type.id,
        host_id=host.id,
        start=wish.time.start,
        end=wish.time.end,
        status="pending" if waits and not foreign else "accepted",
        title=str(answers.get("title") or title),
        description=str(answers.get("notes") or ""),
        attendee=wish.attendee,
        guests=guests,
        others=[{"name": "", "email": email, **zone_and_language} for email in guests or []],
        responses=wish.responses(),
        metadata=dict(wish.body.get("metadata") or {}),
        location=choose_location(wish.event_type, wish.body, uid=uid),
        ics_uid=f"{uid}@Cal.com",
        created_at=now,
        updated_at=now,
        foreign=foreign,
    )


def with_key(booking: Booking) -> Booking:
    """Give an accepted booking the key no other may have: its host, start and end.

    One that waits for a yes has none, and gets none with the yes.
    """
    if booking.status != "accepted":
        return replace(booking, idempotency_key=None)
    key = f"{spell(booking.start)}.{spell(booking.end)}.{booking.host_id}"
    return replace(booking, idempotency_key=key)


def make_uid(booking_id: int, *, host: User, start: datetime) -> str:
    """Return 22 characters of base58: the same ones for the same booking in every run."""
    seed = f"{booking_id} {host.username} {spell(start)}"
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest())
    characters = []
    for _ in range(UID_LENGTH):
        number, remainder = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[remainder])
    return "".join(characters)


def _find_repeated(storage: Storage, wish: Wish) -> Booking | None:
    event_type = wish.event_type
    waits = policies.policy_of(event_type, "confirmationPolicy") is not None
    if event_type.scheduling_type != "roundRobin" and not waits:
        return None
    found = storage.get_bookings(
        "status IN ('accepted', 'pending') AND event_type_id = ? AND starts_at = ?"
        " AND attendee_email = ?",
        event_type.id,
        spell(wish.time.start),
        wish.attendee["email"],
    )
    return found[0] if found else None
