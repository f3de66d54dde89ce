"""The contract with Cal.com, check by check: what our client relies on, nothing of ours in it.

Each runs against the simulator, and against the real service where `checked.py` finds one.
What a check books, it cancels.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from tests.contract.checked import (
    BERLIN,
    MINUTES,
    NOBODY,
    NOTICE,
    REAL,
    Service,
    real_service,
    simulated_service,
    subscriber_of,
)
from tests.contract.receiving import SECRET
from tests.contract.simulated import SLOTS, message_of

TAKEN = "User either already has booking at this time or is not available"
PAGINATION = {
    "returnedItems",
    "totalItems",
    "itemsPerPage",
    "remainingItems",
    "currentPage",
    "totalPages",
    "hasNextPage",
    "hasPreviousPage",
}
TRIGGERS = ["BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED"]


@pytest.fixture(params=["simulator", REAL])
def calcom(request) -> Iterator[Service]:
    if request.param == "simulator":
        with simulated_service() as service:
            yield service
            service.clean_up()
    else:
        service = real_service()
        try:
            yield service
        finally:
            service.clean_up()


def test_01_a_good_key_knows_its_owner(calcom):
    answer = calcom.ask("GET", "/v2/me")

    owner = answer.json()["data"]
    assert answer.status_code == 200
    assert isinstance(owner["id"], int)
    assert owner["timeZone"] in available_timezones()


def test_02_a_bad_key_is_a_401(calcom):
    answer = calcom.ask("GET", "/v2/me", key="cal_invalid")

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "UnauthorizedException"


def test_03_bookings_are_not_listed_without_a_key(calcom):
    answer = calcom.ask("GET", "/v2/bookings", key=None)

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "ForbiddenException"
    assert message_of(answer).startswith("PermissionsGuard")


def test_04_there_are_no_slots_without_a_version(calcom):
    answer = calcom.ask("GET", "/v2/slots", version=None, key=None)

    assert answer.status_code == 404
    assert message_of(answer).startswith("Cannot GET /v2/slots")


def test_05_slots_are_keyed_by_local_day_and_keep_the_notice(calcom):
    answer = calcom.slots()

    days = answer.json()["data"]
    first, last = calcom.now() + timedelta(minutes=NOTICE), calcom.now() + timedelta(days=9)
    assert answer.status_code == 200
    assert days
    for day, slots in days.items():
        for slot in slots:
            start = datetime.fromisoformat(slot["start"])
            assert slot["start"].startswith(day)
            assert start.utcoffset() == start.astimezone(ZoneInfo(BERLIN)).utcoffset()
            assert first <= start <= last


def test_06_a_range_is_as_long_as_the_event_type(calcom):
    days = calcom.slots(format="range").json()["data"]

    lengths = {
        datetime.fromisoformat(slot["end"]) - datetime.fromisoformat(slot["start"])
        for slots in days.values()
        for slot in slots
    }
    assert lengths == {timedelta(minutes=MINUTES)}


def test_07_an_unknown_key_of_a_slots_query_is_refused(calcom):
    answer = calcom.slots(foo=1)

    assert answer.status_code == 400
    assert "property foo should not exist" in message_of(answer)


def test_08_an_unknown_event_type_has_no_slots(calcom):
    answer = calcom.slots(eventTypeId=NOBODY)

    assert (answer.status_code, message_of(answer)) == (404, "Event Type not found")


def test_09_an_unknown_zone_is_refused(calcom):
    answer = calcom.slots(timeZone="Mars/Base")

    assert answer.status_code == 400
    assert "timeZone" in message_of(answer)


def test_10_an_unknown_booking_is_not_found(calcom):
    answer = calcom.ask("GET", "/v2/bookings/doesnotexist")

    assert answer.status_code == 404
    assert message_of(answer) == "Booking with uid=doesnotexist was not found in the database"


def test_11_an_empty_create_hears_what_it_lacks(calcom):
    answer = calcom.ask("POST", "/v2/bookings", json={})

    assert answer.status_code == 400
    assert "start property is wrong" in message_of(answer)
    assert "Either eventTypeId or eventTypeSlug + username" in message_of(answer)


def test_12_a_title_does_not_belong_at_the_top_of_a_create(calcom):
    answer = calcom.create("2031-01-01T10:00:00Z", title="Haarschnitt", eventTypeId=NOBODY)

    assert answer.status_code == 400
    assert "property title should not exist" in message_of(answer)


def test_13_metadata_has_at_most_fifty_keys(calcom):
    metadata = {f"key{number}": "x" for number in range(51)}

    answer = calcom.create("2031-01-01T10:00:00Z", metadata=metadata, eventTypeId=NOBODY)

    assert answer.status_code == 400
    assert "Metadata must have at most 50 keys" in message_of(answer)


def test_14_an_attendee_can_be_reached_somehow(calcom):
    attendee = {"name": "Eva Muster", "timeZone": BERLIN}

    answer = calcom.create("2031-01-01T10:00:00Z", attendee=attendee, eventTypeId=NOBODY)

    assert answer.status_code == 400
    assert "at least one contact method (email or phone number)" in message_of(answer)


def test_15_an_unknown_event_type_cannot_be_booked(calcom):
    answer = calcom.create("2031-01-01T10:00:00Z", eventTypeId=NOBODY)

    assert answer.status_code == 404
    assert message_of(answer) == f"Event type with id {NOBODY} not found."


def test_16_a_listed_slot_can_be_booked(calcom):
    start = calcom.starts()[0]

    answer = calcom.create(start, metadata={"source": "contract"})

    booking = answer.json()["data"]
    end = datetime.fromisoformat(booking["end"])
    assert answer.status_code == 201
    assert booking["uid"]
    assert booking["status"] == "accepted"
    assert end - datetime.fromisoformat(booking["start"]) == timedelta(minutes=MINUTES)
    assert booking["metadata"]["source"] == "contract"
    assert booking["attendees"][0]["email"].endswith("@example.com")


def test_17_a_taken_slot_is_a_400(calcom):
    start = calcom.starts()[0]
    calcom.booked(start)

    answer = calcom.create(start)

    assert (answer.status_code, message_of(answer)) == (400, TAKEN)


def test_18_a_booked_start_is_gone_but_for_its_own_move(calcom):
    start = calcom.starts()[0]
    booking = calcom.booked(start)
    calcom.let_slots_expire()

    assert start not in calcom.starts()
    assert start in calcom.starts(bookingUidToReschedule=booking["uid"])


def test_19_too_soon_and_past_are_two_refusals(calcom):
    too_soon = calcom.create(calcom.now() + timedelta(minutes=5))
    past = calcom.create(calcom.now() - timedelta(days=1))

    assert too_soon.status_code == past.status_code == 400
    assert 'can\'t be booked at the "start" time provided' in message_of(too_soon)
    assert "in the past" in message_of(past)


def test_20_an_event_type_of_one_length_has_no_other(calcom):
    answer = calcom.create(calcom.starts()[0], lengthInMinutes=45)

    assert answer.status_code == 400
    assert message_of(answer).startswith("Can't specify 'lengthInMinutes'")


def test_21_a_booking_is_listed_by_its_attendee(calcom):
    booking = calcom.booked(calcom.starts()[0])
    query = {"attendeeEmail": booking["attendees"][0]["email"], "status": "upcoming"}

    listed = calcom.ask("GET", "/v2/bookings", params=query)
    too_many = calcom.ask("GET", "/v2/bookings", params=query | {"take": 251})

    assert listed.status_code == 200
    assert [each["uid"] for each in listed.json()["data"]] == [booking["uid"]]
    assert set(listed.json()["pagination"]) == PAGINATION
    assert (too_many.status_code, message_of(too_many)) == (400, "Bad Request Exception")


def test_22_a_move_makes_a_new_booking(calcom):
    first, second, third = calcom.starts()[:3]
    old = calcom.booked(first)

    answer = calcom.reschedule(old["uid"], second, reschedulingReason="contract check")
    new = answer.json()["data"]
    left = calcom.get(old["uid"])
    again = calcom.reschedule(old["uid"], third)

    assert answer.status_code == 201
    assert new["uid"] != old["uid"]
    assert new["rescheduledFromUid"] == old["uid"]
    assert (left["status"], left["rescheduledToUid"]) == ("cancelled", new["uid"])
    assert again.status_code == 400
    assert new["uid"] in message_of(again)


def test_23_a_host_cancels_once_and_with_a_reason(calcom):
    uid = calcom.booked(calcom.starts()[0])["uid"]

    unexplained = calcom.cancel(uid)
    cancelled = calcom.cancel(uid, cancellationReason="contract check")
    again = calcom.cancel(uid, cancellationReason="contract check")

    assert unexplained.status_code == 400
    assert set(unexplained.json()) == {"statusCode", "message"}
    assert cancelled.status_code == 200
    assert cancelled.json()["data"]["status"] == "cancelled"
    assert again.status_code == 400
    assert message_of(again).startswith("Can't cancel booking")


def test_24_a_slot_is_reserved_once(calcom):
    path = "/v2/slots/reservations"
    body = {
        "eventTypeId": calcom.event_type_id,
        "slotStart": calcom.starts()[-1].astimezone(ZoneInfo("UTC")).isoformat(),
    }

    reserved = calcom.ask("POST", path, version=SLOTS, key=None, json=body)
    again = calcom.ask("POST", path, version=SLOTS, key=None, json=body)
    uid = reserved.json()["data"]["reservationUid"]
    shown = calcom.ask("GET", f"{path}/{uid}", version=SLOTS, key=None)
    gone = calcom.ask("DELETE", f"{path}/{uid}", version=SLOTS, key=None)

    until = datetime.fromisoformat(reserved.json()["data"]["reservationUntil"])
    assert (reserved.status_code, again.status_code) == (201, 422)
    assert abs(until - calcom.now() - timedelta(minutes=5)) < timedelta(minutes=1)
    assert shown.status_code == gone.status_code == 200
    assert shown.json()["data"]["reservationUid"] == uid


def test_25_subscribers_hear_of_each_change_once(calcom):
    with subscriber_of(calcom) as receiver:
        given = {"subscriberUrl": receiver.url, "triggers": TRIGGERS, "active": True}
        made = calcom.ask("POST", "/v2/webhooks", json=given | {"secret": SECRET})
        webhook = f"/v2/webhooks/{made.json()['data']['id']}"
        try:
            first, second = calcom.starts()[:2]
            old = calcom.booked(first)
            new = calcom.reschedule(old["uid"], second).json()["data"]
            calcom.cancel(new["uid"], cancellationReason="contract check")
            events = receiver.wait_for(3)
        finally:
            calcom.ask("DELETE", webhook)

    by_trigger = {event.trigger: event.payload for event in events}
    assert made.status_code == 201
    assert len(events) == 3
    assert set(by_trigger) == set(TRIGGERS)
    assert all(event.is_signed_with(SECRET) for event in events)
    assert by_trigger["BOOKING_CREATED"]["uid"] == old["uid"]
    assert by_trigger["BOOKING_RESCHEDULED"]["uid"] == new["uid"]
    assert by_trigger["BOOKING_RESCHEDULED"]["rescheduleUid"] == old["uid"]
    assert by_trigger["BOOKING_CANCELLED"]["uid"] == new["uid"]


def test_26_answers_say_what_is_left_of_the_rate_limit(calcom):
    headers = calcom.ask("GET", "/v2/me").headers

    limit = int(headers["X-RateLimit-Limit-Default"])
    assert 0 <= int(headers["X-RateLimit-Remaining-Default"]) < limit
    assert int(headers["X-RateLimit-Reset-Default"]) <= 60


def test_28_of_two_equal_creates_at_once_one_is_taken(calcom):
    start = calcom.starts()[0]
    if calcom.simulator:
        calcom.simulator.switch(overlap_race_double_books=True)

    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda _: calcom.create(start), range(2)))

    taken, other = sorted(answer.status_code for answer in answers)
    assert taken == 201
    assert other in {400, 409}
