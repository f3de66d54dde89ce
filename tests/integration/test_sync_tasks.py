"""The doorbell, the task and the sweep: whatever gets lost, it is synced in the end."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from kombu.exceptions import OperationalError
from structlog.testing import capture_logs

from appointments import actions
from appointments.actions import mirror, reviews
from appointments.models import (
    Appointment,
    Branch,
    CallbackRequest,
    Company,
    ReviewReason,
    Service,
    Staff,
    User,
)
from calcom.models import OrphanedBooking, SyncState
from calcom.sync import next_due_at
from calcom.tasks import (
    SyncAppointmentToCalcom,
    next_due,
    stop_waiting,
    sync_due,
    sync_unsynced,
)
from tests.asking import book
from tests.conftest import at
from tests.factories.calcom import map_service
from tests.syncing import Calcom, appoint, state_of, uids_of


@pytest.fixture
def appointment(cut: Service, mara: Staff, calcom: Calcom) -> Appointment:
    map_service(cut, mara)
    calcom.seed()
    return appoint(cut, mara, at(10))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, dict[str, Any]]]:
    """The messages that would have gone to the broker."""
    messages: list[tuple[int, dict[str, Any]]] = []

    def keep(args: tuple[int, ...], **options: Any) -> None:
        messages.append((args[0], options))

    monkeypatch.setattr(SyncAppointmentToCalcom, "apply_async", keep)
    monkeypatch.setattr(SyncAppointmentToCalcom, "delay", lambda *args: keep(args))
    return messages


def test_the_task_syncs_and_tolerates_what_a_newer_sender_adds(
    calcom: Calcom, appointment: Appointment, now: datetime
) -> None:
    with time_machine.travel(now):
        SyncAppointmentToCalcom(appointment.pk, added_next_year=True)

    assert len(calcom.live(appointment)["A"]) == 1


def test_the_task_sends_itself_a_wake_up_call(
    calcom: Calcom, appointment: Appointment, now: datetime, settings: Any, sent: Any
) -> None:
    settings.CALCOM_RETRY_DELAYS_SECONDS = [1, 5, 30]
    calcom.simulator.add_fault("fail", times=None)

    with time_machine.travel(now):
        SyncAppointmentToCalcom(appointment.pk)

    [(appointment_id, options)] = sent
    assert appointment_id == appointment.pk
    assert options["eta"] == SyncState.objects.get().next_attempt_at
    assert timedelta(seconds=1) <= options["eta"] - now < timedelta(seconds=3)


def test_a_booking_rings_for_its_sync_once_it_is_committed(
    calcom: Calcom,
    appointment: Appointment,
    branch: Branch,
    cut: Service,
    now: datetime,
    sent: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        booked = book(cut, at(14), branch=branch, now=now)

    assert [appointment_id for appointment_id, _ in sent] == [booked.pk]


def test_a_broker_that_is_down_is_logged_and_the_sweep_finds_the_appointment(
    calcom: Calcom,
    appointment: Appointment,
    branch: Branch,
    cut: Service,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(SyncAppointmentToCalcom, "delay", refuse)

    with capture_logs() as lines, django_capture_on_commit_callbacks(execute=True):
        booked = book(cut, at(14), branch=branch, now=now)

    assert "calcom.sync_not_sent" in {line["event"] for line in lines}
    assert sync_due(now=now) == 2
    assert len(calcom.live(booked)["A"]) == 1


def test_a_company_that_does_not_sync_sends_nothing(
    calcom: Calcom,
    appointment: Appointment,
    now: datetime,
    sent: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    Company.objects.filter(pk=appointment.company_id).update(calcom_api_key="")

    with django_capture_on_commit_callbacks(execute=True):
        actions.cancel(appointment=appointment, now=now)

    assert sent == []


def test_the_sweep_calls_for_what_is_due_and_only_that(
    calcom: Calcom, appointment: Appointment, cut: Service, mara: Staff, now: datetime, sent: Any
) -> None:
    waiting, leased, synced = (appoint(cut, mara, at(hour)) for hour in (12, 14, 16))
    SyncState.objects.create(
        appointment=waiting, attempted_revision=1, next_attempt_at=now + timedelta(hours=1)
    )
    SyncState.objects.create(appointment=leased, leased_until=now + timedelta(minutes=1))
    SyncState.objects.create(appointment=synced, revision=1)

    with time_machine.travel(now):
        sync_unsynced()

    assert [appointment_id for appointment_id, _ in sent] == [appointment.pk]
    assert next_due(now=now) is not None


def test_one_appointment_that_meets_a_bug_does_not_keep_others_from_being_synced(
    calcom: Calcom,
    appointment: Appointment,
    cut: Service,
    mara: Staff,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = appoint(cut, mara, at(14))
    record_booking = mirror.record_booking

    def fail_once(*, phase_id: int, **more: Any) -> bool:
        if phase_id == appointment.phases.get().pk:
            raise ZeroDivisionError
        return record_booking(phase_id=phase_id, **more)

    monkeypatch.setattr(mirror, "record_booking", fail_once)
    assert sync_due(now=now) == 2
    monkeypatch.undo()
    calcom.simulator.set_clock(now)

    assert uids_of(other)["A"]
    assert not uids_of(appointment)["A"]
    assert state_of(appointment).next_attempt_at - now > timedelta(minutes=14)


def test_that_something_is_due_is_known_without_a_look_at_each(
    calcom: Calcom,
    appointment: Appointment,
    cut: Service,
    mara: Staff,
    now: datetime,
    django_assert_num_queries: Any,
) -> None:
    appoint(cut, mara, at(14))

    with django_assert_num_queries(1):
        assert next_due_at(now=now) == now


def test_a_bug_is_nothing_to_wait_for_but_whoever_syncs_by_hand_tries_again_at_once(
    calcom: Calcom, appointment: Appointment, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(mirror, "record_booking", fail)
    assert sync_due(now=now) == 1
    assert next_due(now=now) is None
    monkeypatch.undo()

    assert sync_due(now=now + timedelta(minutes=1)) == 0
    stop_waiting(now=now + timedelta(minutes=1))
    assert sync_due(now=now + timedelta(minutes=1)) == 1

    appointment.refresh_from_db()
    assert appointment.sync_status == "synced"
    assert len(calcom.live(appointment)["A"]) == 1


def test_whoever_syncs_by_hand_does_not_wait_for_the_end_of_an_outage_that_is_over(
    calcom: Calcom, appointment: Appointment, now: datetime
) -> None:
    assert sync_due(now=now) == 1
    actions.cancel(appointment=appointment, now=now)
    calcom.simulator.add_fault("fail", path="/v2/bookings/.*/cancel", times=None)
    while due_at := next_due(now=now):
        now = max(now, due_at)
        sync_due(now=now)
    calcom.simulator.clear_faults()

    assert sync_due(now=now) == 0
    stop_waiting(now=now)
    sync_due(now=now)

    assert calcom.live(appointment) == {}
    assert OrphanedBooking.objects.open().count() == 0


def test_appointments_from_before_the_company_synced_are_taken_along_from_now_on(
    calcom: Calcom, appointment: Appointment, cut: Service, mara: Staff, now: datetime
) -> None:
    past = appoint(cut, mara, at(10, days=-5))
    Appointment.objects.update(sync_status="not_applicable")

    assert sync_due(now=now) == 1
    assert next_due(now=now) is None

    past.refresh_from_db()
    assert past.sync_status == "not_applicable"
    assert not past.requires_manual_review


def test_a_finished_appointment_keeps_its_booking(
    calcom: Calcom, appointment: Appointment, now: datetime
) -> None:
    calcom.sync(appointment, now=now)
    Appointment.objects.filter(pk=appointment.pk).update(status="completed", revision=2)

    calcom.sync(appointment, now=now)

    assert len(calcom.live(appointment)["A"]) == 1
    assert appointment.sync_status == "synced"


def test_a_review_is_resolved_with_who_when_and_a_note_and_is_left_alone_after_that(
    calcom: Calcom, appointment: Appointment, now: datetime
) -> None:
    calcom.simulator.add_fault("fail", path="/v2/bookings$", method="POST", status=422)
    calcom.sync(appointment, now=now)
    assert appointment.review_reason == "rejected_by_calcom"
    someone = User.objects.create(username="someone")

    for expected in (True, False):
        assert expected is reviews.resolve_review(
            appointment_id=appointment.pk, by=someone, note="von Hand eingetragen", now=now
        )

    appointment.refresh_from_db()
    assert appointment.requires_manual_review is False
    assert (appointment.review_resolved_by, appointment.review_resolved_at) == (someone, now)
    assert appointment.review_note == "von Hand eingetragen"
    assert appointment.sync_status == "not_applicable"
    assert appointment.revision == 1
    assert sync_due(now=now + timedelta(days=1)) == 0


def test_one_appointment_has_at_most_one_open_callback(
    appointment: Appointment, cut: Service, mara: Staff, now: datetime
) -> None:
    other = appoint(cut, mara, at(14), customer=appointment.customer)

    for each in (appointment, appointment, other):
        reviews.flag_for_review(appointment_id=each.pk, reason=ReviewReason.SLOT_CONFLICT, now=now)

    first, second = CallbackRequest.objects.order_by("pk")
    assert (first.priority, first.due_at) == ("high", now + timedelta(hours=4))
    assert "Herrenhaarschnitt, 08.01.2030 10:00, Mara Lindt" in first.wish
    assert "14:00" in second.wish
    assert timezone.is_aware(first.due_at)
