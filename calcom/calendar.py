"""The port's implementation: what the domain asks Cal.com while a caller waits."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import structlog

from appointments.domain.hours import day_interval
from appointments.domain.intervals import Interval
from appointments.domain.listing import Listed, Listing
from appointments.domain.starts import Segment
from appointments.models import Appointment, Branch, Service
from appointments.ports import Deadline, Found
from calcom import event_maps, slots
from calcom.client import get_client
from calcom.leaving import get_leaving
from calcom.metrics import slots_unavailable
from calcom.models import CalcomEventMap
from calcom.recall import recall
from features.flags import Flag

log = structlog.get_logger(__name__)

Maps = Mapping[tuple[int, str], CalcomEventMap]


class CalcomCalendar:
    """Cal.com, as far as availability depends on it."""

    def open(
        self, *, service: Service, branch: Branch, segments: Sequence[Segment]
    ) -> "CalcomPage":
        hands_on = tuple(segment.key for segment in segments if segment.staff_required)
        return CalcomPage(service=service, branch=branch, hands_on=hands_on)


@dataclass(kw_only=True)
class CalcomPage:
    """What Cal.com knows of one service in one branch; looked up when it is first needed.

    Attributes:
        hands_on: the keys of the segments that Cal.com would have to book.
    """

    service: Service
    branch: Branch
    hands_on: tuple[str, ...]

    @cached_property
    def _maps(self) -> Maps:
        return event_maps.get_maps(branch_id=self.branch.pk, service_id=self.service.pk)

    @property
    def _needs_maps(self) -> bool:
        return Flag.REQUIRE_EVENT_MAPS.is_on(company_id=self.branch.company_id)

    @property
    def may_be_asked(self) -> bool:
        company = self.branch.company
        return company.syncs and Flag.CALCOM_LIVE_SLOTS.is_on(company_id=company.pk)

    def recall(self, question: str, find: Callable[[], Found]) -> Found:
        return recall(company_id=self.branch.company_id, question=question, find=find)

    def get_bookable_staff(self, staff_ids: Collection[int]) -> set[int]:
        if not self.branch.company.syncs or not self._needs_maps:
            return set(staff_ids)
        return set(staff_ids) - self._without_maps(staff_ids)

    def _without_maps(self, staff_ids: Iterable[int]) -> frozenset[int]:
        """Return who lacks a usable map of some hands-on segment; a broken one is none."""
        return frozenset(
            staff_id
            for staff_id in staff_ids
            if any((staff_id, key) not in self._maps for key in self.hands_on)
        )

    def get_listing(
        self,
        *,
        staff_ids: Collection[int],
        days: Sequence[date],
        moving: Appointment | None,
        deadline: Deadline,
    ) -> Listing | None:
        if not self.may_be_asked:
            return None
        company, zone = self.branch.company, self.branch.zone
        intervals = [day_interval(day, zone) for day in days]
        maps = {where: row for where, row in self._maps.items() if where[0] in staff_ids}
        starts = slots.get_starts(
            slots.SlotsQuestion(
                company_id=company.pk,
                event_type_ids=sorted({row.bookable_id for row in maps.values()}),
                days=intervals,
                zone=zone.key,
            ),
            client=get_client(api_key=company.calcom_api_key),
            deadline=deadline,
        )
        if starts is None:
            slots_unavailable.inc()
            log.warning(
                "calcom.slots_unavailable", company_id=company.pk, service_id=self.service.pk
            )
            return None
        return Listing(
            listed={where: Listed(starts[row.bookable_id]) for where, row in maps.items()},
            ours=get_leaving(
                staff_ids, within=Interval(intervals[0].start, intervals[-1].end), also=moving
            ),
            # Whom Cal.com cannot be asked about, where that is no reason not to offer them.
            unlimited=frozenset() if self._needs_maps else self._without_maps(staff_ids),
        )
