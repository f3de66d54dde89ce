"""The simulator keeps event types like Cal.com: personal ones, version 2024-06-14."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.contract.simulated import (
    COLOUR,
    CUT,
    CUT_OF_JONAS,
    EVENT_TYPES,
    JONAS,
    MARA,
    Salon,
    message_of,
    simulated_salon,
)

PERM = {"title": "Perm", "slug": "perm", "lengthInMinutes": 50}


@pytest.fixture
def cal() -> Iterator[Salon]:
    with simulated_salon() as salon:
        yield salon


def ask(cal: Salon, method: str, path: str = "", **more: Any) -> requests.Response:
    return cal.ask(method, "/v2/event-types" + path, version=EVENT_TYPES, **more)


def ids(answer: requests.Response) -> list[int]:
    return [event_type["id"] for event_type in answer.json()["data"]]


def test_a_key_lists_its_owners_event_types(cal):
    cal.simulator.seed(event_types=[{"id": COLOUR, "hidden": True}], api_keys={"cal_j": JONAS})

    assert ids(ask(cal, "GET")) == [CUT, COLOUR]
    assert ids(ask(cal, "GET", params={"sortCreatedAt": "desc"})) == [COLOUR, CUT]
    assert ids(ask(cal, "GET", key="cal_j")) == [CUT_OF_JONAS]
    assert ids(ask(cal, "GET", key=None)) == []


def test_anybody_lists_a_users_event_types_but_the_hidden_ones(cal):
    cal.simulator.seed(event_types=[{"id": COLOUR, "hidden": True}])
    of_mara = {"username": "mara"}

    assert ids(ask(cal, "GET", key=None, params=of_mara)) == [CUT]
    assert ids(ask(cal, "GET", params=of_mara)) == [CUT, COLOUR]
    assert ids(ask(cal, "GET", key=None, params=of_mara | {"eventSlug": "colour"})) == []
    assert ids(ask(cal, "GET", key=None, params={"username": "nobody"})) == []


def test_an_event_type_is_shown_to_its_account_only(cal):
    cal.simulator.seed(account="other", users=[{"id": 9001, "api_key": "cal_test_other"}])

    own = ask(cal, "GET", f"/{CUT}")
    foreign = ask(cal, "GET", f"/{CUT}", key="cal_test_other")

    shown = own.json()["data"]
    assert (shown["title"], shown["lengthInMinutes"], shown["ownerId"]) == ("Cut", 30, MARA)
    assert shown["bookingUrl"] == "https://cal.com/mara/cut"
    assert [user["id"] for user in shown["users"]] == [MARA]
    assert [field["slug"] for field in shown["bookingFields"]][:2] == ["name", "email"]
    assert foreign.status_code == 404
    assert ask(cal, "GET", f"/{CUT}", key=None).status_code == 401


def test_a_new_event_type_has_calcoms_defaults_and_drops_what_it_does_not_know(cal):
    answer = ask(cal, "POST", json=PERM | {"hidden": True, "nonsense": 1})

    made = answer.json()["data"]
    assert answer.status_code == 201
    assert made["id"] == CUT_OF_JONAS + 1
    assert made["minimumBookingNotice"] == 120
    assert (made["beforeEventBuffer"], made["afterEventBuffer"]) == (0, 0)
    assert (made["slotInterval"], made["hidden"]) == (None, True)
    assert "nonsense" not in made
    assert cal.booked("10:00", made["id"])["duration"] == 50


def test_an_event_type_needs_title_slug_and_length(cal):
    answer = ask(cal, "POST", json={"title": "Perm", "lengthInMinutes": 0})

    error = answer.json()["error"]
    assert answer.status_code == 400
    assert error["message"] == "Bad Request Exception"
    assert error["details"]["errors"] == [
        {
            "property": "lengthInMinutes",
            "children": [],
            "constraints": {"min": "lengthInMinutes must not be less than 1"},
        },
        {
            "property": "slug",
            "children": [],
            "constraints": {"isString": "slug must be a string"},
        },
    ]


def test_a_slug_is_an_owners_only_once(cal):
    answer = ask(cal, "POST", json=PERM | {"slug": "cut"})

    assert answer.status_code == 400
    assert message_of(answer) == "User already has an event type with this slug."


def test_an_event_type_is_changed_and_deleted(cal):
    changed = ask(cal, "PATCH", f"/{CUT}", json={"lengthInMinutes": 40})
    deleted = ask(cal, "DELETE", f"/{CUT}")

    assert changed.json()["data"]["lengthInMinutes"] == 40
    assert changed.json()["data"]["title"] == "Cut"
    assert deleted.status_code == 200
    assert deleted.json()["data"] == {
        "id": CUT,
        "lengthInMinutes": 40,
        "slug": "cut",
        "title": "Cut",
    }
    assert ask(cal, "GET", f"/{CUT}").status_code == 404


def test_limits_that_are_not_simulated_are_refused_loudly(cal):
    answer = ask(cal, "POST", json=PERM | {"seats": {"seatsPerTimeSlot": 4}})

    assert answer.status_code == 501
    assert "`seats` of an event type is not simulated" in message_of(answer)
