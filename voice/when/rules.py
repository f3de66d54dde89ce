"""Reading text by tables of rules: every rule takes what it knows and leaves the rest."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from voice.when.said import (
    DatePiece,
    TimePiece,
    Wish,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """What a language says of the words its rules leave.

    Attributes:
        fillers: mean nothing.
        telling: belong to a date or time nobody has understood.
        either: the pattern of a choice.
    """

    fillers: frozenset[str]
    telling: frozenset[str]
    either: re.Pattern[str]


def wish_of(said: str, rules: Iterable[Rule], lexicon: Lexicon) -> Wish:
    """Return what a stretch of text without corrections says."""
    pieces, rest = take(said, rules)
    words = re.findall(r"[a-z']+|\d+", rest)
    return Wish(
        dates=tuple(piece for piece in pieces if not isinstance(piece, TimePiece)),
        times=tuple(piece for piece in pieces if isinstance(piece, TimePiece)),
        unread=any(word.isdigit() or word in lexicon.telling for word in words),
        unknown=any(word not in lexicon.fillers for word in words),
        either=lexicon.either.search(said) is not None,
    )


def take(text: str, rules: Iterable[Rule]) -> tuple[list[Piece], str]:
    """Apply the rules in order; return the pieces they found and the text that is left."""
    found: list[Piece] = []

    def swallow(each: Rule, match: re.Match[str]) -> str:
        pieces = each.build(match)
        if pieces is None:
            return match.group()
        found.extend(pieces)
        return (
            TIME_MARK
            if pieces and all(isinstance(piece, TimePiece) for piece in pieces)
            else DATE_MARK
        )

    for each in rules:
        text = " ".join(each.pattern.sub(partial(swallow, each), text).split())
    return found, text
