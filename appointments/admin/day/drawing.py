"""What a board looks like: every block with its place on the axis, in minutes, and its words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from math import ceil

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from appointments.admin.day.cards import html_of
from appointments.admin.day.words import (
    Mark,
    busy_with,
    describe,
    marks_of,
    name_on,
    price_of,
    status_of,
)
from appointments.admin.shown import NOTHING
from appointments.domain.intervals import Interval
from appointments.models import TAKES_TIME, Appointment, BusyTime, Status, TimeOff
from appointments.queries import Board, Column

HOUR = 60
DAY = 24 * HOUR
OFFICE_HOURS = (9 * HOUR, 18 * HOUR)  # shown where nothing says better


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a column: minutes from the top of the axis, and how many."""

    top: int
    minutes: int

    @property
    def end(self) -> int:
        return self.top + self.minutes


@dataclass(frozen=True, slots=True)
class Note(Block):
    """A block that says something: an absence, a foreign booking."""

    text: str
    kind: str = ""
    pk: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One appointment.

    Attributes:
        hands, gaps: its phases; the first of `hands` carries the words.
        buffers: what is kept clear before and after.
        lane, lanes: which of how many side by side. More than one only where somebody came
            early, or did not come, and the time was given to others.
        start: the wall-clock time of its start, as a form takes it.
        address: of its own page.
    """

    pk: int
    staff_id: int
    hands: Sequence[Block]
    gaps: Sequence[Block]
    buffers: Sequence[Block]
    lane: int
    lanes: int
    status: str
    movable: bool
    start: str
    span: str
    who: str
    what: str
    price: str
    marks: Sequence[Mark]
    label: str
    address: str

    @property
    def html(self) -> SafeString:
        return html_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnColumn:
    """One staff member on one day, drawn."""

    staff_id: int
    name: str
    day: str
    today: bool
    title: str
    subtitle: str
    closed: Sequence[Block]
    absences: Sequence[Note]
    busy: Sequence[Note]
    cards: Sequence[Card]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A board, ready for a template.

    Attributes:
        starts, minutes: where the axis begins, in minutes after midnight, and how long it is.
        hours: the labels beside it, each with its place.
        now: where the line of this moment is drawn; None where this moment is not shown.
    """

    starts: int
    minutes: int
    hours: Sequence[tuple[int, str]]
    columns: Sequence[DrawnColumn]
    now: int | None


def draw(board: Board, columns: Sequence[Column], *, now: datetime, by_day: bool) -> Drawing:
    """Return what a template needs to show these columns of a board. No query.

    Args:
        board: whose clock is shown.
        columns: those of its columns that are wanted.
        now: the time.
        by_day: columns are named by their day, not by the staff member.
    """
    starts, ends = _axis(board, columns)
    pen = _Pen(board=board, starts=starts, ends=ends, now=now, by_day=by_day)
    local = now.astimezone(board.branch.zone)
    minute = local.hour * HOUR + local.minute
    shown = any(column.window.holds(now) for column in columns) and starts <= minute <= ends
    return Drawing(
        starts=starts,
        minutes=ends - starts,
        hours=[(at - starts, f"{at // HOUR:02}:00") for at in range(starts, ends + 1, HOUR)],
        columns=[pen.column(column) for column in columns],
        now=minute - starts if shown else None,
    )


def _axis(board: Board, columns: Sequence[Column]) -> tuple[int, int]:
    """Return the first and last minute of the day to show: whole hours around all there is."""
    edges = [
        minute
        for column in columns
        for row in [*column.works, *_on(board.open, column)]
        for minute in _minutes(row, column, board)
    ]
    edges += [
        minute
        for column in columns
        for stretch in [*map(_interval, column.appointments), *map(_interval, column.busy)]
        for minute in _minutes(stretch, column, board)
        # Who is blocked all night does not stretch everybody's page.
        if minute not in {0, DAY}
    ]
    first, last = (min(edges), max(edges)) if edges else OFFICE_HOURS
    return first // HOUR * HOUR, max(ceil(last / HOUR), first // HOUR + 1) * HOUR


def _on(intervals: Iterable[Interval], column: Column) -> Iterator[Interval]:
    return (interval for interval in intervals if interval.overlaps(column.window))


def _interval(row: Appointment | BusyTime | TimeOff) -> Interval:
    return Interval(row.starts_at, row.ends_at)


def _lanes(
    rows: Sequence[Appointment], hands: Mapping[int, Sequence[Interval]]
) -> Iterator[tuple[Appointment, int, int]]:
    """Yield each appointment with its lane, and how many lanes there are where it stands.

    What takes time never overlaps; the database sees to it. What no longer does may.
    """
    if all(row.status in TAKES_TIME for row in rows):
        yield from ((row, 0, 1) for row in rows)
        return
    lanes: dict[int, int] = {}
    groups: dict[int, set[int]] = {}
    for row in rows:
        beside = {pk for pk in lanes if _meet(hands.get(pk, ()), hands.get(row.pk, ()))}
        taken = {lanes[pk] for pk in beside}
        lanes[row.pk] = next(lane for lane in count() if lane not in taken)
        group = {row.pk}.union(*(groups[pk] for pk in beside))
        groups |= dict.fromkeys(group, group)
    for row in rows:
        yield row, lanes[row.pk], 1 + max(lanes[pk] for pk in groups[row.pk])


