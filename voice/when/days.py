"""Calendar arithmetic: weeks from Monday, months of their own length."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from voice.when.said import Third
from voice.when.values import DaySpan

DAYS_PER_WEEK = 7
MONTHS_PER_YEAR = 12
FIRST_THIRD_ENDS, SECOND_THIRD_ENDS = 10, 20


def monday_of(day: date, *, weeks_later: int = 0) -> date:
    return day + timedelta(days=weeks_later * DAYS_PER_WEEK - day.weekday())


def same_week(one: date, other: date) -> bool:
    return monday_of(one) == monday_of(other)


def valid_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def month_ahead(today: date, count: int) -> tuple[int, int]:
    """Return year and month, `count` months from this one."""
    years, month = divmod(today.month - 1 + count, MONTHS_PER_YEAR)
    return today.year + years, month + 1


def months_later(today: date, count: int) -> tuple[date, ...]:
    """Return the same day of a later month; where it has none, the days on either side."""
    year, month = month_ahead(today, count)
    if same_day := valid_day(year, month, today.day):
        return (same_day,)
    last = date(year, month, monthrange(year, month)[1])
    return (last, last + timedelta(days=1))


def next_days_numbered(day: int, *, today: date) -> Iterator[date]:
    """Yield the coming days with this number, today first if it has it."""
    for count in range(MONTHS_PER_YEAR + 1):
        found = valid_day(*month_ahead(today, count), day)
        if found and found >= today:
            yield found


def span_of_month(year: int, month: int, third: Third = Third.WHOLE) -> DaySpan:
    last = monthrange(year, month)[1]
    first_day, last_day = {
        Third.WHOLE: (1, last),
        Third.START: (1, FIRST_THIRD_ENDS),
        Third.MIDDLE: (FIRST_THIRD_ENDS + 1, SECOND_THIRD_ENDS),
        Third.END: (SECOND_THIRD_ENDS + 1, last),
    }[third]
    return DaySpan(date(year, month, first_day), date(year, month, last_day))
