"""What people do in Cal.com itself, at once and past every check: book, move, cancel."""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from calcom.simulator import booking_output as output
from calcom.simulator.bookings import find_booking, make_booking, with_key
from calcom.simulator.changes import GONE, cancel, move, moved
from calcom.simulator.moments import parse_moment
from calcom.simulator.records import Booking, User
from calcom.simulator.slot_arithmetic import Range
from calcom.simulator.webhooks.announcing import announce_created
from calcom.simulator.wishes import Wish, understand_attendee
from calcom.simulator.world import World

SOMEBODY = {"name": "Walk-in", "email": "walk-in@example.com", "timeZone": "Europe/Berlin"}
REASON = "cancelled in Cal.com"
CLASH = "the host has an accepted booking of the same start and end"

Shown = dict[str, Any]


def add(world: World, given: Mapping[str, Any]) -> Shown:
    """Book as somebody at the salon's own desk would.

    Only what the database itself forbids stays forbidden: the same host, start and end.

    Args:
        world: where.
        given: `event_type_id`, `start`, and optionally `attendee` and `lengthInMinutes`.

    Raises:
        ValueError: the event type or a key is unknown, or the time is forbidden.
    """
    _require_known(given, {"event_type_id", "start", "attendee", "lengthInMinutes"})
    event_type = world.storage.get_event_type(given["event_type_id"])
    if event_type is None:
        message = f"unknown {given['event_type_id']}"
        raise ValueError(message)
    start = parse_moment(given["start"])
    length = timedelta(minutes=given.get("lengthInMinutes") or event_type.length)
    wish = Wish(
        event_type=event_type,
        time=Range(start, start + length),
        attendee=understand_attendee(event_type, SOMEBODY | (given.get("attendee") or {})),
        body={},
    )
    host_id = event_type.hosts[0] if event_type.hosts else 0
    host = _require_host(world, host_id)
    booking = with_key(make_booking(world, wish, host=host, foreign=True))
    try:
        world.storage.save_booking(booking)
    except sqlite3.IntegrityError as error:
        raise ValueError(CLASH) from error
    announce_created(world, booking)
    return output.show(world.storage, booking)


def move_any(world: World, uid: str, given: Mapping[str, Any]) -> Shown:
    """Move any standing booking, ours too, to `start`; return the new one.

    Raises:
        ValueError: it no longer stands, or the time is forbidden.
    """
    _require_known(given, {"start"})
    old, start = _require_standing(world, uid), parse_moment(given["start"])
    host = _require_host(world, old.host_id)
    time = Range(start, start + (old.end - old.start))
    new = replace(
        moved(world, old, host=host, time=time), rescheduling_reason="", rescheduled_by=host.email
    )
    try:
        move(world, old, new)
    except sqlite3.IntegrityError as error:
        raise ValueError(CLASH) from error
    return output.show(world.storage, new)


def cancel_any(world: World, uid: str, given: Mapping[str, Any]) -> Shown:
    """Cancel any booking, ours too.

    With `request_reschedule` the host has asked the booker to choose another time: a
    cancellation as well, which says so to the subscribers.
    """
    _require_known(given, {"request_reschedule"})
    booking = find_booking(world.storage, uid)
    host = world.storage.get_user(booking.host_id)
    cancelled = cancel(
        world,
        booking,
        reason=REASON,
        by=host.email if host else "",
        request_reschedule=bool(given.get("request_reschedule")),
    )
    return output.show(world.storage, cancelled)


def _require_standing(world: World, uid: str) -> Booking:
    booking = find_booking(world.storage, uid)
    if booking.status in GONE:
        message = f"booking {uid} is {booking.status}"
        raise ValueError(message)
    return booking


def _require_host(world: World, user_id: int) -> User:
    host = world.storage.get_user(user_id)
    if host is None:
        message = f"there is no host {user_id}"
        raise ValueError(message)
    return host


def _require_known(given: Mapping[str, Any], known: set[str]) -> None:
    if unknown := set(given) - known:
        message = f"unknown {sorted(unknown)}"
        raise ValueError(message)
