"""The values an understood moment is made of."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

OPEN_START = time.min
OPEN_END = time.max


class Problem(StrEnum):
    """Why a wish has to be asked back; spelled as the statuses of the agent's functions."""

    DATE_NOT_UNDERSTOOD = "date_not_understood"
    TIME_NOT_UNDERSTOOD = "time_not_understood"
    DATE_REQUIRED = "date_required"
    TIME_REQUIRED = "time_required"
    DATE_AMBIGUOUS = "date_ambiguous"
    WEEKDAY_MISMATCH = "weekday_mismatch"
    PAST_TIME = "past_time"


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Wall-clock times a start must lie in: from `start` up to `end`.

    "Ab 16 Uhr" ends at `OPEN_END`, "bis 12 Uhr" starts at `OPEN_START`: opening hours
    are not known here, so whoever knows them clips.
    """

    start: time
    end: time

    @property
    def starts_open(self) -> bool:
        return self.start == OPEN_START

    @property
    def ends_open(self) -> bool:
        return self.end == OPEN_END


@dataclass(frozen=True, slots=True)
class DaySpan:
    """Days from `first` to `last`, both included: "nächste Woche", "Anfang Dezember"."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """What was understood of a spoken moment, or why it has to be asked back.

    Without a problem, a missing `on` or `at` means that nothing was said about it; whether
    it is needed is the caller's business. With a date problem, `at` and `window` may still
    be there, so that the wished time is not lost.

    Attributes:
        on: the day. With `past_time` the day that is past; with any other date problem None.
        at: the wall-clock time. Never made up: a part of the day is a `window`.
        window: when the start must lie in it; None beside a clock time.
        instant: the exact moment, where it was said as elapsed time ("in einer Stunde") or
            written with an offset. `on` and `at` are then its local day and time.
        candidates: the readings, earlier first, where there are two. Without a problem
            `on` is the earlier: enough to read with, not to write.
        inferred: the month or year was not said, or was corrected: read it back.
        problem: what to ask back.
        named_weekday: of a `weekday_mismatch`, the weekday that was said (0 = Monday).
        named_on: of a `weekday_mismatch`, the date that was said.
        days: of a `date_required`, the days that were meant, if any.
    """

    on: date | None = None
    at: time | None = None
    window: TimeWindow | None = None
    instant: datetime | None = None
    candidates: tuple[date, ...] = ()
    inferred: bool = False
    problem: Problem | None = None
    named_weekday: int | None = None
    named_on: date | None = None
    days: DaySpan | None = None

    @property
    def ambiguous(self) -> bool:
        return len(self.candidates) > 1

    @property
    def says_nothing(self) -> bool:
        return self == When()

    def starts_at(self, zone: ZoneInfo) -> datetime | None:
        """Return the moment in `zone`, if day and time are known.

        A time that comes twice, on the night the clocks go back, means the first.
        """
        if self.instant:
            return self.instant.astimezone(zone)
        if self.on is None or self.at is None:
            return None
        return datetime.combine(self.on, self.at, tzinfo=zone)


def exists(on: date, at: time, zone: ZoneInfo) -> bool:
    """Say whether a wall clock ever shows this: False where the clocks skip it."""
    local = datetime.combine(on, at, tzinfo=zone)
    shown = local.astimezone(UTC).astimezone(zone)
    return shown.replace(tzinfo=None) == local.replace(tzinfo=None)
