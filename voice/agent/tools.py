"""The agent's tools, made from the functions and the serializers that read their arguments."""

from typing import Any

from rest_framework import serializers

from voice import phrases
from voice.agent.salon import Salon
from voice.agent.words import words
from voice.functions import FUNCTIONS, Function
from voice.functions.registry import READ_SECONDS
from voice.serializers import YesNo

# Above our own deadlines: a tool that gives up first leaves a booking nobody has heard of.
READ_TIMEOUT_MS, WRITE_TIMEOUT_MS = 6_000, 12_000
# Done before anybody notices; a sentence about it would take longer.
SILENT = frozenset(
    {"get_current_context", "check_customer", "parse_date", "release_slot_reservation"}
)


def functions() -> dict[str, Function]:
    """Return every function once, under its own name."""
    return {function.name: function for function in FUNCTIONS.values()}


def writes(function: Function) -> bool:
    return function.seconds > READ_SECONDS


def status_variable(name: str) -> str:
    """Return the variable that holds what a function last answered."""
    return f"{name}_status"


def waiting_sentence(function: Function, *, locale: str) -> str:
    """Return what is said while the function works; "" for nothing."""
    if function.name in SILENT:
        return ""
    return phrases.say("entering" if writes(function) else "looking", locale=locale)


def tools(salon: Salon) -> list[dict[str, Any]]:
    return [_tool(function, salon) for function in functions().values()]


def _tool(function: Function, salon: Salon) -> dict[str, Any]:
    waiting = waiting_sentence(function, locale=salon.locale)
    speech = {"execution_message_description": waiting} if waiting else {}
    return {
        "type": "custom",
        "tool_id": f"tool_{function.name}",
        "name": function.name,
        "description": words(salon.locale)["tools"][function.name],
        "method": "POST",
        "url": f"{salon.base_url}/api/voice/functions/{function.name}/",
        # The company is read from the signed call; arguments alone would not hold it.
        "args_at_root": False,
        "parameters": parameters(function),
        "parameter_type": "json",
        "timeout_ms": WRITE_TIMEOUT_MS if writes(function) else READ_TIMEOUT_MS,
        "max_retry": 0 if writes(function) else 1,
        "speak_during_execution": bool(waiting),
        "execution_message_type": "static_text",
        "speak_after_execution": True,
        "response_variables": {status_variable(function.name): "status"},
        **speech,
    }


def parameters(function: Function) -> dict[str, Any]:
    """Return the JSON Schema of a function's arguments.

    None is required: what a caller has not said is asked for, not made up. There is no call
    id: a model that is asked for one invents it, and the platform sends the real one itself.
    """
    properties = {name: _schema(field) for name, field in function.arguments.fields.items()}
    return {"type": "object", "properties": properties, "required": []}


def _schema(field: serializers.Field) -> dict[str, Any]:  # type: ignore[type-arg]  # as in serializers
    kind = "boolean" if isinstance(field, YesNo) else "string"
    return {"type": kind, "description": str(field.help_text)}
