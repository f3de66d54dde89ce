"""What the English-speaking say about dates and times, and what it means."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.spoken import written
from voice import speech
from voice.english import understand
from voice.when import Problem, When

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 10, tzinfo=BERLIN)


def heard(said: str = "", at: str = "", *, now: datetime = MONDAY) -> When:
    return understand(date_text=said or None, time_text=at or None, now=now, zone=BERLIN)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("today", "2026-11-23"),
        ("tomorrow", "2026-11-24"),
        ("the day after tomorrow", "2026-11-25"),
        ("yesterday", "past_time 2026-11-22"),
        ("Tuesday", "2026-11-24"),
        ("Monday", "2026-11-30"),
        ("on Monday", "date_ambiguous 2026-11-23/2026-11-30"),
        ("this Monday", "2026-11-23"),
        ("next Tuesday", "2026-11-24/2026-12-01"),
        ("next Monday", "2026-11-30"),
        ("next week Tuesday", "2026-12-01"),
        ("Tuesday next week", "2026-12-01"),
        ("next week on Tuesday", "2026-12-01"),
        ("the Tuesday after next", "2026-12-01"),
        ("this Wednesday", "2026-11-25"),
        ("last Tuesday", "past_time 2026-11-17"),
        ("a week on Friday", "2026-12-04"),
        ("Friday in a week", "2026-12-04"),
        ("in two weeks", "2026-12-07"),
        ("in three days", "2026-11-26"),
        ("24 November", "2026-11-24"),
        ("November 24th", "2026-11-24"),
        ("the 24th of November", "2026-11-24"),
        ("November 24th, 2026", "2026-11-24"),
        ("the twenty-fourth", "2026-11-24 inferred"),
        ("the 23rd", "date_ambiguous 2026-11-23/2026-12-23"),
        ("Wednesday, 26 November", "weekday_mismatch Wed 2026-11-26"),
        ("31 November", "date_not_understood"),
        ("on the second of January", "2027-01-02 inferred"),
        ("11/24", "date_ambiguous 2026-11-24"),
        ("5/6", "date_ambiguous 2027-05-06/2027-06-05"),
        ("24.12.", "2026-12-24"),
        ("2026-11-24", "2026-11-24"),
        ("2023-06-13", "past_time 2023-06-13"),
        ("Christmas Eve", "2026-12-24"),
        ("next week", "date_required 2026-11-30..2026-12-06"),
        ("this weekend", "date_required 2026-11-28..2026-11-29"),
        ("next month", "date_required 2026-12-01..2026-12-31"),
        ("early December", "date_required 2026-12-01..2026-12-10"),
        ("every Tuesday", "date_required"),
        ("from Monday", "date_required"),
        ("not on Tuesday", "date_not_understood"),
        ("I can't do Tuesday", "date_not_understood"),
        ("Tusday", "date_not_understood"),
        ("sometime", "date_not_understood"),
        ("Monday or Tuesday", "date_ambiguous 2026-11-24/2026-11-30"),
        ("Monday, no, Tuesday", "2026-11-24"),
        ("the second Tuesday", "date_not_understood"),
        ("this or next week Tuesday", "date_required"),
        ("{{current_date}}", "2026-11-23"),
        ("{{date}}", "nothing"),
        ("I'd like an appointment please", "nothing"),
    ],
)
def test_a_day(said: str, means: str) -> None:
    assert written(heard(said)) == means


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("3 pm", "15:00"),
        ("3 p.m.", "15:00"),
        ("3:30pm", "15:30"),
        ("12 am", "00:00"),
        ("12 pm", "12:00"),
        ("at 3", "15:00"),
        ("at ten", "10:00"),
        ("at 7 am", "07:00"),
        ("seven o'clock", "19:00"),
        ("half past two", "14:30"),
        ("quarter to three", "14:45"),
        ("a quarter past two", "14:15"),
        ("twenty to three", "14:40"),
        ("ten past nine", "09:10"),
        ("at ten to three", "14:50"),
        ("ten to three", "time_required"),
        ("half two", "time_required"),
        ("noon", "12:00"),
        ("midnight", "time_required"),
        ("14:00", "14:00"),
        ("25:00", "time_required"),
        ("at ten or eleven", "time_required"),
        ("in the morning", "06:00-12:00"),
        ("in the afternoon", "12:00-18:00"),
        ("in the evening", "17:00-22:00"),
        ("eight in the evening", "20:00"),
        ("after 4", "16:00-"),
        ("before noon", "-12:00"),
        ("not before ten", "10:00-"),
        ("between 2 and 4", "14:00-16:00"),
        ("between 2 and 4 pm", "14:00-16:00"),
        ("between 10 and 2 pm", "10:00-14:00"),
        ("from 10 to 12", "10:00-12:00"),
        ("2 to 4", "14:00-16:00"),
        ("in an hour", "2026-11-23 11:00 +0100"),
        ("in half an hour", "2026-11-23 10:30 +0100"),
        ("in an hour and a half", "2026-11-23 11:30 +0100"),
        ("in 20 minutes", "2026-11-23 10:20 +0100"),
        ("something odd", "time_not_understood"),
        ("any time", "nothing"),
    ],
)
def test_a_time(said: str, means: str) -> None:
    assert written(heard(at=said)) == means


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("on Tuesday at 3", "2026-11-24 15:00"),
        ("tomorrow morning", "2026-11-24 06:00-12:00"),
        ("tomorrow afternoon at 3", "2026-11-24 15:00"),
        ("tomorrow evening at eight", "2026-11-24 20:00"),
        ("tonight", "2026-11-23 17:00-22:00"),
        ("good morning, I'd like to come on Friday at noon", "2026-11-27 12:00"),
        ("December 5 10am", "2026-12-05 10:00"),
        ("the 1st of December at a quarter to eleven", "2026-12-01 10:45"),
        ("today at 9", "past_time 2026-11-23 09:00"),
        ("2026-11-24T10:00:00+01:00", "2026-11-24 10:00"),
        ("24.11.2026 10:00", "2026-11-24 10:00"),
        ("Monday at ten, sorry, at eleven", "2026-11-30 11:00"),
    ],
)
def test_a_day_with_a_time(said: str, means: str) -> None:
    assert written(heard(said)) == means


def test_next_week_is_the_next_calendar_week_whenever_it_is_said() -> None:
    for ahead in range(400):
        today = date(2026, 11, 1) + timedelta(days=ahead)
        now = datetime.combine(today, time(10), tzinfo=BERLIN)
        number = ahead % 7
        name = speech.WEEKDAYS["en"][number]
        next_monday = today + timedelta(days=7 - today.weekday())

        assert heard(f"next week {name}", now=now).on == next_monday + timedelta(days=number)


@given(today=st.dates(date(2024, 1, 1), date(2035, 12, 31)), ahead=st.integers(0, 360))
def test_a_date_as_we_say_it_is_understood_as_that_date(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    now = datetime.combine(today, time(6), tzinfo=BERLIN)

    assert heard(speech.spoken_date(day, locale="en", today=today), now=now).on == day


@given(minute=st.integers(0, 24 * 60 - 1))
def test_a_time_as_we_say_it_is_understood_as_that_time(minute: int) -> None:
    at = time(*divmod(minute, 60))

    assert heard(at=speech.spoken_time(at, locale="en")).at == at


WORDS = st.sampled_from(
    """
    today tomorrow Monday Tuesday Saturday on this next last week month weeks days in after
    before until from between and or to no not at about half quarter past o'clock am pm one two
    three eight ten twelve first 5th eleventh 24.12. 11/24 2025-11-24 14:30 9.30 25:61 morning
    evening early hour hours January November 2026 99 please , . Christmas Eve yesterday
    sometime the of a
    """.split()  # noqa: SIM905 -- a list of words reads best as words
)


@given(
    words=st.lists(WORDS, max_size=8),
    at=st.lists(WORDS, max_size=4),
    minutes=st.integers(0, 2 * 366 * 24 * 60),
)
def test_nothing_is_understood_in_the_past_unless_as_a_problem(
    words: list[str], at: list[str], minutes: int
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)

    when = heard(" ".join(words), " ".join(at), now=now)

    if when.problem is None and when.on:
        assert when.on >= now.astimezone(BERLIN).date()
        starts_at = when.starts_at(BERLIN)
        assert starts_at is None or starts_at.astimezone(UTC) >= now
    if when.problem in {Problem.DATE_AMBIGUOUS, Problem.DATE_NOT_UNDERSTOOD}:
        assert when.on is None
