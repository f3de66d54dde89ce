"""Slot reservations: /v2/slots/reservations, version 2024-09-04.

They hide slots, from their own maker too, and protect nothing: a booking never looks at them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from calcom.simulator.answers import Answer, refused, success
from calcom.simulator.call import Call
from calcom.simulator.moments import parse_moment, spell
from calcom.simulator.records import EventType
from calcom.simulator.shelved import Reservation
from calcom.simulator.slot_arithmetic import Range
from calcom.simulator.storage import Storage
from calcom.simulator.validation import (
    INTEGER,
    MOMENT,
    Field,
    at_least,
    enumerate_problems,
    find_problems,
)

DEFAULT_MINUTES = 5
FIELDS = (
    Field("eventTypeId", (INTEGER,), required=True),
    Field("slotStart", (MOMENT,), required=True),
    Field("slotDuration", (INTEGER, at_least(1))),
    Field("reservationDuration", (INTEGER, at_least(1))),
)


def reserve(call: Call) -> Answer:
    """Reserve a slot, whether or not anybody works then."""
    made = _understand(call, reservation_id=call.world.storage.reservations.next_id())
    _require_free(call, made)
    _forget_expired(call)
    call.world.storage.reservations.save(made)
    return success(_show(made) | {"reservationDuration": made.minutes}, status=201)


def get_reservation(call: Call) -> Answer:
    found = _find(call)
    return success(_show(found) if found else None)


def change_reservation(call: Call) -> Answer:
    uid, found = call.parameters["uid"], _find(call)
    if found is None:
        raise refused(404, f"Slot with uid={uid} not found")
    changed = _understand(call, reservation_id=found.id)
    _require_free(call, changed)
    call.world.storage.reservations.save(changed)
    return success(_show(changed) | {"reservationDuration": changed.minutes})


def release(call: Call) -> Answer:
    """Give a slot back. An unknown one is a success as well."""
    found = _find(call)
    if found:
        call.world.storage.reservations.delete(found.id)
    return Answer(200, {"status": "success"})


def get_held(storage: Storage, event_type: EventType, *, now: datetime) -> list[Range]:
    """Return when reservations hide the slots of an event type: those of its first host.

    They hide the slots of all event types of that host, whoever made them.
    """
    first = event_type.hosts[:1]
    return [
        reservation.time
        for reservation in storage.reservations.of_account(event_type.account)
        if reservation.host_id in first and reservation.is_live(now)
    ]


def _understand(call: Call, *, reservation_id: int) -> Reservation:
    body, world = call.request.json(), call.world
    if problems := find_problems(body, FIELDS, forbid_unknown=False):
        raise enumerate_problems(problems)
    event_type = world.storage.get_event_type(body["eventTypeId"])
    if event_type is None:
        raise refused(404, f"Event Type with ID={body['eventTypeId']} not found")
    minutes = _minutes(call, body, event_type)
    length = _length(body, event_type)
    start = parse_moment(body["slotStart"])
    return Reservation(
        id=reservation_id,
        account=event_type.account,
        event_type_id=event_type.id,
        host_id=event_type.hosts[0] if event_type.hosts else 0,
        start=spell(start),
        end=spell(start + timedelta(minutes=length)),
        until=spell(world.clock.now() + timedelta(minutes=minutes)),
        minutes=minutes,
    )


def _minutes(call: Call, body: dict[str, Any], event_type: EventType) -> int:
    wanted = body.get("reservationDuration")
    if wanted is None:
        return DEFAULT_MINUTES
    if call.caller is None:
        raise refused(401, "reservationDuration can only be used for authenticated requests.")
    if not call.may_manage(event_type.account):
        raise refused(
            403,
            "reservationDuration can only be used by the event type's owner, hosts and teammates.",
        )
    return int(wanted)


def _length(body: dict[str, Any], event_type: EventType) -> int:
    wanted = body.get("slotDuration")
    if wanted is None:
        return event_type.length
    if wanted not in event_type.lengths:
        raise refused(400, "Invalid slotDuration: it is not one of the event type's lengths.")
    return int(wanted)


def _require_free(call: Call, wanted: Reservation) -> None:
    """Refuse what overlaps a booking or another reservation of the same event type."""
    storage, now = call.world.storage, call.world.clock.now()
    booked = storage.get_bookings(
        "status IN ('accepted', 'pending') AND event_type_id = ? AND starts_at < ? AND ends_at > ?",
        wanted.event_type_id,
        wanted.end,
        wanted.start,
    )
    if booked:
        raise refused(422, "Can't reserve a slot if the event is already booked.")
    for other in _others(storage.reservations.of_account(wanted.account), wanted):
        if other.is_live(now) and other.time.overlaps(wanted.time):
            raise refused(
                422,
                "This time slot is already reserved by another user. Please choose a different "
                "time.",
            )


def _others(reservations: Iterable[Reservation], wanted: Reservation) -> list[Reservation]:
    return [
        other
        for other in reservations
        if other.id != wanted.id and other.event_type_id == wanted.event_type_id
    ]


def _forget_expired(call: Call) -> None:
    shelf, now = call.world.storage.reservations, call.world.clock.now()
    for reservation in shelf.all():
        if not reservation.is_live(now):
            shelf.delete(reservation.id)


def _find(call: Call) -> Reservation | None:
    now, uid = call.world.clock.now(), call.parameters["uid"]
    for reservation in call.world.storage.reservations.all():
        if reservation.uid == uid and reservation.is_live(now):
            return reservation
    return None


def _show(reservation: Reservation) -> dict[str, object]:
    time = reservation.time
    return {
        "eventTypeId": reservation.event_type_id,
        "slotStart": reservation.start,
        "slotEnd": reservation.end,
        "slotDuration": int((time.end - time.start).total_seconds() // 60),
        "reservationUid": reservation.uid,
        "reservationUntil": reservation.until,
    }
