"""The life of a call as the platform tells it: in any order, twice, late, or not at all."""

import itertools
import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection

from appointments.models import Appointment
from tests.conftest import at, committing
from tests.factories.appointments import BranchFactory, CustomerFactory
from tests.integration.conftest import LENA, STRANGER, line_to
from voice import tasks
from voice.models import Agent, Call, FunctionCall

MS = 1000
START = int(at(11, 58, days=-1).timestamp() * MS)
END = START + 80_000
SAID = [
    {
        "role": "agent",
        "content": "Salon Eins, guten Tag!",
        "words": [{"word": "Salon", "start": 0.44, "end": 0.7}],
    },
    {"role": "user", "content": "Wann haben Sie geöffnet?"},
]
STARTED: dict[str, Any] = {"call_status": "ongoing", "start_timestamp": START}
ENDED = STARTED | {
    "call_status": "ended",
    "end_timestamp": END,
    "duration_ms": 80_000,
    "disconnection_reason": "user_hangup",
    "transcript_object": SAID,
    "latency": {"e2e": {"p50": 836.0, "p90": 1104.5, "p95": 1190.2, "num": 6, "values": [640]}},
    "call_cost": {"combined_cost": 13.4, "total_duration_seconds": 80},
    "recording_url": "https://example.invalid/rec.wav",
}
ANALYZED = ENDED | {
    "call_analysis": {
        "call_summary": "Eine Frage nach den Öffnungszeiten.",
        "call_successful": True,
        "user_sentiment": "Positive",
        "in_voicemail": False,
        "custom_analysis_data": {"intent": "info", "nested": {"left": "out"}},
    }
}
LIFE = (("call_started", STARTED), ("call_ended", ENDED), ("call_analyzed", ANALYZED))


def stored() -> dict:
    """Return what the row of the only call says, without what depends on when it was made."""
    row = Call.objects.get()
    names = [field.attname for field in Call._meta.concrete_fields]
    return {name: getattr(row, name) for name in names if name not in {"id", "created_at"}}


# --- One row, whatever the order --------------------------------------------------------------


def test_a_call_is_told_from_its_beginning_to_its_analysis(line):
    for event, facts in LIFE:
        assert line.tell(event, **facts).status_code == 204

    call = Call.objects.get()
    assert (call.state, call.direction) == ("analyzed", "inbound")
    assert (call.from_number, call.to_number) == (LENA, line.to_number)
    assert call.started_at == at(11, 58, days=-1)
    assert call.ended_at == at(11, 58, days=-1) + timedelta(seconds=80)
    assert (call.duration_ms, call.cost_cents) == (80_000, Decimal("13.4"))
    assert call.latency_ms == {"e2e": {"p50": 836.0, "p95": 1190.2}}
    assert call.disconnection_reason == "user_hangup"
    assert call.recording_url == "https://example.invalid/rec.wav"
    assert call.transcript == [
        {"role": "agent", "text": "Salon Eins, guten Tag!", "seconds": 0.4},
        {"role": "user", "text": "Wann haben Sie geöffnet?", "seconds": None},
    ]
    assert call.analysis == {
        "summary": "Eine Frage nach den Öffnungszeiten.",
        "successful": True,
        "sentiment": "Positive",
        "in_voicemail": False,
        "custom": {"intent": "info"},
    }
    assert not call.requires_manual_review


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_events_does_not_matter(line, order):
    for number in order:
        event, facts = LIFE[number]
        line.tell(event, **facts)
    shuffled = stored()
    Call.objects.all().delete()

    for event, facts in LIFE:
        line.tell(event, **facts)

    assert shuffled == stored()


def test_a_repeated_event_changes_nothing(line):
    for event, facts in LIFE:
        line.tell(event, **facts)
    tasks.sweep_due(now=at(12, days=-1))
    first = stored()

    for event, facts in (*LIFE, *reversed(LIFE)):
        line.tell(event, **facts | {"duration_ms": 1, "disconnection_reason": "agent_hangup"})

    assert stored() == first


def test_the_end_alone_makes_a_row(line):
    line.tell("call_ended", call_status="not_connected", disconnection_reason="dial_no_answer")

    call = Call.objects.get()
    assert (call.state, call.disconnection_reason) == ("completed", "dial_no_answer")
    assert (call.started_at, call.duration_ms, call.cost_cents) == (None, None, None)


def test_functions_ringing_and_events_share_one_row(line):
    line.ring()
    assert Call.objects.get().state == "inbound"

    line.ask("get_current_context")
    assert Call.objects.get().state == "ongoing"
    line.tell("call_started", **STARTED)
    line.tell("call_ended", **ENDED)
    line.ring()

    assert Call.objects.get().state == "completed"
    assert FunctionCall.objects.count() == 1


def test_a_call_that_first_was_a_function_gets_what_was_missing(line, branch):
    known = CustomerFactory.create(company=branch.company, phone=LENA)
    anonymous = line_to(branch, from_number="", call_id=line.call_id)
    anonymous.agent_id = ""
    anonymous.ask("get_current_context")
    assert Call.objects.get().customer is None

    line.tell("call_started", **STARTED)

    call = Call.objects.get()
    assert (call.from_number, call.agent_id) == (LENA, line.agent_id)
    assert call.customer == known


