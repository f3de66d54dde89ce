"""From all the pieces of a date to the day that was meant, or to what must be asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from voice.when.days import monday_of, month_ahead, span_of_month
from voice.when.points import Point, next_weekday, points_of, weekday_points
from voice.when.said import (
    DatePiece,
    DayOfMonth,
    MonthAhead,
    NamedMonth,
    Vague,
    Week,
    Weekday,
    Weekend,
)
from voice.when.values import DaySpan, Problem

Frame = Week | Weekend | MonthAhead | NamedMonth
SATURDAY, SUNDAY = timedelta(days=5), timedelta(days=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateReading:
    """What a wish says about the day; its fields are those of `When`."""

    on: date | None = None
    candidates: tuple[date, ...] = ()
    inferred: bool = False
    problem: Problem | None = None
    named_weekday: int | None = None
    named_on: date | None = None
    days: DaySpan | None = None


NOT_UNDERSTOOD = DateReading(problem=Problem.DATE_NOT_UNDERSTOOD)


def read_date(pieces: Iterable[DatePiece], *, today: date) -> DateReading | None:
    """Return what the pieces mean together; None if there are none.

    Every piece names the days it may mean. What all agree on was meant; where they do not
    agree, two days were named, and that is asked back. Weekdays, weeks and months do not
    name days beside a date: they have to fit it.
    """
    said = list(dict.fromkeys(pieces))
    if not said:
        return None
    if vague := _vague(said):
        return vague
    said = [piece for piece in said if piece is not Vague.SOME_TIME]
    points = list(points_of(said, today=today))
    if points:
        return _dated(points, said, today)
    frames = [piece for piece in said if isinstance(piece, Frame)]
    points = list(weekday_points(said, today=today))
    if points and not any(isinstance(frame, MonthAhead | NamedMonth) for frame in frames):
        return _settled(_agreed(points), today)
    if frames:
        days = _still_to_come(_span(frames[0], today), today)
        return DateReading(problem=Problem.DATE_REQUIRED, days=days)
    return NOT_UNDERSTOOD


def corrected(
    pieces: Sequence[DatePiece], *, before: Sequence[DatePiece], today: date
) -> DateReading | None:
    """Return what a corrected date means after the one it corrects.

    "Nächste Woche Montag, nein, Dienstag" leaves open whether the week still counts. If
    that makes a difference, it is asked.
    """
    alone = read_date(pieces, today=today)
    frames = _inherited(pieces, before, today)
    if alone is None or alone.on is None or not frames:
        return alone
    within = read_date([*pieces, *frames], today=today)
    if within is None or within.on is None or within.on == alone.on:
        return alone
    return _ambiguous((alone.on, within.on))


def _inherited(
    pieces: Sequence[DatePiece], before: Sequence[DatePiece], today: date
) -> list[DatePiece]:
    """Return the week or month a bare "Dienstag" or "am 6." may still belong to."""
    earlier = read_date(before, today=today)
    bare_weekday = all(isinstance(piece, Weekday) for piece in pieces)
    bare_day = all(isinstance(piece, DayOfMonth) for piece in pieces)
    said_more = any(not isinstance(piece, Weekday | DayOfMonth) for piece in before)
    if not (earlier and earlier.on and said_more and (bare_weekday or bare_day)):
        return []
    if bare_day:
        months = (earlier.on.year - today.year) * 12 + earlier.on.month - today.month
        return [MonthAhead(months)]
    return [Week((monday_of(earlier.on) - monday_of(today)).days // 7)]


def _vague(said: Sequence[DatePiece]) -> DateReading | None:
    if {Vague.EXCLUDED, Vague.IMPOSSIBLE} & set(said) or set(said) == {Vague.SOME_TIME}:
        return NOT_UNDERSTOOD
    if Vague.RANGE in said:
        return DateReading(problem=Problem.DATE_REQUIRED)
    return None


def _dated(points: Sequence[Point], said: Sequence[DatePiece], today: date) -> DateReading:
    """Settle on a date that was said, if weekday, week and month fit it."""
    point = _agreed(points)
    if point.problem or not point.dates:
        return _settled(point, today)
    numbers = {piece.number for piece in said if isinstance(piece, Weekday)}
    if len(numbers) > 1:
        named = {next_weekday(number, after=today) for number in numbers}
        return _ambiguous({*point.dates, *named})
    for number in numbers:
        on_weekday = tuple(day for day in point.dates if day.weekday() == number)
        if not on_weekday:
            return DateReading(
                problem=Problem.WEEKDAY_MISMATCH, named_weekday=number, named_on=point.dates[0]
            )
        point = replace(point, dates=on_weekday)
    return _framed(point, said, today)


def _framed(point: Point, said: Sequence[DatePiece], today: date) -> DateReading:
    """Settle on a date unless the week or month said with it is another."""
    frames = [piece for piece in said if isinstance(piece, Frame)]
    fitting = tuple(day for day in point.dates if all(_fits(day, frame, today) for frame in frames))
    if fitting:
        return _settled(replace(point, dates=fitting), today)
    in_frame = {day for found in weekday_points(said, today=today) for day in found.dates}
    return _ambiguous({*point.dates, *in_frame}) if in_frame else NOT_UNDERSTOOD


def _fits(day: date, frame: Frame, today: date) -> bool:
    if isinstance(frame, NamedMonth):
        return day.month == frame.number
    span = _span(frame, today)
    return span.first <= day <= span.last


def _agreed(points: Sequence[Point]) -> Point:
    """Return the days all points allow; where there are none, all that were named."""
    if problem := next((point for point in points if point.problem), None):
        return problem
    common = set.intersection(*(set(point.dates) for point in points))
    dates = tuple(sorted(common or {day for point in points for day in point.dates}))
    return Point(
        dates=dates,
        soft=any(point.soft and point.dates == dates for point in points),
        inferred=all(point.inferred for point in points),
    )


def _settled(point: Point, today: date) -> DateReading:
    if point.problem is Problem.DATE_AMBIGUOUS or (len(point.dates) > 1 and not point.soft):
        return _ambiguous(point.dates)
    if point.problem or not point.dates:
        return NOT_UNDERSTOOD
    on, *others = point.dates
    return DateReading(
        on=on,
        candidates=point.dates if others else (),
        inferred=point.inferred,
        problem=Problem.PAST_TIME if on < today else None,
    )


def _ambiguous(days: Iterable[date]) -> DateReading:
    return DateReading(candidates=tuple(sorted(set(days))), problem=Problem.DATE_AMBIGUOUS)


def _span(frame: Frame, today: date) -> DaySpan:
    """Return the days a week or month is made of."""
    if isinstance(frame, Week):
        monday = monday_of(today, weeks_later=frame.offset)
        return DaySpan(monday, monday + SUNDAY)
    if isinstance(frame, Weekend):
        return DaySpan(monday_of(today) + SATURDAY, monday_of(today) + SUNDAY)
    if isinstance(frame, MonthAhead):
        return span_of_month(*month_ahead(today, frame.offset))
    this_year = span_of_month(today.year, frame.number, frame.third)
    if this_year.last >= today:
        return this_year
    return span_of_month(today.year + 1, frame.number, frame.third)


def _still_to_come(span: DaySpan, today: date) -> DaySpan:
    return replace(span, first=max(span.first, today)) if span.last >= today else span
