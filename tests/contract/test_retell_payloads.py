"""The platform's requests as its documentation shows them, signed by its own SDK.

`RETELL_SAMPLES_DIR` may name a folder of recorded ones, with an `index.json` of their key, time
and signatures: then each of them is posted too, byte for byte.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from retell.lib import webhook_auth

from appointments.models import Company, PhoneNumber
from tests.factories.appointments import PhoneNumberFactory
from voice.models import Agent, Call, FunctionCall
from voice.signature import is_fresh, is_signed, sign

KEY = "key_of_the_contract_not_a_secret"
SENT_MS = 1_893_927_600_000  # a Sunday in January 2030
CALL_ID = "call_5d1c0f4e9ab27c3318e6d0aa4f1"
CALLER, SALON, AGENT = "+491713920042", "+493023125123", "agent_salon_demo"

SAID = [
    {"role": "agent", "content": "Guten Tag!", "words": [{"word": "Guten", "start": 0.4}]},
    {"role": "user", "content": "Eine Dauerwelle bei Jürgen, bitte."},
]
CALL: dict[str, Any] = {
    "call_type": "phone_call",
    "call_id": CALL_ID,
    "agent_id": AGENT,
    "agent_version": 7,
    "direction": "inbound",
    "from_number": CALLER,
    "to_number": SALON,
    "call_status": "ongoing",
    "start_timestamp": SENT_MS - 40_000,
    "retell_llm_dynamic_variables": {"customer_name": "Frau Özdemir", "twilio-callsid": "CA0"},
    "metadata": {"inbound_request_id": "inb_01"},
    "telephony_identifier": {"twilio_call_sid": "CA0"},
    "transcript": "Agent: Guten Tag!\nUser: Eine Dauerwelle bei Jürgen, bitte.\n",
    "transcript_object": SAID,
}
OVER = CALL | {
    "call_status": "ended",
    "end_timestamp": SENT_MS,
    "duration_ms": 40_000,
    "disconnection_reason": "user_hangup",
    "latency": {"e2e": {"p50": 836.0, "p95": 1190.2, "num": 6, "values": [640, 812]}},
    "call_cost": {"combined_cost": 13.4, "product_costs": [{"product": "tts", "cost": 9.33}]},
    "llm_token_usage": {"average": 2389.7, "num_requests": 6},
    "recording_url": "https://example.invalid/rec.wav",
    "public_log_url": "https://example.invalid/log.txt",
}
ANALYSIS = {
    "call_summary": "Eine Frage.",
    "in_voicemail": False,
    "user_sentiment": "Positive",
    "call_successful": True,
    "custom_analysis_data": [],
}


def invoked(name: str, args: dict[str, Any], number: int = 1) -> dict[str, Any]:
    """Return a tool call in the platform's normal wrapper."""
    invocation = {
        "role": "tool_call_invocation",
        "tool_call_id": f"tool_call_{number}",
        "name": name,
        "arguments": json.dumps(args),
        "type": "custom",
    }
    call = CALL | {"transcript_with_tool_calls": [*SAID, invocation]}
    return {"name": name, "args": args, "call": call}


WISH = {"service": "Dauerwelle", "date": "2030-01-08", "time": "10:00"}
WEB = {key: CALL[key] for key in CALL if key not in {"from_number", "to_number", "direction"}}
NEVER = {"call_status": "not_connected", "disconnection_reason": "dial_no_answer"}
RINGING = {"from_number": CALLER, "to_number": SALON, "call_id": CALL_ID, "agent_id": AGENT}
# name → what arrives, and what is answered: the HTTP status, or a function's status word
SAMPLES: dict[str, tuple[dict[str, Any], int | str]] = {
    "inbound, known number": (
        {"event": "call_inbound", "event_timestamp": SENT_MS, "call_inbound": RINGING},
        200,
    ),
    "inbound, withheld and without a call id": (
        {
            "event": "call_inbound",
            "call_inbound": {"from_number": "anonymous", "to_number": SALON},
        },
        200,
    ),
    "function": (invoked("check_availability", WISH), "available"),
    "function, arguments at the root": (WISH, "tenant_unknown"),
    "function with the sentence spoken": (
        invoked("check_availability", WISH | {"execution_message": "Einen Moment."}),
        "available",
    ),
    "function with the model's inventions": (
        invoked("check_availability", WISH | {"call_id": "call_001", "date": "2023-10-04"}),
        "past_time",
    ),
    "a write": (invoked("start_booking", WISH | {"customer_name": "Ayşe Özdemir"}, 2), "booked"),
    "the same wish again": (
        invoked("start_booking", WISH | {"customer_name": "Ayşe Özdemir"}, 3),
        "booked",
    ),
    "function in a web call": (
        {
            "name": "list_services",
            "args": {},
            "call": WEB
            | {"call_type": "web_call", "call_id": "call_web_77ab", "access_token": "x"},
        },
        "found",
    ),
    "call_started": ({"event": "call_started", "event_timestamp": SENT_MS, "call": CALL}, 204),
    "call_ended": ({"event": "call_ended", "event_timestamp": SENT_MS, "call": OVER}, 204),
    "call_ended, never connected": (
        {
            "event": "call_ended",
            "call": CALL
            | NEVER
            | {
                "call_id": "call_never_connected_01",
                "direction": "outbound",
                "from_number": SALON,
                "to_number": CALLER,
            },
        },
        204,
    ),
    "call_analyzed": ({"event": "call_analyzed", "call": OVER | {"call_analysis": ANALYSIS}}, 204),
    "transcript_updated": ({"event": "transcript_updated", "call": CALL}, 204),
    "transfer_started": (
        {
            "event": "transfer_started",
            "call": CALL,
            "transfer_destination": {"number": "+493023125001"},
            "transfer_option": {"type": "cold_transfer"},
        },
        204,
    ),
    "call_ended by transfer": (
        {
            "event": "call_ended",
            "call": OVER
            | {
                "disconnection_reason": "call_transfer",
                "transfer_destination": "+493023125001",
            },
        },
        204,
    ),
}


