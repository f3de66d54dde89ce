"""What happens in the salon, hour by hour: people book, ring, come, do not come."""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count

from django.db.models import Q

from appointments import actions
from appointments.actors import Actor, ActorKind, acting_as
from appointments.errors import AppointmentError
from appointments.models import Appointment, Branch, Customer, Source, Status
from appointments.ports import Deadline
from appointments.queries import is_open_on
from calcom import reconciling
from calcom.client import get_client
from calcom.tasks import sync_due
from tests.showroom import calls
from tests.showroom.cast import Desk
from tests.showroom.clock import Clock
from tests.showroom.diary import Planner, Visit
from tests.showroom.phone import Conversation
from voice.tasks import sweep_due

DEADLINE_SECONDS = 30.0
AT_DESK = (time(9), time(18, 30))
REASONS = (
    "ich bin krank geworden",
    "mein Zug fällt aus",
    "mir ist etwas dazwischengekommen",
    "mein Kind ist krank",
)

Event = tuple[datetime, int, Callable[[], object]]


@dataclass(kw_only=True)
class Agenda:
    """What is going to happen, wherever it is, up to a last moment.

    Attributes:
        until: after this nothing has happened yet.
    """

    clock: Clock
    until: datetime
    _events: list[Event] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)

    def expect(self, moment: datetime, what: Callable[[], object]) -> None:
        """Let something happen, if its time comes."""
        if moment <= self.until:
            heapq.heappush(self._events, (moment, next(self._order), what))

    def go_on(self) -> None:
        """Live until the last moment."""
        while self._events:
            moment, _number, what = heapq.heappop(self._events)
            self.clock.go_to(moment)
            what()
        self.clock.go_to(self.until)


