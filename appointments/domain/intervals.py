"""Stretches of time, and their algebra."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A half-open stretch of time: it holds `start` and stops just short of `end`.

    Half-open is what lets one appointment end, and the next begin, at the same moment.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end <= self.start:
            msg = f"an interval must run forwards, not {self.start} to {self.end}"
            raise ValueError(msg)

    def overlaps(self, other: "Interval") -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Interval") -> bool:
        return self.start <= other.start and other.end <= self.end

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Join what overlaps or touches; the result is sorted and has gaps between."""
    merged: list[Interval] = []
    for interval in sorted(intervals):
        if merged and interval.start <= merged[-1].end:
            last = merged.pop()
            interval = Interval(last.start, max(last.end, interval.end))  # noqa: PLW2901 -- grows
        merged.append(interval)
    return merged


def intersect(some: Iterable[Interval], others: Iterable[Interval]) -> list[Interval]:
    """Return the time that lies in both, sorted. O(n·m), for the few stretches of a day."""
    theirs = list(others)
    return merge(
        Interval(max(one.start, other.start), min(one.end, other.end))
        for one in some
        for other in theirs
        if one.overlaps(other)
    )


def subtract(intervals: Iterable[Interval], blocks: Iterable[Interval]) -> list[Interval]:
    """Return what is left of `intervals` outside all `blocks`, sorted."""
    left = merge(intervals)
    for block in blocks:
        left = [piece for interval in left for piece in _outside(interval, block)]
    return left


def _outside(interval: Interval, block: Interval) -> Iterable[Interval]:
    if not interval.overlaps(block):
        yield interval
        return
    if interval.start < block.start:
        yield Interval(interval.start, block.start)
    if block.end < interval.end:
        yield Interval(block.end, interval.end)
