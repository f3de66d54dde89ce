"""The next free slot, and slots that are kept or given back."""

import re
from datetime import date, datetime, time, timedelta

from appointments import actions, queries
from features.flags import Flag
from voice import phrases, replies
from voice.errors import AskBackError
from voice.functions.availability import (
    WITH_ALTERNATIVES,
    ask_for_time,
    ask_with_times,
    take_slot,
)
from voice.functions.offering import find_next, instead, say_offer, search_for
from voice.functions.registry import function
from voice.heard import Heard
from voice.models import Offer
from voice.replies import Reply
from voice.serializers import NextArguments, TokenArguments, WishArguments
from voice.understanding import read_when, understand
from voice.wanted import hear_service, hear_staff
from voice.when import Problem, When

# "Ab Montag" begins on Monday, "nach Montag" on the day after.
FROM = re.compile(r"^\s*(?:frühestens\s+)?(?:ab|from|starting)\s+(?:dem\s+|den\s+)?", re.IGNORECASE)
BEYOND = re.compile(r"^\s*(?:erst\s+)?(?:nach|after)\s+(?:dem\s+|den\s+)?", re.IGNORECASE)


@function("find_next_available", arguments=NextArguments)
def find_next_available(heard: Heard, now: datetime) -> Reply:
    """Offer the first free slot from now, or from the moment named, to the horizon."""
    known = heard.understood
    known.service = hear_service(heard, now=now)
    known.staff = hear_staff(heard, known.service)
    after = _hear_after(heard, now)
    if known.on:
        queries.check_day(search_for(heard), known.on, now=now)
    heard.remember(service=known.service, staff=known.staff)
    found = find_next(heard, after, now)
    data = {"slot": found[0] if found else None, "understood": replies.understood(heard)}
    if found:
        return Reply("found", say_offer(heard, found, now), data)
    message = phrases.say(
        "nothing_free_until",
        locale=heard.locale,
        when=replies.say_day(queries.last_bookable_day(heard.branch, now=now), heard, now=now),
    )
    return Reply("none", message, data)


def _hear_after(heard: Heard, now: datetime) -> datetime:
    """Return from when on is searched; a part of the day is kept to on every day.

    Raises:
        AskBackError: a day was named and cannot be told.
    """
    when = _read_after(heard, now)
    known = heard.understood
    known.on = when.on
    known.at = when.at
    known.window = (when.window.start, when.window.end) if when.window else None
    if when.problem is Problem.PAST_TIME:
        known.on = known.at = None  # what is gone by leaves from now on
    elif when.problem is Problem.DATE_REQUIRED and when.days:
        known.on = max(when.days.first, replies.today(heard, now))
    elif when.problem and when.problem is not Problem.TIME_REQUIRED:
        raise AskBackError(
            when.problem.value,
            facts={"candidates": [day.isoformat() for day in when.candidates]},
            spoken={
                "days": list(when.candidates),
                "weekday": when.named_weekday,
                "named_on": when.named_on,
            },
        )
    if when.instant:
        return when.instant
    if known.on is None and known.at is None:
        return now
    day = known.on or replies.today(heard, now)
    return datetime.combine(day, known.at or time.min, tzinfo=heard.zone)


def _read_after(heard: Heard, now: datetime) -> When:
    said, time_said = heard.said["after"], heard.said["time"]
    for words, days in ((FROM, 0), (BEYOND, 1)):
        rest = words.sub("", said)
        if rest == said:
            continue
        when = read_when(heard, rest, time_said=time_said, now=now)
        if when.on and when.at is None and not when.problem:
            return _later(when, days)
    return read_when(heard, said, time_said=time_said, now=now)


def _later(when: When, days: int) -> When:
    """Return a moment some days later; a day with two readings means the earlier."""
    on: date | None = when.on and when.on + timedelta(days=days)
    return When(on=on, window=when.window, candidates=when.candidates, inferred=when.inferred)


@function("reserve_slot", arguments=WishArguments)
def reserve_slot(heard: Heard, now: datetime) -> Reply:
    """Keep the wished slot for this call, in place of what it has kept so far."""
    if not Flag.SLOT_HOLDS.is_on(company_id=heard.company.pk):
        return Reply("disabled", phrases.say("reserving_disabled", locale=heard.locale))
    try:
        known = understand(heard, now=now, writes=True)
    except AskBackError as error:
        return ask_with_times(error, heard, now)
    if known.moment is None:
        return ask_for_time(heard, now)
    try:
        _, slot = take_slot(heard, known.moment, now)
    except WITH_ALTERNATIVES as refusal:
        return instead(refusal, heard, now)
    message = phrases.say(
        "reserved",
        locale=heard.locale,
        when=replies.say_moment(known.moment, heard, now=now),
    )
    return Reply("reserved", message, {"slot": slot, "understood": replies.understood(heard)})


@function("release_slot_reservation", arguments=TokenArguments)
def release_slot_reservation(heard: Heard, now: datetime) -> Reply:
    """Give back one slot that is kept for this call, or all of them; none is offered again.

    A token of another call, or of none, gives back nothing.
    """
    token = heard.said["slot_token"]
    offers = Offer.objects.filter(call=heard.call)
    for offer in offers.filter(token=token) if token else offers.current():
        heard.remember_declined(offer.starts_at)
        if token:
            actions.release_hold(
                company=heard.company,
                call_id=heard.call.call_id,
                staff_id=offer.staff_id,
                starts_at=offer.starts_at,
            )
    if not token:
        actions.release_holds(company=heard.company, call_id=heard.call.call_id, now=now)
    return Reply("released", phrases.say("released", locale=heard.locale))
