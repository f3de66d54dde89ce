"""Hosts decide in the simulator as in Cal.com: yes, no, who, where, and who was absent."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.contract.receiving import SECRET, Receiver, receiving
from tests.contract.simulated import (
    CUT,
    JONAS,
    KEY,
    MARA,
    NOW,
    Salon,
    attendee,
    message_of,
    simulated_salon,
)

WAITS = {"type": "always"}
ROUND_ROBIN = 3010


@pytest.fixture
def cal() -> Iterator[Salon]:
    with simulated_salon() as salon:
        yield salon


@pytest.fixture
def receiver(cal) -> Iterator[Receiver]:
    with receiving() as subscriber:
        cal.simulator.seed(webhooks=[{"subscriberUrl": subscriber.url, "secret": SECRET}])
        yield subscriber


def wait_for_a_yes(cal: Salon, **policy: Any) -> None:
    cal.simulator.seed(event_types=[{"id": CUT, "confirmationPolicy": WAITS | policy}])


def decide(
    cal: Salon, uid: str, what: str, *, key: str | None = KEY, method: str = "POST", **body: Any
) -> requests.Response:
    return cal.ask(method, f"/v2/bookings/{uid}/{what}", key=key, json=body)


def share_a_type(cal: Salon) -> None:
    cal.simulator.seed(
        event_types=[
            {
                "id": ROUND_ROBIN,
                "title": "Cut",
                "slug": "cut-anybody",
                "lengthInMinutes": 30,
                "hosts": [MARA, JONAS],
                "schedulingType": "roundRobin",
            }
        ]
    )


def test_a_booking_that_needs_a_yes_is_pending_until_it_is_confirmed(cal, receiver):
    wait_for_a_yes(cal)
    booked = cal.booked("10:00")

    confirmed = decide(cal, booked["uid"], "confirm")
    again = decide(cal, booked["uid"], "confirm")

    assert booked["status"] == "pending"
    assert (confirmed.status_code, confirmed.json()["data"]["status"]) == (200, "accepted")
    assert again.status_code == 400
    assert again.json()["error"] == {"code": "TRPCError", "message": "Booking already confirmed"}
    assert receiver.triggers == ["BOOKING_REQUESTED", "BOOKING_CREATED"]
    requested, created = (event.payload for event in receiver.events)
    assert (requested["status"], created["status"]) == ("PENDING", "ACCEPTED")
    assert requested["metadata"] == {}
    assert requested["requiresConfirmation"] is True


def test_a_declined_booking_is_rejected(cal, receiver):
    wait_for_a_yes(cal)
    uid = cal.booked("10:00")["uid"]

    declined = decide(cal, uid, "decline", reason="Urlaub")

    assert declined.json()["data"]["status"] == "rejected"
    assert cal.uids(status="cancelled") == [uid]
    rejected = receiver.events[1]
    assert rejected.trigger == "BOOKING_REJECTED"
    assert rejected.payload["rejectionReason"] == "Urlaub"
    assert rejected.payload["startTime"] == "2030-01-08T09:00:00.000Z"


def test_only_a_host_confirms(cal):
    wait_for_a_yes(cal)
    cal.simulator.seed(account="other", users=[{"id": 9001, "api_key": "cal_other"}])
    uid = cal.booked("10:00")["uid"]

    assert decide(cal, uid, "confirm", key="cal_other").status_code == 401
    assert decide(cal, uid, "confirm", key=None).status_code == 401
    assert cal.get(uid)["status"] == "pending"


def test_two_pending_bookings_of_one_time_can_both_be_confirmed(cal):
    wait_for_a_yes(cal)
    first = cal.booked("10:00")
    second = cal.booked("10:00", attendee=attendee(email="eva@example.com"))

    answers = [decide(cal, booking["uid"], "confirm") for booking in (first, second)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert cal.book("10:00", attendee=attendee(email="ida@example.com")).status_code == 400


def test_a_pending_booking_blocks_only_if_its_type_says_so(cal):
    wait_for_a_yes(cal)
    cal.booked("10:00")
    free = cal.starts()
    wait_for_a_yes(cal, blockUnconfirmedBookingsInBooker=True)

    assert ("10:00" in free, "10:00" in cal.starts()) == (True, False)
    assert cal.book("10:00", attendee=attendee(email="eva@example.com")).status_code == 400


def test_the_same_wish_twice_is_the_same_pending_booking(cal):
    wait_for_a_yes(cal)

    assert cal.booked("10:00")["uid"] == cal.booked("10:00")["uid"]


def test_a_yes_may_be_needed_at_short_notice_only(cal):
    threshold = {"unit": "hours", "count": 4}
    wait_for_a_yes(cal, type="time", noticeThreshold=threshold)

    assert cal.booked("10:00")["status"] == "pending"
    assert cal.booked("16:00")["status"] == "accepted"


def test_a_moved_booking_needs_another_yes_unless_its_host_moved_it(cal, receiver):
    wait_for_a_yes(cal)
    uid = cal.booked("10:00")["uid"]
    decide(cal, uid, "confirm")

    moved = cal.reschedule(uid, "11:00").json()["data"]
    by_host = cal.reschedule(moved["uid"], "12:00", rescheduledBy="mara@salon.example")

    assert (moved["status"], by_host.json()["data"]["status"]) == ("pending", "accepted")
    assert receiver.triggers[2:] == ["BOOKING_REQUESTED", "BOOKING_RESCHEDULED"]


def test_who_was_absent_is_noted_once_the_booking_has_begun(cal, receiver):
    uid = cal.booked("10:00")["uid"]
    absent = [{"email": "lena@example.com", "absent": True}]

    too_early = decide(cal, uid, "mark-absent", attendees=absent)
    cal.simulator.set_clock(NOW + timedelta(hours=3, minutes=1))
    noted = decide(cal, uid, "mark-absent", attendees=absent, host=True)

    assert too_early.status_code == 400
    assert noted.json()["data"]["attendees"][0]["absent"] is True
    assert noted.json()["data"]["absentHost"] is True
    told = receiver.events[-1]
    assert told.trigger == "BOOKING_NO_SHOW_UPDATED"
    assert set(told.payload) == {"message", "attendees", "bookingUid", "bookingId"}
    assert told.payload["attendees"] == [{"email": "lena@example.com", "noShow": True}]
    assert told.payload["bookingUid"] == uid


def test_a_round_robins_booking_goes_to_another_free_host(cal, receiver):
    share_a_type(cal)
    booked = cal.booked("10:00", ROUND_ROBIN)

    answer = decide(cal, booked["uid"], "reassign")
    nobody = decide(cal, cal.booked("14:00", CUT)["uid"], "reassign")

    assert booked["hosts"][0]["id"] == MARA
    assert answer.json()["data"]["bookingUid"] == booked["uid"]
    assert answer.json()["data"]["reassignedTo"]["id"] == JONAS
    assert cal.get(booked["uid"])["hosts"][0]["id"] == JONAS
    assert nobody.status_code == 400
    told = receiver.events[1]
    assert told.trigger == "BOOKING_REASSIGNED"
    assert (told.payload["addedHostUserIds"], told.payload["removedHostUserIds"]) == (
        [JONAS],
        [MARA],
    )


def test_after_a_reassignment_the_old_hosts_time_is_blocked_by_the_key(cal):
    share_a_type(cal)
    booked = cal.booked("10:00", ROUND_ROBIN)
    decide(cal, booked["uid"], f"reassign/{JONAS}", reason="Mara ist krank")

    assert "10:00" in cal.starts()
    answer = cal.book("10:00", attendee=attendee(email="eva@example.com"))
    assert answer.json()["message"] == "An error occurred while querying the database."


def test_a_booking_is_given_to_hosts_of_its_round_robin_only(cal):
    share_a_type(cal)
    uid = cal.booked("10:00", ROUND_ROBIN)["uid"]
    cal.simulator.seed(account="other", users=[{"id": 9001, "api_key": "cal_other"}])

    assert decide(cal, uid, "reassign/9001").status_code == 400
    forbidden = decide(cal, uid, f"reassign/{JONAS}", key="cal_other")
    assert forbidden.status_code == 403
    assert message_of(forbidden) == "You do not have permission to reassign this booking"


def test_another_place_must_be_one_of_the_event_types(cal, receiver):
    places = [
        {"type": "address", "address": "Am Markt 1", "public": True},
        {"type": "link", "link": "https://salon.example/raum", "public": True},
    ]
    cal.simulator.seed(event_types=[{"id": CUT, "locations": places}])
    uid = cal.booked("10:00")["uid"]

    moved = decide(cal, uid, "location", method="PATCH", location={"type": "link"})
    unknown = decide(cal, uid, "location", method="PATCH", location={"type": "phone"})

    assert moved.json()["data"]["location"] == "https://salon.example/raum"
    assert unknown.status_code == 400
    told = receiver.events[1]
    assert told.trigger == "BOOKING_LOCATION_UPDATED"
    assert told.payload["previousLocation"] == "Am Markt 1"
    assert told.payload["location"] == "https://salon.example/raum"


def test_attendees_have_numbers_only_among_themselves(cal):
    uid = cal.booked("10:00", guests=["eva@example.com"])["uid"]
    ida = {"name": "Ida", "email": "ida@example.com", "timeZone": "Europe/Berlin"}

    added = decide(cal, uid, "attendees", **ida)
    again = decide(cal, uid, "attendees", **ida)
    listed = cal.ask("GET", f"/v2/bookings/{uid}/attendees").json()["data"]
    one = cal.ask("GET", f"/v2/bookings/{uid}/attendees/{listed[2]['id']}")
    missing = cal.ask("GET", f"/v2/bookings/{uid}/attendees/1")

    assert (added.status_code, again.status_code, missing.status_code) == (201, 400, 404)
    assert [each["email"] for each in listed] == [
        "lena@example.com",
        "eva@example.com",
        "ida@example.com",
    ]
    assert one.json()["data"] == listed[2] == added.json()["data"]
    assert all("id" not in each for each in cal.get(uid)["attendees"])


def test_guests_are_added_ten_at_once_and_thirty_in_all(cal):
    uid = cal.booked("10:00")["uid"]

    def add(first: int, count: int) -> requests.Response:
        guests = [{"email": f"g{number}@example.com"} for number in range(first, first + count)]
        return decide(cal, uid, "guests", guests=guests)

    answers = [add(0, 11), add(0, 10), add(10, 10), add(20, 10), add(30, 1)]

    assert [answer.status_code for answer in answers] == [400, 200, 200, 200, 400]
    assert len(cal.get(uid)["attendees"]) == 31
    assert decide(cal, uid, "guests", guests=[{"name": "x"}]).status_code == 400


def test_what_the_oldest_version_lacks_is_not_found(cal):
    uid = cal.booked("10:00")["uid"]

    for path in ("attendees", "guests", "location"):
        answer = cal.ask("POST", f"/v2/bookings/{uid}/{path}", version=None, json={})
        assert answer.status_code == 404
        assert message_of(answer).startswith("Cannot POST")
