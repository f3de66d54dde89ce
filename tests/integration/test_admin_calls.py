"""Calls and callbacks in the back office: what staff see of them, and do about them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from appointments import actions
from appointments.models import CallbackRequest, Company
from tests.asking import book
from tests.conftest import at
from tests.factories.back_office import client_of, receptionist, sent
from voice.calls import settle_review
from voice.models import Call

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

CALLS = reverse("admin:voice_call_changelist")
CALLBACKS = reverse("admin:appointments_callbackrequest_changelist")


@pytest.fixture
def desk(salon) -> Client:
    client = client_of(receptionist(salon))
    client.cookies["django_language"] = "de"
    return client


@pytest.fixture
def call(branch):
    return Call.objects.create(
        company=branch.company,
        branch=branch,
        call_id="call_7f3a9c",
        from_number="+4915111111111",
        state="analyzed",
        direction="inbound",
        started_at=at(11, 58, days=-1),
        duration_ms=80_400,
        cost_cents="13.4",
        disconnection_reason="user_hangup",
        latency_ms={"llm": {"p50": 689.5, "p95": 735.8}, "e2e": {"p50": 836.0}},
        transcript=[
            {"role": "agent", "text": "Guten Tag!", "seconds": 0.4},
            {"role": "user", "text": "<script>alert(1)</script>", "seconds": 2.1},
            {"role": "agent", "text": "Ihr Termin ist gebucht.", "seconds": 9.0},
        ],
        analysis={"summary": "Eine Frage.", "successful": True, "custom": {}},
        recording_url="https://example.invalid/rec.wav",
        requires_manual_review=True,
        review_reason="promised_without_appointment",
        promise="Ihr Termin ist gebucht.",
    )


@pytest.fixture
def callback(branch, now):
    return actions.request_callback(
        order=actions.CallbackOrder(branch=branch, phone="+4915111111111", name="Ida"), now=now
    )


def page_of(call: Call) -> str:
    return reverse("admin:voice_call_change", args=[call.pk])


def post(desk: Client, address: str, action: str, *rows) -> None:
    response = desk.post(address, {"action": action, "_selected_action": [row.pk for row in rows]})
    assert response.status_code == 302


def test_the_list_shows_length_cost_and_what_needs_a_person(desk, call):
    html = desk.get(CALLS).content.decode()

    assert "1:20" in html
    assert "0,13 $" in html
    assert "zugesagt, aber nicht gebucht" in html


def test_the_page_shows_what_was_said_and_nothing_of_it_runs(desk, call):
    html = desk.get(page_of(call)).content.decode()

    assert "Guten Tag!" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert(1)" not in html
    assert 'href="https://example.invalid/rec.wav"' in html
    assert "e2e: 836 / 0, llm: 690 / 736" in html
    assert "Eine Frage." in html
    assert "Ihr Termin ist gebucht." in html


def test_an_end_nobody_heard_of_says_so(desk, call):
    Call.objects.update(disconnection_reason="no_end_heard", duration_ms=None, cost_cents=None)

    assert "das Ende wurde nie gemeldet" in desk.get(page_of(call)).content.decode()


def test_promises_are_compared_again_once_the_appointment_is_there(desk, call, branch, cut, now):
    post(desk, CALLS, "audit_again", call)
    call.refresh_from_db()
    assert call.requires_manual_review

    book(cut, at(10), branch=branch, now=now, call_id=call.call_id)
    post(desk, CALLS, "audit_again", call)

    call.refresh_from_db()
    assert not call.requires_manual_review
    assert call.appointment is not None


def test_a_settled_call_says_who_settled_it_when_and_why(desk, call, salon):
    address = reverse("admin:voice_call_settle_this", args=[call.pk])

    unsaid = desk.post(address, {"_form_submitted": "on", "note": ""})
    call.refresh_from_db()
    assert call.requires_manual_review
    desk.post(address, {"_form_submitted": "on", "note": "Erreicht, sie kommt am Freitag."})

    call.refresh_from_db()
    html = desk.get(page_of(call)).content.decode()
    assert "note" in unsaid.content.decode()
    assert (call.requires_manual_review, call.review_resolved_by.username) == (False, "empfang")
    assert call.review_resolved_at == at(12, days=-1)
    for words in ("Erreicht, sie kommt am Freitag.", "empfang", "eklärt von"):
        assert words in html


def test_an_open_call_shows_nothing_of_how_it_was_settled(desk, call):
    assert "eklärt von" not in desk.get(page_of(call)).content.decode()


def test_a_call_is_settled_once_and_by_nobody_of_another_company(desk, call, now):
    theirs = Company.objects.exclude(pk=call.company_id).get()
    address = reverse("admin:voice_call_settle_this", args=[call.pk])
    stranger = client_of(receptionist(theirs, "fremd"))

    refused = stranger.post(address, {"_form_submitted": "on", "note": "x"})
    first = receptionist(call.company, "erste")
    settled = [settle_review(call, by=first, note=note, now=now) for note in ("eins", "zwei")]

    call.refresh_from_db()
    assert refused.status_code == 404
    assert (settled, call.review_note) == ([True, False], "eins")


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("take_in_hand", {"failed_attempts": 0, "escalation_reason": ""}),
        ("not_reached", {"failed_attempts": 1, "escalation_reason": ""}),
        ("escalate", {"failed_attempts": 0, "escalation_reason": "by_hand"}),
    ],
)
def test_a_callback_is_dealt_with_from_the_list(desk, callback, now, action, expected):
    post(desk, CALLBACKS, action, callback)

    [row] = CallbackRequest.objects.values("touched_at", *expected)
    assert row == {"touched_at": now} | expected


def test_whoever_edits_a_callback_has_it_in_hand(desk, callback, now):
    address = reverse("admin:appointments_callbackrequest_change", args=[callback.pk])
    due = {"due_at_0": "2030-01-08", "due_at_1": "12:00"}

    response = desk.post(address, sent(desk, address, wish="Dauerwelle") | due)

    assert response.status_code == 302
    row = CallbackRequest.objects.get()
    assert (row.wish, row.touched_at) == ("Dauerwelle", now)


def test_the_list_says_which_callbacks_wait(desk, callback, now):
    actions.alert_callbacks(now=now + timedelta(minutes=90))
    assert "wartet lange" in desk.get(CALLBACKS).content.decode()

    actions.escalate_by_hand(callback=callback, now=now)
    html = desk.get(f"{CALLBACKS}?state=escalated").content.decode()

    assert "eskaliert" in html
    assert "Ida" in html
