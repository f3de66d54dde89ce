"""What `{…}` in a script stands for: days, right whenever it is played, and earlier answers.

`{tuesday}` is a day of the script's week, the first from the day after tomorrow on in which the
salon is open whenever it usually is; so Tuesday comes before Wednesday, and neither is a holiday.
`{next tuesday}` lies in the next such week after it, `{past tuesday}` in the week before this one.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from voice import phrases, speech

# Two braces are a template mark the platform has not filled in: that is said as it stands.
PLACEHOLDER = re.compile(r"(?<!\{)\{([^{}]+)\}(?!\})")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOMENT = re.compile(
    r"(?:(?P<near>today|tomorrow|yesterday)"
    r"|in (?P<number>\d+) (?P<unit>minutes|days)"
    rf"|(?:(?P<week>next|past) )?(?P<weekday>{'|'.join(WEEKDAYS)}))"
    r"(?: (?P<clock>\d\d:\d\d))?"
    r"(?:, (?P<form>.+))?"
)
REFERENCE = re.compile(r"[A-Za-z_]\w*(?:\.[\w-]+)*")
NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}
WEEKS_SEARCHED = 12
WEEK = timedelta(days=7)
FIRST_AFTER = timedelta(days=2)


class PlaceholderError(Exception):
    """A placeholder means nothing; the message says what it might have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The days of one performance.

    Attributes:
        now: when it begins, in the branch's zone.
        locale: whose words the spoken forms are in.
        first_week, second_week: the Mondays of the weeks it plays in.
    """

    now: datetime
    zone: ZoneInfo
    locale: str
    first_week: date
    second_week: date

    def resolve(self, match: re.Match[str]) -> str:
        """Return a date, an instant with a clock time, or either in the form asked for."""
        if match["unit"] == "minutes":
            return (self.now + timedelta(minutes=int(match["number"]))).isoformat()
        day = self._day(match)
        form = match["form"] or ""
        if match["clock"] is None:
            return self._date_in(form, day) if form else day.isoformat()
        at = datetime.combine(day, time.fromisoformat(match["clock"]), tzinfo=self.zone)
        return self._moment_in(form, at) if form else at.isoformat()

    def _day(self, match: re.Match[str]) -> date:
        today = self.now.date()
        if match["near"]:
            return today + timedelta(days=NEAR[match["near"]])
        if match["number"]:
            return today + timedelta(days=int(match["number"]))
        past = today - timedelta(days=today.weekday()) - WEEK
        monday = {"next": self.second_week, "past": past}.get(match["week"], self.first_week)
        return monday + timedelta(days=WEEKDAYS.index(match["weekday"]))

    def _date_in(self, form: str, day: date) -> str:
        if form == "spoken":
            return speech.spoken_date(day, locale=self.locale)
        if form == "sentence":
            return speech.sentence_date(day, locale=self.locale, today=self.now.date())
        return day.strftime(form)

    def _moment_in(self, form: str, at: datetime) -> str:
        if form == "spoken":
            return speech.spoken_moment(at, locale=self.locale)
        if form == "sentence":
            return phrases.moment(at, today=self.now.date(), locale=self.locale)
        return at.strftime(form)


def whole_weeks(
    *, is_open: Callable[[date], bool], usual: Collection[int], today: date
) -> tuple[date, date]:
    """Return the Mondays of the first two weeks in which a salon opens on all its usual days.

    Args:
        is_open: whether it opens on a day.
        usual: the weekdays on which it does, 0 for Monday.
        today: the first week begins two days after it, or later.

    Raises:
        PlaceholderError: there are no two such weeks in the next twelve.
    """
    earliest = today + FIRST_AFTER
    monday = earliest + timedelta(days=-earliest.weekday() % 7)
    weeks = [
        start
        for start in (monday + WEEK * number for number in range(WEEKS_SEARCHED))
        if all(is_open(start + timedelta(days=weekday)) for weekday in usual)
    ]
    if len(weeks) < 2:  # noqa: PLR2004 -- this week and the next
        message = "the salon has no two weeks without a closed day ahead"
        raise PlaceholderError(message)
    return weeks[0], weeks[1]


def problem_of(text: str, *, known: Collection[str]) -> str:
    """Return what is wrong with the placeholders of a text, "" if nothing.

    Args:
        text: with or without any.
        known: names of answers and of what was given.
    """
    for written in PLACEHOLDER.findall(text):
        if MOMENT.fullmatch(written):
            continue
        name = written.partition(".")[0]
        if REFERENCE.fullmatch(written) is None or name not in known:
            return (
                f"{{{written}}} is neither a day, like {{tuesday 10:00}}, nor one of: "
                f"{', '.join(sorted(known))}"
            )
    return ""


def fill(value: Any, *, days: Days, facts: Mapping[str, Any]) -> Any:
    """Return a value with every placeholder in it replaced.

    A text that is nothing but a reference becomes what it refers to, such as a number.

    Raises:
        PlaceholderError: there is no such thing in the answer that was named.
    """
    if isinstance(value, Mapping):
        return {key: fill(item, days=days, facts=facts) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [fill(item, days=days, facts=facts) for item in value]
    if not isinstance(value, str):
        return value
    whole = PLACEHOLDER.fullmatch(value)
    if whole and not MOMENT.fullmatch(whole[1]):
        return _look_up(whole[1], facts)
    return PLACEHOLDER.sub(lambda match: _replacement(match[1], days, facts), value)


def _replacement(written: str, days: Days, facts: Mapping[str, Any]) -> str:
    moment = MOMENT.fullmatch(written)
    return days.resolve(moment) if moment else str(_look_up(written, facts))


def _look_up(path: str, facts: Mapping[str, Any]) -> Any:
    found: Any = facts
    for part in path.split("."):
        try:
            found = found[int(part)] if isinstance(found, Sequence) else found[part]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise PlaceholderError(f"{{{path}}}: there is no {part}") from error
    return found
