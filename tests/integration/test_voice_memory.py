"""How much the agent should have confirmed: everything once, then only what is new."""

import pytest

from features.flags import Flag
from tests.asking import book
from tests.conftest import at
from tests.factories.appointments import CustomerFactory
from tests.integration.test_voice_functions import turn


@pytest.fixture
def ask(line, cut):
    """Check a time, and return what is to be confirmed."""

    def ask(function: str = "check_availability", **said: str) -> str:
        answer = line.ask(function, service=cut.name, **said)
        return answer["data"]["understood"]["confirmation"]

    return ask


def test_the_first_complete_moment_is_confirmed_in_full(ask):
    assert ask(date="morgen", time="10 Uhr") == "full"


def test_a_new_time_on_a_day_that_was_read_back_is_confirmed_briefly(ask):
    ask(date="morgen", time="10 Uhr")

    assert (ask(time="11:30"), ask(date="morgen", time="14:30")) == ("brief", "brief")


def test_another_day_is_confirmed_in_full(ask):
    ask(date="morgen", time="10 Uhr")

    assert ask(date="Donnerstag", time="11:30") == "full"
    assert ask(date="morgen", time="14:30") == "full"


def test_a_day_that_came_without_a_time_is_confirmed_in_full_with_it(ask, line, cut):
    ask(date="morgen", time="10 Uhr")
    line.ask("check_availability", date="Donnerstag", service=cut.name)

    assert (ask(time="13:20"), ask(time="15:40")) == ("full", "brief")


def test_a_day_with_two_readings_is_confirmed_in_full(ask):
    ask(date="Mittwoch", time="10 Uhr")

    assert ask(date="nächsten Mittwoch", time="11 Uhr") == "full"


def test_a_month_that_was_not_said_is_confirmed_in_full(ask):
    ask(date="am zwölften", time="10 Uhr")

    assert ask(date="am zwölften", time="11 Uhr") == "full"


@pytest.mark.parametrize(
    ("unclear", "status"),
    [
        ({"date": "diese Woche"}, "date_required"),
        ({"date": "30. Februar"}, "date_not_understood"),
        ({"date": "Dienstag oder Mittwoch", "time": "10 Uhr"}, "date_ambiguous"),
        ({"date": "Mittwoch, der 8. Januar", "time": "10 Uhr"}, "weekday_mismatch"),
    ],
)
def test_a_service_named_with_an_unclear_day_is_not_asked_for_again(line, cut, unclear, status):
    first = line.ask("check_availability", service=cut.name, **unclear)

    second = line.ask("check_availability", date="morgen", time="14 Uhr")

    assert first["status"] == status
    assert first["data"]["understood"]["service"] == {"id": cut.pk, "name": cut.name}
    assert (second["status"], second["data"]["slot"]["service"]["id"]) == ("available", cut.pk)


def test_an_impossible_time_is_answered_with_times_of_the_day_agreed(line, cut):
    unknown_day = line.ask("check_availability", time="25 Uhr", service=cut.name)
    line.ask("check_availability", date="Freitag", service=cut.name)

    answer = line.ask("check_availability", time="25 Uhr")

    assert (unknown_day["status"], unknown_day["data"]["alternatives"]) == ("time_required", [])
    assert answer["status"] == "time_required"
    assert [slot["date"] for slot in answer["data"]["alternatives"]] == ["2030-01-11"] * 2


@pytest.mark.parametrize("chosen", [{"option": "die zweite"}, {"time": "10:55"}])
def test_an_offer_that_was_chosen_needs_no_confirmation(ask, branch, cut, now, chosen):
    someone = CustomerFactory.create(company=branch.company)
    book(cut, at(10), branch=branch, now=now, customer=someone)
    ask(date="morgen", time="10 Uhr")

    assert ask("start_booking", **chosen, customer_name="Lena Vogt") == "none"


def test_after_a_booking_the_next_wish_is_confirmed_in_full(ask, line, cut):
    ask("start_booking", date="morgen", time="10 Uhr", customer_name="Lena Vogt")

    assert ask(date="morgen", time="14 Uhr") == "full"


def test_with_the_flag_off_everything_is_confirmed_in_full(ask, branch, cut, now):
    turn(Flag.BRIEF_CONFIRMATIONS, branch.company, is_on=False)
    book(cut, at(10), branch=branch, now=now, customer=CustomerFactory(company=branch.company))
    ask(date="morgen", time="10 Uhr")

    assert (ask(time="14 Uhr"), ask(option="1")) == ("full", "full")
