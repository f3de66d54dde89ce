"""The simulator cancels and moves bookings like Cal.com."""

from collections.abc import Iterator

import pytest

from tests.contract.simulated import TAKEN, Salon, message_of, seed, simulated_salon, utc


@pytest.fixture
def cal() -> Iterator[Salon]:
    with simulated_salon() as salon:
        yield salon


def test_cancelling_is_asked_for_a_reason_done_once_and_frees_the_slot(cal):
    uid = cal.booked("10:00")["uid"]

    without_reason = cal.cancel(uid)
    cancelled = cal.cancel(uid, cancellationReason="Kundin krank")
    again = cal.cancel(uid, cancellationReason="Kundin krank")

    assert without_reason.status_code == 400
    assert without_reason.json() == {
        "statusCode": 400,
        "message": "Cancellation reason is required",
    }
    data = cancelled.json()["data"]
    assert cancelled.status_code == 200
    assert (data["uid"], data["status"]) == (uid, "cancelled")
    assert data["cancellationReason"] == "Kundin krank"
    assert data["cancelledByEmail"] == "mara@salon.example"
    assert again.status_code == 400
    assert message_of(again).startswith(f"Can't cancel booking with uid={uid} because it has been")
    assert cal.book("10:00").status_code == 201


def test_who_is_not_the_host_needs_no_reason_to_cancel(cal):
    uid = cal.booked("10:00")["uid"]

    assert cal.cancel(uid, key=None).status_code == 200


def test_cancelling_knows_its_own_not_found_and_its_own_keys(cal):
    uid = cal.booked("10:00")["uid"]

    unknown = cal.cancel("doesnotexist", cancellationReason="x")
    misspelt = cal.cancel(uid, reason="x")

    assert unknown.status_code == 404
    assert message_of(unknown) == "Booking with uid=doesnotexist not found"
    assert message_of(misspelt) == "reason property is wrong,property reason should not exist "


def test_what_has_ended_cannot_be_cancelled(cal):
    uid = cal.booked("10:00")["uid"]
    cal.simulator.set_clock(cal.simulator.world.clock.now().replace(hour=18))

    answer = cal.cancel(uid, cancellationReason="x")

    assert answer.json() == {
        "statusCode": 400,
        "message": "Cannot cancel a booking that has already ended",
    }


def test_a_move_makes_a_new_booking_and_cancels_the_old_one(cal):
    old = cal.booked("10:00", metadata={"source": "voice"})

    answer = cal.reschedule(old["uid"], "10:15", reschedulingReason="Stau")

    new = answer.json()["data"]
    left = cal.get(old["uid"])
    assert answer.status_code == 201
    assert new["uid"] != old["uid"]
    assert (new["start"], new["end"], new["status"]) == (utc("10:15"), utc("10:45"), "accepted")
    assert new["rescheduledFromUid"] == old["uid"]
    assert new["reschedulingReason"] == "Stau"
    assert new["metadata"] == {"source": "voice"}
    assert new["attendees"] == old["attendees"]
    assert (left["status"], left["rescheduledToUid"]) == ("cancelled", new["uid"])
    assert (left["start"], left["end"]) == (utc("10:00"), utc("10:30"))


def test_a_move_keeps_the_bookings_length_not_the_types(cal):
    old = cal.booked("10:00")
    seed(cal.simulator, lengthInMinutes=50)

    new = cal.reschedule(old["uid"], "12:00").json()["data"]

    assert new["duration"] == 30


def test_a_moved_booking_cannot_be_moved_again_by_its_old_uid(cal):
    old = cal.booked("10:00")
    new = cal.reschedule(old["uid"], "11:00").json()["data"]

    again = cal.reschedule(old["uid"], "12:00")
    chained = cal.reschedule(new["uid"], "12:00")

    assert again.status_code == 400
    assert f"rescheduled already to booking with uid={new['uid']}" in message_of(again)
    assert chained.json()["data"]["rescheduledFromUid"] == new["uid"]


def test_a_cancelled_booking_cannot_be_moved(cal):
    uid = cal.booked("10:00")["uid"]
    cal.cancel(uid, cancellationReason="x")

    answer = cal.reschedule(uid, "11:00")

    assert answer.status_code == 400
    assert message_of(answer) == (
        f"Can't reschedule booking with uid={uid} because it has been cancelled. Please provide "
        "uid of a booking that is not cancelled."
    )


def test_a_move_to_a_taken_time_changes_nothing(cal):
    moving, other = cal.booked("10:00"), cal.booked("12:00")

    answer = cal.reschedule(moving["uid"], "12:15")
    unknown = cal.reschedule("doesnotexist", "13:00")

    assert (answer.status_code, message_of(answer)) == (400, TAKEN)
    assert unknown.status_code == 404
    assert cal.uids(status="upcoming") == [moving["uid"], other["uid"]]
