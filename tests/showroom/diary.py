"""A full diary, worked out beforehand: who comes when, to whom and for what."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from appointments.domain.intervals import Interval
from appointments.domain.starts import Segment, duration_of
from appointments.models import Branch, Customer, Service, Staff
from appointments.public_holidays import holidays_between
from tests.showroom.cast import is_man

GRID = timedelta(minutes=15)
# How often each is asked for, of a hundred or so.
POPULARITY = {
    "herrenhaarschnitt": 18,
    "bartpflege": 6,
    "damenhaarschnitt": 16,
    "waschen-schneiden-foehnen": 14,
    "waschen-styling": 6,
    "trockenschnitt": 5,
    "ponyschnitt": 4,
    "dauerwelle": 7,
    "ansatzfaerbung": 8,
    "ansatz-laengenausgleich": 3,
    "umfaerbung-blondierung": 2,
    "balayage": 5,
    "intensivtoenung": 2,
    "straehnen": 4,
    "kinderhaarschnitt": 8,
}
FOR_MEN = frozenset({"herrenhaarschnitt", "bartpflege"})
FOR_ANYBODY = frozenset({"trockenschnitt", "kinderhaarschnitt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One appointment that is to be made."""

    staff: Staff
    service: Service
    customer: Customer
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Fills days with visits, so that nobody is in two places.

    Attributes:
        branch: whose days.
        customers: who may come.
        dice: decides.
        fullness: the share of the day that is taken, roughly.
        kept: slugs of people, and times of theirs that are left for something else.
    """

    branch: Branch
    customers: Sequence[Customer]
    dice: random.Random
    fullness: float = 0.75
    kept: list[tuple[str, Interval]] = field(default_factory=list)
    _coming: dict[date, set[Customer]] = field(default_factory=dict)

    @cached_property
    def _performed(self) -> Mapping[Staff, list[Service]]:
        people = self.branch.staff.order_by("pk").prefetch_related("services__service__segments")
        return {
            person: [row.service for row in person.services.all() if row.service.slug in POPULARITY]
            for person in people
        }

    def plan(self, day: date) -> Iterator[Visit]:
        """Yield what happens on a day, person by person."""
        for person, services in self._performed.items():
            if not services:
                continue
            for begins, ends in self.stretches(person, day):
                yield from self._fill(person, services, begins, ends)

    def stretches(self, person: Staff, day: date) -> list[tuple[datetime, datetime]]:
        """Return when somebody works on a day; nothing on holidays."""
        if holidays_between(self.branch.region, day, day):
            return []
        own = person.working_hours.all()
        hours = own if own.exists() else self.branch.opening_hours.all()
        rows = hours.filter(weekday=day.weekday()).order_by("from_time")
        return [
            (
                datetime.combine(day, row.from_time, tzinfo=self.branch.zone),
                datetime.combine(day, row.to_time, tzinfo=self.branch.zone),
            )
            for row in rows
        ]

    def _fill(
        self, person: Staff, services: list[Service], begins: datetime, ends: datetime
    ) -> Iterator[Visit]:
        at = begins
        while at < ends:
            if self.dice.random() > self.fullness:
                at += GRID * self.dice.choice((1, 2, 2, 3))
                continue
            fitting = [
                service
                for service in services
                if at + duration_of(service.get_segments()) <= ends
                and not self._is_kept(person, at, service)
            ]
            if not fitting:
                at += GRID
                continue
            service = self._choose(fitting)
            yield self._visit(person, service, at)
            segments = service.get_segments()
            yield from self._between(person, services, segments, at)
            at = _on_grid(at + duration_of(segments))

    def _is_kept(self, person: Staff, at: datetime, service: Service) -> bool:
        visit = Interval(at, at + duration_of(service.get_segments()))
        return any(slug == person.slug and time.overlaps(visit) for slug, time in self.kept)

    def _between(
        self,
        person: Staff,
        services: list[Service],
        segments: Sequence[Segment],
        at: datetime,
    ) -> Iterator[Visit]:
        """Yield what is done while a colour develops or a perm sets."""
        for segment in segments:
            if segment.staff_required or self.dice.random() > 0.7:
                continue
            gap = segment.at(at)
            starts_at = gap.start
            fitting = [
                service
                for service in services
                if len(service.get_segments()) == 1
                and starts_at + duration_of(service.get_segments()) <= gap.end
            ]
            if fitting:
                yield self._visit(person, self._choose(fitting), starts_at)

    def _choose(self, services: Sequence[Service]) -> Service:
        return self.dice.choices(services, [POPULARITY[each.slug] for each in services])[0]

    def _visit(self, person: Staff, service: Service, at: datetime) -> Visit:
        customer = self.whoever_wants(service, on=at.date())
        return Visit(staff=person, service=service, customer=customer, starts_at=at)

    def whoever_wants(self, service: Service, *, on: date) -> Customer:
        """Choose somebody for a service; whoever comes on that day already only if need be."""
        suitable = [
            customer
            for customer in self.customers
            if service.slug in FOR_ANYBODY or is_man(customer) == (service.slug in FOR_MEN)
        ]
        coming = self._coming.setdefault(on, set())
        customer = self.dice.choice(
            [customer for customer in suitable if customer not in coming] or suitable
        )
        coming.add(customer)
        return customer


def _on_grid(at: datetime) -> datetime:
    past = timedelta(minutes=at.minute % 15, seconds=at.second)
    return at if not past else at - past + GRID
