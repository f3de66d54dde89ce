"""What else is free: the search for alternatives, and the free slots of a day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from appointments.domain.alternatives import Alternative, Week, Wish, find_alternatives
from appointments.domain.diary import Diary, Slot, by_start, choose
from appointments.domain.hours import day_interval, days_between, in_utc
from appointments.domain.intervals import Interval
from appointments.domain.listing import Listing
from appointments.models import Appointment, Status
from appointments.ports import CalendarPage, Deadline, Found, get_calendar
from appointments.queries.availability import keep_listed
from appointments.queries.diary import Search, last_bookable_day, notice_of, open_diary

SEARCH_DAYS = 15  # the wish's own day and two weeks
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwanted:
    """What must not be offered, although it may be free.

    Attributes:
        starts: the start that was asked for, and what this call refused before.
        intervals: the caller's own appointments, except the one being moved.
    """

    starts: frozenset[datetime] = frozenset()
    intervals: Sequence[Interval] = ()

    def allows(self, slot: Slot) -> bool:
        return slot.starts_at not in self.starts and not any(
            slot.interval.overlaps(interval) for interval in self.intervals
        )


def get_alternatives(
    search: Search,
    wish: Wish,
    *,
    now: datetime,
    deadline: Deadline,
    unwanted: Unwanted,
    usual_staff_id: int | None = None,
) -> list[Alternative]:
    """Return at most two slots to offer instead, each free for the whole service.

    Five queries for two weeks. Where the outside calendar has a say, it is asked at most three
    questions, with one query each.
    """
    found = _find(
        search,
        wish,
        now=now,
        deadline=deadline,
        unwanted=unwanted,
        usual_staff_id=usual_staff_id,
    )
    return found.alternatives


def recall_alternatives(
    search: Search,
    wish: Wish,
    *,
    now: datetime,
    deadline: Deadline,
    unwanted: Unwanted,
    usual_staff_id: int | None = None,
) -> Found:
    """Return what `get_alternatives` returns, or returned a moment ago where nothing changed.

    Only a search that needs the outside calendar is worth remembering. What comes from memory
    must be checked again before it is promised. One query if it is remembered, else one more
    than `get_alternatives`.
    """

    def find() -> Found:
        return _find(
            search,
            wish,
            now=now,
            deadline=deadline,
            unwanted=unwanted,
            usual_staff_id=usual_staff_id,
        )

    page = get_calendar().open(service=search.service, branch=search.branch, segments=())
    # Holds of its own hide nothing from a call: what it finds is true for nobody else.
    if not page.may_be_asked or search.moving or _holds_something(search):
        return find()
    question = repr(
        (
            (search.branch.pk, search.service.pk, search.staff_id, usual_staff_id),
            (wish.day, wish.at, wish.window),
            (sorted(unwanted.starts), unwanted.intervals),
        )
    )
    found = page.recall(question, find)
    earliest = now + notice_of(search.branch, search.service)
    if any(alternative.slot.starts_at < earliest for alternative in found.alternatives):
        return find()
    return found


def _holds_something(search: Search) -> bool:
    return bool(search.call_id) and (
        Appointment.objects.of(search.branch.company)
        .filter(status=Status.HELD, call_id=search.call_id)
        .exists()
    )


def _find(
    search: Search,
    wish: Wish,
    *,
    now: datetime,
    deadline: Deadline,
    unwanted: Unwanted,
    usual_staff_id: int | None,
) -> Found:
    week, calendar = _week(
        search,
        wish.day,
        days=SEARCH_DAYS,
        now=now,
        deadline=deadline,
        unwanted=unwanted,
        usual_staff_id=usual_staff_id,
    )
    return Found(find_alternatives(wish, week=week), is_complete=calendar.was_heard)


def get_free_slots(
    search: Search,
    day: date,
    *,
    now: datetime,
    deadline: Deadline,
    unwanted: Unwanted | None = None,
) -> list[Slot]:
    """Return the free slots of a local day, one per start, in order."""
    week, _ = _week(
        search,
        day,
        days=1,
        now=now,
        deadline=deadline,
        unwanted=unwanted or Unwanted(),
        usual_staff_id=None,
    )
    return list(week.slots(day))


def get_next_slot(
    search: Search,
    *,
    after: datetime,
    window: tuple[time, time] | None = None,
    now: datetime,
    deadline: Deadline,
    unwanted: Unwanted,
    usual_staff_id: int | None = None,
) -> Slot | None:
    """Return the first free slot from `after` to the end of the horizon, None if there is none.

    As many queries as a check. Where the outside calendar has a say, it is asked about the
    first day, then a week at a time until a slot is found or the deadline has passed.

    Args:
        search: whose time, and for what.
        after: the earliest start wished for.
        window: wall-clock times, from and up to, that the start has to lie in, on any day.
        now: the time.
        deadline: when to stop asking outside.
        unwanted: what must not be offered.
        usual_staff_id: who serves the customer as a rule.
    """
    zone, after = search.branch.zone, max(in_utc(after), in_utc(now))
    first = after.astimezone(zone).date()
    last = last_bookable_day(search.branch, now=now)
    week, _ = _week(
        search,
        first,
        days=(last - first).days + 1,
        now=now,
        deadline=deadline,
        unwanted=unwanted,
        usual_staff_id=usual_staff_id,
    )
    slots = (slot for day in days_between(first, last) for slot in week.slots(day))
    return next(
        (slot for slot in slots if slot.starts_at >= after and _lies_in(window, slot, zone)), None
    )


def _lies_in(window: tuple[time, time] | None, slot: Slot, zone: ZoneInfo) -> bool:
    clock = slot.starts_at.astimezone(zone).time()
    return window is None or window[0] <= clock < window[1]


def _week(
    search: Search,
    day: date,
    *,
    days: int,
    now: datetime,
    deadline: Deadline,
    unwanted: Unwanted,
    usual_staff_id: int | None,
) -> tuple[Week, "_Days"]:
    zone, now = search.branch.zone, in_utc(now)
    first = max(day, now.astimezone(zone).date())
    last = min(first + timedelta(days=days - 1), last_bookable_day(search.branch, now=now))
    diary, page = open_diary(search, first=first, last=max(first, last), now=now)
    calendar = _Days(search, diary, page, first=first, last=last, deadline=deadline)

    @cache
    def slots(day: date) -> Sequence[Slot]:
        minutes = diary.minutes_on(day_interval(day, zone))
        return [
            choose(together, minutes=minutes, usual_staff_id=usual_staff_id)
            for together in by_start(calendar.listed(day))
            if unwanted.allows(together[0])
        ]

    def overlapping(intervals: Sequence[Interval]) -> Callable[[date], list[Interval]]:
        return lambda day: [
            interval for interval in intervals if interval.overlaps(day_interval(day, zone))
        ]

    works = [shift for person in diary.people for shift in person.works]
    week = Week(
        zone=zone,
        hours=overlapping(diary.open),
        works=lambda day: bool(overlapping(works)(day)),
        slots=slots,
        earliest=now + notice_of(search.branch, search.service),
        last_day=last,
    )
    return week, calendar


class _Days:
    """The days of one search, with the outside calendar asked rarely."""

    def __init__(
        self,
        search: Search,
        diary: Diary,
        page: CalendarPage,
        *,
        first: date,
        last: date,
        deadline: Deadline,
    ) -> None:
        self._search = search
        self._diary = diary
        self._page = page
        self._first = first
        self._last = last
        self._deadline = deadline
        self._listings: dict[range, Listing | None] = {}

    @property
    def was_heard(self) -> bool:
        """Whether the outside calendar has a say, and has answered whatever it was asked."""
        return self._page.may_be_asked and None not in self._listings.values()

    def listed(self, day: date) -> list[Slot]:
        """Return the slots of a day that are free here and, if it is known, over there."""
        if not self._first <= day <= self._last:
            return []
        slots = self._diary.slots(day_interval(day, self._search.branch.zone))
        if not slots:
            return []
        return keep_listed(slots, diary=self._diary, listing=self._listing(day))

    def _listing(self, day: date) -> Listing | None:
        question = _question_about((day - self._first).days)
        if question not in self._listings:
            days = [self._first + timedelta(days=n) for n in question]
            self._listings[question] = self._page.get_listing(
                staff_ids=[person.staff_id for person in self._diary.people],
                days=[asked for asked in days if asked <= self._last],
                moving=self._search.moving,
                deadline=self._deadline,
            )
        return self._listings[question]


def _question_about(offset: int) -> range:
    """Return the days asked about together: the first alone, then a week at a time."""
    if offset == 0:
        return range(1)
    week = (offset - 1) // WEEK_DAYS
    return range(1 + week * WEEK_DAYS, 1 + (week + 1) * WEEK_DAYS)
