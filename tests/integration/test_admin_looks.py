"""What people read in the back office: in words, and nothing that is not so."""

import pytest
import time_machine
from django.urls import reverse

from appointments.models import AuditEntry, CallbackReason, CallbackRequest
from calcom.models import LONG_AGO, OrphanedBooking
from tests.conftest import at
from tests.factories.appointments import CustomerFactory
from tests.factories.back_office import client_of, fill, receptionist

NOW = at(12, days=-1)


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(salon):
    client = client_of(receptionist(salon))
    client.cookies["django_language"] = "de"
    return client


def test_a_booking_that_was_never_tried_to_be_cancelled_is_due_now_and_not_in_1970(
    desk, cut, branch
):
    fill(branch)
    assert OrphanedBooking.objects.get(company=branch.company).next_attempt_at == LONG_AGO

    page = desk.get(reverse("admin:calcom_orphanedbooking_changelist")).content.decode()

    assert "1970" not in page
    assert "jetzt" in page


def test_the_trail_does_not_say_that_something_was_set_which_is_empty(salon):
    customer = CustomerFactory.create(company=salon, email=None, notes="")

    entry = AuditEntry.objects.about(customer).get()

    assert "phone" in entry.changes
    assert not {"notes", "email"} & entry.changes.keys()


def test_a_callbacks_reason_is_chosen_and_keeps_what_failed(desk, cut, branch):
    appointment = fill(branch)
    callback = CallbackRequest.objects.get(appointment=appointment)
    page = reverse("admin:appointments_callbackrequest_change", args=[callback.pk])

    reason = desk.get(page).context["adminform"].form.fields["reason"]

    assert set(CallbackReason.values) <= set(dict(reason.choices))
    assert callback.reason in dict(reason.choices)
