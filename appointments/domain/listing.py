"""What an outside calendar lists as free."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from appointments.domain.intervals import Interval
from appointments.domain.starts import Segment

LARGEST_STEP = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Listed:
    """The starts one calendar lists for one segment with one staff member, sorted, in UTC."""

    starts: Sequence[datetime]

    def covers(self, wanted: Interval) -> bool:
        """Whether the calendar would take this segment at this time.

        A start between two listed ones counts when those are one slot interval apart: the
        calendar's grid is a matter of display, it books any minute that is free. Two listed
        starts no further apart than the segment is long prove it; so do neighbours as close
        as any on that list, since nothing can hide between them.
        """
        after = bisect_right(self.starts, wanted.start)
        if not after:
            return False
        before = self.starts[after - 1]
        if before == wanted.start:
            return True
        if after == len(self.starts):
            return False
        apart = self.starts[after] - before
        return apart <= max(wanted.end - wanted.start, self._step())

    def _step(self) -> timedelta:
        steps = [
            later - earlier for earlier, later in zip(self.starts, self.starts[1:], strict=False)
        ]
        return min([*steps, LARGEST_STEP])


@dataclass(frozen=True, slots=True)
class Listing:
    """What the outside calendar lists, for some days and some staff members.

    Attributes:
        listed: (staff id, segment key) → starts. A missing pair lists nothing.
        ours: staff id → bookings of our own that are moving or cancelled, but still hide
            starts over there. What they hide counts as listed: here our database knows better.
        unlimited: staff ids whom the calendar knows nothing of, and so does not limit.
    """

    listed: Mapping[tuple[int, str], Listed]
    ours: Mapping[int, Sequence[Interval]] = field(default_factory=dict)
    unlimited: frozenset[int] = frozenset()

    def covers(self, segments: Sequence[Segment], *, start: datetime, staff_id: int) -> bool:
        """Whether every hands-on segment of a service begun at `start` could be booked."""
        return staff_id in self.unlimited or all(
            self._covers(segment.key, segment.at(start), staff_id)
            for segment in segments
            if segment.staff_required
        )

    def _covers(self, key: str, wanted: Interval, staff_id: int) -> bool:
        if any(wanted.overlaps(own) for own in self.ours.get(staff_id, ())):
            return True
        listed = self.listed.get((staff_id, key))
        return listed is not None and listed.covers(wanted)
