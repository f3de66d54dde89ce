"""When hosts can be booked: their hours, minus what they are booked for, buffers included."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from calcom.simulator.moments import spell
from calcom.simulator.policies import blocks_unconfirmed
from calcom.simulator.records import Booking, EventType, User
from calcom.simulator.shelved import Schedule
from calcom.simulator.slot_arithmetic import Range, intersection, union, without
from calcom.simulator.storage import Storage

DAY = timedelta(days=1)
FARTHEST_BUFFER = timedelta(days=1)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Ignored = Callable[[Booking], bool]


def ignore_nothing(_: Booking) -> bool:
    return False


def get_hours(storage: Storage, user: User, *, event_type: EventType, window: Range) -> list[Range]:
    """Return a user's hours inside the window, one range per entry and day, in order.

    They are those of the event type's own schedule, if it has one, else of the user's
    default. Wall-clock times are read in the schedule's zone on each day, so they stay
    what the clock on the wall says when the clocks change.
    """
    named = event_type.further.get("scheduleId")
    schedule = storage.schedules.get(named or user.default_schedule_id)
    if schedule is None:
        return []
    zone = ZoneInfo(schedule.time_zone)
    day = window.start.astimezone(zone).date() - DAY
    last = window.end.astimezone(zone).date()
    hours: list[Range] = []
    while day <= last:
        for opens, closes in _hours_of(schedule, day):
            hours.append(Range(_on_the_wall(day, opens, zone), _on_the_wall(day, closes, zone)))
        day += DAY
    return intersection(sorted(hours), [window])


def _hours_of(schedule: Schedule, day: date) -> Iterator[tuple[str, str]]:
    """Yield a date's hours: its overrides if it has any, else the weekday's."""
    overrides = [one for one in schedule.overrides if one["date"] == day.isoformat()]
    weekday = WEEKDAYS[day.weekday()]
    usual = [one for one in schedule.availability if weekday in one["days"]]
    for hours in overrides or usual:
        if hours["startTime"] < hours["endTime"]:
            yield hours["startTime"], hours["endTime"]


def home_zone(storage: Storage, event_type: EventType) -> str:
    """Return the zone of the first host, by whose days limits are counted."""
    host = storage.get_user(event_type.hosts[0]) if event_type.hosts else None
    return host.time_zone if host else "UTC"


def _on_the_wall(day: date, clock: str, zone: ZoneInfo) -> datetime:
    if clock == "24:00":
        day, clock = day + DAY, "00:00"
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


def get_busy(
    storage: Storage, user: User, *, event_type: EventType, window: Range, ignored: Ignored
) -> list[Range]:
    """Return when the user cannot begin or be in a booking of this event type.

    Every accepted booking the user hosts or attends blocks, of whatever type, from its
    start less (its own buffer before + this type's buffer after) to its end plus (its
    own buffer after + this type's buffer before).

    Source: Cal.com API v2, slots 2024-09-04, read 2026-11.
    """
    # One that waits for a yes blocks its own event type only, and only if that says so.
    waiting = event_type.id if blocks_unconfirmed(event_type) else -1
    bookings = storage.get_bookings(
        "(status = 'accepted' OR (status = 'pending' AND event_type_id = ?)) "
        " AND (host_id = ? OR attendee_email = ?) AND starts_at < ? AND ends_at > ?",
        waiting,
        user.id,
        user.email,
        spell(window.end + FARTHEST_BUFFER),
        spell(window.start - FARTHEST_BUFFER),
    )
    types: dict[int, EventType | None] = {}
    busy: list[Range] = []
    for booking in bookings:
        if ignored(booking):
            continue
        if booking.event_type_id not in types:
            types[booking.event_type_id] = storage.get_event_type(booking.event_type_id)
        its = types[booking.event_type_id]
        before = (its.buffer_before if its else 0) + event_type.buffer_after
        after = (its.buffer_after if its else 0) + event_type.buffer_before
        busy.append(
            Range(booking.start - timedelta(minutes=before), booking.end + timedelta(minutes=after))
        )
    return busy


def get_free(
    storage: Storage, event_type: EventType, *, window: Range, ignored: Ignored
) -> list[Range]:
    """Return when the event type can be booked: by all hosts if collective, else by any."""
    per_host = [
        without(
            get_hours(storage, user, event_type=event_type, window=window),
            get_busy(storage, user, event_type=event_type, window=window, ignored=ignored),
        )
        for user in map(storage.get_user, event_type.hosts)
        if user
    ]
    if len(per_host) == 1:
        return per_host[0]
    if event_type.scheduling_type == "collective":
        shared = [window]
        for free in per_host:
            shared = intersection(shared, free)
        return shared
    return union(piece for free in per_host for piece in free)


def find_host(
    storage: Storage,
    event_type: EventType,
    wanted: Range,
    *,
    ignored: Ignored,
    unchecked: bool = False,
) -> User | None:
    """Return who could take the booking: the first free host, all of them if collective.

    Where it starts does not matter as long as the whole of it is free: the grid that
    slots are listed on is not asked for again; `unchecked`, nor is whether anybody is free.
    """
    free_hosts = [
        user
        for user in map(storage.get_user, event_type.hosts)
        if user and (unchecked or _is_free(storage, user, event_type, wanted, ignored))
    ]
    if event_type.scheduling_type == "collective" and len(free_hosts) < len(event_type.hosts):
        return None
    return free_hosts[0] if free_hosts else None


def _is_free(
    storage: Storage, user: User, event_type: EventType, wanted: Range, ignored: Ignored
) -> bool:
    around = Range(wanted.start - DAY, wanted.end + DAY)
    hours = get_hours(storage, user, event_type=event_type, window=around)
    in_hours = any(piece.covers(wanted) for piece in union(hours))
    return in_hours and not any(
        block.overlaps(wanted)
        for block in get_busy(storage, user, event_type=event_type, window=wanted, ignored=ignored)
    )
