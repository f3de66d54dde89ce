"""Counting rows by the day, of the site's zone, in the database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import CharField, Func
from django.utils import timezone

Counts = dict[str, float]


class UtcHour(Func):
    """The hour a moment lies in, in UTC, as "2030-01-08 09".

    Not `TruncDay`: on SQLite that calls Python for every row. Hours are folded into days here,
    a few hundred at most; zones are apart by whole hours wherever salons of ours are.
    """

    output_field = CharField()
    template = "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')"

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """Cut it out of the text that SQLite keeps."""
        return self.as_sql(compiler, connection, template="substr(%(expressions)s, 1, 13)", **extra)


def day_of(hour: str) -> date:
    """Return the day of the site's zone that an hour of UTC belongs to."""
    return timezone.localdate(datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC))


def last_days(count: int, *, now: datetime) -> list[date]:
    """Return so many days, oldest first; the last one is today."""
    today = timezone.localdate(now)
    return [today - timedelta(days=ago) for ago in range(count - 1, -1, -1)]


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def fold(rows: Iterable[Mapping[str, Any]], days: Sequence[date]) -> dict[date, Counts]:
    """Add up what was counted by the `hour`, day by day; every day is there, in order."""
    totals: dict[date, Counts] = {day: defaultdict(int) for day in days}
    for row in rows:
        if (day := day_of(row["hour"])) in totals:
            for name, value in row.items():
                if name != "hour":
                    totals[day][name] += value or 0
    return totals
