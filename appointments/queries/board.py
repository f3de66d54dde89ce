"""Loading what the day view shows: seven queries, however many people, days and appointments."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet

from appointments.domain.hours import day_interval
from appointments.domain.intervals import Interval, intersect, merge, subtract
from appointments.models import (
    Appointment,
    AppointmentPhase,
    Branch,
    BusyTime,
    Staff,
    Status,
    TimeOff,
)
from appointments.queries.diary import BranchHours, get_branch_hours, week_of

# A customer has been here, or is expected, if an earlier appointment has one of these.
COUNTS_AS_VISIT = (Status.CONFIRMED, Status.COMPLETED)

# Moments that no card tells: to make them out of what the database says takes longer than the rest
# of the row.
NOT_SHOWN = (
    "cancelled_at",
    "created_at",
    "synced_at",
    "changed_outside_at",
    "review_since",
    "review_resolved_at",
    "customer__created_at",
)

Row = TypeVar("Row", Appointment, BusyTime, TimeOff)
# By staff id; None stands for everybody.
ByStaff = Mapping[int | None, Sequence[Row]]
Stretches = Mapping[int, Sequence[Interval]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One staff member on one local day.

    Attributes:
        staff, day: whose, and which one on the branch's clock.
        window: that day, UTC.
        works: when they work and the branch is open, time off removed. UTC, sorted.
        appointments: those that touch the day, by start. Each with its service and customer at
            hand, and with `is_first`: nothing earlier of this customer is known.
        busy: foreign bookings and blocks, those of nobody knows whom included.
        absences: time off.
    """

    staff: Staff
    day: date
    window: Interval
    works: Sequence[Interval]
    appointments: Sequence[Appointment]
    busy: Sequence[BusyTime]
    absences: Sequence[TimeOff]

    @property
    def has_anything(self) -> bool:
        """Whether somebody must see this column: they work, or something of theirs is on it."""
        own = any(block.staff_id is not None for block in self.busy)
        return bool(self.works or self.appointments or own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Some staff members of one branch on some local days.

    Attributes:
        open: when the branch is open. UTC, sorted.
        closed: the days on which the week does not count, with the reason.
        columns: by staff member's name, then by day.
        hands, gaps: when each appointment takes hands and when it waits, by its id. UTC, sorted;
            what follows on itself is one stretch.
    """

    branch: Branch
    open: Sequence[Interval]
    closed: Mapping[date, str]
    columns: Sequence[Column]
    hands: Stretches
    gaps: Stretches


def get_board(
    branch: Branch,
    *,
    first: date,
    last: date,
    now: datetime,
    staff_id: int | None = None,
    cancelled: bool = False,
) -> Board:
    """Return what happens in a branch from local day `first` to `last`.

    Args:
        branch: with its company at hand.
        first: the first day.
        last: the last day, included.
        now: holds that have run out by then are not shown.
        staff_id: only this person; None for everybody of the branch.
        cancelled: show cancelled appointments too.
    """
    window = Interval(day_interval(first, branch.zone).start, day_interval(last, branch.zone).end)
    hours = get_branch_hours(branch, first=first, last=last)
    appointments = list(
        _appointments(branch, window, now=now, staff_id=staff_id, cancelled=cancelled)
    )
    staff = _staff(branch, {row.staff_id for row in appointments}, staff_id=staff_id)
    ids = [member.pk for member in staff]
    touching = Q(starts_at__lt=window.end, ends_at__gt=window.start)
    busy = BusyTime.objects.filter(
        Q(staff__in=ids) | Q(staff=None), touching, company=branch.company_id
    ).order_by("starts_at", "pk")
    absences = TimeOff.objects.filter(touching, staff__in=ids).order_by("starts_at", "pk")
    theirs = _by_staff(appointments), _by_staff(busy), _by_staff(absences)
    open_ = hours.stretches(hours.week)
    columns = [
        column
        for member in staff
        for column in _columns(member, hours, open_, *theirs)
        if member.is_active or column.appointments
    ]
    hands, gaps = _phases(appointments)
    return Board(
        branch=branch, open=open_, closed=hours.closed, columns=columns, hands=hands, gaps=gaps
    )


def _phases(appointments: Iterable[Appointment]) -> tuple[Stretches, Stretches]:
    """Return when hands are at work, and when not. One query.

    Not as related rows: a manager for each appointment costs more than all their phases.
    """
    found: dict[bool, dict[int, list[Interval]]] = {
        hands_on: defaultdict(list) for hands_on in (True, False)
    }
    rows = AppointmentPhase.objects.filter(appointment__in=[row.pk for row in appointments])
    for pk, start, end, hands_on in rows.values_list(
        "appointment_id", "starts_at", "ends_at", "staff_required"
    ):
        found[hands_on][pk].append(Interval(start, end))
    hands, gaps = (
        {pk: merge(stretches) for pk, stretches in found[hands_on].items()}
        for hands_on in (True, False)
    )
    return hands, gaps


def _columns(
    member: Staff,
    hours: BranchHours,
    open_: Sequence[Interval],
    appointments: ByStaff[Appointment],
    busy: ByStaff[BusyTime],
    absences: ByStaff[TimeOff],
) -> Iterator[Column]:
    """Yield one staff member's days. No query."""
    week = week_of((row.weekday, row.from_time, row.to_time) for row in member.working_hours.all())
    away = absences.get(member.pk, ())
    works = subtract(
        intersect(open_, hours.stretches(week)) if week else open_,
        [Interval(row.starts_at, row.ends_at) for row in away],
    )
    blocks = [*busy.get(member.pk, ()), *busy.get(None, ())]
    for day in hours.days:
        window = day_interval(day, hours.zone)
        yield Column(
            staff=member,
            day=day,
            window=window,
            works=intersect(works, [window]),
            appointments=_touching(appointments.get(member.pk, ()), window),
            busy=_touching(blocks, window),
            absences=_touching(away, window),
        )


def _appointments(
    branch: Branch, window: Interval, *, now: datetime, staff_id: int | None, cancelled: bool
) -> QuerySet[Appointment]:
    """Return what is shown, whoever it belongs to."""
    shown = Q(status__in=(Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW))
    shown |= Q(status=Status.HELD, held_until__gt=now)
    if cancelled:
        shown |= Q(status=Status.CANCELLED)
    here = Q(branch=branch) | Q(staff__branch=branch)
    if staff_id is not None:
        here &= Q(staff=staff_id)
    earlier = Appointment.objects.filter(
        customer=OuterRef("customer"),
        starts_at__lt=OuterRef("starts_at"),
        status__in=COUNTS_AS_VISIT,
    )
    return (
        Appointment.objects.of(branch.company)
        .overlapping(window)
        .filter(shown, here)
        .annotate(is_first=~Exists(earlier))
        .select_related("service", "customer")
        .defer(*NOT_SHOWN)
        .order_by("starts_at", "pk")
    )


def _staff(branch: Branch, booked: set[int], *, staff_id: int | None) -> list[Staff]:
    """Return the people of a branch, and whoever has an appointment there: two queries."""
    people = Staff.objects.filter(Q(branch=branch) | Q(pk__in=booked), company=branch.company_id)
    if staff_id is not None:
        people = people.filter(pk=staff_id)
    return list(people.prefetch_related("working_hours").order_by("name", "pk"))


def _by_staff(rows: Iterable[Row]) -> ByStaff[Row]:
    found: dict[int | None, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.staff_id].append(row)
    return found


def _touching(rows: Iterable[Row], window: Interval) -> list[Row]:
    return [row for row in rows if row.starts_at < window.end and row.ends_at > window.start]
