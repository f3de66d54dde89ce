"""What Germans say about dates and times, and what it means."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.spoken import written
from voice import speech
from voice.german import understand
from voice.when import OPEN_END, OPEN_START, Problem, TimeWindow, When

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 10, tzinfo=BERLIN)
CORPUS = Path(__file__).parent / "data" / "german_phrases.csv"
WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
FIRST_OF_400_DAYS = date(2026, 11, 1)


def heard(said: str = "", at: str = "", *, now: datetime = MONDAY) -> When:
    return understand(date_text=said or None, time_text=at or None, now=now, zone=BERLIN)


def corpus() -> Iterator[object]:
    with CORPUS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            now = datetime.fromisoformat(row["now"]).replace(tzinfo=BERLIN)
            for text in ("date", "time") if row["text"] == "both" else (row["text"],):
                name = f"{row['now'][:10]} {text} {row['said']}"
                yield pytest.param(now, text, row["said"], row["means"], id=name)


@pytest.mark.parametrize(("now", "text", "said", "means"), list(corpus()))
def test_a_phrase_means_what_the_corpus_says(
    now: datetime, text: str, said: str, means: str
) -> None:
    when = heard(said, now=now) if text == "date" else heard(at=said, now=now)

    assert written(when) == means


def test_nothing_said_is_nothing_understood() -> None:
    assert heard() == When()
    assert heard("{{datum}}", "{{uhrzeit}}").says_nothing


def test_date_and_time_may_come_apart_or_together() -> None:
    together = heard("nächsten Montag um halb drei")

    assert heard("nächsten Montag", "halb drei") == together
    assert heard(at="nächsten Montag um halb drei") == together
    assert together == When(on=date(2026, 11, 30), at=time(14, 30))


@pytest.mark.parametrize(
    ("said", "at", "means"),
    [
        ("morgen Abend", "acht Uhr", "2026-11-24 20:00"),
        ("morgen", "vormittags ab 9 Uhr", "2026-11-24 09:00-12:00"),
        ("morgen früh", "09:30", "2026-11-24 09:30"),
        ("morgen Vormittag", "15:00", "time_required 2026-11-24"),
        ("morgen um zehn", "10:00", "2026-11-24 10:00"),
        ("morgen um zehn", "11:00", "time_required 2026-11-24"),
        ("morgen", "Mittwoch um zehn", "date_ambiguous 2026-11-24/2026-11-25 10:00"),
        ("nächsten Mittwoch", "Mittwoch, den 25., um zehn", "2026-11-25 10:00 inferred"),
        ("2026-11-25T00:00:00", "14:00", "2026-11-25 14:00"),
        ("Mittwoch nach 17 Uhr", "17:30", "2026-11-25 17:30"),
        ("Mittwoch nach 17 Uhr", "16:30", "time_required 2026-11-25"),
        ("nächste Woche", "Dienstag um zehn", "date_required 2026-11-30..2026-12-06 10:00"),
    ],
)
def test_two_texts_agree_or_are_asked_about(said: str, at: str, means: str) -> None:
    assert written(heard(said, at)) == means


def test_two_hours_in_a_row_are_asked_about_in_either_text() -> None:
    assert written(heard("morgen", "zehn elf")) == "time_required 2026-11-24"
    assert written(heard("morgen", "zehn fünfzehn")) == "2026-11-24 10:15"
    assert written(heard("morgen um zehn elf")) == "time_required 2026-11-24"


def test_half_past_is_the_half_hour_before() -> None:
    assert heard(at="halb drei").at == time(14, 30)
    assert heard(at="halb eins").at == time(12, 30)


def test_a_part_of_the_day_decides_between_night_and_afternoon() -> None:
    assert heard(at="um drei").at == time(15)
    assert heard(at="um drei Uhr nachts").at == time(3)
    assert heard(at="um acht").at == time(8)
    assert heard(at="um acht Uhr abends").at == time(20)


def test_a_part_of_the_day_is_no_clock_time() -> None:
    when = heard("morgen Vormittag")

    assert (when.at, when.window) == (None, TimeWindow(time(8), time(12)))


def test_an_open_end_is_left_to_whoever_knows_the_opening_hours() -> None:
    window = heard("morgen", "ab 16 Uhr").window

    assert window == TimeWindow(time(16), OPEN_END)


def test_a_window_knows_which_of_its_ends_is_open() -> None:
    assert TimeWindow(time(16), OPEN_END).ends_open
    assert not TimeWindow(time(16), OPEN_END).starts_open
    assert TimeWindow(OPEN_START, time(12)).starts_open


def test_the_next_tuesday_of_this_week_can_be_read_with_but_not_written_with() -> None:
    when = heard("nächsten Dienstag um zehn")

    assert when.problem is None
    assert when.ambiguous
    assert when.on == date(2026, 11, 24)
    assert when.candidates == (date(2026, 11, 24), date(2026, 12, 1))


def test_a_contradiction_names_both_weekday_and_date() -> None:
    when = heard("Mittwoch, 26. November", "zehn Uhr")

    assert when.problem is Problem.WEEKDAY_MISMATCH
    assert (when.on, when.named_weekday, when.named_on) == (None, 2, date(2026, 11, 26))
    assert when.at == time(10)


def test_elapsed_time_is_counted_through_the_change_of_the_clocks() -> None:
    now = datetime(2027, 3, 27, 10, tzinfo=BERLIN)

    when = heard("in 24 Stunden", now=now)

    assert when.starts_at(BERLIN) == now.astimezone(UTC) + timedelta(hours=24)
    assert when.at == time(11)


def test_a_day_ahead_keeps_the_wall_clock_through_the_change_of_the_clocks() -> None:
    now = datetime(2026, 10, 24, 10, tzinfo=BERLIN)

    starts_at = heard("morgen um 10 Uhr", now=now).starts_at(BERLIN)

    assert starts_at
    assert starts_at.isoformat() == "2026-10-25T10:00:00+01:00"


def test_a_time_that_comes_twice_means_the_first() -> None:
    starts_at = heard("25.10.2026 um 02:30", now=datetime(2026, 10, 24, 10, tzinfo=BERLIN))

    moment = starts_at.starts_at(BERLIN)

    assert moment
    assert moment.isoformat() == "2026-10-25T02:30:00+02:00"


def test_today_is_the_date_of_the_branch() -> None:
    just_before_midnight_utc = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)

    assert heard("heute", now=just_before_midnight_utc).on == date(2026, 11, 24)


def test_seconds_of_the_asking_do_not_end_up_in_the_appointment() -> None:
    assert heard("in einer Stunde", now=MONDAY.replace(second=41)).at == time(11)


def test_next_week_is_the_next_calendar_week_whenever_it_is_said() -> None:
    for ahead in range(400):
        today = FIRST_OF_400_DAYS + timedelta(days=ahead)
        now = datetime.combine(today, time(10), tzinfo=BERLIN)
        next_monday = today + timedelta(days=7 - today.weekday())
        for number, name in enumerate(WEEKDAYS):
            said = f"nächste Woche {name}" if ahead % 2 else f"am {name} nächster Woche"

            assert heard(said, now=now).on == next_monday + timedelta(days=number)


@given(today=st.dates(date(2024, 1, 1), date(2035, 12, 31)))
def test_a_bare_weekday_is_one_of_the_seven_days_to_come(today: date) -> None:
    now = datetime.combine(today, time(10), tzinfo=BERLIN)

    days = [heard(name, now=now).on for name in WEEKDAYS]

    assert sorted(filter(None, days)) == [today + timedelta(days=n) for n in range(1, 8)]
    assert [day.weekday() for day in days if day] == list(range(7))


@given(today=st.dates(date(2024, 1, 1), date(2035, 12, 31)), ahead=st.integers(0, 360))
def test_a_date_as_we_say_it_is_understood_as_that_date(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    now = datetime.combine(today, time(6), tzinfo=BERLIN)

    for said in (
        speech.spoken_date(day, locale="de", today=today),
        f"am {day.day}. {speech.MONTHS['de'][day.month - 1]}",
        f"{day:%d.%m.%Y}",
        day.isoformat(),
    ):
        assert heard(said, now=now).on == day


@given(minute=st.integers(0, 24 * 60 - 1))
def test_a_time_as_we_say_it_is_understood_as_that_time(minute: int) -> None:
    at = time(*divmod(minute, 60))

    when = heard(at=speech.spoken_time(at, locale="de"))

    assert when.at == (at.replace(hour=at.hour + 12) if 1 <= at.hour <= 7 else at)
    assert heard(at=f"{at:%H:%M}").at == at


TIME_PROBLEMS = (Problem.TIME_REQUIRED, Problem.TIME_NOT_UNDERSTOOD)
WORDS = st.sampled_from(
    """
    heute morgen übermorgen Montag Dienstag Samstag am diesen nächsten übernächsten nächste
    diese Woche Monat Wochen Tagen in vor nach bis ab zwischen und oder nein nicht um gegen
    halb viertel dreiviertel Uhr eins zwei drei acht zehn zwölf ersten fünften elften zwölften
    31. 24.12. 15.1 2025-11-24 14:30 9.30 25:61 vormittags früh abends Stunde Stunden Januar
    November Dezember 2026 99 bitte , . Heiligabend gestern letzten irgendwann egal
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
    if when.problem not in {None, Problem.PAST_TIME, *TIME_PROBLEMS}:
        assert when.on is None
    if when.candidates:
        assert list(when.candidates) == sorted(set(when.candidates))


@given(
    text=st.text(alphabet="abeginmorstuwäüß 0123456789.,:;-/+{}<>()\n\u2013\U0001f642", max_size=40)
)
def test_any_text_is_answered_somehow(text: str) -> None:
    assert isinstance(heard(text, text), When)
