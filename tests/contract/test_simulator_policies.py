"""Event types limit their bookings in the simulator as in Cal.com."""

from collections.abc import Iterator
from typing import Any

import pytest

from calcom.simulator import KnobError
from tests.contract.simulated import (
    CUT,
    TAKEN,
    Salon,
    at,
    attendee,
    message_of,
    simulated_salon,
)

EVA = attendee(name="Eva", email="eva@example.com")


@pytest.fixture
def cal() -> Iterator[Salon]:
    with simulated_salon() as salon:
        yield salon


def limit(cal: Salon, **policies: Any) -> None:
    cal.simulator.seed(event_types=[{"id": CUT, **policies}])


def days(cal: Salon, *, first: int = 8, last: int = 20) -> list[str]:
    query = {"start": at("09:00", day=first), "end": at("19:00", day=last)}
    return sorted(cal.slots(**query).json()["data"])


def test_a_days_limit_of_bookings_is_a_401_that_is_not_about_the_key(cal):
    limit(cal, bookingLimitsCount={"day": 1})
    cal.booked("10:00")

    answer = cal.book("14:00", attendee=EVA)

    assert answer.status_code == 401
    assert answer.json() == {"statusCode": 401, "message": "booking_limit_reached"}
    assert days(cal, last=9) == ["2030-01-09"]
    assert cal.ask("GET", "/v2/me").status_code == 200


@pytest.mark.parametrize(
    ("unit", "reached", "left"),
    [
        ("week", at("10:00", day=12), at("10:00", day=14)),
        ("month", at("10:00", day=31), "2030-02-01T09:00:00Z"),
        ("year", "2030-12-31T09:00:00Z", "2031-01-02T09:00:00Z"),
    ],
)
def test_a_limit_counts_in_its_own_period(cal, unit, reached, left):
    limit(cal, bookingLimitsCount={unit: 1})
    cal.booked("10:00")

    assert cal.book(start=reached).status_code == 401
    assert cal.book(start=left).status_code == 201


def test_a_limit_may_be_of_minutes(cal):
    limit(cal, bookingLimitsDuration={"day": 60})
    cal.booked("10:00")
    moving = cal.booked("11:00")

    answer = cal.book("14:00")

    assert answer.json() == {"statusCode": 401, "message": "duration_limit_reached"}
    assert cal.reschedule(moving["uid"], "15:00").status_code == 201


def test_one_booker_may_have_only_so_many_coming_bookings(cal):
    limit(cal, bookerActiveBookingsLimit={"maximumActiveBookings": 1, "offerReschedule": True})
    uid = cal.booked("10:00")["uid"]

    answer = cal.book("14:00")

    assert answer.status_code == 400
    assert message_of(answer).startswith(
        "Attendee with this email can't book because the maximum number of active bookings has "
        "been reached."
    )
    assert uid in message_of(answer)
    assert cal.book("14:00", attendee=EVA).status_code == 201


def test_a_window_of_calendar_days_ends_with_its_last_day(cal):
    limit(cal, bookingWindow={"type": "calendarDays", "value": 2})

    assert days(cal) == ["2030-01-08", "2030-01-09", "2030-01-10"]
    too_far = cal.book(start=at("09:00", day=11))
    assert message_of(too_far).startswith('The event type can\'t be booked at the "start" time')
    assert cal.book(start=at("18:30", day=10)).status_code == 201


def test_a_window_of_business_days_skips_the_weekend(cal):
    limit(cal, bookingWindow={"type": "businessDays", "value": 5})

    # Saturday can be booked, but is not counted; the fifth business day is the next Tuesday.
    assert days(cal)[-1] == "2030-01-15"


def test_a_window_of_dates_is_read_on_the_hosts_clock(cal):
    limit(cal, bookingWindow={"type": "range", "value": ["2030-01-10", "2030-01-11"]})

    assert days(cal) == ["2030-01-10", "2030-01-11"]
    assert cal.book("10:00").status_code == 400


