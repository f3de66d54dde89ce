"""The platform's events in one shape, whatever is missing or odd in them. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

STARTED, ENDED, ANALYZED = "call_started", "call_ended", "call_analyzed"
TRANSCRIPT_UPDATED = "transcript_updated"
TRANSFER_STARTED, TRANSFER_CANCELLED = "transfer_started", "transfer_cancelled"
TRANSFER_BRIDGED, TRANSFER_ENDED = "transfer_bridged", "transfer_ended"
# After these the call is over.
FINAL = frozenset({ENDED, ANALYZED})
KNOWN = FINAL | {
    STARTED,
    TRANSCRIPT_UPDATED,
    TRANSFER_STARTED,
    TRANSFER_BRIDGED,
    TRANSFER_CANCELLED,
    TRANSFER_ENDED,
}
# Until one of these, a transfer was only tried.
TRANSFERRED = FINAL | {TRANSFER_BRIDGED, TRANSFER_ENDED}

LARGEST_INTEGER = 2**31 - 1
LARGEST_NUMBER = Decimal(10) ** 15
LARGEST_COST = Decimal(10) ** 7
EARLIEST, LATEST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
LONGEST_TURN = 2_000
MOST_TURNS = 2_000
SPOKEN_LINE = re.compile(r"^(Agent|User|Transfer Target): ?", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """What one event says of its call. What it does not say is empty or None.

    Attributes:
        name: one of `KNOWN`.
        facts: by the names of `Call`'s fields; without those the event is silent about.
        transcript: the turns so far: {"role", "text", "seconds" from the start or None}.
        analysis: what the platform makes of the call; {} before it is analyzed.
        odd: the names of facts that made no sense and were left out.
    """

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    transcript: list[dict[str, Any]] = field(default_factory=list)
    analysis: Mapping[str, Any] = field(default_factory=dict)
    odd: tuple[str, ...] = ()

    @property
    def is_final(self) -> bool:
        return self.name in FINAL


def read_event(body: Mapping[str, Any]) -> CallEvent | None:
    """Return the event of a request; None where it is one we do not know."""
    name, call = body.get("event"), _mapping(body.get("call"))
    if not isinstance(name, str) or name not in KNOWN:
        return None
    cost = _mapping(call.get("call_cost")).get("combined_cost")
    read = {
        "started_at": _moment(call.get("start_timestamp")),
        "ended_at": _moment(call.get("end_timestamp")) if name in FINAL else None,
        "duration_ms": _whole(call.get("duration_ms")) if name in FINAL else None,
        "cost_cents": _cents(cost),
    }
    sent = {
        "started_at": call.get("start_timestamp"),
        "ended_at": call.get("end_timestamp"),
        "duration_ms": call.get("duration_ms"),
        "cost_cents": cost,
    }
    facts = read | {
        "direction": _direction(call),
        "disconnection_reason": _text(call.get("disconnection_reason"), 64),
        "transferred_to": _destination(body, call) if name in TRANSFERRED else "",
        "latency_ms": _latency(call.get("latency")),
        "recording_url": _address(call.get("recording_url")),
    }
    return CallEvent(
        name=name,
        facts={key: value for key, value in facts.items() if value not in (None, "", {})},
        transcript=_transcript(call),
        analysis=_analysis(call) if name == ANALYZED else {},
        odd=tuple(key for key in read if name in FINAL and read[key] is None and sent[key]),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object, longest: int) -> str:
    return value.strip()[:longest] if isinstance(value, str) else ""


def _number(value: object) -> Decimal | None:
    """Return a number that was sent as one or as text; nothing negative has a meaning here."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value)[:40])
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number < LARGEST_NUMBER else None


def _whole(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number <= LARGEST_INTEGER else None


def _cents(value: object) -> Decimal | None:
    """Return an amount of cents: the platform's unit, and ours."""
    number = _number(value)
    if number is None or number > LARGEST_COST:
        return None
    return number.quantize(Decimal("0.0001"))


def _moment(value: object) -> datetime | None:
    """Return an instant sent as milliseconds since 1970."""
    number = _number(value)
    if number is None or number > LATEST.timestamp() * 1000:
        return None
    moment = datetime.fromtimestamp(float(number) / 1000, UTC)
    return moment if moment >= EARLIEST else None


def _direction(call: Mapping[str, Any]) -> str:
    if call.get("call_type") == "web_call":
        return "web"
    direction = call.get("direction")
    return direction if direction in {"inbound", "outbound"} else ""


def _destination(body: Mapping[str, Any], call: Mapping[str, Any]) -> str:
    """Return to whom was put through: an object beside the call, or a text within it."""
    beside = _mapping(body.get("transfer_destination")).get("number")
    return _text(beside, 64) or _text(call.get("transfer_destination"), 64)


def _latency(value: object) -> dict[str, dict[str, float]]:
    kept = {}
    for part, measured in list(_mapping(value).items())[:20]:
        shares = _mapping(measured)
        numbers = {
            share: float(number)
            for share in ("p50", "p95")
            if (number := _number(shares.get(share))) is not None
        }
        if numbers:
            kept[part[:40]] = numbers
    return kept


def _address(value: object) -> str:
    """Return a web address: nothing else may become a link in the back office."""
    address = _text(value, 2_000)
    return address if address.startswith(("https://", "http://")) else ""


def _transcript(call: Mapping[str, Any]) -> list[dict[str, Any]]:
    turns = call.get("transcript_object")
    if isinstance(turns, list) and turns:
        read = [_turn(_mapping(turn)) for turn in turns[:MOST_TURNS]]
        return [turn for turn in read if turn["text"]]
    return _spoken_lines(_text(call.get("transcript"), MOST_TURNS * 100))


def _turn(turn: Mapping[str, Any]) -> dict[str, Any]:
    words = turn.get("words")
    first = _mapping(words[0]) if isinstance(words, list) and words else {}
    seconds = _number(first.get("start"))
    return {
        "role": _text(turn.get("role"), 20),
        "text": _text(turn.get("content"), LONGEST_TURN),
        "seconds": float(round(seconds, 1)) if seconds is not None else None,
    }


def _spoken_lines(text: str) -> list[dict[str, Any]]:
    """Read the transcript as plain text: a line per turn, each begins with who speaks."""
    _before, *pieces = SPOKEN_LINE.split(text)
    roles = [role.lower().replace(" ", "_") for role in pieces[::2]]
    return [
        {"role": role, "text": said.strip()[:LONGEST_TURN], "seconds": None}
        for role, said in zip(roles, pieces[1::2], strict=True)
        if said.strip()
    ]


def _analysis(call: Mapping[str, Any]) -> dict[str, Any]:
    sent = _mapping(call.get("call_analysis"))
    custom = _mapping(sent.get("custom_analysis_data"))  # "[]" when there is none
    return {
        "summary": _text(sent.get("call_summary"), LONGEST_TURN),
        "successful": sent.get("call_successful") is True,
        "sentiment": _text(sent.get("user_sentiment"), 20),
        "in_voicemail": sent.get("in_voicemail") is True,
        "custom": {
            key[:64]: value[:500] if isinstance(value, str) else value
            for key, value in list(custom.items())[:40]
            if isinstance(value, str | bool | int | float | None)
        },
    }
