"""The showroom: what pictures are taken of holds something of everything, and each page answers."""

import pytest
import time_machine
from django.test import Client

from appointments.models import (
    Appointment,
    AuditEntry,
    BusyTime,
    CallbackRequest,
    Company,
    ReviewReason,
    Status,
    SyncStatus,
)
from calcom.models import CalcomEventMap, EventMapDrift, OrphanedBooking, WebhookDelivery
from calcom.simulator import Simulator
from tests.conftest import committing
from tests.showroom.__main__ import NOW
from tests.showroom.opening import Showroom, open_showroom
from tests.showroom.pages import PAGES
from voice.models import Call

pytestmark = [committing, pytest.mark.timeout(600)]
# Said of calls, never of appointments.
OF_CALLS = {ReviewReason.PROMISED_WITHOUT_APPOINTMENT}


@pytest.fixture
def room(settings):
    with Simulator() as calcom:
        settings.CALCOM_API_URL = calcom.url
        yield open_showroom(now=NOW, calcom=calcom, days=2, ahead=0)


def test_a_showroom_holds_something_of_everything_and_each_page_of_it_answers(room: Showroom):
    _holds_something_of_everything(room.branch.company)
    with time_machine.travel(NOW, tick=False):
        for page in PAGES:
            client = Client()
            if page.who:
                client.force_login(getattr(room.desk, page.who))
            for language in ("de", "en"):
                client.cookies["django_language"] = language
                answer = client.get(page.at(room))
                assert answer.status_code == 200, page.name
                if page.who != "ops":
                    assert "Salon Zwei" not in answer.content.decode(), page.name


def _holds_something_of_everything(company: Company):
    rows = Appointment.objects.of(company)
    assert set(rows.values_list("status", flat=True)) == set(Status)
    assert set(rows.values_list("sync_status", flat=True)) == set(SyncStatus)
    reasons = set(rows.needing_review().values_list("review_reason", flat=True))
    assert reasons == set(ReviewReason) - OF_CALLS
    calls = Call.objects.filter(company=company)
    assert calls.filter(requires_manual_review=True, review_reason__in=OF_CALLS).exists()
    assert calls.filter(state=Call.State.ONGOING).exists()
    callbacks = CallbackRequest.objects.filter(company=company)
    assert callbacks.still_open().filter(due_at__lt=NOW).exists()
    assert callbacks.filter(status=CallbackRequest.Status.DONE).exists()
    assert set(BusyTime.objects.filter(company=company).values_list("source", flat=True)) == set(
        BusyTime.Source
    )
    assert CalcomEventMap.objects.filter(company=company, is_broken=True).exists()
    assert EventMapDrift.objects.filter(event_map__company=company).count() >= 4
    assert OrphanedBooking.objects.filter(company=company).open().exists()
    assert AuditEntry.objects.filter(company=company, user__isnull=False).exists()
    assert Appointment.objects.exclude(company=company).exists()
    assert not WebhookDelivery.objects.exists()
