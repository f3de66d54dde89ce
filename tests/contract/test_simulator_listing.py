"""The simulator lists bookings like Cal.com: filters, statuses, order and pages."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.contract.simulated import (
    COLOUR,
    CUT,
    JONAS,
    NOW,
    Salon,
    at,
    attendee,
    message_of,
    simulated_salon,
)


@pytest.fixture
def cal() -> Iterator[Salon]:
    with simulated_salon() as salon:
        yield salon


def test_an_empty_list_is_on_page_nought(cal):
    assert cal.listed(status="upcoming") == {
        "status": "success",
        "data": [],
        "pagination": {
            "returnedItems": 0,
            "totalItems": 0,
            "itemsPerPage": 100,
            "remainingItems": 0,
            "currentPage": 0,
            "totalPages": 0,
            "hasNextPage": False,
            "hasPreviousPage": False,
        },
    }


def test_a_list_is_read_in_pages(cal):
    uids = [cal.booked(f"{hour}:00")["uid"] for hour in (11, 10, 12)]

    page = cal.listed(status="upcoming", take=2, skip=2)

    assert cal.uids(status="upcoming", take=2) == [uids[1], uids[0]]
    assert [booking["uid"] for booking in page["data"]] == [uids[2]]
    assert page["pagination"] == {
        "returnedItems": 1,
        "totalItems": 3,
        "itemsPerPage": 2,
        "remainingItems": 0,
        "currentPage": 2,
        "totalPages": 2,
        "hasNextPage": False,
        "hasPreviousPage": True,
    }


@pytest.mark.parametrize(
    ("query", "constraint"),
    [
        ({"take": 251}, {"max": "take must not be greater than 250"}),
        ({"take": 0}, {"min": "take must not be less than 1"}),
        ({"skip": -1}, {"min": "skip must not be less than 0"}),
        (
            {"status": "coming"},
            {
                "isEnum": "Invalid status. Allowed are upcoming, recurring, past, cancelled, "
                "unconfirmed"
            },
        ),
        ({"afterStart": "x"}, {"isIso8601": "fromDate must be a valid ISO 8601 date."}),
    ],
)
def test_a_wrong_query_is_answered_with_a_list_of_problems(cal, query, constraint):
    answer = cal.ask("GET", "/v2/bookings", params=query)

    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "code": "BadRequestException",
        "message": "Bad Request Exception",
        "details": {
            "errors": [{"property": next(iter(query)), "children": [], "constraints": constraint}]
        },
    }


def test_a_misspelt_filter_returns_everything(cal):
    uid = cal.booked("10:00")["uid"]

    assert cal.uids(atendeeEmail="nobody@example.com") == [uid]


def test_bookings_are_found_by_who_what_and_when(cal):
    lena = cal.booked("10:00")["uid"]
    eva = cal.booked("12:00", COLOUR, attendee=attendee(name="Eva", email="e+1@example.com"))["uid"]

    assert cal.uids(attendeeEmail="lena@example.com") == [lena]
    assert cal.uids(attendeeEmail="e 1@example.com") == [eva]
    assert cal.uids(attendeeName="Eva") == [eva]
    assert cal.uids(bookingUid=eva) == [eva]
    assert cal.uids(eventTypeId=CUT) == [lena]
    assert cal.uids(eventTypeId=CUT, eventTypeIds=f"{COLOUR},999") == [eva]
    assert cal.uids(afterStart=at("10:00"), beforeEnd=at("10:30")) == [lena]
    assert cal.uids(afterStart=at("10:01")) == [eva]
    assert cal.uids(beforeEnd=at("10:29")) == []


def test_event_types_that_do_not_exist_are_a_bad_request_of_their_own_shape(cal):
    answer = cal.ask("GET", "/v2/bookings", params={"eventTypeId": 999})

    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "code": "TRPCError",
        "message": "The requested event-types do not exist.",
    }


def test_statuses_mean_what_they_mean_to_calcom(cal):
    past = cal.booked("10:00")["uid"]
    moved = cal.booked("11:00")["uid"]
    coming = cal.reschedule(moved, "16:00").json()["data"]["uid"]
    cancelled = cal.booked("17:00")["uid"]
    cal.cancel(cancelled, cancellationReason="x")
    cal.simulator.set_clock(NOW.replace(hour=12))

    assert cal.uids(status="upcoming") == [coming]
    assert cal.uids(status="past") == [past]
    assert cal.uids(status="cancelled") == [cancelled, moved]
    assert cal.uids(status="past,upcoming") == [past, coming]
    assert cal.uids(status="unconfirmed") == []
    assert cal.uids(status="recurring") == []
    assert cal.uids() == [past, moved, coming, cancelled]


def test_the_first_sort_present_wins(cal):
    late, early = cal.booked("12:00")["uid"], cal.booked("10:00")["uid"]

    assert cal.uids(sortStart="desc", sortCreated="desc") == [late, early]
    assert cal.uids(sortEnd="asc") == [early, late]


def test_changes_are_found_by_when_they_happened_but_not_counted(cal):
    first, second = cal.booked("10:00")["uid"], cal.booked("12:00")["uid"]
    later = NOW + timedelta(minutes=5)
    cal.simulator.set_clock(later)
    cal.cancel(first, cancellationReason="x")

    changed = cal.listed(afterUpdatedAt=later.isoformat(), sortUpdatedAt="asc")

    assert [booking["uid"] for booking in changed["data"]] == [first]
    assert changed["pagination"]["totalItems"] == 2
    assert cal.uids(beforeUpdatedAt=NOW.isoformat()) == [second]
    assert cal.uids(afterCreatedAt=later.isoformat()) == []


def test_a_key_sees_its_accounts_bookings_and_no_others(cal):
    own = cal.booked("10:00")["uid"]
    cal.simulator.seed(
        account="other",
        users=[{"id": 9001, "name": "Zoe", "api_key": "cal_test_other"}],
        event_types=[
            {"id": 9301, "title": "Cut", "slug": "cut", "lengthInMinutes": 30, "hosts": [9001]}
        ],
    )
    foreign = cal.booked("10:00", 9301)["uid"]

    assert cal.uids() == [own]
    answer = cal.ask("GET", "/v2/bookings", key="cal_test_other")
    assert [booking["uid"] for booking in answer.json()["data"]] == [foreign]


def test_a_team_sees_the_bookings_of_its_event_types(cal):
    cal.simulator.seed(
        event_types=[
            {
                "id": 3010,
                "title": "Perm",
                "slug": "perm",
                "lengthInMinutes": 30,
                "hosts": [JONAS],
                "teamId": 55,
            }
        ]
    )
    cal.booked("10:00")
    uid = cal.booked("10:00", 3010)["uid"]

    assert cal.uids(teamId=55) == [uid]
    assert cal.uids(teamsIds="56") == []


def test_a_host_sees_what_they_attend(cal):
    cal.simulator.seed(
        account="other",
        users=[
            {"id": 9001, "name": "Zoe", "email": "zoe@example.com", "api_key": "cal_test_other"}
        ],
    )
    uid = cal.booked("10:00", attendee=attendee(email="zoe@example.com"))["uid"]

    answer = cal.ask("GET", "/v2/bookings", key="cal_test_other")

    assert [booking["uid"] for booking in answer.json()["data"]] == [uid]


def test_filters_by_type_ask_for_numbers(cal):
    answer = cal.ask("GET", "/v2/bookings", params={"eventTypeIds": "cut"})

    assert answer.status_code == 400
    assert message_of(answer) == "Bad Request Exception"


def by_cursor(cal: Salon, **query: Any) -> requests.Response:
    return cal.ask("GET", "/v2/bookings", version="2026-05-01", params=query)


def test_the_newest_version_goes_on_where_a_cursor_points(cal):
    made = [cal.booked(clock)["uid"] for clock in ("10:00", "11:00", "12:00")]

    first = by_cursor(cal, limit=2).json()
    cal.booked("13:00")  # does not shift what follows
    second = by_cursor(cal, limit=2, cursor=first["pagination"]["nextCursor"]).json()

    assert [booking["uid"] for booking in first["data"]] == made[:0:-1]
    assert first["pagination"]["hasMore"] is True
    assert [booking["uid"] for booking in second["data"]] == made[:1]
    assert second["pagination"] == {"nextCursor": None, "hasMore": False}


def test_the_newest_version_sorts_and_filters_one_status(cal):
    early, late = (cal.booked(clock)["uid"] for clock in ("12:00", "10:00"))
    query = {"status": "upcoming", "limit": 1}

    first = by_cursor(cal, **query).json()
    second = by_cursor(cal, **query, cursor=first["pagination"]["nextCursor"]).json()

    assert [booking["uid"] for booking in first["data"] + second["data"]] == [late, early]
    assert by_cursor(cal, status="upcoming,past").status_code == 400


@pytest.mark.parametrize("query", [{"limit": 101}, {"limit": 0}, {"cursor": "nonsense"}])
def test_the_newest_version_checks_its_own_parameters(cal, query):
    assert by_cursor(cal, **query).status_code == 400
