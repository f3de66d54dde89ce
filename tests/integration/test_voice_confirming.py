"""Booking in two steps: held and kept first, booked when the caller says yes once more."""

from datetime import timedelta

import pytest
import time_machine

from appointments import actions
from appointments.models import Appointment, Customer, Status
from features.flags import Flag
from tests.asking import book
from tests.conftest import at
from tests.factories.appointments import CustomerFactory
from tests.integration.conftest import LENA, STRANGER, line_to
from tests.integration.test_voice_functions import starts, turn
from voice.models import PendingBooking

TEN = {"datetime": "2030-01-08 10:00", "customer_name": "Lena Vogt"}


@pytest.fixture
def two_steps(branch):
    turn(Flag.TWO_STEP_BOOKING, branch.company, is_on=True)


@pytest.fixture
def clock(now):
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


def test_e35_confirming_repeats_what_this_call_has_booked(branch, line, cut):
    booked = line.ask("start_booking", **TEN, service=cut.name)

    confirmed = line.ask("confirm_booking", call_id="call_001")
    elsewhere = line_to(branch).ask("confirm_booking")

    assert (confirmed["status"], confirmed["data"]["repeated"]) == ("booked", True)
    assert confirmed["data"]["appointment"] == booked["data"]["appointment"]
    assert (elsewhere["status"], elsewhere["data"]["booked"]) == ("nothing_to_confirm", False)


def test_e41_with_the_flag_on_nothing_is_booked_yet(two_steps, line, branch, cut, mara):
    answer = line.ask("start_booking", **TEN, service=cut.name)

    assert (answer["status"], answer["data"]["booked"]) == ("awaiting_confirmation", False)
    assert answer["data"]["appointment"] is None
    assert answer["data"]["slot"]["starts_at"] == "2030-01-08T10:00:00+01:00"
    assert answer["message"] == (
        "Herrenhaarschnitt morgen, am Dienstag, dem 8. Januar, um 10 Uhr bei Mara Lindt habe ich "
        "für Sie vorgemerkt. Soll ich das so buchen?"
    )
    held = Appointment.objects.get()
    assert (held.status, held.call_id) == (Status.HELD, line.call_id)
    assert not Customer.objects.filter(company=branch.company).exists()


def test_confirming_books_what_was_kept(two_steps, line, cut):
    line.ask(
        "start_booking",
        **TEN,
        service=cut.name,
        notes="Kopfhaut empfindlich",
        customer_email="lena at example Punkt com",
    )

    answer = line.ask("confirm_booking")

    assert (answer["status"], answer["data"]["repeated"]) == ("booked", False)
    assert answer["data"]["understood"]["confirmation"] == "none"
    row = Appointment.objects.get()
    assert (row.status, row.starts_at, row.call_id) == ("confirmed", at(10), line.call_id)
    assert (row.customer_name, row.notes) == ("Lena Vogt", "Kopfhaut empfindlich")
    assert (row.customer.phone, row.customer.email) == (LENA, "lena@example.com")
    assert not PendingBooking.objects.exists()


def test_confirming_twice_is_confirming_once(two_steps, line, cut):
    line.ask("start_booking", **TEN, service=cut.name)

    answers = [line.ask("confirm_booking") for _ in range(2)]
    again = line.ask("start_booking", **TEN, service=cut.name)

    assert [answer["data"]["repeated"] for answer in (*answers, again)] == [False, True, True]
    assert len({answer["data"]["appointment"]["id"] for answer in (*answers, again)}) == 1
    assert Appointment.objects.count() == 1


def test_a_corrected_time_needs_no_name_again_and_is_the_one_confirmed(two_steps, line, cut):
    line.ask("start_booking", **TEN, service=cut.name)
    line.ask("start_booking", date="morgen", time="14 Uhr", service=cut.name)

    line.ask("confirm_booking")

    assert Appointment.objects.get().starts_at == at(14)


@pytest.mark.parametrize("minutes", [5, 9])
def test_after_its_hold_has_run_out_a_free_slot_is_still_booked(
    two_steps, branch, cut, clock, minutes
):
    line = line_to(branch)
    line.ask("start_booking", **TEN, service=cut.name)
    clock.shift(timedelta(minutes=minutes))

    assert line.ask("confirm_booking")["status"] == "booked"


def test_taken_meanwhile_it_is_answered_with_others(two_steps, branch, cut, clock, now):
    line = line_to(branch)
    line.ask("start_booking", **TEN, service=cut.name)
    later = now + timedelta(minutes=5)
    book(cut, at(10), branch=branch, now=later, customer=CustomerFactory(company=branch.company))
    clock.move_to(later)

    answer = line.ask("confirm_booking")

    assert (answer["status"], answer["data"]["reason"]) == ("unavailable", "taken")
    assert len(starts(answer)) == 2
    assert Appointment.objects.confirmed().count() == 1
    assert line.ask("confirm_booking")["status"] == "nothing_to_confirm"


def test_nobody_else_takes_the_place_of_whoever_was_named(
    two_steps, branch, cut, jonas, clock, now
):
    cut.staff_services.create(staff=jonas)
    line = line_to(branch)
    asked = line.ask("start_booking", **TEN, service=cut.name)
    named = asked["data"]["slot"]["staff"]["id"]
    later = now + timedelta(minutes=5)
    someone = CustomerFactory.create(company=branch.company)
    book(cut, at(10), branch=branch, now=later, customer=someone, staff_id=named)
    clock.move_to(later)

    assert line.ask("confirm_booking")["status"] == "unavailable"


def test_after_ten_minutes_nothing_is_left_to_confirm(two_steps, branch, cut, clock):
    line = line_to(branch)
    line.ask("start_booking", **TEN, service=cut.name)
    clock.shift(timedelta(minutes=10))

    answer = line.ask("confirm_booking")

    assert answer["status"] == "nothing_to_confirm"
    assert not Appointment.objects.confirmed().exists()


def test_a_kept_wish_that_is_over_confirms_no_older_booking(two_steps, branch, cut, clock):
    line = line_to(branch)
    line.ask("start_booking", **TEN, service=cut.name)
    line.ask("confirm_booking")
    line.ask("start_booking", date="morgen", time="14 Uhr", service=cut.name)
    clock.shift(timedelta(minutes=11))

    assert line.ask("confirm_booking")["status"] == "nothing_to_confirm"


def test_a_wish_is_confirmed_although_the_flag_went_off_meanwhile(two_steps, line, branch, cut):
    line.ask("start_booking", **TEN, service=cut.name)
    turn(Flag.TWO_STEP_BOOKING, branch.company, is_on=False)

    assert line.ask("confirm_booking")["status"] == "booked"


def test_one_call_does_not_confirm_the_wish_of_another(two_steps, line, branch, cut):
    line.ask("start_booking", **TEN, service=cut.name)

    answer = line_to(branch, from_number=STRANGER).ask("confirm_booking")

    assert answer["status"] == "nothing_to_confirm"


def test_a_taken_slot_is_refused_before_anything_is_kept(two_steps, line, branch, cut, now):
    book(cut, at(10), branch=branch, now=now, customer=CustomerFactory(company=branch.company))

    answer = line.ask("start_booking", **TEN, service=cut.name)

    assert (answer["status"], len(starts(answer))) == ("unavailable", 2)
    assert not PendingBooking.objects.exists()


def test_a_cancelled_booking_is_not_repeated(line, cut, now):
    line.ask("start_booking", **TEN, service=cut.name)
    actions.cancel(appointment=Appointment.objects.get(), now=now)

    assert line.ask("confirm_booking")["status"] == "nothing_to_confirm"
