"""Who did what: every door leaves its name, and nobody edits what is noted."""

import sys

import pytest
import time_machine
from django.contrib import admin
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags
from structlog.contextvars import bound_contextvars

import manage
from appointments import actions
from appointments.actions import reviews
from appointments.admin.shown import CALLBACK_REASONS
from appointments.admin.trail import part_of
from appointments.models import (
    Appointment,
    AuditEntry,
    Company,
    Customer,
    FlagSetting,
    OpeningHours,
    Review,
    ReviewReason,
    Staff,
    Status,
    User,
)
from appointments.models.audited import AUDITS, AuditedQuerySet
from features.models import CompanyFlag
from tests.asking import book, move
from tests.conftest import at, committing
from tests.factories.appointments import CustomerFactory
from tests.factories.back_office import client_of, fill, receptionist, sent
from tests.salon_files import SALONS
from tests.syncing import uids_of


def trail(row):
    return list(AuditEntry.objects.about(row).order_by("pk"))


def said(row):
    """Return who did what, and to which columns."""
    return [(entry.actor, entry.verb, sorted(entry.changes)) for entry in trail(row)]


def page(name, *args):
    return reverse(f"admin:appointments_{name}", args=args)


@pytest.fixture
def booked(branch, cut, now):
    return book(cut, at(10, days=2), branch=branch, now=now)


@pytest.fixture
def monday(now):
    with time_machine.travel(now, tick=False):
        yield now


@pytest.fixture
def person(salon):
    return receptionist(salon)


# --- Every door -----------------------------------------------------------------------------


def test_a_caller_is_named_by_their_call(line, cut):
    line.ask("start_booking", service="Herrenhaarschnitt", date="2030-01-08", time="10:00",
             customer_name="Lena Weiss")  # fmt: skip

    [entry] = trail(Appointment.objects.confirmed().get())
    assert (entry.actor, entry.verb, entry.call_id) == ("voice", "created", line.call_id)
    [customer] = trail(Customer.objects.get(company=cut.company))
    assert (customer.actor, customer.call_id) == ("voice", line.call_id)


def test_a_person_in_the_back_office_is_named(booked, person, monday):
    address = page("customer_change", booked.customer_id)
    client = client_of(person)

    client.post(address, sent(client, address, name="Neuer Name"))

    entry = trail(booked.customer)[-1]
    assert (entry.actor, entry.user, entry.changes) == ("staff", person, {"name": None})


def test_what_a_person_does_to_an_appointment_is_theirs(booked, person, monday):
    client = client_of(person)

    client.post(
        page("appointment_changelist"),
        {"action": "cancel_selected", "confirmed": "yes", "_selected_action": booked.pk},
    )

    entry = trail(booked)[-1]
    assert (entry.actor, entry.user_id) == ("staff", person.pk)
    assert entry.changes["status"] == ["confirmed", "cancelled"]


def test_what_was_changed_in_calcom_is_calcoms(calcom, door, appointment):
    calcom.cancel_by_hand(uids_of(appointment)["A"])

    door.hear("BOOKING_CANCELLED", calcom.booking(uids_of(appointment)["A"]))

    entry = trail(appointment)[-1]
    assert (entry.actor, entry.changes["status"]) == ("calcom", ["confirmed", "cancelled"])


def test_a_move_in_calcom_is_calcoms(calcom, door, appointment):
    moved = calcom.move_by_hand(uids_of(appointment)["A"], at(12))

    door.hear("BOOKING_RESCHEDULED", moved)

    entry = trail(appointment)[-1]
    assert (entry.actor, "starts_at" in entry.changes) == ("calcom", True)


def test_a_background_task_is_named(booked, now):
    with bound_contextvars(task="calcom.tasks.sync_unsynced"):
        reviews.flag_for_review(
            appointment_id=booked.pk, reason=ReviewReason.RETRIES_EXHAUSTED, now=now
        )

    entry = trail(booked)[-1]
    assert (entry.actor, entry.task) == ("system", "calcom.tasks.sync_unsynced")
    assert entry.changes["review_reason"] == ["", "retries_exhausted"]