def test_a_rolling_window_means_days_with_slots_and_limits_slots_only(cal):
    limit(cal, bookingWindow={"type": "calendarDays", "value": 6, "rolling": True})

    # Nobody works on Sunday the 13th, so the sixth day is a Monday.
    assert days(cal)[-1] == "2030-01-14"
    assert cal.book(start=at("10:00", day=31)).status_code == 201


def test_cancelling_and_moving_can_be_forbidden(cal):
    uid = cal.booked("10:00")["uid"]
    limit(cal, disableCancelling={"disabled": True}, disableRescheduling={"disabled": True})

    cancelled = cal.cancel(uid, cancellationReason="x")

    assert cancelled.json() == {
        "statusCode": 400,
        "message": "This event type does not allow cancellations",
    }
    assert cal.reschedule(uid, "11:00").status_code == 400
    assert cal.get(uid)["status"] == "accepted"


def test_moving_at_short_notice_can_be_forbidden_to_bookers(cal):
    uid = cal.booked("10:00")["uid"]
    limit(cal, disableRescheduling={"disabled": False, "minutesBefore": 240})
    path, body = f"/v2/bookings/{uid}/reschedule", {"start": at("11:00")}

    by_booker = cal.ask("POST", path, key=None, json=body)

    assert by_booker.status_code == 403
    assert by_booker.json()["statusCode"] == 403
    assert cal.ask("POST", path, json=body).status_code == 201


@pytest.mark.parametrize(
    "policies",
    [
        {"bookingWindow": {"type": "moonPhases", "value": 3}},
        {"bookingWindow": {"type": "range", "value": ["2030-01-10"]}},
        {"bookingLimitsCount": {"decade": 3}},
        {"bookingLimitsDuration": {"day": "many"}},
        {"confirmationPolicy": {"type": "time"}},
    ],
)
def test_a_policy_is_checked(cal, policies):
    with pytest.raises(KnobError):
        limit(cal, **policies)


def test_a_disabled_policy_limits_nothing(cal):
    limit(cal, bookingWindow={"disabled": True}, bookingLimitsCount={"disabled": True})

    assert cal.book(start=at("10:00", day=31)).status_code == 201


def flagged(cal: Salon, start: str, *, version: str = "2026-02-25", **flags: bool) -> Any:
    body = {"start": start, "eventTypeId": CUT, "attendee": EVA} | flags
    return cal.ask("POST", "/v2/bookings", version=version, json=body)


def test_a_host_may_pass_by_conflicts_bounds_and_limits(cal):
    limit(cal, minimumBookingNotice=600, bookingLimitsCount={"day": 1})
    far = at("10:00", day=9)
    assert cal.book(start=far).status_code == 201

    over_limit = flagged(cal, at("12:00", day=9), skipBookingLimits=True)
    overlapping = flagged(cal, at("10:15", day=9), skipBookingLimits=True, allowConflicts=True)
    too_soon = flagged(cal, at("10:00"), allowBookingOutOfBounds=True)

    assert [answer.status_code for answer in (over_limit, overlapping, too_soon)] == [201] * 3


def test_the_owners_flags_are_ignored_from_others_and_in_the_older_version(cal):
    limit(cal, minimumBookingNotice=600)
    body = {"start": at("10:00"), "eventTypeId": CUT, "attendee": EVA}
    by_anybody = cal.ask(
        "POST",
        "/v2/bookings",
        version="2026-02-25",
        key=None,
        json=body | {"allowBookingOutOfBounds": True},
    )
    older = flagged(cal, at("10:00"), version="2024-08-13", allowBookingOutOfBounds=True)

    assert (by_anybody.status_code, older.status_code) == (400, 400)


def test_even_with_the_flag_two_equal_bookings_clash(cal):
    cal.booked("10:00")

    answer = flagged(cal, at("10:00"), allowConflicts=True)

    assert answer.json()["message"] == "An error occurred while querying the database."
    assert message_of(cal.book("10:00")) == TAKEN
