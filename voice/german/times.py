"""The times of German speech: patterns on folded text with digits, and what they say."""

import re
from collections.abc import Callable
from datetime import timedelta

from voice.when.rules import Rule, Taken, always, rule
from voice.when.said import Between, Clock, Elapsed, From, Half, NoTime, Part, Until
from voice.when.written import is_clock

N = r"\d{1,2}(?![\d.:]*\d)"
UHR = r"(?: uhr)?"
LAST_HOUR = 24

# Every form of a clock time that needs no other word to be one.
FORMS: tuple[tuple[str, Callable[[list[int]], Clock]], ...] = (
    (rf"(\d{{1,2}}):(\d{{2}})(?::\d{{2}})?{UHR}", lambda n: Clock(n[0], n[1], Half.WRITTEN)),
    (r"(\d{1,2})\.(\d{2}) uhr", lambda n: Clock(n[0], n[1])),
    (rf"({N}) uhr (?:und )?({N})(?! uhr)(?: minuten)?", lambda n: Clock(n[0], n[1])),
    (rf"({N}) uhr", lambda n: Clock(n[0])),
    (rf"({N})(?: minuten)? vor halb ({N}){UHR}", lambda n: _before(n[1], 30 + n[0])),
    (rf"({N})(?: minuten)? nach halb ({N}){UHR}", lambda n: _before(n[1], 30 - n[0])),
    (rf"kurz (?:vor|nach) halb ({N}){UHR}", lambda n: _before(n[0], 30)),
    (rf"halb ({N}){UHR}", lambda n: _before(n[0], 30)),
    (rf"viertel nach ({N}){UHR}", lambda n: Clock(n[0], 15)),
    (rf"viertel vor ({N}){UHR}", lambda n: _before(n[0], 15)),
    (rf"dreiviertel ({N}){UHR}", lambda n: _before(n[0], 15)),
    (rf"viertel ({N}){UHR}", lambda n: _before(n[0], 45)),
    (rf"({N})(?: minuten)? vor ({N}){UHR}", lambda n: _before(n[1], n[0])),
    (rf"({N})(?: minuten)? nach ({N}){UHR}", lambda n: Clock(n[1], n[0])),
    (r"mitternacht", lambda _: Clock(24)),
)
SPOKEN_DIGITS = (r"(\d{1,2}) ([0-5]\d)", lambda n: Clock(n[0], n[1]))  # vierzehn dreißig
DOTTED = (r"(\d{1,2})\.(\d{2})", lambda n: Clock(n[0], n[1]))
BARE = (rf"({N})", lambda n: Clock(n[0]))


def _before(hour: int, minutes: int) -> Clock:
    """Return the clock `minutes` before a full hour; after midnight comes before one."""
    if hour > LAST_HOUR or not 0 < minutes < 60:  # noqa: PLR2004 -- minutes of an hour
        return Clock(LAST_HOUR + 1)
    return Clock((hour - 1) % LAST_HOUR if hour != 1 else 12, 60 - minutes)


def _uncaptured(pattern: str) -> str:
    return re.sub(r"\((?!\?)", "(?:", pattern)


FULL_FORM = "|".join(_uncaptured(pattern) for pattern, _ in FORMS)
ANY_FORM = "|".join(_uncaptured(pattern) for pattern, _ in (*FORMS, DOTTED, BARE))
NOT_A_COUNT = r"(?! ?(?:tag|woche|monat|jahr|minute|stunde|termin|person|leute|kind|mal\b)|\.? ?\d)"
CLOCK = rf"(?:{ANY_FORM}){NOT_A_COUNT}"
NOT_TO_THE_HOUR = r"(?<!\d )(?<!minuten )(?<!viertel )(?<!kurz )"  # zehn vor, kurz nach
ABOUT = (
    r"(?:so |ungefaehr |etwa |circa |ca\.? |gegen |um |exakt |genau |spaetestens |fruehestens "
    r"|rund |die )*"
)


def clock_of(text: str) -> Clock | None:
    """Return the clock time a text is, None if it is none that exists."""
    for pattern, build in (*FORMS, SPOKEN_DIGITS, DOTTED, BARE):
        if match := re.fullmatch(pattern, text.strip(" .")):
            clock = build([int(number) for number in match.groups()])
            return clock if is_clock(clock) else None
    return None


