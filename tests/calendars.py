"""Outside calendars for tests: what the port is told to say, and what it was asked."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import ClassVar, Self

from django.conf import LazySettings

from appointments.domain.listing import Listed, Listing
from appointments.domain.starts import Segment
from appointments.models import Appointment, Branch, Service
from appointments.ports import Deadline, Found


class ScriptedCalendar:
    """Says what `starts` says; notes the days it was asked about.

    Before the database is looked at `first` happens, and `meanwhile` between checking and
    booking: when each of the two questions is asked.
    """

    starts: ClassVar[dict[tuple[int, str], list[datetime]] | None] = None
    unbookable: ClassVar[set[int]] = set()
    asked: ClassVar[list[list[date]]] = []
    first: ClassVar[list[Callable[[], object]]] = []
    meanwhile: ClassVar[list[Callable[[], object]]] = []

    @classmethod
    def put_in(cls, settings: LazySettings) -> type[Self]:
        """Make this the outside calendar, silent and without a memory."""
        settings.APPOINTMENTS_CALENDAR = "tests.calendars.ScriptedCalendar"
        cls.starts, cls.unbookable, cls.asked = None, set(), []
        cls.first, cls.meanwhile = [], []
        return cls

    may_be_asked = True

    def open(self, *, service: Service, branch: Branch, segments: Sequence[Segment]) -> Self:
        return self

    def recall(self, question: str, find: Callable[[], Found]) -> Found:
        return find()

    def get_bookable_staff(self, staff_ids: Collection[int]) -> set[int]:
        while self.first:
            self.first.pop()()
        return set(staff_ids) - self.unbookable

    def get_listing(
        self,
        *,
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
