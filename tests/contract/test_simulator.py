"""The simulator answers like Cal.com: versions, keys, slots, and what it says no to."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.contract.simulated import (
    CUT,
    EVENT_TYPES,
    MARA,
    Salon,
    at,
    attendee,
    message_of,
    seed,
    simulated_salon,
)

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def cal() -> Iterator[Salon]:
    with simulated_salon() as salon:
        yield salon


def test_a_good_key_knows_who_it_belongs_to(cal):
    answer = cal.ask("GET", "/v2/me", version=None)

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "success",
        "data": {
            "id": MARA,
            "username": "mara",
            "email": "mara@salon.example",
            "name": "Mara",
            "avatarUrl": None,
            "bio": None,
            "timeFormat": 24,
            "defaultScheduleId": 1,
            "weekStart": "Monday",
            "timeZone": "Europe/Berlin",
            "organizationId": None,
        },
    }


@pytest.mark.parametrize("path", ["/v2/me", "/v2/bookings", "/v2/bookings/x", "/v2/event-types"])
def test_a_bad_key_is_refused_even_where_none_is_needed(cal, path):
    version = EVENT_TYPES if path == "/v2/event-types" else "2024-08-13"

    answer = cal.ask("GET", path, key="cal_invalid", version=version)

    assert answer.status_code == 401
    message = "ApiAuthStrategy - api key - Your api key is not valid"
    body = answer.json()
    assert body.pop("timestamp").endswith("Z")
    assert body == {
        "status": "error",
        "path": path,
        "error": {
            "code": "UnauthorizedException",
            "message": message,
            "details": {"message": message, "error": "Unauthorized", "statusCode": 401},
        },
    }


def test_listing_without_a_key_is_forbidden_not_unauthorized(cal):
    answer = cal.ask("GET", "/v2/bookings", key=None)

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "ForbiddenException"
    assert message_of(answer).startswith("PermissionsGuard - no authentication provided.")


def test_who_am_i_without_a_key_is_unauthorized(cal):
    answer = cal.ask("GET", "/v2/me", key=None)

    assert answer.status_code == 401
    assert message_of(answer).startswith("ApiAuthStrategy - No authentication method provided.")


@pytest.mark.parametrize("version", [None, "2024-08-13", "2030-01-01"])
def test_slots_exist_in_one_version_only(cal, version):
    answer = cal.slots(version=version)

    assert answer.status_code == 404
    assert message_of(answer).startswith("Cannot GET /v2/slots?eventTypeId=3001&")


def test_slots_are_keyed_by_day_and_keep_the_zones_offset(cal):
    seed(cal.simulator, minimumBookingNotice=150)

    answer = cal.slots(start="2030-01-08", end="2030-01-09")

    data = answer.json()["data"]
    starts = [datetime.fromisoformat(slot["start"]) for day in data.values() for slot in day]
    assert answer.status_code == 200
    assert set(data) == {"2030-01-08", "2030-01-09"}
    assert all(slot["start"].startswith(day) for day in data for slot in data[day])
    assert all(slot["start"].endswith(":00.000+01:00") for day in data.values() for slot in day)
    assert starts[0] == datetime(2030, 1, 8, 9, 30, tzinfo=BERLIN)
    assert starts[-1] == datetime(2030, 1, 9, 18, 30, tzinfo=BERLIN)


def test_slots_as_ranges_are_as_long_as_the_event_type(cal):
    first = cal.slots(format="range").json()["data"]["2030-01-08"][0]

    assert first == {
        "start": "2030-01-08T09:00:00.000+01:00",
        "end": "2030-01-08T09:30:00.000+01:00",
    }


def test_slots_reject_unknown_keys(cal):
    answer = cal.slots(foo=1)

    assert answer.status_code == 400
    assert message_of(answer) == "foo property is wrong,property foo should not exist "


def test_a_way_of_naming_the_event_type_makes_the_other_ones_unknown(cal):
    answer = cal.slots(username="mara")

    assert message_of(answer) == "username property is wrong,property username should not exist "


def test_slots_of_an_unknown_event_type_are_not_found(cal):
    answer = cal.slots(eventTypeId=999999999)

    assert answer.status_code == 404
    assert message_of(answer) == "Event Type not found"


def test_slots_in_a_zone_nobody_lives_in_are_a_bad_request(cal):
    answer = cal.slots(timeZone="Mars/Base")

    assert answer.status_code == 400
    assert message_of(answer) == (
        "timeZone property is wrong,timeZone must be a valid IANA time-zone "
    )


def test_slots_of_a_backward_window_are_a_bad_request(cal):
    answer = cal.slots(start=at("12:00"), end=at("10:00"))

    assert answer.status_code == 400
    assert message_of(answer).startswith("Invalid time range given")


def test_an_unknown_booking_is_not_found(cal):
    answer = cal.ask("GET", "/v2/bookings/doesnotexist", key=None)

    assert answer.status_code == 404
    assert message_of(answer) == "Booking with uid=doesnotexist was not found in the database"


def test_an_empty_create_is_told_everything_that_is_wrong(cal):
    answer = cal.ask("POST", "/v2/bookings", json={})

    assert answer.status_code == 400
    assert message_of(answer).startswith("start property is wrong,")
    assert message_of(answer).endswith(
        "Either eventTypeId or eventTypeSlug + username or eventTypeSlug + teamSlug must be "
        "provided "
    )


def test_a_title_belongs_into_the_booking_fields(cal):
    refused = cal.book("10:00", title="Haarschnitt")
    accepted = cal.booked("10:00", bookingFieldsResponses={"title": "Haarschnitt"})

    assert refused.status_code == 400
    assert message_of(refused) == "title property is wrong,property title should not exist "
    assert accepted["title"] == "Haarschnitt"


@pytest.mark.parametrize(
    "metadata",
    [
        {f"key{number}": "x" for number in range(51)},
        {"k" * 41: "x"},
        {"key": "x" * 501},
        {"key": {"nested": "x"}},
        {"key": None},
        ["x"],
    ],
    ids=["51 keys", "long key", "long value", "nested", "null", "a list"],
)
def test_metadata_has_limits(cal, metadata):
    answer = cal.book(event_type=999999999, metadata=metadata)

    assert answer.status_code == 400
    assert (
        "Metadata must have at most 50 keys, each key up to 40 characters, and string values up "
        "to 500 characters." in message_of(answer)
    )


def test_numbers_and_booleans_pass_as_metadata(cal):
    booking = cal.booked(metadata={"number": 5, "flag": True, "text": "x" * 500})

    assert booking["metadata"] == {"number": 5, "flag": True, "text": "x" * 500}


def test_an_attendee_needs_an_email_or_a_phone(cal):
    nobody = {"name": "Lena", "timeZone": "Europe/Berlin"}

    answer = cal.book(attendee=nobody)

    assert answer.status_code == 400
    assert "Attendee must have at least one contact method (email or phone number)" in message_of(
        answer
    )


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"email": ""}, "email must be an email"),
        ({"phoneNumber": "0171"}, "phoneNumber must be a valid phone number"),
        ({"timeZone": "Berlin"}, "timeZone must be a valid IANA time-zone"),
        ({"nickname": "Lele"}, "property nickname should not exist"),
    ],
)
def test_a_wrong_attendee_is_named_inside_the_attendee(cal, wrong, text):
    answer = cal.book(attendee=attendee(phoneNumber="+491713920043") | wrong)

    property_name = next(iter(wrong))
    assert answer.status_code == 400
    assert message_of(answer) == (
        f"attendee property is wrong, {property_name} property is wrong,{text} "
    )


def test_a_personal_event_type_needs_an_email_whatever_the_input_allows(cal):
    by_phone = {"name": "Lena", "timeZone": "Europe/Berlin", "phoneNumber": "+491713920043"}

    answer = cal.book(attendee=by_phone)

    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "code": "BAD_REQUEST",
        "message": "responses - {email}error_required_field, ",
    }


def test_an_unknown_event_type_cannot_be_booked(cal):
    answer = cal.book(event_type=999999999)

    assert answer.status_code == 404
    assert message_of(answer) == "Event type with id 999999999 not found."


@pytest.mark.parametrize(
    ("named", "text"),
    [
        (
            {"eventTypeSlug": "perm", "username": "mara"},
            "Event type with slug perm belonging to user mara not found.",
        ),
        ({"eventTypeSlug": "cut", "username": "zoe"}, "User with username zoe not found"),
        ({"eventTypeSlug": "cut", "teamSlug": "salon"}, "Team with slug salon not found"),
    ],
)
def test_what_is_named_by_slug_may_be_unknown_too(cal, named, text):
    body = {"start": at("10:00"), "attendee": attendee()} | named

    answer = cal.ask("POST", "/v2/bookings", json=body)

    assert answer.status_code == 404
    assert message_of(answer) == text


def test_a_create_without_a_version_is_checked_like_the_oldest_one(cal):
    body = {"start": at("10:00"), "eventTypeId": CUT, "attendee": attendee()}

    answer = cal.ask("POST", "/v2/bookings", version=None, json=body)

    error = answer.json()["error"]
    assert answer.status_code == 400
    assert error["message"] == "Bad Request Exception"
    assert [problem["property"] for problem in error["details"]["errors"]] == [
        "timeZone",
        "language",
        "metadata",
    ]


def test_the_oldest_version_has_no_reschedule(cal):
    answer = cal.ask("POST", "/v2/bookings/x/reschedule", version=None, json={})

    assert answer.status_code == 404
    assert message_of(answer) == "Cannot POST /v2/bookings/x/reschedule"


@pytest.mark.parametrize(
    ("method", "path", "version"),
    [
        ("GET", "/v2/organizations/1/webhooks", None),
        ("GET", "/v2/bookings/x/recordings", "2024-08-13"),
        ("GET", "/v2/bookings/x", "2024-04-15"),
        ("GET", "/v2/event-types", None),
        ("GET", "/v2/schedules", None),
        ("POST", "/v2/teams", None),
    ],
)
def test_what_is_not_simulated_says_so(cal, method, path, version):
    answer = cal.ask(method, path, version=version)

    assert answer.status_code == 501
    assert "is not simulated, see docs/simulator.md" in message_of(answer)


def test_what_never_existed_is_not_found(cal):
    answer = cal.ask("GET", "/v2/nonsense")

    assert answer.status_code == 404
    assert message_of(answer) == "Cannot GET /v2/nonsense"


def test_a_body_that_is_no_json_is_a_bad_request(cal):
    answer = cal.ask("POST", "/v2/bookings", data="{")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "BadRequestException"


def test_every_answer_carries_what_is_left_of_the_rate_limit(cal):
    first, second = (cal.ask("GET", "/v2/me") for _ in range(2))

    assert first.headers["X-RateLimit-Limit-Default"] == "120"
    assert first.headers["X-RateLimit-Remaining-Default"] == "119"
    assert first.headers["X-RateLimit-Reset-Default"] == "60"
    assert second.headers["X-RateLimit-Remaining-Default"] == "118"
