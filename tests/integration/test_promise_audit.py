"""A promise is a row: what was said in a call is compared with what was done in it."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection

from appointments import actions
from appointments.models import Appointment, CallbackRequest, Company
from tests.conftest import committing
from tests.factories.appointments import CustomerFactory
from tests.integration.conftest import LENA, line_to
from voice import events, tasks
from voice.models import Call, FunctionCall

PROMISED = "promised_without_appointment"


def ended(*said: str, **more) -> dict:
    """Return the end of a call in which the agent said this."""
    return {
        "call_status": "ended",
        "disconnection_reason": "user_hangup",
        "transcript_object": [{"role": "agent", "content": text} for text in said],
    } | more


def analyzed(*said: str, **analysis) -> dict:
    return ended(*said, call_analysis=analysis)


def book(line, cut, *, hour: int = 10) -> None:
    answer = line.ask(
        "start_booking",
        service=cut.name,
        datetime=f"2030-01-08 {hour}:00",
        customer_name="Lena Vogt",
    )
    assert answer["status"] == "booked"


def work() -> None:
    """Do what the message would have called for."""
    call_command("sync_pending", "--until-idle")


def review() -> tuple[bool, str]:
    call = Call.objects.get()
    return call.requires_manual_review, call.review_reason


# --- Said, but not done -----------------------------------------------------------------------


def test_a_promise_without_an_appointment_goes_to_a_person(line, cut):
    line.ask("check_availability", service=cut.name, datetime="2030-01-08 10:00")

    line.tell("call_ended", **ended("Ihr Termin ist gebucht. Bis Dienstag!"))
    work()

    call, callback = Call.objects.get(), CallbackRequest.objects.get()
    assert review() == (True, PROMISED)
    assert call.promise == "Ihr Termin ist gebucht."
    assert (callback.priority, callback.reason, callback.phone) == ("high", PROMISED, LENA)
    assert (callback.call_id, callback.company) == (call.call_id, call.company)
    assert callback.wish == ("Herrenhaarschnitt, 08.01.2030 10:00\n„Ihr Termin ist gebucht.“")
    assert Appointment.objects.confirmed().count() == 0


def test_what_only_the_analysis_says_counts_too(line):
    line.tell("call_ended", **ended("Bis Dienstag!"))
    work()
    assert review() == (False, "")

    line.tell("call_analyzed", **analyzed("Bis Dienstag!", call_summary="Der Termin ist gebucht."))
    work()

    assert review() == (True, PROMISED)


def test_a_booking_that_failed_leaves_a_broken_promise(line, branch, cut):
    book(line_to(branch, from_number="anonymous"), cut)
    answer = line.ask(
        "start_booking", service=cut.name, datetime="2030-01-08 10:00", customer_name="Ida Maus"
    )
    assert answer["status"] == "unavailable"

    line.tell("call_ended", **ended("Alles klar, Dienstag um zehn ist für Sie eingetragen."))
    work()

    assert Call.objects.get(call_id=line.call_id).requires_manual_review


@pytest.mark.parametrize("said", ["Ihr Termin ist storniert.", "Ihr Termin wurde verschoben."])
def test_a_change_that_was_promised_and_not_made_goes_to_a_person(line, branch, cut, said):
    book(line, cut)
    later = line_to(branch)
    later.ask("list_appointments")

    later.tell("call_ended", **ended(said))
    work()

    assert Call.objects.get(call_id=later.call_id).review_reason == PROMISED


def test_a_withheld_number_is_reviewed_but_nobody_can_be_called(line):
    line.from_number = "anonymous"

    line.tell("call_ended", **ended("Ihr Termin ist gebucht."))
    work()

    assert review() == (True, PROMISED)
    assert CallbackRequest.objects.count() == 0


def test_a_callback_the_caller_asked_for_becomes_more_urgent(line, branch, monday):
    line.from_number = "anonymous"
    actions.request_callback(
        order=actions.CallbackOrder(branch=branch, phone=LENA, call_id=line.call_id), now=monday
    )

    line.tell("call_ended", **ended("Ihr Termin ist gebucht."))
    work()

    callback = CallbackRequest.objects.get()
    assert (callback.priority, callback.phone) == ("high", LENA)


def test_the_name_the_platform_heard_helps_whoever_calls_back(line):
    custom = {"customer_name": "Ida Maus", "promised_time": "2030-01-08T10:00"}

    line.tell("call_analyzed", **analyzed(custom_analysis_data=custom))
    work()

    assert CallbackRequest.objects.get().name == "Ida Maus"


# --- Said and done ----------------------------------------------------------------------------


def test_an_appointment_keeps_the_promise(line, cut):
    book(line, cut)

    line.tell("call_analyzed", **analyzed("Gebucht!", call_summary="Termin ist gebucht."))
    work()

    assert review() == (False, "")
    assert CallbackRequest.objects.count() == 0


@pytest.mark.parametrize(
    ("function", "status", "said"),
    [
        ("reschedule_appointment", "rescheduled", "Ihr Termin wurde verschoben."),
        ("reschedule_appointment", "rescheduled", "Der neue ist gebucht, der alte storniert."),
        ("reschedule_appointment", "already_at_that_time", "Ihr Termin ist umgebucht."),
        ("cancel_appointment", "cancelled", "Ihr Termin ist storniert."),
        ("cancel_appointment", "already_cancelled", "Ihr Termin ist abgesagt."),
    ],
)
def test_a_change_that_was_made_keeps_the_promise(line, monday, function, status, said):
    line.ask("get_current_context")
    FunctionCall.objects.create(
        call=Call.objects.get(), name=function, status=status, started_at=monday, milliseconds=1
    )

    line.tell(
        "call_analyzed",
        **analyzed(said, custom_analysis_data={"promised": True, "promised_time": "Dienstag"}),
    )
    work()

    assert review() == (False, "")


def test_the_row_of_a_change_counts_even_if_the_answer_was_never_stored(line, branch, cut):
    Company.objects.update(cancel_deadline_hours=0)
    book(line, cut)
    later = line_to(branch)
    assert later.ask("cancel_appointment")["status"] == "cancelled"
    FunctionCall.objects.update(status="", answer="")

    later.tell("call_ended", **ended("Ihr Termin ist storniert."))
    work()

    assert not Call.objects.get(call_id=later.call_id).requires_manual_review


def test_what_was_booked_and_cancelled_in_one_call_was_no_empty_promise(line, cut):
    book(line, cut)
    line.ask("cancel_appointment")

    line.tell("call_ended", **ended("Ihr Termin ist gebucht.", "Gut, ist wieder storniert."))
    work()

    assert review() == (False, "")


def test_an_appointment_outranks_an_analysis_that_says_it_failed(line, cut):
    book(line, cut)

    line.tell(
        "call_analyzed",
        **analyzed(call_successful=False, call_summary="Es wurde kein Termin gebucht."),
    )
    work()

    call = Call.objects.get()
    assert review() == (False, "")
    assert call.appointment == Appointment.objects.get()
    assert call.analysis["successful"] is False


def test_a_call_whose_booking_was_not_linked_is_linked(line, cut):
    book(line, cut)
    Call.objects.update(appointment=None)

    line.tell("call_ended", **ended("Gebucht!"))
    work()

    assert Call.objects.get().appointment == Appointment.objects.get()


def test_an_appointment_that_is_no_longer_there_keeps_no_promise(line, cut, monday):
    book(line, cut)
    actions.cancel(appointment=Appointment.objects.get(), now=monday)

    line.tell("call_ended", **ended("Ihr Termin ist gebucht."))
    work()

    assert review() == (True, PROMISED)


def test_an_appointment_of_another_company_keeps_no_promise(line, salon, cut):
    book(line, cut)
    theirs = Appointment.objects.get()
    Call.objects.update(appointment=None)
    Appointment.objects.filter(pk=theirs.pk).update(call_id="call_of_somebody_else")

    line.tell("call_ended", **ended("Ihr Termin ist gebucht."))
    work()

    assert review() == (True, PROMISED)


def test_reading_out_an_appointment_that_was_there_is_no_new_promise(line, branch, cut):
    book(line, cut)
    later = line_to(branch)
    later.ask("list_appointments")

    later.tell("call_ended", **ended("Ja, Sie sind am Dienstag um zehn eingetragen."))
    work()

    assert not Call.objects.get(call_id=later.call_id).requires_manual_review


def test_whoever_the_call_was_put_through_to_may_have_booked(line):
    line.tell(
        "call_analyzed",
        **analyzed("Ich verbinde Sie.", call_summary="Der Termin wurde gebucht."),
        transfer_destination="+493023125001",
    )
    work()

    assert review() == (False, "")


def test_an_ordinary_call_is_nobodys_business(line):
    line.tell("call_ended", **ended("Möchten Sie einen Termin buchen?", "Auf Wiederhören."))
    work()

    assert review() == (False, "")


# --- Once, and when it is time ----------------------------------------------------------------


def test_events_that_come_twice_and_out_of_order_make_one_review(line):
    facts = analyzed("Ihr Termin ist gebucht.", call_summary="Der Termin ist gebucht.")

    for event in ("call_analyzed", "call_ended", "call_analyzed", "call_ended"):
        line.tell(event, **facts)
        work()

    assert review() == (True, PROMISED)
    assert CallbackRequest.objects.count() == 1


def test_what_a_person_settled_stays_settled(line):
    line.tell("call_ended", **ended("Ihr Termin ist gebucht."))
    work()
    Call.objects.update(requires_manual_review=False)

    line.tell("call_analyzed", **analyzed(call_summary="Der Termin ist gebucht."))
    work()

    assert review() == (False, PROMISED)


def test_a_function_that_still_runs_is_waited_for(line, cut, monday):
    line.ask("get_current_context")
    running = FunctionCall.objects.create(
        call=Call.objects.get(), name="start_booking", started_at=monday - timedelta(seconds=2)
    )
    line.tell("call_ended", **ended("Ihr Termin ist gebucht."))

    tasks.sweep_due(now=monday)

    assert review() == (False, "")
    FunctionCall.objects.filter(pk=running.pk).update(milliseconds=2100)
    book(line, cut)
    tasks.sweep_due(now=monday + timedelta(seconds=20))
    assert review() == (False, "")
    assert Call.objects.get().audit_due_at is None


def test_a_function_that_was_cut_off_is_not_waited_for_for_ever(line, monday):
    line.ask("get_current_context")
    FunctionCall.objects.create(
        call=Call.objects.get(), name="start_booking", started_at=monday - timedelta(seconds=2)
    )
    line.tell("call_ended", **ended("Ihr Termin ist gebucht."))

    with time_machine.travel(monday, tick=True):
        assert tasks.next_due(now=monday) == monday
        tasks.sweep_due(now=monday)
        waits_until = tasks.next_due(now=monday)
        assert waits_until
        tasks.sweep_due(now=waits_until)

    assert waits_until <= monday + timedelta(seconds=15)
    assert review() == (True, PROMISED)


def test_a_review_whose_appointment_is_there_after_all_is_taken_back(line, cut, monday):
    line.tell("call_ended", **ended("Ihr Termin ist gebucht."))
    work()
    assert review() == (True, PROMISED)
    book(line, cut)

    events.audit_again(list(Call.objects.all()), now=monday)

    assert review() == (False, "")


def test_a_call_without_an_end_is_audited_when_it_is_closed(line, monday):
    said = [{"role": "agent", "content": "Ihr Termin ist gebucht."}]
    line.tell("transcript_updated", transcript_object=said)

    tasks.sweep_due(now=monday + timedelta(hours=2))

    assert review() == (True, PROMISED)


def test_one_call_that_meets_a_bug_keeps_no_other_from_its_audit(line, branch, monday, monkeypatch):
    line.tell("call_ended", **ended("Ihr Termin ist gebucht."))
    line_to(branch).tell("call_ended", **ended("Ihr Termin ist gebucht."))
    broken = Call.objects.get(call_id=line.call_id)
    real = events.audit

    def fail(call_pk, *, now):
        if call_pk == broken.pk:
            raise RuntimeError
        return real(call_pk, now=now)

    monkeypatch.setattr("voice.events.audit", fail)

    tasks.sweep_due(now=monday)

    assert Call.objects.get(requires_manual_review=True) != broken
    assert tasks.next_due(now=monday) is None


@committing
def test_two_workers_make_one_review(line, cut, monday):
    CustomerFactory.create(company=cut.company, phone=LENA)
    line.tell("call_ended", **ended("Ihr Termin ist gebucht."))
    [pk] = Call.objects.values_list("pk", flat=True)
    audited = []

    def audit() -> None:
        try:
            audited.append(events.audit(pk, now=monday))
        finally:
            connection.close()

    threads = [threading.Thread(target=audit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(audited) == [False, False, False, True]
    assert CallbackRequest.objects.count() == 1
