"""Requests and answers as they really are: recorded by the tests, and checked by them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("examples.json")


@dataclass(frozen=True, slots=True)
class Example:
    """One function call.

    Attributes:
        status: of the answer.
        request: its body.
        answer: the whole of it.
    """

    status: str
    request: dict[str, Any]
    answer: dict[str, Any]


@cache
def _recorded() -> dict[str, dict[str, dict[str, Any]]]:
    recorded: dict[str, dict[str, dict[str, Any]]] = json.loads(FILE.read_text(encoding="utf-8"))
    return recorded


def examples(function: str) -> Iterable[Example]:
    """Yield an example per status of a function, in the order of their words."""
    for status, seen in sorted(_recorded().get(function, {}).items()):
        yield Example(status, seen["request"], seen["answer"])
