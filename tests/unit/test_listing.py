"""Which starts an outside calendar's list proves to be free."""

from datetime import UTC, datetime, timedelta

import pytest

from appointments.domain.intervals import Interval
from appointments.domain.listing import Listed, Listing
from appointments.domain.starts import Segment

TEN = datetime(2030, 1, 8, 9, tzinfo=UTC)
MARA, JONAS = 1, 2


def after(minutes: int) -> datetime:
    return TEN + timedelta(minutes=minutes)


def span(start: int, end: int) -> Interval:
    return Interval(after(start), after(end))


def segment(key: str, offset: int, minutes: int, *, staff_required: bool = True) -> Segment:
    return Segment(key, timedelta(minutes=offset), timedelta(minutes=minutes), staff_required)


CUT = (segment("A", 0, 55),)
GLOSS = (
    segment("A", 0, 15),
    segment("A_gap", 15, 30, staff_required=False),
    segment("B", 45, 15),
)


@pytest.mark.parametrize(
    ("listed", "wanted", "free"),
    [
        ([0, 15, 30], span(15, 20), True),
        ([0, 15, 30], span(5, 10), True),
        ([0, 15, 45], span(20, 25), False),
        ([0, 15, 30], span(35, 40), False),
        ([15, 30], span(0, 5), False),
        ([0, 30], span(15, 70), True),
        ([0, 15, 90], span(30, 60), False),
        ([0], span(0, 55), True),
        ([0], span(5, 60), False),
        ([], span(0, 55), False),
    ],
    ids=[
        "listed",
        "between neighbours one interval apart",
        "between neighbours with one missing between them",
        "after the last",
        "before the first",
        "between starts no further apart than the segment is long",
        "between starts further apart than the segment",
        "the only one",
        "beside the only one",
        "nothing is listed",
    ],
)
def test_a_start_counts_when_the_list_proves_it_free(
    listed: list[int], wanted: Interval, *, free: bool
) -> None:
    starts = Listed([after(minutes) for minutes in listed])

    assert starts.covers(wanted) is free


def test_starts_far_apart_say_nothing_about_what_lies_between() -> None:
    starts = Listed([after(0), after(120), after(240)])

    assert not starts.covers(span(60, 65))


def test_every_hands_on_segment_must_be_listed_and_gaps_need_not() -> None:
    both = Listing({(MARA, "A"): Listed([after(0)]), (MARA, "B"): Listed([after(45)])})
    one = Listing({(MARA, "A"): Listed([after(0)]), (MARA, "B"): Listed([after(60)])})

    assert both.covers(GLOSS, start=TEN, staff_id=MARA)
    assert not one.covers(GLOSS, start=TEN, staff_id=MARA)


def test_what_is_not_in_the_list_is_not_free() -> None:
    listing = Listing({(MARA, "A"): Listed([TEN])})

    assert not listing.covers(GLOSS, start=TEN, staff_id=MARA)
    assert not listing.covers(CUT, start=TEN, staff_id=JONAS)


def test_a_start_hidden_by_our_own_moving_booking_counts_as_listed() -> None:
    listing = Listing({(MARA, "A"): Listed([])}, ours={MARA: [span(0, 55)]})

    assert listing.covers(CUT, start=after(30), staff_id=MARA)
    assert not listing.covers(CUT, start=after(55), staff_id=MARA)


def test_our_own_booking_hides_nothing_of_another_staff_member() -> None:
    listing = Listing({(JONAS, "A"): Listed([])}, ours={MARA: [span(0, 55)]})

    assert not listing.covers(CUT, start=TEN, staff_id=JONAS)


def test_whom_the_calendar_does_not_know_it_does_not_limit() -> None:
    listing = Listing({}, unlimited=frozenset({JONAS}))

    assert listing.covers(CUT, start=TEN, staff_id=JONAS)
    assert not listing.covers(CUT, start=TEN, staff_id=MARA)
