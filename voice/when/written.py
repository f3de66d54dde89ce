"""Dates and times as they are written: the same in every language."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from voice.when.rules import Rule, Taken, rule
from voice.when.said import Clock, FullDate, Half, NoTime, Vague

ISO = (
    r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:(?:t| *,? +)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2}(?:\.\d+)?)?"
    r" ?(?P<offset>z|[+-]\d{2}:?\d{2})?)?(?!\d)"
)
CENTURY = 2000


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
        moment = datetime.fromisoformat(match.group().replace(" ", "").upper()).astimezone(zone)
    except ValueError:
        return (Vague.IMPOSSIBLE,)
    clock = Clock(moment.hour, moment.minute, Half.CERTAIN)
    return FullDate(moment.day, moment.month, moment.year), clock


def full_year(written: str) -> int:
    """Return the year of `2026`, or of `26`."""
    year = int(written)
    return year if year >= CENTURY // 10 else CENTURY + year


def colon_clock(match: re.Match[str]) -> Taken:
    """Return the clock of `14:00`: as written, or as a time that there is not."""
    clock = Clock(int(match["hour"]), int(match["minute"]), Half.WRITTEN)
    return (clock,) if is_clock(clock) else (NoTime.IMPOSSIBLE,)


def is_clock(clock: Clock) -> bool:
    return clock.minute < 60 and (clock.hour < 24 or (clock.hour, clock.minute) == (24, 0))  # noqa: PLR2004 -- the clock's own numbers
