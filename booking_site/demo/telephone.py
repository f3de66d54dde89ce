"""A caller and the voice agent: signed function calls over HTTP, as the platform makes them."""

import json
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

from voice.signature import sign

FUNCTIONS, EVENTS = "/api/voice/functions/", "/api/voice/webhook/"
TOOL_TIMEOUT_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function answered, and how long the caller waited."""

    function: str
    status: str
    message: str
    data: dict[str, Any]
    milliseconds: float


class TelephoneError(Exception):
    """A function call was not answered as promised."""


@dataclass(slots=True, kw_only=True)
class Telephone:
    """One call to a salon.

    Attributes:
        url: of the site.
        key: the company's API key at the platform; it signs.
        to_number, agent_id: which salon is called, and who answers.
        from_number: who calls.
        spoken: what both have said, for the end of the call.
    """

    url: str
    key: str
    to_number: str
    agent_id: str
    from_number: str
    call_id: str = field(default_factory=lambda: f"call_{secrets.token_hex(14)}")
    transcript: list[dict[str, Any]] = field(default_factory=list)
    spoken: list[dict[str, Any]] = field(default_factory=list)
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def use(self, function: str, **args: Any) -> Answer:
        """Call a function of the agent.

        Raises:
            TelephoneError: it was not answered with 200 and `success`.
        """
        response, milliseconds = self.send(self.envelope(function, args))
        if response.status_code != requests.codes.ok:
            raise TelephoneError(f"{function}: HTTP {response.status_code} {response.text[:300]}")
        answer = response.json()
        if not answer["success"]:
            raise TelephoneError(f"{function}: {answer['status']}: {answer['message']}")
        return Answer(function, answer["status"], answer["message"], answer["data"], milliseconds)

    def send(
        self, body: bytes, *, path: str = FUNCTIONS, signature: str | None = None
    ) -> tuple[requests.Response, float]:
        """Post a body, signed now unless a signature is given; return what came, and when.

        Returns:
            the response, and the milliseconds it took.

        Raises:
            requests.RequestException: nothing came.
        """
        if signature is None:
            signature = sign(body, key=self.key, now=datetime.now(UTC))
        started = time.monotonic()
        response = requests.post(
            f"{self.url}{path}",
            data=body,
            headers={"Content-Type": "application/json", "X-Retell-Signature": signature},
            timeout=TOOL_TIMEOUT_SECONDS,
        )
        return response, (time.monotonic() - started) * 1000

    def envelope(self, function: str, args: Any) -> bytes:
        """Return the body of a new invocation, as the platform writes it."""
        self.transcript.append(
            {
                "role": "tool_call_invocation",
                "tool_call_id": f"tool_call_{secrets.token_hex(3)}",
                "name": function,
                "arguments": json.dumps(args, ensure_ascii=False),
            }
        )
        body = {"name": function, "args": args, "call": self.call()}
        # Whatever a model makes up is sent, halves of characters too.
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")

    def say(self, role: str, words: str) -> None:
        """Note what the `agent` or the `user` says."""
        seconds = (datetime.now(UTC) - self.began_at).total_seconds()
        self.spoken.append({"role": role, "content": words, "words": [{"start": seconds}]})

    def hang_up(self) -> None:
        """End the call, and tell the site what was said.

        Raises:
            TelephoneError: the site did not take it.
        """
        ended_at = datetime.now(UTC)
        facts = {
            "call_status": "ended",
            "start_timestamp": int(self.began_at.timestamp() * 1000),
            "end_timestamp": int(ended_at.timestamp() * 1000),
            "duration_ms": int((ended_at - self.began_at).total_seconds() * 1000),
            "disconnection_reason": "user_hangup",
            "transcript_object": self.spoken,
        }
        body = json.dumps({"event": "call_ended", "call": self.call() | facts}).encode()
        response, _milliseconds = self.send(body, path=EVENTS)
        if not response.ok:
            raise TelephoneError(f"call_ended: HTTP {response.status_code} {response.text[:300]}")

    def call(self) -> dict[str, Any]:
        """Return the call as the platform describes it."""
        return {
            "call_type": "phone_call",
            "call_id": self.call_id,
            "agent_id": self.agent_id,
            "direction": "inbound",
            "from_number": self.from_number,
            "to_number": self.to_number,
            "call_status": "ongoing",
            "transcript_with_tool_calls": self.transcript,
        }