def test_company_branch_and_customer_are_written_once(line, branch):
    mine = CustomerFactory.create(company=branch.company, phone=LENA)
    line.tell("call_started", **STARTED)
    line.from_number = "anonymous"

    line.tell("call_ended", **ENDED)

    call = Call.objects.get()
    assert (call.company, call.branch, call.customer) == (branch.company, branch, mine)
    assert call.from_number == LENA


@committing
def test_events_at_the_same_moment_make_one_row(line):
    def tell_all() -> None:
        try:
            for event, facts in LIFE:
                line.tell(event, **facts)
        finally:
            connection.close()

    threads = [threading.Thread(target=tell_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    call = Call.objects.get()
    assert (call.state, call.duration_ms) == ("analyzed", 80_000)


# --- What it says -----------------------------------------------------------------------------


def test_costs_are_cents_and_durations_milliseconds(line):
    line.tell("call_ended", duration_ms="65000", call_cost={"combined_cost": 1234})

    call = Call.objects.get()
    assert (call.cost_cents, call.duration_ms) == (Decimal(1234), 65_000)


@pytest.mark.parametrize(
    "odd",
    [
        {"duration_ms": -1444},
        {"duration_ms": 1e300},
        {"duration_ms": "soon"},
        {"duration_ms": True},
        {"end_timestamp": -5},
        {"end_timestamp": 10**18},
        {"call_cost": {"combined_cost": -3}},
        {"call_cost": {"combined_cost": "1e400"}},
        {"call_cost": [], "latency": [1], "transcript_object": {"a": 1}, "call_analysis": 7},
        {"recording_url": "javascript:alert(1)"},
    ],
)
def test_what_makes_no_sense_is_left_out(line, odd):
    plain = {key: value for key, value in ENDED.items() if key not in odd}

    assert line.tell("call_ended", **plain | odd).status_code == 204

    call = Call.objects.get()
    fields = {"duration_ms": call.duration_ms, "end_timestamp": call.ended_at}
    assert call.state == "completed"
    assert all(fields.get(name) is None for name in odd)
    assert "call_cost" not in odd or call.cost_cents is None
    assert "recording_url" not in odd or call.recording_url == ""


def test_the_transcript_grows_while_the_call_lasts_and_its_end_has_the_last_word(line):
    more = [*SAID, {"role": "agent", "content": "Von neun bis achtzehn Uhr."}]
    line.tell("transcript_updated", transcript_object=more)
    line.tell("transcript_updated", transcript_object=SAID)  # late
    assert len(Call.objects.get().transcript) == 3

    line.tell("call_ended", **ENDED)
    line.tell("transcript_updated", transcript_object=more)

    call = Call.objects.get()
    assert (call.state, len(call.transcript)) == ("completed", 2)


def test_a_transcript_in_plain_text_is_read_turn_by_turn(line):
    line.tell("call_ended", transcript="Agent: Guten Tag!\nUser: Hallo,\nich bin's.\n")

    assert Call.objects.get().transcript == [
        {"role": "agent", "text": "Guten Tag!", "seconds": None},
        {"role": "user", "text": "Hallo,\nich bin's.", "seconds": None},
    ]


def test_a_transfer_is_noted_once_it_went_through(line):
    beside = {"transfer_destination": {"number": "+493023125001"}}
    for event in ("transfer_started", "transfer_cancelled"):
        assert line.tell(event, beside=beside).status_code == 204
    assert Call.objects.get().transferred_to == ""

    line.tell(
        "call_ended",
        disconnection_reason="call_transfer",
        transfer_destination="+493023125001",
    )

    assert Call.objects.get().transferred_to == "+493023125001"


def test_an_outbound_call_belongs_to_the_number_that_calls(line):
    line.tell("call_started", direction="outbound", from_number=line.to_number, to_number=STRANGER)

    call = Call.objects.get()
    assert (call.company.slug, call.direction) == ("salon-eins", "outbound")
    assert (call.from_number, call.to_number) == (STRANGER, line.to_number)


def test_the_analysis_makes_no_appointment_and_renames_nobody(line, branch, cut):
    customer = CustomerFactory.create(company=branch.company, phone=LENA, name="Lena Vogt")
    custom = {"customer_name": "Mara Lindt", "promised_time": "2030-01-08T10:00"}

    line.tell("call_analyzed", call_analysis={"custom_analysis_data": custom})

    customer.refresh_from_db()
    assert (customer.name, Appointment.objects.count()) == ("Lena Vogt", 0)


# --- Who may tell -----------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["call_exploded", "chat_started", "", 7, None])
def test_an_event_nobody_knows_is_accepted_and_forgotten(line, event):
    assert line.tell(event).status_code == 204
    assert Call.objects.count() == 0


def test_an_unknown_salon_is_refused_and_nothing_is_stored(line, settings):
    settings.RETELL_API_KEY = line.key = "key_fallback"
    line.to_number, line.agent_id = "+493023125999", "agent_nobody"

    response = line.tell("call_ended", **ENDED)

    assert (response.status_code, response.json()["status"]) == (200, "tenant_unknown")
    assert response.json()["success"] is False
    assert Call.objects.count() == 0


def test_a_number_and_an_agent_of_two_companies_are_refused(line):
    other = BranchFactory.create(company__slug="salon-drei")
    line.agent_id = Agent.objects.create(company=other.company, agent_id="agent_other").agent_id

    assert line.tell("call_ended", **ENDED).json()["status"] == "tenant_unknown"
    assert Call.objects.count() == 0


def test_a_call_of_another_company_is_not_touched(line):
    line.tell("call_started", **STARTED)
    before = stored()
    intruder = line_to(BranchFactory.create(company__slug="salon-drei"), call_id=line.call_id)

    response = intruder.tell("call_ended", **ENDED)

    assert response.json()["status"] == "tenant_unknown"
    assert stored() == before


@pytest.mark.parametrize("path", ["/api/voice/webhook", "/api/voice/webhook/"])
def test_both_spellings_of_the_address_work(line, path):
    assert line.tell("call_started", path=path, **STARTED).status_code == 204
    assert Call.objects.count() == 1


def test_a_long_call_fits(line):
    words = [{"word": "Haarschnitt", "start": n / 10, "end": n / 10} for n in range(8_000)]
    said = [{"role": "agent", "content": "Guten Tag!", "words": words}]

    assert line.tell("call_ended", transcript_object=said).status_code == 204


# --- The end ----------------------------------------------------------------------------------


def test_the_end_gives_back_what_the_call_held(line, branch, cut):
    line.ask("check_availability", service=cut.name, datetime="2030-01-08 10:00")
    other = line_to(branch, from_number=STRANGER)
    other.ask("check_availability", service=cut.name, datetime="2030-01-08 14:00")
    assert Appointment.objects.filter(status="held").count() == 2

    line.tell("call_ended", **ENDED)

    assert Appointment.objects.get(status="held").call_id == other.call_id
    answer = other.ask("check_availability", service=cut.name, datetime="2030-01-08 10:00")
    assert answer["status"] == "available"


def test_a_call_without_an_end_is_closed_after_two_hours(line, monday):
    line.tell("call_started", **STARTED)

    tasks.sweep_due(now=monday + timedelta(minutes=119))
    assert Call.objects.get().state == "ongoing"
    tasks.sweep_due(now=monday + timedelta(minutes=120))

    call = Call.objects.get()
    assert (call.state, call.disconnection_reason) == ("completed", "no_end_heard")
    assert (call.ended_at, call.duration_ms) == (None, None)


@pytest.mark.parametrize("event", ["call_ended", "call_analyzed"])
def test_a_late_end_still_fills_its_fields(line, monday, event):
    line.tell("call_started", **STARTED)
    tasks.sweep_due(now=monday + timedelta(hours=3))

    line.tell(event, **ANALYZED)

    call = Call.objects.get()
    assert (call.disconnection_reason, call.duration_ms) == ("user_hangup", 80_000)
    assert (call.ended_at is None, len(call.transcript)) == (False, 2)


def test_the_sweeps_own_word_gives_way_whenever_the_real_reason_comes(line, monday):
    line.tell("call_started", **STARTED)
    tasks.sweep_due(now=monday + timedelta(hours=3))

    line.tell("call_ended")
    assert Call.objects.get().disconnection_reason == "no_end_heard"
    line.tell("call_analyzed", **ANALYZED)

    assert Call.objects.get().disconnection_reason == "user_hangup"


def test_pending_work_closes_calls_and_releases_what_they_held(line, cut, monday):
    line.ask("check_availability", service=cut.name, datetime="2030-01-08 10:00")

    with time_machine.travel(monday + timedelta(hours=2), tick=False):
        call_command("sync_pending", "--until-idle")

    assert Call.objects.get().state == "completed"
    assert Appointment.objects.count() == 0


# --- How long it is kept ----------------------------------------------------------------------


def test_what_was_said_is_forgotten_after_a_month(line, branch, monday):
    line.tell("call_analyzed", **ANALYZED)
    fresh = line_to(branch)

    with time_machine.travel(monday + timedelta(days=31), tick=False):
        fresh.tell("call_analyzed", **ANALYZED)
        tasks.forget_what_was_said()

    old, new = Call.objects.order_by("pk")
    assert (old.transcript, old.recording_url, old.analysis) == ([], "", {})
    assert (old.duration_ms, old.cost_cents, old.from_number) == (80_000, Decimal("13.4"), LENA)
    assert len(new.transcript) == 2


def test_what_a_person_still_has_to_judge_is_kept(line, monday):
    line.tell("call_analyzed", **ANALYZED)
    Call.objects.update(requires_manual_review=True)

    with time_machine.travel(monday + timedelta(days=31), tick=False):
        tasks.forget_what_was_said()

    assert len(Call.objects.get().transcript) == 2
