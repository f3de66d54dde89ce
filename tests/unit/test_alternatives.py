"""What is offered instead: a branch open Monday to Saturday from 9 to 18, one stylist."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appointments.domain.alternatives import (
    AFTERNOON_BONUS,
    BEST_SCORE,
    BONUS,
    MORNING_BONUS,
    NOON,
    Alternative,
    SlotType,
    Week,
    Wish,
    find_alternatives,
)
from appointments.domain.diary import Slot
from appointments.domain.hours import local_instant
from appointments.domain.intervals import Interval

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = date(2030, 1, 8)
WED, THU, FRI, SAT, SUN, MON, NEXT_TUE, NEXT_WED = range(1, 9)
MORNING = (time(8), time(12))
CUT = timedelta(minutes=55)

EARLIER, LATER = SlotType.SAME_DAY_EARLIER, SlotType.SAME_DAY_LATER
WORKDAY, NEXT_WEEK = SlotType.NEXT_WORKDAY, SlotType.NEXT_WEEK
AVAILABLE, REQUESTED = SlotType.NEXT_AVAILABLE, SlotType.REQUESTED
SAME_WINDOW = SlotType.SAME_WINDOW_OTHER_DAY

Free = Mapping[int, Sequence[str]]
Asked = list[date]


def day(days: int) -> date:
    return TUESDAY + timedelta(days=days)


def at(days: int, clock: str) -> datetime:
    instant = local_instant(day(days), time.fromisoformat(clock), BERLIN)
    assert instant
    return instant


def six_days(on: date) -> list[Interval]:
    if on.weekday() == 6:
        return []
    edges = (datetime.combine(on, time(hour), tzinfo=BERLIN).astimezone(UTC) for hour in (9, 18))
    return [Interval(*edges)]


def closed_on(*days: int) -> Callable[[date], list[Interval]]:
    return lambda on: [] if on in map(day, days) else six_days(on)


def week(
    free: Free,
    *,
    hours: Callable[[date], list[Interval]] = six_days,
    off: Sequence[int] = (),
    earliest: datetime | None = None,
    last_day: int = 60,
    asked: Asked | None = None,
) -> Week:
    """Return the days as the search sees them. `off`: open, but nobody works."""
    slots = {
        day(days): [
            Slot(start, start + CUT, 1, "Mara") for start in (at(days, clock) for clock in clocks)
        ]
        for days, clocks in free.items()
    }

    def slots_on(on: date) -> list[Slot]:
        if asked is not None and on not in asked:
            asked.append(on)
        return slots.get(on, [])

    return Week(
        zone=BERLIN,
        hours=hours,
        works=lambda on: bool(hours(on)) and on not in map(day, off),
        slots=slots_on,
        earliest=earliest or at(-1, "12:00"),
        last_day=day(last_day),
    )


def tuesday(clock: str) -> Wish:
    return Wish(day=TUESDAY, at=time.fromisoformat(clock))


def on(days: int, clock: str) -> Wish:
    return Wish(day=day(days), at=time.fromisoformat(clock))


def tuesday_within(window: tuple[time, time]) -> Wish:
    return Wish(day=TUESDAY, window=window)


def score(offered: Alternative, *, wish: Wish, anchor: datetime) -> float:
    bonus = BONUS | (MORNING_BONUS if wish.clock < NOON else AFTERNOON_BONUS)
    away = abs(offered.slot.starts_at - anchor).total_seconds() / 60
    return BEST_SCORE - away + bonus.get(offered.type, 0)


def offers(wish: Wish, around: Week) -> list[tuple[datetime, SlotType]]:
    return [(found.slot.starts_at, found.type) for found in find_alternatives(wish, week=around)]


# --- The worked examples ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "anchor", "free", "expected"),
    [
        (
            tuesday("13:00"),
            at(0, "13:00"),
            {0: ["10:30", "14:00"]},
            [(at(0, "14:00"), LATER, 10_440), (at(0, "10:30"), EARLIER, 10_150)],
        ),
        (
            tuesday("13:00"),
            at(0, "13:00"),
            {0: ["10:30", "13:30", "15:00"]},
            [(at(0, "13:30"), LATER, 10_470), (at(0, "15:00"), LATER, 10_380)],
        ),
        (
            tuesday("10:00"),
            at(0, "10:00"),
            {0: ["09:45", "11:15", "13:00"]},
            [(at(0, "09:45"), EARLIER, 10_485), (at(0, "11:15"), LATER, 10_225)],
        ),
        (
            tuesday("10:00"),
            at(0, "10:00"),
            {WED: ["10:00"], NEXT_TUE: ["10:00"]},
            [(at(WED, "10:00"), WORKDAY, 8_810), (at(NEXT_TUE, "10:00"), NEXT_WEEK, 70)],
        ),
        (
            tuesday_within(MORNING),
            at(0, "09:00"),
            {0: ["09:30", "11:00", "14:00"]},
            [(at(0, "09:30"), REQUESTED, 9_970), (at(0, "11:00"), REQUESTED, 9_880)],
        ),
        (
            tuesday_within(MORNING),
            at(0, "09:00"),
            {0: ["14:00"], WED: ["10:00"]},
            [(at(0, "14:00"), LATER, 10_000), (at(WED, "10:00"), SAME_WINDOW, 8_500)],
        ),
        (
            on(FRI, "18:30"),
            at(SAT, "09:00"),
            {SAT: ["09:00"]},
            [(at(SAT, "09:00"), WORKDAY, 10_250)],
        ),
    ],
    ids=[
        "later and earlier",
        "two later",
        "earlier is nearer",
        "tomorrow and next week",
        "two in the morning",
        "afternoon and another morning",
        "after closing",
    ],
)
def test_the_worked_examples_come_out_as_written(
    wish: Wish, anchor: datetime, free: Free, expected: list[tuple[datetime, SlotType, int]]
) -> None:
    found = find_alternatives(wish, week=week(free))

    assert [
        (offered.slot.starts_at, offered.type, score(offered, wish=wish, anchor=anchor))
        for offered in found
    ] == expected


# --- Anchors ------------------------------------------------------------------------------


def test_a_wish_before_opening_is_searched_from_opening() -> None:
    around = week({0: ["09:15", "11:30", "17:00"]})

    assert offers(tuesday("07:30"), around) == [(at(0, "09:15"), LATER), (at(0, "11:30"), LATER)]


def test_a_wish_at_closing_is_searched_from_the_next_opening() -> None:
    around = week({0: ["17:00"], WED: ["09:30", "16:00"]})

    assert offers(tuesday("18:00"), around) == [
        (at(WED, "09:30"), WORKDAY),
        (at(WED, "16:00"), WORKDAY),
    ]


def test_a_wish_after_closing_on_saturday_is_searched_from_monday_s_opening() -> None:
    around = week({MON: ["09:00", "10:00"]})

    assert offers(on(SAT, "19:00"), around) == [
        (at(MON, "09:00"), WORKDAY),
        (at(MON, "10:00"), WORKDAY),
    ]


def test_a_wish_on_a_closed_day_keeps_its_clock_time_on_the_next_open_one() -> None:
    around = week({MON: ["09:00", "14:45", "15:30"]})

    assert offers(on(SUN, "15:00"), around) == [
        (at(MON, "14:45"), WORKDAY),
        (at(MON, "15:30"), WORKDAY),
    ]


@pytest.mark.parametrize("clock", ["07:00", "20:00"], ids=["before opening", "after closing"])
def test_a_wish_on_a_closed_day_outside_hours_becomes_the_next_opening(clock: str) -> None:
    around = week({MON: ["09:15", "11:00", "17:00"]})

    assert offers(on(SUN, clock), around) == [
        (at(MON, "09:15"), WORKDAY),
        (at(MON, "11:00"), WORKDAY),
    ]


def test_a_wish_in_the_past_is_searched_from_now_plus_notice() -> None:
    around = week({0: ["13:00", "14:15", "17:00"]}, earliest=at(0, "12:15"))

    assert offers(tuesday("10:00"), around) == [(at(0, "13:00"), LATER), (at(0, "14:15"), LATER)]


def test_a_wish_too_soon_after_which_the_branch_closes_becomes_the_next_opening() -> None:
    around = week({WED: ["09:00", "09:15", "17:00"]}, earliest=at(0, "18:05"))

    assert offers(tuesday("17:55"), around) == [
        (at(WED, "09:00"), WORKDAY),
        (at(WED, "09:15"), WORKDAY),
    ]


def test_a_wish_for_a_day_gone_by_is_searched_from_now_plus_notice() -> None:
    around = week({0: ["12:30", "13:00", "17:00"]}, earliest=at(0, "12:15"))

    found = offers(on(-3, "17:00"), around)

    assert [start for start, _ in found] == [at(0, "12:30"), at(0, "13:00")]


def test_a_wish_in_the_hour_the_clocks_skip_is_searched_from_opening() -> None:
    sunday = date(2030, 3, 31)
    nine, ten = (
        datetime.combine(sunday, time(hour), tzinfo=BERLIN).astimezone(UTC) for hour in (9, 10)
    )
    around = Week(
        zone=BERLIN,
        hours=lambda on: [Interval(nine, nine + timedelta(hours=9))] if on == sunday else [],
        works=lambda on: on == sunday,
        slots=lambda on: [Slot(ten, ten + CUT, 1, "Mara")] if on == sunday else [],
        earliest=at(0, "12:00"),
        last_day=sunday,
    )

    assert offers(Wish(day=sunday, at=time(2, 30)), around) == [(ten, LATER)]


def test_nothing_is_offered_where_nothing_opens() -> None:
    around = week({0: ["10:00"]}, hours=lambda _: [])

    assert offers(tuesday("10:00"), around) == []


# --- Clock times: strategies and when they stop ---------------------------------------------


def test_closed_at_the_weekend_and_friday_full_offers_monday_at_the_same_time() -> None:
    """B3."""
    around = week({MON: ["11:00"]}, hours=closed_on(SAT, SUN))

    assert offers(on(FRI, "11:00"), around) == [(at(MON, "11:00"), WORKDAY)]


def test_of_ten_candidates_two_are_offered_and_never_the_wish() -> None:
    """B4."""
    clocks = ["09:00", "09:15", "09:30", "09:45", "10:00", "10:15", "10:30", "10:45", "11:00"]
    around = week({0: [*clocks, "11:15"]})

    assert offers(tuesday("10:00"), around) == [
        (at(0, "09:45"), EARLIER),
        (at(0, "09:30"), EARLIER),
    ]


def test_full_for_two_weeks_offers_nothing() -> None:
    """B7."""
    around = week({15: ["10:00"]})

    assert offers(tuesday("10:00"), around) == []


@pytest.mark.parametrize(
    ("clock", "first"),
    [("11:59", "09:59"), ("12:00", "14:00")],
    ids=["before noon leans earlier", "from noon leans later"],
)
def test_a_wish_leans_the_way_of_its_half_of_the_day(clock: str, first: str) -> None:
    wish = tuesday(clock)
    earlier, later = (
        (datetime.combine(TUESDAY, wish.clock) + timedelta(hours=hours)).strftime("%H:%M")
        for hours in (-2, 2)
    )

    found = offers(wish, week({0: [earlier, later]}))

    assert found[0][0] == at(0, first)
    assert len(found) == 2


def test_equal_scores_are_offered_earlier_first() -> None:
    """60 minutes earlier with 300, 260 minutes later with 500: 10 240 both."""
    around = week({0: ["17:20", "12:00"]})

    assert offers(tuesday("13:00"), around) == [(at(0, "12:00"), EARLIER), (at(0, "17:20"), LATER)]


def test_two_starts_near_the_wish_end_the_search_on_its_day() -> None:
    asked: Asked = []
    around = week({0: ["09:00", "13:00", "14:00"], WED: ["11:00"]}, asked=asked)

    assert offers(tuesday("11:00"), around) == [(at(0, "09:00"), EARLIER), (at(0, "13:00"), LATER)]
    assert asked == [TUESDAY]


def test_the_rest_of_the_day_is_looked_at_when_only_one_start_is_near() -> None:
    asked: Asked = []
    around = week({0: ["12:00", "12:01", "17:00"], WED: ["10:00"]}, asked=asked)
    around_one = week({0: ["12:01", "17:00"], WED: ["10:00"]}, asked=asked)

    assert offers(tuesday("10:00"), around) == [(at(0, "12:00"), LATER), (at(0, "12:01"), LATER)]
    assert offers(tuesday("10:00"), around_one) == [
        (at(0, "12:01"), LATER),
        (at(0, "17:00"), LATER),
    ]
    assert asked == [TUESDAY]


def test_the_next_workday_counts_half_an_hour_around_the_clock_time() -> None:
    asked: Asked = []
    around = week({WED: ["09:29", "09:30", "10:30", "10:31"], NEXT_TUE: ["10:00"]}, asked=asked)

    assert offers(tuesday("10:00"), around) == [
        (at(WED, "09:30"), WORKDAY),
        (at(WED, "10:30"), WORKDAY),
    ]
    assert asked == [TUESDAY, day(WED)]


def test_the_next_workday_is_one_on_which_somebody_works() -> None:
    around = week({WED: ["10:00"], THU: ["10:00", "10:15"]}, off=[WED])

    assert offers(tuesday("10:00"), around) == [
        (at(THU, "10:00"), WORKDAY),
        (at(THU, "10:15"), WORKDAY),
    ]


def test_the_next_workday_is_not_looked_at_again_when_the_anchor_moved_there() -> None:
    asked: Asked = []
    around = week({SAT: ["16:00"], MON: ["09:00"]}, asked=asked)

    assert offers(on(FRI, "18:30"), around) == [
        (at(SAT, "16:00"), WORKDAY),
        (at(MON, "09:00"), AVAILABLE),
    ]
    assert asked == [day(SAT), day(SAT + 7), day(SUN), day(MON)]


def test_a_workday_behind_an_idle_anchor_day_is_the_next_one() -> None:
    around = week({MON: ["09:00", "09:30", "10:00"]}, off=[SAT])

    assert offers(on(FRI, "18:30"), around) == [
        (at(MON, "09:00"), WORKDAY),
        (at(MON, "09:30"), WORKDAY),
    ]


def test_next_week_counts_half_an_hour_around_the_clock_time() -> None:
    asked: Asked = []
    free = {WED: ["10:00"], THU: ["10:00"], NEXT_TUE: ["09:29", "10:30"]}
    around = week(free, asked=asked)

    assert offers(tuesday("10:00"), around) == [
        (at(WED, "10:00"), WORKDAY),
        (at(NEXT_TUE, "10:30"), NEXT_WEEK),
    ]
    assert asked == [TUESDAY, day(WED), day(NEXT_TUE)]


def test_else_the_first_day_that_has_any_with_the_starts_nearest_the_clock_time() -> None:
    asked: Asked = []
    free = {THU: ["09:00", "12:00", "16:00"], FRI: ["10:00", "10:15"]}
    around = week(free, asked=asked)

    assert offers(tuesday("10:00"), around) == [
        (at(THU, "09:00"), AVAILABLE),
        (at(THU, "12:00"), AVAILABLE),
    ]
    assert asked == [TUESDAY, day(WED), day(NEXT_TUE), day(THU)]


def test_equally_near_starts_of_that_day_are_taken_earlier_first() -> None:
    around = week({THU: ["09:00", "11:00", "12:00"], FRI: ["10:00"]})

    assert offers(tuesday("10:00"), around) == [
        (at(THU, "09:00"), AVAILABLE),
        (at(THU, "11:00"), AVAILABLE),
    ]


def test_a_day_whose_only_start_was_found_before_does_not_end_the_search() -> None:
    around = week({WED: ["10:00"], THU: ["15:00"], NEXT_WED: ["10:00"]})

    assert offers(tuesday("10:00"), around) == [
        (at(WED, "10:00"), WORKDAY),
        (at(THU, "15:00"), AVAILABLE),
    ]


def test_the_second_week_is_searched_when_the_first_has_fewer_than_two() -> None:
    around = week({THU: ["15:00"], NEXT_WED: ["09:00", "16:00"], 14: ["10:00"]})

    assert offers(tuesday("10:00"), around) == [
        (at(THU, "15:00"), AVAILABLE),
        (at(NEXT_WED, "09:00"), AVAILABLE),
    ]


def test_the_fourteenth_day_is_the_last_one() -> None:
    around = week({14: ["17:00"], 15: ["10:00"]})

    assert offers(tuesday("10:00"), around) == [(at(14, "17:00"), AVAILABLE)]


@pytest.mark.parametrize(
    ("last_day", "expected"),
    [(THU, [(at(THU, "15:00"), AVAILABLE)]), (WED, [])],
    ids=["on the last day of the horizon", "a day beyond it"],
)
def test_the_search_ends_with_the_horizon(
    last_day: int, expected: list[tuple[datetime, SlotType]]
) -> None:
    asked: Asked = []
    free = {THU: ["15:00"], NEXT_TUE: ["10:00"], NEXT_WED: ["10:00"]}
    around = week(free, last_day=last_day, asked=asked)

    assert offers(tuesday("10:00"), around) == expected
    assert max(asked) == day(last_day)


def test_the_requested_start_is_never_offered_although_it_is_free() -> None:
    around = week({0: ["10:00", "10:15"], NEXT_TUE: ["10:00"]})

    assert offers(tuesday("10:00"), around) == [
        (at(0, "10:15"), LATER),
        (at(NEXT_TUE, "10:00"), NEXT_WEEK),
    ]


# --- Windows --------------------------------------------------------------------------------


def test_a_window_holds_its_start_and_not_its_end() -> None:
    around = week({0: ["13:59", "14:00", "15:59", "16:00"]})

    assert offers(tuesday_within((time(14), time(16))), around) == [
        (at(0, "14:00"), REQUESTED),
        (at(0, "15:59"), REQUESTED),
    ]


def test_a_window_until_midnight_ends_with_the_day() -> None:
    around = week({0: ["15:00", "16:00", "17:45"]})

    assert offers(tuesday_within((time(16), time(0))), around) == [
        (at(0, "16:00"), REQUESTED),
        (at(0, "17:45"), REQUESTED),
    ]


def test_two_starts_inside_the_window_end_the_search() -> None:
    asked: Asked = []
    around = week({0: ["09:00", "09:30", "15:00"], WED: ["09:00"]}, asked=asked)

    assert offers(tuesday_within(MORNING), around) == [
        (at(0, "09:00"), REQUESTED),
        (at(0, "09:30"), REQUESTED),
    ]
    assert asked == [TUESDAY]


def test_the_same_window_of_seven_days_comes_before_the_rest_of_the_day() -> None:
    asked: Asked = []
    around = week({0: ["15:00"], WED: ["09:00", "11:00"], THU: ["09:00"]}, asked=asked)

    assert offers(tuesday_within(MORNING), around) == [
        (at(WED, "09:00"), SAME_WINDOW),
        (at(WED, "11:00"), SAME_WINDOW),
    ]
    assert asked == [TUESDAY, day(WED)]


def test_the_same_window_a_week_later_counts_and_eight_days_later_it_is_the_next_available() -> (
    None
):
    around = week({NEXT_TUE: ["11:00"], NEXT_WED: ["11:00"]})

    assert offers(tuesday_within(MORNING), around) == [
        (at(NEXT_TUE, "11:00"), SAME_WINDOW),
        (at(NEXT_WED, "11:00"), AVAILABLE),
    ]


def test_outside_the_window_the_wish_s_own_day_is_earlier_or_later() -> None:
    around = week({0: ["10:00", "17:00"]})

    assert offers(tuesday_within((time(14), time(16))), around) == [
        (at(0, "17:00"), LATER),
        (at(0, "10:00"), EARLIER),
    ]


def test_a_window_on_a_closed_day_is_the_same_window_of_the_next_open_one() -> None:
    around = week({MON: ["09:30", "11:45", "14:00"]})

    assert offers(Wish(day=day(SUN), window=MORNING), around) == [
        (at(MON, "09:30"), SAME_WINDOW),
        (at(MON, "11:45"), SAME_WINDOW),
    ]


def test_a_window_after_closing_leads_to_the_next_day_outside_it() -> None:
    around = week({0: ["17:00"], WED: ["09:00", "17:00"]})

    assert offers(tuesday_within((time(19), time(21))), around) == [
        (at(WED, "09:00"), WORKDAY),
        (at(WED, "17:00"), WORKDAY),
    ]


def test_a_window_that_has_begun_is_searched_from_now_plus_notice() -> None:
    around = week({0: ["10:30", "11:00", "15:00"]}, earliest=at(0, "10:15"))

    assert offers(tuesday_within(MORNING), around) == [
        (at(0, "10:30"), REQUESTED),
        (at(0, "11:00"), REQUESTED),
    ]


# --- Whatever is free -----------------------------------------------------------------------

CLOCKS = st.sampled_from([f"{hour:02}:{minute:02}" for hour in range(9, 18) for minute in (0, 20)])
FREE = st.dictionaries(
    st.sampled_from([0, WED, THU, SAT, MON, NEXT_TUE, NEXT_WED, 13]),
    st.lists(CLOCKS, unique=True, max_size=4).map(sorted),
    max_size=5,
)


@given(free=FREE, clock=CLOCKS)
def test_offers_are_at_most_two_free_starts_best_first_and_never_the_wish(
    free: Free, clock: str
) -> None:
    wish = tuesday(clock)
    starts = {at(days, free_at) for days, clocks in free.items() for free_at in clocks}

    found = find_alternatives(wish, week=week(free))

    offered = [alternative.slot.starts_at for alternative in found]
    scores = [score(alternative, wish=wish, anchor=at(0, clock)) for alternative in found]
    assert len(offered) == min(2, len(starts - {at(0, clock)}))
    assert set(offered) <= starts - {at(0, clock)}
    assert scores == sorted(scores, reverse=True)


@given(free=FREE, clock=CLOCKS)
def test_only_the_wish_s_own_date_is_called_the_same_day(free: Free, clock: str) -> None:
    wish = tuesday(clock)

    found = find_alternatives(wish, week=week(free))

    for alternative in found:
        local = alternative.slot.starts_at.astimezone(BERLIN)
        later = alternative.slot.starts_at > at(0, clock)
        same_day = LATER if later else EARLIER
        assert (local.date() == TUESDAY) is (alternative.type in {EARLIER, LATER})
        assert local.date() != TUESDAY or alternative.type == same_day


@given(free=FREE, opens=st.integers(8, 15), hours=st.integers(1, 4))
def test_only_inside_the_wished_window_and_day_a_start_is_what_was_requested(
    free: Free, opens: int, hours: int
) -> None:
    window = (time(opens), time(opens + hours))

    found = find_alternatives(tuesday_within(window), week=week(free))

    for alternative in found:
        local = alternative.slot.starts_at.astimezone(BERLIN)
        inside = window[0] <= local.time() < window[1]
        assert (alternative.type == REQUESTED) is (inside and local.date() == TUESDAY)
        assert alternative.type != SAME_WINDOW or inside
