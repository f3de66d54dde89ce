"""Callbacks: promised once, due by priority, given to whoever should call."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from appointments.actions import CallbackOrder, request_callback
from appointments.actions.reviews import flag_for_review
from appointments.models import (
    Branch,
    CallbackReason,
    CallbackRequest,
    Customer,
    ReviewReason,
)
from tests.asking import book
from tests.conftest import at, committing
from tests.factories.appointments import CustomerFactory

PHONE, OTHER_PHONE = "+4915111111111", "+4915122222222"
PRIORITY = CallbackRequest.Priority


def ask(branch, now, **more):
    return request_callback(order=CallbackOrder(branch=branch, **more), now=now)


@pytest.mark.parametrize(
    ("reason", "priority", "hours"),
    [
        (CallbackReason.COMPLAINT, PRIORITY.URGENT, 2),
        (CallbackReason.URGENT, PRIORITY.URGENT, 2),
        (CallbackReason.BOOKING_FAILED, PRIORITY.HIGH, 4),
        (CallbackReason.NOTHING_FREE, PRIORITY.HIGH, 4),
        (ReviewReason.PROMISED_WITHOUT_APPOINTMENT, PRIORITY.HIGH, 4),
        (CallbackReason.MOVE, PRIORITY.NORMAL, 24),
        (CallbackReason.WISH, PRIORITY.NORMAL, 24),
    ],
)
def test_the_reason_decides_how_soon(branch, now, reason, priority, hours):
    row = ask(branch, now, reason=reason, phone=PHONE)

    assert (row.priority, row.due_at) == (priority, now + timedelta(hours=hours))
    assert (row.company, row.branch, row.status) == (branch.company, branch, "open")


def test_a_priority_raises_what_the_reason_says_and_never_lowers_it(branch, now):
    raised = ask(branch, now, priority=PRIORITY.URGENT, phone=PHONE)
    kept = ask(
        branch,
        now,
        reason=CallbackReason.COMPLAINT,
        priority=PRIORITY.NORMAL,
        phone=OTHER_PHONE,
    )

    assert (raised.priority, kept.priority) == ("urgent", "urgent")


@pytest.mark.parametrize(("minutes", "due_minutes"), [(30, 30), (240, 240), (3000, 24 * 60)])
def test_a_spoken_promise_brings_the_call_forward_never_back(branch, now, minutes, due_minutes):
    row = ask(branch, now, phone=PHONE, promised_within=timedelta(minutes=minutes))

    assert row.due_at == now + timedelta(minutes=due_minutes)


def test_the_same_number_twenty_minutes_later_is_one_callback(branch, now):
    first = ask(branch, now, phone=PHONE, wish="Farbe", name="Lena Vogt", call_id="call_a")
    later = now + timedelta(minutes=20)

    second = ask(
        branch,
        later,
        phone=PHONE,
        reason=CallbackReason.COMPLAINT,
        wish="Strähnen zu hell",
        name="Vogt",
        call_id="call_b",
    )

    assert second.pk == first.pk
    row = CallbackRequest.objects.get()
    assert (row.priority, row.reason, row.due_at) == (
        "urgent",
        "complaint",
        later + timedelta(hours=2),
    )
    assert (row.wish, row.name) == ("Farbe\nSträhnen zu hell", "Lena Vogt")


def test_a_less_urgent_request_neither_delays_nor_calms_the_first(branch, now):
    ask(branch, now, reason=CallbackReason.COMPLAINT, phone=PHONE, wish="Farbe")

    ask(branch, now + timedelta(minutes=5), phone=PHONE, wish="Farbe")

    row = CallbackRequest.objects.get()
    assert (row.priority, row.reason, row.wish) == ("urgent", "complaint", "Farbe")
    assert row.due_at == now + timedelta(hours=2)


def test_a_number_given_later_in_the_call_completes_the_first_request(branch, now):
    ask(branch, now, call_id="call_a", reason=CallbackReason.CANCEL)

    ask(branch, now + timedelta(minutes=1), call_id="call_a", phone=PHONE)

    row = CallbackRequest.objects.get()
    assert (row.phone, row.reason) == (PHONE, "cancel")


def test_a_number_that_was_given_outranks_the_one_that_called(branch, now):
    ask(branch, now, call_id="call_a", caller_phone=PHONE)
    ask(branch, now, call_id="call_a", caller_phone=PHONE, phone=OTHER_PHONE)
    ask(branch, now, call_id="call_a", caller_phone=PHONE)

    assert CallbackRequest.objects.get().phone == OTHER_PHONE


@pytest.mark.parametrize("minutes", [31, 24 * 60])
def test_after_half_an_hour_it_is_another_matter(branch, now, minutes):
    ask(branch, now, phone=PHONE)

    ask(branch, now + timedelta(minutes=minutes), phone=PHONE)

    assert CallbackRequest.objects.count() == 2


def test_what_is_done_is_not_opened_again(branch, now):
    ask(branch, now, phone=PHONE)
    CallbackRequest.objects.update(status=CallbackRequest.Status.DONE)

    ask(branch, now, phone=PHONE)

    assert CallbackRequest.objects.count() == 2


def test_the_same_number_at_another_company_is_another_matter(branch, now):
    other = Branch.objects.exclude(pk=branch.pk).get()

    ask(branch, now, phone=PHONE, call_id="call_a")
    ask(other, now, phone=PHONE, call_id="call_a")

    assert set(CallbackRequest.objects.values_list("company", flat=True)) == {
        branch.company_id,
        other.company_id,
    }


def test_two_who_left_no_number_are_two(branch, now):
    ask(branch, now, call_id="call_a")
    ask(branch, now, call_id="call_b")
    ask(branch, now)
    ask(branch, now)

    assert CallbackRequest.objects.count() == 4


def test_the_one_wished_for_calls(branch, mara, jonas, cut, now):
    row = ask(branch, now, phone=PHONE, staff_id=jonas.pk, service_id=cut.pk)

    assert (row.assigned_to, row.status) == (jonas, "assigned")


def test_else_whoever_performs_the_service_and_has_fewest_calls_to_make(
    branch, mara, jonas, cut, perm, now
):
    cut.staff_services.create(staff=jonas)
    ask(branch, now, phone="+4915100000001", staff_id=mara.pk)
    done = ask(branch, now, phone="+4915100000002", staff_id=jonas.pk)
    ask(branch, now, phone="+4915100000003", staff_id=jonas.pk)
    CallbackRequest.objects.filter(pk=done.pk).update(status="done")
    ask(branch, now, phone="+4915100000004", staff_id=mara.pk)

    of_both = ask(branch, now, phone="+4915100000005", service_id=cut.pk)
    of_mara = ask(branch, now, phone="+4915100000006", service_id=perm.pk)
    of_nobody = ask(branch, now, phone="+4915100000007")

    assert (of_both.assigned_to, of_mara.assigned_to, of_nobody.assigned_to) == (
        jonas,
        mara,
        None,
    )


def test_nobody_of_another_salon_or_who_has_left_is_asked_to_call(branch, mara, cut, now):
    stranger = Branch.objects.exclude(pk=branch.pk).get().staff.get()
    mara.is_active = False
    mara.save()

    for staff in (stranger, mara):
        row = ask(branch, now, phone=PHONE, staff_id=staff.pk, service_id=cut.pk)
        assert (row.assigned_to, row.status) == (None, "open")


def test_a_review_and_the_caller_are_called_about_once(branch, cut, now):
    lena = CustomerFactory.create(company=branch.company, name="Lena Vogt", phone=PHONE)
    booked = book(cut, at(10), branch=branch, now=now, customer=lena, call_id="call_a")
    other = book(cut, at(14), branch=branch, now=now, customer=lena, call_id="call_a")

    for each in (booked, booked, other):
        flag_for_review(appointment_id=each.pk, reason=ReviewReason.SLOT_CONFLICT, now=now)
    ask(branch, now + timedelta(minutes=3), phone=PHONE, wish="Ruft an")

    about = dict(CallbackRequest.objects.values_list("appointment", "wish"))
    assert about == {
        booked.pk: "Herrenhaarschnitt, 08.01.2030 10:00, Mara Lindt",
        other.pk: "Herrenhaarschnitt, 08.01.2030 14:00, Mara Lindt\nRuft an",
    }
    assert set(CallbackRequest.objects.values_list("assigned_to__name", flat=True)) == {
        "Mara Lindt"
    }


@committing
def test_one_request_made_three_times_at_once_is_one_callback(branch, now):
    gate = Barrier(3)

    def call(number):
        gate.wait()
        try:
            return ask(branch, now, phone=PHONE, call_id="call_a", wish=f"Wunsch {number}").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=3) as callers:
        rows = set(callers.map(call, range(3)))

    assert rows == {CallbackRequest.objects.get().pk}
    assert sorted(CallbackRequest.objects.get().wish.split("\n")) == [
        "Wunsch 0",
        "Wunsch 1",
        "Wunsch 2",
    ]


def test_callbacks_belong_to_whom_they_concern(branch, now):
    lena = CustomerFactory.create(company=branch.company, phone=PHONE)

    row = ask(branch, now, phone=PHONE, customer=lena)

    assert list(Customer.objects.get(pk=lena.pk).callbacks.all()) == [row]
