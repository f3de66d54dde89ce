"""Outside calendars for tests: what the port is told to say, and what it was asked."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import ClassVar

from appointments.domain.listing import Listed, Listing
from appointments.models import Appointment, Branch, Service
from appointments.ports import Deadline


class ScriptedCalendar:
    """Says what `starts` says; notes the days it was asked about."""

    starts: ClassVar[dict[tuple[int, str], list[datetime]] | None] = None
    unbookable: ClassVar[set[int]] = set()
    asked: ClassVar[list[list[date]]] = []

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
        if self.starts is None:
            return None
        return Listing({key: Listed(sorted(starts)) for key, starts in self.starts.items()})
