"""What the salon lets a caller change, and the trail that changes leave."""

from datetime import datetime, timedelta

import pytest

from appointments import actions
from appointments.errors import DenialReason, DeniedError, SlotTakenError
from appointments.models import Appointment, AppointmentChange, Company
from tests.asking import book, move
from tests.conftest import at

CALL = "call_7f3a9c"


@pytest.fixture
def booked(branch, cut, now):
    """An appointment on Thursday at 10, made in another call."""
    return book(cut, at(10, days=2), branch=branch, now=now, call_id="call_b81d02")


def move_by_phone(appointment: Appointment, starts_at: datetime, *, now: datetime) -> Appointment:
    return move(appointment, starts_at, now=now, call_id=CALL, by_customer=True)


def cancel_by_phone(appointment: Appointment, *, now: datetime) -> bool:
    return actions.cancel(appointment=appointment, now=now, call_id=CALL, by_customer=True)


@pytest.mark.parametrize("act", ["move", "cancel"])
@pytest.mark.parametrize(("early", "allowed"), [(0, True), (1, True), (-1, False)])
def test_exactly_as_many_hours_before_is_in_time(booked, act, early, allowed):
    now = at(10, days=1) - timedelta(seconds=early)
    changes = {
        "move": lambda: move_by_phone(booked, at(14, days=3), now=now),
        "cancel": lambda: cancel_by_phone(booked, now=now),
    }

    if allowed:
        assert changes[act]()
        return
    with pytest.raises(DeniedError) as refusal:
        changes[act]()
    assert (refusal.value.reason, refusal.value.allowed) == (DenialReason.DEADLINE_MISSED, 24)
    assert Appointment.objects.confirmed().get().starts_at == at(10, days=2)


def test_hours_elapse_on_the_night_the_clocks_change(branch, cut):
    """From Saturday 10:00 to Sunday 10:00 it is 23 hours when the clocks go forward."""
    sunday = datetime.fromisoformat("2030-03-31T10:00:00+02:00")
    branch.opening_hours.create(weekday=6, from_time="09:00", to_time="18:00")
    booked = book(cut, sunday, branch=branch, now=sunday - timedelta(days=5))

    with pytest.raises(DeniedError):
        cancel_by_phone(booked, now=datetime.fromisoformat("2030-03-30T10:00:00+01:00"))

    assert cancel_by_phone(booked, now=datetime.fromisoformat("2030-03-30T09:00:00+01:00"))


def test_without_a_deadline_a_caller_may_until_the_start(booked):
    Company.objects.update(cancel_deadline_hours=0, reschedule_deadline_hours=0)
    booked = Appointment.objects.get(pk=booked.pk)

    moved = move_by_phone(booked, at(11, days=2), now=at(9, 59, days=2))

    assert cancel_by_phone(moved, now=at(10, 59, days=2))


def test_the_fourth_move_of_a_caller_is_one_too_many(booked, now):
    for hour in (11, 12, 13):
        booked = move_by_phone(booked, at(hour, days=2), now=now)

    with pytest.raises(DeniedError) as refusal:
        move_by_phone(booked, at(14, days=2), now=now)

    assert (refusal.value.reason, refusal.value.allowed) == (DenialReason.LIMIT_REACHED, 3)
    assert Appointment.objects.get().starts_at == at(13, days=2)


def test_moves_of_the_salon_are_not_counted_and_not_refused(booked, now):
    for hour in (11, 12, 13, 14):
        booked = move(booked, at(hour, days=2), now=now)

    moved = move_by_phone(booked, at(15, days=2), now=now)
    late = move(moved, at(16, days=2), now=at(14, days=2))

    assert (late.starts_at, late.reschedule_count) == (at(16, days=2), 1)


def test_the_limit_holds_for_two_moves_that_were_both_allowed_a_moment_ago(booked, now):
    """Both have read the appointment before either has moved it."""
    Appointment.objects.update(reschedule_count=2)
    twins = [Appointment.objects.get(pk=booked.pk) for _ in range(2)]
    move_by_phone(twins[0], at(11, days=2), now=now)

    with pytest.raises(DeniedError):
        move_by_phone(twins[1], at(15, days=2), now=now)

    assert Appointment.objects.get().starts_at == at(11, days=2)


def test_what_a_call_has_booked_itself_it_may_correct(branch, cut):
    Company.objects.update(max_reschedules=0)
    now = at(9, 30)
    booked = book(cut, at(10), branch=branch, now=now, call_id=CALL)

    moved = move_by_phone(booked, at(11), now=now)

    assert cancel_by_phone(moved, now=now)


def test_outside_calls_nobody_counts_as_having_booked_it(branch, cut, now):
    booked = book(cut, at(10), branch=branch, now=now)

    with pytest.raises(DeniedError):
        actions.cancel(appointment=booked, now=at(9), by_customer=True)


def test_moves_and_cancellations_leave_a_trail(booked, mara, now):
    moved = move_by_phone(booked, at(14, days=2), now=now)
    actions.cancel(appointment=moved, now=now + timedelta(hours=1))
    actions.cancel(appointment=moved, now=now + timedelta(hours=2))

    fields = ("kind", "changed_at", "call_id", "starts_at", "new_starts_at", "staff", "new_staff")
    trail = list(AppointmentChange.objects.order_by("pk").values_list(*fields))
    assert trail == [
        ("moved", now, CALL, at(10, days=2), at(14, days=2), mara.pk, mara.pk),
        ("cancelled", now + timedelta(hours=1), "", at(14, days=2), None, mara.pk, None),
    ]


def test_a_refused_move_leaves_no_trail(branch, cut, booked, now):
    book(cut, at(14, days=2), branch=branch, now=now)

    with pytest.raises(SlotTakenError):
        move_by_phone(booked, at(14, days=2), now=now)

    assert not AppointmentChange.objects.exists()
