"""Bookings that must go: how often it is tried, and when a person hears of them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from appointments.models import Appointment, Service, Staff
from calcom.client import get_client
from calcom.models import OrphanedBooking
from calcom.tasks import next_due, sync_due
from tests.conftest import at
from tests.factories.calcom import map_service
from tests.syncing import KEY, Calcom, move

CANCELS = "/v2/bookings/.*/cancel"


@pytest.fixture
def moved(appointment: Appointment, cut: Service, jonas: Staff, calcom: Calcom) -> Appointment:
    """Ours at ten, with Jonas from now on: its booking with Mara is to go."""
    map_service(cut, jonas)
    calcom.seed()
    move(appointment, at(10), staff=jonas)
    return appointment


def test_when_a_booking_went_at_last_its_review_is_closed(
    calcom: Calcom, moved: Appointment, now: datetime
) -> None:
    calcom.simulator.add_fault("fail", path=CANCELS, times=None)
    sync_due(now=now)
    while due_at := next_due(now=now):
        now = due_at
        sync_due(now=now)
    moved.refresh_from_db()
    assert (moved.sync_status, moved.review_reason) == ("synced", "orphaned_booking")
    calcom.simulator.clear_faults()

    sync_due(now=now + timedelta(minutes=6))

    moved.refresh_from_db()
    assert OrphanedBooking.objects.open().count() == 0
    assert (moved.sync_status, moved.requires_manual_review) == ("synced", False)


def test_too_many_requests_put_a_cancellation_off_as_long_as_told(
    calcom: Calcom, moved: Appointment, now: datetime
) -> None:
    calcom.simulator.add_fault("rate_limited", path=CANCELS, retry_after=50)

    sync_due(now=now)

    orphan = OrphanedBooking.objects.get()
    assert orphan.attempts == 1
    assert orphan.next_attempt_at >= now + timedelta(seconds=50)


def test_a_cancellation_we_hold_back_is_no_failed_attempt(
    calcom: Calcom, moved: Appointment, now: datetime, settings: Any
) -> None:
    with time_machine.travel(now, tick=False):
        settings.CALCOM_REQUESTS_PER_MINUTE = 2
        get_client(api_key=KEY).list_bookings(moved.interval)

        sync_due(now=now)  # the second request is the new booking

        orphan = OrphanedBooking.objects.get()
        assert (orphan.attempts, orphan.cancelled_at) == (0, None)
        assert orphan.next_attempt_at >= now + timedelta(seconds=60)
    moved.refresh_from_db()
    assert not moved.requires_manual_review
