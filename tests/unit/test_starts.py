"""The clever search for starts, against the rule it stands for."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appointments.domain.intervals import Interval
from appointments.domain.starts import Claim, Segment, claims_of, duration_of, is_clear, open_starts

OPENING = datetime(2030, 1, 8, 8, tzinfo=UTC)
SHIFT = Interval(OPENING, OPENING + timedelta(hours=6))
STEP = timedelta(minutes=15)

Recipe = list[tuple[int, bool]]

PERM = [(50, True), (15, False), (5, True), (10, False), (15, True), (40, True)]
TINT = [(15, True), (90, False), (30, True)]


def minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


def taken(start: int, end: int) -> Interval:
    return Interval(OPENING + minutes(start), OPENING + minutes(end))


def segments_of(recipe: Recipe) -> tuple[Segment, ...]:
    offsets = accumulate((length for length, _ in recipe), initial=0)
    return tuple(
        Segment(f"S{n}", minutes(offset), minutes(length), staff_required)
        for n, ((length, staff_required), offset) in enumerate(zip(recipe, offsets, strict=False))
    )


def found(recipe: Recipe, busy: list[Interval]) -> list[datetime]:
    segments = segments_of(recipe)
    return list(
        open_starts(
            claims_of(segments),
            duration=duration_of(segments),
            busy=busy,
            within=SHIFT,
            step=STEP,
        )
    )


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """Contiguous, the first and the last segment hands-on."""
    lengths = st.integers(5, 60)
    middle = draw(st.lists(st.tuples(lengths, st.booleans()), max_size=4))
    return [(draw(lengths), True), *middle, (draw(lengths), True)]


# Also before, after and across the shift.
DIARIES = st.lists(
    st.builds(
        lambda start, length: taken(start, start + length),
        st.integers(-90, 400),
        st.integers(1, 120),
    ),
    max_size=6,
)
BUFFERS = st.sampled_from([0, 0, 5, 15, 40])


@given(recipe=recipes(), busy=DIARIES, before=BUFFERS, after=BUFFERS, solid=st.booleans())
@example(recipe=[(45, True)], busy=[taken(-30, -10)], before=15, after=0, solid=False)
def test_open_starts_are_exactly_the_grid_and_freed_moments_that_are_clear(
    recipe: Recipe, busy: list[Interval], before: int, after: int, *, solid: bool
) -> None:
    segments = segments_of(recipe)
    claims = claims_of(
        segments, buffer_before=minutes(before), buffer_after=minutes(after), solid=solid
    )
    duration = duration_of(segments)
    grid = {SHIFT.start + n * STEP for n in range(6 * 4)}
    freed = {block.end + minutes(before) for block in busy}

    starts = list(open_starts(claims, duration=duration, busy=busy, within=SHIFT, step=STEP))

    assert starts == sorted(
        start
        for start in grid | freed
        if SHIFT.start <= start
        and start + duration <= SHIFT.end
        and is_clear(claims, start=start, busy=busy)
    )


@given(recipe=recipes(), busy=DIARIES, before=BUFFERS, after=BUFFERS)
def test_a_start_is_clear_when_no_minute_of_work_or_outer_buffer_meets_a_busy_one(
    recipe: Recipe, busy: list[Interval], before: int, after: int
) -> None:
    segments = segments_of(recipe)
    claims = claims_of(segments, buffer_before=minutes(before), buffer_after=minutes(after))
    whole = segments[-1].offset + segments[-1].duration
    wanted = [segment.at(OPENING) for segment in segments if segment.staff_required]
    edges = [
        (OPENING - minutes(before), OPENING),
        (OPENING + whole, OPENING + whole + minutes(after)),
    ]
    wanted += [Interval(start, end) for start, end in edges if start < end]

    clear = is_clear(claims, start=OPENING, busy=busy)

    assert clear is not any(want.overlaps(block) for want in wanted for block in busy)


@pytest.mark.parametrize(
    ("waiting", "fits"), [(30, False), (45, True)], ids=["too short", "long enough"]
)
def test_a_cut_is_offered_while_a_colour_develops(waiting: int, *, fits: bool) -> None:
    colour_at_opening = [taken(0, 30), taken(30 + waiting, 60 + waiting)]

    first = found([(45, True)], colour_at_opening)[0]

    assert (first == OPENING + minutes(30)) is fits


def test_a_gap_is_used_to_the_minute() -> None:
    perm_at_opening = [
        segment.at(OPENING) for segment in segments_of(PERM) if segment.staff_required
    ]

    starts = found([(15, True)], perm_at_opening)

    assert starts[0] == OPENING + minutes(50)


def test_a_service_that_ends_with_the_shift_is_the_last_one() -> None:
    starts = found([(60, True)], [])

    assert starts[-1] == SHIFT.end - minutes(60)


def test_a_service_longer_than_the_shift_never_begins() -> None:
    assert found([(361, True)], []) == []


def test_a_start_listed_by_the_grid_and_by_freed_hands_comes_once() -> None:
    starts = found([(300, True)], [taken(0, 30), taken(15, 30)])

    assert starts == [OPENING + minutes(n) for n in (30, 45, 60)]


def test_buffers_widen_the_outer_edges_only() -> None:
    claims = claims_of(segments_of(TINT), buffer_before=minutes(10), buffer_after=minutes(20))

    assert claims == (Claim(minutes(-10), minutes(15)), Claim(minutes(105), minutes(155)))


def test_the_buffers_of_a_simple_service_lie_on_both_sides_of_its_one_segment() -> None:
    claims = claims_of(segments_of([(45, True)]), buffer_before=minutes(5), buffer_after=minutes(9))

    assert claims == (Claim(minutes(-5), minutes(54)),)


def test_a_solid_service_claims_its_gaps_too() -> None:
    claims = claims_of(
        segments_of(TINT), buffer_before=minutes(10), buffer_after=minutes(20), solid=True
    )

    assert claims == (Claim(minutes(-10), minutes(155)),)
