"""Many at once. What must not happen does not; and with the guards removed it does."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import cycle, pairwise

import pytest
from django.db import OperationalError, connection

from appointments import actions, backstops
from appointments.actions import booking as booking_module
from appointments.errors import AppointmentError
from appointments.models import Appointment, AppointmentPhase, Branch, Service, Staff, Status
from appointments.queries import Search
from tests.asking import book, move, slot, wish
from tests.conftest import at, committing
from tests.factories.appointments import BranchFactory, ServiceFactory, StaffFactory

pytestmark = committing

on_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="there SQLite has no row locks to remove"
)
on_sqlite = pytest.mark.skipif(
    "connection.vendor != 'sqlite'", reason="PostgreSQL has no transaction_mode"
)


@pytest.fixture
def branch() -> Branch:
    """A salon, and beside it another company."""
    other = StaffFactory.create(branch__company__slug="salon-zwei", name="Zoe")
    ServiceFactory.create(company=other.company, performed_by=[other])
    return BranchFactory.create(company__slug="salon-eins")


@pytest.fixture
def mara(branch: Branch) -> Staff:
    return StaffFactory.create(branch=branch, name="Mara", slug="mara")


def at_once(acts: Sequence[Callable[[], object]]) -> list[str]:
    """Do everything at the same moment; return what each came to, as words.

    An error that is no refusal is not caught: it fails the test.
    """
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        gate.wait()
        try:
            act()
        except AppointmentError as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(max_workers=len(acts)) as people:
        return list(people.map(run, acts))


def booking(
    service: Service, start: datetime, *, branch: Branch, now: datetime, **more: object
) -> Callable[[], object]:
    return lambda: wish(service, start, branch=branch, now=now, **more)


def hands_on_overlaps() -> int:
    """Return how often one person's hands are in two places."""
    rows = (
        AppointmentPhase.objects.hands_on()
        .unreleased()
        .order_by("staff", "starts_at")
        .values_list("staff", "starts_at", "ends_at")
    )
    return sum(one[0] == two[0] and two[1] < one[2] for one, two in pairwise(rows))


# --- One slot, one appointment ----------------------------------------------------------------


