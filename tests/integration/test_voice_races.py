"""Twenty callers, one slot: through the agent's door, on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from appointments.models import Appointment, Status
from tests.conftest import committing
from tests.integration.conftest import line_to

CALLERS = 20


def all_at_once(lines, wishes):
    """Let every line make its wish at the same moment; return the answers in order."""
    gate = threading.Barrier(len(lines))

    def call(pair):
        line, wish = pair
        gate.wait()
        try:
            return line.ask("start_booking", **wish)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(lines)) as callers:
        return list(callers.map(call, zip(lines, wishes, strict=True)))


@committing
@pytest.mark.parametrize("times", [["10:00"], ["10:00", "10:15"]], ids=["equal", "overlapping"])
def test_twenty_callers_one_slot_one_appointment(branch, cut, monday, times):
    lines = [line_to(branch, from_number=f"+4915133333{n:03d}") for n in range(CALLERS)]
    wishes = [
        {
            "datetime": f"2030-01-08 {times[n % len(times)]}",
            "service": cut.name,
            "customer_name": f"Ida {chr(ord('A') + n)}mann",
        }
        for n in range(CALLERS)
    ]

    answers = all_at_once(lines, wishes)

    statuses = sorted(answer["status"] for answer in answers)
    assert statuses == ["booked"] + ["unavailable"] * (CALLERS - 1)
    assert Appointment.objects.filter(status=Status.CONFIRMED).count() == 1
    offered = [
        slot["starts_at"]
        for answer in answers
        if answer["status"] == "unavailable"
        for slot in answer["data"]["alternatives"]
    ]
    assert len(offered) == 2 * (CALLERS - 1)
    assert len(set(offered)) == len(offered)


@committing
def test_one_wish_three_times_at_once_in_three_spellings_is_one_appointment(branch, cut, monday):
    first = line_to(branch)
    lines = [first, *(line_to(branch, call_id=first.call_id) for _ in range(2))]
    spellings = [
        {"datetime": "2030-01-08T10:00:00+01:00"},
        {"date": "08.01.2030", "time": "10 Uhr"},
        {"datum": "morgen", "uhrzeit": "zehn Uhr"},
    ]
    wishes = [wish | {"service": cut.name, "customer_name": "Lena Vogt"} for wish in spellings]

    answers = all_at_once(lines, wishes)

    row = Appointment.objects.get(status=Status.CONFIRMED)
    assert [answer["status"] for answer in answers] == ["booked"] * 3
    assert {answer["data"]["appointment"]["id"] for answer in answers} == {row.public_id}
    assert sorted(answer["data"]["repeated"] for answer in answers) == [False, True, True]
