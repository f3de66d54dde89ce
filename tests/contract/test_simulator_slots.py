"""The simulator finds slots by Cal.com's arithmetic, and never double-books unless told to."""

import threading
from collections.abc import Iterator

import pytest

from tests.contract.simulated import (
    COLOUR,
    CUT,
    CUT_OF_JONAS,
    JONAS,
    MARA,
    Salon,
    at,
    attendee,
    seed,
    simulated_salon,
)


@pytest.fixture
def cal() -> Iterator[Salon]:
    with simulated_salon() as salon:
        yield salon


@pytest.mark.parametrize(
    ("changes", "starts"),
    [
        ({}, ["09:00", "09:30", "10:00", "10:30"]),
        ({"lengthInMinutes": 50}, ["09:00", "09:50", "10:40", "11:30"]),
        ({"slotInterval": 15}, ["09:00", "09:15", "09:30", "09:45"]),
        ({"offsetStart": 5}, ["09:05", "09:40", "10:15", "10:50"]),
        ({"minimumBookingNotice": 130}, ["09:30", "10:00", "10:30", "11:00"]),
        (
            {"minimumBookingNotice": 130, "lengthInMinutes": 45},
            ["09:15", "10:00", "10:45", "11:30"],
        ),
        (
            {"minimumBookingNotice": 130, "lengthInMinutes": 50},
            ["09:10", "10:00", "10:50", "11:40"],
        ),
        (
            {"minimumBookingNotice": 121, "lengthInMinutes": 25},
            ["09:05", "09:30", "09:55", "10:20"],
        ),
    ],
)
def test_a_day_begins_with_the_step_rounded(cal, changes, starts):
    seed(cal.simulator, **changes)

    assert cal.starts()[:4] == starts


def test_after_a_booking_the_grid_begins_again(cal):
    seed(cal.simulator, lengthInMinutes=45)
    cal.booked("10:05", CUT, attendee=attendee())

    assert cal.starts()[:4] == ["09:00", "11:00", "11:45", "12:30"]


def test_after_a_booking_the_step_of_the_slot_before_is_still_kept(cal):
    seed(cal.simulator, lengthInMinutes=30, slotInterval=60)
    cal.simulator.seed(
        event_types=[
            {"id": 3005, "title": "Bang", "slug": "bang", "lengthInMinutes": 10, "hosts": [MARA]}
        ]
    )
    cal.booked("09:35", 3005)

    assert cal.starts()[:2] == ["09:00", "10:00"]


def test_buffers_of_both_types_keep_their_distance(cal):
    seed(cal.simulator, slotInterval=5, beforeEventBuffer=10, afterEventBuffer=5)
    cal.simulator.seed(
        event_types=[{"id": COLOUR, "beforeEventBuffer": 15, "afterEventBuffer": 20}]
    )
    cal.booked("12:00", COLOUR)

    starts = cal.starts()

    # Ours ends 15 + 5 minutes before it begins, and begins 20 + 10 after it ends.
    assert "11:10" in starts
    assert "11:15" not in starts
    assert "13:25" not in starts
    assert "13:30" in starts


def test_what_a_host_attends_blocks_as_well(cal):
    cal.booked("10:00", CUT_OF_JONAS, attendee=attendee(email="mara@salon.example"))

    assert "10:00" not in cal.starts()


def test_the_booking_that_moves_is_not_in_its_own_way(cal):
    uid = cal.booked("10:00")["uid"]

    assert "10:00" not in cal.starts()
    assert "10:00" in cal.starts(bookingUidToReschedule=uid)


def test_an_intervals_end_may_touch_the_days_end_but_not_pass_it(cal):
    assert cal.starts(end="2030-01-08")[-1] == "18:30"


@pytest.mark.parametrize(
    ("day", "offset"), [("2030-03-30", "+01:00"), ("2030-04-01", "+02:00")], ids=["before", "after"]
)
def test_opening_hours_stay_on_the_wall_when_the_clocks_change(cal, day, offset):
    slots = cal.slots(start=day, end=day).json()["data"][day]

    assert slots[0]["start"] == f"{day}T09:00:00.000{offset}"
    assert slots[-1]["start"] == f"{day}T18:30:00.000{offset}"


