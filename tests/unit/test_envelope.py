"""One request, many spellings."""

import json

import pytest

from voice.envelope import NotAnObjectError, is_withheld, open_envelope, parse_object

CALL = {
    "call_id": "call_9103aa00bb11cc22dd33ee44ff55",
    "agent_id": "agent_s1",
    "from_number": "+4915111111111",
    "to_number": "+493011110001",
}
ARGS = {"service": "Dauerwelle", "date": "morgen"}
PLACEHOLDERS = [
    *("call_001", "call_1", "1", "123", "12345", "None", "null", "undefined", "current"),
    *("current_call", "dummy_call_id", "{{call_id}}", "", "call_12345678"),
]


@pytest.mark.parametrize(
    ("body", "url_name"),
    [
        ({"name": "check_availability", "args": ARGS, "call": CALL}, ""),
        ({"function_name": "check_availability", "arguments": ARGS, "call": CALL}, ""),
        ({"name": "check_availability_v17", "parameters": ARGS, "call": CALL}, ""),
        ({"name": "check_availability", "args": [], "arguments": ARGS, "call": CALL}, ""),
        ({"args": ARGS, "call": CALL}, "check_availability"),
        ({**ARGS, "call": CALL}, "check_availability"),
        ({**ARGS, "name": "check_availability", "call": CALL}, "check_availability_v3"),
    ],
    ids=[
        "normal",
        "function_name",
        "versioned",
        "empty beside",
        "per url",
        "flat",
        "flat with its name",
    ],
)
def test_every_spelling_of_the_envelope_says_the_same(body, url_name):
    envelope = open_envelope(body, url_name=url_name)

    assert envelope.function == "check_availability"
    assert envelope.args == ARGS
    assert envelope.call_id == CALL["call_id"]
    assert (envelope.salon_number, envelope.caller_number) == ("+493011110001", "+4915111111111")
    assert envelope.agent_id == "agent_s1"


@pytest.mark.parametrize("args", [None, [], "", {}, 5])
def test_no_arguments_are_none(args):
    envelope = open_envelope({"name": "check_customer", "args": args, "call": CALL})

    assert envelope.args == {}


def test_a_name_in_flat_arguments_is_the_customers():
    envelope = open_envelope({"name": "Lena Vogt", "call": CALL}, url_name="start_booking")

    assert envelope.args == {"name": "Lena Vogt"}


@pytest.mark.parametrize("typed", PLACEHOLDERS)
def test_what_the_model_typed_as_call_id_never_beats_the_signed_one(typed):
    body = {"name": "check_customer", "args": {"call_id": typed}, "call": CALL}

    assert open_envelope(body).call_id == CALL["call_id"]


@pytest.mark.parametrize("typed", PLACEHOLDERS)
def test_a_placeholder_is_no_call_id(typed):
    body = {"name": "check_customer", "args": {"call_id": typed}, "call": {"to_number": "1"}}

    assert open_envelope(body).call_id == ""


def test_the_header_names_the_call_where_the_body_does_not():
    body = {"name": "check_customer", "args": {"call_id": "call_abcdef12"}}

    assert open_envelope(body, header_call_id="call_77aa88bb").call_id == "call_77aa88bb"
    assert open_envelope(body).call_id == "call_abcdef12"


def test_the_tool_call_is_the_last_one_of_that_name_in_the_transcript():
    turns = [
        {"role": "tool_call_invocation", "name": "check_customer", "tool_call_id": "tool_1"},
        {"role": "agent", "content": "Guten Tag"},
        {"role": "tool_call_invocation", "name": "check_customer", "tool_call_id": "tool_2"},
        {"role": "tool_call_invocation", "name": "list_services", "tool_call_id": "tool_3"},
    ]
    body = {"name": "check_customer", "call": CALL | {"transcript_with_tool_calls": turns}}

    assert open_envelope(body).tool_call_id == "tool_2"


def test_an_outbound_call_comes_from_the_salon():
    envelope = open_envelope({"name": "x", "call": CALL | {"direction": "outbound"}})

    assert (envelope.salon_number, envelope.caller_number) == ("+4915111111111", "+493011110001")


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b'"x"', b"{", b"\xff", b"[" * 200_000, b"null"],
    ids=["empty", "list", "text", "cut off", "no utf-8", "deep", "null"],
)
def test_what_is_no_json_object_is_refused(raw):
    with pytest.raises(NotAnObjectError):
        parse_object(raw)


def test_an_object_is_read():
    assert parse_object(json.dumps({"name": "ä"}).encode()) == {"name": "ä"}


@pytest.mark.parametrize(
    "number",
    [
        *("anonymous", "Anonymous ", "unknown", "withheld", "restricted", "blocked", "private"),
        *("unavailable", "", "000000", "+0000", "+"),
    ],
)
def test_a_withheld_number_says_nothing(number):
    assert is_withheld(number)


def test_a_real_number_is_not_withheld():
    assert not is_withheld("+4915111111111")
