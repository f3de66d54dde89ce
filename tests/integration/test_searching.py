"""Searching real diaries, and the outside calendar's say in it."""

from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings

from appointments import queries
from appointments.domain.alternatives import Wish
from appointments.domain.intervals import Interval
from appointments.models import Branch, Company, Service, Staff, TimeOff
from appointments.queries import Search, Unwanted
from tests.asking import book, verdict
from tests.calendars import ScriptedCalendar
from tests.conftest import at, day, soon
from tests.factories.appointments import ServiceFactory

Offer = tuple[datetime, str, str]
Starts = dict[tuple[int, str], list[datetime]]


@pytest.fixture
def both_cut(mara: Staff, jonas: Staff) -> Service:
    return ServiceFactory.create(company=mara.company, performed_by=[mara, jonas])


@pytest.fixture
def calendar(settings: LazySettings) -> type[ScriptedCalendar]:
    """An outside calendar that does not answer until told what to list."""
    return ScriptedCalendar.put_in(settings)


def offers(
    search: Search,
    start: datetime,
    *,
    now: datetime,
    unwanted: Unwanted | None = None,
    usual_staff_id: int | None = None,
) -> list[Offer]:
    local = start.astimezone(search.branch.zone)
    found = queries.get_alternatives(
        search,
        Wish(day=local.date(), at=local.time()),
        now=now,
        deadline=soon(),
        unwanted=unwanted or Unwanted(),
        usual_staff_id=usual_staff_id,
    )
    return [(found.slot.starts_at, found.slot.staff_name, found.type.value) for found in found]


def test_every_offer_can_be_booked(branch: Branch, perm: Service, now: datetime) -> None:
    book(perm, at(10), branch=branch, now=now)

    found = offers(Search(branch=branch, service=perm), at(10), now=now)

    for start, _, _ in found:
        assert verdict(perm, start, branch=branch, now=now) == "free"
    assert (
        found
        == [
            (at(12, 15), "Mara Lindt", "same_day_later"),
            (at(12, 30), "Mara Lindt", "same_day_later"),
        ]
        or found
    )


def test_the_requested_start_is_not_offered_with_somebody_else(
    branch: Branch, mara: Staff, both_cut: Service, now: datetime
) -> None:
    book(both_cut, at(10), branch=branch, now=now, staff_id=mara.pk)

    found = offers(Search(branch=branch, service=both_cut), at(10), now=now)

    assert found == [
        (at(9, 45), "Jonas Brandt", "same_day_earlier"),
        (at(9, 30), "Jonas Brandt", "same_day_earlier"),
    ]


def test_with_a_staff_wish_only_that_person_is_offered(
    branch: Branch, mara: Staff, both_cut: Service, now: datetime
) -> None:
    book(both_cut, at(10), branch=branch, now=now, staff_id=mara.pk)

    found = offers(Search(branch=branch, service=both_cut, staff_id=mara.pk), at(10), now=now)

    assert found == [
        (at(9), "Mara Lindt", "same_day_earlier"),
        (at(10, 55), "Mara Lindt", "same_day_later"),
    ]


def test_the_usual_staff_member_is_offered_where_free(
    branch: Branch, mara: Staff, both_cut: Service, now: datetime
) -> None:
    found = offers(Search(branch=branch, service=both_cut), at(10), now=now, usual_staff_id=mara.pk)

    assert [name for _, name, _ in found] == ["Mara Lindt"] * 2


def test_b5_nothing_over_the_caller_s_own_appointment_is_offered(
    branch: Branch, mara: Staff, jonas: Staff, now: datetime
) -> None:
    fringe = ServiceFactory.create(
        company=mara.company, recipe=[(30, True)], performed_by=[mara, jonas]
    )
    own = Interval(at(14, 55), at(15, 25))
    search = Search(branch=branch, service=fringe)

    found = offers(search, at(15, 5), now=now, unwanted=Unwanted(intervals=[own]))

    assert [start for start, _, _ in found] == [at(15, 30), at(15, 45)]


def test_b11_what_was_refused_in_this_call_is_not_offered_again(
    branch: Branch, cut: Service, now: datetime
) -> None:
    search = Search(branch=branch, service=cut)
    first = offers(search, at(10), now=now)
    refused = Unwanted(starts=frozenset(start for start, _, _ in first))

    second = offers(search, at(10), now=now, unwanted=refused)

    assert [start for start, _, _ in first] == [at(9, 45), at(9, 30)]
    assert [start for start, _, _ in second] == [at(9, 15), at(9)]


