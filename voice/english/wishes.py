"""From an English text to the wishes in it."""

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from voice.english import dates, times
from voice.english.numbers import with_digits
from voice.english.words import CORRECTION, EITHER, FILLERS, GREETING, TELLING
from voice.when.rules import Lexicon, Rule, wish_of
from voice.when.said import Wish
from voice.when.text import folded
from voice.when.written import iso_rule

LEXICON = Lexicon(fillers=FILLERS, telling=TELLING, either=re.compile(EITHER))

# Applied in order to folded text, before number words become digits.
TIDY = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        ("[\u2018\u2019`]", "'"),
        (r"\b([ap])\. ?m\.?(?![a-z])", r"\1m"),
        (r"(?<=\d)([ap])m?\b", r" \1m"),
        (GREETING, " "),
        (r"\bor rather\b", " i mean "),
        (r"\bthe (?=\d|day|week after)", ""),
        (r"\b(?:o clock|oclock)\b", "o'clock"),
        (r"[!?;()\"“”…*]+|\.\.+|,|(?<=[a-z]{3})\.(?= |$)", " , "),
        (r"\bwhat time\b", " "),
    )
)
COUNTED_THINGS = re.compile(r"\b\d+ (?:people|persons?|kids|appointments?|times)\b")


def heard(text: str | None, *, zone: ZoneInfo, about_time: bool = False) -> tuple[Wish, ...]:
    """Return the wishes in a text, in the order they were said; corrections part them."""
    rules = _rules(zone, about_time=about_time)
    wishes = (wish_of(each, rules, LEXICON) for each in _parts(text))
    return tuple(wish for wish in wishes if not wish.is_empty)


def _parts(text: str | None) -> Iterator[str]:
    said = folded(text, today_is="today")
    for pattern, by in TIDY:
        said = pattern.sub(by, said)
    said = COUNTED_THINGS.sub(" ", with_digits(" ".join(said.split())))
    yield from (part.strip(" ,") for part in re.split(CORRECTION, " ".join(said.split())))


def _rules(zone: ZoneInfo, *, about_time: bool) -> tuple[Rule, ...]:
    return (
        iso_rule(zone),
        *(times.WRITTEN_CLOCKS if about_time else ()),
        *dates.DATE_RULES,
        *times.time_rules(about_time=about_time),
        *(() if about_time else dates.VAGUE_WORDS),
        *dates.AROUND_DATES,
    )
