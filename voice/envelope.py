"""The platform's request in one shape, whatever spelling it arrived in. Pure."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from appointments.actors import Actor, ActorKind

REAL_CALL_ID = re.compile(r"call_[A-Za-z0-9]{6,}")
NUMBERED = re.compile(r"call_[0-9]+")
VERSION = re.compile(r"_v[0-9]+$")
ENVELOPE_KEYS = frozenset(
    {"name", "function_name", "args", "arguments", "parameters", "call", "call_id"}
)
WITHHELD = frozenset(
    {"", "anonymous", "unknown", "withheld", "restricted", "blocked", "private", "unavailable"}
)


class NotAnObjectError(ValueError):
    """The body is not a JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One function call as the platform sent it.

    Attributes:
        function: its name without a trailing version; "" where none was named.
        args: what the model filled in; nothing in it is trusted.
        call_id: the call's, "" where no real one was sent.
        agent_id: the agent's, "" if unknown.
        salon_number: the number that names the salon, as sent.
        caller_number: the other party's, as sent; "" if withheld.
        tool_call_id: of this very invocation, "" if the platform did not say.
    """

    function: str
    args: Mapping[str, Any] = field(default_factory=dict)
    call_id: str = ""
    agent_id: str = ""
    salon_number: str = ""
    caller_number: str = ""
    tool_call_id: str = ""

    @property
    def actor(self) -> Actor:
        """Whose doing it is."""
        return Actor(kind=ActorKind.VOICE, call_id=self.call_id)


def parse_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in a body.

    Raises:
        NotAnObjectError: it is something else, nested beyond all reason, or holds what JSON
            does not know.
    """
    try:
        body = _storable(json.loads(raw or b"null", parse_constant=_no_number))
    except (ValueError, RecursionError) as error:
        raise NotAnObjectError from error
    if not isinstance(body, dict):
        raise NotAnObjectError
    return body


def open_envelope(
    body: Mapping[str, Any], *, url_name: str = "", header_call_id: str = ""
) -> Envelope:
    """Read a function request.

    Args:
        body: the parsed request.
        url_name: the function named by the URL, "" for the common address.
        header_call_id: X-Retell-Call-Id, "" if it was not sent.
    """
    call = _mapping(body.get("call"))
    named = url_name or _text(body.get("name")) or _text(body.get("function_name"))
    args = _args(body, url_name=url_name)
    outbound = _text(call.get("direction")) == "outbound"
    salon, caller = ("from_number", "to_number") if outbound else ("to_number", "from_number")
    return Envelope(
        function=VERSION.sub("", named),
        args=args,
        call_id=_call_id(body, call, args, header_call_id),
        agent_id=_text(call.get("agent_id")),
        salon_number=_text(call.get(salon)),
        caller_number=_text(call.get(caller)),
        tool_call_id=_tool_call_id(call, named),
    )


def is_withheld(number: str) -> bool:
    """Whether a caller's number says nothing: a word, nothing, or only zeros."""
    spoken = number.strip().lower()
    return spoken in WITHHELD or not spoken.lstrip("+").strip("0")


def _args(body: Mapping[str, Any], *, url_name: str) -> Mapping[str, Any]:
    named = [body[key] for key in ("args", "arguments", "parameters") if key in body]
    if named:
        return next((args for args in map(_mapping, named) if args), {})
    if not url_name:
        return {}
    # Flat: everything is an argument, `name` too unless it only repeats the function's.
    flat = {key: value for key, value in body.items() if key not in ENVELOPE_KEYS}
    repeated = VERSION.sub("", _text(body.get("name"))) == VERSION.sub("", url_name)
    if "name" in body and not repeated:
        flat["name"] = body["name"]
    return flat


def _call_id(
    body: Mapping[str, Any], call: Mapping[str, Any], args: Mapping[str, Any], header: str
) -> str:
    """The signed call's id is the truth; what the model typed counts only if it looks real."""
    if certain := _text(call.get("call_id")) or _text(header):
        return certain
    for typed in (_text(args.get("call_id")), _text(body.get("call_id"))):
        if REAL_CALL_ID.fullmatch(typed) and not NUMBERED.fullmatch(typed):
            return typed
    return ""


def _tool_call_id(call: Mapping[str, Any], name: str) -> str:
    """Return the id of the last invocation of this function in the running transcript."""
    transcript = call.get("transcript_with_tool_calls")
    if not isinstance(transcript, list):
        return ""
    for entry in reversed(transcript):
        turn = _mapping(entry)
        if turn.get("role") == "tool_call_invocation" and turn.get("name") == name:
            return _text(turn.get("tool_call_id"))
    return ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value.strip()[:100] if isinstance(value, str) else ""


def _no_number(constant: str) -> None:
    """Refuse NaN and its like: Python reads them, JSON has none."""
    raise ValueError(constant)


def _storable(value: Any) -> Any:
    """Return a value without what cannot be stored or said: control and invisible characters."""
    if isinstance(value, str):
        return value if value.isprintable() else "".join(filter(_is_text, value))
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _is_text(character: str) -> bool:
    return character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}
