"""Moving, cancelling and finishing."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings

from appointments import actions
from appointments.errors import (
    AlreadyAtThatTimeError,
    AppointmentError,
    NotChangeableError,
)
from appointments.models import (
    Appointment,
    AppointmentPhase,
    Branch,
    Company,
    Service,
    Staff,
    Status,
    SyncStatus,
    TimeOff,
)
from appointments.queries import Search
from tests.asking import book, hands_on, move, slot, verdict
from tests.conftest import at
from tests.factories.appointments import ServiceFactory

PHONE = "+4915111112222"
CALL, LATER_CALL = "call_7f3a9c", "call_b81d02"


@pytest.fixture
def shared_cut(mara: Staff, jonas: Staff) -> Service:
    """A service both perform."""
    return ServiceFactory.create(company=mara.company, performed_by=[mara, jonas])


# --- Moving ---------------------------------------------------------------------------------------


def test_a_move_raises_the_revision_and_counts_the_customer_s_own_moves(
    branch: Branch, cut: Service, now: datetime
) -> None:
    booked = book(cut, at(10, days=1), branch=branch, now=now)

    moved = move(booked, at(14), now=now, by_customer=True)
    again = move(moved, at(15), now=now)

    again.refresh_from_db()
    assert (again.revision, again.reschedule_count) == (3, 1)


def test_a_move_of_a_syncing_company_is_pending_again(
    salon: Company, branch: Branch, cut: Service, now: datetime, settings: LazySettings
) -> None:
    settings.FEATURE_DEFAULTS = {"require_event_maps": False, "calcom_live_slots": False}
    salon.calcom_api_key = "cal_test_key"
    salon.save()
    branch.refresh_from_db()
    booked = book(cut, at(10), branch=branch, now=now)
    Appointment.objects.update(sync_status=SyncStatus.SYNCED)
    AppointmentPhase.objects.update(sync_status=SyncStatus.SYNCED)

    moved = move(booked, at(14), now=now)

    assert moved.sync_status == SyncStatus.PENDING
    assert moved.phases.get().sync_status == SyncStatus.PENDING


def test_a_move_to_somebody_else_takes_their_time(
    branch: Branch, mara: Staff, jonas: Staff, shared_cut: Service, now: datetime
) -> None:
    booked = book(shared_cut, at(10), branch=branch, now=now, staff_id=mara.pk)

    moved = move(booked, at(10), now=now, staff_id=jonas.pk)

    assert moved.staff == jonas
    assert (hands_on(mara), hands_on(jonas)) == ([], [(at(10), at(10, 55))])


def test_a_refused_move_changes_nothing(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    booked = book(cut, at(10), branch=branch, now=now, call_id=CALL)
    book(cut, at(14), branch=branch, now=now)
    TimeOff.objects.create(staff=mara, starts_at=at(16), ends_at=at(18))
    before = Appointment.objects.filter(pk=booked.pk).values().get()
    phases_before = list(booked.phases.values())

    for start in (at(14, 30), at(16), at(20), at(9, days=-3), at(9, days=90)):
        with pytest.raises(AppointmentError):
            move(booked, start, now=now)

    assert Appointment.objects.filter(pk=booked.pk).values().get() == before
    assert list(booked.phases.values()) == phases_before


def test_a_move_to_where_it_is_is_said_so(branch: Branch, cut: Service, now: datetime) -> None:
    booked = book(cut, at(10), branch=branch, now=now)

    with pytest.raises(AlreadyAtThatTimeError):
        move(booked, at(10).astimezone(ZoneInfo("Europe/Berlin")), now=now)

    booked.refresh_from_db()
    assert booked.revision == 1


def test_a_move_asked_twice_at_once_moves_once(
    branch: Branch, perm: Service, now: datetime
) -> None:
    """Both have read the appointment before either has moved it."""
    booked = book(perm, at(9, days=1), branch=branch, now=now)
    twins = [Appointment.objects.get(pk=booked.pk) for _ in range(2)]

    moved = [move(twin, at(12), now=now, by_customer=True) for twin in twins]

    for answer in moved:
        assert (answer.starts_at, answer.ends_at) == (at(12), at(14, 15))
        assert (answer.revision, answer.reschedule_count) == (2, 1)


def test_a_second_move_by_somebody_who_has_not_heard_of_the_first_is_right_too(
    branch: Branch, mara: Staff, perm: Service, now: datetime
) -> None:
    booked = book(perm, at(9), branch=branch, now=now)
    unaware = Appointment.objects.get(pk=booked.pk)
    move(booked, at(12), now=now)

    moved = move(unaware, at(13), now=now)

    assert (moved.starts_at, moved.ends_at, moved.revision) == (at(13), at(15, 15), 3)
    assert hands_on(mara) == [
        (at(13), at(13, 50)),
        (at(14, 5), at(14, 10)),
        (at(14, 20), at(14, 35)),
        (at(14, 35), at(15, 15)),
    ]


@pytest.mark.parametrize("ended", [Status.CANCELLED, Status.COMPLETED, Status.NO_SHOW])
@pytest.mark.parametrize("heard", [True, False], ids=["heard of it", "not heard of it"])
def test_what_is_over_cannot_be_moved(
    branch: Branch, cut: Service, now: datetime, ended: Status, *, heard: bool
) -> None:
    booked = book(cut, at(10), branch=branch, now=now)
    unaware = Appointment.objects.get(pk=booked.pk)
    if ended is Status.CANCELLED:
        actions.cancel(appointment=booked, now=now)
    else:
        actions.finish(appointment=booked, status=ended, now=now)
    if heard:
        unaware.refresh_from_db()

    with pytest.raises(NotChangeableError):
        move(unaware, at(14), now=now)


# --- Holds of a caller who wants to move --------------------------------------------------------


def test_offers_held_for_a_move_do_not_block_it_although_another_call_had_booked(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    booked = book(cut, at(10), branch=branch, now=now, call_id=CALL)
    search = Search(branch=branch, service=cut, call_id=LATER_CALL, moving=booked)
    actions.hold(
        search=search,
        slots=[slot(mara, at(14), at(14, 55)), slot(mara, at(15), at(15, 55))],
        now=now,
    )

    moved = move(booked, at(14), now=now, call_id=LATER_CALL)

    assert moved.starts_at == at(14)
    assert not Appointment.objects.filter(status=Status.HELD).exists()


def test_an_offer_over_the_moving_appointment_itself_needs_no_hold(
    branch: Branch, mara: Staff, perm: Service, now: datetime
) -> None:
    booked = book(perm, at(9), branch=branch, now=now, call_id=CALL)
    search = Search(branch=branch, service=perm, call_id=LATER_CALL, moving=booked)
    near, far = slot(mara, at(9, 30), at(11, 45)), slot(mara, at(13), at(15, 15))

    answer = actions.hold(search=search, slots=[near, far], now=now)

    assert answer == {near: None, far: now + timedelta(seconds=180)}
    assert Appointment.objects.get(status=Status.HELD).starts_at == at(13)
    assert move(booked, at(9, 30), now=now, call_id=LATER_CALL).starts_at == at(9, 30)


def test_a_hold_for_a_move_has_the_appointment_s_own_recipe(
    branch: Branch, mara: Staff, perm: Service, now: datetime
) -> None:
    booked = book(perm, at(9), branch=branch, now=now)
    perm.segments.filter(key="D").update(minutes=60)
    search = Search(branch=branch, service=perm, call_id=LATER_CALL, moving=booked)

    actions.hold(search=search, slots=[slot(mara, at(13), at(15, 15))], now=now)

    row = Appointment.objects.get(status=Status.HELD)
    assert row.ends_at == at(15, 15)
    assert row.phases.get(segment_key="D").ends_at == at(15, 15)


# --- Cancelling and finishing ---------------------------------------------------------------------


def test_what_is_over_is_not_already_at_that_time(
    branch: Branch, cut: Service, now: datetime
) -> None:
    booked = book(cut, at(10), branch=branch, now=now)
    actions.cancel(appointment=booked, now=now)
    booked.refresh_from_db()

    with pytest.raises(NotChangeableError):
        move(booked, at(10), now=now)


def test_cancelling_gives_the_time_back_once(branch: Branch, cut: Service, now: datetime) -> None:
    booked = book(cut, at(10), branch=branch, now=now)

    cancelled = [
        actions.cancel(appointment=booked, now=now + timedelta(minutes=n), reason="x" * 300)
        for n in (1, 2)
    ]

    booked.refresh_from_db()
    assert cancelled == [True, False]
    assert (booked.status, booked.revision) == (Status.CANCELLED, 2)
    assert (booked.cancelled_at, booked.cancel_reason) == (now + timedelta(minutes=1), "x" * 250)
    assert verdict(cut, at(10), branch=branch, now=now) == "free"


def test_cancelling_leaves_every_other_appointment_alone(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    booked = book(cut, at(10), branch=branch, now=now)
    book(cut, at(14), branch=branch, now=now)

    actions.cancel(appointment=booked, now=now)

    assert hands_on(mara) == [(at(14), at(14, 55))]


def test_finishing_is_no_change_of_time_and_raises_no_revision(
    branch: Branch, cut: Service, now: datetime
) -> None:
    """The calendar keeps the booking: a new revision would have it looked at again."""
    booked = book(cut, at(10), branch=branch, now=now)

    finished = [
        actions.finish(appointment=booked, status=status, now=now)
        for status in (Status.COMPLETED, Status.NO_SHOW)
    ]

    booked.refresh_from_db()
    assert finished == [True, False]
    assert (booked.status, booked.revision) == (Status.COMPLETED, 1)


def test_every_change_of_time_raises_the_revision(
    branch: Branch, cut: Service, now: datetime
) -> None:
    booked = book(cut, at(10), branch=branch, now=now)
    revisions = [booked.revision]

    revisions.append(move(booked, at(14), now=now).revision)
    actions.cancel(appointment=booked, now=now)
    booked.refresh_from_db()
    revisions.append(booked.revision)

    assert revisions == [1, 2, 3]
