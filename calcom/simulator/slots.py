"""Free slots: GET /v2/slots, version 2024-09-04."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice

from calcom.simulator import lookup, policies
from calcom.simulator.answers import Answer, not_simulated, refused
from calcom.simulator.availability import Ignored, get_free, home_zone
from calcom.simulator.call import Call
from calcom.simulator.moments import parse_moment, spell_local
from calcom.simulator.records import Booking, EventType
from calcom.simulator.reservations import get_held
from calcom.simulator.slot_arithmetic import Range, slot_starts
from calcom.simulator.validation import (
    DIGITS,
    MOMENT,
    ZONE,
    Field,
    Rule,
    find_problems,
    one_of,
    speak,
)

DATE_LENGTH = len("2030-03-04")
LAST_SECOND = timedelta(hours=23, minutes=59, seconds=59)

TEXT = Rule("isString", "{} must be a string", lambda value: isinstance(value, str))
FORMAT = one_of("range", "time", message="slotFormat must be either 'range' or 'time'")
SHARED = (
    Field("start", (MOMENT,), required=True),
    Field("end", (MOMENT,), required=True),
    Field("timeZone", (ZONE,)),
    Field("duration", (DIGITS,)),
    Field("format", (FORMAT,)),
    Field("bookingUidToReschedule", (TEXT,)),
    Field("rrHostSubsetIds", (TEXT,)),
)
BY_ID = (Field("eventTypeId", (DIGITS,), required=True), *SHARED)
BY_SLUG = tuple(Field(name, (TEXT,)) for name in ("eventTypeSlug", "organizationSlug"))
BY_USER = (*BY_SLUG, Field("username", (TEXT,)), *SHARED)
BY_TEAM = (*BY_SLUG, Field("teamSlug", (TEXT,)), *SHARED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A slots query, understood. Lengths in minutes."""

    event_type: EventType
    window: Range
    zone: str
    length: int
    step: int
    as_ranges: bool
    moving_uid: str


def get_slots(call: Call) -> Answer:
    """Answer a slots query, keyed by day in the zone asked for, days without slots left out."""
    world = call.world
    question = _understand(call)
    age_limit = time.monotonic() - world.switches.slots_cache_seconds
    known = world.slots_cache.get(call.request.target)
    if known and known[0] > age_limit:
        return _answer(known[1])
    data = _find_slots(call, question)
    if world.switches.slots_cache_seconds:
        world.slots_cache[call.request.target] = (time.monotonic(), data)
    return _answer(data)


def _answer(data: object) -> Answer:
    return Answer(200, {"data": data, "status": "success"})


def _find_slots(call: Call, question: Question) -> dict[str, list[dict[str, str]]]:
    event_type, now = question.event_type, call.world.clock.now()
    starts = slot_starts(
        get_free(
            call.world.storage,
            event_type,
            window=question.window,
            ignored=_ignored(call, question, now=now),
        ),
        step=question.step,
        length=question.length,
        offset=event_type.offset,
        earliest=now + timedelta(minutes=event_type.notice),
        zone=question.zone,
    )
    allowed = _allowed(call, question, now=now)
    slots = [_show(start, question) for start in starts if allowed(start)]
    days = {
        day: list(on_day) for day, on_day in groupby(slots, lambda it: it["start"][:DATE_LENGTH])
    }
    if policies.is_rolling(event_type):
        days = dict(islice(days.items(), policies.count_rolling_days(event_type)))
    if event_type.first_slot_only:
        return {day: on_day[:1] for day, on_day in days.items()}
    return days


def _allowed(call: Call, question: Question, *, now: datetime) -> Callable[[datetime], bool]:
    """Return what tells whether a start is inside the window and limits, and not reserved."""
    event_type, storage = question.event_type, call.world.storage
    home = home_zone(storage, event_type)
    window = policies.get_window(event_type, now=now, zone=question.zone, home=home)
    if policies.is_rolling(event_type):
        window = None
    held = get_held(storage, event_type, now=now)

    def is_allowed(start: datetime) -> bool:
        time = Range(start, start + timedelta(minutes=question.length))
        outside = window is not None and not window.start <= start < window.end
        if outside or any(time.overlaps(other) for other in held):
            return False
        but = question.moving_uid
        return not policies.find_limit_reached(storage, event_type, time, home=home, but=but)

    return is_allowed


def _ignored(call: Call, question: Question, *, now: datetime) -> Ignored:
    stale = call.suffers("stale_slots")

    def is_ignored(booking: Booking) -> bool:
        if stale and now - booking.created_at <= timedelta(seconds=stale.seconds or 10**9):
            return True
        return booking.uid == question.moving_uid

    return is_ignored


def _show(start: datetime, question: Question) -> dict[str, str]:
    slot = {"start": spell_local(start, question.zone)}
    if question.as_ranges:
        end = start + timedelta(minutes=question.length)
        slot["end"] = spell_local(end, question.zone)
    return slot


def _understand(call: Call) -> Question:
    query = call.request.query
    if problems := find_problems(query, _family(query)):
        raise speak(problems)
    if query.get("rrHostSubsetIds"):
        raise not_simulated(what="`rrHostSubsetIds`")
    event_type = _find_event_type(call)
    duration = int(query["duration"]) if query.get("duration") else None
    length = duration or event_type.length
    if length not in {event_type.length, *event_type.lengths}:
        raise refused(400, "Invalid duration")
    return Question(
        event_type=event_type,
        window=_window(query),
        zone=query.get("timeZone") or "UTC",
        length=length,
        step=event_type.slot_interval or length,
        as_ranges=query.get("format") == "range",
        moving_uid=query.get("bookingUidToReschedule", ""),
    )


def _family(query: Mapping[str, str]) -> tuple[Field, ...]:
    """Return the keys that may be there; each way of naming an event type has its own."""
    if "usernames" in query:
        raise not_simulated(what="slots of several `usernames`")
    if "eventTypeId" in query or "eventTypeSlug" not in query:
        return BY_ID
    return BY_TEAM if "teamSlug" in query else BY_USER


def _find_event_type(call: Call) -> EventType:
    query, storage = call.request.query, call.world.storage
    if "eventTypeId" in query:
        found = storage.get_event_type(int(query["eventTypeId"]))
    else:
        team_slug = query.get("teamSlug")
        username = None if team_slug else query.get("username", "")
        slug = query["eventTypeSlug"]
        found = lookup.find_by_slug(storage, slug, username=username, team_slug=team_slug)
    if found is None:
        raise refused(404, "Event Type not found")
    return found


def _window(query: Mapping[str, str]) -> Range:
    """Read the window in UTC: a bare date is its first second, as an end its last."""
    start, end = parse_moment(query["start"]), parse_moment(query["end"])
    if end == end.replace(hour=0, minute=0, second=0, microsecond=0):
        end += LAST_SECOND
    if end < start:
        raise refused(
            400, "Invalid time range given - check the 'start' and 'end' query parameters."
        )
    return Range(start, end)
