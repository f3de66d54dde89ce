"""Webhooks in any order, twice, lost, at the wrong moment, and in an outage: W3, W10."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db.models import F
from prometheus_client import REGISTRY

from appointments.models import (
    Appointment,
    AppointmentPhase,
    BusyTime,
    Staff,
    Status,
)
from calcom.client import get_client
from calcom.models import OrphanedBooking, SyncState, WebhookDelivery
from calcom.tasks import (
    SyncAppointmentToCalcom,
    forget_old_webhooks,
    next_due,
    process_webhook,
    stop_waiting,
    sync_due,
    sync_unsynced,
)
from tests.conftest import at
from tests.syncing import KEY, Calcom, uids_of
from tests.webhooks import Door, body_of


def writes(calcom: Calcom) -> list[Any]:
    """What was asked of Cal.com that changes something there."""
    return calcom.simulator.requests(path="/v2/bookings", method="POST")


# --- Any order, twice, lost, at once ---------------------------------------------------------


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1, 2, 0]], ids=str)
def test_in_whatever_order_one_hears_of_it_the_end_is_the_same(
    calcom: Calcom, door: Door, appointment: Appointment, order: Sequence[int]
) -> None:
    uids = [uids_of(appointment)["A"]]
    created = calcom.booking(uids[0])
    first = calcom.move_by_hand(uids[0], at(12))
    second = calcom.move_by_hand(first["uid"], at(14))
    told = [
        ("BOOKING_CREATED", created, {}),
        ("BOOKING_RESCHEDULED", first, {"rescheduleUid": uids[0]}),
        ("BOOKING_RESCHEDULED", second, {"rescheduleUid": first["uid"]}),
    ]

    for number, index in enumerate(order):
        trigger, booking, more = told[index]
        door.hear(trigger, booking, iCalSequence=number, **more)

    appointment.refresh_from_db()
    assert appointment.starts_at == at(14)
    assert uids_of(appointment) == {"A": second["uid"]}
    assert appointment.revision == 2
    assert not appointment.requires_manual_review


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]], ids=str)
def test_a_foreign_booking_ends_in_whatever_order_one_hears_of_it(
    calcom: Calcom, door: Door, cut_maps, order: Sequence[int]
) -> None:
    created = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(10))
    moved = calcom.move_by_hand(created["uid"], at(14))
    cancelled = calcom.cancel_by_hand(moved["uid"])
    told = [
        ("BOOKING_CREATED", created, {}),
        ("BOOKING_RESCHEDULED", moved, {"rescheduleUid": created["uid"]}),
        ("BOOKING_CANCELLED", cancelled, {}),
    ]

    for index in order:
        trigger, booking, more = told[index]
        door.hear(trigger, booking, **more)

    assert BusyTime.objects.count() == 0


def test_the_same_webhook_twice_has_one_effect(
    calcom: Calcom, door: Door, appointment: Appointment
) -> None:
    [uid] = uids_of(appointment).values()
    moved = calcom.move_by_hand(uid, at(11))

    for _ in range(2):
        door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=uid)

    appointment.refresh_from_db()
    assert (appointment.revision, WebhookDelivery.objects.count()) == (2, 1)


def test_while_a_change_of_our_own_is_on_its_way_that_one_counts(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    """The customer moved it by telephone while somebody moved it in Cal.com."""
    [uid] = uids_of(appointment).values()
    Appointment.objects.filter(pk=appointment.pk).update(
        starts_at=at(15), ends_at=at(15, 55), revision=F("revision") + 1
    )
    AppointmentPhase.objects.filter(appointment=appointment).update(
        starts_at=at(15), ends_at=at(15, 55)
    )
    moved = calcom.move_by_hand(uid, at(11))

    door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=uid)
    sync_due(now=now)

    appointment.refresh_from_db()
    assert appointment.starts_at == at(15)
    assert calcom.times(appointment) == {"A": ["2030-01-08T14:00"]}
    assert appointment.sync_status == "synced"


def test_while_our_own_sync_is_at_it_a_move_is_looked_at_later(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    [uid] = uids_of(appointment).values()
    moved = calcom.move_by_hand(uid, at(11))
    SyncState.objects.update(leased_until=now + timedelta(seconds=1))

    assert door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=uid) == ""
    sync_due(now=now + timedelta(seconds=2))

    appointment.refresh_from_db()
    assert appointment.starts_at == at(11)


def test_the_echo_of_our_own_move_does_not_undo_it(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    """The webhook of our own move arrives while its answer is still awaited."""
    [uid] = uids_of(appointment).values()
    Appointment.objects.filter(pk=appointment.pk).update(
        starts_at=at(15), ends_at=at(15, 55), revision=F("revision") + 1
    )
    AppointmentPhase.objects.filter(appointment=appointment).update(
        starts_at=at(15), ends_at=at(15, 55)
    )
    moved = calcom.move_by_hand(uid, at(15))
    SyncState.objects.update(leased_until=now + timedelta(seconds=1))

    outcome = door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=uid)

    assert (outcome, uids_of(appointment)) == ("adopted", {"A": moved["uid"]})
    calcom.sync(appointment, now=now + timedelta(seconds=2))
    assert (appointment.starts_at, appointment.sync_status) == (at(15), "synced")
    assert len(calcom.moves()) == 1


def test_a_booking_that_outlived_its_cancelled_appointment_is_cancelled(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    [uid] = uids_of(appointment).values()
    Appointment.objects.filter(pk=appointment.pk).update(status=Status.CANCELLED)

    outcome = door.hear("BOOKING_CREATED", calcom.booking(uid))

    assert outcome == "orphaned"
    assert OrphanedBooking.objects.get().reason == "uncancelled"
    sync_due(now=now)
    assert calcom.live(appointment) == {}


# --- When Cal.com cannot be asked ------------------------------------------------------------


def test_an_outage_is_outlasted(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    [uid] = uids_of(appointment).values()
    moved = calcom.move_by_hand(uid, at(11))
    calcom.simulator.add_fault("fail", path="/v2/bookings/", method="GET", times=2)

    door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=uid)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("received", 1)
    assert delivery.error
    for seconds in (1, 7):
        sync_due(now=now + timedelta(seconds=seconds))

    appointment.refresh_from_db()
    delivery.refresh_from_db()
    assert appointment.starts_at == at(11)
    assert (delivery.state, delivery.error) == ("done", "")


def test_what_cannot_be_settled_for_a_day_is_shown_to_a_person(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    [uid] = uids_of(appointment).values()
    calcom.simulator.add_fault("fail", path="/v2/bookings/", method="GET", times=None)
    door.hear("BOOKING_CREATED", calcom.booking(uid), bookingId=1)
    WebhookDelivery.objects.update(received_at=now - timedelta(days=1), next_attempt_at=now)

    sync_due(now=now)

    delivery = WebhookDelivery.objects.get()
    assert delivery.state == "failed"
    assert delivery.error
    assert next_due(now=now) is None


def test_a_bug_in_one_delivery_keeps_nobody_else_waiting(
    calcom: Calcom,
    door: Door,
    appointment: Appointment,
    cut_maps,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    booking = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(14))
    door.tell(body_of("BOOKING_CREATED", calcom.booking(uids_of(appointment)["A"])))
    door.tell(body_of("BOOKING_CREATED", booking))
    WebhookDelivery.objects.filter(uid=uids_of(appointment)["A"]).update(facts={"odd": 1})

    assert sync_due(now=now) == 2

    broken, done = WebhookDelivery.objects.order_by("pk")
    assert (broken.state, broken.error, done.state) == ("received", "TypeError", "done")
    assert broken.next_attempt_at > now + timedelta(minutes=14)
    assert next_due(now=now) is None  # nobody waits for it

    stop_waiting(now=now)
    sync_due(now=now + timedelta(days=1))

    broken.refresh_from_db()
    assert broken.state == "failed"


def test_too_many_requests_put_a_delivery_off_as_long_as_told(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    [uid] = uids_of(appointment).values()
    moved = calcom.move_by_hand(uid, at(11))
    calcom.simulator.add_fault("rate_limited", retry_after=50)

    door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=uid)

    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("received", 1)
    assert delivery.next_attempt_at == now + timedelta(seconds=50)


def test_what_we_hold_back_uses_up_no_patience(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime, settings: Any
) -> None:
    [uid] = uids_of(appointment).values()
    cancelled = calcom.booking(uid)
    settings.CALCOM_REQUESTS_PER_MINUTE = 0.01
    with time_machine.travel(now, tick=False):
        get_client(api_key=KEY).list_bookings(appointment.interval)

        door.hear("BOOKING_CANCELLED", cancelled)

    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("received", 0)
    assert delivery.next_attempt_at >= now + timedelta(seconds=60)


# --- Tasks -----------------------------------------------------------------------------------


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, dict[str, Any]]]:
    """The messages that would have gone to the broker."""
    messages: list[tuple[int, dict[str, Any]]] = []

    def keep(args: tuple[int, ...], **options: Any) -> None:
        messages.append((args[0], options))

    monkeypatch.setattr(process_webhook, "apply_async", keep)
    monkeypatch.setattr(SyncAppointmentToCalcom, "apply_async", lambda *_, **__: None)
    return messages


def test_the_sweep_calls_for_what_no_message_has_brought(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime, sent: Any
) -> None:
    [uid] = uids_of(appointment).values()
    door.tell(body_of("BOOKING_CREATED", calcom.booking(uid)))

    sync_unsynced()

    [(delivery_id, options)] = sent
    assert delivery_id == WebhookDelivery.objects.get().pk
    assert options["expires"] == 15
    process_webhook(delivery_id, added_next_year=True)
    sync_unsynced()
    assert len(sent) == 1


def test_the_task_sends_itself_a_wake_up_call(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime, sent: Any, settings: Any
) -> None:
    settings.CALCOM_RETRY_DELAYS_SECONDS = [7]
    [uid] = uids_of(appointment).values()
    door.tell(body_of("BOOKING_CANCELLED", calcom.booking(uid)))
    delivery = WebhookDelivery.objects.get()

    with time_machine.travel(now, tick=False):
        process_webhook(delivery.pk)

    assert sent == [(delivery.pk, {"eta": now + timedelta(seconds=7)})]


def test_pending_work_includes_webhooks(
    calcom: Calcom, door: Door, appointment: Appointment
) -> None:
    [uid] = uids_of(appointment).values()
    moved = calcom.move_by_hand(uid, at(11))
    door.tell(body_of("BOOKING_RESCHEDULED", moved, rescheduleUid=uid))

    call_command("sync_pending", "--until-idle")

    appointment.refresh_from_db()
    assert appointment.starts_at == at(11)


def test_what_was_told_a_month_ago_is_forgotten(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    [uid] = uids_of(appointment).values()
    door.hear("BOOKING_CREATED", calcom.booking(uid))

    with time_machine.travel(now + timedelta(days=29)):
        forget_old_webhooks()
    assert WebhookDelivery.objects.count() == 1
    with time_machine.travel(now + timedelta(days=31)):
        forget_old_webhooks()

    assert WebhookDelivery.objects.count() == 0


def test_nothing_about_people_is_kept_of_a_webhook(
    calcom: Calcom, door: Door, appointment: Appointment
) -> None:
    [uid] = uids_of(appointment).values()
    booking = calcom.booking(uid)

    door.tell(body_of("BOOKING_CREATED", booking))

    kept = str(WebhookDelivery.objects.values().get())
    attendee = booking["attendees"][0]
    assert attendee["name"] not in kept
    assert attendee["email"] not in kept
    assert uid in kept


def test_what_came_of_webhooks_is_counted(
    calcom: Calcom, door: Door, cut_maps, mara: Staff
) -> None:
    def counted() -> float:
        labels = {"trigger": "BOOKING_CREATED", "outcome": "busy"}
        return REGISTRY.get_sample_value("booking_webhooks_total", labels) or 0.0

    before = counted()

    door.hear(
        "BOOKING_CREATED", calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(9))
    )

    assert counted() == before + 1
