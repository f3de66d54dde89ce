"""The conversation flow: greeting, what callers want, and a way on from every answer."""

from collections.abc import Iterable
from typing import Any

from voice import phrases
from voice.agent import branches
from voice.agent.salon import Salon
from voice.agent.tools import functions, status_variable, tools, waiting_sentence, writes
from voice.agent.words import words
from voice.functions import Function

Node = dict[str, Any]
# What the inbound webhook says before the call; empty where it could not be asked.
VARIABLES = (
    "branch_name",
    "current_date",
    "current_month",
    "current_weekday",
    "current_year",
    "customer_first_name",
    "day_after_tomorrow",
    "next_monday",
    "salon_name",
    "today",
    "tomorrow",
)
MODEL = {
    "type": "cascading",
    "primary": {"model": "gpt-4.1-mini", "tier": "fast"},
    "temperature": 0,
}
COLUMN, ROW, ROWS = 520, 320, 12  # where the dashboard draws a node


def flow(salon: Salon) -> dict[str, Any]:
    """Return the conversation flow of a salon, as the platform's API takes it."""
    names = functions()
    nodes = [
        *_opening(salon),
        *(node for function in names.values() for node in _nodes_of(function, salon)),
        *(_step(name, salon) for name in branches.STEPS if name != "a_person"),
        _a_person(salon),
        _end("lost", _prompt(words(salon.locale)["steps"]["lost"]["say"])),
        _end("goodbye", _static(phrases.say("farewell", locale=salon.locale))),
    ]
    for number, node in enumerate(nodes):
        column, row = divmod(number, ROWS)
        node["display_position"] = {"x": column * COLUMN, "y": row * ROW}
    return {
        "start_speaker": "agent",
        "start_node_id": "greeting",
        "global_prompt": words(salon.locale)["prompt"].replace("ZONE", salon.zone),
        "model_config": MODEL,
        # Strict calls fill in every argument: what was not said would be made up.
        "tool_call_strict_mode": False,
        "flex_mode": False,
        "default_dynamic_variables": _defaults(salon, names),
        "tools": tools(salon),
        "nodes": nodes,
    }


def _defaults(salon: Salon, names: Iterable[str]) -> dict[str, str]:
    """Return a value for every variable: an unset one would be spoken with its braces."""
    known = dict.fromkeys(VARIABLES, "") | {"salon_name": salon.known_name}
    return known | {status_variable(name): "" for name in names}


def _opening(salon: Salon) -> list[Node]:
    """Greet, then find out who is calling; without a webhook before the call also the day."""
    greeting = phrases.say("greeting", locale=salon.locale, salon=salon.name)
    return [
        {
            "id": "greeting",
            "type": "conversation",
            "instruction": _static(greeting),
            "skip_response_edge": _edge(
                "greeting", "knows_the_day", _prompt_condition("Skip response")
            ),
        },
        {
            "id": "knows_the_day",
            "type": "branch",
            "edges": [
                _edge(
                    "knows_the_day",
                    "check_customer",
                    _any_of("{{current_date}}", ["-"], operator="contains"),
                )
            ],
            "else_edge": _else("knows_the_day", "get_current_context"),
        },
    ]


def _nodes_of(function: Function, salon: Salon) -> list[Node]:
    """Return a function's node and what surrounds it: forget, call, ask, wait."""
    nodes = [_call(function, salon)]
    if writes(function):
        nodes.insert(0, _forget(function))
    after = branches.steps_after(function.name)
    if "ask" in after:
        nodes.append(_ask(function, salon))
    nodes.append(_again(function, salon))
    return nodes


def _call(function: Function, salon: Salon) -> Node:
    """Return the node that calls a function, with a way on from every status."""
    waiting = waiting_sentence(function, locale=salon.locale)
    variable = "{{" + status_variable(function.name) + "}}"
    return {
        "id": function.name,
        "type": "function",
        "tool_id": f"tool_{function.name}",
        "tool_type": "local",
        "wait_for_result": True,
        "speak_during_execution": bool(waiting),
        **({"instruction": _static(waiting)} if waiting else {}),
        "edges": [
            _edge(function.name, _beside(step, function), _any_of(variable, statuses))
            for step, statuses in branches.steps_after(function.name).items()
        ],
        # No answer at all: a timeout, or an error of the platform's.
        "else_edge": _else(function.name, branches.UNHEARD.get(function.name, "trouble")),
    }


