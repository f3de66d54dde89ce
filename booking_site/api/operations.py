"""The operations, one per address and function, made from the functions themselves."""

from collections.abc import Callable, Iterable
from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from booking_site.api.examples import Example, examples
from booking_site.api.objects import Schema, component, obj, one_of, ref
from voice.agent.tools import functions, parameters
from voice.functions import FUNCTIONS, Function
from voice.serializers import Said

JSON = "application/json"
VOICE, CALCOM = "Retell", "Cal.com"
CALL: Schema = {
    "type": "object",
    "description": "The platform's call. `to_number`, else `agent_id`, names the salon.",
    "properties": {
        "call_id": {"type": "string"},
        "agent_id": {"type": "string"},
        "from_number": {
            "type": ["string", "null"],
            "description": "Of the caller, if not withheld.",
        },
        "to_number": {"type": "string", "description": "Of the salon."},
    },
}
SPELLINGS = (
    "Arguments may also stand flat in the body, or under `arguments` or `parameters`; unknown ones "
    "are ignored."
)
LET_IN = "Let in; what came of it is in the body."
ERRORS = {
    400: "The body is no JSON object.",
    401: "Unsigned, signed with another key, or signed more than five minutes ago.",
    413: "The body is too large: over 256 KiB where nothing else is said.",
}


class Described(APIView):
    """An operation in the description. The address itself is served by a view of an app."""

    # Signed: the platform signs, nobody logs in.
    permission_classes = ()
    authentication_classes = ()


def patterns() -> list[URLPattern]:
    """Return every described address, with a view that carries its description."""
    return [
        _by_name(),
        *(_function(function) for function in functions().values()),
        _event(),
        _inbound(),
        _calcom_webhook(),
    ]


def _function(function: Function) -> URLPattern:
    name = function.name
    aliases = [alias for alias, other in FUNCTIONS.items() if other is function and alias != name]
    return _pattern(
        f"api/voice/functions/{name}/",
        operation_id=name,
        tags=[VOICE],
        auth=[{"retell": []}],
        summary=_first_line(function.answer),
        description=_described(function, aliases),
        request={JSON: _request(function)},
        responses=_answers({"anyOf": [ref(component(name)), ref("Failure")]}),
        examples=[shown for example in examples(name) for shown in _shown(example)],
    )


def _by_name() -> URLPattern:
    body = {
        "type": "object",
        "properties": {
            "name": one_of(FUNCTIONS) | {"description": "The function, or an alias of it."},
            "args": {"type": ["object", "array", "null"]},
            "call": CALL,
        },
        "required": ["name", "call"],
    }
    answers = [ref(component(name)) for name in functions()]
    return _pattern(
        "api/voice/functions/",
        operation_id="function_by_name",
        tags=[VOICE],
        auth=[{"retell": []}],
        summary="Any function, by the name in the body.",
        request={JSON: body},
        responses=_answers({"anyOf": [*answers, ref("Failure")]}),
    )


def _request(function: Function) -> Schema:
    return {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "args": {"anyOf": [parameters(function), {"type": ["array", "null"]}]},
            "call": CALL,
        },
        "required": ["call"],
    }


def _described(function: Function, aliases: list[str]) -> str:
    kept = {
        name: field.aliases
        for name, field in function.arguments.fields.items()
        if isinstance(field, Said) and field.aliases
    }
    lines = [
        f"Answers within {function.seconds:g} seconds. {SPELLINGS}",
        f"Also called: {_code(aliases)}." if aliases else "",
        *(f"- `{name}` may also be spelled {_code(others)}" for name, others in kept.items()),
    ]
    return "\n".join(line for line in lines if line)


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _shown(example: Example) -> Iterable[OpenApiExample]:
    title = example.status.replace("_", " ")
    yield OpenApiExample(
        f"{title}: asked", value=example.request, request_only=True, media_type=JSON
    )
    yield OpenApiExample(
        f"{title}: answered",
        value=example.answer,
        response_only=True,
        status_codes=["200"],
        media_type=JSON,
    )


def _event() -> URLPattern:
    body = {
        "type": "object",
        "properties": {"event": {"type": "string"}, "call": CALL},
        "required": ["event", "call"],
    }
    return _pattern(
        "api/voice/webhook/",
        operation_id="call_event",
        tags=[VOICE],
        auth=[{"retell": []}],
        summary="Something happened to a call: it began, ended, was analyzed or put through.",
        description="In any order and as often as it likes. The body may have 1 MiB.",
        request={JSON: body},
        responses=_answers(ref("Failure"), "The salon is not known: to ask again changes nothing.")
        | {204: OpenApiResponse(None, "Stored, or an event that is not known.")},
    )


def _inbound() -> URLPattern:
    body = {
        "type": "object",
        "properties": {
            "event": {"type": "string", "enum": ["call_inbound"]},
            "call_inbound": CALL,
        },
        "required": ["call_inbound"],
    }
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    return _pattern(
        "api/voice/inbound/",
        operation_id="call_inbound",
        tags=[VOICE],
        auth=[{"retell": []}],
        summary="A call comes in: what the agent should know before it speaks.",
        description="The caller hears it ring meanwhile. An unknown number gets the day alone.",
        request={JSON: body},
        responses=_answers(obj(call_inbound=obj(dynamic_variables=texts, metadata=texts))),
    )


def _calcom_webhook() -> URLPattern:
    body = {
        "type": "object",
        "properties": {
            "triggerEvent": {"type": "string"},
            "createdAt": {"type": "string"},
            "payload": {"type": "object"},
        },
    }
    return _pattern(
        "api/calcom/webhook/<slug:slug>/",
        operation_id="calcom_webhook",
        tags=[CALCOM],
        auth=[{"calcom": []}],
        summary="What Cal.com says happened: kept, answered, and dealt with afterwards.",
        request={JSON: body},
        responses=_answers(obj(status=one_of(("accepted", "duplicate"))))
        | {(404, JSON): OpenApiResponse(ref("Error"), "There is no such company.")},
        parameters=[
            OpenApiParameter("slug", str, OpenApiParameter.PATH, description="The company's.")
        ],
    )


def _answers(body: Schema, when: str = LET_IN) -> dict[Any, Any]:
    """Return the answer of an operation, beside those of whoever is not let in."""
    return {
        (200, JSON): OpenApiResponse(body, when),
        **{(status, JSON): OpenApiResponse(ref("Error"), why) for status, why in ERRORS.items()},
    }


def _pattern(address: str, **description: Any) -> URLPattern:
    parameters = [
        OpenApiParameter(
            "X-Retell-Call-Id",
            location=OpenApiParameter.HEADER,
            description="The call's id, where the body holds none.",
        )
    ]
    if description.get("auth") == [{"retell": []}]:
        description.setdefault("parameters", parameters)

    @extend_schema(**description)
    def post(self: APIView, request: Request, **_: str) -> Response:
        raise NotImplementedError  # described here, served there

    operation: type[APIView] = type("Operation", (Described,), {"post": post})
    return path(address, operation.as_view())


def _first_line(function: Callable[..., Any]) -> str:
    return (function.__doc__ or "").partition("\n")[0]
