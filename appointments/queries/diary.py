"""Loading a diary: at most five queries, however many days, people and appointments."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, FilteredRelation, Q, Value

from appointments.domain.diary import Diary, Person
from appointments.domain.hours import Stretch, day_interval, days_between, in_utc, stretches
from appointments.domain.intervals import Interval, intersect, subtract
from appointments.domain.starts import claims_of
from appointments.models import (
    DEFAULT_NOTICE_MINUTES,
    LONGEST_BUFFER_MINUTES,
    Appointment,
    AppointmentPhase,
    Branch,
    BusyTime,
    GapPolicy,
    Service,
    Staff,
    Status,
    TimeOff,
)
from appointments.ports import CalendarPage, get_calendar
from appointments.public_holidays import holidays_between

# One shape for all that takes time: whose, when, of which whole with which buffers, and whether
# it is work or absence.
STRETCH = ("staff_id", "starts_at", "ends_at")
WITHOUT_BUFFERS = (F("starts_at"), F("ends_at"), Value(0), Value(0))
# Phases this far outside a window can still reach into it.
LONGEST_BUFFER = timedelta(minutes=LONGEST_BUFFER_MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Whose time is looked at, and what must not count as taken.

    Attributes:
        branch, service: of one company.
        staff_id: only this person; None for anybody who performs the service.
        call_id: holds of this call are its own and hide nothing from it.
        moving: an appointment on its way elsewhere, which does not block its own move.
        unbound: notice and horizon do not hold: a person has decided so, with a reason.
    """

    branch: Branch
    service: Service
    staff_id: int | None = None
    call_id: str = ""
    moving: Appointment | None = None
    unbound: bool = False

    @property
    def buffers(self) -> tuple[timedelta, timedelta]:
        """What is kept clear before and after: as it was when a moving appointment was booked."""
        source = self.moving or self.service
        return (
            timedelta(minutes=source.buffer_before_minutes),
            timedelta(minutes=source.buffer_after_minutes),
        )


def notice_of(branch: Branch, service: Service) -> timedelta:
    """Return the booking notice: the branch's, the service's, the company's, 15 min: first set."""
    candidates = (
        branch.booking_notice_minutes,
        service.booking_notice_minutes,
        branch.company.booking_notice_minutes,
        DEFAULT_NOTICE_MINUTES,
    )
    return timedelta(minutes=next(minutes for minutes in candidates if minutes is not None))


def last_bookable_day(branch: Branch, *, now: datetime) -> date:
    """Return the last local day of the horizon, that day included."""
    return now.astimezone(branch.zone).date() + timedelta(days=branch.company.horizon_days)


def get_diary(search: Search, *, first: date, last: date, now: datetime) -> Diary:
    """Load what decides about one service in one branch, from local day `first` to `last`."""
    diary, _ = open_diary(search, first=first, last=last, now=now)
    return diary


def open_diary(
    search: Search, *, first: date, last: date, now: datetime
) -> tuple[Diary, CalendarPage]:
    """Load a diary, and the page of the outside calendar that belongs to it.

    Five queries: the recipe, what the outside calendar could book, the people with their hours,
    opening hours with closures, and all that keeps somebody busy.
    """
    branch, service = search.branch, search.service
    solid = branch.company.gap_policy == GapPolicy.BLOCKED
    segments = search.moving.get_segments() if search.moving else service.get_segments()
    page = get_calendar().open(service=service, branch=branch, segments=segments)
    before, after = search.buffers
    window = Interval(
        day_interval(first, branch.zone).start - before,
        day_interval(last, branch.zone).end + after,
    )
    hours = get_branch_hours(branch, first=first, last=last)
    open_ = hours.stretches(hours.week)
    staff = _get_staff(search, page)
    taken = _get_taken(search, staff, window=window, now=now, solid=solid)
    people = [
        Person(
            staff_id=member.id,
            name=member.name,
            works=subtract(
                intersect(open_, hours.stretches(member.week)) if member.week else open_,
                taken.absent[member.id],
            ),
            busy=[*taken.busy[member.id], *taken.busy[None]],
            hands_on=taken.hands_on[member.id],
        )
        for member in staff
    ]
    diary = Diary(
        segments=segments,
        claims=claims_of(
            segments,
            buffer_before=before,
            buffer_after=after,
            solid=solid,
        ),
        open=open_,
        people=people,
        bookable=_bookable(search, now=now),
    )
    return diary, page


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchHours:
    """When a branch is open, on some local days.

    Attributes:
        week: the hours of each weekday.
        closed: the days on which the week does not count, with the reason.
        days, zone: which days, and on whose clock.
    """

    week: Mapping[int, Sequence[Stretch]]
    closed: Mapping[date, str]
    days: Sequence[date]
    zone: ZoneInfo

    def stretches(self, week: Mapping[int, Sequence[Stretch]]) -> list[Interval]:
        """Return a week's hours on these days, UTC; none on days the branch is closed."""
        return stretches(week, days=self.days, closed=frozenset(self.closed), zone=self.zone)


def get_branch_hours(branch: Branch, *, first: date, last: date) -> BranchHours:
    """Return the hours and closed days of a branch, public holidays included. One query."""
    rows = (
        Branch.objects.filter(pk=branch.pk)
        .annotate(
            closed=FilteredRelation(
                "closures", condition=Q(closures__closed_on__range=(first, last))
            )
        )
        .values_list(
            "opening_hours__weekday",
            "opening_hours__from_time",
            "opening_hours__to_time",
            "closed__closed_on",
            "closed__reason",
        )
    )
    hours: set[tuple[int, time, time]] = set()
    closed = holidays_between(branch.region, first, last)
    for weekday, from_time, to_time, closed_on, reason in rows:
        if weekday is not None:
            hours.add((weekday, from_time, to_time))
        if closed_on is not None:
            closed[closed_on] = reason
    return BranchHours(
        week=week_of(hours), closed=closed, days=days_between(first, last), zone=branch.zone
    )


