"""The times of English speech: patterns on folded text with digits, and what they say."""

import re
from collections.abc import Callable
from datetime import timedelta

from voice.when.rules import Rule, Taken, always, rule
from voice.when.said import Between, Clock, Elapsed, From, Half, NoTime, Part, Until
from voice.when.times import minutes_of
from voice.when.written import is_clock

N = r"\d{1,2}(?![\d.:]*\d)"
HALF_OF_DAY = r"(?: ?(am|pm))?"
O_CLOCK = r"(?: o'clock)?"
NOON, LAST_HOUR = 12, 24
MAY_BE_MINUTES = frozenset({"5", "10", "20", "25"})  # "ten to three", or from ten to three

FORMS: tuple[tuple[str, Callable[[list[int], str | None], Clock]], ...] = (
    (
        rf"(\d{{1,2}})[:.](\d{{2}})(?::\d{{2}})?{HALF_OF_DAY}",
        lambda n, half: _clock(n[0], n[1], half, written=True),
    ),
    (rf"({N}){O_CLOCK} ?(am|pm)", lambda n, half: _clock(n[0], 0, half)),
    (rf"({N}) o'clock", lambda n, half: _clock(n[0], 0, half)),
    (rf"half past ({N}){O_CLOCK}{HALF_OF_DAY}", lambda n, half: _clock(n[0], 30, half)),
    (
        rf"(?:1 |a )?quarter (?:past|after) ({N}){O_CLOCK}{HALF_OF_DAY}",
        lambda n, half: _clock(n[0], 15, half),
    ),
    (
        rf"(?:1 |a )?quarter (?:to|of|before) ({N}){O_CLOCK}{HALF_OF_DAY}",
        lambda n, half: _before(n[0], 15, half),
    ),
    (
        rf"({N})(?: minutes)? (?:past|after) ({N}){O_CLOCK}{HALF_OF_DAY}",
        lambda n, half: _clock(n[1], n[0], half),
    ),
    (
        rf"({N}) minutes (?:to|before) ({N}){O_CLOCK}{HALF_OF_DAY}",
        lambda n, half: _before(n[1], n[0], half),
    ),
    (r"noon|midday", lambda *_: Clock(NOON, half=Half.CERTAIN)),
    (r"midnight", lambda *_: Clock(LAST_HOUR)),
)
BARE = (rf"({N})", lambda n, half: _clock(n[0], 0, half))


def _clock(hour: int, minute: int, half: str | None, *, written: bool = False) -> Clock:
    if half and 1 <= hour <= NOON:
        return Clock(hour % NOON + (NOON if half == "pm" else 0), minute, Half.CERTAIN)
    return Clock(hour, minute, Half.WRITTEN if written else Half.OPEN)


def _before(hour: int, minutes: int, half: str | None) -> Clock:
    """Return the clock `minutes` before a full hour, of which `half` is said."""
    if not 1 <= hour <= LAST_HOUR or not 0 < minutes < 60:  # noqa: PLR2004 -- minutes of an hour
        return Clock(LAST_HOUR + 1)
    full = _clock(hour, 0, half)
    earlier = full.hour - 1 if full.hour > 1 or half else NOON
    return Clock(earlier % LAST_HOUR, 60 - minutes, full.half)


def _uncaptured(pattern: str) -> str:
    return re.sub(r"\((?!\?)", "(?:", pattern)


FULL_FORM = "|".join(_uncaptured(pattern) for pattern, _ in FORMS)
ANY_FORM = f"{FULL_FORM}|{_uncaptured(BARE[0])}"
NOT_A_COUNT = (
    r"(?! ?(?:day|week|month|year|minute|hour|appointment|people|person|kid|times\b)|[./]?\d| \d)"
)
CLOCK = rf"(?:{ANY_FORM}){NOT_A_COUNT}"
ABOUT = r"(?:at |around |about |approximately |roughly |exactly |say )*"


def clock_of(text: str) -> Clock | None:
    """Return the clock time a text is, None if it is none that exists."""
    for pattern, build in (*FORMS, BARE):
        if match := re.fullmatch(pattern, text.strip(" .")):
            groups = [group for group in match.groups() if group]
            numbers = [int(group) for group in groups if group.isdigit()]
            half = next((group for group in groups if not group.isdigit()), None)
            clock = build(numbers, half)
            return clock if is_clock(clock) else None
    return None


def _at(match: re.Match[str]) -> Taken:
    clock = clock_of(match["at"])
    return (clock,) if clock else (NoTime.IMPOSSIBLE,)


def _bound(kind: Callable[[Clock], From | Until]) -> Callable[[re.Match[str]], Taken]:
    def build(match: re.Match[str]) -> Taken:
        clock = clock_of(match["at"])
        return (kind(clock),) if clock else (NoTime.IMPOSSIBLE,)

    return build


def _between(match: re.Match[str]) -> Taken:
    start, end = clock_of(match["start"]), clock_of(match["end"])
    if start is None or end is None:
        return (NoTime.IMPOSSIBLE,)
    return (Between(_in_same_half(start, end), end),)


def _in_same_half(start: Clock, end: Clock) -> Clock:
    """Return the start of "between 2 and 4 pm" in the half of the day its end names."""
    if start.half is not Half.OPEN or end.half is not Half.CERTAIN or start.hour > NOON:
        return start
    hour = start.hour % NOON + (NOON if end.hour >= NOON else 0)
    in_half = Clock(hour, start.minute, Half.CERTAIN)
    fits = (in_half.hour, in_half.minute) < (end.hour, end.minute)
    return in_half if fits else Clock(start.hour, start.minute, Half.CERTAIN)