def _two_numbers(match: re.Match[str]) -> Taken:
    """Return "um zehn dreißig"; "um zehn elf" are two hours, not eleven minutes past ten."""
    first, second = (int(number) for number in match["at"].split())
    return (NoTime.TWO_READINGS,) if second == first + 1 else _at(match)


def _at(match: re.Match[str]) -> Taken:
    clock = clock_of(match["at"])
    return (clock,) if clock else (NoTime.IMPOSSIBLE,)


def _if_real(match: re.Match[str]) -> Taken:
    clock = clock_of(match["at"])
    return (clock,) if clock else None


def _bound(kind: Callable[[Clock], From | Until]) -> Callable[[re.Match[str]], Taken]:
    def build(match: re.Match[str]) -> Taken:
        clock = clock_of(match["at"])
        return (kind(clock),) if clock else (NoTime.IMPOSSIBLE,)

    return build


def _between(match: re.Match[str]) -> Taken:
    start, end = clock_of(match["start"]), clock_of(match["end"])
    return (Between(start, end),) if start and end else (NoTime.IMPOSSIBLE,)


def _hours(match: re.Match[str]) -> Taken:
    half = 30 if match["half"] else 0
    return (Elapsed(timedelta(hours=int(match["count"]), minutes=half)),)


NOON = Clock(12)
ELAPSED = (
    always(r"\bin (?:1|einer|ner)? ?(?:halben|1/2) stunde\b", Elapsed(timedelta(minutes=30))),
    always(r"\bin (?:einer |1 |ner )?(?:viertel ?stunde)\b", Elapsed(timedelta(minutes=15))),
    always(r"\bin (?:einer |1 |ner )?dreiviertel ?stunde\b", Elapsed(timedelta(minutes=45))),
    always(
        r"\bin (?:anderthalb|eineinhalb|einundeinhalb) stunden\b", Elapsed(timedelta(minutes=90))
    ),
    rule(r"\bin (?P<count>\d{1,3})(?P<half> ?einhalb)? stunden?\b", _hours),
    rule(
        r"\bin (?P<count>\d{1,3}) (?:minuten?|min)\b",
        lambda match: (Elapsed(timedelta(minutes=int(match["count"]))),),
    ),
)

SPANS = (
    rule(
        rf"\b(?:zwischen|von) {ABOUT}(?P<start>{CLOCK}) (?:und|bis|-) {ABOUT}(?P<end>{CLOCK})",
        _between,
    ),
    rule(rf"(?<![\d.:])(?P<start>{ANY_FORM}) ?(?:bis|-) ?(?P<end>{FULL_FORM})(?!\d)", _between),
    rule(rf"(?<![\d.:])(?P<start>{FULL_FORM}) ?(?:bis|-) ?(?P<end>{CLOCK})(?!\d)", _between),
    rule(
        rf"\b(?:um|gegen) {ABOUT}(?P<start>{ANY_FORM}) ?(?:bis|-) ?(?P<end>{CLOCK})(?!\d)", _between
    ),
    rule(rf"\bvon {ABOUT}(?P<at>{CLOCK}) an\b", _bound(From)),
    always(r"\bbis (?:zum |am )?mittags?\b", Until(NOON)),
    always(r"\b(?:ab|von) (?:dem |am )?mittags?(?: an)?\b", From(NOON)),
    # "nicht vor 10" is a beginning, "nicht nach 12" an end.
    rule(rf"\bnicht (?:vor|frueher als) {ABOUT}(?P<at>{CLOCK})", _bound(From)),
    rule(rf"\bnicht (?:nach|spaeter als) {ABOUT}(?P<at>{CLOCK})", _bound(Until)),
    rule(
        rf"{NOT_TO_THE_HOUR}\b(?:ab|nach|fruehestens|erst um|erst ab)"
        rf" {ABOUT}(?P<at>{CLOCK})",
        _bound(From),
    ),
    rule(
        rf"{NOT_TO_THE_HOUR}\b(?:bis|vor|spaetestens) {ABOUT}(?P<at>{CLOCK})",
        _bound(Until),
    ),
)

