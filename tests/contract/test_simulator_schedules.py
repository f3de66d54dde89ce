"""Schedules in the simulator: hours on the wall, exceptions on dates, one of them the default."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.contract.simulated import CUT, JONAS, MARA, Salon, at, simulated_salon

VERSION = "2024-06-11"
EVENINGS = [{"days": ["Tuesday"], "startTime": "17:00", "endTime": "18:00"}]


@pytest.fixture
def cal() -> Iterator[Salon]:
    with simulated_salon() as salon:
        yield salon


def ask(cal: Salon, method: str, path: str = "", **more: Any) -> requests.Response:
    more.setdefault("version", VERSION)
    return cal.ask(method, "/v2/schedules" + path, **more)


def make(cal: Salon, **more: Any) -> dict[str, Any]:
    given = {"name": "Evenings", "timeZone": "Europe/Berlin", "isDefault": False} | more
    answer = ask(cal, "POST", json=given)
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["data"])


def test_what_was_seeded_is_the_default_schedule(cal):
    shown = ask(cal, "GET", "/default").json()["data"]

    assert (shown["ownerId"], shown["isDefault"]) == (MARA, True)
    assert shown["timeZone"] == "Europe/Berlin"
    assert shown["availability"][0] == {
        "days": ["Monday"],
        "startTime": "09:00",
        "endTime": "19:00",
    }
    assert ask(cal, "GET").json()["data"] == [shown]
    assert ask(cal, "GET", f"/{shown['id']}").json()["data"] == shown
    assert cal.ask("GET", "/v2/me").json()["data"]["defaultScheduleId"] == shown["id"]


def test_an_override_replaces_a_dates_hours(cal):
    default = ask(cal, "GET", "/default").json()["data"]["id"]
    overrides = [
        {"date": "2030-01-08", "startTime": "12:00", "endTime": "13:00"},
        {"date": "2030-01-09", "startTime": "00:00", "endTime": "00:00"},
    ]
    ask(cal, "PATCH", f"/{default}", json={"overrides": overrides})

    assert cal.starts() == ["12:00", "12:30"]
    assert cal.starts(start=at("09:00", day=9), end=at("19:00", day=9)) == []
    assert cal.book("10:00").status_code == 400
    assert cal.book("12:30").status_code == 201


def test_overrides_can_be_seeded(cal):
    overrides = [{"date": "2030-01-08", "startTime": "09:00", "endTime": "09:30"}]
    cal.simulator.seed(users=[{"id": MARA, "overrides": overrides}])

    assert cal.starts() == ["09:00"]


def test_another_schedule_becomes_the_default_when_it_says_so(cal):
    make(cal, availability=EVENINGS)
    before = cal.starts()
    made = make(cal, availability=EVENINGS, isDefault=True)

    assert len(before) > 2
    assert cal.starts() == ["17:00", "17:30"]
    assert [each["isDefault"] for each in ask(cal, "GET").json()["data"]] == [False, False, True]
    assert ask(cal, "GET", "/default").json()["data"] == made


def test_an_event_type_can_have_a_schedule_of_its_own(cal):
    made = make(cal, availability=EVENINGS)
    cal.simulator.seed(event_types=[{"id": CUT, "scheduleId": made["id"]}])

    assert cal.starts() == ["17:00", "17:30"]
    assert cal.book("10:00").status_code == 400


def test_without_hours_a_schedule_is_nine_to_five(cal):
    assert make(cal)["availability"] == [
        {
            "days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
            "startTime": "09:00",
            "endTime": "17:00",
        }
    ]


def test_a_schedule_goes_unless_it_is_the_default(cal):
    default = ask(cal, "GET", "/default").json()["data"]["id"]
    made = make(cal)

    assert ask(cal, "DELETE", f"/{made['id']}").json() == {"status": "success"}
    assert ask(cal, "GET", f"/{made['id']}").status_code == 404
    assert ask(cal, "DELETE", f"/{default}").status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"timeZone": "Mars/Base"},
        {"name": None},
        {"availability": [{"days": ["Tue"], "startTime": "17:00", "endTime": "18:00"}]},
        {"availability": [{"days": ["Tuesday"], "startTime": "5pm", "endTime": "18:00"}]},
        {"overrides": [{"date": "2030-01-08"}]},
    ],
)
def test_a_schedule_is_checked(cal, change):
    good = {"name": "Evenings", "timeZone": "Europe/Berlin", "isDefault": False}

    answer = ask(cal, "POST", json=good | change)

    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["errors"]


def test_nobody_reads_the_schedule_of_another_but_in_a_team(cal):
    cal.simulator.seed(
        teams=[{"id": 50, "members": [{"userId": MARA}, {"userId": JONAS}]}],
        api_keys={"cal_jonas": JONAS},
    )
    of_mara = ask(cal, "GET", "/default").json()["data"]

    assert ask(cal, "GET", f"/{of_mara['id']}", key="cal_jonas").status_code == 404
    shared = cal.ask("GET", "/v2/teams/50/schedules").json()["data"]
    assert {each["ownerId"] for each in shared} == {MARA, JONAS}


def test_the_hours_follow_the_clocks(cal):
    sunday = {"start": "2030-03-31T00:00:00Z", "end": "2030-03-31T23:00:00Z"}
    cal.simulator.seed(users=[{"id": MARA, "schedule": {"sun": [["09:00", "10:00"]]}}])

    days = cal.slots(**sunday).json()["data"]

    assert [slot["start"] for slot in days["2030-03-31"]] == [
        "2030-03-31T09:00:00.000+02:00",
        "2030-03-31T09:30:00.000+02:00",
    ]
