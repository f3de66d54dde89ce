"""What goes wrong in the showroom: each kind of case that a person has to settle, once at least.

Cal.com really refuses, fails or is changed by hand here; the site finds out as it always does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from appointments import actions
from appointments.errors import AppointmentError
from appointments.models import Appointment, AppointmentPhase
from appointments.ports import Deadline
from calcom.event_maps import check_maps
from calcom.models import CalcomEventMap
from features.flags import Flag
from features.models import CompanyFlag
from tests.showroom import calls
from tests.showroom.life import DEADLINE_SECONDS, Life

CREATES = r"/v2/bookings$"
BROKEN = {
    "status": "error",
    "error": {"code": "InternalServerError", "message": "Internal server error"},
}
REFUSED = {
    "status": "error",
    "error": {
        "code": "BadRequestException",
        "message": "Missing attendee phone number for this event type",
    },
}
UNKNOWN_KEY = {
    "status": "error",
    "error": {"code": "UnauthorizedException", "message": "Invalid API key"},
}
UNKNOWN_TYPE = {
    "status": "error",
    "error": {"code": "NotFoundException", "message": "Event type not found"},
}

# What somebody changes in Cal.com who means well.
TIDIED: tuple[dict[str, Any], ...] = (
    {"lengthInMinutes": 30},
    {"title": "Waschen & Styling (NEU)"},
    {"hidden": False},
    {"disableGuests": False},
    {"hosts": [7001]},
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Makes trouble in one salon, for appointments of the coming days."""

    life: Life
    day: date

    def expect(self) -> None:
        """Have everything go wrong, spread over yesterday and this morning."""
        yesterday = self.day - timedelta(days=1)
        at = self.life.at
        for moment, what in (
            (at(yesterday, 11, 10), self.calcom_does_not_answer),
            (at(yesterday, 11, 55), self.only_a_part_could_be_booked),
            (at(yesterday, 13, 20), self.calcom_refuses),
            (at(yesterday, 15, 15), self.a_booking_is_gone),
            (at(yesterday, 15, 40), self.more_is_promised_than_booked),
            (at(yesterday, 16, 5), self.one_part_is_moved_in_calcom),
            (at(yesterday, 17, 10), self.a_foreign_booking_collides),
            (at(self.day, 8, 40), self.nobody_made_the_event_map),
            (at(self.day, 9, 5), self.the_key_is_refused),
            (at(self.day, 9, 35), self.it_is_too_late_to_tell),
            (at(self.day, 10, 5), self.a_time_is_taken_in_calcom),
            (at(self.day, 10, 25), self.more_is_promised_than_booked),
            (at(self.day, 10, 35), self.a_cancellation_is_refused),
            (at(self.day, 10, 50), self.event_types_drift),
            (at(self.day, 10, 52), self.an_event_type_is_deleted),
        ):
            self.life.agenda.expect(moment, what)

    # --- The cases --------------------------------------------------------------------------

    def a_time_is_taken_in_calcom(self) -> None:
        made = self._book("jonas", "herrenhaarschnitt", 40, days=1, hour=15)
        self.life.clock.calcom.add_foreign_booking(self._event_type(made), made.starts_at)
        self.life.sync()

    def calcom_does_not_answer(self) -> None:
        made = self._book("mara", "waschen-schneiden-foehnen", 41, days=2, hour=9)
        with self._fault(status=503, body=BROKEN, event_type_id=self._event_type(made)):
            self.life.sync()

    def only_a_part_could_be_booked(self) -> None:
        made = self._book("mara", "dauerwelle", 42, days=4, hour=9)
        with self._fault(status=500, body=BROKEN, event_type_id=self._event_type(made, "C")):
            self.life.sync()

    def calcom_refuses(self) -> None:
        made = self._book("tom", "kinderhaarschnitt", 43, days=1, hour=11)
        with self._fault(status=400, body=REFUSED, event_type_id=self._event_type(made)):
            self.life.sync()

    def a_cancellation_is_refused(self) -> None:
        made = self._book("jonas", "damenhaarschnitt", 44, days=2, hour=13)
        self.life.sync()
        # It stays so: else the next sweep would settle it.
        cancels = rf"/v2/bookings/{self._uid(made)}/cancel$"
        self._break(status=400, body=REFUSED, path=cancels)
        with self.life.reception():
            actions.cancel(appointment=made, now=self.life.clock.now, reason="Kundin hat abgesagt")
        self.life.sync()

    def a_booking_is_gone(self) -> None:
        made = self._book("aylin", "waschen-styling", 45, days=1, hour=15)
        self.life.sync()
        self.life.clock.calcom.cancel_foreign_booking(self._uid(made))
        with self.life.reception():
            self._move(made)
        self.life.sync()

    def one_part_is_moved_in_calcom(self) -> None:
        made = self._book("mara", "ansatzfaerbung", 46, days=5, hour=9)
        self.life.sync()
        phase = self._phase(made, "D")
        self.life.clock.calcom.move_foreign_booking(
            phase.calcom_booking_uid, phase.starts_at + timedelta(minutes=30)
        )
        self.life.compare()

    def a_foreign_booking_collides(self) -> None:
        made = self._book("tom", "herrenhaarschnitt", 47, days=4, hour=15)
        self.life.sync()
        # Half an hour later: Cal.com itself forbids two of the very same start and end.
        later = made.starts_at + timedelta(minutes=30)
        self.life.clock.calcom.add_foreign_booking(self._event_type(made), later)
        self.life.compare()

    def nobody_made_the_event_map(self) -> None:
        company = self.life.branch.company
        flag = CompanyFlag.objects.get(name=Flag.REQUIRE_EVENT_MAPS.value)
        with self.life.managing():
            actions.set_flag(flag=flag, company=company, to=False)
        self._book("pia", "glanzkur", 48, days=1, hour=10)
        self.life.sync()

    def the_key_is_refused(self) -> None:
        made = self._book("jonas", "trockenschnitt", 49, days=1, hour=9)
        with self._fault(status=401, body=UNKNOWN_KEY, event_type_id=self._event_type(made)):
            self.life.sync()

    def an_event_type_is_deleted(self) -> None:
        made = self._book("aylin", "trockenschnitt", 50, days=2, hour=9)
        self._break(status=404, body=UNKNOWN_TYPE, event_type_id=self._event_type(made))
        self.life.sync()

    def it_is_too_late_to_tell(self) -> None:
        """Book a walk-in while no worker runs; it does again when she sits there already."""
        made = self._book("pia", "ponyschnitt", 51, days=0, hour=10)
        self.life.clock.go_to(made.starts_at + timedelta(minutes=6))
        self.life.sync()

    def more_is_promised_than_booked(self) -> None:
        customer = self.life.planner.customers[52 + self.life.clock.now.day % 2]
        call = self.life.ring(customer.phone or "anonymous")
        wished = self.life.at(self.day + timedelta(days=2), 11)
        calls.is_promised_too_much(call, at=wished)
        self.life.clock.let_pass(90)
        self.life.work()

    def event_types_drift(self) -> None:
        """Let somebody tidy up in Cal.com, and our check find what does not fit any more."""
        company = self.life.branch.company
        maps = list(CalcomEventMap.objects.filter(staff__slug__in=("aylin", "tom")).order_by("pk"))
        for event_map, changes in zip(maps[1:], TIDIED, strict=False):
            self.life.clock.calcom.seed(
                account=company.slug, event_types=[{"id": event_map.bookable_id} | changes]
            )
        check_maps(
            company=company,
            maps=CalcomEventMap.objects.all(),
            now=self.life.clock.now,
            within_seconds=60,
        )

    # --- Means ------------------------------------------------------------------------------

    def _book(
        self, staff: str, service: str, customer: int, *, days: int, hour: int
    ) -> Appointment:
        day = self.day + timedelta(days=days)
        while not self.life.is_open(day):
            day += timedelta(days=1)
        return self.life.book_somewhere(
            staff=staff,
            service=service,
            customer=self.life.planner.customers[customer],
            day=day,
            hour=hour,
        )

    def _move(self, made: Appointment) -> None:
        """Move to the next time that can be had."""
        starts_at = made.starts_at
        while True:
            starts_at += timedelta(minutes=15)
            try:
                actions.reschedule(
                    appointment=made,
                    starts_at=starts_at,
                    now=self.life.clock.now,
                    deadline=Deadline.after(DEADLINE_SECONDS),
                )
            except AppointmentError:
                continue
            return

    def _event_type(self, made: Appointment, segment: str = "A") -> int:
        return CalcomEventMap.objects.get(
            service=made.service, staff=made.staff, segment_key=segment
        ).bookable_id

    def _phase(self, made: Appointment, segment: str) -> AppointmentPhase:
        return AppointmentPhase.objects.get(appointment=made, segment_key=segment)

    def _uid(self, made: Appointment) -> str:
        return self._phase(made, "A").calcom_booking_uid

    @contextmanager
    def _fault(self, *, path: str = CREATES, **options: Any) -> Iterator[None]:
        """Let Cal.com fail meanwhile."""
        self._break(path=path, **options)
        yield
        self.life.clock.calcom.clear_faults()

    def _break(self, *, path: str = CREATES, **options: Any) -> None:
        """Let Cal.com fail from now on, as often as it is asked."""
        self.life.clock.calcom.add_fault("fail", method="POST", path=path, times=None, **options)
