"""Lists taken along, what is known of a customer, and forgetting them."""

import csv
import io
import json

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments import actions
from appointments.admin.exporting import safe
from appointments.models import (
    Appointment,
    AuditEntry,
    Branch,
    CallbackRequest,
    Customer,
    Review,
    Source,
    User,
)
from calcom.models import WebhookDelivery
from tests.asking import book, order
from tests.conftest import at, committing, soon
from tests.factories.appointments import CustomerFactory
from tests.factories.back_office import client_of
from tests.salon_files import dump
from tests.syncing import uids_of
from voice.models import Call, FunctionCall

NAME, PHONE, EMAIL, SECRET = "Lena Weiss", "+4915111111111", "lena@example.org", "Allergie"
PERSONAL = (NAME, PHONE, EMAIL, SECRET)


def page(name, *args):
    return reverse(f"admin:appointments_{name}", args=args)


@pytest.fixture(autouse=True)
def monday(now):
    with time_machine.travel(now, tick=False):
        yield now


def desk(company, role="manager"):
    user = User.objects.create_user(f"{role} {company.slug}", is_staff=True, company=company)
    user.groups.add(Group.objects.get(name=role))
    return client_of(user)


@pytest.fixture
def lena(salon):
    return CustomerFactory.create(company=salon, name=NAME, phone=PHONE, email=EMAIL, notes=SECRET)


@pytest.fixture
def known(lena, branch, cut, now):
    """Everything that can be known of a customer, in every table that has room for it."""
    wish = order(
        cut, at(10, days=2), branch=branch, customer=lena, customer_name=NAME, notes=SECRET,
        call_id="call_7f3a9c", source=Source.VOICE,
    )  # fmt: skip
    booked = actions.book(order=wish, now=now, deadline=soon()).appointment
    _note_in_the_log(Review.objects.get(pk=booked.pk), f"Resolved: {NAME}")
    _note_in_the_log(booked, f"Moved from 10:00, {NAME}")
    CallbackRequest.objects.create(
        company=branch.company, branch=branch, customer=lena, name=NAME, phone=PHONE,
        reason="wish", wish=f"{NAME}: {SECRET}", due_at=at(12),
    )  # fmt: skip
    call = Call.objects.create(
        company=branch.company, branch=branch, call_id="call_7f3a9c", from_number=PHONE,
        transcript=[{"role": "user", "text": f"Hier ist {NAME}"}], promise=NAME,
        recording_url="https://recordings.example/lena@example.org", analysis={"summary": NAME},
    )  # fmt: skip
    FunctionCall.objects.create(
        call=call, name="start_booking", arguments={"wish": SECRET}, answer=f'"{NAME}"',
        started_at=now,
    )  # fmt: skip
    for uid, earlier in (("bk_1", "bk_0"), ("bk_0", "")):  # moved once: two of one appointment
        WebhookDelivery.objects.create(
            company=branch.company, digest=uid, uid=uid, received_at=now,
            facts={"reason": SECRET, "earlier_uid": earlier},
        )  # fmt: skip
    booked.phases.update(calcom_booking_uid="bk_1", sync_error=f"{NAME} is busy")
    return booked


def _note_in_the_log(row, text):
    """Note what the admin notes of an act on a row."""
    LogEntry.objects.create(
        user=User.objects.get_or_create(username="chefin")[0],
        content_type=get_content_type_for_model(row),
        object_id=row.pk,
        object_repr=str(row),
        action_flag=2,
        change_message=text,
    )


def everything():
    """Return all that is stored, as one text."""
    return str([dump(), *LogEntry.objects.values()])


# --- CSV ------------------------------------------------------------------------------------


def rows_of(response):
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:]), delimiter=";"))


