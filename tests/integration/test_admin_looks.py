"""What people read in the back office: in words, and nothing that is not so."""

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.forms import CheckboxSelectMultiple
from django.urls import reverse
from django.utils import translation

from appointments.admin.shown import NOTHING
from appointments.admin.steps import step_of
from appointments.models import AuditEntry, CallbackReason, CallbackRequest
from calcom.models import LONG_AGO, OrphanedBooking
from tests.asking import book
from tests.conftest import at
from tests.factories.appointments import CustomerFactory
from tests.factories.back_office import client_of, fill, receptionist, sent

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

NOW = at(12, days=-1)


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
    assert re.search(r">\s*jetzt\s*<", page)


def test_the_steps_of_an_appointment_go_by_the_salons_names_and_never_by_their_keys(
    desk, perm, cut, branch, mara
):
    perm.segments.filter(key="A").update(name="Haare wickeln")
    several = book(perm, at(9, days=2), branch=branch, now=NOW)
    simple = book(cut, at(14, days=2), branch=branch, now=NOW)

    def steps(appointment):
        address = reverse("admin:appointments_appointment_change", args=[appointment.pk])
        rows = desk.get(address).context["inline_admin_formsets"][0].formset.queryset
        return [step_of(row.appointment.service, row.segment_key) for row in rows]

    with translation.override("de"):
        assert steps(several)[:3] == ["Haare wickeln", "Einwirkzeit", "Teil B"]
        assert steps(simple) == ["ganze Leistung"]
    page = desk.get(reverse("admin:appointments_appointment_change", args=[several.pk]))
    assert "Haare wickeln" in page.content.decode()
    assert "_gap" not in page.content.decode()


def test_roles_are_ticked_by_their_names(salon):
    leads = receptionist(salon, "leitung")
    leads.groups.add(Group.objects.get(name="manager"))
    client = client_of(leads)
    client.cookies["django_language"] = "de"
    user = receptionist(salon)

    page = client.get(reverse("admin:appointments_user_change", args=[user.pk]))

    roles = page.context["adminform"].form.fields["groups"]
    assert isinstance(roles.widget.widget, CheckboxSelectMultiple)
    assert (roles.label, roles.help_text) == ("Rollen", "")


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


def test_a_callback_is_due_at_a_minute_and_saving_the_rest_leaves_its_second(desk, cut, branch):
    due_at = at(14, 30) + timedelta(seconds=12, microseconds=5)
    callback = CallbackRequest.objects.create(
        company=branch.company,
        branch=branch,
        phone="+4915111111111",
        reason="urgent",
        due_at=due_at,
    )
    address = reverse("admin:appointments_callbackrequest_change", args=[callback.pk])

    time = desk.get(address).context["adminform"].form["due_at"].as_widget()
    form = sent(desk, address, due_at_0="2030-01-08", due_at_1="14:30", wish="Farbe")
    answer = desk.post(address, {k: v for k, v in form.items() if k != "due_at"})

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    callback.refresh_from_db()
    assert 'value="14:30"' in time
    assert (callback.wish, callback.due_at) == ("Farbe", due_at)


def test_an_empty_list_proposes_to_create_something_only_to_whoever_can(desk, branch):
    for name in ("calcom_orphanedbooking", "calcom_syncstate", "calcom_webhookdelivery"):
        page = desk.get(reverse(f"admin:{name}_changelist")).content.decode()
        assert "Hier ist noch nichts." in page, name
        assert "Erstellen" not in page, name
        assert "hinzufügen" not in page, name
    searched = desk.get(reverse("admin:appointments_customer_changelist") + "?q=xyz")

    assert "So etwas wurde nicht gefunden." in searched.content.decode()
    assert reverse("admin:appointments_customer_add") in searched.content.decode()


def test_what_is_not_known_has_one_sign_everywhere():
    for model in filter(admin.site.is_registered, apps.get_models()):
        model_admin = admin.site.get_model_admin(model)
        shown = (model_admin, *(inline(model, admin.site) for inline in model_admin.inlines))
        assert {each.get_empty_value_display() for each in shown} == {NOTHING}, model
