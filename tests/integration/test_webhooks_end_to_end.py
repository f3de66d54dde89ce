"""Cal.com tells the site over real HTTP what people do in it, and the site follows."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from appointments.models import BusyTime, Company, Service, Staff
from calcom import reconciling
from calcom.client import get_client
from calcom.inbound import deliveries
from calcom.models import WebhookDelivery
from calcom.seeding import seeds
from calcom.tasks import process_webhook
from tests.conftest import at, committing
from tests.factories.calcom import map_service
from tests.syncing import KEY, Calcom, appoint, uids_of
from tests.webhooks import Door

pytestmark = committing


@pytest.fixture
def told(
    calcom: Calcom,
    door: Door,
    cut_maps,
    perm: Service,
    mara: Staff,
    live_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> list[int]:
    """Have Cal.com tell the site of every booking; the ids of what the site has kept."""
    kept: list[int] = []
    monkeypatch.setattr(process_webhook, "delay", kept.append)  # the sweep does it
    map_service(perm, mara)
    for each in seeds(site=live_server.url):
        calcom.simulator.seed(**each)
    return kept


def work(now: datetime) -> list[str]:
    """Deal with all that was told, waiting where Cal.com is yet to write it; what came of it."""
    for _ in range(4):
        for delivery_id in deliveries.due_deliveries(now=now, limit=100):
            deliveries.process(delivery_id, now=now)
        now += timedelta(seconds=2)
    rows = WebhookDelivery.objects.order_by("pk")
    assert not rows.filter(state="received").exists()
    return list(rows.values_list("outcome", flat=True))


def test_what_happens_in_calcom_happens_here(
    calcom: Calcom,
    told: list[int],
    cut: Service,
    perm: Service,
    mara: Staff,
    cut_maps,
    now: datetime,
) -> None:
    wall = timezone.now()
    ours, permed = appoint(cut, mara, at(16)), appoint(perm, mara, at(9))
    for appointment in (ours, permed):
        calcom.sync(appointment, now=now)
    foreign = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(14))
    moved = calcom.move_by_hand(uids_of(ours)["A"], at(12))
    calcom.cancel_by_hand(uids_of(permed)["C"])
    later = calcom.move_by_hand(foreign["uid"], at(15))
    calcom.cancel_by_hand(moved["uid"])

    outcomes = work(wall + timedelta(minutes=1))

    ours.refresh_from_db()
    permed.refresh_from_db()
    assert (len(told), len(outcomes)) == (10, 10)
    assert ours.status == "cancelled"
    assert (permed.status, permed.review_reason) == ("confirmed", "segment_changed_in_calcom")
    assert list(BusyTime.objects.values_list("starts_at", "external_uid")) == [
        (at(15), later["uid"])
    ]
    assert sorted(calcom.live(permed)) == ["A", "B", "D"]


@pytest.mark.parametrize("kind", ["webhook_doubled", "webhook_delayed"])
def test_a_move_is_followed_once(
    calcom: Calcom, told: list[int], cut: Service, mara: Staff, now: datetime, kind: str
) -> None:
    ours = appoint(cut, mara, at(16))
    calcom.sync(ours, now=now)
    delay = {"seconds": 0.0} if kind == "webhook_delayed" else {}
    calcom.simulator.add_fault(kind, trigger="BOOKING_RESCHEDULED", **delay)

    calcom.move_by_hand(uids_of(ours)["A"], at(12))
    work(timezone.now() + timedelta(minutes=1))

    ours.refresh_from_db()
    assert (ours.starts_at, ours.revision) == (at(12), 2)


def test_a_move_of_which_nothing_was_told_is_found_by_comparing(
    calcom: Calcom, told: list[int], cut: Service, mara: Staff, now: datetime, salon: Company
) -> None:
    ours = appoint(cut, mara, at(16))
    calcom.sync(ours, now=now)
    work(timezone.now() + timedelta(minutes=1))
    calcom.simulator.add_fault("webhook_dropped", trigger="BOOKING_RESCHEDULED")
    calcom.move_by_hand(uids_of(ours)["A"], at(12))
    assert work(timezone.now() + timedelta(minutes=1)) == ["known"]

    reconciling.reconcile(salon, client=get_client(api_key=KEY), now=now)

    ours.refresh_from_db()
    assert (ours.starts_at, ours.revision) == (at(12), 2)


def test_an_event_without_its_event_type_is_known_by_its_uid(
    calcom: Calcom, told: list[int], cut: Service, mara: Staff, now: datetime
) -> None:
    ours = appoint(cut, mara, at(16))
    calcom.sync(ours, now=now)
    calcom.simulator.add_fault("webhook_without_event_type", trigger="BOOKING_CANCELLED")

    calcom.cancel_by_hand(uids_of(ours)["A"])
    work(timezone.now() + timedelta(minutes=1))

    ours.refresh_from_db()
    assert ours.status == "cancelled"