def test_twenty_callers_one_slot_one_appointment(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    acts = [booking(cut, at(10), branch=branch, now=now, call_id=f"call_{n}") for n in range(20)]

    outcomes = at_once(acts)

    assert Counter(outcomes) == {"done": 1, "SlotTakenError": 19}
    assert Appointment.objects.count() == 1
    assert AppointmentPhase.objects.count() == 1


def test_a21_twenty_callers_two_overlapping_starts_one_appointment(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    starts = cycle([at(10), at(10, 15)])
    acts = [booking(cut, next(starts), branch=branch, now=now) for _ in range(20)]

    outcomes = at_once(acts)

    assert Counter(outcomes) == {"done": 1, "SlotTakenError": 19}
    assert Appointment.objects.count() == 1


def test_two_services_of_which_one_fits_only_around_the_other_never_collide(
    branch: Branch, mara: Staff, perm: Service, now: datetime
) -> None:
    """15 minutes fit exactly into the perm's first gap; 20 do not."""
    fits = ServiceFactory.create(company=mara.company, recipe=[(15, True)], performed_by=[mara])
    collides = ServiceFactory.create(company=mara.company, recipe=[(20, True)], performed_by=[mara])
    acts = [
        *[booking(perm, at(9), branch=branch, now=now) for _ in range(4)],
        *[booking(fits, at(9, 50), branch=branch, now=now) for _ in range(4)],
        *[booking(collides, at(9, 45), branch=branch, now=now) for _ in range(4)],
    ]

    outcomes = at_once(acts)

    assert set(outcomes) == {"done", "SlotTakenError"}
    assert hands_on_overlaps() == 0
    booked = set(Appointment.objects.values_list("service", flat=True))
    assert Appointment.objects.count() == len(booked) == outcomes.count("done")
    assert booked in ({perm.pk, fits.pk}, {collides.pk})


def test_callers_without_a_staff_wish_share_the_people_who_are_there(
    branch: Branch, mara: Staff, now: datetime
) -> None:
    team = [mara, *StaffFactory.create_batch(2, branch=branch)]
    cut = ServiceFactory.create(company=branch.company, performed_by=team)
    acts = [booking(cut, at(10), branch=branch, now=now) for _ in range(12)]

    outcomes = at_once(acts)

    assert Counter(outcomes) == {"done": 3, "SlotTakenError": 9}
    assert set(Appointment.objects.values_list("staff", flat=True)) == {row.pk for row in team}


def test_one_wish_three_times_at_once_is_one_appointment(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    named: list[int] = []

    def act() -> None:
        named.append(wish(cut, at(10), branch=branch, now=now, call_id="call_a").appointment.pk)

    outcomes = at_once([act] * 3)

    assert outcomes == ["done"] * 3
    assert named == [Appointment.objects.get().pk] * 3


def test_one_wish_three_times_at_once_is_one_appointment_although_others_are_free(
    branch: Branch, mara: Staff, now: datetime
) -> None:
    team = [mara, *StaffFactory.create_batch(2, branch=branch)]
    cut = ServiceFactory.create(company=branch.company, performed_by=team)
    named: list[int] = []

    def act() -> None:
        answer = wish(cut, at(10), branch=branch, now=now, call_id="call_a", phone="+4915111112222")
        named.append(answer.appointment.pk)

    outcomes = at_once([act] * 3)

    assert outcomes == ["done"] * 3
    assert named == [Appointment.objects.get().pk] * 3


def test_first_calls_of_one_number_at_once_make_one_customer(
    branch: Branch, mara: Staff, now: datetime
) -> None:
    team = StaffFactory.create_batch(4, branch=branch)
    cut = ServiceFactory.create(company=branch.company, performed_by=team)
    acts = [
        booking(cut, at(10 + n), branch=branch, now=now, staff_id=person.pk, phone="+4915111112222")
        for n, person in enumerate(team)
    ]

    outcomes = at_once(acts)

    assert outcomes == ["done"] * 4
    assert len(set(Appointment.objects.values_list("customer", flat=True))) == 1


# --- Holds and moves ----------------------------------------------------------------------------


def test_a_booking_against_a_hold_being_made(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    held = slot(mara, at(10), at(10, 55))

    def hold(call_id: str) -> Callable[[], object]:
        search = Search(branch=branch, service=cut, call_id=call_id)
        return lambda: actions.hold(search=search, slots=[held], now=now)

    acts = [
        *[hold(f"call_hold_{n}") for n in range(4)],
        *[
            booking(cut, at(10, 15), branch=branch, now=now, call_id=f"call_book_{n}")
            for n in range(4)
        ],
    ]

    outcomes = at_once(acts)

    assert outcomes[:4] == ["done"] * 4
    assert set(outcomes[4:]) <= {"done", "SlotTakenError"}
    assert Appointment.objects.count() == 1
    standing = Appointment.objects.get().status
    assert outcomes[4:].count("done") == (1 if standing == Status.CONFIRMED else 0)


def test_an_expired_hold_is_removed_by_everybody_at_once(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    search = Search(branch=branch, service=cut, call_id="call_gone")
    actions.hold(search=search, slots=[slot(mara, at(10), at(10, 55))], now=now)
    later = now + timedelta(seconds=180)
    acts = [
        *[booking(cut, at(10), branch=branch, now=later) for _ in range(4)],
        *[lambda: actions.release_expired_holds(now=later) for _ in range(2)],
    ]

    outcomes = at_once(acts)

    assert Counter(outcomes) == {"done": 3, "SlotTakenError": 3}
    assert Appointment.objects.get().status == Status.CONFIRMED


@pytest.mark.parametrize("round_", range(3))
def test_two_composite_moves_cross_without_a_deadlock(
    branch: Branch, mara: Staff, now: datetime, round_: int
) -> None:
    """Each wants the other's stylist; a time beside, so that both can have it."""
    jonas = StaffFactory.create(branch=branch, name="Jonas")
    tint = ServiceFactory.create(
        company=branch.company,
        recipe=[(15, True), (90, False), (30, True)],
        performed_by=[mara, jonas],
    )
    hers = book(tint, at(10), branch=branch, now=now, staff_id=mara.pk)
    his = book(tint, at(10), branch=branch, now=now, staff_id=jonas.pk)
    acts = [
        lambda: move(hers, at(10, 30), now=now, staff_id=jonas.pk),
        lambda: move(his, at(10, 30), now=now, staff_id=mara.pk),
    ]

    outcomes = at_once(acts)

    assert outcomes == ["done", "done"]
    hers.refresh_from_db()
    his.refresh_from_db()
    assert (hers.staff, his.staff) == (jonas, mara)
    assert (hers.starts_at, his.starts_at) == (at(10, 30), at(10, 30))
    assert hands_on_overlaps() == 0


def test_one_move_asked_three_times_at_once_moves_once(
    branch: Branch, perm: Service, now: datetime
) -> None:
    booked = book(perm, at(9), branch=branch, now=now)
    copies = [Appointment.objects.get(pk=booked.pk) for _ in range(3)]

    outcomes = at_once([lambda copy=copy: move(copy, at(13), now=now) for copy in copies])

    booked.refresh_from_db()
    assert outcomes == ["done"] * 3
    assert (booked.starts_at, booked.ends_at, booked.revision) == (at(13), at(15, 15), 2)


def test_a_move_and_a_cancellation_at_once_end_cancelled(
    branch: Branch, mara: Staff, perm: Service, now: datetime
) -> None:
    booked = book(perm, at(9), branch=branch, now=now)
    copy = Appointment.objects.get(pk=booked.pk)

    outcomes = at_once(
        [
            lambda: move(copy, at(13), now=now),
            lambda: actions.cancel(appointment=booked, now=now),
        ]
    )

    booked.refresh_from_db()
    assert outcomes[0] in {"done", "NotChangeableError"}
    assert (outcomes[1], booked.status) == ("done", Status.CANCELLED)
    assert not AppointmentPhase.objects.unreleased().exists()


# --- Controls: without a guard, the bad thing happens ---------------------------------------------


def no_lock(_: object) -> None:
    """Lock nobody."""


def all_check_before_anybody_writes(monkeypatch: pytest.MonkeyPatch, how_many: int) -> None:
    """Let everybody see the free slot before the first row is written."""
    gate = threading.Barrier(how_many)
    write = booking_module._write  # noqa: SLF001 -- the one place between check and insert

    def wait_and_write(*args: object) -> Appointment:
        gate.wait(timeout=20)
        return write(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(booking_module, "_write", wait_and_write)


@contextmanager
def no_constraint() -> Iterator[None]:
    """Drop the law that no one's hands are in two places, and pass it again."""
    law = next(
        law for law in AppointmentPhase._meta.constraints if law.name == "phase_takes_staff_once"
    )
    with connection.schema_editor() as editor:
        editor.remove_constraint(AppointmentPhase, law)
    try:
        yield
    finally:
        Appointment.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(AppointmentPhase, law)


@pytest.mark.control
@on_postgresql
def test_control_without_the_lock_the_constraint_answers(
    branch: Branch,
    mara: Staff,
    cut: Service,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(booking_module, "lock_staff", no_lock)
    all_check_before_anybody_writes(monkeypatch, 4)

    outcomes = at_once([booking(cut, at(10), branch=branch, now=now) for _ in range(4)])

    assert Counter(outcomes) == {"done": 1, "SlotTakenError": 3}
    assert Appointment.objects.count() == 1


@pytest.mark.control
@on_postgresql
def test_control_without_lock_and_constraint_a_slot_is_booked_twice(
    branch: Branch,
    mara: Staff,
    cut: Service,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(booking_module, "lock_staff", no_lock)
    all_check_before_anybody_writes(monkeypatch, 4)

    with no_constraint():
        outcomes = at_once([booking(cut, at(10), branch=branch, now=now) for _ in range(4)])
        appointments, overlaps = Appointment.objects.count(), hands_on_overlaps()

    assert (outcomes, appointments, overlaps) == (["done"] * 4, 4, 3)


@pytest.mark.control
def test_control_without_the_check_the_constraint_or_the_trigger_answers(
    branch: Branch,
    mara: Staff,
    cut: Service,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        booking_module, "free_slot", lambda *_, **__: slot(mara, at(10), at(10, 55))
    )

    outcomes = at_once([booking(cut, at(10), branch=branch, now=now) for _ in range(4)])

    assert Counter(outcomes) == {"done": 1, "SlotTakenError": 3}
    assert Appointment.objects.count() == 1


@pytest.mark.control
@on_sqlite
def test_control_without_check_and_trigger_a_slot_is_booked_twice(
    branch: Branch,
    mara: Staff,
    cut: Service,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two callers who were both told "free" before either had booked."""
    free = booking_module.check_availability
    gate = threading.Barrier(2)

    def both_hear_free(*args: object, **kwargs: object) -> object:
        answer = free(*args, **kwargs)  # type: ignore[arg-type]
        gate.wait(timeout=20)
        return answer

    monkeypatch.setattr(booking_module, "check_availability", both_hear_free)
    monkeypatch.setattr(
        booking_module, "free_slot", lambda *_, **__: slot(mara, at(10), at(10, 55))
    )
    backstops.take_down(using="default")
    try:
        outcomes = at_once([booking(cut, at(10), branch=branch, now=now) for _ in range(2)])
        overlaps = hands_on_overlaps()
    finally:
        Appointment.objects.all().delete()
        backstops.put_up(using="default")

    assert (outcomes, overlaps) == (["done", "done"], 1)


@pytest.mark.control
@on_sqlite
def test_control_without_immediate_transactions_the_database_is_locked(
    branch: Branch,
    mara: Staff,
    cut: Service,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Deferred, both read and then neither may write: SQLite does not even wait."""
    all_check_before_anybody_writes(monkeypatch, 2)
    locked: list[str] = []

    def act() -> None:
        connection.close()
        connection.ensure_connection()
        connection.transaction_mode = "DEFERRED"
        try:
            wish(cut, at(10), branch=branch, now=now)
        except OperationalError as error:
            locked.append(str(error))

    at_once([act] * 2)

    assert locked == ["database is locked"]
    assert Appointment.objects.count() == 1


@on_postgresql
def test_a_deadlocked_booking_is_tried_again_once(
    branch: Branch, mara: Staff, cut: Service, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real 40P01, raised by the database in the first attempt."""
    attempts: list[int] = []
    lock = booking_module.lock_staff

    def deadlock_first(staff_ids: Sequence[int]) -> None:
        attempts.append(len(attempts))
        if len(attempts) == 1:
            with connection.cursor() as cursor:
                cursor.execute(
                    "DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$"
                )
        lock(staff_ids)

    monkeypatch.setattr(booking_module, "lock_staff", deadlock_first)

    book(cut, at(10), branch=branch, now=now)

    assert attempts == [0, 1]
    assert Appointment.objects.count() == 1


@on_postgresql
def test_a_booking_deadlocked_twice_is_an_error(
    branch: Branch, mara: Staff, cut: Service, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deadlock(_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$")

    monkeypatch.setattr(booking_module, "lock_staff", deadlock)

    with pytest.raises(OperationalError):
        book(cut, at(10), branch=branch, now=now)

    assert Appointment.objects.count() == 0
