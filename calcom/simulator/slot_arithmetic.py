"""The arithmetic of slots: free ranges, and where in them a slot may start. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ROUNDINGS = (60, 30, 20, 15, 10, 5)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """A half-open stretch `[start, end)` in UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Range") -> bool:
        return self.start < other.end and other.start < self.end

    def covers(self, other: "Range") -> bool:
        return self.start <= other.start and other.end <= self.end


def union(ranges: Iterable[Range]) -> list[Range]:
    """Merge what overlaps or touches, in order."""
    merged: list[Range] = []
    for piece in sorted(ranges):
        if merged and piece.start <= merged[-1].end:
            merged[-1] = Range(merged[-1].start, max(merged[-1].end, piece.end))
        else:
            merged.append(piece)
    return merged


def intersection(left: Iterable[Range], right: Sequence[Range]) -> list[Range]:
    return [
        Range(max(one.start, other.start), min(one.end, other.end))
        for one in left
        for other in right
        if one.overlaps(other)
    ]


def without(ranges: Iterable[Range], busy: Iterable[Range]) -> list[Range]:
    """Cut the busy ranges out of the others, which keep their order and borders."""
    blocks = union(busy)
    free: list[Range] = []
    for piece in ranges:
        start = piece.start
        for block in blocks:
            if block.end <= start or block.start >= piece.end:
                continue
            if start < block.start:
                free.append(Range(start, block.start))
            start = block.end
        if start < piece.end:
            free.append(Range(start, piece.end))
    return free


def rounding_of(step: int) -> int:
    """Return what the minutes of a first start are rounded to, for a step in minutes."""
    return next((minutes for minutes in ROUNDINGS if step % minutes == 0), 1)


def slot_starts(
    free: Iterable[Range], *, step: int, length: int, offset: int, earliest: datetime, zone: str
) -> Iterator[datetime]:
    """Yield where slots start, in order.

    In each free range the first start is rounded up to a multiple of the step's rounding,
    counted on the clock of the zone asked for. So there is no fixed daily grid: after a
    booking it begins again, unless that falls into the step of the slot before it.

    Args:
        free: in order, without overlaps.
        step: minutes from start to start.
        length: minutes a slot takes, all of them inside one range.
        offset: minutes added to every first start, and to every step.
        earliest: nothing starts before.
        zone: IANA.

    Source: Cal.com API v2, slots 2024-09-04, read 2026-11.
    """
    stride = timedelta(minutes=step + offset)
    takes = timedelta(minutes=length)
    previous: datetime | None = None
    for piece in free:
        start = _round_up(max(piece.start, earliest), rounding_of(step), zone)
        start += timedelta(minutes=offset)
        if previous is not None and previous + stride > start:
            start = previous + stride
        # A query's last day ends at 23:59:59, and the last slot of the day is still one.
        while start + takes - SECOND <= piece.end:
            if start >= earliest:
                yield start
            previous = start
            start += stride


def _round_up(moment: datetime, minutes: int, zone: str) -> datetime:
    whole = moment.replace(second=0, microsecond=0)
    late = whole.astimezone(ZoneInfo(zone)).minute % minutes
    return whole + timedelta(minutes=minutes - late) if late else whole
