"""From the wishes in one or two texts to the moment that was meant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from voice.when.dates import NOT_UNDERSTOOD, DateReading, corrected
from voice.when.said import Clock, Half, Part, TimePiece, Wish
from voice.when.times import ASK, TimeReading, read_time
from voice.when.values import Problem, When, exists

NO_DATE = DateReading()
NO_TIME = TimeReading()
TIME_NOT_UNDERSTOOD = TimeReading(problem=Problem.TIME_NOT_UNDERSTOOD)


@dataclass(frozen=True, slots=True)
class Now:
    """The moment of asking, on the branch's clock."""

    moment: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        return self.moment.astimezone(self.zone).date()

    def after(self, elapsed: timedelta) -> datetime:
        """Return the local minute that begins when `elapsed` has passed; hours elapse."""
        local = (self.moment.astimezone(UTC) + elapsed).astimezone(self.zone)
        return local.replace(second=0, microsecond=0)


def meaning(*, of_date: Sequence[Wish], of_time: Sequence[Wish], now: Now) -> When:
    """Return the moment two texts mean together.

    Args:
        of_date: the wishes in the text about the date, which may name a time as well.
        of_time: the wishes in the text about the time, which may name a date as well.
        now: the moment of asking.
    """
    on = _date(of_date, of_time, now.today)
    at = _time(of_date, of_time)
    if at.elapsed is not None:
        return _elapsed(on, at.elapsed, now)
    if at.next_day:
        on, at = _at_midnight(on, at)
    when = When(
        on=on.on,
        at=at.at,
        window=at.window,
        candidates=on.candidates,
        inferred=on.inferred,
        problem=on.problem or at.problem,
        named_weekday=on.named_weekday,
        named_on=on.named_on,
        days=on.days,
    )
    return _on_the_clock(when, now)


def _date(of_date: Sequence[Wish], of_time: Sequence[Wish], today: date) -> DateReading:
    """Return the date of either text; both may name it, if they name the same."""
    first = _last_date(of_date, today)
    second = _last_date(of_time, today)
    if first is None:
        unclear = any(wish.unread or wish.unknown for wish in of_date)
        return NOT_UNDERSTOOD if unclear else second or NO_DATE
    if second is None or first.problem:
        return first
    if second.problem:
        within = first.on and second.days and second.days.first <= first.on <= second.days.last
        return first if within else second
    if not {second.on, *second.candidates} & {first.on, *first.candidates}:
        days = {first.on, second.on, *first.candidates, *second.candidates}
        both = tuple(sorted(day for day in days if day))
        return DateReading(candidates=both, problem=Problem.DATE_AMBIGUOUS)
    return second if first.candidates else first


def _last_date(wishes: Sequence[Wish], today: date) -> DateReading | None:
    """Return the date that was said last, unless what followed may have corrected it."""
    dated = [number for number, wish in enumerate(wishes) if wish.dates]
    if not dated:
        return None
    last, after = wishes[dated[-1]], wishes[dated[-1] + 1 :]
    before = wishes[dated[-2]].dates if len(dated) > 1 else ()
    reading = corrected(last.dates, before=before, today=today)
    required = reading is not None and reading.problem is Problem.DATE_REQUIRED
    half_heard = last.unknown and (required or last.either)
    if last.unread or half_heard or any(map(_says_something_else, after)):
        return NOT_UNDERSTOOD
    return reading


def _says_something_else(wish: Wish) -> bool:
    return wish.unread or (wish.unknown and not wish.times)


def _time(of_date: Sequence[Wish], of_time: Sequence[Wish]) -> TimeReading:
    """Return the time of both texts together: one may name the hour, one the part of the day."""
    pieces = (*_last_times(of_date), *_last_times(of_time))
    if any(wish.unread for wish in of_time):
        return TIME_NOT_UNDERSTOOD
    reading = read_time(pieces, either=any(wish.either for wish in (*of_date, *of_time)))
    if reading is None:
        puzzling = any(wish.unknown and not wish.dates for wish in of_time)
        return TIME_NOT_UNDERSTOOD if puzzling else NO_TIME
    return reading


def _last_times(wishes: Sequence[Wish]) -> tuple[TimePiece, ...]:
    """Return the time that was said last.

    The part of the day said before a correction stays: "abends um acht, nein, um neun".
    """
    timed = [wish.times for wish in wishes if wish.times]
    if not timed:
        return ()
    *before, last = timed
    if not all(isinstance(piece, Clock) and piece.half is Half.OPEN for piece in last):
        return last
    parts = [[piece for piece in times if isinstance(piece, Part)] for times in before]
    return (*last, *next((found for found in reversed(parts) if found), ()))


def _elapsed(on: DateReading, elapsed: timedelta, now: Now) -> When:
    """Return the moment after a time to pass: "in einer Stunde"."""
    moment = now.after(elapsed)
    if on.problem:
        return When(candidates=on.candidates, problem=on.problem)
    if on.on not in {None, moment.date()}:
        return When(on=on.on, problem=Problem.TIME_REQUIRED)
    return When(on=moment.date(), at=moment.time(), instant=moment)


def _at_midnight(on: DateReading, at: TimeReading) -> tuple[DateReading, TimeReading]:
    """Return "24 Uhr" as the start of the next day, which has to be known for that."""
    if on.on is None or on.candidates:
        return on, ASK
    return replace(on, on=on.on + timedelta(days=1)), at


def _on_the_clock(when: When, now: Now) -> When:
    """Refuse a time the clocks skip, and one that has gone by today."""
    if when.problem or when.on is None:
        return when
    if when.at and not exists(when.on, when.at, now.zone):
        return replace(when, at=None, problem=Problem.TIME_REQUIRED)
    last = when.at or (when.window.end if when.window else None)
    if last is None:
        return when
    ends_at = datetime.combine(when.on, last, tzinfo=now.zone).astimezone(UTC)
    moment = now.moment.astimezone(UTC)
    gone = ends_at < moment if when.at else ends_at <= moment
    return replace(when, problem=Problem.PAST_TIME) if gone else when
