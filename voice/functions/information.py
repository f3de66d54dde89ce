"""When the salon is open, and which day somebody means."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from appointments import queries
from voice import phrases, replies, shapes, speech
from voice.errors import AskBackError
from voice.functions.registry import function
from voice.heard import Heard
from voice.replies import Reply
from voice.serializers import DayArguments, PhraseArguments
from voice.understanding import hear_days, hear_when
from voice.when import TimeWindow

WEEK = timedelta(days=6)  # to its last day
LOOK_AHEAD = timedelta(days=60)  # for the next day that opens

Stretches = Sequence[tuple[time, time]]


@function("get_opening_hours", arguments=DayArguments, needs_call=False)
def get_opening_hours(heard: Heard, now: datetime) -> Reply:
    """Tell when the branch is open on a day or in a week; if it is closed, when it opens next."""
    today = replies.today(heard, now)
    first, last = hear_days(heard, now=now) or (today, today)
    if last < today:
        raise AskBackError("past_time")
    first = max(first, today)
    last = min(last, first + WEEK)
    hours = queries.get_branch_hours(heard.branch, first=first, last=first + LOOK_AHEAD)
    open_on = {day: _stretches(hours, day) for day in hours.days}
    data: dict[str, Any] = {
        "hours": _spelled(open_on[first]),
        "day": shapes.day(first, locale=heard.locale),
        "reason": hours.closed.get(first) or None,
        "week": [
            shapes.day(day, locale=heard.locale) | {"hours": _spelled(open_on[day])}
            for day in hours.days[:7]
        ],
    }
    if first < last and any(open_on[day] for day in open_on if day <= last):
        return Reply("open", _say_days(heard, open_on, first, last), data)
    if _still_open(open_on[first], first, heard, now=now):
        message = phrases.say(
            "open_on",
            locale=heard.locale,
            when=_say_day(heard, first, now),
            hours=_say_stretches(open_on[first], heard.locale),
        )
        return Reply("open", message, data)
    return _say_closed(heard, open_on, data, now)


def _stretches(hours: queries.BranchHours, day: date) -> Stretches:
    return (
        []
        if day in hours.closed
        else [(start, end) for start, end in sorted(hours.week.get(day.weekday(), ()))]
    )


def _still_open(stretches: Stretches, day: date, heard: Heard, *, now: datetime) -> bool:
    """Whether anybody could still come on a day."""
    local = now.astimezone(heard.zone)
    return any(day > local.date() or end > local.time() for _, end in stretches)


def _say_closed(
    heard: Heard, open_on: Mapping[date, Stretches], data: dict[str, Any], now: datetime
) -> Reply:
    first = min(open_on)
    opening = next((day for day, hours in open_on.items() if day > first and hours), None)
    reason = data["reason"]
    if opening is None:
        key, said = "closed_for_now", ""
    else:
        key = "closed_for_holiday" if reason else "closed_on"
        opens = open_on[opening][0][0]
        said = phrases.moment(
            datetime.combine(opening, opens),
            today=replies.today(heard, now),
            locale=heard.locale,
        )
        data["next_opening"] = shapes.day(opening, locale=heard.locale) | {"from": f"{opens:%H:%M}"}
    message = phrases.say(
        key,
        locale=heard.locale,
        when=_say_day(heard, first, now),
        next=said,
        reason=reason,
    )
    return Reply("closed", message, data)


def _say_days(heard: Heard, open_on: Mapping[date, Stretches], first: date, last: date) -> str:
    """Say several days, those with equal hours together."""
    days = [day for day in open_on if first <= day <= last]
    spoken = []
    for stretches, group in groupby(days, key=open_on.__getitem__):
        named = [speech.weekday(day, locale=heard.locale) for day in group]
        if stretches:
            together = phrases.to(named[0], named[-1], locale=heard.locale)
            spoken.append(f"{together} {_say_stretches(stretches, heard.locale)}")
    return phrases.say(
        "open_days", locale=heard.locale, days=phrases.both(spoken, locale=heard.locale)
    )


def _say_day(heard: Heard, day: date, now: datetime) -> str:
    return speech.sentence_date(day, locale=heard.locale, today=replies.today(heard, now))


def _say_stretches(stretches: Stretches, locale: str) -> str:
    return phrases.both(
        [speech.spoken_hours(start, end, locale=locale) for start, end in stretches], locale=locale
    )


def _spelled(stretches: Stretches) -> list[dict[str, str]]:
    return [{"from": f"{start:%H:%M}", "to": f"{end:%H:%M}"} for start, end in stretches]


@function("parse_date", arguments=PhraseArguments, needs_call=False)
def parse_date(heard: Heard, now: datetime) -> Reply:
    """Say which day and time somebody's words mean; of two readings, both are named."""
    known = hear_when(heard, now=now)
    when = replies.spoken_wish(known, heard, now=now)
    if known.window:
        window = speech.spoken_window(TimeWindow(*known.window), locale=heard.locale)
        when = f"{when}, {window}"
    message = phrases.say("understood_date", locale=heard.locale, when=when)
    return Reply("ok", message, {"understood": replies.understood(heard)})
