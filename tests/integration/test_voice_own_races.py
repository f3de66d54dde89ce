"""Moves, cancellations and confirmations that arrive at the same moment, on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from appointments.models import Appointment, AppointmentChange, AppointmentPhase, Customer
from features.flags import Flag
from tests.asking import book
from tests.conftest import at, committing
from tests.factories.appointments import CustomerFactory
from tests.integration.conftest import LENA, STRANGER, line_to
from tests.integration.test_voice_functions import turn

pytestmark = committing


def all_at_once(*wishes):
    """Let every line call its function at the same moment; return the answers in order."""
    gate = threading.Barrier(len(wishes))

    def call(wish):
        line, function, said = wish
        gate.wait()
        try:
            return line.ask(function, **said)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(wishes)) as callers:
        return list(callers.map(call, wishes))


@pytest.fixture
def lena(branch):
    return CustomerFactory.create(company=branch.company, name="Lena Vogt", phone=LENA)


@pytest.fixture
def booked(branch, perm, lena, now):
    """Lena's perm on Thursday at 9."""
    return book(perm, at(9, days=2), branch=branch, now=now, customer=lena)


def lines_of_one_call(branch, count):
    first = line_to(branch)
    return [first, *(line_to(branch, call_id=first.call_id) for _ in range(count - 1))]


def test_one_move_three_times_at_once_in_three_spellings_is_one_move(branch, booked, monday):
    lines = lines_of_one_call(branch, 3)
    spellings = [
        {"new_date": "2030-01-09T14:00:00+01:00"},
        {"new_datum": "09.01.2030", "neue_uhrzeit": "14 Uhr"},
        {"old_date": "Donnerstag", "new_date": "übermorgen", "new_time": "vierzehn Uhr"},
    ]

    answers = all_at_once(
        *(
            (line, "reschedule_appointment", said)
            for line, said in zip(lines, spellings, strict=True)
        )
    )

    for answer in answers:
        assert answer["status"] in {"rescheduled", "try_again_in_a_moment"}
        if answer["status"] == "rescheduled":
            moved, before = answer["data"]["appointment"], answer["data"]["previous"]
            assert moved["starts_at"] == "2030-01-09T14:00:00+01:00"
            assert (moved["id"], before["date"]) == (booked.public_id, "2030-01-10")
    assert "rescheduled" in {answer["status"] for answer in answers}
    row = Appointment.objects.get()
    assert (row.starts_at, row.reschedule_count, row.revision) == (at(14, days=1), 1, 2)
    assert AppointmentChange.objects.count() == 1


def test_two_callers_who_move_to_the_same_slot_get_one_of_it(
    branch, perm, cut, booked, monday, now
):
    ute = CustomerFactory.create(company=branch.company, name="Ute Muster", phone=STRANGER)
    book(cut, at(14, days=3), branch=branch, now=now, customer=ute)
    there = {"new_date": "übermorgen", "new_time": "10 Uhr"}

    answers = all_at_once(
        (line_to(branch), "reschedule_appointment", there),
        (line_to(branch, from_number=STRANGER), "reschedule_appointment", there),
    )

    assert sorted(answer["status"] for answer in answers) == ["rescheduled", "unavailable"]
    refused = next(answer for answer in answers if answer["status"] == "unavailable")
    assert len(refused["data"]["alternatives"]) == 2
    confirmed = Appointment.objects.confirmed()
    assert confirmed.filter(starts_at=at(10, days=1)).count() == 1
    assert sum(confirmed.values_list("reschedule_count", flat=True)) == 1


def test_a_move_and_a_cancellation_at_once_end_in_one_truth(branch, booked, monday):
    mover, canceller = lines_of_one_call(branch, 2)

    moved, cancelled = all_at_once(
        (mover, "reschedule_appointment", {"new_date": "übermorgen", "new_time": "14 Uhr"}),
        (canceller, "cancel_appointment", {}),
    )

    row = Appointment.objects.get()
    assert (row.status, cancelled["status"]) == ("cancelled", "cancelled")
    assert moved["status"] in {"rescheduled", "none"}
    was_moved = row.starts_at == at(14, days=1)
    assert was_moved is (moved["status"] == "rescheduled")
    assert row.revision == (3 if was_moved else 2)
    assert not AppointmentPhase.objects.unreleased().exists()
    first, *rest = row.phases.order_by("sequence")
    assert first.starts_at == row.starts_at
    assert rest[-1].ends_at == row.ends_at


def test_one_cancellation_three_times_at_once_is_one(branch, booked, monday):
    lines = lines_of_one_call(branch, 3)

    answers = all_at_once(*((line, "cancel_appointment", {"date": "10.1."}) for line in lines))

    assert sorted(answer["status"] for answer in answers) == [
        "already_cancelled",
        "already_cancelled",
        "cancelled",
    ]
    assert Appointment.objects.get().revision == 2


def test_a_confirmation_three_times_at_once_is_one_booking(branch, cut, monday):
    turn(Flag.TWO_STEP_BOOKING, branch.company, is_on=True)
    lines = lines_of_one_call(branch, 3)
    lines[0].ask(
        "start_booking", datetime="2030-01-08 10:00", service=cut.name, customer_name="Lena Vogt"
    )

    answers = all_at_once(*((line, "confirm_booking", {}) for line in lines))

    row = Appointment.objects.get()
    assert [answer["status"] for answer in answers] == ["booked"] * 3
    assert {answer["data"]["appointment"]["id"] for answer in answers} == {row.public_id}
    assert Customer.objects.filter(company=branch.company).count() == 1
