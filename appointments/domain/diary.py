"""What has to be known to say whether a service could begin, and the saying of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby

from appointments.domain.intervals import Interval
from appointments.domain.starts import Claim, Segment, duration_of, is_clear, open_starts

STEP = timedelta(minutes=15)


class Reason(StrEnum):
    """Why a start is not free."""

    CLOSED = "closed"
    STAFF_ABSENT = "staff_absent"
    TOO_LONG = "too_long"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One staff member's part of a diary.

    Attributes:
        works: when they work and the branch is open, breaks and time off removed. UTC, sorted.
        busy: what a new appointment must not meet: hands-on phases, gaps too where the company
            does not use them, all with the buffers of existing appointments. UTC.
        hands_on: when their hands are really at work. UTC.
    """

    staff_id: int
    name: str
    works: Sequence[Interval]
    busy: Sequence[Interval]
    hands_on: Sequence[Interval] = ()

    def minutes_on(self, day: Interval) -> float:
        """How long their hands are at work on a day."""
        return sum(
            (min(work.end, day.end) - max(work.start, day.start)).total_seconds() / 60
            for work in self.hands_on
            if work.overlaps(day)
        )


@dataclass(frozen=True, slots=True)
class Slot:
    """A moment at which a service can begin, with a given staff member. UTC."""

    starts_at: datetime
    ends_at: datetime
    staff_id: int
    staff_name: str

    @property
    def interval(self) -> Interval:
        return Interval(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diary:
    """One service in one branch: its recipe, the hours, and who is busy when.

    Checking, searching and booking all ask a diary, so they never disagree.

    Attributes:
        segments: the recipe.
        claims: what the recipe takes of a staff member (`claims_of`).
        open: the branch's opening hours, UTC, sorted.
        people: those who perform the service and could be chosen, by name.
        bookable: from now plus notice to the end of the horizon; None when that is no time.
    """

    segments: Sequence[Segment]
    claims: Sequence[Claim]
    open: Sequence[Interval]
    people: Sequence[Person]
    bookable: Interval | None

    @property
    def duration(self) -> timedelta:
        return duration_of(self.segments)

    def minutes_on(self, day: Interval) -> dict[int, float]:
        """Return how long everybody's hands are at work on a day, by staff id."""
        return {person.staff_id: person.minutes_on(day) for person in self.people}

    def check(self, start: datetime) -> list[Slot] | Reason:
        """Return who could begin at exactly `start`, or why nobody can."""
        if not any(hours.holds(start) for hours in self.open):
            return Reason.CLOSED
        verdicts = [self._verdict(person, start) for person in self.people]
        slots = [verdict for verdict in verdicts if isinstance(verdict, Slot)]
        if slots:
            return slots
        for reason in (Reason.TAKEN, Reason.TOO_LONG):
            if reason in verdicts:
                return reason
        return Reason.STAFF_ABSENT

    def slots(self, within: Interval) -> list[Slot]:
        """Return every slot of a stretch of time, by start and then by name."""
        if self.bookable is None or not within.overlaps(self.bookable):
            return []
        return sorted(
            (
                self._slot(person, start)
                for person in self.people
                for start in self._open_starts(person, within)
                if within.holds(start) and self.bookable.holds(start)
            ),
            key=lambda slot: (slot.starts_at, slot.staff_name, slot.staff_id),
        )

    def _open_starts(self, person: Person, within: Interval) -> Iterator[datetime]:
        for shift in person.works:
            if shift.overlaps(within):
                reach = Interval(
                    shift.start + self.claims[0].begin,
                    shift.end + self.claims[-1].end - self.duration,
                )
                yield from open_starts(
                    self.claims,
                    duration=self.duration,
                    busy=[block for block in person.busy if block.overlaps(reach)],
                    within=shift,
                    step=STEP,
                )

    def _verdict(self, person: Person, start: datetime) -> Slot | Reason:
        shift = next((shift for shift in person.works if shift.holds(start)), None)
        if shift is None:
            return Reason.STAFF_ABSENT
        if start + self.duration > shift.end:
            return Reason.TOO_LONG
        if not is_clear(self.claims, start=start, busy=person.busy):
            return Reason.TAKEN
        return self._slot(person, start)

    def _slot(self, person: Person, start: datetime) -> Slot:
        return Slot(start, start + self.duration, person.staff_id, person.name)


def choose(
    slots: Iterable[Slot], *, minutes: Mapping[int, float], usual_staff_id: int | None
) -> Slot:
    """Choose among slots of one start: the customer's usual one, else the least busy, else by name.

    Args:
        slots: at least one, all with the same start.
        minutes: staff id → how long they work on the local day of that start.
        usual_staff_id: who served the customer before, if that is known.
    """
    return min(
        slots,
        key=lambda slot: (
            slot.staff_id != usual_staff_id,
            minutes[slot.staff_id],
            slot.staff_name,
            slot.staff_id,
        ),
    )


def by_start(slots: Iterable[Slot]) -> Iterator[list[Slot]]:
    """Group slots that begin together; they must be sorted by start."""
    for _, group in groupby(slots, key=lambda slot: slot.starts_at):
        yield list(group)
