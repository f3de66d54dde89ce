"""Intervals against the plainest definition there is: sets of minutes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appointments.domain.intervals import Interval, intersect, merge, subtract

MIDNIGHT = datetime(2030, 1, 8, tzinfo=UTC)


def minute(n: int) -> datetime:
    return MIDNIGHT + timedelta(minutes=n)


def stretch(start: int, end: int) -> Interval:
    return Interval(minute(start), minute(end))


def minutes_of(intervals: list[Interval]) -> set[int]:
    return {n for n in range(130) for interval in intervals if interval.holds(minute(n))}


def is_canonical(intervals: list[Interval]) -> bool:
    """Whether sorted, and with time between any two."""
    return all(one.end < other.start for one, other in pairwise(intervals))


STRETCHES = st.builds(
    lambda start, length: stretch(start, start + length), st.integers(0, 90), st.integers(1, 30)
)
DIARIES = st.lists(STRETCHES, max_size=6)


@given(some=DIARIES)
def test_merging_keeps_every_minute_and_leaves_gaps_between(some: list[Interval]) -> None:
    merged = merge(some)

    assert minutes_of(merged) == minutes_of(some)
    assert is_canonical(merged)


@given(some=DIARIES, others=DIARIES)
def test_the_intersection_holds_the_minutes_that_lie_in_both(
    some: list[Interval], others: list[Interval]
) -> None:
    both = intersect(some, others)

    assert minutes_of(both) == minutes_of(some) & minutes_of(others)
    assert is_canonical(both)


@given(some=DIARIES, blocks=DIARIES)
def test_subtracting_leaves_the_minutes_outside_all_blocks(
    some: list[Interval], blocks: list[Interval]
) -> None:
    left = subtract(some, blocks)

    assert minutes_of(left) == minutes_of(some) - minutes_of(blocks)
    assert is_canonical(left)


@given(one=STRETCHES, other=STRETCHES)
def test_two_intervals_overlap_when_they_share_a_minute(one: Interval, other: Interval) -> None:
    overlap = one.overlaps(other)

    assert overlap is bool(minutes_of([one]) & minutes_of([other]))


@given(one=STRETCHES, other=STRETCHES)
def test_an_interval_contains_another_when_no_minute_is_outside(
    one: Interval, other: Interval
) -> None:
    whole = one.contains(other)

    assert whole is (minutes_of([other]) <= minutes_of([one]))


def test_an_interval_holds_its_start_and_not_its_end() -> None:
    hour = stretch(0, 60)

    assert [hour.holds(minute(n)) for n in (-1, 0, 59, 60)] == [False, True, True, False]


def test_what_only_touches_does_not_overlap() -> None:
    assert not stretch(0, 30).overlaps(stretch(30, 60))


@pytest.mark.parametrize("end", [0, -1], ids=["empty", "backwards"])
def test_an_interval_that_does_not_run_forwards_is_refused(end: int) -> None:
    with pytest.raises(ValueError, match="must run forwards"):
        stretch(0, end)
