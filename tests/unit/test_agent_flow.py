"""The agent as it is written out: tools that fit the functions, a way on from every answer."""

import ast
import json
import re
from pathlib import Path

import pytest
from django.urls import resolve
from retell.types import AgentCreateParams, ConversationFlowCreateParams

from tests.contract.retell_stand_in import problems_of
from voice import statuses, views
from voice.agent import branches
from voice.agent.definition import define
from voice.agent.flow import flow
from voice.agent.salon import Salon
from voice.agent.tools import functions, tools, writes
from voice.agent.words import words
from voice.functions import FUNCTIONS
from voice.shapes import KEYS

VOICE = Path(__file__).parents[2] / "voice"
SALON = Salon(
    name="Salon Eins",
    base_url="https://salon.example",
    numbers=("+493023125101",),
    keywords=("Mara",),
)
LOCALES = ("de", "en")
NAMES = sorted(functions())
SYSTEM = re.compile(r"current_(time|calendar)_[A-Z]\w+/\w+")


def speaking(locale: str, **more) -> Salon:
    return Salon(name="Salon Eins", locale=locale, base_url="https://salon.example", **more)


def nodes(salon: Salon = SALON) -> dict[str, dict]:
    return {node["id"]: node for node in flow(salon)["nodes"]}


def edges_of(node: dict) -> list[dict]:
    single = (node.get(key) for key in ("else_edge", "skip_response_edge", "edge"))
    return [*node.get("edges", []), *(edge for edge in single if edge)]


def ways_into(target: str) -> list[tuple[str, dict]]:
    return [
        (name, edge)
        for name, node in nodes().items()
        for edge in edges_of(node)
        if edge["destination_node_id"] == target
    ]


def branched_on(node: dict) -> list[str]:
    """Return the statuses a function's node has an edge for."""
    return [
        equation["right"]
        for edge in node["edges"]
        for equation in edge["transition_condition"]["equations"]
    ]


def literal_arguments(call: str) -> set[str]:
    """Return every status word that is written as the first argument of a call in the code."""
    return {
        node.args[0].value
        for path in VOICE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and node.args
        and getattr(node.func, "id", "") == call
        and isinstance(node.args[0], ast.Constant)
    }


def test_every_function_has_its_statuses_its_keys_and_its_way_on():
    names = {function.name for function in FUNCTIONS.values()}

    assert names == set(KEYS)
    assert names <= set(statuses.OF_FUNCTION)
    assert set(statuses.OF_FUNCTION) == set(branches.AFTER)


@pytest.mark.parametrize("call", ["AskBackError", "Reply"])
def test_every_status_in_the_code_is_one_the_agent_knows(call):
    known = {status for name in statuses.OF_FUNCTION for status in statuses.of(name)}

    assert literal_arguments(call)
    assert literal_arguments(call) <= known


