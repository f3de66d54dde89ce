"""What the domain asks of the outside world while a caller waits."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from time import monotonic
from typing import Any, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from appointments.domain.alternatives import Alternative
from appointments.domain.listing import Listing
from appointments.domain.starts import Segment
from appointments.models import Appointment, Branch, Service


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment by which a waiting caller must have an answer, on this process's clock."""

    at_seconds: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(monotonic() + seconds)

    @property
    def left_seconds(self) -> float:
        return max(0.0, self.at_seconds - monotonic())


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, and whether the outside calendar was heard on all of it."""

    alternatives: list[Alternative]
    is_complete: bool


class CalendarPage(Protocol):
    """What a calendar outside knows of one service in one branch."""

    @property
    def may_be_asked(self) -> bool:
        """Whether it has a say in what is free: the company syncs, and no flag forbids it."""

    def recall(self, question: str, find: Callable[[], Found]) -> Found:
        """Return what `find` finds, or what it found for the same question a moment ago.

        Only as long as nothing has changed since, and never longer than a minute. What was
        found without an answer of the calendar is not kept.

        Args:
            question: all that the search depends on, spelt out; the company need not be in it.
            find: the search.
        """

    def get_bookable_staff(self, staff_ids: Collection[int]) -> set[int]:
        """Return who of `staff_ids` could be booked over there for every hands-on segment.

        All of them where the company does not sync.
        """

    def get_listing(
        self,
        *,
        staff_ids: Collection[int],
        days: Sequence[date],
        moving: Appointment | None,
        deadline: Deadline,
    ) -> Listing | None:
        """Return what is listed as free on some local days, None when that is not known.

        None means: the database decides. So it is when the company does not sync, when the
        calendar is not to be asked (flag), or when it does not answer before the deadline.
        At most one query beside the network.

        Args:
            staff_ids: with whom.
            days: local ones of the branch, in order, at least one.
            moving: an appointment whose own bookings must not hide what they free.
            deadline: when to give up.
        """


class OutsideCalendar(Protocol):
    """A calendar outside this database that also has a say in what is free."""

    def open(
        self, *, service: Service, branch: Branch, segments: Sequence[Segment]
    ) -> CalendarPage:
        """Look up what will be asked about. At most one query, no network.

        Args:
            service: whose event types are meant.
            branch: whose staff and local days are meant.
            segments: the recipe: its hands-on segments have to be bookable.
        """


@cache
def _calendar(path: str) -> OutsideCalendar:
    return cast("OutsideCalendar", import_string(path)())


def get_calendar() -> OutsideCalendar:
    """Return the implementation that APPOINTMENTS_CALENDAR names."""
    return _calendar(settings.APPOINTMENTS_CALENDAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """By what a neighbour knows its rows about one customer.

    Attributes:
        phones: numbers, E.164.
        call_ids: of calls in which something was agreed.
        booking_uids: of bookings in the outside calendar.
    """

    company_id: int
    customer_id: int
    phones: frozenset[str]
    appointment_ids: frozenset[int]
    call_ids: frozenset[str]
    booking_uids: frozenset[str]


class Keeper(Protocol):
    """A neighbour that keeps personal data of customers."""

    def gather(self, traces: Traces) -> dict[str, list[Any]]:
        """Return what is kept, by kind, ready for JSON."""

    def erase(self, traces: Traces) -> dict[str, int]:
        """Empty it, and return how many rows of each kind; twice is once."""


def get_keepers() -> list[Keeper]:
    """Return all that the site has: the setting `APPOINTMENTS_KEEPERS` names them."""
    return [import_string(name)() for name in settings.APPOINTMENTS_KEEPERS]