@dataclass(kw_only=True)
class Life:
    """What goes on in one branch.

    Attributes:
        branch: where.
        desk: who sits there.
        agenda: what is going to happen, here and elsewhere.
        planner: knows who comes when.
        happened: how often what did.
    """

    branch: Branch
    desk: Desk
    agenda: Agenda
    planner: Planner
    dice: random.Random
    happened: Counter[str] = field(default_factory=Counter)

    @property
    def clock(self) -> Clock:
        return self.agenda.clock

    # --- What is expected -------------------------------------------------------------------

    def expect_visits(self, day: date, *, opened_on: date) -> None:
        """Have a day's visits booked beforehand, by telephone or at the desk.

        Args:
            day: when people come.
            opened_on: nobody books before this.
        """
        for visit in self.planner.plan(day):
            ahead = timedelta(days=self.dice.choice((0, 1, 1, 2, 3, 4, 5, 7, 9, 12)))
            booked_on = max(visit.starts_at.date() - ahead, opened_on)
            at = self._during(booked_on, before=visit.starts_at - timedelta(hours=1))
            by_phone = self.dice.random() < 0.4 and at < visit.starts_at
            act = self.ring_to_book if by_phone else self.book_at_desk
            self.agenda.expect(at, lambda act=act, visit=visit: act(visit))

    def expect_others(self, day: date) -> None:
        """Have people ring for all that is no plain booking."""
        for act, share in (
            (self._wishes_a_popular_time, 2.4),
            (self._rings_to_cancel, 0.9),
            (self._rings_to_move, 0.7),
            (self._rings_to_ask, 1.2),
            (self._hangs_up, 0.4),
        ):
            times = int(share) + (self.dice.random() < share % 1)
            for _ in range(times):
                self.agenda.expect(self._during(day), act)

    def expect_night(self, day: date) -> None:
        """Have the day's background work done, and both calendars compared."""
        for hour in (10, 12, 14, 16, 18):
            self.agenda.expect(self.at(day, hour, 2), self.work)
        self.agenda.expect(self.at(day, 20, 30), self.compare)

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(day, time(hour, minute), tzinfo=self.branch.zone)

    def _during(self, day: date, *, before: datetime | None = None) -> datetime:
        opens = datetime.combine(day, AT_DESK[0], tzinfo=self.branch.zone)
        closes = datetime.combine(day, AT_DESK[1], tzinfo=self.branch.zone)
        closes = max(min(closes, before or closes), opens)
        return opens + timedelta(
            seconds=self.dice.randrange(int((closes - opens).total_seconds()) + 1)
        )

    # --- What happens -----------------------------------------------------------------------

    def ring(self, number: str) -> Conversation:
        """Let somebody ring the salon."""
        return Conversation(
            branch=self.branch, from_number=number, clock=self.clock, dice=self.dice
        )

    def work(self) -> None:
        """Do what the workers would do, retries included."""
        actions.release_expired_holds(now=self.clock.now)
        actions.alert_callbacks(now=self.clock.now)
        sweep_due(now=self.clock.now)
        self.sync()

    def sync(self) -> None:
        """Let a worker tell Cal.com at once, and try again until it gives up."""
        while sync_due(now=self.clock.now):
            self.clock.let_pass(1)

    def book(self, visit: Visit, *, notes: str = "", came: Status | None = None) -> Appointment:
        """Book at the desk; Cal.com does not know of it yet.

        Args:
            visit: what.
            notes: of the desk.
            came: what will have become of it; None leaves it to the dice.

        Raises:
            AppointmentError: it cannot be had.
        """
        order = actions.BookingOrder(
            branch=self.branch,
            service=visit.service,
            starts_at=visit.starts_at,
            staff_id=visit.staff.pk,
            customer=visit.customer,
            source=Source.STAFF,
            notes=notes,
        )
        with self.reception():
            booked = actions.book(
                order=order, now=self.clock.now, deadline=Deadline.after(DEADLINE_SECONDS)
            )
        self._expect_end(booked.appointment, came)
        return booked.appointment

    def book_somewhere(
        self, *, staff: str, service: str, customer: Customer, day: date, hour: int = 9
    ) -> Appointment:
        """Book the first time that can be had from an hour of a day on; Cal.com is not told."""
        person = self.branch.staff.get(slug=staff)
        wanted = self.branch.company.services.get(slug=service)
        at = self.at(day, hour)
        while True:
            visit = Visit(staff=person, service=wanted, customer=customer, starts_at=at)
            try:
                return self.book(visit)
            except AppointmentError:
                at += timedelta(minutes=15)

    def is_open(self, day: date) -> bool:
        return is_open_on(self.branch, day)

    def reception(self) -> AbstractContextManager[None]:
        """Let what follows be done by the receptionist."""
        return acting_as(Actor(kind=ActorKind.STAFF, user_id=self.desk.reception.pk))

    def managing(self) -> AbstractContextManager[None]:
        """Let what follows be done by the manager."""
        return acting_as(Actor(kind=ActorKind.STAFF, user_id=self.desk.manager.pk))

    def book_at_desk(self, visit: Visit, *, notes: str = "", came: Status | None = None) -> None:
        """Book for somebody who stands there or has rung the desk, if it can be had."""
        try:
            self.book(visit, notes=notes, came=came)
            self.sync()
            self.happened["booked at the desk"] += 1
        except AppointmentError as refusal:
            self.happened[f"refused at the desk: {refusal.status}"] += 1

    def ring_to_book(self, visit: Visit) -> None:
        """Book by telephone."""
        call = self.ring(visit.customer.phone or "anonymous")
        named = visit.staff if self.dice.random() < 0.6 else None
        how = calls.books(
            call,
            customer=visit.customer,
            service=visit.service,
            staff=named,
            at=visit.starts_at,
        )
        self._note(f"rang to book: {how}", call)

    def _wishes_a_popular_time(self) -> None:
        """Wish what everybody wishes: soon, and after work or late in the morning."""
        day = self.clock.now.astimezone(self.branch.zone).date() + timedelta(
            days=self.dice.choice((1, 1, 2, 3))
        )
        person = self.dice.choice(list(self.branch.staff.order_by("pk")))
        services = [row.service for row in person.services.select_related("service").order_by("pk")]
        service = self.dice.choice(services)
        customer = self.planner.whoever_wants(service, on=day)
        wished = self.at(day, self.dice.choice((10, 11, 16, 17)))
        call = self.ring(customer.phone or "anonymous")
        how = calls.books(call, customer=customer, service=service, staff=person, at=wished)
        self._note(f"wished a popular time: {how}", call)

    def _rings_to_cancel(self) -> None:
        customer = self._somebody_with_an_appointment()
        if customer:
            call = self.ring(customer.phone or "")
            self._note(
                f"rang to cancel: {calls.cancels(call, reason=self.dice.choice(REASONS))}", call
            )

    def _rings_to_move(self) -> None:
        customer = self._somebody_with_an_appointment()
        if customer:
            day = self.clock.now.astimezone(self.branch.zone).date() + timedelta(days=4)
            call = self.ring(customer.phone or "")
            how = calls.moves(call, to=self.at(day, self.dice.choice((9, 13, 15, 17))))
            self._note(f"rang to move: {how}", call)

    def _rings_to_ask(self) -> None:
        service = self.dice.choice(list(self.branch.company.services.order_by("pk")))
        call = self.ring(self._anybody().phone or "anonymous")
        self._note(calls.asks(call, service=service), call)

    def _hangs_up(self) -> None:
        call = self.ring("anonymous")
        self._note(calls.hangs_up(call), call)

    def _note(self, what: str, call: Conversation) -> None:
        self.happened[what] += 1
        self.sync()
        for made in Appointment.objects.filter(call_id=call.line.call_id, status=Status.CONFIRMED):
            self._expect_end(made, None)

    def _expect_end(self, appointment: Appointment, came: Status | None) -> None:
        """Have it noted afterwards who came."""
        if came is None:
            missed = self.dice.random() < 0.035
            came = Status.NO_SHOW if missed else Status.COMPLETED
        after = timedelta(minutes=self.dice.randrange(2, 9))
        self.agenda.expect(appointment.ends_at + after, lambda: self._finish(appointment.pk, came))

    def _finish(self, pk: int, status: Status) -> None:
        appointment = Appointment.objects.get(pk=pk)
        if appointment.ends_at > self.clock.now:
            after = timedelta(minutes=4)  # it was moved
            self.agenda.expect(appointment.ends_at + after, lambda: self._finish(pk, status))
            return
        with self.reception():
            done = actions.finish(appointment=appointment, status=status, now=self.clock.now)
        self.happened[f"{status}" if done else "was over already"] += 1

    def compare(self) -> None:
        """Compare both calendars, as every night."""
        self.work()
        company = self.branch.company
        client = get_client(api_key=company.calcom_api_key)
        found, ids = reconciling.reconcile(company, client=client, now=self.clock.now)
        reconciling.finish(company, ids, client=client, now=self.clock.now)
        self.happened["differences found"] += len(found)

    def _anybody(self) -> Customer:
        return self.dice.choice(self.planner.customers)

    def _somebody_with_an_appointment(self) -> Customer | None:
        soon = self.clock.now + timedelta(hours=30)
        rows = (
            Appointment.objects.of(self.branch.company)
            .upcoming(now=soon)
            .exclude(Q(customer__phone=None) | Q(requires_manual_review=True))
            .select_related("customer")
            .order_by("starts_at", "pk")[:40]
        )
        return self.dice.choice([row.customer for row in rows]) if rows else None