@committing
def test_a_command_is_named(salon, monkeypatch, capsys):
    file = SALONS / "salon-eins.yaml"
    monkeypatch.setattr(sys, "argv", ["manage.py", "load_salon", str(file)])

    manage.main()

    created = AuditEntry.objects.filter(task="load_salon", verb="created")
    kinds = {"appointments.staff", "appointments.openinghours", "appointments.servicesegment"}
    assert kinds <= set(created.values_list("model", flat=True))
    assert set(AuditEntry.objects.filter(task="load_salon").values_list("actor")) == {("system",)}


# --- Every way of writing -------------------------------------------------------------------


def test_moves_and_ends_are_noted(booked, now):
    moved = move(booked, at(14, days=2), now=now)
    actions.finish(appointment=moved, status=Status.COMPLETED, now=at(15, days=2))

    assert [(verb, columns) for _actor, verb, columns in said(booked)][1:] == [
        ("changed", ["ends_at", "starts_at"]),
        ("changed", ["status"]),
    ]


def test_an_update_that_matches_nothing_notes_nothing(booked, now):
    actions.cancel(appointment=booked, now=now)
    before = AuditEntry.objects.count()

    assert not actions.cancel(appointment=booked, now=now)

    assert AuditEntry.objects.count() == before


def test_what_is_undone_was_never_noted(booked):
    before = AuditEntry.objects.count()

    with transaction.atomic():
        Appointment.objects.filter(pk=booked.pk).update(notes="x")
        transaction.set_rollback(True)

    assert AuditEntry.objects.count() == before


def test_rows_written_in_bulk_are_noted(branch, mara):
    week = OpeningHours.objects.bulk_create(
        OpeningHours(branch=branch, weekday=6, from_time=f"{hour}:00", to_time=f"{hour + 1}:00")
        for hour in (10, 12)
    )
    OpeningHours.objects.filter(weekday=6, branch=branch).update(to_time="13:30")
    for row in week:
        row.to_time = "14:00"
    OpeningHours.objects.bulk_update(week, ["to_time"])
    kept = [OpeningHours(pk=row.pk) for row in week]
    branch.opening_hours.filter(weekday=6).delete()

    for row in kept:
        assert [entry.verb for entry in trail(row)] == ["created", "changed", "changed", "deleted"]
        assert [entry.company_id for entry in trail(row)] == [branch.company_id] * 4
        assert trail(row)[2].changes == {"to_time": ["13:30:00", "14:00:00"]}


def test_a_row_saved_in_part_notes_that_part(mara):
    mara.name, mara.is_active = "Mara Neu", False

    mara.save(update_fields=["is_active"])

    assert trail(mara)[-1].changes == {"is_active": [True, False]}


def test_a_proxy_is_noted_as_what_it_is(booked):
    review = Review.objects.get(pk=booked.pk)
    review.requires_manual_review = True
    review.save()
    Review.objects.filter(pk=review.pk).update(requires_manual_review=False)

    flags = [entry.changes.get("requires_manual_review") for entry in trail(booked)]
    assert flags[1:] == [[False, True], [True, False]]
    assert {entry.model for entry in trail(booked)} == {"appointments.appointment"}


def test_holds_are_nobodys_business(cut, branch, mara, now):
    from tests.asking import slot  # noqa: PLC0415

    search = actions.booking.Search(branch=branch, service=cut, call_id="call_7f3a9c")
    actions.hold(search=search, slots=[slot(mara, at(10), at(10, 55))], now=now)

    assert not AuditEntry.objects.filter(model="appointments.appointment").exists()


