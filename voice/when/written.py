"""Dates and times as they are written: the same in every language."""

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from voice.when.rules import Rule, Taken, rule
from voice.when.said import Clock, DayAndMonth, EitherOrder, FullDate, Half, Vague

ISO = (
    r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:(?:t| *,? +)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2}(?:\.\d+)?)?"
    r" ?(?P<offset>z|[+-]\d{2}:?\d{2})?)?(?!\d)"
)
CENTURY = 2000
DOTTED_YEAR = (
    r"(?<![\d.])(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\.(?P<year> ?\d{4}|\d{2})(?![\d:.]| ?uhr)"
)
# Apart, only the last dot tells "am 24. 12." from "am 24., 12 Uhr".
DOTTED_APART = r"(?<![\d.:])(?P<day>\d{1,2})\. (?P<month>\d{1,2})(?P<dot>\.)(?![\d:])(?! ?uhr)"
NOT_A_TIME = r"(?! ?(?:uhr|am\b|pm\b|:|-|bis \d))"
SLASHED = r"(?<![\d/])(?P<one>\d{1,2})/(?P<other>\d{1,2})(?:/(?P<year>\d{4}|\d{2}))?(?![\d/])"
MONTHS_PER_YEAR = 12


def iso_rule(zone: ZoneInfo) -> Rule:
    """Return the rule for `2026-11-24`, `2026-11-24 10:00` and `2026-11-24T10:00:00+01:00`.

    Midnight is how a date alone looks as a datetime: nobody said that time.
    """

    def build(match: re.Match[str]) -> Taken:
        day, month, year = (int(match[name]) for name in ("day", "month", "year"))
        on = FullDate(day, month, year)
        if match["hour"] is None:
            return (on,)
        if match["offset"]:
            return _instant(match, zone)
        clock = Clock(int(match["hour"]), int(match["minute"]), Half.WRITTEN)
        return (on,) if (clock.hour, clock.minute) == (0, 0) else (on, clock)

    return rule(ISO, build)


def _instant(match: re.Match[str], zone: ZoneInfo) -> Taken:
    try:
        written = re.sub(r"^(\S+?),? +(?=\d)", r"\1T", match.group()).replace(" ", "")
        moment = datetime.fromisoformat(written.upper()).astimezone(zone)
    except ValueError:
        return (Vague.IMPOSSIBLE,)
    clock = Clock(moment.hour, moment.minute, Half.CERTAIN)
    return FullDate(moment.day, moment.month, moment.year), clock


def dotted_rules(*, before_times: Sequence[str]) -> tuple[Rule, ...]:
    """Return the rules for `24.12.2026`, `24.12.26`, `24.12.`, `24.12` and `24/12/2026`.

    Args:
        before_times: the words after which `9.10` is a clock time.
    """
    no_time_before = "".join(rf"(?<!\b{word} )" for word in before_times)
    return (
        rule(SLASHED, _slashed),
        rule(DOTTED_YEAR, _full_date),
        rule(
            rf"(?<![\d.:]){no_time_before}(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})"
            rf"(?P<dot>\.)?(?![\d:]){NOT_A_TIME}",
            _day_and_month,
        ),
        rule(DOTTED_APART, _day_and_month),
    )


def _slashed(match: re.Match[str]) -> Taken:
    year = full_year(match["year"]) if match["year"] else None
    return (EitherOrder(int(match["one"]), int(match["other"]), year),)


def _full_date(match: re.Match[str]) -> Taken:
    return (FullDate(int(match["day"]), int(match["month"]), full_year(match["year"])),)


def _day_and_month(match: re.Match[str]) -> Taken:
    """Return 24.12, unless it can only be a clock time; no last dot may mean a clipped month."""
    day, month, closing = int(match["day"]), int(match["month"]), match["dot"]
    if 1 <= month <= MONTHS_PER_YEAR:
        return (DayAndMonth(day, month, may_be_clipped=not closing),)
    looks_like_a_time = len(match["month"]) > 1 and not closing
    return None if looks_like_a_time else (Vague.IMPOSSIBLE,)


def full_year(written: str) -> int:
    """Return the year of `2026`, or of `26`."""
    year = int(written)
    return year if year >= CENTURY // 10 else CENTURY + year


def is_clock(clock: Clock) -> bool:
    return clock.minute < 60 and (clock.hour < 24 or (clock.hour, clock.minute) == (24, 0))  # noqa: PLR2004 -- the clock's own numbers
