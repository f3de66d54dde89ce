"""The simulator books like Cal.com."""

from collections.abc import Iterator

import pytest

from tests.contract.simulated import (
    COLOUR,
    CUT,
    CUT_OF_JONAS,
    EVENT_TYPES,
    MARA,
    TAKEN,
    Salon,
    at,
    attendee,
    message_of,
    seed,
    simulated_salon,
    utc,
)


@pytest.fixture
def cal() -> Iterator[Salon]:
    with simulated_salon() as salon:
        yield salon


def test_a_booking_is_answered_in_full(cal):
    answer = cal.book(
        "10:00",
        attendee=attendee(phoneNumber="+491713920043", language="de"),
        bookingFieldsResponses={"notes": "Ansatz"},
        metadata={"source": "voice"},
        location="Musterstr. 1",
    )

    data = answer.json()["data"]
    uid = data["uid"]
    assert answer.status_code == 201
    assert len(uid) == 22
    assert data == {
        "id": 1,
        "uid": uid,
        "title": "Cut between Mara and Lena Vogt",
        "description": "Ansatz",
        "hosts": [
            {
                "id": MARA,
                "name": "Mara",
                "email": "mara@salon.example",
                "displayEmail": "mara@salon.example",
                "username": "mara",
                "timeZone": "Europe/Berlin",
            }
        ],
        "status": "accepted",
        "cancellationReason": "",
        "cancelledByEmail": "",
        "rescheduledByEmail": None,
        "start": "2030-01-08T09:00:00.000Z",
        "end": "2030-01-08T09:30:00.000Z",
        "duration": 30,
        "eventTypeId": CUT,
        "eventType": {"id": CUT, "slug": "cut"},
        "meetingUrl": "Musterstr. 1",
        "location": "Musterstr. 1",
        "absentHost": False,
        "createdAt": "2030-01-08T06:00:00.000Z",
        "updatedAt": "2030-01-08T06:00:00.000Z",
        "metadata": {"source": "voice"},
        "icsUid": f"{uid}@Cal.com",
        "attendees": [
            {
                "name": "Lena Vogt",
                "email": "lena@example.com",
                "displayEmail": "lena@example.com",
                "timeZone": "Europe/Berlin",
                "language": "de",
                "absent": False,
                "phoneNumber": "+491713920043",
            }
        ],
        "bookingFieldsResponses": {
            "name": "Lena Vogt",
            "email": "lena@example.com",
            "notes": "Ansatz",
            "attendeePhoneNumber": "+491713920043",
            "displayEmail": "lena@example.com",
        },
        "isPlatformManagedUserBooking": False,
    }
    assert cal.get(uid) == {
        key: value for key, value in data.items() if key != "isPlatformManagedUserBooking"
    }


def test_a_type_can_be_named_by_its_slug_and_its_owner(cal):
    body = {"start": at("10:00"), "attendee": attendee()}

    answer = cal.ask(
        "POST",
        "/v2/bookings",
        key=None,
        json=body | {"eventTypeSlug": "cut", "username": "jonas"},
    )

    assert answer.status_code == 201
    assert answer.json()["data"]["eventTypeId"] == CUT_OF_JONAS


def test_a_taken_slot_is_a_bad_request_and_not_a_conflict(cal):
    cal.booked("10:00")

    answer = cal.book("10:00", attendee=attendee(email="eva@example.com"))

    assert answer.status_code == 400
    assert message_of(answer) == TAKEN


@pytest.mark.parametrize(
    ("start", "event_type", "free"),
    [
        ("09:30", CUT, True),
        ("09:31", CUT, False),
        ("10:29", CUT, False),
        ("10:30", CUT, True),
        ("09:15", COLOUR, False),
        ("10:00", CUT_OF_JONAS, True),
    ],
)
def test_what_overlaps_is_taken_whatever_the_grid_and_the_type(cal, start, event_type, free):
    cal.booked("10:00")

    answer = cal.book(start, event_type, attendee=attendee(email="eva@example.com"))

    assert answer.status_code == (201 if free else 400)


@pytest.mark.parametrize("start", ["08:30", "18:45", "20:00"])
def test_outside_the_hours_reads_like_taken(cal, start):
    answer = cal.book(start)

    assert answer.status_code == 400
    assert message_of(answer) == TAKEN


def test_the_past_and_the_notice_have_texts_of_their_own(cal):
    seed(cal.simulator, minimumBookingNotice=240)

    too_soon = cal.book("10:00")
    past = cal.book("06:00")

    assert too_soon.status_code == 400
    assert message_of(too_soon).startswith(
        'The event type can\'t be booked at the "start" time provided.'
    )
    assert past.status_code == 400
    assert message_of(past) == "Attempting to book a meeting in the past."


def test_one_length_is_not_to_be_chosen(cal):
    answer = cal.book("10:00", lengthInMinutes=45)

    assert answer.status_code == 400
    assert message_of(answer).startswith(
        "Can't specify 'lengthInMinutes' because event type does not have multiple possible"
    )


