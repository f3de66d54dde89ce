"""Reading text by tables of rules: every rule takes what it knows and leaves the rest."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from voice.when.said import (
    Between,
    Clock,
    DatePiece,
    Elapsed,
    From,
    NoTime,
    Part,
    TimePiece,
    Until,
)

Piece = DatePiece | TimePiece
Taken = tuple[Piece, ...] | None  # None: the rule does not apply after all

DATE_MARK, TIME_MARK = " @ ", " # "  # what was taken leaves a mark, so that no new neighbours meet


@dataclass(frozen=True, slots=True)
class Rule:
    pattern: re.Pattern[str]
    build: Callable[[re.Match[str]], Taken]


def rule(pattern: str, build: Callable[[re.Match[str]], Taken]) -> Rule:
    return Rule(re.compile(pattern), build)


def always(pattern: str, *pieces: Piece) -> Rule:
    """Return a rule whose words mean one thing, whatever surrounds them."""
    return Rule(re.compile(pattern), lambda _: pieces)


def is_time(piece: Piece) -> bool:
    return isinstance(piece, Clock | From | Until | Between | Elapsed | Part | NoTime)


def take(text: str, rules: Iterable[Rule]) -> tuple[list[Piece], str]:
    """Apply the rules in order; return the pieces they found and the text that is left."""
    found: list[Piece] = []

    def swallow(each: Rule, match: re.Match[str]) -> str:
        pieces = each.build(match)
        if pieces is None:
            return match.group()
        found.extend(pieces)
        return TIME_MARK if pieces and all(map(is_time, pieces)) else DATE_MARK

    for each in rules:
        text = each.pattern.sub(partial(swallow, each), text)
    return found, text