def door_of(body: dict[str, Any]) -> str:
    if body.get("event") == "call_inbound":
        return "/api/voice/inbound/"
    if "event" in body:
        return "/api/voice/webhook/"
    return "/api/voice/functions/" if "name" in body else "/api/voice/functions/check_availability/"


def post(raw: bytes, header: str) -> Any:
    return Client().post(
        door_of(json.loads(raw)),
        data=raw,
        content_type="application/json",
        headers={"X-Retell-Signature": header},
    )


def set_up(branch, settings, *, key: str) -> None:
    """Give the samples' number and agent to a salon."""
    PhoneNumberFactory.create(branch=branch, number=SALON)
    Agent.objects.create(company=branch.company, agent_id=AGENT)
    Company.objects.filter(pk=branch.company_id).update(retell_api_key=key)
    settings.RETELL_API_KEY = key  # signs what names no salon


@pytest.fixture
def salon_of_samples(branch, perm, settings):
    set_up(branch, settings, key=KEY)
    with time_machine.travel(datetime.fromtimestamp(SENT_MS / 1000, UTC), tick=False):
        yield branch


def signed(body: dict[str, Any]) -> tuple[bytes, str]:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.encode(), webhook_auth.symmetric["sign"](text, KEY, SENT_MS)


# --- Signatures -------------------------------------------------------------------------------


def test_we_sign_as_the_platforms_sdk_does():
    raw, header = signed(invoked("check_availability", WISH))
    now = datetime.fromtimestamp(SENT_MS / 1000, UTC)

    assert sign(raw, key=KEY, now=now) == header
    assert is_signed(raw, header, key=KEY)
    assert webhook_auth.symmetric["verify"](raw.decode(), KEY, header, {"timestamp": SENT_MS})


def test_the_vector_the_sdk_publishes_is_verified():
    body = b'{"event":"call_ended"}'
    header = "v=1700000000000,d=07024cabe7dd8f6d1c6e4a8324ca92c812e6ad4a7ee506c04f7e462e3321823e"

    assert is_signed(body, header, key="test-api-key")


@pytest.mark.parametrize("moved_ms", [-300_001, -300_000, 0, 300_000, 300_001])
def test_we_find_fresh_what_the_sdk_finds_fresh(moved_ms):
    raw, header = signed({"event": "call_ended"})
    options = {"timestamp": SENT_MS + moved_ms}
    now = datetime.fromtimestamp((SENT_MS + moved_ms) / 1000, UTC)

    theirs = webhook_auth.symmetric["verify"](raw.decode(), KEY, header, options)

    assert is_fresh(header, now=now) == theirs == (abs(moved_ms) <= 300_000)


# --- What arrives -----------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "answer"), SAMPLES.values(), ids=SAMPLES)
def test_a_request_is_answered_as_documented(salon_of_samples, body, answer):
    raw, header = signed(body)

    assert post(raw + b" ", header).status_code == 401
    assert Call.objects.count() == 0
    response = post(raw, header)

    said = response.json()["status"] if "event" not in body else response.status_code
    assert said == answer


def test_all_of_them_in_turn_are_one_call_and_one_booking(salon_of_samples):
    for body, _answer in SAMPLES.values():
        post(*signed(body))

    call = Call.objects.get(call_id=CALL_ID)
    assert (call.state, call.direction, call.duration_ms) == ("analyzed", "inbound", 40_000)
    assert call.appointment is not None
    assert Call.objects.count() == 3  # the web call and the one that never connected
    assert FunctionCall.objects.filter(status="booked").count() == 2
    assert not Call.objects.filter(requires_manual_review=True).exists()


# --- Recorded ones ----------------------------------------------------------------------------


@pytest.mark.skipif("RETELL_SAMPLES_DIR" not in os.environ, reason="no folder is named")
def test_recorded_requests_are_accepted_byte_for_byte(branch, perm, settings):
    folder = Path(os.environ["RETELL_SAMPLES_DIR"])
    index = json.loads((folder / "index.json").read_text())
    set_up(branch, settings, key=index["key"])
    answers = {}

    with time_machine.travel(datetime.fromtimestamp(index["timestamp_ms"] / 1000, UTC), tick=False):
        for entry in index["files"]:
            raw = (folder / entry["file"]).read_bytes()
            assert post(raw + b"\n", entry["header"]).status_code == 401, entry["file"]
            response = post(raw, entry["header"])
            word = response.json().get("status", "") if response.content else ""
            answers[entry["file"]] = (response.status_code, word)

    print(json.dumps(answers, indent=1))  # noqa: T201 -- shown with -s
    assert PhoneNumber.objects.filter(number=SALON).exists()
    assert {status for status, _word in answers.values()} <= {200, 204}
    assert "technical_problem" not in {word for _status, word in answers.values()}
    assert Call.objects.get(call_id=CALL_ID).state == "analyzed"
