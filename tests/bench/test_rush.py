"""Twenty callers at one moment, over HTTP, against a web server of its own."""

import statistics
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from booking_site.demo.stage import Stage, manage, run, running, wait_until_ready
from booking_site.demo.telephone import Answer, Telephone

CALLERS = 20
# As in the Procfile.
WORKERS = [
    *("--worker-class", "booking_site.web_worker.Worker"),
    *("--workers", "2", "--threads", "4"),
]
CROWD = 100
READ_MS, WRITE_MS = 3000, 5000
LONGEST_MS = 1000
KEY, AGENT, NUMBER = "key_local_salon_eins", "agent_s1", "+493011110001"


@pytest.fixture
def web(tmp_path):
    """A web server with the first salon, on SQLite and without Cal.com's slots."""
    stage = Stage.build(tmp_path / "stage")
    addresses = stage.addresses()
    environment = stage.environment(addresses) | {"FEATURE_CALCOM_LIVE_SLOTS": "false"}
    run(manage("migrate", "--verbosity", "0"), environment=environment)
    run(manage("load_salon", "salons/salon-eins.yaml"), environment=environment)
    bind = addresses.web.removeprefix("http://")
    gunicorn = [sys.executable, "-m", "gunicorn", "booking_site.wsgi", "--bind", bind]
    with running(
        {"web": [*gunicorn, *WORKERS, "--preload"]}, stage=stage, environment=environment
    ) as processes:
        wait_until_ready(f"{addresses.web}/readyz", process=processes["web"], log=stage.log("web"))
        yield addresses.web


def a_tuesday() -> str:
    today = datetime.now(UTC).date() + timedelta(days=7)
    while today.weekday() != 1:
        today += timedelta(days=1)
    return today.isoformat()


def all_at_once(web: str, function: str, wishes: list[dict[str, str]]) -> list[Answer]:
    gate = threading.Barrier(len(wishes))

    def call(number: int) -> Answer:
        telephone = Telephone(
            url=web,
            key=KEY,
            agent_id=AGENT,
            to_number=NUMBER,
            from_number=f"+4915133333{number:03d}",
        )
        gate.wait()
        return telephone.use(function, **wishes[number])

    with ThreadPoolExecutor(max_workers=len(wishes)) as callers:
        return list(callers.map(call, range(len(wishes))))


def rush(web: str, times: list[str]) -> list[Answer]:
    # A server that has answered before: every thread has its connection and its code warm.
    another_day = {"date": "übermorgen", "time": "11 Uhr", "service": "Herrenhaarschnitt"}
    all_at_once(web, "check_availability", [another_day] * CALLERS)
    wishes = [
        {
            "datetime": f"{a_tuesday()} {times[number % len(times)]}",
            "service": "Herrenhaarschnitt",
            "staff": "Mara",
            "customer_name": f"Ida {chr(ord('A') + number)}mann",
        }
        for number in range(CALLERS)
    ]
    return all_at_once(web, "start_booking", wishes)


@pytest.mark.parametrize(
    "times", [["10:00"], ["10:00", "10:15", "10:30"]], ids=["equal", "unequal"]
)
def test_twenty_callers_are_all_answered_within_a_second(web, times, capsys):
    answers = rush(web, times)

    milliseconds = sorted(answer.milliseconds for answer in answers)
    with capsys.disabled():
        print(
            f"\n{CALLERS} callers: median {statistics.median(milliseconds):.0f} ms, "
            f"slowest {milliseconds[-1]:.0f} ms"
        )
    assert sorted(answer.status for answer in answers) == ["booked"] + ["unavailable"] * 19
    assert all(
        len(answer.data["alternatives"]) == 2
        for answer in answers
        if answer.status == "unavailable"
    )
    assert milliseconds[-1] < LONGEST_MS


@pytest.mark.parametrize(
    ("function", "within_ms"), [("check_availability", READ_MS), ("start_booking", WRITE_MS)]
)
def test_a_hundred_at_once_are_answered_in_time_or_told_to_wait(web, function, within_ms, capsys):
    wishes = [
        {
            "datetime": f"{a_tuesday()} {9 + number % 8}:{15 * (number % 4):02d}",
            "service": "Herrenhaarschnitt",
            "customer_name": f"Ida {chr(ord('A') + number % 26)}mann",
        }
        for number in range(CROWD)
    ]

    answers = all_at_once(web, function, wishes)

    slowest = max(answer.milliseconds for answer in answers)
    statuses = Counter(answer.status for answer in answers)
    with capsys.disabled():
        print(f"\n{CROWD} x {function}: slowest {slowest:.0f} ms, {dict(statuses)}")
    assert set(statuses) <= {"available", "booked", "unavailable", "try_again_in_a_moment"}
    assert statuses["available"] + statuses["booked"] > 0
    assert slowest < within_ms
