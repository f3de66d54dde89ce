"""A call's page: how it went, what there is of it, and what to do about it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from appointments import actions
from appointments.actions import reviews
from appointments.models import Appointment, Branch, Customer, ReviewReason, Status
from tests.asking import book, move
from tests.conftest import at
from tests.factories.appointments import CustomerFactory
from tests.factories.back_office import client_of, receptionist
from voice import statuses
from voice.admin.timeline import timeline
from voice.admin.words import (
    WHAT_CAME_OF_IT,
    WHAT_IT_DOES,
    WHAT_WAS_SAID,
    argument_in_words,
    function_in_words,
    status_in_words,
)
from voice.functions import FUNCTIONS
from voice.models import Call, FunctionCall

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

NOW = at(12, days=-1)
CALLS = reverse("admin:voice_call_changelist")


@pytest.fixture
def call(branch: Branch) -> Call:
    return Call.objects.create(
        company=branch.company,
        branch=branch,
        call_id="call_7f3a9c",
        from_number="+4915111111111",
        started_at=NOW,
        transcript=[
            {"role": "agent", "text": "Guten Tag!", "seconds": 0.4},
            {"role": "user", "text": "Morgen um zehn?", "seconds": 3.0},
            {"role": "agent", "text": "Ihr Termin ist gebucht.", "seconds": 9.0},
        ],
    )


def asked(call: Call, name: str, seconds: int, **facts) -> FunctionCall:
    return FunctionCall.objects.create(
        call=call, name=name, started_at=NOW + timedelta(seconds=seconds), **facts
    )


def page_of(call: Call) -> str:
    return reverse("admin:voice_call_change", args=[call.pk])


# --- The line of time -----------------------------------------------------------------------


def test_what_was_asked_of_us_stands_where_it_happened(call):
    asked(call, "start_booking", 5, status="booked", milliseconds=82, arguments={"time": "zehn"})

    with override("de"):
        entries = timeline(call, call.function_calls.all())

    assert [(entry.clock, entry.speaker, entry.text) for entry in entries] == [
        ("0:00", "agent", "Guten Tag!"),
        ("0:03", "caller", "Morgen um zehn?"),
        ("0:05", "function", "Zeit: zehn"),
        ("0:09", "agent", "Ihr Termin ist gebucht."),
    ]
    asked_of_us = entries[2]
    assert (asked_of_us.name, asked_of_us.status) == ("start_booking", "booked")
    assert (asked_of_us.outcome, asked_of_us.milliseconds) == ("gebucht", 82)


def test_turns_without_times_keep_their_order(call):
    call.transcript = [{"role": "agent", "text": str(n)} for n in range(3)]

    assert [entry.text for entry in timeline(call, [])] == ["0", "1", "2"]


def test_the_page_shows_words_and_functions_and_lets_nothing_be_edited(call, desk):
    asked(call, "check_availability", 4, status="unavailable", milliseconds=31)

    page = desk.get(page_of(call))

    html = page.content.decode()
    assert html.index("Morgen um zehn?") < html.index("check_availability")
    assert html.index("check_availability") < html.index("Ihr Termin ist gebucht.")
    assert "31 ms" in html
    assert page.context["adminform"].form.fields == {}
    assert desk.post(page_of(call), {"state": "ongoing"}).status_code == 403


def test_what_is_not_known_of_a_call_takes_no_room(call, desk):
    few = [field for _title, options in shown_of(desk, call) for field in options["fields"]]
    Call.objects.update(disconnection_reason="user_hangup", duration_ms=61_000)
    more = [field for _title, options in shown_of(desk, call) for field in options["fields"]]

    assert {"went", "results", "caller"} <= set(few)
    assert not {"cost", "recording", "duration", "review_note", "what_to_do"} & set(few)
    assert set(more) - set(few) == {"duration", "ended_because"}
    assert "the caller hung up" in desk.get(page_of(call)).content.decode()


def shown_of(desk: Client, call: Call) -> list:
    return desk.get(page_of(call)).context["adminform"].fieldsets


def test_every_function_is_known_in_words():
    assert set(WHAT_IT_DOES) == {function.name for function in FUNCTIONS.values()}
    assert function_in_words("book_appointment") == function_in_words("start_booking")
    assert function_in_words("something_new") == "something_new"


def test_every_status_is_known_in_words():
    assert set(WHAT_CAME_OF_IT) == {status for name in WHAT_IT_DOES for status in statuses.of(name)}
    assert status_in_words("something_new") == "something_new"


def test_every_argument_is_known_in_words_by_each_of_its_names():
    said = {str(name) for function in FUNCTIONS.values() for name in function.arguments.fields}
    assert set(WHAT_WAS_SAID) == said
    with override("de"):
        assert argument_in_words("start_booking", "datum") == "Datum"
        assert argument_in_words("reschedule_appointment", "datum") == "neues Datum"
        assert argument_in_words("start_booking", "colour") == "colour"
        assert argument_in_words("something_new", "datum") == "datum"


# --- What there is ----------------------------------------------------------------------------


def test_the_page_names_what_was_booked_changed_and_promised_in_the_call(call, cut, branch, desk):
    booked = book(cut, at(10), branch=branch, now=NOW, call_id=call.call_id)
    earlier = book(cut, at(14), branch=branch, now=NOW, customer_name="Ida", phone="+4915122222222")
    move(earlier, at(16), now=NOW, staff_id=earlier.staff_id, call_id=call.call_id)
    order = actions.CallbackOrder(branch=branch, phone="+4915111111111", call_id=call.call_id)
    actions.request_callback(order=order, now=NOW)
    reviews.flag_for_review(
        appointment_id=booked.pk, reason=ReviewReason.RETRIES_EXHAUSTED, now=NOW
    )

    html = desk.get(page_of(call)).content.decode()

    assert "Tue 8 Jan, 10:00, Herrenhaarschnitt" in html
    assert "→ Tue 8 Jan, 16:00" in html
    assert "due Tue 8 Jan, 12:00" in html
    assert reverse("admin:appointments_review_change", args=[booked.pk]) in html


def test_a_call_without_result_offers_to_book_what_was_wanted(call, cut, mara, desk):
    Call.objects.update(service=cut, staff=mara, agreed_on=at(10).date(), wished_time=at(9).time())

    assert "Herrenhaarschnitt, 08.01. 08:00, Mara Lindt" in desk.get(CALLS).content.decode()
    html = desk.get(page_of(call)).content.decode()
    assert "Nothing was booked, changed or promised." in html
    address = _link_behind(html, "Book what was wanted")
    form = desk.get(address).context["form"]
    assert (form["service"].value(), form["staff"].value()) == (str(cut.pk), str(mara.pk))
    assert (form["day"].value(), form["time"].value()) == ("2030-01-08", "08:00")
    assert form["phone"].value() == "+4915111111111"


def _link_behind(html: str, text: str) -> str:
    before = html.split(f">{text}<", 1)[0]
    return before.rpartition('href="')[2].removesuffix('"').replace("&amp;", "&")


# --- What to do ---------------------------------------------------------------------------------


def test_a_review_is_settled_on_the_page_of_its_call(call, desk):
    Call.objects.update(requires_manual_review=True)
    address = reverse("admin:voice_call_settle_this", args=[call.pk])

    assert "Review is settled" in desk.get(page_of(call)).content.decode()
    desk.post(address, {"_form_submitted": "on", "note": "Zurückgerufen."})

    call.refresh_from_db()
    assert not call.requires_manual_review
    assert "Review is settled" not in desk.get(page_of(call)).content.decode()


@pytest.mark.parametrize("who", ["foreign", "reader"])
def test_nobody_settles_what_is_not_theirs_to_settle(call, salon, who):
    Call.objects.update(requires_manual_review=True)
    company = salon if who == "reader" else Branch.objects.exclude(company=salon).get().company
    user = receptionist(company, who)
    if who == "reader":
        user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))

    client_of(user).post(
        reverse("admin:voice_call_settle_this", args=[call.pk]), {"_form_submitted": "on"}
    )

    call.refresh_from_db()
    assert call.requires_manual_review


def test_calls_are_found_by_outcome_and_length(call, cut, branch, desk):
    booked = book(cut, at(10), branch=branch, now=NOW)
    Call.objects.create(
        company=branch.company,
        branch=branch,
        call_id="call_long",
        appointment=booked,
        duration_ms=61_000,
    )

    def found(**query: str) -> set[str]:
        return {row.call_id for row in desk.get(CALLS, query).context["cl"].result_list}

    assert found(outcome="appointment") == {"call_long"}
    assert found(outcome="none") == {call.call_id}
    assert found(longer="60") == {"call_long"}
    assert found(longer="180") == set()


def test_a_page_asks_as_much_for_three_functions_as_for_one(call, cut, branch, desk):
    def count() -> int:
        desk.get(page_of(call))
        with CaptureQueriesContext(connection) as queries:
            desk.get(page_of(call))
        return len(queries)

    asked(call, "check_availability", 1)
    book(cut, at(9), branch=branch, now=NOW, call_id=call.call_id)
    before = count()
    for hour in (11, 13):
        asked(call, "check_availability", hour)
        book(cut, at(hour), branch=branch, now=NOW, call_id=call.call_id)

    assert count() == before


# --- Customers ---------------------------------------------------------------------------------


def test_a_customer_has_a_history_with_what_was_missed_and_what_comes(cut, branch, desk):
    customer = CustomerFactory.create(company=branch.company)
    rows = [
        book(cut, at(hour), branch=branch, now=NOW, customer=customer) for hour in (9, 11, 13, 15)
    ]
    statuses = (Status.NO_SHOW, Status.COMPLETED, Status.CANCELLED)
    for row, status in zip(rows, statuses, strict=False):
        Appointment.objects.filter(pk=row.pk).update(status=status)

    html = desk.get(_customer(customer)).content.decode()
    listed = desk.get(reverse("admin:appointments_customer_changelist")).content.decode()

    assert "completed: 1, did not come: 1, cancelled: 1" in html
    assert "Tue 8 Jan, 15:00, Herrenhaarschnitt" in html
    assert html.count("Tue 8 Jan, 13:00") == 1
    assert "Tue 8 Jan, 15:00" in listed


def test_booking_again_begins_with_what_the_customer_had_last(cut, perm, mara, branch, desk):
    customer = CustomerFactory.create(company=branch.company)
    book(cut, at(9), branch=branch, now=NOW, customer=customer)
    book(perm, at(11), branch=branch, now=NOW, customer=customer, additional=True)

    answer = desk.get(reverse("admin:appointments_customer_book_again", args=[customer.pk]))
    form = desk.get(answer.headers["Location"]).context["form"]

    assert form["customer"].value() == str(customer.pk)
    assert form["service"].value() == str(perm.pk)
    assert form["staff"].value() == str(mara.pk)
    assert customer.name in str(form["customer"])


def test_somebody_elses_customer_is_not_booked_again(salon, desk):
    theirs = CustomerFactory.create(company=Branch.objects.exclude(company=salon).get().company)

    answer = desk.get(reverse("admin:appointments_customer_book_again", args=[theirs.pk]))

    assert answer.status_code == 404


def _customer(customer: Customer) -> str:
    return reverse("admin:appointments_customer_change", args=[customer.pk])