@pytest.mark.parametrize("name", sorted(branches.AFTER))
def test_no_way_on_is_planned_for_a_status_that_never_comes(name):
    assert set(branches.AFTER[name]) <= set(statuses.of(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_status_of_a_function_has_exactly_one_edge(name):
    assert sorted(branched_on(nodes()[name])) == sorted(statuses.of(name))


@pytest.mark.parametrize("name", NAMES)
def test_without_an_answer_nothing_is_promised(name):
    assert nodes()[name]["else_edge"]["destination_node_id"] in {"trouble", "lost"}


@pytest.mark.parametrize(
    ("step", "told_by"),
    [
        ("booked", {"booked"}),
        ("moved", {"rescheduled"}),
        ("cancelled", {"cancelled", "already_cancelled"}),
    ],
)
def test_a_promise_is_only_spoken_after_the_status_that_proves_it(step, told_by):
    for source, edge in ways_into(step):
        assert source in functions()
        condition = edge["transition_condition"]
        assert {equation["right"] for equation in condition["equations"]} <= told_by
        assert {equation["left"] for equation in condition["equations"]} == {
            "{{" + source + "_status}}"
        }


@pytest.mark.parametrize("name", [name for name in NAMES if writes(functions()[name])])
def test_what_an_earlier_booking_answered_is_forgotten_before_the_next(name):
    before = f"before_{name}"

    assert [source for source, _ in ways_into(name)] == [before]
    assert nodes()[before]["response_variables"] == {f"{name}_status": "status"}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_edge_leads_somewhere_and_every_node_is_reached(locale):
    graph = {node["id"]: node for node in flow(speaking(locale))["nodes"]}
    reached, waiting = set(), ["greeting", *(n for n in graph if "global_node_setting" in graph[n])]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += [edge["destination_node_id"] for edge in edges_of(graph[name])]

    assert reached == set(graph)


def test_ids_are_unique():
    ids = [edge["id"] for node in nodes().values() for edge in edges_of(node)]

    assert len(ids) == len(set(ids))
    assert len(nodes()) == len(flow(SALON)["nodes"])


@pytest.mark.parametrize("tool", tools(SALON), ids=lambda tool: tool["name"])
def test_a_tool_is_its_function(tool):
    function = functions()[tool["name"]]

    match = resolve(tool["url"].removeprefix(SALON.base_url))
    assert (match.func, match.kwargs) == (views.functions, {"name": function.name})
    properties = tool["parameters"]["properties"]
    assert set(properties) == set(function.arguments.fields)
    assert "call_id" not in properties
    assert all(schema["description"] for schema in properties.values())
    assert tool["timeout_ms"] > function.seconds * 1000 + 2_000
    assert tool["max_retry"] == (0 if writes(function) else 1)


def test_every_alias_is_served_by_a_function_that_is_a_tool():
    named = {tool["name"] for tool in tools(SALON)}

    assert {FUNCTIONS[alias].name for alias in FUNCTIONS} == named
    assert [tool["name"] for tool in tools(SALON)] == list(functions())


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("transfer_to", ["", "+493023125199"])
def test_the_platforms_own_types_accept_it(locale, transfer_to):
    made = define(speaking(locale, transfer_to=transfer_to))
    engine = {"type": "conversation-flow", "conversation_flow_id": "flow_1", "version": 0}

    assert problems_of(made.flow, ConversationFlowCreateParams) == ""
    agent = {**made.agent, "response_engine": engine, "voice_id": "voice"}
    assert problems_of(agent, AgentCreateParams) == ""


@pytest.mark.parametrize("locale", LOCALES)
def test_every_variable_has_a_value_when_nobody_sets_it(locale):
    made = flow(speaking(locale))
    used = set(re.findall(r"\{\{([^{}]+)\}\}", json.dumps(made)))

    missing = used - set(made["default_dynamic_variables"])
    assert all(SYSTEM.fullmatch(name) for name in missing), missing
    assert missing
    assert all(isinstance(value, str) for value in made["default_dynamic_variables"].values())


@pytest.mark.parametrize("locale", LOCALES)
def test_there_are_words_for_every_step_wish_and_tool_and_no_others(locale):
    said = words(locale)

    assert set(said["steps"]) == {*branches.STEPS, "lost"}
    assert set(said["intents"]) == set(branches.INTENTS)
    assert set(said["tools"]) == set(statuses.OF_FUNCTION)
    for name, targets in branches.STEPS.items():
        asked = said["steps"][name].get("next", said["intents"])
        assert set(asked) == set(targets), name


def test_the_time_is_the_salons():
    made = flow(Salon(base_url="https://salon.example", zone="Europe/Vienna"))

    assert "{{current_time_Europe/Vienna}}" in made["global_prompt"]
    assert "ZONE" not in made["global_prompt"]


def test_a_person_is_reached_where_there_is_a_number_for_it():
    reached = nodes(speaking("de", transfer_to="+493023125199"))["a_person"]

    assert nodes()["a_person"]["type"] == "conversation"
    assert reached["transfer_destination"]["number"] == "+493023125199"
    assert reached["edge"]["destination_node_id"] == "trouble"


def test_the_same_salon_is_the_same_text():
    assert define(SALON).as_json() == define(SALON).as_json()
    assert json.loads(define(SALON).as_json())["numbers"] == {
        "+493023125101": {"inbound_webhook_url": "https://salon.example/api/voice/inbound/"}
    }
