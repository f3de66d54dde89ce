"""JSON Schemas of what answers hold. Every answer heard in a test is held against them."""

from collections.abc import Iterable
from typing import Any

from voice import shapes, statuses

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
TRUTH: Schema = {"type": "boolean"}
DATE: Schema = {"type": "string", "format": "date"}
TIME: Schema = {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"}
INSTANT: Schema = {"type": "string", "format": "date-time"}


def null_or(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def list_of(schema: Schema, *, most: int | None = None) -> Schema:
    return {"type": "array", "items": schema} | ({} if most is None else {"maxItems": most})


def one_of(words: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(words)}


def obj(**properties: Schema) -> Schema:
    """Return an object that always has its properties and nothing unknown."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def explained(text: str, schema: Schema) -> Schema:
    return schema | {"description": text}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


NAMED = obj(id=NUMBER, name=TEXT)
OBJECTS: dict[str, Schema] = {
    "Service": explained(
        "Price in euros, as text.", obj(id=NUMBER, name=TEXT, duration_minutes=NUMBER, price=TEXT)
    ),
    "Slot": explained(
        "A time that is free. `token` or `option` choose it later in the call.",
        obj(
            token=TEXT,
            option=NUMBER,
            starts_at=INSTANT,
            ends_at=INSTANT,
            date=DATE,
            time=TIME,
            spoken=TEXT,
            staff=NAMED,
            service=ref("Service"),
            type=one_of(
                (
                    "requested",
                    "same_day_earlier",
                    "same_day_later",
                    "next_workday",
                    "next_week",
                    "next_available",
                    "same_window_other_day",
                )
            ),
            held_until=null_or(INSTANT),
        ),
    ),
    "Appointment": explained(
        "The id is opaque.",
        obj(
            id=TEXT,
            starts_at=INSTANT,
            ends_at=INSTANT,
            date=DATE,
            time=TIME,
            spoken=TEXT,
            service=NAMED,
            staff=NAMED,
            sync_status=one_of(("pending", "synced", "failed", "conflict", "not_applicable")),
        ),
    ),
    "Previous": obj(
        starts_at=INSTANT, ends_at=INSTANT, date=DATE, time=TIME, spoken=TEXT, staff=NAMED
    ),
    "Callback": obj(
        id=NUMBER, priority=one_of(("normal", "high", "urgent")), due_at=null_or(INSTANT)
    ),
    "Customer": obj(id=NUMBER, name=TEXT, first_name=TEXT),
    "Day": obj(date=DATE, weekday=TEXT, spoken=TEXT),
    "Stretch": explained("An end that is left open is null.", obj(**{"from": TIME, "to": TIME})),
    "Understood": explained(
        "What was understood of a wish. `confirmation`: how much of it the agent repeats.",
        obj(
            date=null_or(DATE),
            time=null_or(TIME),
            window=null_or(obj(**{"from": null_or(TIME), "to": null_or(TIME)})),
            days=null_or(obj(**{"from": DATE, "to": DATE})),
            weekday=null_or(TEXT),
            spoken=null_or(TEXT),
            service=null_or(NAMED),
            staff=null_or(NAMED),
            ambiguous=TRUTH,
            confirmation=one_of(("full", "brief", "none")),
        ),
    ),
}

# What a key of `data` holds, whichever function it belongs to.
DATA: dict[str, Schema] = {
    "alternatives": list_of(ref("Slot"), most=2),
    "appointment": null_or(ref("Appointment")),
    "appointments": list_of(ref("Appointment")),
    "available": TRUTH,
    "booked": TRUTH,
    "call_id": null_or(TEXT),
    "callback": null_or(ref("Callback")),
    "candidates": list_of({"anyOf": [DATE, NAMED]}),
    "categories": list_of(TEXT),
    "customer": null_or(ref("Customer")),
    "date": null_or(DATE),
    "day": null_or(ref("Day")),
    "day_after_tomorrow": null_or(ref("Day")),
    "hours": list_of(ref("Stretch")),
    "last_visit": null_or(INSTANT),
    "name_likeness": null_or({"type": "number", "minimum": 0, "maximum": 1}),
    "next_monday": null_or(ref("Day")),
    "next_opening": null_or({"type": "object"}),
    "now": null_or(INSTANT),
    "policies": null_or(
        obj(
            cancel_deadline_hours=NUMBER,
            reschedule_deadline_hours=NUMBER,
            max_reschedules=NUMBER,
            horizon_days=NUMBER,
        )
    ),
    "predicted_service": null_or(TEXT),
    "preferred_staff": null_or(TEXT),
    "previous": null_or(ref("Previous")),
    "reason": null_or(TEXT),
    "repeated": TRUTH,
    "salon": null_or(obj(name=TEXT, branch=TEXT, open_today=TRUTH)),
    "service_confidence": {"type": "number", "minimum": 0, "maximum": 1},
    "services": list_of(ref("Service"), most=5),
    "slot": null_or(ref("Slot")),
    "source": one_of(("calcom", "local")),
    "time": null_or(TIME),
    "timezone": null_or(TEXT),
    "tomorrow": null_or(ref("Day")),
    "understood": null_or(ref("Understood")),
    "upcoming": NUMBER,
    "week": list_of({"type": "object"}),
    "weekday": null_or(TEXT),
}
# What a refusal or a question knows beside that.
FACTS: dict[str, Schema] = {
    "alternative_staff": list_of(NAMED, most=3),
    "detected_staff": TEXT,
    "earliest_bookable": INSTANT,
    "minimum_notice_minutes": NUMBER,
    "offered": list_of(NAMED, most=5),
    "requested_staff": TEXT,
} | {
    key: DATA[key]
    for key in ("alternatives", "appointment", "candidates", "reason", "slot", "understood")
}


def component(function: str) -> str:
    return f"{function.title().replace('_', '')}Answer"


def schemas() -> dict[str, Schema]:
    """Return every schema by its name: objects, each function's answer, failures, errors."""
    answers = {component(name): _answer(name) for name in shapes.KEYS}
    return OBJECTS | answers | {"Failure": _failure(), "Error": _error()}


def _answer(function: str) -> Schema:
    # A key without a type would be anything; the tests want one for each.
    data = obj(**{key: DATA.get(key, {}) for key in (*shapes.KEYS[function], "call_id")})
    data["properties"] = FACTS | data["properties"]
    return obj(
        success=TRUTH,
        status=one_of(statuses.of(function)),
        message=TEXT,
        data=data,
    )


def _failure() -> Schema:
    return explained(
        "The backend could not do its work, before it knew for which function or salon.",
        obj(
            success={"type": "boolean", "const": False},
            status=one_of(statuses.FAILURES),
            message=TEXT,
            data={"type": "object"},
        ),
    )


def _error() -> Schema:
    return explained("Why a request was not let in.", obj(error=TEXT))
