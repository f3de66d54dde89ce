"""What to offer instead of the time that was asked for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from appointments.domain.diary import Slot
from appointments.domain.hours import day_interval, local_instant
from appointments.domain.intervals import Interval

OFFERED = 2
NEAR = timedelta(minutes=120)
SAME_CLOCK_TIME = timedelta(minutes=30)
BEST_SCORE = 10_000
NOON = time(12)
WEEK_DAYS = range(1, 8)
TWO_WEEKS_DAYS = range(1, 15)


class SlotType(StrEnum):
    """How a slot relates to what was asked for."""

    REQUESTED = "requested"
    SAME_DAY_EARLIER = "same_day_earlier"
    SAME_DAY_LATER = "same_day_later"
    NEXT_WORKDAY = "next_workday"
    NEXT_WEEK = "next_week"
    NEXT_AVAILABLE = "next_available"
    SAME_WINDOW_OTHER_DAY = "same_window_other_day"


MORNING_BONUS = {SlotType.SAME_DAY_LATER: 300, SlotType.SAME_DAY_EARLIER: 500}
AFTERNOON_BONUS = {SlotType.SAME_DAY_LATER: 500, SlotType.SAME_DAY_EARLIER: 300}
BONUS = {
    SlotType.NEXT_WORKDAY: 250,
    SlotType.NEXT_WEEK: 150,
    SlotType.NEXT_AVAILABLE: 100,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the caller asked for: a day, and a clock time or a window. Wall-clock time."""

    day: date
    at: time | None = None
    window: tuple[time, time] | None = None

    @property
    def clock(self) -> time:
        """The time of day the wish is about."""
        return self.at or (self.window[0] if self.window else time.min)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A slot offered instead, and how it relates to the wish."""

    slot: Slot
    type: SlotType


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The days around a wish, as the search sees them.

    Attributes:
        zone: the branch's.
        hours: local day → the branch's opening hours on it, UTC, sorted; () when closed.
        works: local day → whether the branch opens and a capable staff member works.
        slots: local day → its free slots, one per start, unwanted ones already removed.
            Asked lazily, one day at a time: each may cost a question to the outside calendar.
        earliest: now plus notice.
        last_day: the last day of the horizon.
    """

    zone: ZoneInfo
    hours: Callable[[date], Sequence[Interval]]
    works: Callable[[date], bool]
    slots: Callable[[date], Sequence[Slot]]
    earliest: datetime
    last_day: date

    def after(self, day: date, offsets: Iterable[int]) -> Iterator[date]:
        for offset in offsets:
            if (later := day + timedelta(days=offset)) <= self.last_day:
                yield later


def find_alternatives(wish: Wish, *, week: Week) -> list[Alternative]:
    """Return at most two slots, best first: score 10 000 - minutes to the anchor + bonus.

    Strategies are tried in order and stop once two candidates are found; what they find is
    then ranked together, equal scores earlier first. A computed time is never offered: every
    slot comes from `week.slots`. Nor is the very start that was asked for.
    """
    anchor = _anchor(wish, week)
    if anchor is None:
        return []
    requested = local_instant(wish.day, wish.at, week.zone) if wish.at else None
    strategies = _window_strategies if wish.window else _clock_strategies
    found: dict[datetime, Alternative] = {}
    for type_, slots in strategies(wish, anchor, week):
        for slot in slots:
            if slot.starts_at != requested:
                found.setdefault(slot.starts_at, Alternative(slot, type_(slot)))
        if len(found) >= OFFERED:
            break
    bonus = BONUS | (MORNING_BONUS if wish.clock < NOON else AFTERNOON_BONUS)

    def rank(alternative: Alternative) -> tuple[float, datetime]:
        away = abs(alternative.slot.starts_at - anchor).total_seconds() / 60
        score = BEST_SCORE - away + bonus.get(alternative.type, 0)
        return -score, alternative.slot.starts_at

    return sorted(found.values(), key=rank)[:OFFERED]


Found = tuple[Callable[[Slot], SlotType], Sequence[Slot]]


def _anchor(wish: Wish, week: Week) -> datetime | None:
    """Return the moment distances are counted from, None when nothing opens in time.

    A wish in the past or too soon becomes the earliest bookable moment. Then: before opening,
    that day's opening; at or after closing, the next open day's opening; on a closed day, the
    next open day at the same time if it is open then, else its opening.
    """
    first, clock = wish.day, wish.clock
    wished = local_instant(first, clock, week.zone)
    if wished and wished < week.earliest:
        earliest = week.earliest.astimezone(week.zone)
        first, clock = earliest.date(), earliest.time()
    for day in (first, *week.after(first, TWO_WEEKS_DAYS)):
        hours = week.hours(day)
        if not hours:
            continue
        opening, closing = hours[0].start, hours[-1].end
        wished = local_instant(day, clock, week.zone) or opening
        if opening <= wished < closing:
            return max(wished, week.earliest)
        if day != first or wished < opening:
            return max(opening, week.earliest)
        clock = time.min  # too late for its own day: the next open one's opening
    return None


