"""What each piece of a date can mean on its own: one day, or the days it may be."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from voice.when.days import (
    DAYS_PER_WEEK,
    monday_of,
    month_ahead,
    months_later,
    next_days_numbered,
    same_week,
    valid_day,
)
from voice.when.said import (
    After,
    DatePiece,
    DayAndMonth,
    DayOfMonth,
    EitherOrder,
    FullDate,
    Holiday,
    MonthAhead,
    NamedMonth,
    Pointer,
    Shift,
    Unit,
    Week,
    Weekday,
)
from voice.when.values import Problem

JUST_PAST = timedelta(days=2)  # "5. November" on the 7th is a slip, not next year
LONG_PAST = timedelta(days=7)  # a full date further back has a wrong year
YEAR = timedelta(days=365)
CLIPPED_HORIZON = timedelta(days=60)
OCTOBER, JANUARY = 10, 1
EIGHT_DAYS = 8  # said, and often meant as a week


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The days one piece may mean, earlier first.

    Attributes:
        dates: empty if there is no such day.
        soft: two readings of which the earlier is usual.
        inferred: month or year was not said, or was corrected.
        problem: to be asked back whatever else is said.
    """

    dates: tuple[date, ...] = ()
    soft: bool = False
    inferred: bool = False
    problem: Problem | None = None


NO_SUCH_DAY = Point(problem=Problem.DATE_NOT_UNDERSTOOD)


def points_of(pieces: Sequence[DatePiece], *, today: date) -> Iterator[Point]:
    """Yield what every piece means that names a day without a weekday's help."""
    weekday_said = any(isinstance(piece, Weekday) for piece in pieces)
    shifts = [piece for piece in pieces if isinstance(piece, Shift)]
    afters = [piece for piece in pieces if isinstance(piece, After)]
    months = [piece for piece in pieces if isinstance(piece, MonthAhead | NamedMonth)]
    for piece in pieces:
        if isinstance(piece, DayOfMonth) and months:
            yield from (_day_of_month_said(piece.day, month, today) for month in months)
        elif isinstance(piece, DayOfMonth | DayAndMonth | Holiday | FullDate | EitherOrder):
            yield _WRITTEN[type(piece)](piece, today)
    if shifts and afters:
        yield from (_from_day(today + timedelta(shift.days), afters) for shift in shifts)
        return
    yield from (Point(dates=(today + timedelta(shift.days),)) for shift in shifts)
    yield from (
        _elapsed_days(after, today)
        for after in afters
        if not (weekday_said and weeks_in(after) is not None)
    )


def weeks_in(after: After) -> int | None:
    """Return how many whole weeks are meant: also by 14 days, and by eight beside a day."""
    if after.unit is Unit.WEEK:
        return after.count
    if after.unit is not Unit.DAY:
        return None
    if after.count == EIGHT_DAYS:
        return 1
    weeks, days_over = divmod(after.count, DAYS_PER_WEEK)
    return weeks if weeks and not days_over else None


def _from_day(day: date, afters: Sequence[After]) -> Point:
    """Heute in acht Tagen, morgen in zwei Wochen."""
    if len(afters) > 1:
        return NO_SUCH_DAY
    weeks = weeks_in(afters[0])
    if weeks is None:
        return _elapsed_days(afters[0], day)
    return Point(dates=(day + timedelta(weeks=weeks),))


def _elapsed_days(after: After, today: date) -> Point:
    if after.unit is Unit.DAY:
        counts = (EIGHT_DAYS - 1, EIGHT_DAYS) if after.count == EIGHT_DAYS else (after.count,)
        return Point(dates=tuple(today + timedelta(days=count) for count in counts))
    if after.unit is Unit.WEEK:
        return Point(dates=(today + timedelta(weeks=after.count),))
    months = after.count if after.unit is Unit.MONTH else after.count * 12
    return Point(dates=months_later(today, months))


def _day_of_month(piece: DayOfMonth, today: date) -> Point:
    coming = next_days_numbered(piece.day, today=today)
    first = next(coming, None)
    if first is None:
        return NO_SUCH_DAY
    dates = (first, next(coming)) if first == today else (first,)
    return Point(dates=dates, inferred=True)


def _day_of_month_said(day: int, month: MonthAhead | NamedMonth, today: date) -> Point:
    if isinstance(month, NamedMonth):
        return _day_and_month(DayAndMonth(day, month.number), today)
    found = valid_day(*month_ahead(today, month.offset), day)
    return Point(dates=(found,)) if found else NO_SUCH_DAY