def test_of_several_lengths_one_may_be_chosen(cal):
    seed(cal.simulator, lengthInMinutesOptions=[30, 45])

    chosen = cal.booked("10:00", lengthInMinutes=45)
    refused = cal.book("12:00", lengthInMinutes=50)

    assert (chosen["duration"], chosen["end"]) == (45, utc("10:45"))
    assert message_of(refused).endswith("The possible lengths are: 30, 45")


def test_required_fields_are_asked_for(cal):
    field = {"type": "number", "slug": "age", "required": True}
    seed(cal.simulator, bookingFields=[field])

    missing = cal.book("10:00")
    wrong = cal.book("10:00", bookingFieldsResponses={"age": "ten"})
    right = cal.book("10:00", bookingFieldsResponses={"age": 10})

    assert message_of(missing).startswith("Missing required booking field response: age - ")
    assert message_of(wrong) == (
        "Invalid type for booking field 'age'. Expected type number (compatible with field type "
        "'number'), but received string."
    )
    assert right.status_code == 201


def test_required_system_fields_are_missed_by_the_engine(cal):
    seed(cal.simulator, bookingFields=[{"type": "notes", "slug": "notes", "required": True}])

    answer = cal.book("10:00")

    assert answer.json()["error"] == {
        "code": "BAD_REQUEST",
        "message": "responses - {notes}error_required_field, ",
    }


def test_a_required_phone_is_asked_for_in_the_attendee(cal):
    phone = {"type": "phone", "slug": "attendeePhoneNumber", "required": True}
    seed(cal.simulator, bookingFields=[phone])

    assert message_of(cal.book("10:00")).startswith("Missing attendee phone number - ")
    assert cal.book("10:00", attendee=attendee(phoneNumber="+491713920043")).status_code == 201


def test_only_offered_answers_and_places_are_accepted(cal):
    option = {"type": "select", "slug": "size", "options": ["S", "M"]}
    seed(cal.simulator, bookingFields=[option], locations=[{"type": "address", "address": "Weg 1"}])

    wrong_option = cal.book("10:00", bookingFieldsResponses={"size": "A"})
    wrong_place = cal.book("10:00", location={"type": "link"})
    right = cal.booked("10:00", bookingFieldsResponses={"size": "S"})

    assert message_of(wrong_option) == (
        "Invalid option 'A' for booking field 'size'. Allowed options are: S, M."
    )
    assert message_of(wrong_place).startswith(
        f"Booking location with type link not valid for event type with id={CUT}."
    )
    assert right["location"] == "Weg 1"


def test_a_type_for_phones_makes_an_email_of_the_number(cal):
    seed(cal.simulator, phoneOnly=True)
    by_phone = {"name": "Lena", "timeZone": "Europe/Berlin", "phoneNumber": "+491713920043"}

    booked = cal.booked("10:00", attendee=by_phone)

    assert booked["attendees"][0]["email"] == "491713920043@sms.cal.com"


def test_a_type_may_require_a_key(cal):
    seed(cal.simulator, bookingRequiresAuthentication=True)

    assert cal.book("10:00", key=None).status_code == 401
    assert cal.book("10:00").status_code == 201


def test_a_managed_parent_has_slots_but_cannot_be_booked(cal):
    seed(cal.simulator, schedulingType="managed")

    answer = cal.book("10:00")

    assert cal.starts()
    assert answer.status_code == 400
    assert message_of(answer).startswith(
        f"Event type with id={CUT} is the parent managed event type that can't be booked."
    )


def test_a_round_robin_takes_whoever_is_free_and_knows_a_repeated_wish(cal):
    seed(cal.simulator, hosts=[MARA, 7002], schedulingType="roundRobin")

    first = cal.booked("10:00")
    again = cal.booked("10:00")
    other = cal.booked("10:00", attendee=attendee(email="eva@example.com"))
    full = cal.book("10:00", attendee=attendee(email="ida@example.com"))

    assert again["uid"] == first["uid"]
    assert [first["hosts"][0]["id"], other["hosts"][0]["id"]] == [MARA, 7002]
    assert message_of(full).startswith("One of the hosts either already has booking")


def test_a_collective_needs_all_of_its_hosts(cal):
    seed(cal.simulator, hosts=[MARA, 7002], schedulingType="collective")
    cal.booked("10:00", CUT_OF_JONAS)

    assert cal.book("10:00").status_code == 400
    assert "10:00" not in cal.starts()


def test_a_booking_of_a_deleted_type_remains_and_names_none(cal):
    uid = cal.booked("10:00")["uid"]
    cal.ask("DELETE", f"/v2/event-types/{CUT}", version=EVENT_TYPES)

    booking = cal.get(uid)

    assert (booking["eventTypeId"], booking["eventType"]) == (None, None)