def _meet(some: Sequence[Interval], others: Sequence[Interval]) -> bool:
    return any(one.overlaps(other) for one in some for other in others)


def _minutes(interval: Interval, column: Column, board: Board) -> tuple[int, int]:
    """Return where a stretch begins and ends on the wall clock of a column's day, 0 to 1440."""
    return (
        _minute(interval.start, column, board),
        _minute(interval.end, column, board),
    )


def _minute(at: datetime, column: Column, board: Board) -> int:
    if at <= column.window.start:
        return 0
    if at >= column.window.end:
        return DAY
    local = at.astimezone(board.branch.zone)
    return local.hour * HOUR + local.minute


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pen:
    """Draws columns onto one axis."""

    board: Board
    starts: int
    ends: int
    now: datetime
    by_day: bool
    clocks: dict[datetime, str] = field(default_factory=dict)
    # With a 0 for the key of an appointment: to find an address takes longer than to fill it in.
    page: str = field(
        default_factory=lambda: reverse("admin:appointments_appointment_change", args=[0])
    )

    def column(self, column: Column) -> DrawnColumn:
        day = date_format(column.day, _("D j M"))
        name = column.staff.name
        return DrawnColumn(
            staff_id=column.staff.pk,
            name=name,
            day=column.day.isoformat(),
            today=column.window.holds(self.now),
            title=day if self.by_day else name,
            subtitle=self._hours(column),
            closed=self._closed(column),
            absences=[
                Note(block.top, block.minutes, row.reason or _("Time off"))
                for row in column.absences
                for block in self._block(_interval(row), column)
            ],
            busy=[
                Note(
                    block.top,
                    block.minutes,
                    busy_with(row),
                    kind=row.source,
                    pk=row.pk,
                )
                for row in column.busy
                for block in self._block(_interval(row), column)
            ],
            cards=[
                self._card(row, column, *lane)
                for row, *lane in _lanes(column.appointments, self.board.hands)
            ],
        )

    def _hours(self, column: Column) -> str:
        if not column.works:
            return str(self.board.closed.get(column.day) or _("not working"))
        begins, ends = column.works[0].start, column.works[-1].end
        return f"{self._clock(begins)}{NOTHING}{self._clock(ends)}"

    def _closed(self, column: Column) -> list[Block]:
        """Return what is left of the axis outside somebody's work."""
        left, at = [], self.starts
        for work in column.works:
            begin, end = _minutes(work, column, self.board)
            if begin > at:
                left.append(Block(at - self.starts, begin - at))
            at = end
        if at < self.ends:
            left.append(Block(at - self.starts, self.ends - at))
        return left

    def _block(self, interval: Interval, column: Column) -> Iterator[Block]:
        """Yield the part of a stretch that lies on the axis; often all, sometimes nothing."""
        begin, end = _minutes(interval, column, self.board)
        begin, end = max(begin, self.starts), min(end, self.ends)
        if begin < end:
            yield Block(begin - self.starts, end - begin)

    def _card(self, row: Appointment, column: Column, lane: int, lanes: int) -> Card:
        who, what = name_on(row), row.service.name
        span = f"{self._clock(row.starts_at)}{NOTHING}{self._clock(row.ends_at)}"
        marks = marks_of(row)
        return Card(
            pk=row.pk,
            staff_id=row.staff_id,
            hands=self._blocks(self.board.hands.get(row.pk, ()), column),
            gaps=self._blocks(self.board.gaps.get(row.pk, ()), column),
            buffers=list(self._buffers(row, column)),
            lane=lane,
            lanes=lanes,
            status=row.status,
            movable=row.status == Status.CONFIRMED,
            start=self._clock(row.starts_at),
            span=span,
            who=who,
            what=what,
            price=price_of(row),
            marks=marks,
            label=describe([span, who, what, status_of(row, self.board.branch), *marks]),
            address=self.page.replace("/0/", f"/{row.pk}/"),
        )

    def _blocks(self, stretches: Iterable[Interval], column: Column) -> list[Block]:
        return [block for stretch in stretches for block in self._block(stretch, column)]

    def _buffers(self, row: Appointment, column: Column) -> Iterator[Block]:
        if before := timedelta(minutes=row.buffer_before_minutes):
            yield from self._block(Interval(row.starts_at - before, row.starts_at), column)
        if after := timedelta(minutes=row.buffer_after_minutes):
            yield from self._block(Interval(row.ends_at, row.ends_at + after), column)

    def _clock(self, at: datetime) -> str:
        if at not in self.clocks:
            self.clocks[at] = f"{at.astimezone(self.board.branch.zone):%H:%M}"
        return self.clocks[at]
