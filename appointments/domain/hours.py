"""Wall-clock hours turned into UTC: the only place with time zones."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from appointments.domain.intervals import Interval, merge

Stretch = tuple[time, time]
Week = Mapping[int, Sequence[Stretch]]  # weekday (0 = Monday) → stretches of wall-clock time


def in_utc(moment: datetime) -> datetime:
    """Return the same moment in UTC.

    Python compares and adds two times of one zone by their wall clocks, so that an hour is
    missing or counted twice when the clocks change. What comes from outside passes here.
    """
    if moment.tzinfo is None:
        msg = f"{moment} names no zone"
        raise ValueError(msg)
    return moment.astimezone(UTC)


def local_instant(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """Return the instant of a wall-clock time in UTC; None where the clocks skip it.

    A time that comes twice, on the night the clocks go back, means the first.
    """
    local = datetime.combine(day, at, tzinfo=zone)
    instant = local.astimezone(UTC)
    return (
        instant
        if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)
        else None
    )


def day_interval(day: date, zone: ZoneInfo) -> Interval:
    """Return a local day: 23, 24 or 25 hours, from midnight to the next."""
    midnight = datetime.combine(day, time.min, tzinfo=zone)
    following = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    return Interval(midnight.astimezone(UTC), following.astimezone(UTC))


def days_between(first: date, last: date) -> list[date]:
    """Return every day from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def stretches(
    week: Week, *, days: Iterable[date], closed: frozenset[date], zone: ZoneInfo
) -> list[Interval]:
    """Return the week's hours on the given days, in UTC, sorted.

    Args:
        week: wall-clock stretches per weekday; a missing weekday is closed.
        days: the days asked for.
        closed: days on which the week does not count.
        zone: whose wall clock it is.
    """
    return merge(
        Interval(start, end)
        for day in days
        if day not in closed
        for opens, closes in week.get(day.weekday(), ())
        # Compared in UTC: hours inside the night's skipped hour have no length.
        if (start := datetime.combine(day, opens, tzinfo=zone).astimezone(UTC))
        < (end := datetime.combine(day, closes, tzinfo=zone).astimezone(UTC))
    )