def _forget(function: Function) -> Node:
    """Empty the status before a function that writes.

    After a timeout the variable would keep its last value, and an old "booked" would be spoken
    for a booking nobody has heard of.
    """
    return {
        "id": _entry(function),
        "type": "code",
        "code": 'return { status: "" };',
        "response_variables": {status_variable(function.name): "status"},
        "wait_for_result": True,
        "speak_during_execution": False,
        "timeout_ms": 5_000,
        "edges": [],
        "else_edge": _else(_entry(function), function.name),
    }


def _ask(function: Function, salon: Salon) -> Node:
    said = words(salon.locale)["ask"]
    node = f"ask_{function.name}"
    return {
        "id": node,
        "type": "conversation",
        "instruction": _prompt(said["say"]),
        "edges": [
            _edge(node, _entry(function), _prompt_condition(said["again"])),
            _edge(node, "listen", _prompt_condition(said["other"])),
        ],
    }


def _again(function: Function, salon: Salon) -> Node:
    """Return the node in which the first of two equal requests is waited for."""
    node = f"again_{function.name}"
    sentence = phrases.say("try_again_in_a_moment", locale=salon.locale)
    return {
        "id": node,
        "type": "conversation",
        "instruction": _static(sentence),
        "skip_response_edge": _edge(node, _entry(function), _prompt_condition("Skip response")),
    }


def _step(name: str, salon: Salon) -> Node:
    said = words(salon.locale)["steps"][name]
    conditions = said.get("next") or words(salon.locale)["intents"]
    return {
        "id": name,
        "type": "conversation",
        "instruction": _prompt(said["say"]),
        "edges": [
            _edge(name, _target(target), _prompt_condition(conditions[target]))
            for target in branches.STEPS[name]
            if _exists(target)
        ],
    }


def _a_person(salon: Salon) -> Node:
    """Return what happens to whoever asks for a human, from anywhere in the call."""
    everywhere = {"condition": words(salon.locale)["anywhere"]["a_person"], "cool_down": 3}
    if not salon.transfer_to:
        return _step("a_person", salon) | {"global_node_setting": everywhere}
    failed = {"type": "prompt", "prompt": "Transfer failed"}
    return {
        "id": "a_person",
        "type": "transfer_call",
        "transfer_destination": {"type": "predefined", "number": salon.transfer_to},
        "transfer_option": {"type": "cold_transfer"},
        "speak_during_execution": True,
        "instruction": _static(phrases.say("putting_through", locale=salon.locale)),
        "edge": _edge("a_person", "trouble", failed),
        "global_node_setting": everywhere,
    }


def _end(name: str, instruction: dict[str, str]) -> Node:
    return {"id": name, "type": "end", "speak_during_execution": True, "instruction": instruction}


def _exists(target: str) -> bool:
    return target in functions() or target in {*branches.STEPS, "goodbye"}


def _target(name: str) -> str:
    function = functions().get(name)
    return _entry(function) if function else name


def _entry(function: Function) -> str:
    return f"before_{function.name}" if writes(function) else function.name


def _beside(step: str, function: Function) -> str:
    """Return a step, or the one of its kind that belongs to this function."""
    return f"{step}_{function.name}" if step in {"ask", "again"} else _target(step)


def _edge(source: str, target: str, condition: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{source}-{target}",
        "destination_node_id": target,
        "transition_condition": condition,
    }


def _else(source: str, target: str) -> dict[str, Any]:
    edge = _edge(source, target, {"type": "prompt", "prompt": "Else"})
    return edge | {"id": f"{source}-else"}


def _any_of(left: str, values: list[str], *, operator: str = "==") -> dict[str, Any]:
    return {
        "type": "equation",
        "operator": "||",
        "equations": [{"left": left, "operator": operator, "right": value} for value in values],
    }


def _prompt_condition(text: str) -> dict[str, str]:
    return {"type": "prompt", "prompt": text}


def _prompt(text: str) -> dict[str, str]:
    return {"type": "prompt", "text": text}


def _static(text: str) -> dict[str, str]:
    return {"type": "static_text", "text": text}