def test_flags_of_a_company_and_for_everyone_are_noted(salon):
    flag = CompanyFlag.objects.order_by("pk").first()
    FlagSetting.objects.create(company=salon, flag=flag, is_on=False)
    flag.everyone = False
    flag.save()

    setting, everyone = AuditEntry.objects.order_by("-pk")[:2][::-1]
    assert (setting.company, setting.changes["is_on"]) == (salon, [None, False])
    assert (everyone.company_id, everyone.changes) == (None, {"everyone": [None, False]})


def test_roles_given_to_a_person_are_noted(person):
    from django.contrib.auth.models import Group  # noqa: PLC0415

    person.groups.add(Group.objects.get(name="manager"))

    assert trail(person)[-1].changes == {"groups": [None, "add"]}


@pytest.mark.parametrize("model", AUDITS, ids=lambda model: model._meta.label)
def test_whatever_is_audited_cannot_be_updated_unheard(model):
    """Users and flags have other people's managers; nothing updates them in bulk."""
    if model in (User, CompanyFlag):
        return
    assert isinstance(model._default_manager.all(), AuditedQuerySet)


# --- What is noted --------------------------------------------------------------------------


def test_neither_secrets_nor_personal_data_are_kept(salon):
    salon.calcom_api_key = "cal_live_key"
    salon.save()
    customer = CustomerFactory.create(
        company=salon, name="Lena Weiss", phone="+4915111111111", email="lena@example.org"
    )
    Customer.objects.filter(pk=customer.pk).update(notes="Allergie")

    kept = str(list(AuditEntry.objects.values_list("changes", flat=True)))

    assert "calcom_api_key" in kept
    assert not [
        word for word in ("cal_live_key", "Lena", "+49151", "lena@", "Allergie") if word in kept
    ]


def test_nobody_changes_what_is_noted(booked):
    [entry] = trail(booked)

    for change in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(actor="system"),
    ):
        with pytest.raises(TypeError):
            change()


def test_a_trail_outlives_its_row(salon):
    company = Company.objects.create(slug="kurz", name="Kurz")
    company.delete()

    assert [entry.verb for entry in AuditEntry.objects.filter(company_id=None)] == []
    gone = AuditEntry.objects.filter(model="appointments.company").order_by("pk")
    assert [entry.verb for entry in gone][-2:] == ["created", "deleted"]


# --- What people see ------------------------------------------------------------------------


@pytest.fixture
def desk(person, monday):
    return client_of(person)


def test_the_list_filters_by_person_type_day_and_customer(booked, person, desk, monday):
    address = page("customer_change", booked.customer_id)
    desk.post(address, sent(desk, address, notes="kommt gern früh"))
    other = CustomerFactory.create(company=booked.company)

    def found(**wanted):
        response = desk.get(page("auditentry_changelist"), wanted)
        return response.context["cl"].result_count

    everything = found()
    assert found(user__id__exact=person.pk) == 1
    assert found(actor__exact="staff") == 1
    assert found(model="appointments.customer") == 3
    assert found(customer=booked.customer_id) == 3
    assert found(customer=other.pk) == 1
    assert 0 < found(day="2030-01-07") < everything
    assert found(day="2030-01-06") == 0


def test_the_list_is_searched_by_whom_and_what_it_names(salon, person, desk, monday):
    lena = CustomerFactory.create(company=salon, name="Lena Vogt", phone="+4915123456789")
    other = Company.objects.exclude(pk=salon.pk).get()
    CustomerFactory.create(company=other, name="Lena Vogt", phone="+4915123456789")
    facts = {"actor": "system", "verb": "changed", "model": "appointments.staff"}
    for company in (salon, other):
        AuditEntry.objects.create(company=company, user=person, **facts)
        AuditEntry.objects.create(company=company, call_id="call_77", **facts)
        AuditEntry.objects.create(company=company, task="calcom.tasks.sync_unsynced", **facts)

    def found(term):
        listed = desk.get(page("auditentry_changelist"), {"q": term}).context["cl"].result_list
        return [(row.customer_id, row.user_id, row.call_id, row.task) for row in listed]

    assert found("vogt Lena") == found("0151 2345") == [(lena.pk, None, "", "")]
    assert found(person.username) == [(None, person.pk, "", "")]
    assert found("call_77") == [(None, None, "call_77", "")]
    assert found("sync_uns") == [(None, None, "", "calcom.tasks.sync_unsynced")]
    assert found("call_7") == []


