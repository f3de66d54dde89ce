"""A caller and the agent, as the platform would send them: signed, one function at a time."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from django.test import Client

from appointments.models import Branch
from booking_site.demo.telephone import FUNCTIONS, Telephone
from booking_site.simulated_calls.playing import EVENTS
from tests.showroom.clock import Clock
from voice.signature import sign

GREETING = "Salon Eins, guten Tag! Sie sprechen mit unserer digitalen Assistentin."
WORDS_PER_SECOND = 2.6


@dataclass(slots=True, kw_only=True)
class Conversation:
    """One call from the first ring to the platform's opinion of it.

    Attributes:
        branch: the salon that is called.
        from_number: who calls; "anonymous" where withheld.
        clock: goes on while people speak.
        dice: how long things take.
    """

    branch: Branch
    from_number: str
    clock: Clock
    dice: random.Random
    line: Telephone = field(init=False)
    said: list[dict[str, Any]] = field(default_factory=list)
    client: Client = field(default_factory=Client)
    seconds: float = 0.0
    began_ms: int = 0

    def __post_init__(self) -> None:
        company = self.branch.company
        self.line = Telephone(
            url="",
            key=company.retell_api_key,
            to_number=self.branch.phone_numbers.get().number,
            agent_id=company.agents.get().agent_id,
            from_number=self.from_number,
            call_id=f"call_{self.dice.getrandbits(112):028x}",
        )
        self.began_ms = self._now_ms()
        self._tell("call_started", call_status="ongoing", start_timestamp=self.began_ms)
        self.agent(GREETING)

    def caller(self, words: str) -> None:
        self._say("user", words)

    def agent(self, words: str) -> None:
        self._say("agent", words)

    def use(self, function: str, *, silently: bool = False, **args: Any) -> dict[str, Any]:
        """Call a function and let the agent say its message; return the answer."""
        answer: dict[str, Any] = self._post(FUNCTIONS, self.line.envelope(function, args)).json()
        self._pass(self.dice.uniform(0.3, 1.1))
        if not silently:
            self.agent(answer["message"])
        return answer

    def hang_up(
        self, *, summary: str, successful: bool, sentiment: str = "Neutral", **facts: Any
    ) -> None:
        """End the call, and let the platform say what it makes of it."""
        self._pass(1.2)
        ended = {
            "call_status": "ended",
            "start_timestamp": self.began_ms,
            "end_timestamp": self._now_ms(),
            "duration_ms": self._now_ms() - self.began_ms,
            "disconnection_reason": self.dice.choice(
                ("user_hangup", "user_hangup", "agent_hangup")
            ),
            "transcript_object": self.said,
            "call_cost": {"combined_cost": round(self.seconds * 0.19, 2)},
            "latency": {
                "e2e": {
                    "p50": self.dice.randrange(780, 1100),
                    "p95": self.dice.randrange(1200, 1900),
                },
                "llm": {"p50": self.dice.randrange(390, 560), "p95": self.dice.randrange(700, 990)},
                "tts": {"p50": self.dice.randrange(190, 260), "p95": self.dice.randrange(300, 410)},
            },
        } | facts
        self._tell("call_ended", **ended)
        self.clock.let_pass(4)
        self._tell(
            "call_analyzed",
            **ended,
            call_analysis={
                "call_summary": summary,
                "call_successful": successful,
                "user_sentiment": sentiment,
            },
        )

    def _say(self, role: str, words: str) -> None:
        self.said.append(
            {
                "role": role,
                "content": words,
                "words": [{"word": "", "start": round(self.seconds, 1)}],
            }
        )
        self._pass(0.4 + len(words.split()) / WORDS_PER_SECOND)

    def _pass(self, seconds: float) -> None:
        self.seconds += seconds
        self.clock.let_pass(seconds)

    def _now_ms(self) -> int:
        return int(self.clock.now.timestamp() * 1000)

    def _tell(self, event: str, **facts: Any) -> None:
        body = json.dumps({"event": event, "call": self.line.call() | facts}).encode()
        self._post(EVENTS, body)

    def _post(self, path: str, body: bytes) -> Any:
        signature = sign(body, key=self.line.key, now=self.clock.now)
        headers: Mapping[str, str] = {"X-Retell-Signature": signature}
        response = self.client.post(
            path, data=body, content_type="application/json", headers=headers
        )
        if response.status_code not in {requests.codes.ok, requests.codes.no_content}:
            raise AssertionError(f"{path} answered {response.status_code}: {response.content!r}")
        return response
