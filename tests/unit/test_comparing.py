"""Whether an answer is what a script expects."""

import pytest

from booking_site.documents.places import Place
from booking_site.simulated_calls.comparing import Answered, differences, problems_of
from booking_site.simulated_calls.script import Expected

PLACE = Place(1, "")
BODY = {
    "success": True,
    "status": "available",
    "message": "Morgen um 10 Uhr ist frei.",
    "data": {"slot": {"time": "10:00", "option": 1}, "alternatives": [], "available": True},
}


def answered(*, milliseconds: float = 20, http: int = 200, **changes) -> Answered:
    return Answered(http=http, milliseconds=milliseconds, body=BODY | changes)


def problems(*answers: Answered, limit_ms: float | None = None, **expected) -> list[str]:
    return list(problems_of(answers, Expected(place=PLACE, **expected), limit_ms=limit_ms))


def test_an_answer_may_hold_more_than_is_expected():
    assert (
        problems(answered(), status="available", data={"slot": {"option": 1}}, says=("10 uhr",))
        == []
    )


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ({"status": "unavailable"}, "status is available, not unavailable: Morgen"),
        ({"success": False}, "success is True"),
        ({"data": {"slot": {"time": "11:00"}}}, "data.slot.time is '10:00', not '11:00'"),
        ({"data": {"slot": {"token": "x"}}}, "data.slot.token is missing"),
        ({"data": {"available": 1}}, "data.available is True, not 1"),
        ({"data": {"alternatives": [{}]}}, "data.alternatives has 0 entries, not 1"),
        ({"data": {"slot": None}}, "data.slot is {"),
        ({"says": ("11 Uhr",)}, "does not say '11 Uhr', but: Morgen"),
        ({"never_says": ("FREI",)}, "says 'FREI': Morgen"),
        ({"http": 401}, "HTTP 200, not 401"),
        ({"statuses": {"booked": 1}}, "statuses are {'available': 1}, not {'booked': 1}"),
    ],
)
def test_what_is_not_as_expected_is_told(expected, problem):
    (found,) = problems(answered(), **expected)

    assert found.startswith(problem)


def test_of_several_answers_the_last_counts_and_the_slowest():
    first, last = answered(status="booked", milliseconds=700), answered()

    found = problems(
        first, last, status="available", statuses={"booked": 1, "available": 1}, limit_ms=500
    )

    assert found == ["took 700 ms, not 500"]


def test_a_refused_request_has_no_answer_to_compare():
    assert problems(Answered(http=401, milliseconds=1), http=401) == []


def test_a_list_is_compared_entry_by_entry():
    assert list(differences([{"a": 1}, {"a": 2}], [{"a": 1, "b": 0}, {"a": 3}], path="x")) == [
        "x.1.a is 3, not 2"
    ]


@pytest.mark.parametrize(
    ("understood", "asks"),
    [
        ({"date": "2026-12-01", "time": "10:00", "confirmation": "full"}, True),
        ({"date": "2026-12-01", "time": "10:00", "confirmation": "brief"}, True),
        ({"date": "2026-12-01", "time": "10:00", "confirmation": "none"}, False),
        ({"date": "2026-12-01", "time": None, "confirmation": "full"}, False),
        (None, False),
    ],
)
def test_only_a_whole_wish_is_confirmed(understood, asks):
    assert answered(data={"understood": understood}).asks_confirmation is asks
