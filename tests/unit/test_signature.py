"""The platform's signature; vectors from its official SDK and made with its algorithm."""

from datetime import UTC, datetime, timedelta

import pytest

from voice.signature import is_fresh, is_signed, sign

SDK = (
    b'{"event":"call_ended"}',
    "test-api-key",
    1700000000000,
    "07024cabe7dd8f6d1c6e4a8324ca92c812e6ad4a7ee506c04f7e462e3321823e",
)
GERMAN = (
    '{"name":"check_availability","args":{"service":"Damenhaarschnitt","date":"2026-11-12",'
    '"time":"14:30","staff":"Jürgen"},"call":{"call_id":"call_7f3a","call_type":"phone_call",'
    '"direction":"inbound","from_number":"+491713920042","to_number":"+493023125123",'
    '"agent_id":"agent_demo","call_status":"ongoing"}}'.encode(),
    "key_test_0123456789abcdef",
    1794500000000,
    "e394eaf9b3490084e918f6120a9001deacb3f23b73b027cbfa6c2778d5831a23",
)
SPACED = (
    (
        b'{"event": "call_ended", "call": {"call_id": "call_7f3a", "call_status": "ended", '
        b'"disconnection_reason": "user_hangup"}}'
    ),
    "key_test_0123456789abcdef",
    1794500123456,
    "3259f4deaaa6cc1ffdb6d2fcbba29f204302b16e8cb2d8884fd2358757aed2ce",
)
EMPTY = (
    b"",
    "key_other_ABCDEF",
    1794500999999,
    "7519ca43f63a89dbd7ee97c568740b4ac18cddf391af1469ee54c9a628fc9af2",
)
VECTORS = pytest.mark.parametrize(
    ("body", "key", "sent_ms", "digest"),
    [SDK, GERMAN, SPACED, EMPTY],
    ids=["sdk", "german", "spaced", "empty"],
)


def moment(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


@VECTORS
def test_a_body_is_signed_as_the_platform_signs_it(body, key, sent_ms, digest):
    assert sign(body, key=key, now=moment(sent_ms)) == f"v={sent_ms},d={digest}"
    assert is_signed(body, f"v={sent_ms},d={digest}", key=key)


@VECTORS
def test_one_byte_more_another_key_or_another_time_is_not_signed(body, key, sent_ms, digest):
    header = f"v={sent_ms},d={digest}"

    assert not is_signed(body + b" ", header, key=key)
    assert not is_signed(body, header, key=key + "x")
    assert not is_signed(body, f"v={sent_ms + 1},d={digest}", key=key)


def test_no_key_signs_nothing():
    now = moment(1700000000000)

    assert not is_signed(b"{}", sign(b"{}", key="", now=now), key="")


@pytest.mark.parametrize(("late_ms", "fresh"), [(300_000, True), (300_001, False)])
@pytest.mark.parametrize("direction", [1, -1])
def test_five_minutes_either_way_are_fresh(late_ms, direction, *, fresh):
    header = sign(b"{}", key="k", now=moment(1700000000000))

    assert is_fresh(header, now=moment(1700000000000 + direction * late_ms)) is fresh


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda header: header.replace(",", ", "),
        lambda header: f" {header}",
        lambda header: f"{header}\n",
        lambda header: header.replace("1", "\u0661"),
        lambda _: "",
        lambda _: "sha256=" + "0" * 64,
    ],
    ids=["upper case", "space inside", "space before", "newline", "other digits", "empty", "other"],
)
def test_only_the_exact_form_of_the_header_counts(change):
    header = sign(b"{}", key="k", now=moment(1700000000000))

    assert not is_fresh(change(header), now=moment(1700000000000))
    assert not is_signed(b"{}", change(header), key="k")
