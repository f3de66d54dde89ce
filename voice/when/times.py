"""From the pieces of a time to the clock time or the window that was meant."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import time, timedelta

from voice.when.said import Between, Clock, Elapsed, From, Half, NoTime, Part, TimePiece, Until
from voice.when.values import OPEN_END, Problem, TimeWindow

HOUR, HALF_DAY, DAY = 60, 12 * 60, 24 * 60  # minutes
SMALL_HOURS = range(HOUR, 8 * HOUR)  # without a part of the day, 1 to 7 are 13 to 19
NEAR = 2 * HOUR  # "vier Uhr früh" is near enough to the early morning to belong to it


Stretch = tuple[time, time] | None  # None: there is no such stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeReading:
    """What a wish says about the time.

    Attributes:
        at, window, problem: those of `When`.
        elapsed: the time to pass from now.
        next_day: the time is the midnight at the day's end.
    """

    at: time | None = None
    window: TimeWindow | None = None
    problem: Problem | None = None
    elapsed: timedelta | None = None
    next_day: bool = False


ASK = TimeReading(problem=Problem.TIME_REQUIRED)


def read_time(pieces: Iterable[TimePiece], *, either: bool = False) -> TimeReading | None:
    """Return what the pieces mean together; None if there are none.

    Args:
        pieces: in any order.
        either: whether an "oder" was heard: two parts of the day are then two wishes.
    """
    said = list(dict.fromkeys(pieces))
    if not said:
        return None
    parts = [piece for piece in said if isinstance(piece, Part)]
    clocks = [piece for piece in said if isinstance(piece, Clock)]
    bounds = [piece for piece in said if isinstance(piece, From | Until | Between)]
    elapsed = [piece for piece in said if isinstance(piece, Elapsed)]
    if any(isinstance(piece, NoTime) for piece in said) or (either and len(parts) > 1):
        return ASK
    if elapsed:
        return TimeReading(elapsed=elapsed[0].time) if len(said) == 1 else ASK
    windows = list(_windows(bounds, parts))
    if clocks:
        return _one_clock(clocks, parts, windows)
    if not bounds:
        windows = [None] if Part.NIGHT in parts else [part.value for part in parts]
    else:
        windows += [part.value for part in parts]
    return _overlap(windows)


def minutes_of(clock: Clock, parts: Sequence[Part] = ()) -> int | None:
    """Return the minute of the day that is meant, 1440 for its end; None if there is none.

    A part of the day decides between three at night and three in the afternoon. Without
    one, the hours of a salon do, unless the time was written out.
    """
    said = clock.hour * HOUR + clock.minute
    if clock.minute >= HOUR or said > DAY:
        return None
    if parts:
        return _nearest(_readings(said, clock.half), parts)
    if clock.half is Half.OPEN and said in SMALL_HOURS:
        return said + HALF_DAY
    return said


def _readings(said: int, half: Half) -> list[int]:
    if half is Half.CERTAIN or not HOUR <= said < HALF_DAY + HOUR:
        return [said]
    return [said, said + HALF_DAY]


def _nearest(readings: Sequence[int], parts: Sequence[Part]) -> int | None:
    """Return the reading in, or just beside, the parts of the day; None if unclear."""
    far = {reading: max(_distance(reading, part) for part in parts) for reading in readings}
    best = min(far.values())
    nearest = [reading for reading, distance in far.items() if distance == best]
    return nearest[0] if best <= NEAR and len(nearest) == 1 and nearest[0] <= DAY else None


def _distance(minute: int, part: Part) -> int:
    """Return how far outside a part of the day a minute lies, around the clock."""
    start, end = (_minute(edge) for edge in part.value)
    if start <= minute % DAY <= end:
        return 0
    return min((start - minute) % DAY, (minute - end) % DAY)


def _minute(at: time) -> int:
    return at.hour * HOUR + at.minute


def _time(minute: int) -> time:
    return time(*divmod(minute % DAY, HOUR))


def _one_clock(
    clocks: Sequence[Clock], parts: Sequence[Part], windows: Sequence[Stretch]
) -> TimeReading:
    """Return the one clock time that was said; two of them are a question."""
    minutes = {minutes_of(clock, parts) for clock in clocks}
    minute = minutes.pop()
    if minutes or minute is None:
        return ASK
    at = _time(minute)
    if any(window is None or not window[0] <= at <= window[1] for window in windows):
        return ASK
    return TimeReading(at=at, next_day=minute == DAY)


def _windows(bounds: Sequence[From | Until | Between], parts: Sequence[Part]) -> Iterator[Stretch]:
    """Yield the stretch each bound leaves, or None for one that cannot be."""
    for bound in bounds:
        if isinstance(bound, From):
            yield _between(minutes_of(bound.clock, parts), DAY)
        elif isinstance(bound, Until):
            yield _between(0, minutes_of(bound.clock, parts))
        else:
            yield _between(minutes_of(bound.start, parts), minutes_of(bound.end, parts))


def _between(start: int | None, end: int | None) -> Stretch:
    return None if start is None or end is None or end <= start else (_time(start), _end(end))


def _end(minute: int) -> time:
    return OPEN_END if minute == DAY else _time(minute)


def _overlap(windows: Sequence[Stretch]) -> TimeReading:
    possible = [window for window in windows if window]
    if len(possible) < len(windows):
        return ASK
    start = max(start for start, _ in possible)
    end = min(end for _, end in possible)
    return TimeReading(window=TimeWindow(start, end)) if start < end else ASK
