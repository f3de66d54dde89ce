"""How moments, lengths of time and money are said."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice import speech
from voice.when import OPEN_END, OPEN_START, TimeWindow

MONDAY = date(2026, 11, 23)


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute))


@pytest.mark.parametrize(
    ("clock", "german", "english"),
    [
        (time(10), "10 Uhr", "10 a.m."),
        (time(15, 30), "15 Uhr 30", "3:30 p.m."),
        (time(9, 5), "9 Uhr 5", "9:05 a.m."),
        (time(0), "0 Uhr", "12 a.m."),
        (time(12), "12 Uhr", "12 p.m."),
    ],
)
def test_a_clock_time_is_said_in_full(clock: time, german: str, english: str) -> None:
    assert speech.spoken_time(clock, locale="de") == german
    assert speech.spoken_time(clock, locale="en") == english


def test_a_moment_by_itself_has_weekday_day_month_and_time() -> None:
    moment = at(date(2026, 11, 24))

    assert speech.spoken_moment(moment, locale="de") == "Dienstag, 24. November, 10 Uhr"
    assert speech.spoken_moment(moment, locale="en") == "Tuesday, 24 November, 10 a.m."


@pytest.mark.parametrize(
    ("ahead", "german", "english"),
    [
        (0, "heute, am Montag, dem 23. November", "today, on Monday, 23 November"),
        (1, "morgen, am Dienstag, dem 24. November", "tomorrow, on Tuesday, 24 November"),
        (
            2,
            "übermorgen, am Mittwoch, dem 25. November",
            "the day after tomorrow, on Wednesday, 25 November",
        ),
        (3, "am Donnerstag, dem 26. November", "on Thursday, 26 November"),
        (8, "am Dienstag, dem 1. Dezember", "on Tuesday, 1 December"),
    ],
)
def test_near_days_are_called_by_name_as_well(ahead: int, german: str, english: str) -> None:
    moment = at(MONDAY + timedelta(days=ahead))

    in_german = speech.sentence_moment(moment, locale="de", today=MONDAY)
    in_english = speech.sentence_moment(moment, locale="en", today=MONDAY)

    assert in_german == f"{german}, um 10 Uhr"
    assert in_english == f"{english}, at 10 a.m."


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 24), "Dienstag, 24. November"),
        (date(2027, 11, 22), "Montag, 22. November"),
        (date(2027, 11, 23), "Dienstag, 23. November 2027"),
        (date(2027, 11, 24), "Mittwoch, 24. November 2027"),
        (date(2026, 11, 20), "Freitag, 20. November 2026"),
        (date(2028, 2, 29), "Dienstag, 29. Februar"),
    ],
)
def test_the_year_is_said_only_when_it_is_not_the_next_such_day(day: date, said: str) -> None:
    assert speech.spoken_date(day, locale="de", today=MONDAY) == said


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 26), "am gleichen Tag, Donnerstag, dem 26. November"),
        (date(2026, 11, 24), "morgen, am Dienstag, dem 24. November"),
        (date(2026, 11, 25), "übermorgen, am Mittwoch, dem 25. November"),
        (date(2026, 11, 29), "am Sonntag, dem 29. November"),
        (date(2026, 11, 30), "nächste Woche Montag, den 30. November"),
        (date(2026, 12, 6), "nächste Woche Sonntag, den 6. Dezember"),
        (date(2026, 12, 7), "am Montag, dem 7. Dezember"),
    ],
)
def test_an_offer_is_named_by_its_distance_and_always_with_its_date(day: date, said: str) -> None:
    offered = speech.offered_moment(
        at(day), wished_on=date(2026, 11, 26), locale="de", today=MONDAY
    )

    assert offered == f"{said}, um 10 Uhr"


def test_within_six_days_it_is_not_next_week_even_across_sunday() -> None:
    friday = date(2026, 11, 27)

    tuesday = speech.offered_moment(
        at(date(2026, 12, 1)), wished_on=friday, locale="en", today=friday
    )

    assert tuesday == "on Tuesday, 1 December, at 10 a.m."


@given(today=st.dates(date(2024, 1, 1), date(2035, 12, 31)), ahead=st.integers(0, 800))
def test_every_date_is_said_with_its_weekday_and_without_figures_of_a_machine(
    today: date, ahead: int
) -> None:
    day = today + timedelta(days=ahead)
    weekday = speech.WEEKDAYS["de"][day.weekday()]

    for said in (
        speech.spoken_date(day, locale="de", today=today),
        speech.sentence_date(day, locale="de", today=today),
        speech.offered_moment(at(day), wished_on=today, locale="de", today=today),
    ):
        assert weekday in said
        assert f"{day.day}. {speech.MONTHS['de'][day.month - 1]}" in said
        assert day.isoformat() not in said
        assert not any(name in said for name in speech.WEEKDAYS["en"])


@pytest.mark.parametrize(
    ("window", "german", "english"),
    [
        (
            TimeWindow(time(8), time(12)),
            "zwischen 8 Uhr und 12 Uhr",
            "between 8 a.m. and 12 p.m.",
        ),
        (TimeWindow(time(16), OPEN_END), "ab 16 Uhr", "from 4 p.m."),
        (TimeWindow(OPEN_START, time(12)), "bis 12 Uhr", "until 12 p.m."),
    ],
)
def test_a_window_says_only_the_ends_it_has(window: TimeWindow, german: str, english: str) -> None:
    assert speech.spoken_window(window, locale="de") == german
    assert speech.spoken_window(window, locale="en") == english


@pytest.mark.parametrize(
    ("minutes", "german", "english"),
    [
        (55, "55 Minuten", "55 minutes"),
        (135, "2 Stunden und 15 Minuten", "2 hours and 15 minutes"),
        (60, "1 Stunde", "1 hour"),
        (61, "1 Stunde und 1 Minute", "1 hour and 1 minute"),
        (0, "0 Minuten", "0 minutes"),
    ],
)
def test_a_length_of_time_is_hours_and_minutes(minutes: int, german: str, english: str) -> None:
    assert speech.spoken_duration(minutes, locale="de") == german
    assert speech.spoken_duration(minutes, locale="en") == english


@pytest.mark.parametrize(
    ("amount", "german", "english"),
    [
        (Decimal(32), "32 Euro", "32 euros"),
        (Decimal("20.50"), "20 Euro 50", "20 euros 50"),
        (Decimal("1.00"), "1 Euro", "1 euro"),
    ],
)
def test_cents_are_said_only_where_there_are_some(
    amount: Decimal, german: str, english: str
) -> None:
    assert speech.spoken_price(amount, locale="de") == german
    assert speech.spoken_price(amount, locale="en") == english
