"""The pieces a spoken moment is made of, whatever the language."""

from dataclasses import dataclass
from datetime import time, timedelta
from enum import Enum, auto


class Pointer(Enum):
    """The word in front of a weekday."""

    NONE = auto()  # Dienstag
    ON = auto()  # am Dienstag
    THIS = auto()  # diesen Dienstag
    COMING = auto()  # kommenden Dienstag
    NEXT = auto()  # nächsten Dienstag
    AFTER_NEXT = auto()  # übernächsten Dienstag
    LAST = auto()  # letzten Dienstag


class Third(Enum):
    """Which part of a month."""

    WHOLE = auto()
    START = auto()
    MIDDLE = auto()
    END = auto()


class Unit(Enum):
    DAY = auto()
    WEEK = auto()
    MONTH = auto()
    YEAR = auto()


class Vague(Enum):
    """Something about dates that names no day."""

    SOME_TIME = auto()  # irgendwann: not understood, unless a day is named as well
    EXCLUDED = auto()  # nicht am Montag: a day was named, but not wished
    RANGE = auto()  # ab Montag, dienstags, am Wochenende: a day is required
    IMPOSSIBLE = auto()  # 31.13.


@dataclass(frozen=True, slots=True)
class Weekday:
    number: int
    pointer: Pointer = Pointer.NONE


@dataclass(frozen=True, slots=True)
class Shift:
    """Today and its neighbours: heute is 0, gestern -1."""

    days: int


@dataclass(frozen=True, slots=True)
class After:
    """In N days, weeks, months."""

    count: int
    unit: Unit
    follows_day: bool = False  # "Freitag in einer Woche", not "in einer Woche Freitag"


@dataclass(frozen=True, slots=True)
class Week:
    """A calendar week: this one is 0."""

    offset: int


@dataclass(frozen=True, slots=True)
class Weekend:
    """The end of this week."""


@dataclass(frozen=True, slots=True)
class MonthAhead:
    """A calendar month: this one is 0."""

    offset: int


@dataclass(frozen=True, slots=True)
class NamedMonth:
    number: int
    third: Third = Third.WHOLE


@dataclass(frozen=True, slots=True)
class DayOfMonth:
    """Am 24."""

    day: int


@dataclass(frozen=True, slots=True)
class DayAndMonth:
    """24.12.; `may_be_clipped` where a last digit of the month may have gone unheard."""

    day: int
    month: int
    may_be_clipped: bool = False


@dataclass(frozen=True, slots=True)
class Holiday:
    day: int
    month: int


@dataclass(frozen=True, slots=True)
class FullDate:
    day: int
    month: int
    year: int


@dataclass(frozen=True, slots=True)
class EitherOrder:
    """11/24 or 5/6: which is the month is anybody's guess."""

    one: int
    other: int
    year: int | None = None


DatePiece = (
    Weekday
    | Shift
    | After
    | Week
    | Weekend
    | MonthAhead
    | NamedMonth
    | DayOfMonth
    | DayAndMonth
    | Holiday
    | FullDate
    | EitherOrder
    | Vague
)


class Part(Enum):
    """A part of the day: its window, and the hours it decides."""

    EARLY = (time(6), time(10))
    MORNING = (time(8), time(12))
    NOON = (time(11), time(14))
    AFTERNOON = (time(12), time(18))
    EVENING = (time(17), time(22))
    LATE = (time(19), time(22))
    NIGHT = (time(0), time(6))
    WHOLE_MORNING = (time(6), time(12))  # English has no word for vormittags


class Half(Enum):
    """How sure a clock time is about its half of the day."""

    OPEN = auto()  # drei Uhr
    WRITTEN = auto()  # 03:00
    CERTAIN = auto()  # 3 a.m.


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock time as heard.

    The hour is the resulting one: halb drei is hour 2, minute 30. Hour 24 is midnight.
    """

    hour: int
    minute: int = 0
    half: Half = Half.OPEN


@dataclass(frozen=True, slots=True)
class From:
    clock: Clock


@dataclass(frozen=True, slots=True)
class Until:
    clock: Clock


@dataclass(frozen=True, slots=True)
class Between:
    start: Clock
    end: Clock


@dataclass(frozen=True, slots=True)
class Elapsed:
    """In einer Stunde."""

    time: timedelta


class NoTime(Enum):
    IMPOSSIBLE = auto()  # 25 Uhr: it was understood, and there is no such time
    TWO_READINGS = auto()  # half two
    EXCLUDED = auto()  # nicht um acht: a time was named, but not wished
    HALF_SAID = auto()  # zehn vor


TimePiece = Clock | From | Until | Between | Elapsed | Part | NoTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one stretch of speech said, up to a correction of oneself.

    Attributes:
        dates: pieces of a date.
        times: pieces of a time.
        unread: words or numbers are left that look like part of a date or time.
        unknown: words are left that mean nothing to us, such as a misheard weekday.
        either: an "oder" was heard.
    """

    dates: tuple[DatePiece, ...] = ()
    times: tuple[TimePiece, ...] = ()
    unread: bool = False
    unknown: bool = False
    either: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.dates or self.times or self.unread or self.unknown)
