"""How much one call may ask, and what is answered when everybody is busy."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from appointments.models import Appointment
from booking_site.web_worker import MeasuringPool
from tests.conftest import at
from tests.integration.conftest import STRANGER, line_to
from voice.limits import PAUSE
from voice.models import Call, FunctionCall
from voice.queueing import queued, queued_seconds

NAMES = (
    "get_current_context",
    "check_customer",
    "list_services",
    "get_opening_hours",
    "parse_date",
)


def ask_often(line, times: int, *, names=NAMES, apart=timedelta(seconds=4)) -> list[str]:
    """Ask one after another with some time between; return the statuses."""
    statuses = []
    for number in range(times):
        with time_machine.travel(at(12, days=-1) + number * apart, tick=False):
            statuses.append(line.ask(names[number % len(names)])["status"])
    return statuses


@pytest.fixture
def caller(branch):
    return line_to(branch)


def test_the_fifty_first_function_of_a_call_is_one_too_many(caller):
    statuses = ask_often(caller, 51)

    assert statuses[-1] == "rate_limited"
    assert "rate_limited" not in statuses[:-1]


def test_the_eleventh_of_one_name_is_one_too_many(caller):
    statuses = ask_often(caller, 11, names=["check_customer"])

    assert statuses == ["new_customer"] * 10 + ["rate_limited"]


def test_the_twenty_first_within_a_minute_is_one_too_many(caller):
    statuses = ask_often(caller, 21, apart=timedelta(seconds=2))

    assert statuses[-1] == "rate_limited"
    assert "rate_limited" not in statuses[:-1]


def test_the_limit_is_said_in_words_and_points_to_a_person(caller):
    ask_often(caller, 11, names=["check_customer"])

    with time_machine.travel(at(12, 1, days=-1), tick=False):
        answer = caller.ask("check_customer")

    assert (answer["success"], answer["status"]) == (True, "rate_limited")
    assert answer["message"] == (
        "So kommen wir gerade nicht weiter. Soll jemand aus dem Salon Sie zurückrufen?"
    )
    assert answer["data"]["customer"] is None


def test_who_is_stuck_can_still_ask_for_a_person(caller):
    ask_often(caller, 11, names=["check_customer"])

    with time_machine.travel(at(12, 1, days=-1), tick=False):
        answer = caller.ask("request_callback", customer_name="Lena Vogt")

    assert answer["status"] == "callback_queued"


def test_the_pause_ends_after_five_minutes_however_often_one_asks_meanwhile(caller):
    ask_often(caller, 11, names=["check_customer"])
    began = at(12, days=-1) + 10 * timedelta(seconds=4)

    def ask(after: timedelta) -> str:
        with time_machine.travel(began + after, tick=False):
            return caller.ask("check_customer")["status"]

    meanwhile = {ask(PAUSE / 2), ask(PAUSE - timedelta(seconds=1))}
    afterwards = ask(PAUSE)

    assert meanwhile == {"rate_limited"}
    assert afterwards == "new_customer"
    assert FunctionCall.objects.filter(status="rate_limited").count() == 3


def test_another_call_is_not_concerned(branch, caller):
    ask_often(caller, 11, names=["check_customer"])

    with time_machine.travel(at(12, 1, days=-1), tick=False):
        assert line_to(branch, from_number=STRANGER).ask("check_customer")["status"] == (
            "new_customer"
        )


def test_repetitions_of_the_platform_do_not_count(caller, monday):
    body = caller.envelope("check_customer", {})

    statuses = {caller.post(body).json()["status"] for _ in range(30)}

    assert statuses == {"new_customer"}
    assert Call.objects.get().limited_until is None


def test_what_was_booked_is_said_again_although_too_much_was_asked(caller, cut):
    wish = {"datetime": "2030-01-08 10:00", "service": cut.name, "customer_name": "Lena Vogt"}
    with time_machine.travel(at(12, days=-1), tick=False):
        booked = caller.ask("start_booking", **wish)
    ask_often(caller, 11, names=["check_customer"])

    with time_machine.travel(at(12, 1, days=-1), tick=False):
        again = caller.ask("start_booking", **wish)
        other = caller.ask("start_booking", **wish | {"datetime": "2030-01-08 14:00"})

    assert again["data"]["appointment"] == booked["data"]["appointment"]
    assert other["status"] == "rate_limited"
    assert Appointment.objects.confirmed().count() == 1


def test_a_loop_of_other_functions_keeps_a_call_from_booking(caller, cut):
    ask_often(caller, 21, apart=timedelta(0))

    with time_machine.travel(at(12, 1, days=-1), tick=False):
        answer = caller.ask(
            "start_booking", datetime="2030-01-08 10:00", service=cut.name, customer_name="Ida Lux"
        )

    assert (answer["status"], answer["data"]["booked"]) == ("rate_limited", False)
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("times", [1, 3])
def test_counting_costs_one_question(caller, times, monday, django_assert_num_queries):
    for _ in range(times):
        caller.ask("check_customer")

    # PostgreSQL is told twice not to wait for the disk.
    with django_assert_num_queries(10 if connection.vendor == "sqlite" else 12):
        caller.ask("check_customer")


def test_what_waited_too_long_for_a_thread_is_not_begun(caller, cut, monday):
    wish = {"datetime": "2030-01-08 10:00", "service": cut.name, "customer_name": "Lena Vogt"}

    with queued(1.6):
        read, write = caller.ask("check_availability", **wish), caller.ask("start_booking", **wish)
    with queued(3.6):
        late = caller.ask("start_booking", **wish)

    assert (read["success"], read["status"]) == (True, "try_again_in_a_moment")
    assert read["message"] == "Einen kleinen Moment noch, ich bin gleich so weit."
    assert read["data"]["call_id"] == caller.call_id
    assert (write["status"], late["status"]) == ("booked", "try_again_in_a_moment")
    assert FunctionCall.objects.count() == 1


def test_what_was_not_begun_is_done_when_asked_again(caller, cut, monday):
    wish = {"datetime": "2030-01-08 10:00", "service": cut.name, "customer_name": "Lena Vogt"}
    body = caller.envelope("start_booking", wish)
    with queued(4.0):
        shed = caller.post(body).json()

    booked = caller.post(body).json()

    assert (shed["status"], booked["status"]) == ("try_again_in_a_moment", "booked")
    assert booked["data"]["repeated"] is False


def test_an_unsigned_request_is_refused_however_long_it_waited(caller, monday):
    body = caller.envelope("check_customer", {})

    with queued(10.0):
        response = caller.post(body, **{"X-Retell-Signature": "v=1,d=0"})

    assert response.status_code == 401


def test_a_thread_pool_tells_how_long_work_has_waited_for_a_thread():
    first_runs, second_waits = threading.Event(), threading.Event()

    def first() -> float:
        first_runs.set()
        second_waits.wait()
        return queued_seconds()

    with MeasuringPool(max_workers=1) as pool:
        one = pool.submit(first)
        first_runs.wait()
        two = pool.submit(queued_seconds)
        threading.Timer(0.05, second_waits.set).start()

        assert two.result() >= 0.05
        assert one.result() < two.result()
    assert queued_seconds() == 0