def _local_day(moment: datetime, week: Week) -> date:
    return moment.astimezone(week.zone).date()


def _types(
    wish: Wish, anchor: datetime, week: Week
) -> Callable[[SlotType], Callable[[Slot], SlotType]]:
    """Return a maker of type functions: the wish's own day has names of its own."""
    wished_at = local_instant(wish.day, wish.clock, week.zone) or anchor

    def otherwise(type_: SlotType) -> Callable[[Slot], SlotType]:
        def of(slot: Slot) -> SlotType:
            if _local_day(slot.starts_at, week) != wish.day:
                return type_
            later = slot.starts_at >= wished_at
            return SlotType.SAME_DAY_LATER if later else SlotType.SAME_DAY_EARLIER

        return of

    return otherwise


def _clock_strategies(wish: Wish, anchor: datetime, week: Week) -> Iterator[Found]:
    otherwise = _types(wish, anchor, week)
    day = _local_day(anchor, week)
    anchors = otherwise(_type_of_anchor_day(wish, day, week))
    yield anchors, _near(week.slots(day), anchor, NEAR)
    yield anchors, week.slots(day)
    clock = anchor.astimezone(week.zone).time()
    workday = _next_workday(wish.day, week)
    if workday and workday > day:  # else the anchor has moved there
        yield otherwise(SlotType.NEXT_WORKDAY), _same_clock_time(workday, clock, week)
    for same_weekday in week.after(day, [7]):
        yield otherwise(SlotType.NEXT_WEEK), _same_clock_time(same_weekday, clock, week)
    yield from _next_available(day, clock, week, otherwise)


def _window_strategies(wish: Wish, anchor: datetime, week: Week) -> Iterator[Found]:
    otherwise = _types(wish, anchor, week)
    day = _local_day(anchor, week)
    asked_for = day == wish.day
    inside = SlotType.REQUESTED if asked_for else SlotType.SAME_WINDOW_OTHER_DAY
    yield (lambda _: inside), _in_window(day, wish, week)
    for later in week.after(day, WEEK_DAYS):
        yield (lambda _: SlotType.SAME_WINDOW_OTHER_DAY), _in_window(later, wish, week)
    yield otherwise(_type_of_anchor_day(wish, day, week)), week.slots(day)
    clock = anchor.astimezone(week.zone).time()
    yield from _next_available(day, clock, week, otherwise)


def _next_available(
    day: date,
    clock: time,
    week: Week,
    otherwise: Callable[[SlotType], Callable[[Slot], SlotType]],
) -> Iterator[Found]:
    """Yield, day by day, the starts nearest the clock time: of this week, then of the next."""
    for later in week.after(day, TWO_WEEKS_DAYS):
        slots = week.slots(later)
        if slots:
            target = local_instant(later, clock, week.zone) or slots[0].starts_at
            nearest = sorted(slots, key=lambda slot: abs(slot.starts_at - target))
            yield otherwise(SlotType.NEXT_AVAILABLE), nearest[:OFFERED]


def _type_of_anchor_day(wish: Wish, day: date, week: Week) -> SlotType:
    """Return what slots of the anchor's day are called, where that is not the wish's own day."""
    moved_on = day == _next_workday(wish.day, week)
    return SlotType.NEXT_WORKDAY if moved_on else SlotType.NEXT_AVAILABLE


def _next_workday(day: date, week: Week) -> date | None:
    return next((later for later in week.after(day, TWO_WEEKS_DAYS) if week.works(later)), None)


def _same_clock_time(day: date, clock: time, week: Week) -> list[Slot]:
    target = local_instant(day, clock, week.zone)
    return _near(week.slots(day), target, SAME_CLOCK_TIME) if target else []


def _near(slots: Iterable[Slot], moment: datetime, distance: timedelta) -> list[Slot]:
    return [slot for slot in slots if abs(slot.starts_at - moment) <= distance]


def _in_window(day: date, wish: Wish, week: Week) -> list[Slot]:
    """Return the day's slots that begin inside the wished window; one until 0:00 ends with it."""
    if wish.window is None:
        return []
    opens, closes = wish.window
    whole = day_interval(day, week.zone)
    start = local_instant(day, opens, week.zone) or whole.start
    end = (local_instant(day, closes, week.zone) if closes != time.min else None) or whole.end
    return [slot for slot in week.slots(day) if start <= slot.starts_at < end]
