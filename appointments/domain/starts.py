"""The moments at which a service could begin."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge

from appointments.domain.intervals import Interval

NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Segment:
    """One step of a service, timed from the moment the customer sits down.

    A hands-on segment takes the stylist. The others (a perm setting, say) take only
    the customer, and leave the stylist free to serve someone else.
    """

    key: str
    offset: timedelta
    duration: timedelta
    staff_required: bool

    def at(self, start: datetime) -> Interval:
        return Interval(start + self.offset, start + self.offset + self.duration)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a service takes of the stylist, from `begin` to `end`, counted from its start."""

    begin: timedelta
    end: timedelta

    def at(self, start: datetime) -> Interval:
        return Interval(start + self.begin, start + self.end)


def duration_of(segments: Sequence[Segment]) -> timedelta:
    return segments[-1].offset + segments[-1].duration


def claims_of(
    segments: Sequence[Segment],
    *,
    buffer_before: timedelta = NONE,
    buffer_after: timedelta = NONE,
    solid: bool = False,
) -> tuple[Claim, ...]:
    """Return what a recipe claims: its hands-on segments, the outer edges widened by buffers.

    Args:
        segments: (P,) in order, contiguous, first and last hands-on.
        buffer_before: kept clear ahead of the first segment.
        buffer_after: kept clear behind the last segment.
        solid: claim the gaps too, as one block (gap policy `blocked`).
    """
    end = duration_of(segments)
    if solid:
        return (Claim(-buffer_before, end + buffer_after),)
    return tuple(
        Claim(
            segment.offset - (NONE if segment.offset else buffer_before),
            segment.offset
            + segment.duration
            + (buffer_after if segment.offset + segment.duration == end else NONE),
        )
        for segment in segments
        if segment.staff_required
    )


def is_clear(claims: Sequence[Claim], *, start: datetime, busy: Iterable[Interval]) -> bool:
    """Whether a service begun at `start` collides with nothing: rule P, stated plainly."""
    wanted = [claim.at(start) for claim in claims]
    return not any(claim.overlaps(block) for block in busy for claim in wanted)


def open_starts(
    claims: Sequence[Claim],
    *,
    duration: timedelta,
    busy: Iterable[Interval],
    within: Interval,
    step: timedelta,
) -> Iterator[datetime]:
    """Yield every start that leaves all claims clear, earliest first.

    A claim `[c, d)` of a service begun at `s` overlaps the busy interval `[b, e)` exactly
    when `b - d < s < e - c`. So each claim turns each busy interval into a band of starts
    it rules out, and one sweep over the sorted bands finds what is left:
    O(CB log CB + S) for C claims, B busy intervals and S starts.

    Looked at are the grid of `step`, counted from `within.start`, and each moment the
    stylist's hands become free, so that gaps are used to the minute.

    Args:
        claims: (C,) as `claims_of` gives them, the earliest first.
        duration: of the whole service, gaps included.
        busy: (B,) when the stylist is taken; any order, overlaps allowed. In UTC.
        within: what the whole service must fit inside, such as one shift. In UTC, so that
            steps keep their length when the clocks change.
        step: the spacing of the grid.
    """
    blocks = list(busy)
    latest = within.end - duration
    freed = sorted({block.end - claims[0].begin for block in blocks})
    bands = iter(_bands(claims, blocks))
    band = next(bands, None)
    last = None
    for start in merge(_grid(within.start, latest, step), freed):
        if start > latest:
            return
        if start == last or start < within.start:
            continue
        last = start
        while band and band.end <= start:
            band = next(bands, None)
        if band is None or start <= band.start:
            yield start


def _bands(claims: Sequence[Claim], blocks: Iterable[Interval]) -> list[Interval]:
    """Return the ruled-out starts as *open* intervals, sorted, overlapping ones joined.

    Those that only touch stay apart: the moment between them is a start that fits exactly.
    """
    joined: list[Interval] = []
    for band in sorted(
        Interval(block.start - claim.end, block.end - claim.begin)
        for block in blocks
        for claim in claims
    ):
        if joined and band.start < joined[-1].end:
            joined[-1] = Interval(joined[-1].start, max(joined[-1].end, band.end))
        else:
            joined.append(band)
    return joined


def _grid(first: datetime, latest: datetime, step: timedelta) -> Iterator[datetime]:
    start = first
    while start <= latest:
        yield start
        start += step
