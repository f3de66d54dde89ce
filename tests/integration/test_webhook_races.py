"""The same news at the same moment, news beside a change of our own, and news read too early."""

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction

from appointments.actions import mirror
from appointments.actions.reviews import flag_for_review
from appointments.models import (
    Appointment,
    BusyTime,
    CallbackRequest,
    ReviewReason,
    Service,
    Staff,
    SyncStatus,
)
from calcom.client import CalcomClient, get_client
from calcom.inbound import deliveries
from calcom.inbound.following import News, follow
from calcom.inbound.outcomes import NotYetError
from calcom.models import OrphanedBooking, SyncState, WebhookDelivery
from calcom.payloads import Booking
from calcom.sync.retrying import retry
from tests.asking import move
from tests.conftest import at, committing
from tests.syncing import KEY, Calcom, appoint, state_of, uids_of
from tests.webhooks import Door, body_of

pytestmark = committing


def at_once(acts: Sequence[Callable[[], object]]) -> list[object]:
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        gate.wait()
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(acts)) as pool:
        return list(pool.map(run, acts))


def test_eight_deliveries_of_one_body_at_once_are_one(
    calcom: Calcom, door: Door, appointment: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr("calcom.webhooks.process_webhook.delay", rung.append)
    [uid] = uids_of(appointment).values()
    raw = json.dumps(body_of("BOOKING_CREATED", calcom.booking(uid))).encode()

    answers = at_once([lambda: door.post(raw).status_code] * 8)

    assert answers == [200] * 8
    assert (WebhookDelivery.objects.count(), len(rung)) == (1, 1)


def test_eight_workers_follow_one_move_once(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    [uid] = uids_of(appointment).values()
    moved = calcom.move_by_hand(uid, at(11))
    news = News(uids=[uid, moved["uid"]])
    client = get_client(api_key=KEY)

    outcomes = at_once([lambda: follow(door.company, news, client=client, now=now)] * 8)

    appointment.refresh_from_db()
    assert sorted(map(str, outcomes)) == ["known"] * 7 + ["moved"]
    assert (appointment.starts_at, appointment.revision) == (at(11), 2)


def test_eight_workers_note_one_foreign_booking_once(
    calcom: Calcom, door: Door, appointment: Appointment, cut_maps, now: datetime
) -> None:
    booking = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(10, 30))
    news, client = News(uids=[booking["uid"]]), get_client(api_key=KEY)

    at_once([lambda: follow(door.company, news, client=client, now=now)] * 8)

    assert BusyTime.objects.count() == CallbackRequest.objects.count() == 1


def test_one_delivery_is_dealt_with_by_one_worker(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime, monkeypatch: Any
) -> None:
    monkeypatch.setattr("calcom.webhooks.process_webhook.delay", lambda _: None)
    [uid] = uids_of(appointment).values()
    door.tell(body_of("BOOKING_CREATED", calcom.booking(uid)))
    delivery = WebhookDelivery.objects.get()
    calcom.simulator.switch(latency_milliseconds=200)
    calcom.simulator.clear_requests()

    at_once([lambda: deliveries.process(delivery.pk, now=now)] * 4)

    assert len(calcom.simulator.requests()) == 1


def test_what_was_read_before_a_later_change_does_not_win(
    calcom: Calcom, door: Door, cut_maps, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker reads that a booking stands, is slow, and writes after its end was written."""
    booking = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(10))
    read, news, client = (
        CalcomClient.get_booking,
        News(uids=[booking["uid"]]),
        get_client(api_key=KEY),
    )
    slowly = iter([True])

    def read_and_dawdle(self: CalcomClient, uid: str) -> Booking:
        found = read(self, uid)
        if next(slowly, False):
            calcom.cancel_by_hand(uid)
            follow(door.company, news, client=client, now=now)
        return found

    monkeypatch.setattr(CalcomClient, "get_booking", read_and_dawdle)

    follow(door.company, news, client=client, now=now)

    assert BusyTime.objects.count() == 0


def test_a_booking_of_ours_that_ended_after_it_was_read_is_no_orphan(
    calcom: Calcom,
    door: Door,
    appointment: Appointment,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [uid] = uids_of(appointment).values()
    read, client = CalcomClient.get_booking, get_client(api_key=KEY)
    once = iter([True])

    def read_and_dawdle(self: CalcomClient, uid: str) -> Booking:
        found = read(self, uid)
        if next(once, False):
            calcom.cancel_by_hand(uid)
            follow(door.company, News(uids=[uid]), client=client, now=now)
        return found

    monkeypatch.setattr(CalcomClient, "get_booking", read_and_dawdle)

    outcome = follow(door.company, News(uids=[uid]), client=client, now=now)

    appointment.refresh_from_db()
    assert (outcome, appointment.status) == ("known", "cancelled")
    assert OrphanedBooking.objects.count() == 0


def test_a_move_from_here_between_reading_and_writing_is_not_undone(
    calcom: Calcom,
    door: Door,
    appointment: Appointment,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The customer moves it by telephone while a worker has just read of a move in Cal.com."""
    [uid] = uids_of(appointment).values()
    calcom.move_by_hand(uid, at(11))
    read = CalcomClient.get_booking
    once = iter([True])

    def read_while_a_caller_moves(self: CalcomClient, uid: str) -> Booking:
        found = read(self, uid)
        if next(once, False):
            move(appointment, at(15), now=now)
        return found

    monkeypatch.setattr(CalcomClient, "get_booking", read_while_a_caller_moves)

    outcome = follow(door.company, News(uids=[uid]), client=get_client(api_key=KEY), now=now)

    appointment.refresh_from_db()
    assert (outcome, appointment.starts_at, appointment.revision) == ("left", at(15), 2)
    calcom.sync(appointment, now=now)
    assert calcom.times(appointment) == {"A": ["2030-01-08T14:00"]}
    assert appointment.sync_status == "synced"


def test_while_the_sync_holds_its_lease_nothing_is_decided(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    [uid] = uids_of(appointment).values()
    calcom.move_by_hand(uid, at(11))
    state = state_of(appointment)
    state.leased_until = at(12)
    state.save()

    with pytest.raises(NotYetError):
        follow(door.company, News(uids=[uid]), client=get_client(api_key=KEY), now=now)

    appointment.refresh_from_db()
    assert appointment.starts_at == at(10)


# --- Locks: whoever takes two of them takes them in one order (PostgreSQL) ---------------------


def test_a_foreign_booking_and_the_conflict_it_causes_do_not_wait_for_each_other(
    calcom: Calcom, door: Door, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    """The webhook flags both appointments it meets, while the sync flags the second of them."""
    _, second = appoint(cut, mara, at(10)), appoint(cut, mara, at(11))
    booking = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(10, 30))
    client = get_client(api_key=KEY)

    def hear() -> object:
        return follow(door.company, News(uids=[booking["uid"]]), client=client, now=now)

    def give_up() -> None:
        with transaction.atomic():
            mirror.mark_failed(
                appointment_id=second.pk,
                revision=1,
                sync_status=SyncStatus.CONFLICT,
                error="",
                phase_errors={},
            )
            flag_for_review(appointment_id=second.pk, reason=ReviewReason.SLOT_CONFLICT, now=now)

    for _ in range(10):
        at_once([hear, give_up])
        assert Appointment.objects.needing_review().count() == 2
        Appointment.objects.update(requires_manual_review=False, review_reason="")
        CallbackRequest.objects.all().delete()
        BusyTime.objects.all().delete()


def test_trying_again_and_a_webhook_do_not_wait_for_each_other(
    calcom: Calcom, door: Door, permed: Appointment, now: datetime
) -> None:
    uid = uids_of(permed)["B"]
    calcom.move_by_hand(uid, at(15))
    client = get_client(api_key=KEY)

    def hear() -> object:
        return follow(door.company, News(uids=[uid]), client=client, now=now)

    def try_again() -> object:
        SyncState.objects.filter(appointment=permed).update(revision=0)
        return retry(permed)

    for _ in range(10):
        at_once([hear, try_again, hear, try_again])

    # Nobody was sent away by the database; and it is still one appointment, not yet settled.
    assert SyncState.objects.get(appointment=permed).revision == 0