def _to(match: re.Match[str]) -> Taken:
    """Return the stretch of "2 to 4", the clock of "20 to 3"; "10 to 3" may be either."""
    pieces = _between(match)
    stretch = pieces[0] if pieces else None
    said_minutes = match["start"] in MAY_BE_MINUTES
    if not isinstance(stretch, Between) or not said_minutes:
        return pieces
    start, end = minutes_of(stretch.start), minutes_of(stretch.end)
    if start is not None and end is not None and start < end:
        return (NoTime.TWO_READINGS,)
    return _minutes_to(match["start"], match["end"])


def _to_the_hour(match: re.Match[str]) -> Taken:
    return _minutes_to(match["minutes"], match["hour"])


def _minutes_to(minutes: str, hour: str) -> Taken:
    clock = clock_of(f"{minutes} minutes to {hour}")
    return (clock,) if clock else (NoTime.IMPOSSIBLE,)


def _elapsed(match: re.Match[str]) -> Taken:
    minutes = 30 if match["half"] else 0
    return (Elapsed(timedelta(hours=int(match["count"]), minutes=minutes)),)


ELAPSED = (
    always(r"\bin (?:half (?:an|1)|1 half) hour\b", Elapsed(timedelta(minutes=30))),
    always(r"\bin (?:a |1 )?quarter of (?:an|1) hour\b", Elapsed(timedelta(minutes=15))),
    rule(r"\bin (?P<count>\d{1,3})(?P<half> and (?:a|1) half)? hours?\b(?! and)", _elapsed),
    rule(r"\bin (?P<count>\d{1,3}) hours?(?P<half> and (?:a|1) half)\b", _elapsed),
    rule(
        r"\bin (?P<count>\d{1,3}) (?:minutes?|mins?)\b",
        lambda match: (Elapsed(timedelta(minutes=int(match["count"]))),),
    ),
)
NOT_PAST_THE_HOUR = r"(?<!\d )(?<!minutes )(?<!quarter )"
SPANS = (
    rule(
        rf"\b(?:between|from) {ABOUT}(?P<start>{ANY_FORM}) (?:and|to|until|till|-)"
        rf" {ABOUT}(?P<end>{CLOCK})",
        _between,
    ),
    rule(rf"\bat (?P<minutes>5|10|20|25) to (?P<hour>{CLOCK})", _to_the_hour),
    rule(rf"(?<![\d.:/])\b(?P<start>{ANY_FORM}) to (?P<end>{CLOCK})", _to),
    rule(rf"(?<![\d.:/])\b(?P<start>{ANY_FORM}) ?- ?(?P<end>{FULL_FORM})(?!\d)", _between),
    rule(rf"\bnot (?:before|earlier than) {ABOUT}(?P<at>{CLOCK})", _bound(From)),
    rule(rf"\bnot (?:after|later than) {ABOUT}(?P<at>{CLOCK})", _bound(Until)),
    rule(
        rf"{NOT_PAST_THE_HOUR}\b(?:after|from|any ?time after|at the earliest)"
        rf" {ABOUT}(?P<at>{CLOCK})(?: onwards?| on\b)?",
        _bound(From),
    ),
    rule(
        rf"{NOT_PAST_THE_HOUR}\b(?:until|till|before|by|at the latest) {ABOUT}(?P<at>{CLOCK})",
        _bound(Until),
    ),
)
CLOCKS = (
    always(r"\bhalf \d{1,2}\b(?! hour)", NoTime.TWO_READINGS),
    rule(
        rf"\b(?:at|around|about|approximately|roughly|shortly (?:before|after)) {ABOUT}"
        rf"(?P<at>{CLOCK})",
        _at,
    ),
    rule(rf"(?<![\d.:/])\b(?P<at>{FULL_FORM})(?!\d)", _at),
)
WRITTEN_CLOCKS = (
    rule(rf"(?<![\d.:/])(?P<start>{ANY_FORM}) ?- ?(?P<end>{ANY_FORM})(?![\d./])", _between),
    rule(
        r"(?<![\d.:/])(?P<at>\d{1,2}\.\d{2})(?![\d./]| ?(?:am|pm))",
        lambda match: (clock,) if (clock := clock_of(match["at"])) else None,
    ),
    rule(r"^(?P<at>\d{1,2})\.?$", _at),
)
BARE_CLOCKS = (rule(rf"(?<!\bin )(?<![+\d.:/])(?P<at>{N})\b{NOT_A_COUNT}(?!\.)", _at),)
NO_DATES = (rule(r"(?<![\d.:/])(?P<at>\d{1,2}\.\d{2})(?![\d./])", _at),)
# On text in which "#" stands for a time: "at ten or eleven".
OR_ELSE = (always(rf"(?<=#) or (?:at |around )?{N}\b{NOT_A_COUNT}", NoTime.TWO_READINGS),)
PARTS = (
    always(r"\b(?:in the )?early (?:in the )?morning\b|\bearly\b", Part.EARLY),
    always(r"\b(?:in the )?late morning\b", Part.MORNING),
    always(r"\b(?:in the )?mornings?\b", Part.WHOLE_MORNING),
    always(r"\b(?:at |around )?(?:lunch ?time|lunch)\b", Part.NOON),
    always(r"\b(?:in the )?(?:early |late )?afternoons?\b", Part.AFTERNOON),
    always(r"\b(?:in the )?(?:early |late )?evenings?\b|\b(?:at )?night\b", Part.EVENING),
)


def time_rules(*, about_time: bool) -> tuple[Rule, ...]:
    """Return the rules in the order they must be tried: the longest form first."""
    return (*ELAPSED, *SPANS, *CLOCKS, *(BARE_CLOCKS if about_time else NO_DATES), *OR_ELSE, *PARTS)
