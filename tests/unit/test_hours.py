"""Wall-clock hours against the clock on the wall, minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appointments.domain.hours import (
    day_interval,
    days_between,
    in_utc,
    local_instant,
    stretches,
)
from appointments.domain.intervals import Interval

BERLIN = ZoneInfo("Europe/Berlin")
SPRING = date(2030, 3, 31)  # a Sunday: 2:00 becomes 3:00
AUTUMN = date(2030, 10, 27)  # a Sunday: 3:00 becomes 2:00
WINTER = date(2030, 1, 8)
SUMMER = date(2030, 7, 9)

# On the nights of change: edges that come exactly once.
EDGES = st.sampled_from([time(h, m) for h in (*range(2), *range(3, 24)) for m in (0, 15, 40)])
DAYS = st.sampled_from(
    [day + timedelta(days=n) for day in (SPRING, AUTUMN, WINTER, SUMMER) for n in (-1, 0, 1)]
)


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=UTC)


@given(day=DAYS, stretch=st.tuples(EDGES, EDGES).filter(lambda pair: pair[0] < pair[1]))
@example(day=SPRING, stretch=(time(1), time(4)))
@example(day=AUTUMN, stretch=(time(1), time(4)))
def test_hours_hold_exactly_the_minutes_whose_wall_clock_lies_in_them(
    day: date, stretch: tuple[time, time]
) -> None:
    week = {day.weekday(): [stretch]}
    around = day_interval(day, BERLIN)
    first = around.start - timedelta(hours=3)
    minutes = [first + timedelta(minutes=5 * n) for n in range(31 * 12)]

    hours = stretches(week, days=[day], closed=frozenset(), zone=BERLIN)

    assert [any(piece.holds(minute) for piece in hours) for minute in minutes] == [
        local.date() == day and stretch[0] <= local.time() < stretch[1]
        for local in (minute.astimezone(BERLIN) for minute in minutes)
    ]


@given(day=DAYS)
def test_a_local_day_holds_exactly_the_minutes_with_its_date(day: date) -> None:
    first = utc(day, 12) - timedelta(hours=30)
    minutes = [first + timedelta(minutes=15 * n) for n in range(60 * 4)]

    whole = day_interval(day, BERLIN)

    assert [whole.holds(minute) for minute in minutes] == [
        minute.astimezone(BERLIN).date() == day for minute in minutes
    ]


@pytest.mark.parametrize(
    ("day", "hours"),
    [(SPRING, 23), (AUTUMN, 25), (WINTER, 24), (SUMMER, 24)],
    ids=["spring", "autumn", "winter", "summer"],
)
def test_a_day_is_as_long_as_the_clocks_make_it(day: date, hours: int) -> None:
    whole = day_interval(day, BERLIN)

    assert whole.end - whole.start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("day", "utc_hour"),
    [(WINTER, 8), (SUMMER, 7), (SPRING, 7), (AUTUMN, 8)],
    ids=["winter", "summer", "after the spring night", "after the autumn night"],
)
def test_nine_o_clock_is_nine_on_the_wall(day: date, utc_hour: int) -> None:
    opening = local_instant(day, time(9), BERLIN)

    assert opening == utc(day, utc_hour)


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_a_time_that_the_clocks_skip_is_no_instant(minute: int) -> None:
    assert local_instant(SPRING, time(2, minute), BERLIN) is None


def test_the_moment_after_the_skipped_hour_exists() -> None:
    assert local_instant(SPRING, time(3), BERLIN) == utc(SPRING, 1)


def test_a_time_that_comes_twice_means_the_first() -> None:
    assert local_instant(AUTUMN, time(2, 30), BERLIN) == utc(AUTUMN, 0, 30)


def test_hours_that_the_clocks_skip_have_no_length() -> None:
    hours = stretches(
        {6: [(time(2), time(3)), (time(2, 30), time(3))]},
        days=[SPRING],
        closed=frozenset(),
        zone=BERLIN,
    )

    assert hours == []


def test_closed_days_and_missing_weekdays_have_no_hours() -> None:
    days = days_between(WINTER, WINTER + timedelta(days=2))

    hours = stretches(
        {1: [(time(9), time(18))], 2: [(time(9), time(18))]},
        days=days,
        closed=frozenset({WINTER}),
        zone=BERLIN,
    )

    assert hours == [Interval(utc(days[1], 8), utc(days[1], 17))]


def test_stretches_of_a_day_that_touch_or_overlap_are_one() -> None:
    hours = stretches(
        {1: [(time(13), time(18)), (time(9), time(13)), (time(12), time(14))]},
        days=[WINTER],
        closed=frozenset(),
        zone=BERLIN,
    )

    assert hours == [Interval(utc(WINTER, 8), utc(WINTER, 17))]


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="names no zone"):
        in_utc(datetime(2030, 1, 8, 9))  # noqa: DTZ001 -- that is the point


def test_days_between_include_both_ends() -> None:
    assert days_between(date(2030, 2, 27), date(2030, 3, 1)) == [
        date(2030, 2, 27),
        date(2030, 2, 28),
        date(2030, 3, 1),
    ]
