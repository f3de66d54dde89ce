"""Between checking and booking the outside calendar is asked: much can happen in three seconds."""

from datetime import datetime

import pytest
from django.conf import LazySettings

from appointments import actions
from appointments.errors import NotChangeableError, OwnAppointmentError, SlotTakenError
from appointments.models import Appointment, Branch, Company, Service, Staff, TimeOff
from tests.asking import book, move, wish
from tests.calendars import ScriptedCalendar
from tests.conftest import at
from tests.factories.appointments import ServiceFactory

CALL, PHONE = "call_7f3a9c", "+4915111112222"


@pytest.fixture
def calendar(settings: LazySettings) -> type[ScriptedCalendar]:
    """An outside calendar that does not answer until told what to list."""
    return ScriptedCalendar.put_in(settings)


def test_a_foreign_booking_meanwhile_takes_the_time(
    salon: Company, branch: Branch, cut: Service, now: datetime, calendar: type[ScriptedCalendar]
) -> None:
    """No constraint knows of foreign bookings: only the second look does."""
    calendar.meanwhile = [lambda: salon.busy_times.create(starts_at=at(10, 30), ends_at=at(11))]

    with pytest.raises(SlotTakenError):
        book(cut, at(10), branch=branch, now=now)

    assert Appointment.objects.count() == 0


def test_a_neighbour_s_buffer_meanwhile_takes_the_time(
    branch: Branch, mara: Staff, cut: Service, now: datetime, calendar: type[ScriptedCalendar]
) -> None:
    """Nor do constraints know of buffers."""
    wash = ServiceFactory.create(
        company=mara.company,
        recipe=[(30, True)],
        buffer_after_minutes=15,
        performed_by=[mara],
    )
    calendar.meanwhile = [lambda: book(wash, at(9, 30), branch=branch, now=now)]

    with pytest.raises(SlotTakenError):
        book(cut, at(10), branch=branch, now=now)

    assert Appointment.objects.get().service == wash


def test_time_off_entered_meanwhile_counts_for_a_move(
    branch: Branch, mara: Staff, cut: Service, now: datetime, calendar: type[ScriptedCalendar]
) -> None:
    booked = book(cut, at(10), branch=branch, now=now)
    calendar.meanwhile = [
        lambda: TimeOff.objects.create(staff=mara, starts_at=at(14), ends_at=at(18))
    ]

    with pytest.raises(SlotTakenError):
        move(booked, at(14), now=now)

    booked.refresh_from_db()
    assert booked.starts_at == at(10)


def test_of_several_free_people_another_one_serves_when_the_first_was_taken_meanwhile(
    branch: Branch, mara: Staff, jonas: Staff, now: datetime, calendar: type[ScriptedCalendar]
) -> None:
    cut = ServiceFactory.create(company=branch.company, performed_by=[mara, jonas])
    calendar.meanwhile = [lambda: book(cut, at(10), branch=branch, now=now, staff_id=jonas.pk)]

    booked = book(cut, at(10), branch=branch, now=now)

    assert booked.staff == mara


def test_the_same_wish_meanwhile_is_the_answer(
    branch: Branch, mara: Staff, jonas: Staff, now: datetime, calendar: type[ScriptedCalendar]
) -> None:
    """Also where a second person is free, and the first wish has a sister's place beside it."""
    cut = ServiceFactory.create(company=branch.company, performed_by=[mara, jonas])
    asker = {"branch": branch, "now": now, "call_id": CALL, "additional": True}
    calendar.meanwhile = [lambda: wish(cut, at(10), **asker)]  # type: ignore[arg-type]

    answer = wish(cut, at(10), **asker)  # type: ignore[arg-type]

    assert answer.repeated
    assert Appointment.objects.get() == answer.appointment


def test_the_same_wish_just_before_is_the_answer_although_the_time_is_taken_now(
    branch: Branch, cut: Service, now: datetime, calendar: type[ScriptedCalendar]
) -> None:
    asker = {"branch": branch, "now": now, "call_id": CALL}
    calendar.first = [lambda: wish(cut, at(10), **asker)]  # type: ignore[arg-type]

    answer = wish(cut, at(10), **asker)  # type: ignore[arg-type]

    assert answer.repeated
    assert Appointment.objects.get() == answer.appointment


def test_an_own_appointment_booked_meanwhile_by_another_call_is_noticed(
    branch: Branch, mara: Staff, jonas: Staff, now: datetime, calendar: type[ScriptedCalendar]
) -> None:
    cut = ServiceFactory.create(company=branch.company, performed_by=[mara, jonas])
    calendar.meanwhile = [
        lambda: book(cut, at(10, 30), branch=branch, now=now, phone=PHONE, call_id="call_b")
    ]

    with pytest.raises(OwnAppointmentError):
        wish(cut, at(10), branch=branch, now=now, phone=PHONE, call_id=CALL)


def test_a_cancellation_meanwhile_stops_a_move(
    branch: Branch, cut: Service, now: datetime, calendar: type[ScriptedCalendar]
) -> None:
    booked = book(cut, at(10), branch=branch, now=now)
    calendar.meanwhile = [lambda: actions.cancel(appointment=booked, now=now)]

    with pytest.raises(NotChangeableError):
        move(Appointment.objects.get(pk=booked.pk), at(14), now=now)


def test_the_same_move_meanwhile_is_the_answer(
    branch: Branch, perm: Service, now: datetime, calendar: type[ScriptedCalendar]
) -> None:
    booked = book(perm, at(9, days=1), branch=branch, now=now)
    twin = Appointment.objects.get(pk=booked.pk)
    calendar.meanwhile = [lambda: move(twin, at(13), now=now, by_customer=True)]

    moved = move(booked, at(13), now=now, by_customer=True)

    assert (moved.starts_at, moved.ends_at) == (at(13), at(15, 15))
    assert (moved.revision, moved.reschedule_count) == (2, 1)


def test_another_move_meanwhile_leaves_every_phase_in_its_place(
    branch: Branch, perm: Service, now: datetime, calendar: type[ScriptedCalendar]
) -> None:
    booked = book(perm, at(9), branch=branch, now=now)
    other = Appointment.objects.get(pk=booked.pk)
    calendar.meanwhile = [lambda: move(other, at(15), now=now)]

    moved = move(booked, at(13), now=now)

    assert (moved.starts_at, moved.ends_at, moved.revision) == (at(13), at(15, 15), 3)
    assert moved.phases.latest("sequence").ends_at == at(15, 15)