def test_a_moving_appointment_does_not_block_its_own_alternatives(
    branch: Branch, mara: Staff, perm: Service, now: datetime
) -> None:
    booked = book(perm, at(12), branch=branch, now=now)
    search = Search(branch=branch, service=perm, moving=booked)

    found = offers(search, at(12), now=now)

    assert [start for start, _, _ in found] == [at(12, 15), at(12, 30)]


def test_the_next_workday_is_one_on_which_somebody_capable_works(
    branch: Branch, mara: Staff, jonas: Staff, cut: Service, now: datetime
) -> None:
    """Jonas works on Wednesday, but does not cut."""
    TimeOff.objects.create(staff=mara, starts_at=at(0), ends_at=at(0, days=2))

    found = offers(Search(branch=branch, service=cut), at(10), now=now)

    assert found == [
        (at(9, 30, days=2), "Mara Lindt", "next_workday"),
        (at(9, 45, days=2), "Mara Lindt", "next_workday"),
    ]


def test_free_slots_of_a_day_come_once_per_start_with_the_least_busy(
    branch: Branch, mara: Staff, jonas: Staff, both_cut: Service, now: datetime
) -> None:
    book(both_cut, at(9), branch=branch, now=now, staff_id=jonas.pk)

    slots = queries.get_free_slots(
        Search(branch=branch, service=both_cut), day(), now=now, deadline=soon()
    )

    grid = [at(9) + timedelta(minutes=15 * n) for n in range(33)]
    assert {slot.starts_at: slot.staff_id for slot in slots} == {
        **dict.fromkeys(grid, mara.pk),
        at(9, 55): jonas.pk,
    }
    assert [slot.starts_at for slot in slots] == sorted([*grid, at(9, 55)])


# --- The outside calendar -------------------------------------------------------------------


def test_a22_a_silent_calendar_leaves_the_decision_to_the_database(
    branch: Branch, cut: Service, now: datetime, calendar: type[ScriptedCalendar]
) -> None:
    assert verdict(cut, at(10), branch=branch, now=now) == "free"
    assert calendar.asked == [[day()]]


def test_a_calendar_that_does_not_list_a_start_has_the_last_word(
    branch: Branch, mara: Staff, gloss: Service, now: datetime, calendar: type[ScriptedCalendar]
) -> None:
    calendar.starts = {(mara.pk, "A"): [at(10), at(14)], (mara.pk, "B"): [at(10, 45)]}

    answers = [verdict(gloss, start, branch=branch, now=now) for start in (at(10), at(14))]

    assert answers == ["free", "taken"]


def test_only_what_the_calendar_lists_is_offered(
    branch: Branch, mara: Staff, cut: Service, now: datetime, calendar: type[ScriptedCalendar]
) -> None:
    calendar.starts = {(mara.pk, "A"): [at(9, 30), at(15), at(10, days=7)]}

    found = offers(Search(branch=branch, service=cut), at(10), now=now)

    assert found == [
        (at(9, 30), "Mara Lindt", "same_day_earlier"),
        (at(15), "Mara Lindt", "same_day_later"),
    ]
    assert calendar.asked == [[day()]]


def test_a_calendar_is_asked_nothing_about_a_start_that_is_taken_here(
    branch: Branch, cut: Service, now: datetime, calendar: type[ScriptedCalendar]
) -> None:
    book(cut, at(10), branch=branch, now=now)
    calendar.asked = []

    assert verdict(cut, at(10), branch=branch, now=now) == "taken"
    assert calendar.asked == []


def test_a_search_of_two_weeks_asks_the_calendar_three_times(
    branch: Branch, mara: Staff, cut: Service, now: datetime, calendar: type[ScriptedCalendar]
) -> None:
    calendar.starts = {}

    found = offers(Search(branch=branch, service=cut), at(10), now=now)

    assert found == []
    assert calendar.asked == [
        [day()],
        [day(n) for n in range(1, 8)],
        [day(n) for n in range(8, 15)],
    ]


def test_a19_whom_the_calendar_cannot_book_is_not_offered_and_others_are(
    branch: Branch,
    mara: Staff,
    jonas: Staff,
    both_cut: Service,
    now: datetime,
    calendar: type[ScriptedCalendar],
) -> None:
    calendar.unbookable = {mara.pk}

    booked = book(both_cut, at(10), branch=branch, now=now, usual_staff_id=mara.pk)

    assert booked.staff == jonas
    assert verdict(both_cut, at(12), branch=branch, now=now, staff_id=mara.pk) == "staff_absent"


def test_b7_nothing_within_two_weeks_offers_nothing(
    salon: Company, branch: Branch, cut: Service, now: datetime
) -> None:
    salon.busy_times.create(starts_at=at(0), ends_at=at(0, days=15))

    assert offers(Search(branch=branch, service=cut), at(10), now=now) == []