def test_the_night_the_clocks_change_has_an_hour_less(cal):
    cal.simulator.seed(users=[{"id": MARA, "schedule": {"sun": [["00:00", "24:00"]]}}])

    starts = cal.starts(start="2030-03-31T00:00:00+01:00", end="2030-03-31T06:00:00+02:00")

    assert starts[:6] == ["00:00", "00:30", "01:00", "01:30", "03:00", "03:30"]


def test_without_a_schedule_every_hour_of_every_day_is_open(cal):
    cal.simulator.seed(users=[{"id": MARA, "schedule": None}])

    assert cal.starts(start=at("20:00"), end=at("22:00")) == ["20:00", "20:30", "21:00", "21:30"]


def test_days_without_slots_are_left_out_and_utc_is_the_default(cal):
    answer = cal.slots(start="2030-01-12", end="2030-01-14", timeZone=None)

    data = answer.json()["data"]
    assert list(data) == ["2030-01-12", "2030-01-14"]  # the 13th is a Sunday
    assert data["2030-01-12"][0] == {"start": "2030-01-12T08:00:00.000Z"}


def test_slots_can_be_asked_by_slug_and_of_a_longer_length(cal):
    cal.simulator.seed(event_types=[{"id": CUT_OF_JONAS, "lengthInMinutesOptions": [30, 60]}])
    by_slug = {"eventTypeId": None, "eventTypeSlug": "cut", "username": "jonas"}

    assert cal.starts(**by_slug)[:2] == ["09:00", "09:30"]
    assert cal.starts(**by_slug, duration=60)[:2] == ["09:00", "10:00"]
    assert cal.slots(**by_slug, duration=45).status_code == 400


def test_a_type_may_show_the_first_slot_of_a_day_only(cal):
    seed(cal.simulator, onlyShowFirstAvailableSlot=True)

    assert cal.starts() == ["09:00"]


def test_a_round_robin_shows_what_any_host_has_free(cal):
    seed(cal.simulator, hosts=[MARA, JONAS], schedulingType="roundRobin")
    cal.booked("10:00", CUT_OF_JONAS)

    assert "10:00" in cal.starts()


def test_slots_are_repeated_from_a_cache_if_that_is_switched_on(cal):
    cal.simulator.switch(slots_cache_seconds=60)
    before = cal.starts()
    cal.booked("10:00")

    assert cal.starts() == before
    assert "10:00" not in cal.starts(format="range")


def _book_at_once(cal: Salon, wishes: list[tuple[str, int]]) -> list[int]:
    """Book from as many threads, each with a connection of its own, and return the statuses."""
    together = threading.Barrier(len(wishes))
    statuses: list[int] = []

    def book(start: str, event_type: int) -> None:
        client = Salon(cal.simulator)
        together.wait()
        statuses.append(client.book(start, event_type).status_code)
        client.session.close()

    threads = [threading.Thread(target=book, args=wish) for wish in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


def test_of_parallel_creates_that_overlap_one_gets_in(cal):
    assert _book_at_once(cal, [("10:00", CUT), ("10:03", CUT), ("10:00", COLOUR)]) == [
        201,
        400,
        400,
    ]


def test_overlapping_creates_all_get_in_when_the_race_is_switched_on(cal):
    cal.simulator.switch(overlap_race_double_books=True, race_milliseconds=300)

    assert _book_at_once(cal, [("10:00", CUT), ("10:03", CUT), ("10:00", COLOUR)]) == [201] * 3


@pytest.mark.parametrize(("loses_with", "status"), [("400", 400), ("409", 409)])
def test_equal_creates_never_all_get_in(cal, loses_with, status):
    cal.simulator.switch(
        overlap_race_double_books=True, race_milliseconds=300, exact_race=loses_with
    )

    assert _book_at_once(cal, [("10:00", CUT)] * 3) == [201, status, status]
