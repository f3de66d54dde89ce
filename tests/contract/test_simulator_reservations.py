"""The simulator reserves slots like Cal.com, which means less than it sounds."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.contract.simulated import (
    COLOUR,
    CUT,
    CUT_OF_JONAS,
    KEY,
    NOW,
    SLOTS,
    Salon,
    at,
    message_of,
    simulated_salon,
    utc,
)


@pytest.fixture
def cal() -> Iterator[Salon]:
    with simulated_salon() as salon:
        yield salon


def reserve(
    cal: Salon, start: str = "10:00", event_type: int = CUT, *, key: str | None = None, **more: Any
) -> requests.Response:
    body = {"eventTypeId": event_type, "slotStart": at(start)} | more
    return cal.ask("POST", "/v2/slots/reservations", version=SLOTS, key=key, json=body)


def ask(cal: Salon, method: str, uid: str, **more: Any) -> requests.Response:
    return cal.ask(method, f"/v2/slots/reservations/{uid}", version=SLOTS, key=None, **more)


def test_a_slot_is_reserved_for_five_minutes_by_anybody(cal):
    answer = reserve(cal)

    reserved = answer.json()["data"]
    assert answer.status_code == 201
    assert reserved == {
        "eventTypeId": CUT,
        "slotStart": utc("10:00"),
        "slotEnd": utc("10:30"),
        "slotDuration": 30,
        "reservationUid": reserved["reservationUid"],
        "reservationDuration": 5,
        "reservationUntil": utc("07:05"),
    }
    shown = ask(cal, "GET", reserved["reservationUid"])
    del reserved["reservationDuration"]
    assert shown.json()["data"] == reserved


def test_a_reservation_hides_slots_of_all_the_hosts_types_from_its_maker_too(cal):
    reserve(cal, "10:00", key=KEY)

    assert "10:00" not in cal.starts()
    assert "10:00" not in cal.starts(eventTypeId=COLOUR)
    assert "10:00" in cal.starts(eventTypeId=CUT_OF_JONAS)


def test_a_reservation_expires(cal):
    reserve(cal, "10:00")
    cal.simulator.set_clock(NOW + timedelta(minutes=5))

    assert "10:00" in cal.starts()
    assert reserve(cal, "10:00").status_code == 201


def test_a_reservation_protects_nothing_and_is_not_used_up(cal):
    uid = reserve(cal, "10:00").json()["data"]["reservationUid"]

    assert cal.book("10:00").status_code == 201
    assert ask(cal, "GET", uid).json()["data"]["reservationUid"] == uid


def test_any_time_can_be_reserved_but_an_overlapping_or_booked_one(cal):
    at_night = reserve(cal, "03:00")
    overlapping = reserve(cal, "03:15")
    other_type = reserve(cal, "03:00", COLOUR)
    cal.booked("10:00")
    booked = reserve(cal, "10:15")

    assert at_night.status_code == other_type.status_code == 201
    assert (overlapping.status_code, booked.status_code) == (422, 422)
    assert message_of(overlapping) == (
        "This time slot is already reserved by another user. Please choose a different time."
    )
    assert message_of(booked) == "Can't reserve a slot if the event is already booked."


def test_a_reservation_can_be_moved_and_given_back(cal):
    uid = reserve(cal, "10:00").json()["data"]["reservationUid"]

    moved = ask(cal, "PATCH", uid, json={"eventTypeId": CUT, "slotStart": at("10:15")})
    gone = ask(cal, "DELETE", uid)

    assert moved.json()["data"]["slotStart"] == utc("10:15")
    assert (gone.status_code, gone.json()) == (200, {"status": "success"})
    assert ask(cal, "GET", uid).json() == {"status": "success", "data": None}
    assert "10:00" in cal.starts()


def test_what_is_unknown_is_deleted_with_success_and_not_changed(cal):
    body = {"eventTypeId": CUT, "slotStart": at("10:00")}
    changed = ask(cal, "PATCH", "nobody", json=body)

    assert ask(cal, "DELETE", "nobody").status_code == 200
    assert changed.status_code == 404
    assert message_of(changed) == "Slot with uid=nobody not found"
    assert message_of(reserve(cal, event_type=9)) == "Event Type with ID=9 not found"


def test_only_who_belongs_to_the_event_type_chooses_for_how_long(cal):
    cal.simulator.seed(account="other", users=[{"id": 9001, "api_key": "cal_other"}])

    nobody = reserve(cal, reservationDuration=20)
    stranger = reserve(cal, reservationDuration=20, key="cal_other")
    owner = reserve(cal, reservationDuration=20, key=KEY)

    assert (nobody.status_code, stranger.status_code) == (401, 403)
    assert owner.json()["data"]["reservationUntil"] == utc("07:20")


def test_a_reservation_takes_one_of_the_types_lengths(cal):
    cal.simulator.seed(event_types=[{"id": CUT, "lengthInMinutesOptions": [30, 60]}])

    assert reserve(cal, slotDuration=60).json()["data"]["slotEnd"] == utc("11:00")
    assert reserve(cal, "13:00", slotDuration=45).status_code == 400
    assert reserve(cal, "13:00", slotDuration="x").json()["error"]["details"]["errors"]
