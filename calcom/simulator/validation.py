"""The service's two ways of checking input: a text that rejects unknown keys, and a list."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calcom.simulator.answers import RefusedError, refused, refused_inputs
from calcom.simulator.moments import is_moment, is_zone

EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True, slots=True)
class Rule:
    """One constraint: its name, its message (`{}` is the property), and who passes."""

    name: str
    message: str
    passes: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    rules: tuple[Rule, ...] = ()
    required: bool = False
    children: tuple["Field", ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one property. Children are the problems inside it."""

    name: str
    constraints: Mapping[str, str]
    children: tuple["Problem", ...] = ()

    def spoken(self) -> str:
        return (
            f"{self.name} property is wrong,{', '.join(self.constraints.values())} "
            f"{', '.join(child.spoken() for child in self.children)}"
        )

    def listed(self) -> dict[str, object]:
        return {
            "property": self.name,
            "children": [child.listed() for child in self.children],
            "constraints": dict(self.constraints),
        }


def one_of(*values: str, message: str = "") -> Rule:
    default = "{} must be one of the following values: " + ", ".join(values)
    return Rule("isIn", message or default, lambda value: value in values)


def at_least(least: int) -> Rule:
    return Rule("min", f"{{}} must not be less than {least}", lambda value: value >= least)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


STRING = Rule("isString", "{} must be a string", lambda value: isinstance(value, str))
BOOLEAN = Rule("isBoolean", "{} must be a boolean value", lambda value: isinstance(value, bool))
NUMBER = Rule("isNumber", "{} must be a number conforming to the specified constraints", _is_number)
INTEGER = Rule(
    "isInt",
    "{} must be an integer number",
    lambda value: isinstance(value, int) and not isinstance(value, bool),
)
OBJECT = Rule("isObject", "{} must be an object", lambda value: isinstance(value, dict))
ARRAY = Rule("isArray", "{} must be an array", lambda value: isinstance(value, list))
STRINGS = Rule(
    "isString",
    "each value in {} must be a string",
    lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
)
MOMENT = Rule("isDateString", "{} must be a valid ISO 8601 date string", is_moment)
ZONE = Rule("isTimeZone", "{} must be a valid IANA time-zone", is_zone)
MAIL = Rule(
    "isEmail",
    "{} must be an email",
    lambda value: isinstance(value, str) and EMAIL.fullmatch(value) is not None,
)
TELEPHONE = Rule(
    "isPhoneNumber",
    "{} must be a valid phone number",
    lambda value: isinstance(value, str) and PHONE.fullmatch(value) is not None,
)


def find_problems(
    given: Mapping[str, Any], fields: Sequence[Field], *, forbid_unknown: bool = True
) -> list[Problem]:
    """Check an object. Unknown keys come first, then the fields in their order.

    A field sent as null counts as absent, as it does for the real service.
    """
    known = {field.name for field in fields}
    problems = [
        Problem(name, {"whitelistValidation": f"property {name} should not exist"})
        for name in given
        if forbid_unknown and name not in known
    ]
    return problems + [
        problem for field in fields for problem in _problems_of(field, given.get(field.name))
    ]


def _problems_of(field: Field, value: object) -> Iterable[Problem]:
    if value is None and not field.required:
        return
    failed: dict[str, str] = {}
    for rule in field.rules:
        # The first failure is enough where a later rule could not even look at the value.
        if not failed and not rule.passes(value):
            failed[rule.name] = rule.message.format(field.name)
    children: tuple[Problem, ...] = ()
    if field.children and isinstance(value, dict):
        children = tuple(find_problems(value, field.children))
    if failed or children:
        yield Problem(field.name, failed, children)


def _digits(value: object) -> bool:
    return isinstance(value, str) and value.isdecimal()


DIGITS = Rule("isNumber", "{} must be a number conforming to the specified constraints", _digits)


def read_page(query: Mapping[str, str]) -> tuple[int, int]:
    """Return `take`, at most and by default 250, and `skip`.

    Raises:
        RefusedError: 400 with the list of problems.
    """
    given = {name: query[name] for name in ("take", "skip") if query.get(name)}
    fields = (
        Field(
            "take",
            (
                DIGITS,
                Rule("min", "{} must not be less than 1", lambda value: int(value) >= 1),
                Rule(
                    "max",
                    f"{{}} must not be greater than {MOST_TAKEN}",
                    lambda value: int(value) <= MOST_TAKEN,
                ),
            ),
        ),
        Field("skip", (DIGITS,)),
    )
    if problems := find_problems(given, fields, forbid_unknown=False):
        raise enumerate_problems(problems)
    return int(given.get("take", MOST_TAKEN)), int(given.get("skip", 0))


MOST_TAKEN = 250


def speak(problems: Sequence[Problem]) -> RefusedError:
    """Refuse as bookings and slots do: one text. Source: Cal.com API v2, read 2026-11."""
    return refused(400, ", ".join(problem.spoken() for problem in problems))


def enumerate_problems(problems: Sequence[Problem]) -> RefusedError:
    """Refuse as event types and list queries do: a list in `details`."""
    return refused_inputs(problem.listed() for problem in problems)