def test_appointments_are_exported_as_they_are_filtered(known, branch, cut, now):
    book(cut, at(12, days=3), branch=branch, now=now)
    client = desk(branch.company)

    both = rows_of(client.get(page("appointment_export")))
    one = rows_of(client.get(page("appointment_export"), {"day": "2030-01-10"}))

    assert len(both) == 2
    assert [(row["Beginn"], row["Kunde"], row["Leistung"]) for row in one] == [
        ("10.01.2030 10:00", NAME, "Herrenhaarschnitt")
    ]
    assert one[0]["Telefon"] == f"'{PHONE}"


def test_an_export_is_noted_without_what_was_searched_for(lena):
    rows_of(desk(lena.company).get(page("customer_export"), {"q": "Lena"}))

    entry = AuditEntry.objects.order_by("pk").last()
    assert (entry.verb, entry.actor, entry.company) == ("exported", "staff", lena.company)
    assert entry.changes == {"rows": 1, "filters": []}


def test_only_ones_own_company_is_exported(lena, salon):
    other = Customer.objects.create(
        company=User._meta.get_field("company").related_model.objects.exclude(pk=salon.pk).get(),
        name="Fremd",
    )

    names = [row["Name"] for row in rows_of(desk(salon).get(page("customer_export")))]

    assert (names, Customer.objects.filter(pk=other.pk).exists()) == ([NAME], True)


def test_a_receptionist_does_not_export(lena):
    client = desk(lena.company, "receptionist")

    assert client.get(page("customer_export")).status_code == 403
    assert "export/" not in client.get(page("customer_changelist")).content.decode()
    assert "export/" in desk(lena.company).get(page("customer_changelist")).content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        "=1+1",
        "+49",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "\n=1",
        " =cmd|' /C calc'!A0",
        "\uff1d1+1",
        "\uff20SUM(A1)",
    ],
)
def test_what_looks_like_a_formula_is_text(typed):
    assert safe(typed) == f"'{typed}"


def test_what_looks_like_nothing_stays(salon):
    assert safe("Müller-Lüdenscheidt; 3") == "Müller-Lüdenscheidt; 3"


@pytest.mark.parametrize(("name", "asks"), [("appointment_export", 15), ("customer_export", 9)])
@pytest.mark.parametrize("many", [1, 3])
def test_an_export_asks_as_much_for_three_as_for_one(branch, cut, now, many, name, asks):
    for hour in range(many):
        book(cut, at(10 + hour, days=2), branch=branch, now=now)
    client = desk(branch.company)

    with CaptureQueriesContext(connection) as asked:
        assert len(rows_of(client.get(page(name)))) == many

    assert len(asked) == asks


def test_an_export_speaks_as_the_clock_of_each_branch(branch, cut, now):
    book(cut, at(10, days=2), branch=branch, now=now)
    Branch.objects.filter(pk=branch.pk).update(own_timezone="America/New_York")
    client = desk(branch.company)

    (row,) = rows_of(client.get(page("appointment_export")))

    assert (row["Beginn"], row["Ende"]) == ("10.01.2030 04:00", "10.01.2030 04:55")


def test_what_is_not_known_of_a_caller_is_left_empty_in_an_export(branch, cut, now):
    appointment = book(cut, at(10, days=2), branch=branch, now=now)
    rows = Appointment.objects.filter(pk=appointment.pk)
    rows.update(status="held", held_until=at(12), customer=None, customer_name="Frau Vogt")

    (row,) = rows_of(desk(branch.company).get(page("appointment_export"), {"period": "all"}))

    assert (row["Kunde"], row["Telefon"]) == ("Frau Vogt", "")


# --- Given out, and forgotten ---------------------------------------------------------------


def test_a_customer_is_told_all_that_is_known(known, lena):
    response = desk(lena.company).get(page("customer_give_out", lena.pk))

    data = json.loads(response.content)
    assert data["customer"]["name"] == NAME
    assert [row["notes"] for row in data["appointments"]] == [SECRET]
    assert [row["phone"] for row in data["callbacks"]] == [PHONE]
    assert [row["from_number"] for row in data["calls"]] == [PHONE]
    assert data["calcom_bookings"] == ["bk_1"]
    last = AuditEntry.objects.order_by("pk").last()
    assert (last.verb, last.customer) == ("exported", lena)