@pytest.fixture
def listed(desk):
    """Return what the list says was changed, the latest first."""

    def listed(**wanted):
        rows = desk.get(page("auditentry_changelist"), wanted).context["cl"].result_list
        return [strip_tags(row.subject) for row in rows]

    return listed


def test_the_list_says_whose_appointment_and_when_it_is(booked, listed):
    Customer.objects.filter(pk=booked.customer_id).update(name="Lena Vogt")

    assert listed(model="appointments.appointment") == ["Termin: Do 10.01., 10:00, Lena Vogt"]


def test_the_list_says_whose_hours_and_what_was_called_how_before_it_was_deleted(
    branch, salon, mara, listed
):
    mara.working_hours.create(weekday=6, from_time="10:00", to_time="12:00")
    mara.working_hours.filter(weekday=6).delete()
    salon.services.create(slug="kur", name="Glanzkur", price=10).delete()

    assert listed(model="appointments.workinghours")[:2] == ["Arbeitszeiten: Mara Lindt"] * 2
    assert listed(model="appointments.service")[0] == "Leistung: Glanzkur"


@pytest.mark.parametrize("model", AUDITS, ids=lambda model: model._meta.label)
def test_what_is_audited_has_a_name_of_its_own_or_of_what_it_is_a_part_of(model):
    names = {field.name for field in model._meta.fields}

    assert admin.site.is_registered(model) or "name" in names or part_of(model)


def test_the_list_says_in_words_why_somebody_is_called_back_and_about_what(branch, cut, desk):
    appointment = fill(branch)

    rows = desk.get(page("auditentry_changelist"), {"model": "appointments.callbackrequest"})

    [told] = [strip_tags(row.words) for row in rows.context["cl"].result_list]
    assert f"{CALLBACK_REASONS[appointment.callbacks.get().reason]}" in told
    assert "#" not in told


def test_another_companys_trail_is_not_found(booked, salon, desk, monday):
    theirs = AuditEntry.objects.exclude(company=salon).filter(company__isnull=False)
    stranger = theirs.order_by("pk").last()

    listed = desk.get(page("auditentry_changelist")).context["cl"].result_list
    response = desk.get(page("auditentry_change", stranger.pk))

    assert theirs.exists()
    assert {entry.company_id for entry in listed} == {salon.pk}
    assert response.status_code == 302


def test_a_rows_history_says_what_happened_at_every_door(booked, mara, jonas, desk, now, monday):
    actions.cancel(appointment=booked, now=now)
    Staff.objects.filter(pk=mara.pk).update(is_active=False)

    for address, words in (
        (page("appointment_history", booked.pk), "bestätigt → abgesagt"),
        (page("staff_history", mara.pk), "ja → nein"),
    ):
        assert words in desk.get(address).content.decode()


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_asks_as_much_for_three_as_for_one(branch, cut, desk, many, monday):
    for hour in range(many):
        fill(branch, hour=10 + hour)
    desk.get(page("auditentry_changelist"))
    kept = AuditEntry.objects.filter(model="appointments.appointment").count()

    with CaptureQueriesContext(connection) as asked:
        desk.get(page("auditentry_changelist"), {"model": "appointments.appointment"})

    assert kept >= many
    assert len(asked) == ASKED


ASKED = 17


def test_nobody_adds_changes_or_deletes_entries_in_the_back_office(booked, salon, monday):
    [entry] = trail(booked)
    root = client_of(User.objects.create_superuser("root"))

    assert root.get(page("auditentry_add")).status_code == 403
    assert root.post(page("auditentry_change", entry.pk), {"actor": "voice"}).status_code == 403
    assert root.post(page("auditentry_delete", entry.pk), {"post": "yes"}).status_code == 403
