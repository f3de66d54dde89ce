"""What `{tuesday 10:00}` and its like stand for, whenever a script is played."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking_site.simulated_calls.placeholders import (
    Days,
    PlaceholderError,
    fill,
    problem_of,
    whole_weeks,
)

BERLIN = ZoneInfo("Europe/Berlin")
MON_TO_SAT = set(range(6))
MONDAY = date(2026, 11, 23)


def days(*, today: date = MONDAY, locale: str = "de") -> Days:
    first, second = whole_weeks(is_open=lambda _: True, usual=MON_TO_SAT, today=today)
    now = datetime(today.year, today.month, today.day, 10, 7, tzinfo=BERLIN)
    return Days(now=now, zone=BERLIN, locale=locale, first_week=first, second_week=second)


def filled(value, **facts):
    return fill(value, days=days(), facts=facts)


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("{tuesday}", "2026-12-01"),
        ("{tuesday 10:00}", "2026-12-01T10:00:00+01:00"),
        ("{sunday}", "2026-12-06"),
        ("{next tuesday}", "2026-12-08"),
        ("{past friday 09:30}", "2026-11-20T09:30:00+01:00"),
        ("{today}", "2026-11-23"),
        ("{yesterday}", "2026-11-22"),
        ("{tomorrow, %d.%m.}", "24.11."),
        ("{in 100 days}", "2027-03-03"),
        ("{in 5 minutes}", "2026-11-23T10:12:00+01:00"),
        ("{tuesday, spoken}", "Dienstag, 1. Dezember"),
        ("{tuesday 15:30, spoken}", "Dienstag, 1. Dezember, 15 Uhr 30"),
        ("{tuesday, sentence}", "am Dienstag, dem 1. Dezember"),
        ("{tomorrow 15:30, sentence}", "morgen, am Dienstag, dem 24. November, um 15 Uhr 30"),
        ("am {tuesday, %d.%m.} oder {friday, %d.%m.}", "am 01.12. oder 04.12."),
        ("{{current_date}}", "{{current_date}}"),
    ],
)
def test_a_day_is_written_in_words_and_comes_out_in_figures(written, means):
    assert problem_of(written, known=()) == ""
    assert filled(written) == means


@pytest.mark.parametrize("later", range(14))
def test_tuesday_comes_before_wednesday_and_the_day_after_tomorrow_whenever_it_is(later):
    today = MONDAY + timedelta(days=later)

    first, second = whole_weeks(is_open=lambda _: True, usual=MON_TO_SAT, today=today)

    assert first.weekday() == second.weekday() == 0
    assert today + timedelta(days=2) <= first <= today + timedelta(days=8)
    assert second == first + timedelta(days=7)


def test_a_week_with_a_holiday_is_no_week_of_a_script():
    closed = {date(2026, 12, 4), date(2026, 12, 25)}

    weeks = whole_weeks(is_open=lambda day: day not in closed, usual=MON_TO_SAT, today=MONDAY)

    assert weeks == (date(2026, 12, 7), date(2026, 12, 14))


def test_a_day_on_which_the_salon_never_opens_does_not_matter():
    weeks = whole_weeks(is_open=lambda day: day.weekday() != 6, usual=MON_TO_SAT, today=MONDAY)

    assert weeks[0] == date(2026, 11, 30)


def test_a_salon_that_is_closed_for_months_has_no_days_to_play_on():
    with pytest.raises(PlaceholderError):
        whole_weeks(is_open=lambda _: False, usual=MON_TO_SAT, today=MONDAY)


def test_what_an_answer_held_keeps_its_type_alone_and_is_spelled_inside_a_text():
    facts = {"offer": {"data": {"alternatives": [{"option": 1}, {"option": 2}]}}}

    assert filled("{offer.data.alternatives.1.option}", **facts) == 2
    assert filled(["Nummer {offer.data.alternatives.1.option}"], **facts) == ["Nummer 2"]


@pytest.mark.parametrize("path", ["offer.data.slot", "offer.data.3", "offer.status.word"])
def test_what_an_answer_did_not_hold_is_named(path):
    facts = {"offer": {"status": "none", "data": [1]}}

    with pytest.raises(PlaceholderError, match=path):
        filled(f"{{{path}}}", **facts)


@pytest.mark.parametrize("written", ["{someday}", "{tuesday 10}", "{next week}", "{a-b}", "{ }"])
def test_what_means_nothing_is_told_with_what_would(written):
    problem = problem_of(f"am {written}", known={"offer", "staff"})

    assert problem.startswith(f"{written} is neither a day, like {{tuesday 10:00}}")
    assert problem.endswith("offer, staff")