@committing
def test_nothing_is_left_that_tells_who_it_was(known, lena, capsys):
    assert all(word in everything() for word in PERSONAL)

    call_command("erase_customer", str(lena.pk))

    left = everything()
    assert [word for word in PERSONAL if word in left] == []
    assert "appointments cancelled: 1" in capsys.readouterr().out
    booked = Appointment.objects.get(pk=known.pk)
    assert (booked.status, booked.customer_id) == ("cancelled", lena.pk)
    lena.refresh_from_db()
    assert (lena.name, lena.phone, bool(lena.erased_at)) == ("gelöschter Kunde", None, True)
    assert CallbackRequest.objects.get(customer=lena).status == "expired"


@committing
def test_erasing_twice_is_erasing_once(known, lena, now):
    actions.erase_customer(customer=lena, now=now)
    before = Customer.objects.values().get(pk=lena.pk)

    again = actions.erase_customer(customer=lena, now=now)

    assert (again.cancelled, Customer.objects.values().get(pk=lena.pk)) == (0, before)


@committing
def test_others_stay_as_they_are(known, lena, branch, cut, now):
    other = CustomerFactory.create(company=branch.company, name="Olga Other", phone="+4915199")
    theirs = actions.book(
        order=order(cut, at(14, days=2), branch=branch, customer=other, notes="blond"),
        now=now, deadline=soon(),
    ).appointment  # fmt: skip

    actions.erase_customer(customer=lena, now=now)

    theirs.refresh_from_db()
    assert (theirs.status, theirs.notes, theirs.customer.name) == ("confirmed", "blond", other.name)


@committing
def test_erasing_takes_the_future_bookings_out_of_calcom(calcom, appointment, now):
    calcom.sync(appointment, now=now)
    assert calcom.live(appointment)

    actions.erase_customer(customer=appointment.customer, now=now)
    calcom.sync(appointment, now=now)

    assert calcom.live(appointment) == {}
    assert uids_of(appointment)


@committing
def test_whoever_is_erased_and_calls_again_is_a_new_customer(known, lena, branch, cut, now):
    actions.erase_customer(customer=lena, now=now)

    again = actions.book(
        order=order(cut, at(14, days=2), branch=branch, phone=PHONE, customer_name=NAME),
        now=now, deadline=soon(),
    )  # fmt: skip

    assert again.appointment.customer_id != lena.pk


@committing
def test_a_manager_erases_on_the_customers_page_and_a_receptionist_cannot(known, lena):
    refused = desk(lena.company, "receptionist").post(page("customer_erase", lena.pk))
    name = Customer.objects.get(pk=lena.pk).name
    allowed = desk(lena.company).post(page("customer_erase", lena.pk), {"_form_submitted": "1"})

    assert (refused.status_code, name) == (403, NAME)
    assert allowed.status_code in {200, 302}
    assert Customer.objects.get(pk=lena.pk).erased_at
    entry = AuditEntry.objects.filter(verb="erased").get()
    assert (entry.actor, entry.customer_id) == ("staff", lena.pk)


def test_a_customer_of_another_company_is_neither_told_nor_erased(lena, salon):
    stranger = CustomerFactory.create(
        company=salon.__class__.objects.exclude(pk=salon.pk).get(), name="Fremd"
    )
    client = desk(salon)

    for name in ("customer_give_out", "customer_erase"):
        assert client.post(page(name, stranger.pk), {"_form_submitted": "1"}).status_code == 404
    assert Customer.objects.get(pk=stranger.pk).name == "Fremd"


def test_a_customer_nobody_knows_is_refused(db):
    with pytest.raises(CommandError, match="no customer 4711"):
        call_command("erase_customer", "4711")
