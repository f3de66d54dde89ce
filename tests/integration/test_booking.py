"""Booking: a promise is a row, asking twice is asking once, nothing is invented."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from appointments import actions
from appointments.actions import Booked
from appointments.errors import (
    OwnAppointmentError,
    SlotTakenError,
)
from appointments.models import (
    Appointment,
    AppointmentPhase,
    Branch,
    Customer,
    Service,
    Source,
    Staff,
    Status,
    SyncStatus,
)
from appointments.signals import appointment_changed, availability_changed
from tests.asking import book, move, order, wish
from tests.conftest import at, soon
from tests.factories.appointments import ServiceFactory

PHONE = "+4915111112222"
CALL = "call_7f3a9c"


@pytest.fixture
def shared_cut(mara: Staff, jonas: Staff) -> Service:
    """A service both perform."""
    return ServiceFactory.create(company=mara.company, performed_by=[mara, jonas])


# --- 2. A promise is a row ----------------------------------------------------------------------


def test_a_booking_is_a_row_with_all_that_was_said(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    booked = book(
        cut,
        at(10),
        branch=branch,
        now=now,
        phone=PHONE,
        email="lena@example.org",
        call_id=CALL,
        source=Source.VOICE,
        notes="Kommt mit Hund",
    )

    assert (booked.company, booked.branch, booked.service, booked.staff) == (
        branch.company,
        branch,
        cut,
        mara,
    )
    assert (booked.starts_at, booked.ends_at) == (at(10), at(10, 55))
    assert (booked.status, booked.held_until, booked.revision) == (Status.CONFIRMED, None, 1)
    assert (booked.source, booked.call_id, booked.notes) == (Source.VOICE, CALL, "Kommt mit Hund")
    assert (booked.sync_status, booked.synced_at) == (SyncStatus.NOT_APPLICABLE, None)
    customer = Customer.objects.get()
    assert booked.customer == customer
    assert (customer.company, customer.name, customer.phone, customer.email) == (
        branch.company,
        "Lena Vogt",
        PHONE,
        "lena@example.org",
    )


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC", "America/New_York"])
def test_the_instant_stored_is_the_instant_asked_for(
    branch: Branch, cut: Service, now: datetime, zone: str
) -> None:
    booked = book(
        cut, at(11).astimezone(ZoneInfo(zone)), branch=branch, now=now.astimezone(ZoneInfo(zone))
    )

    assert (booked.starts_at, booked.ends_at) == (at(11), at(11, 55))


def test_a_broken_receiver_does_not_undo_a_booking(
    branch: Branch,
    cut: Service,
    now: datetime,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    rung: list[int] = []

    def fail(**_: object) -> None:
        raise ConnectionError

    def listen(*, company_id: int, **_: object) -> None:
        rung.append(company_id)

    appointment_changed.connect(fail)
    availability_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            booked = book(cut, at(10), branch=branch, now=now)
            moved = move(booked, at(14), now=now)
            actions.cancel(appointment=moved, now=now)
    finally:
        appointment_changed.disconnect(fail)
        availability_changed.disconnect(listen)

    assert Appointment.objects.get().status == Status.CANCELLED
    assert rung == [branch.company_id] * 3


@pytest.mark.parametrize("act", ["book", "move", "cancel", "finish"])
def test_every_change_rings_the_bell_once_after_the_commit(
    branch: Branch,
    cut: Service,
    now: datetime,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    act: str,
) -> None:
    standing = book(cut, at(9), branch=branch, now=now)
    changes = {
        "book": lambda: book(cut, at(14), branch=branch, now=now),
        "move": lambda: move(standing, at(14), now=now),
        "cancel": lambda: actions.cancel(appointment=standing, now=now),
        "finish": lambda: actions.finish(appointment=standing, status=Status.COMPLETED, now=now),
    }
    rung: list[int] = []

    def listen(*, appointment_id: int, **_: object) -> None:
        rung.append(appointment_id)

    appointment_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            changes[act]()
            before_commit = list(rung)
    finally:
        appointment_changed.disconnect(listen)

    changed = Appointment.objects.latest("pk") if act == "book" else standing
    assert (before_commit, rung) == ([], [changed.pk])


def test_a_refused_booking_leaves_nothing_behind(
    branch: Branch, cut: Service, now: datetime
) -> None:
    book(cut, at(10), branch=branch, now=now, phone=PHONE)

    with pytest.raises(SlotTakenError):
        wish(cut, at(10, 30), branch=branch, now=now, phone="+4915199999999", customer_name="Ute")

    assert Appointment.objects.count() == 1
    assert AppointmentPhase.objects.count() == 1
    assert Customer.objects.get().phone == PHONE


# --- 3. Asking twice is asking once ---------------------------------------------------------------


def test_the_same_wish_twice_is_one_appointment(
    branch: Branch, cut: Service, now: datetime
) -> None:
    first = wish(cut, at(10), branch=branch, now=now, call_id=CALL)
    berlin = at(10).astimezone(ZoneInfo("Europe/Berlin"))
    again = wish(cut, berlin, branch=branch, now=now, call_id=CALL, customer_name="Frau Vogt")

    assert (first.repeated, again.repeated) == (False, True)
    assert again.appointment == first.appointment == Appointment.objects.get()


def test_the_same_wish_for_the_same_person_is_one_appointment(
    branch: Branch, mara: Staff, shared_cut: Service, now: datetime
) -> None:
    first = wish(shared_cut, at(10), branch=branch, now=now, call_id=CALL, staff_id=mara.pk)
    again = wish(shared_cut, at(10), branch=branch, now=now, call_id=CALL, staff_id=mara.pk)
    nobody = wish(shared_cut, at(10), branch=branch, now=now, call_id=CALL)

    assert [again.appointment, nobody.appointment] == [first.appointment] * 2
    assert (again.repeated, nobody.repeated) == (True, True)


def test_the_same_wish_with_somebody_else_is_their_own_appointment(
    branch: Branch, mara: Staff, jonas: Staff, shared_cut: Service, now: datetime
) -> None:
    first = book(shared_cut, at(10), branch=branch, now=now, call_id=CALL, staff_id=mara.pk)

    with pytest.raises(OwnAppointmentError) as refusal:
        wish(shared_cut, at(10), branch=branch, now=now, call_id=CALL, staff_id=jonas.pk)

    assert refusal.value.appointment == first
    assert Appointment.objects.get() == first


def test_a_wish_still_answers_when_its_time_has_come_too_near(branch: Branch, cut: Service) -> None:
    first = wish(cut, at(10, 15), branch=branch, now=at(10), call_id=CALL)
    again = wish(cut, at(10, 15), branch=branch, now=at(10, 1), call_id=CALL)

    assert again == Booked(first.appointment, repeated=True)


def test_another_wish_of_the_same_call_is_another_appointment(
    branch: Branch, cut: Service, perm: Service, now: datetime
) -> None:
    first = wish(cut, at(10), branch=branch, now=now, call_id=CALL, phone=PHONE)
    later = wish(cut, at(11), branch=branch, now=now, call_id=CALL, phone=PHONE)
    other = wish(perm, at(14), branch=branch, now=now, call_id=CALL, phone=PHONE)

    assert [booked.repeated for booked in (first, later, other)] == [False] * 3
    assert Appointment.objects.count() == 3


def test_outside_calls_nothing_is_repeated(
    branch: Branch, shared_cut: Service, now: datetime
) -> None:
    first = wish(shared_cut, at(10), branch=branch, now=now)
    second = wish(shared_cut, at(10), branch=branch, now=now)

    assert (second.repeated, second.appointment == first.appointment) == (False, False)


def test_the_same_wish_in_another_call_is_their_own_appointment(
    branch: Branch, cut: Service, now: datetime
) -> None:
    """Nobody hears "taken" of a time that is their own, although only Mara does it."""
    first = book(cut, at(10), branch=branch, now=now, call_id=CALL, phone=PHONE)

    with pytest.raises(OwnAppointmentError) as refusal:
        wish(cut, at(10), branch=branch, now=now, call_id="call_later", phone=PHONE)

    assert refusal.value.appointment == first


def test_a_stranger_hears_that_the_time_is_taken(
    branch: Branch, cut: Service, now: datetime
) -> None:
    book(cut, at(10), branch=branch, now=now, call_id=CALL, phone=PHONE)

    with pytest.raises(SlotTakenError):
        wish(cut, at(10), branch=branch, now=now, call_id="call_x", phone="+4915199999999")


@pytest.mark.parametrize("who", ["call", "phone", "customer"])
def test_an_overlapping_wish_of_another_kind_is_their_own_appointment(
    branch: Branch, cut: Service, jonas: Staff, now: datetime, who: str
) -> None:
    wash = ServiceFactory.create(company=jonas.company, recipe=[(30, True)], performed_by=[jonas])
    first = book(cut, at(10), branch=branch, now=now, call_id=CALL, phone=PHONE)
    asker = {"call": {"call_id": CALL}, "phone": {"phone": PHONE}, "customer": {}}[who]
    asked = order(wash, at(10, 30), branch=branch, **asker)
    if who == "customer":
        asked = replace(asked, customer=first.customer)

    with pytest.raises(OwnAppointmentError) as refusal:
        actions.book(order=asked, now=now, deadline=soon())

    assert refusal.value.appointment == first
    touching = replace(asked, starts_at=at(10, 55))
    assert not actions.book(order=touching, now=now, deadline=soon()).repeated


def test_another_service_at_the_same_start_is_not_the_same_wish(
    branch: Branch, cut: Service, jonas: Staff, now: datetime
) -> None:
    wash = ServiceFactory.create(company=jonas.company, recipe=[(30, True)], performed_by=[jonas])
    first = book(cut, at(10), branch=branch, now=now, call_id=CALL)

    with pytest.raises(OwnAppointmentError) as refusal:
        wish(wash, at(10), branch=branch, now=now, call_id=CALL)

    assert refusal.value.appointment == first


def test_one_more_for_the_sister_with_somebody_else(
    branch: Branch, mara: Staff, jonas: Staff, shared_cut: Service, now: datetime
) -> None:
    asker = {"branch": branch, "now": now, "call_id": CALL, "phone": PHONE}
    own = wish(shared_cut, at(10), **asker, staff_id=mara.pk)  # type: ignore[arg-type]
    sister = wish(shared_cut, at(10), **asker, customer_name="Ida", additional=True)  # type: ignore[arg-type]
    again = wish(shared_cut, at(10), **asker, customer_name="Ida", additional=True)  # type: ignore[arg-type]

    assert (own.repeated, sister.repeated, again.repeated) == (False, False, True)
    assert again.appointment == sister.appointment
    assert (sister.appointment.staff, sister.appointment.customer_name) == (jonas, "Ida")
    assert sister.appointment.customer == own.appointment.customer
    assert Customer.objects.get().name == "Lena Vogt"


def test_one_more_asked_for_again_without_saying_so_is_the_same(
    branch: Branch, mara: Staff, jonas: Staff, shared_cut: Service, now: datetime
) -> None:
    asker = {"branch": branch, "now": now, "call_id": CALL, "phone": PHONE}
    own = wish(shared_cut, at(10), **asker, staff_id=mara.pk)  # type: ignore[arg-type]
    sister = wish(shared_cut, at(10), **asker, additional=True)  # type: ignore[arg-type]
    alone = wish(shared_cut, at(14), **asker, additional=True)  # type: ignore[arg-type]

    assert wish(shared_cut, at(14), **asker) == Booked(alone.appointment, repeated=True)  # type: ignore[arg-type]
    assert wish(shared_cut, at(10), **asker) == Booked(own.appointment, repeated=True)  # type: ignore[arg-type]
    by_name = wish(shared_cut, at(10), **asker, staff_id=jonas.pk)  # type: ignore[arg-type]
    assert by_name == Booked(sister.appointment, repeated=True)
    assert Appointment.objects.count() == 3


def test_the_database_refuses_a_second_standing_appointment_of_one_wish(
    branch: Branch, cut: Service, now: datetime
) -> None:
    first = book(cut, at(10), branch=branch, now=now, call_id=CALL)
    second = book(cut, at(14), branch=branch, now=now, call_id=CALL)
    same_wish = Appointment.objects.filter(pk=second.pk)

    with pytest.raises(IntegrityError), transaction.atomic():
        same_wish.update(booking_key=first.booking_key)
    actions.cancel(appointment=first, now=now)
    same_wish.update(booking_key=first.booking_key)

    assert list(
        Appointment.objects.filter(booking_key=first.booking_key).values_list("status", flat=True)
    ) == [Status.CANCELLED, Status.CONFIRMED]


def test_booked_cancelled_and_booked_again_in_one_call_is_a_new_appointment(
    branch: Branch, cut: Service, now: datetime
) -> None:
    first = wish(cut, at(10), branch=branch, now=now, call_id=CALL)
    actions.cancel(appointment=first.appointment, now=now)
    second = wish(cut, at(10), branch=branch, now=now, call_id=CALL)

    assert not second.repeated
    assert second.appointment != first.appointment
    assert second.appointment.status == Status.CONFIRMED


def test_a_moved_appointment_answers_the_wish_for_its_new_time(
    branch: Branch, cut: Service, now: datetime
) -> None:
    booked = book(cut, at(10), branch=branch, now=now, call_id=CALL)
    move(booked, at(14), now=now)

    new_time = wish(cut, at(14), branch=branch, now=now, call_id=CALL)
    old_time = wish(cut, at(10), branch=branch, now=now, call_id=CALL)

    assert new_time == Booked(booked, repeated=True)
    assert not old_time.repeated


def test_two_sisters_move_to_the_same_time(
    branch: Branch, mara: Staff, jonas: Staff, shared_cut: Service, now: datetime
) -> None:
    asker = {"branch": branch, "now": now, "call_id": CALL, "phone": PHONE}
    own = book(shared_cut, at(10), **asker, staff_id=mara.pk)  # type: ignore[arg-type]
    sister = book(shared_cut, at(10), **asker, additional=True)  # type: ignore[arg-type]

    move(own, at(11), now=now)
    move(sister, at(11), now=now)

    assert sorted(Appointment.objects.values_list("starts_at", "staff__name")) == [
        (at(11), "Jonas Brandt"),
        (at(11), "Mara Lindt"),
    ]
    assert wish(shared_cut, at(11), **asker).repeated  # type: ignore[arg-type]


# --- 9. Nothing is invented -----------------------------------------------------------------------


def test_a_named_start_is_booked_exactly_as_named_or_not_at_all(
    branch: Branch, cut: Service, now: datetime
) -> None:
    odd = book(cut, at(10, 7), branch=branch, now=now)

    assert odd.starts_at == at(10, 7)
    with pytest.raises(SlotTakenError):
        wish(cut, at(11, 1), branch=branch, now=now)
    assert Appointment.objects.count() == 1


def test_a_wished_staff_member_is_never_replaced(
    branch: Branch, mara: Staff, shared_cut: Service, now: datetime
) -> None:
    book(shared_cut, at(10), branch=branch, now=now, staff_id=mara.pk)

    with pytest.raises(SlotTakenError):
        wish(shared_cut, at(10), branch=branch, now=now, staff_id=mara.pk, phone=PHONE)

    assert Appointment.objects.count() == 1


def test_a_start_without_a_zone_is_refused(branch: Branch, cut: Service, now: datetime) -> None:
    with pytest.raises(ValueError, match="names no zone"):
        wish(cut, datetime(2030, 1, 8, 10), branch=branch, now=now)  # noqa: DTZ001 -- that is the point