CLOCKS = (
    rule(r"\bum (?P<at>\d{1,2} [0-5]\d)(?![\d.:]| uhr)", _two_numbers),
    rule(
        rf"\b(?:um|gegen|ungefaehr|etwa|circa|ca\.?|kurz vor|kurz nach|punkt) {ABOUT}"
        rf"(?:kurz (?:vor|nach) )?(?P<at>{CLOCK})",
        _at,
    ),
    rule(rf"(?<![\d.:])\b(?P<at>{FULL_FORM})(?!\d)", _at),
)
# A time text needs no "um", and its "10.11" is no date.
WRITTEN_CLOCKS = (
    rule(r"\bum (?P<at>\d{1,2} [0-5]\d)(?![\d.:]| uhr)", _two_numbers),
    rule(rf"(?<![\d.:])(?P<start>{ANY_FORM}) ?(?:bis|-) ?(?P<end>{ANY_FORM})(?![\d.])", _between),
    rule(r"(?<![\d.:])(?P<at>\d{1,2}\.\d{2})(?![\d.]| ?uhr)", _if_real),
    rule(r"^(?P<at>\d{1,2} [0-5]\d)$", _two_numbers),
    rule(r"^(?P<at>\d{1,2}\.?)$", _at),
)
BARE_CLOCKS = (rule(rf"(?<!\bin )(?<![+\d.:])(?P<at>{N})\b{NOT_A_COUNT}(?!\.)", _at),)
# A date text's "14.30" is a time because there is no such month.
NO_DATES = (rule(r"(?<![\d.:])(?P<at>\d{1,2}\.\d{2})(?![\d.])", _at),)

# On text in which "#" stands for a time: "um zehn oder elf".
HALF_SAID = (always(rf"\b(?:{N}|viertel|kurz) (?:vor|nach) ?$", NoTime.HALF_SAID),)
OR_ELSE = (always(rf"(?<=#) oder (?:um |gegen )?{N}\b{NOT_A_COUNT}", NoTime.TWO_READINGS),)
# The adjective before a part of the day, and "früh am Nachmittag", only shade it.
SHADE = r"(?:(?:frueh(?:e[nrs])?|spaet(?:e[nrs])?) (?:am )?)?"
PARTS = (
    always(r"\b(?:viel |etwas )?zu (?:frueh|spaet)\b", NoTime.EXCLUDED),
    always(
        r"\b(?:nach (?:der |meiner )?arbeit|nach feierabend|nach dienstschluss)\b", Part.EVENING
    ),
    always(r"\bvor (?:der |meiner )?arbeit\b", Part.EARLY),
    always(r"\b(?:in (?:der|meiner) )?mittagspause\b", Part.NOON),
    always(r"\bnach (?:dem )?mittag(?:essen)?\b", Part.AFTERNOON),
    always(r"\bvor (?:dem )?mittag(?:essen)?\b", Part.MORNING),
    always(r"\b(?:in der )?nachts?\b", Part.NIGHT),
    always(rf"\b(?:am )?{SHADE}vormittags?\b", Part.MORNING),
    always(rf"\b(?:am )?{SHADE}(?:spaet)?nachmittags?\b", Part.AFTERNOON),
    always(r"\b(?:am |ueber |zu )?mittags?(?:zeit)?\b", Part.NOON),
    always(rf"\b(?:am )?{SHADE}abends?\b", Part.EVENING),
    always(r"\bmorgens\b|\b(?:in der )?fruehe?\b|\bfruehs\b", Part.EARLY),
    always(r"\bspaet\b", Part.LATE),
)
# Times that were named and are not wished: "um acht nicht", "ich arbeite bis fünf".
AROUND_TIMES = (
    always(
        r"\b(?:nicht|ausser|ohne|arbeite|arbeiten)\b[^@#]*#|#[^@#]*\b(?:nicht|weg|fertig|arbeite)\b",
        NoTime.EXCLUDED,
    ),
)


def time_rules(*, about_time: bool) -> tuple[Rule, ...]:
    """Return the rules in the order they must be tried: the longest form first."""
    return (
        *ELAPSED,
        *HALF_SAID,
        *SPANS,
        *CLOCKS,
        *(BARE_CLOCKS if about_time else NO_DATES),
        *OR_ELSE,
        *PARTS,
    )