def is_open_on(branch: Branch, day: date) -> bool:
    """Whether a branch opens at all on a local day. One query."""
    hours = get_branch_hours(branch, first=day, last=day)
    return bool(hours.stretches(hours.week))


def is_open_in(branch: Branch, day: date, window: tuple[time, time]) -> bool:
    """Whether a branch opens in a part of a local day: from, up to. One query."""
    hours = get_branch_hours(branch, first=day, last=day)
    if day in hours.closed:
        return False
    opened = hours.week.get(day.weekday(), ())
    return any(start < window[1] and window[0] < end for start, end in opened)


def _bookable(search: Search, *, now: datetime) -> Interval | None:
    notice = timedelta() if search.unbound else notice_of(search.branch, search.service)
    earliest = in_utc(now) + notice
    last_day = last_bookable_day(search.branch, now=now)
    end = day_interval(last_day, search.branch.zone).end
    return Interval(earliest, end) if earliest < end else None


def week_of(rows: Iterable[tuple[int, time, time]]) -> dict[int, list[Stretch]]:
    """Return the hours of each weekday, from (weekday, from, to)."""
    week: dict[int, list[Stretch]] = defaultdict(list)
    for weekday, from_time, to_time in rows:
        week[weekday].append((from_time, to_time))
    return week


@dataclass(frozen=True, slots=True)
class _Member:
    id: int
    name: str
    week: Mapping[int, Sequence[Stretch]]


def _get_staff(search: Search, page: CalendarPage) -> list[_Member]:
    """Return who can be chosen, by name: capable, active, and bookable over there."""
    capable = Staff.objects.capable_of(
        service_id=search.service.pk, branch_id=search.branch.pk
    ).order_by("name", "pk")
    if search.staff_id is not None:
        capable = capable.filter(pk=search.staff_id)
    names: dict[int, str] = {}
    hours: dict[int, list[tuple[int, time, time]]] = defaultdict(list)
    for pk, name, weekday, from_time, to_time in capable.values_list(
        "pk",
        "name",
        "working_hours__weekday",
        "working_hours__from_time",
        "working_hours__to_time",
    ):
        names[pk] = name
        if weekday is not None:
            hours[pk].append((weekday, from_time, to_time))
    bookable = page.get_bookable_staff(names.keys())
    return [_Member(pk, name, week_of(hours[pk])) for pk, name in names.items() if pk in bookable]


@dataclass(frozen=True, slots=True)
class _Taken:
    """By staff id. None stands for everybody: a foreign booking of nobody knows whom."""

    absent: dict[int | None, list[Interval]] = field(default_factory=lambda: defaultdict(list))
    busy: dict[int | None, list[Interval]] = field(default_factory=lambda: defaultdict(list))
    hands_on: dict[int | None, list[Interval]] = field(default_factory=lambda: defaultdict(list))


def _get_taken(
    search: Search, staff: Collection[_Member], *, window: Interval, now: datetime, solid: bool
) -> _Taken:
    """Return when people are absent, busy and at work. One query."""
    ids = [member.id for member in staff]
    in_window = Q(starts_at__lt=window.end, ends_at__gt=window.start)
    rows = _phases_taking(search, ids, window=window, now=now, solid=solid).union(
        BusyTime.objects.filter(
            Q(staff__in=ids) | Q(staff=None), in_window, company=search.branch.company_id
        ).values_list(*STRETCH, *WITHOUT_BUFFERS, Value(value=True), Value(value=False)),
        TimeOff.objects.filter(in_window, staff__in=ids).values_list(
            *STRETCH, *WITHOUT_BUFFERS, Value(value=False), Value(value=True)
        ),
        all=True,
    )
    taken = _Taken()
    for staff_id, start, end, first, last, before, after, hands_on, absent in rows:
        if absent:
            taken.absent[staff_id].append(Interval(start, end))
            continue
        # Buffers widen the outer edges of an appointment, never its gaps.
        opens = start - timedelta(minutes=before) if start == first else start
        closes = end + timedelta(minutes=after) if end == last else end
        taken.busy[staff_id].append(Interval(opens, closes))
        if hands_on:
            taken.hands_on[staff_id].append(Interval(start, end))
    return taken


def _phases_taking(
    search: Search, ids: Collection[int], *, window: Interval, now: datetime, solid: bool
) -> Any:
    """Return the phases that take these people's time, with their appointment's buffers."""
    phases = (
        AppointmentPhase.objects.unreleased()
        .overlapping(Interval(window.start - LONGEST_BUFFER, window.end + LONGEST_BUFFER))
        .filter(
            Q(appointment__status=Status.CONFIRMED)
            | Q(appointment__status=Status.HELD, appointment__held_until__gt=now),
            staff__in=ids,
        )
    )
    if not solid:
        phases = phases.hands_on()
    if search.call_id:
        phases = phases.exclude(
            appointment__status=Status.HELD, appointment__call_id=search.call_id
        )
    if search.moving is not None:
        phases = phases.exclude(appointment=search.moving)
    return phases.values_list(
        *STRETCH,
        "appointment__starts_at",
        "appointment__ends_at",
        "appointment__buffer_before_minutes",
        "appointment__buffer_after_minutes",
        "staff_required",
        Value(value=False),
    )
