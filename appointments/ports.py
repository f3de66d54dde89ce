"""What the domain asks of the outside world while a caller waits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from time import monotonic
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from appointments.domain.listing import Listing
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


class OutsideCalendar(Protocol):
    """A calendar outside this database that also has a say in what is free."""

    def get_bookable_staff(
        self, *, service: Service, branch: Branch, staff_ids: Collection[int]
    ) -> set[int]:
        """Return who of `staff_ids` could be booked over there for every hands-on segment.

        At most one query, no network. All of them where the company does not sync.
        """

    def get_listing(
        self,
        *,
        service: Service,
        branch: Branch,
        staff_ids: Collection[int],
        days: Sequence[date],
        moving: Appointment | None,
        deadline: Deadline,
    ) -> Listing | None:
        """Return what is listed as free on some local days, None when that is not known.

        None means: the database decides. So it is when the company does not sync, when the
        calendar is not to be asked (flag), or when it does not answer before the deadline.

        Args:
            service: whose hands-on segments to look up.
            branch: whose local days are meant.
            staff_ids: with whom.
            days: in order, at least one.
            moving: an appointment whose own bookings must not hide what they free.
            deadline: when to give up.
        """


@cache
def _calendar(path: str) -> OutsideCalendar:
    return cast("OutsideCalendar", import_string(path)())


def get_calendar() -> OutsideCalendar:
    """Return the implementation that APPOINTMENTS_CALENDAR names."""
    return _calendar(settings.APPOINTMENTS_CALENDAR)
