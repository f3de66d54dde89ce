"""The whole agent of a salon: flow, voice settings and numbers, in the platform's words."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from voice.agent.flow import flow
from voice.agent.salon import Salon
from voice.agent.words import words

LANGUAGES = {"de": "de-DE", "en": "en-GB"}
EVENTS = (
    "call_started",
    "call_ended",
    "call_analyzed",
    "transfer_started",
    "transfer_bridged",
    "transfer_cancelled",
    "transfer_ended",
)
INTENTS = ("book", "move", "cancel", "ask", "call_back", "other")
RETENTION_DAYS = 30


@dataclass(frozen=True, slots=True)
class Definition:
    """What the platform has to know, in three parts.

    Attributes:
        flow: the conversation flow, with its tools.
        agent_id: the platform's, "" before there is one.
        agent: settings of the agent that follows it; without engine and voice.
        numbers: per number that is answered, its settings; without the agent.
    """

    flow: dict[str, Any]
    agent_id: str
    agent: dict[str, Any]
    numbers: dict[str, dict[str, Any]]

    def as_json(self) -> str:
        """Return it as text that only differs where something differs."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def define(salon: Salon) -> Definition:
    """Return the agent of a salon. Pure: the same salon gives the same text."""
    inbound = {"inbound_webhook_url": f"{salon.base_url}/api/voice/inbound/"}
    return Definition(
        flow=flow(salon),
        agent_id=salon.agent_id,
        agent=_agent(salon),
        numbers={number: dict(inbound) for number in salon.numbers},
    )


def _agent(salon: Salon) -> dict[str, Any]:
    return {
        "agent_name": salon.name,
        "language": LANGUAGES[salon.locale],
        "timezone": salon.zone,
        "boosted_keywords": list(salon.keywords),
        "webhook_url": f"{salon.base_url}/api/voice/webhook/",
        "webhook_events": list(EVENTS),
        "webhook_timeout_ms": 10_000,
        "post_call_analysis_data": _analysis(salon),
        # Silence: asked twice whether somebody is there, then hung up.
        "reminder_trigger_ms": 8_000,
        "reminder_max_count": 2,
        "end_call_after_silence_ms": 30_000,
        "max_call_duration_ms": 15 * 60_000,
        # What callers say is kept no longer, and by nobody else, than the salon needs it.
        "data_storage_setting": "everything_except_pii",
        "data_storage_retention_days": RETENTION_DAYS,
        "contact_memory_config": {"enable_read": False, "enable_update": False},
        "opt_in_signed_url": True,
    }


def _analysis(salon: Salon) -> list[dict[str, Any]]:
    """Return what is read out of a call when it has ended; promises are held against rows."""
    said = words(salon.locale)["analysis"]
    return [
        {
            "type": "enum",
            "name": "intent",
            "description": said["intent"],
            "choices": list(INTENTS),
        },
        {"type": "boolean", "name": "promised", "description": said["promised"]},
        {"type": "string", "name": "promised_time", "description": said["promised_time"]},
        {"type": "boolean", "name": "callback_wanted", "description": said["callback_wanted"]},
    ]
