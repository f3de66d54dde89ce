"""Outside calendars for tests: what the port is told to say, and what it was asked."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import ClassVar, Self

from django.conf import LazySettings

from appointments.domain.listing import Listed, Listing
from appointments.models import Appointment, Branch, Service
from appointments.ports import Deadline


class ScriptedCalendar:
    """Says what `starts` says; notes the days it was asked about.

    While it is asked, `meanwhile` happens: it is what lies between checking and booking.
    """

    starts: ClassVar[dict[tuple[int, str], list[datetime]] | None] = None
    unbookable: ClassVar[set[int]] = set()
    asked: ClassVar[list[list[date]]] = []
    meanwhile: ClassVar[list[Callable[[], object]]] = []

    @classmethod
    def put_in(cls, settings: LazySettings) -> type[Self]:
        """Make this the outside calendar, silent and without a memory."""
        settings.APPOINTMENTS_CALENDAR = "tests.calendars.ScriptedCalendar"
        cls.starts, cls.unbookable, cls.asked, cls.meanwhile = None, set(), [], []
        return cls

    def get_bookable_staff(
        self, *, service: Service, branch: Branch, staff_ids: Collection[int]
    ) -> set[int]:
        return set(staff_ids) - self.unbookable

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
        self.asked.append(list(days))
        while self.meanwhile:
            self.meanwhile.pop()()
        if self.starts is None:
            return None
        return Listing({key: Listed(sorted(starts)) for key, starts in self.starts.items()})
