"""A call comes in: what the agent is told while it rings."""

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from tests.conftest import at
from tests.factories.appointments import BranchFactory, CompanyFactory, CustomerFactory
from tests.integration.conftest import LENA, STRANGER, line_to
from voice.models import Agent, Call

DAY = {
    "current_date": "2030-01-07",
    "current_weekday": "Montag",
    "current_time": "12:00",
    "current_year": "2030",
    "current_month": "Januar",
    "today": "Montag, 7. Januar",
    "tomorrow": "Dienstag, 8. Januar",
    "day_after_tomorrow": "Mittwoch, 9. Januar",
    "next_monday": "Montag, 14. Januar",
}
SALON = {"salon_name": "Salon Eins", "branch_name": "Salon Eins Mitte"}


@pytest.mark.parametrize("path", ["/api/voice/inbound", "/api/voice/inbound/"])
def test_a_known_caller_is_greeted_by_first_name(line, branch, path):
    CustomerFactory.create(company=branch.company, phone=LENA, name="Lena Vogt")

    response = line.ring(path=path)

    assert response.status_code == 200
    assert response.json() == {
        "call_inbound": {
            "dynamic_variables": DAY | SALON | {"customer_first_name": "Lena"},
            "metadata": {"company": "salon-eins", "branch": "mitte"},
        }
    }


@pytest.mark.parametrize("number", [STRANGER, "anonymous", "", "+0000000", "Restricted"])
def test_a_caller_nobody_knows_has_no_name(line, branch, number):
    CustomerFactory.create(company=branch.company, phone=LENA)
    line.from_number = number

    answer = line.ring().json()["call_inbound"]

    assert answer["dynamic_variables"]["customer_first_name"] == ""


def test_a_customer_of_another_company_is_a_stranger_here(line, monday):
    CustomerFactory.create(company=CompanyFactory.create(), phone=LENA, name="Lena Vogt")

    answer = line.ring().json()["call_inbound"]

    assert answer["dynamic_variables"] == DAY | SALON | {"customer_first_name": ""}


def test_an_unknown_number_hears_the_day_and_no_more(line, settings):
    settings.RETELL_API_KEY = line.key = "key_fallback"
    line.to_number, line.agent_id = "+493023125999", ""

    answer = line.ring().json()

    assert answer == {"call_inbound": {"dynamic_variables": DAY, "metadata": {}}}
    assert Call.objects.count() == 0


def test_a_number_and_an_agent_of_two_companies_hear_the_day_and_no_more(line):
    other = BranchFactory.create(company__slug="salon-drei")
    line.agent_id = Agent.objects.create(company=other.company, agent_id="agent_other").agent_id

    assert line.ring().json() == {"call_inbound": {"dynamic_variables": DAY, "metadata": {}}}
    assert Call.objects.count() == 0


def test_an_english_salon_hears_english_in_its_own_zone(line):
    branch = BranchFactory.create(
        company__name="Salon Drei",
        company__slug="salon-drei",
        company__locale="en",
        company__timezone="Europe/London",
    )

    variables = line_to(branch).ring().json()["call_inbound"]["dynamic_variables"]

    assert variables["today"] == "Monday, 7 January"
    assert (variables["current_time"], variables["current_month"]) == ("11:00", "January")


def test_the_day_is_the_branchs_own(line):
    with time_machine.travel(at(0, 30, days=-1), tick=False):  # 23:30 UTC, the day before
        variables = line.ring().json()["call_inbound"]["dynamic_variables"]

    assert (variables["today"], variables["current_time"]) == ("Montag, 7. Januar", "00:30")
    assert all(isinstance(value, str) for value in variables.values())


def test_it_is_noted_that_it_rings_once(line):
    line.ring()
    line.ring()

    call = Call.objects.get()
    assert (call.state, call.from_number) == ("inbound", LENA)


def test_without_a_call_id_nothing_is_noted(line):
    assert line.ring(call_id=None).status_code == 200
    assert Call.objects.count() == 0


def test_the_agent_answers_even_if_the_caller_cannot_be_looked_up(line, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr("voice.calls.find_call", fail)

    answer = line.ring().json()["call_inbound"]

    assert answer["dynamic_variables"] == DAY | SALON | {"customer_first_name": ""}


@pytest.mark.parametrize("known", [1, 3])
def test_a_ringing_call_asks_four_questions_and_notes_one_row(line, branch, known):
    for number in range(known):
        CustomerFactory.create(company=branch.company, phone=f"{LENA[:-1]}{number + 1}")

    with CaptureQueriesContext(connection) as queries:
        line.ring()

    # which number, which agent, which call, which customer; and the call's row
    verbs = [query["sql"].split(maxsplit=1)[0] for query in queries]
    assert [verb for verb in verbs if verb in {"SELECT", "INSERT", "UPDATE"}] == [
        "SELECT",
        "SELECT",
        "SELECT",
        "SELECT",
        "INSERT",
    ]
