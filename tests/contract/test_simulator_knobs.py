"""The simulator's knobs: over HTTP as in Python, and the service as a whole."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command

from calcom.simulator import KnobError, Simulator
from tests.contract.simulated import (
    CUT,
    KEY,
    NOW,
    Salon,
    at,
    attendee,
    seed,
    simulated_salon,
    utc,
)

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def cal() -> Iterator[Salon]:
    with simulated_salon() as salon:
        yield salon


def turn(cal: Salon, method: str, knob: str, **more: Any) -> Any:
    answer = requests.request(method, f"{cal.simulator.url}/_simulator{knob}", timeout=5, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_knobs_list_themselves(cal):
    listed = turn(cal, "GET", "/")

    assert "POST /_simulator/seed" in listed["knobs"]
    assert "create_then_400" in listed["faults"]
    assert listed["switches"]["rate_limit"] is False
    assert listed["now"] == "2030-01-08T06:00:00.000Z"


def test_every_knob_works_over_http(cal):
    turn(cal, "POST", "/seed", json={"users": [{"id": 7003, "name": "Ida", "api_key": "cal_ida"}]})
    turn(cal, "POST", "/faults", json={"kind": "fail", "path": "/v2/me"})
    failed = cal.ask("GET", "/v2/me", key="cal_ida")
    (fault,) = turn(cal, "GET", "/faults")
    turn(cal, "DELETE", "/faults")
    foreign = turn(
        cal, "POST", "/foreign_bookings", json={"event_type_id": CUT, "start": at("10:00")}
    )
    gone = turn(cal, "DELETE", f"/foreign_bookings/{foreign['uid']}")
    (request,) = turn(cal, "GET", "/requests", params={"path": "/v2/me", "method": "get"})
    turn(cal, "DELETE", "/requests")

    assert failed.status_code == 500
    assert fault["applied"] == 1
    assert (foreign["start"], foreign["status"]) == (utc("10:00"), "accepted")
    assert gone["status"] == "cancelled"
    assert request["authorization"] == "…_ida"
    assert turn(cal, "GET", "/requests") == []
    assert [booking["uid"] for booking in turn(cal, "GET", "/bookings")] == [foreign["uid"]]


def test_a_knob_turned_wrongly_says_what_is_wrong(cal):
    url = f"{cal.simulator.url}/_simulator"

    unknown = requests.post(f"{url}/nonsense", json={}, timeout=5)
    wrong = requests.post(f"{url}/switches", json={"rate_limits": True}, timeout=5)

    assert (unknown.status_code, wrong.status_code) == (404, 400)
    assert wrong.json() == {"error": "ValueError: there is no switch 'rate_limits'"}


@pytest.mark.parametrize(
    "seeds",
    [
        {"users": [{"id": 1, "nickname": "x"}]},
        {"users": [{"name": "without an id"}]},
        {"users": [{"id": 1, "timeZone": "Mars/Base"}]},
        {"users": [{"id": 1, "schedule": {"monday": []}}]},
        {"users": [{"id": "one"}]},
        {"event_types": [{"id": 1, "title": "x", "slug": "x", "lengthInMinutes": 5, "hosts": [1]}]},
        {"event_types": [{"id": 1, "hosts": [7001]}]},
        {"event_types": [{"id": CUT, "schedulingType": "random"}]},
        {"api_keys": {"cal_test": 1}},
    ],
)
def test_what_cannot_be_seeded_is_refused_as_a_whole(cal, seeds):
    good = {"id": 7009, "name": "Good", "api_key": "cal_good"}

    with pytest.raises(KnobError):
        cal.simulator.seed(**(seeds | {"users": [good, *seeds.get("users", [])]}))

    assert cal.ask("GET", "/v2/me", key="cal_good").status_code == 401


def test_seeding_again_changes_what_is_given_and_keeps_the_rest(cal):
    uid = cal.booked("10:00")["uid"]

    cal.simulator.seed(event_types=[{"id": CUT, "lengthInMinutes": 45}])

    assert cal.booked("12:00")["duration"] == 45
    assert cal.get(uid)["duration"] == 30


def test_a_foreign_booking_appears_without_metadata_and_past_all_checks(cal):
    eva = attendee(name="Eva", email="eva@example.com")
    cal.booked("10:00")

    foreign = cal.simulator.add_foreign_booking(CUT, at("10:15"), attendee=eva)

    assert foreign["metadata"] == {}
    assert foreign["attendees"][0]["name"] == "Eva"
    assert cal.uids(attendeeEmail="eva@example.com") == [foreign["uid"]]
    assert cal.book("10:30").status_code == 400
    assert [booking["foreign"] for booking in cal.simulator.bookings()] == [False, True]
    with pytest.raises(KnobError):
        cal.simulator.add_foreign_booking(CUT, at("10:00"))


def test_any_booking_can_be_cancelled_behind_our_back(cal):
    uid = cal.booked("10:00")["uid"]

    cal.simulator.cancel_foreign_booking(uid)

    assert cal.get(uid)["status"] == "cancelled"
    with pytest.raises(KnobError):
        cal.simulator.cancel_foreign_booking("doesnotexist")


def test_requests_are_logged_with_who_asked_and_what_was_answered(cal):
    cal.simulator.clear_requests()
    cal.book("10:00")
    cal.ask("GET", "/v2/bookings", params={"status": "upcoming"})

    created, listed = cal.simulator.requests()

    assert [created["sequence"] + 1, created["at"]] == [listed["sequence"], utc("07:00")]
    assert (created["method"], created["path"]) == ("POST", "/v2/bookings")
    assert created["body"]["attendee"]["email"] == "lena@example.com"
    assert created["authorization"] == "…alon"
    assert created["version"] == "2024-08-13"
    assert (created["status"], created["faults"]) == (201, [])
    assert isinstance(created["milliseconds"], int)
    assert listed["query"] == {"status": "upcoming"}
    assert cal.simulator.requests(path="/v2/bookings$", method="GET") == [listed]
    assert KEY not in str(cal.simulator.requests())


def test_the_clock_stands_where_it_is_set_and_runs_again(cal):
    cal.simulator.set_clock(NOW.replace(year=2031))
    refused = cal.book("10:00")
    cal.simulator.set_clock(None)

    assert refused.status_code == 400
    assert turn(cal, "GET", "/")["now"] < "2030"


def test_a_reset_forgets_everything(cal):
    cal.booked("10:00")
    cal.simulator.add_fault("fail")
    cal.simulator.switch(latency_milliseconds=5000)

    cal.simulator.reset()

    assert cal.simulator.bookings() == cal.simulator.requests() == cal.simulator.faults() == []
    assert cal.ask("GET", "/v2/me").status_code == 401


def test_the_same_story_has_the_same_uids_in_every_run(cal):
    uid = cal.booked("10:00")["uid"]

    with simulated_salon() as other:
        assert other.booked("10:00")["uid"] == uid


def test_a_latency_is_added_to_every_answer(cal):
    turn(cal, "POST", "/latency", json={"milliseconds": 150})

    began = time.monotonic()
    cal.ask("GET", "/v2/me")

    assert time.monotonic() - began >= 0.15


def test_the_limiter_refuses_when_it_is_switched_on(cal):
    cal.simulator.switch(rate_limit=True, rate_limit_requests=3, rate_limit_seconds=0.5)

    statuses = [cal.ask("GET", "/v2/me").status_code for _ in range(5)]
    refused = cal.ask("GET", "/v2/me")
    other_caller = cal.ask("GET", "/v2/bookings/x", key=None)
    time.sleep(0.6)

    assert statuses == [200, 200, 200, 429, 429]
    assert "Retry-After" not in refused.headers
    assert refused.headers["X-RateLimit-Remaining-Default"] == "0"
    assert other_caller.status_code == 404
    assert cal.ask("GET", "/v2/me").status_code == 200


def test_a_reason_to_cancel_may_be_made_optional(cal):
    cal.simulator.switch(cancellation_reason_required=False)

    assert cal.cancel(cal.booked("10:00")["uid"]).status_code == 200


def test_with_a_file_everything_survives_a_restart(tmp_path):
    file = str(tmp_path / "calcom.sqlite3")
    with Simulator(storage=file) as simulator:
        simulator.set_clock(NOW)
        seed(simulator)
        before = Salon(simulator)
        uid = before.booked("10:00")["uid"]
        before.session.close()

    with Simulator(storage=file) as simulator:
        simulator.set_clock(NOW)
        after = Salon(simulator)

        assert after.get(uid)["status"] == "accepted"
        assert after.book("10:00").status_code == 400
        assert after.booked("11:00")["uid"] != uid
        after.session.close()


def test_a_file_of_another_layout_is_emptied(tmp_path):
    file = str(tmp_path / "calcom.sqlite3")
    with closing(sqlite3.connect(file)) as older:
        older.execute("CREATE TABLE bookings (id INTEGER PRIMARY KEY, uid TEXT)")
        older.execute("INSERT INTO bookings VALUES (1, 'old')")
        older.commit()

    with Simulator(storage=file) as simulator:
        simulator.set_clock(NOW)
        seed(simulator)
        salon = Salon(simulator)
        salon.booked("10:00")

        assert len(simulator.bookings()) == 1
        salon.session.close()


def test_connections_are_kept_alive(cal):
    with socket.create_connection(
        ("127.0.0.1", int(cal.simulator.url.rpartition(":")[2]))
    ) as connection:
        for _ in range(2):
            connection.sendall(b"GET /v2/nonsense HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 404")


def test_a_body_of_unknown_length_is_refused(cal):
    answer = cal.ask("POST", "/v2/bookings", data=iter([b"{}"]))

    assert answer.status_code == 411


def test_the_command_says_where_it_listens_and_stops_when_told():
    process = subprocess.Popen(
        [sys.executable, "manage.py", "calcom_simulator", "--port", "0"],
        cwd=PROJECT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "booking_site.settings_test"},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        said = process.stdout.readline() if process.stdout else ""
        match = re.fullmatch(r"Cal\.com simulator listening on (http://127\.0\.0\.1:\d+)\n", said)
        assert match
        assert requests.get(match[1] + "/v2/me", timeout=5).status_code == 401
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_the_command_says_why_it_cannot_start(cal, tmp_path):
    port = int(cal.simulator.url.rpartition(":")[2])

    with pytest.raises(CommandError, match=f"Cannot listen on 127.0.0.1:{port}: Address already"):
        call_command("calcom_simulator", port=port)
    with pytest.raises(CommandError, match=r"There is no port 65536\."):
        call_command("calcom_simulator", port=65536)
    with pytest.raises(CommandError, match="Cannot keep anything in"):
        call_command("calcom_simulator", port=0, storage=str(tmp_path))
