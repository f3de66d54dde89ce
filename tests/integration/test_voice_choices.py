"""Which of two offers a caller chooses, in whatever words the model passes them on."""

import pytest

from tests.asking import book
from tests.conftest import at
from tests.factories.appointments import CustomerFactory
from tests.integration.conftest import STRANGER, line_to

NINE, FIVE_TO_ELEVEN = "2030-01-08T09:00:00+01:00", "2030-01-08T10:55:00+01:00"


@pytest.fixture(autouse=True)
def offered(line, branch, cut, now):
    """Ten is taken; nine and five to eleven are offered."""
    book(cut, at(10), branch=branch, now=now, customer=CustomerFactory(company=branch.company))
    answer = line.ask("check_availability", date="morgen", time="10 Uhr", service=cut.name)
    assert [slot["starts_at"] for slot in answer["data"]["alternatives"]] == [NINE, FIVE_TO_ELEVEN]


def booked_at(answer) -> str:
    assert answer["status"] == "booked", answer["message"]
    return answer["data"]["appointment"]["starts_at"]


@pytest.mark.parametrize(
    ("option", "starts_at"),
    [
        (1, NINE),
        ("1", NINE),
        ("die erste", NINE),
        ("Option eins", NINE),
        ("the first one", NINE),
        ("die frühere bitte", NINE),
        ("um neun", NINE),
        (2, FIVE_TO_ELEVEN),
        ("die zweite von den beiden", FIVE_TO_ELEVEN),
        ("the second one", FIVE_TO_ELEVEN),
        ("den späteren", FIVE_TO_ELEVEN),
        ("die letzte", FIVE_TO_ELEVEN),
        ("die 10:55", FIVE_TO_ELEVEN),
        ("10 Uhr 55", FIVE_TO_ELEVEN),
        ("fünf vor elf", FIVE_TO_ELEVEN),
    ],
)
def test_an_offer_is_chosen_by_its_number_its_place_or_its_time(line, option, starts_at):
    answer = line.ask("start_booking", option=option, customer_name="Lena Vogt")

    assert booked_at(answer) == starts_at
    assert answer["data"]["understood"]["confirmation"] == "none"


@pytest.mark.parametrize("option", ["2 Uhr", "um zwei", "14:00", "zwei Uhr"])
def test_a_clock_time_is_no_number_of_an_offer(line, option):
    answer = line.ask("start_booking", option=option, customer_name="Lena Vogt")

    assert booked_at(answer) == "2030-01-08T14:00:00+01:00"


@pytest.mark.parametrize("option", ["", "beide", "die dritte", "1 oder 2", "eine davon", "none"])
def test_what_chooses_none_of_them_books_nothing(line, option):
    answer = line.ask("start_booking", option=option, customer_name="Lena Vogt")

    assert answer["status"] == "time_required"


def test_a_token_of_another_call_says_nothing_and_the_option_counts(line, branch, cut):
    theirs = line_to(branch, from_number=STRANGER).ask(
        "check_availability", date="morgen", time="15 Uhr", service=cut.name
    )
    token = theirs["data"]["slot"]["token"]

    answer = line.ask(
        "start_booking", slot_token=token, option="die zweite", customer_name="Lena Vogt"
    )

    assert booked_at(answer) == FIVE_TO_ELEVEN