def _day_and_month(piece: DayAndMonth, today: date) -> Point:
    this_year = valid_day(today.year, piece.month, piece.day)
    if this_year and this_year >= today - JUST_PAST:
        return Point(dates=(this_year,))
    next_year = valid_day(today.year + 1, piece.month, piece.day)
    if next_year is None:
        return NO_SUCH_DAY
    in_full = _unclipped(piece, next_year, today)
    if in_full:
        return Point(dates=(in_full, next_year))
    return Point(dates=(next_year,), inferred=True)


def _unclipped(piece: DayAndMonth, understood: date, today: date) -> date | None:
    """Return the day in October that "15.1" may be, if it is yet to come."""
    if not piece.may_be_clipped or (piece.month, today.month) != (JANUARY, OCTOBER):
        return None
    in_full = valid_day(today.year, OCTOBER, piece.day)
    far_away = understood - today > CLIPPED_HORIZON
    return in_full if in_full and in_full >= today and far_away else None


def _holiday(piece: Holiday, today: date) -> Point:
    this_year = date(today.year, piece.month, piece.day)
    return Point(
        dates=(this_year if this_year >= today else this_year.replace(year=today.year + 1),)
    )


def _full_date(piece: FullDate, today: date) -> Point:
    said = valid_day(piece.year, piece.month, piece.day)
    if said is None:
        return NO_SUCH_DAY
    a_year_later = valid_day(piece.year + 1, piece.month, piece.day)
    wrong_year = said < today - LONG_PAST
    if wrong_year and a_year_later and today <= a_year_later <= today + YEAR:
        return Point(dates=(a_year_later,), inferred=True)
    return Point(dates=(said,))


def _either_order(piece: EitherOrder, today: date) -> Point:
    orders = {(piece.one, piece.other), (piece.other, piece.one)}
    readings = [
        _full_date(FullDate(day, month, piece.year), today)
        if piece.year
        else _day_and_month(DayAndMonth(day, month), today)
        for day, month in orders
    ]
    dates = tuple(sorted({day for reading in readings for day in reading.dates}))
    if not dates:
        return NO_SUCH_DAY
    certain = piece.year is not None and len(dates) == 1
    return Point(dates=dates, problem=None if certain else Problem.DATE_AMBIGUOUS)


_WRITTEN: dict[type[DatePiece], Callable[..., Point]] = {
    DayOfMonth: _day_of_month,
    DayAndMonth: _day_and_month,
    Holiday: _holiday,
    FullDate: _full_date,
    EitherOrder: _either_order,
}


def weekday_points(pieces: Sequence[DatePiece], *, today: date) -> Iterator[Point]:
    """Yield what every weekday means, with the week or the distance it was said with."""
    weeks = [piece for piece in pieces if isinstance(piece, Week)]
    distances = [piece for piece in pieces if isinstance(piece, After)]
    for weekday in (piece for piece in pieces if isinstance(piece, Weekday)):
        if weeks:
            yield from (_in_week(weekday.number, week.offset, today) for week in weeks)
        elif distances:
            yield from (_at_distance(weekday, after, today) for after in distances)
        else:
            yield _pointed_at(weekday, today)


def next_weekday(number: int, *, after: date) -> date:
    """Return the first such weekday strictly after a day."""
    return after + timedelta(days=(number - after.weekday() - 1) % DAYS_PER_WEEK + 1)


def _in_week(number: int, offset: int, today: date) -> Point:
    return Point(dates=(monday_of(today, weeks_later=offset) + timedelta(days=number),))


def _at_distance(weekday: Weekday, after: After, today: date) -> Point:
    """Return both readings of "in zwei Wochen Freitag"; they are often the same day.

    Counted from the next Friday, or the Friday of the week after next. "Freitag in einer
    Woche" is only ever the first.
    """
    weeks = weeks_in(after) or 0
    from_next = {day + timedelta(weeks=weeks) for day in _pointed_at(weekday, today).dates}
    if after.follows_day and weeks == 1:
        return Point(dates=tuple(sorted(from_next)))
    return Point(dates=tuple(sorted(from_next | {*_in_week(weekday.number, weeks, today).dates})))


def _pointed_at(weekday: Weekday, today: date) -> Point:
    coming = next_weekday(weekday.number, after=today)
    week = timedelta(weeks=1)
    is_today = coming - week == today
    is_soft = weekday.pointer is Pointer.NEXT and same_week(coming, today)
    two_days = {Pointer.NEXT: (coming, coming + week), Pointer.ON: (today, coming)}
    one_day = {
        Pointer.THIS: today if is_today else coming,
        Pointer.AFTER_NEXT: coming + week,
        Pointer.LAST: coming - week - week if is_today else coming - week,
    }
    if is_soft or (weekday.pointer is Pointer.ON and is_today):
        return Point(dates=two_days[weekday.pointer], soft=is_soft)
    return Point(dates=(one_day.get(weekday.pointer, coming),))
