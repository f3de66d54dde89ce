"""Customers, who change our appointments, and people at Cal.com, who change its bookings."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from appointments import actions, queries
from appointments.domain.diary import Slot
from appointments.errors import AppointmentError
from appointments.models import Appointment, Branch, Company, Service, Source
from appointments.ports import Deadline
from appointments.queries import Search
from calcom.models import CalcomEventMap
from calcom.simulator import KnobError, Simulator

DAYS_AHEAD = 28
PATIENCE_SECONDS = 0.6
LIVE = {"accepted", "pending"}
Where = tuple[str, str]  # status, start


class Customers:
    """Book, move and cancel through our own actions, as the telephone and the admin do."""

    def __init__(self, companies: list[Company], dice: random.Random) -> None:
        self._branches = [branch for company in companies for branch in company.branches.all()]
        self._services = {
            branch.pk: list(
                Service.objects.filter(
                    company=branch.company,
                    is_active=True,
                    staff_services__staff__branch=branch,
                ).distinct()
            )
            for branch in self._branches
        }
        self._dice = dice
        self.done: Counter[str] = Counter()

    def act(self) -> None:
        """Do one thing; a refusal is an answer too."""
        act = self._dice.choices([self._book, self._move, self._cancel], weights=[60, 25, 15])[0]
        try:
            act()
        except AppointmentError as refusal:
            self.done[f"refused: {refusal.status}"] += 1

    def _book(self) -> None:
        branch = self._dice.choice(self._branches)
        service = self._dice.choice(self._services[branch.pk])
        slot = self._free(Search(branch=branch, service=service))
        if slot is None:
            return
        number = self._dice.randrange(10**8)
        actions.book(
            order=actions.BookingOrder(
                branch=branch,
                service=service,
                starts_at=slot.starts_at,
                staff_id=slot.staff_id,
                customer_name=f"Kundin {number}",
                phone=f"+4915{number:08d}",
                source=Source.VOICE,
                call_id=f"call_{number:010x}",
            ),
            now=timezone.now(),
            deadline=Deadline.after(PATIENCE_SECONDS),
        )
        self.done["booked"] += 1

    def _move(self) -> None:
        appointment = self._any()
        if appointment is None:
            return
        search = Search(branch=appointment.branch, service=appointment.service, moving=appointment)
        slot = self._free(search)
        if slot is None:
            return
        actions.reschedule(
            appointment=appointment,
            starts_at=slot.starts_at,
            staff_id=slot.staff_id,
            now=timezone.now(),
            deadline=Deadline.after(PATIENCE_SECONDS),
        )
        self.done["moved"] += 1

    def _cancel(self) -> None:
        appointment = self._any()
        if appointment and actions.cancel(appointment=appointment, now=timezone.now()):
            self.done["cancelled"] += 1

    def _any(self) -> Appointment | None:
        """Pick one of the appointments that stand; often a fresh one, which is still syncing."""
        standing = Appointment.objects.confirmed().filter(starts_at__gt=timezone.now())
        chosen = list(
            standing.select_related("company", "branch__company", "service", "staff").order_by(
                "-pk"
            )[: self._dice.choice([5, 200])]
        )
        return self._dice.choice(chosen) if chosen else None

    def _free(self, search: Search) -> Slot | None:
        now = timezone.now()
        day = (now + timedelta(days=self._dice.randint(1, DAYS_AHEAD))).date()
        slots = queries.get_free_slots(
            search, day, now=now, deadline=Deadline.after(PATIENCE_SECONDS)
        )
        return self._dice.choice(slots) if slots else None


class Outsiders:
    """Whoever works in Cal.com itself: makes foreign bookings, and lays hands on ours.

    Attributes:
        foreign: where each foreign booking was left, by uid. Nobody else may touch it.
        meddled: the appointments, by public id, of whose bookings they moved or cancelled one.
    """

    def __init__(self, simulator: Simulator, dice: random.Random) -> None:
        self._simulator = simulator
        self._dice = dice
        self.foreign: dict[str, Where] = {}
        self.meddled: set[str] = set()
        self.done: Counter[str] = Counter()

    def act(self) -> None:
        acts: list[Callable[[], str | None]] = [
            self._book,
            self._move_foreign,
            self._cancel_foreign,
            self._move_ours,
            self._cancel_ours,
        ]
        try:
            what = self._dice.choices(acts, weights=[40, 15, 15, 20, 10])[0]()
        except KnobError:
            return  # the same host, start and end: even Cal.com refuses that
        if what:
            self.done[what] += 1

    def _book(self) -> str | None:
        rows = list(CalcomEventMap.objects.usable().select_related("branch"))
        row = self._dice.choice(rows)
        booking = self._simulator.add_foreign_booking(row.bookable_id, self._some_time(row.branch))
        self._note(booking)
        return "foreign booking made"

    def _move_foreign(self) -> str | None:
        uid = self._pick(self._standing())
        if uid is None:
            return None
        moved = self._simulator.move_foreign_booking(uid, self._some_time())
        self.foreign[uid] = ("cancelled", self.foreign[uid][1])
        self._note(moved)
        return "foreign booking moved"

    def _cancel_foreign(self) -> str | None:
        uid = self._pick(self._standing())
        if uid is None:
            return None
        self._simulator.cancel_foreign_booking(uid)
        self.foreign[uid] = ("cancelled", self.foreign[uid][1])
        return "foreign booking cancelled"

    def _move_ours(self) -> str | None:
        uid = self._one_of_ours()
        if uid is None:
            return None
        self._simulator.move_foreign_booking(uid, self._some_time())
        return "our booking moved in Cal.com"

    def _cancel_ours(self) -> str | None:
        uid = self._one_of_ours()
        if uid is None:
            return None
        self._simulator.cancel_foreign_booking(uid)
        return "our booking cancelled in Cal.com"

    def _one_of_ours(self) -> str | None:
        ours = {
            booking["uid"]: booking["metadata"]["booking_site_appointment"]
            for booking in self._simulator.bookings()
            if booking["status"] in LIVE and booking["metadata"].get("booking_site_appointment")
        }
        uid = self._pick(list(ours))
        if uid:
            self.meddled.add(ours[uid])
        return uid

    def _standing(self) -> list[str]:
        return [uid for uid, (status, _) in self.foreign.items() if status in LIVE]

    def _note(self, booking: dict[str, Any]) -> None:
        self.foreign[booking["uid"]] = (booking["status"], booking["start"])

    def _pick(self, uids: list[str]) -> str | None:
        return self._dice.choice(sorted(uids)) if uids else None

    def _some_time(self, branch: Branch | None = None) -> datetime:
        zone = branch.zone if branch else timezone.get_default_timezone()
        day = timezone.now().astimezone(zone) + timedelta(days=self._dice.randint(1, DAYS_AHEAD))
        quarter = self._dice.randrange(9 * 4, 17 * 4)
        return day.replace(hour=quarter // 4, minute=quarter % 4 * 15, second=0, microsecond=0)
