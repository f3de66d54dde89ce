"""From a German text to the wishes in it."""

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from voice.german import dates, times
from voice.german.numbers import with_digits
from voice.german.words import (
    CORRECTION,
    EITHER,
    FILLERS,
    GREETING,
    SUBJECT,
    TELLING,
    VERB,
)
from voice.when.rules import Lexicon, Rule, wish_of
from voice.when.said import Wish
from voice.when.text import folded
from voice.when.written import iso_rule

DAY = dates.LONG_DAY_NAME
LEXICON = Lexicon(fillers=FILLERS, telling=TELLING, either=re.compile(EITHER))
PART = "frueh|morgen|vormittag|mittag|nachmittag|abend|nacht"
# "Freitag geht nicht, Samstag um zehn": what cannot be is no wish.
CANNOT_BE = (
    rf"(?:^|(?<= , ))[a-z ]*\b(?:{DAY}|heute|morgen|uebermorgen)\b[a-z ]*"
    r" nicht(?: mehr| so gut)? +,(?= *\S)"
)

# Applied in order to folded text, before number words become digits.
TIDY = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (GREETING, " "),
        (r"[!?;()\"'„“”…*]+|\.\.+|,|(?<=[a-z]{3})\.(?= |$)|\.$(?<=[a-z]\.)", " , "),
        (r"(?<=[a-z])-(?=[a-z])", " "),
        (rf"\b({DAY})({PART})s?\b", r"\1 \2"),
        (r"\b(?:am (?:fruehen )?)morgen\b", "morgens"),
        (rf"\b({DAY}|heute|uebermorgen) morgen\b", r"\1 morgens"),
        (r"\bdrei viertel\b", "dreiviertel"),
        (r"\bviertel ?(?=stunde)", "viertel"),
        (r"(?<=\d) ?(?:uhr|h)(?=\d|\b)", " uhr "),
        (r"\b(?:um )?wie ?viel uhr\b", " "),
        (r"\bpunkt (?=\w+ uhr|\d)", ""),
        (CANNOT_BE, " , "),
    )
)
# And after.
COUNTED_THINGS = re.compile(
    r"\b\d+ (?:personen|person|leute|kinder|termine?|mal)\b|\bfuer (?:\d+|anderthalb|eine)"
    r"(?: ?einhalb| halbe)? (?:stunden?|minuten)\b|\b(?:als|zum) \d\.(?: mal)?(?= |$)"
    r"|\b\d\. (?:freien? )?(?:termin|mal)\b"
)
# "Morgen, ich hätte gern …" greets; "morgen hätte ich gern …" does not.
GREETING_MORNING = re.compile(rf"^[ ,]*morgen(?: zusammen)?(?P<pause>[ ,]+)(?={SUBJECT}|{VERB})")


def heard(text: str | None, *, zone: ZoneInfo, about_time: bool = False) -> tuple[Wish, ...]:
    """Return the wishes in a text, in the order they were said; corrections part them."""
    rules = _rules(zone, about_time=about_time)
    wishes = (wish_of(each, rules, LEXICON) for each in _parts(text))
    return tuple(wish for wish in wishes if not wish.is_empty)


def _parts(text: str | None) -> Iterator[str]:
    said = folded(text, today_is="heute")
    for pattern, by in TIDY:
        said = pattern.sub(by, said)
    said = _without_greeting(" ".join(said.split()))
    said = COUNTED_THINGS.sub(" ", with_digits(said))
    yield from (part.strip(" ,") for part in re.split(CORRECTION, " ".join(said.split())))


def _without_greeting(said: str) -> str:
    """Drop a greeting "Morgen," in front of a sentence."""
    greeting = GREETING_MORNING.match(said)
    if not greeting:
        return said
    rest = said[greeting.end() :]
    has_subject_first = re.match(SUBJECT, rest)
    names_a_day = re.search(rf"\b(?:{DAY}|heute|(?:ueber)*morgen|\d+\.)", rest)
    paused = "," in greeting["pause"]
    return rest if has_subject_first or (paused and names_a_day) else said


def _rules(zone: ZoneInfo, *, about_time: bool) -> tuple[Rule, ...]:
    return (
        iso_rule(zone),
        *(times.WRITTEN_CLOCKS if about_time else ()),
        *dates.DATE_RULES,
        *times.time_rules(about_time=about_time),
        *(() if about_time else dates.VAGUE_WORDS),
        *dates.AROUND_DATES,
        *times.AROUND_TIMES,
    )
