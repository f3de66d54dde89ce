"""Slots kept for a caller who has not decided yet."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from appointments import actions, queries
from appointments.domain.alternatives import Wish
from appointments.domain.diary import Slot
from appointments.errors import SlotTakenError
from appointments.models import (
    Appointment,
    AppointmentPhase,
    Branch,
    Company,
    Service,
    Staff,
    Status,
)
from appointments.queries import Search, Unwanted
from appointments.signals import availability_changed
from tests.asking import book, move, slot, verdict
from tests.conftest import at, soon
from tests.factories.appointments import ServiceFactory

ONE, TWO = "call_one", "call_two"
UNTIL = timedelta(seconds=180)


@pytest.fixture
def fringe(mara: Staff) -> Service:
    return ServiceFactory.create(company=mara.company, recipe=[(15, True)], performed_by=[mara])


def cut_at(mara: Staff, start: datetime) -> Slot:
    return slot(mara, start, start + timedelta(minutes=55))


def perm_at(mara: Staff, start: datetime) -> Slot:
    return slot(mara, start, start + timedelta(minutes=135))


def held() -> list[tuple[datetime, str]]:
    return list(
        Appointment.objects.filter(status=Status.HELD)
        .order_by("starts_at")
        .values_list("starts_at", "call_id")
    )


def offers(search: Search, start: datetime, *, now: datetime) -> list[datetime]:
    local = start.astimezone(search.branch.zone)
    found = queries.get_alternatives(
        search,
        Wish(day=local.date(), at=local.time()),
        now=now,
        deadline=soon(),
        unwanted=Unwanted(starts=frozenset({start})),
    )
    return [alternative.slot.starts_at for alternative in found]


# --- What a hold is -----------------------------------------------------------------------------


def test_a_hold_is_an_appointment_without_a_customer_and_with_all_its_phases(
    branch: Branch, mara: Staff, perm: Service, now: datetime
) -> None:
    search = Search(branch=branch, service=perm, call_id=ONE)

    answer = actions.hold(search=search, slots=[perm_at(mara, at(9))], now=now)

    assert answer == {perm_at(mara, at(9)): now + UNTIL}
    row = Appointment.objects.get()
    assert (row.status, row.held_until, row.customer) == (Status.HELD, now + UNTIL, None)
    assert (row.staff, row.starts_at, row.ends_at) == (mara, at(9), at(11, 15))
    assert row.phases.count() == 6
    assert row.booking_key == ""


def test_a_hold_keeps_the_service_s_buffers(
    branch: Branch, mara: Staff, cut: Service, fringe: Service, now: datetime
) -> None:
    cut.buffer_before_minutes, cut.buffer_after_minutes = 10, 15
    cut.save()
    search = Search(branch=branch, service=cut, call_id=ONE)

    actions.hold(search=search, slots=[cut_at(mara, at(12))], now=now)

    answers = [
        verdict(fringe, start, branch=branch, now=now, call_id=TWO)
        for start in (at(11, 35), at(11, 36), at(13, 9), at(13, 10))
    ]
    assert answers == ["free", "taken", "taken", "free"]


def test_holding_and_giving_back_are_no_news_to_the_outside_calendar(
    branch: Branch,
    mara: Staff,
    cut: Service,
    now: datetime,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    rung: list[int] = []

    def listen(*, company_id: int, **_: object) -> None:
        rung.append(company_id)

    availability_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            search = Search(branch=branch, service=cut, call_id=ONE)
            actions.hold(search=search, slots=[cut_at(mara, at(10))], now=now)
            released = actions.release_holds(company=branch.company, call_id=ONE, now=now)
            again = actions.release_holds(company=branch.company, call_id=ONE, now=now)
    finally:
        availability_changed.disconnect(listen)

    assert (bool(released), again) == (True, 0)
    assert rung == []


# --- Acceptance ---------------------------------------------------------------------------------


def test_h1_another_call_finds_a_held_time_unavailable_for_any_service(
    branch: Branch, mara: Staff, cut: Service, fringe: Service, now: datetime
) -> None:
    search = Search(branch=branch, service=cut, call_id=ONE)
    actions.hold(search=search, slots=[cut_at(mara, at(10))], now=now)

    with pytest.raises(SlotTakenError):
        book(fringe, at(10, 30), branch=branch, now=now, call_id=TWO)

    theirs = Search(branch=branch, service=fringe, call_id=TWO)
    assert offers(theirs, at(10, 30), now=now) == [at(9, 45), at(9, 30)]


def test_h2_the_call_that_holds_books_and_its_hold_becomes_the_appointment(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    search = Search(branch=branch, service=cut, call_id=ONE)
    actions.hold(search=search, slots=[cut_at(mara, at(10)), cut_at(mara, at(14))], now=now)

    booked = book(cut, at(10), branch=branch, now=now, call_id=ONE)

    assert Appointment.objects.get() == booked
    assert AppointmentPhase.objects.count() == 1


def test_h3_a_hold_that_has_run_out_counts_for_nothing_while_the_slot_is_free(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    search = Search(branch=branch, service=cut, call_id=ONE)
    actions.hold(search=search, slots=[cut_at(mara, at(10))], now=now)

    booked = book(cut, at(10), branch=branch, now=now + UNTIL, call_id=ONE)

    assert Appointment.objects.get() == booked


def test_h3_a_hold_that_has_run_out_protects_nobody(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    search = Search(branch=branch, service=cut, call_id=ONE)
    actions.hold(search=search, slots=[cut_at(mara, at(10))], now=now)
    theirs = book(cut, at(10), branch=branch, now=now + UNTIL, call_id=TWO)

    with pytest.raises(SlotTakenError):
        book(cut, at(10), branch=branch, now=now + UNTIL, call_id=ONE)

    assert Appointment.objects.get() == theirs


def test_h4_a_perm_with_one_phase_taken_is_not_held_at_all(
    branch: Branch, mara: Staff, perm: Service, fringe: Service, now: datetime
) -> None:
    book(fringe, at(10, 35), branch=branch, now=now)
    search = Search(branch=branch, service=perm, call_id=ONE)

    answer = actions.hold(search=search, slots=[perm_at(mara, at(9))], now=now)

    assert answer == {}
    assert held() == []
    assert AppointmentPhase.objects.count() == 1


def test_b9_held_offers_are_not_offered_to_another_call_until_they_run_out(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    book(cut, at(10), branch=branch, now=now)
    one = Search(branch=branch, service=cut, call_id=ONE)
    two = Search(branch=branch, service=cut, call_id=TWO)
    first = offers(one, at(10), now=now)
    actions.hold(search=one, slots=[cut_at(mara, start) for start in first], now=now)

    meanwhile = offers(two, at(10), now=now + UNTIL - timedelta(seconds=1))
    afterwards = offers(two, at(10), now=now + UNTIL)

    assert (first, meanwhile) == ([at(9), at(10, 55)], [at(11, 50), at(12)])
    assert afterwards == first


def test_b9_held_offers_are_free_again_when_the_call_ends(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    one = Search(branch=branch, service=cut, call_id=ONE)
    actions.hold(search=one, slots=[cut_at(mara, at(9)), cut_at(mara, at(11))], now=now)

    actions.release_holds(company=branch.company, call_id=ONE, now=now)

    assert held() == []
    assert verdict(cut, at(9), branch=branch, now=now, call_id=TWO) == "free"


def test_b10_a_call_s_own_holds_hide_nothing_from_it(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    book(cut, at(10), branch=branch, now=now)
    search = Search(branch=branch, service=cut, call_id=ONE)

    answers = []
    for _ in range(2):
        found = offers(search, at(10), now=now)
        actions.hold(search=search, slots=[cut_at(mara, start) for start in found], now=now)
        answers.append(found)

    assert answers == [[at(9), at(10, 55)]] * 2
    assert held() == [(at(9), ONE), (at(10, 55), ONE)]


# --- Two offers ---------------------------------------------------------------------------------


def test_of_two_overlapping_offers_only_the_first_is_held(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    search = Search(branch=branch, service=cut, call_id=ONE)
    first, second = cut_at(mara, at(10, 15)), cut_at(mara, at(10))

    answer = actions.hold(search=search, slots=[first, second], now=now)

    assert answer == {first: now + UNTIL, second: None}
    assert held() == [(at(10, 15), ONE)]


def test_overlapping_offers_of_two_people_are_both_held(
    branch: Branch, mara: Staff, jonas: Staff, now: datetime
) -> None:
    cut = ServiceFactory.create(company=branch.company, performed_by=[mara, jonas])
    search = Search(branch=branch, service=cut, call_id=ONE)
    slots = [cut_at(mara, at(10)), cut_at(jonas, at(10, 15))]

    answer = actions.hold(search=search, slots=slots, now=now)

    assert answer == dict.fromkeys(slots, now + UNTIL)


def test_an_offer_that_was_taken_meanwhile_is_missing_from_the_answer(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    book(cut, at(10), branch=branch, now=now, call_id=TWO)
    search = Search(branch=branch, service=cut, call_id=ONE)
    taken, free = cut_at(mara, at(10, 30)), cut_at(mara, at(14))

    answer = actions.hold(search=search, slots=[taken, free], now=now)

    assert answer == {free: now + UNTIL}


def test_a_call_holds_two_slots_at_most(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    search = Search(branch=branch, service=cut, call_id=ONE)
    slots = [cut_at(mara, at(hour)) for hour in (10, 12, 14)]

    answer = actions.hold(search=search, slots=slots, now=now)

    assert answer == dict.fromkeys(slots[:2], now + UNTIL)
    assert held() == [(at(10), ONE), (at(12), ONE)]


def test_new_offers_replace_the_older_ones_of_the_call_only(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    one = Search(branch=branch, service=cut, call_id=ONE)
    two = Search(branch=branch, service=cut, call_id=TWO)
    actions.hold(search=one, slots=[cut_at(mara, at(10)), cut_at(mara, at(11))], now=now)
    actions.hold(search=two, slots=[cut_at(mara, at(16))], now=now)

    actions.hold(search=one, slots=[cut_at(mara, at(14))], now=now)

    assert held() == [(at(14), ONE), (at(16), TWO)]


def test_asking_again_renews_a_hold(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    search = Search(branch=branch, service=cut, call_id=ONE)
    actions.hold(search=search, slots=[cut_at(mara, at(10))], now=now)
    later = now + timedelta(seconds=60)

    answer = actions.hold(search=search, slots=[cut_at(mara, at(10))], now=later)

    assert answer == {cut_at(mara, at(10)): later + UNTIL}
    assert held() == [(at(10), ONE)]


def test_holds_of_another_company_s_call_of_the_same_name_stay(
    salon: Company, branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    elsewhere = Branch.objects.exclude(company=salon).get()
    zoe = Staff.objects.get(branch=elsewhere)
    theirs = Search(
        branch=elsewhere, service=Service.objects.get(company=elsewhere.company), call_id=ONE
    )
    actions.hold(search=theirs, slots=[cut_at(zoe, at(10))], now=now)
    ours = Search(branch=branch, service=cut, call_id=ONE)
    actions.hold(search=ours, slots=[cut_at(mara, at(11))], now=now)

    actions.release_holds(company=salon, call_id=ONE, now=now)

    assert list(Appointment.objects.values_list("company", flat=True)) == [elsewhere.company_id]


# --- Expired ------------------------------------------------------------------------------------


def test_expired_holds_in_the_way_are_removed_by_whoever_books(
    branch: Branch, mara: Staff, perm: Service, fringe: Service, now: datetime
) -> None:
    """Their rows would still stand in the way: the database knows no clock."""
    search = Search(branch=branch, service=perm, call_id=ONE)
    actions.hold(search=search, slots=[perm_at(mara, at(9))], now=now)

    booked = book(fringe, at(9, 30), branch=branch, now=now + UNTIL, call_id=TWO)

    assert Appointment.objects.get() == booked


def test_expired_holds_in_the_way_are_removed_by_whoever_moves_or_holds(
    branch: Branch, mara: Staff, perm: Service, cut: Service, now: datetime
) -> None:
    booked = book(cut, at(16), branch=branch, now=now)
    one = Search(branch=branch, service=perm, call_id=ONE)
    actions.hold(search=one, slots=[perm_at(mara, at(9)), perm_at(mara, at(12))], now=now)
    two = Search(branch=branch, service=cut, call_id=TWO)

    move(booked, at(9, 30), now=now + UNTIL)
    actions.hold(search=two, slots=[cut_at(mara, at(12))], now=now + UNTIL)

    assert held() == [(at(12), TWO)]


def test_the_sweep_removes_what_has_run_out_of_every_company_and_nothing_else(
    salon: Company, branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    elsewhere = Branch.objects.exclude(company=salon).get()
    zoe = Staff.objects.get(branch=elsewhere)
    theirs = Search(
        branch=elsewhere, service=Service.objects.get(company=elsewhere.company), call_id="call_3"
    )
    actions.hold(search=theirs, slots=[cut_at(zoe, at(10))], now=now)
    one = Search(branch=branch, service=cut, call_id=ONE)
    actions.hold(search=one, slots=[cut_at(mara, at(10))], now=now)
    two = Search(branch=branch, service=cut, call_id=TWO)
    actions.hold(search=two, slots=[cut_at(mara, at(14))], now=now + timedelta(seconds=1))
    booked = book(cut, at(16), branch=branch, now=now)

    actions.release_expired_holds(now=now + UNTIL)

    assert held() == [(at(14), TWO)]
    assert Appointment.objects.confirmed().get() == booked
