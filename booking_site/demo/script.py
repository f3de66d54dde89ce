"""The three calls of the demo, and what must be true after each."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import requests
from django.utils import timezone

from appointments import actions, queries
from appointments.models import (
    Appointment,
    Branch,
    Company,
    Customer,
    FlagSetting,
    ReviewReason,
    Service,
    Source,
    SyncStatus,
)
from appointments.ports import Deadline
from booking_site.demo.knobs import Knobs
from booking_site.demo.programme import Programme
from booking_site.demo.telephone import Answer, Telephone
from features.flags import Flag
from features.models import CompanyFlag

SYNC_SECONDS = 30.0
LOOK_AGAIN_SECONDS = 0.1
REFERENCE = "booking_site_appointment"
BOOKINGS = "/v2/bookings"


class NotAsExpectedError(Exception):
    """Something is not as the demo promises; the message says what."""


def expect(*, that: bool, otherwise: str) -> None:
    if not that:
        raise NotAsExpectedError(otherwise)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A call that is printed while it goes on; the answers are collected."""

    telephone: Telephone
    show: Programme
    answers: list[Answer]

    def says(self, words: str) -> None:
        """Let the caller say something."""
        self.show.caller(words)
        self.telephone.say("user", words)

    def use(self, function: str, **args: Any) -> Answer:
        """Let the agent call a function, and say what it answers."""
        answer = self.telephone.use(function, **args)
        self.telephone.say("agent", answer.message)
        self.answers.append(answer)
        self.show.answer(answer, args)
        return answer


@dataclass(slots=True, kw_only=True)
class Play:
    """The demo while it runs.

    Attributes:
        web: address of the site.
        knobs: of the simulated Cal.com.
        show: prints.
        answers: of all calls, for the closing line.
    """

    web: str
    knobs: Knobs
    show: Programme
    answers: list[Answer] = field(default_factory=list)

    def perform(self) -> None:
        """Play the three calls.

        Raises:
            NotAsExpectedError, TelephoneError: what went wrong.
        """
        salon = Company.objects.get(slug="salon-eins")
        branch = salon.branches.select_related("company").get()
        day = _a_working_day(branch)
        self._book_ten_o_clock(branch, day)
        self._first_call(salon, day)
        self._second_call(salon, day)
        self._third_call(salon, day)

    def _first_call(self, salon: Company, day: date) -> None:
        self.show.call("1", "Die Zeit ist vergeben, es gibt zwei andere")
        with self._call(salon, from_number="+4915111111111") as call:
            call.use("get_current_context")
            call.use("check_customer")
            call.says(f"Ich hätte gern am {day:%d.%m.} um zehn eine Dauerwelle bei Mara.")
            asked = call.use(
                "check_availability",
                service="Dauerwelle",
                date=f"{day:%d.%m.%Y}",
                time="10 Uhr",
                staff="Mara",
            )
            expect(
                that=asked.status == "unavailable" and len(asked.data["alternatives"]) == 2,  # noqa: PLR2004 -- the promise
                otherwise=f"expected two alternatives, got {asked.status}: {asked.data}",
            )
            call.says("Dann nehme ich die zweite.")
            chosen = asked.data["alternatives"][1]
            booked = call.use("start_booking", option="die zweite", customer_name="Lena Vogt")
            expect(
                that=booked.data["appointment"]["starts_at"] == chosen["starts_at"],
                otherwise=f"booked {booked.data['appointment']}, not {chosen}",
            )
            call.use("list_appointments")
        appointment = self._synced(booked)
        self._show_phases(appointment, phases=6, bookings=4)

    def _second_call(self, salon: Company, day: date) -> None:
        self.show.call("2", "Cal.com bucht, antwortet aber mit 400")
        self.knobs.turn(
            "faults", kind="create_then_400", method="POST", path=f"{BOOKINGS}$", times=4
        )
        with self._call(salon, from_number="+4917139200011") as call:
            later = _a_working_day(salon.branches.get(), after=day)
            call.says(f"Eine Ansatzfärbung bitte, am {later:%d.%m.} um zwei.")
            booked = call.use(
                "start_booking",
                service="Ansatzfärbung",
                date=f"{later:%d.%m.%Y}",
                time="14 Uhr",
                customer_name="Nora Beispiel",
            )
        appointment = self._synced(booked)
        refused = [
            entry
            for entry in self.knobs.read("requests", path=f"{BOOKINGS}$", method="POST")
            if entry["status"] == requests.codes.bad_request
        ]
        expect(that=len(refused) == 4, otherwise=f"Cal.com refused {len(refused)} times, not 4")  # noqa: PLR2004 -- as set
        self._show_phases(appointment, phases=5, bookings=4)
        self.show.note("Viermal 400, vier Buchungen gefunden und übernommen, keine fünfte.")

    def _third_call(self, salon: Company, day: date) -> None:
        self.show.call("3", "Ein Service ohne Event-Typen: ein Mensch muss ran")
        flag = CompanyFlag.objects.get(name=Flag.REQUIRE_EVENT_MAPS.value)
        FlagSetting.objects.update_or_create(flag=flag, company=salon, defaults={"is_on": False})
        self.show.note("Der Salon hat `require_event_maps` ausgeschaltet: auch das wird angeboten.")
        self.knobs.forget("requests")
        with self._call(salon, from_number="+4917139200012") as call:
            call.says(f"Einmal Glanzkur, bitte am {day:%d.%m.} um fünf.")
            booked = call.use(
                "start_booking",
                service="Glanzkur",
                date=f"{day:%d.%m.%Y}",
                time="17 Uhr",
                customer_name="Ute Muster",
            )
        appointment = self._settled(booked)
        creates = self.knobs.read("requests", path=f"{BOOKINGS}$", method="POST")
        expect(
            that=appointment.review_reason == ReviewReason.MISSING_EVENT_MAP
            and appointment.requires_manual_review,
            otherwise=f"expected a review, got {appointment.sync_status} {appointment.sync_error}",
        )
        expect(that=not creates, otherwise=f"Cal.com was asked {len(creates)} times")
        self.show.review(appointment)

    @contextmanager
    def _call(self, salon: Company, *, from_number: str) -> Iterator[Conversation]:
        branch = salon.branches.get()
        telephone = Telephone(
            url=self.web,
            key=salon.retell_api_key,
            to_number=branch.phone_numbers.get().number,
            agent_id=salon.agents.get().agent_id,
            from_number=from_number,
        )

        yield Conversation(telephone, self.show, self.answers)
        telephone.hang_up()

    def _book_ten_o_clock(self, branch: Branch, day: date) -> None:
        """Let somebody else have Mara at ten, so that the first caller cannot."""
        mara = branch.staff.get(slug="mara")
        actions.book(
            order=actions.BookingOrder(
                branch=branch,
                service=Service.objects.get(company=branch.company, slug="damenhaarschnitt"),
                starts_at=datetime(day.year, day.month, day.day, 10, tzinfo=branch.zone),
                staff_id=mara.pk,
                customer=Customer.objects.create(company=branch.company, name="Ida Beispiel"),
                source=Source.STAFF,
            ),
            now=timezone.now(),
            deadline=Deadline.after(3),
        )

    def _synced(self, booked: Answer) -> Appointment:
        appointment = self._settled(booked)
        expect(
            that=appointment.sync_status == SyncStatus.SYNCED,
            otherwise=f"not synced: {appointment.sync_status} {appointment.sync_error}",
        )
        return appointment

    def _settled(self, booked: Answer) -> Appointment:
        """Wait until the worker is done with what was just booked."""
        expect(that=booked.status == "booked", otherwise=f"not booked: {booked.message}")
        started = time.monotonic()
        with self.show.waiting("Celery gleicht mit Cal.com ab …"):
            while time.monotonic() < started + SYNC_SECONDS:
                appointment = Appointment.objects.get(public_id=booked.data["appointment"]["id"])
                if appointment.sync_status != SyncStatus.PENDING:
                    self.show.synced(time.monotonic() - started)
                    return appointment
                time.sleep(LOOK_AGAIN_SECONDS)
        message = f"the worker was not done with {booked.data['appointment']} after 30 s"
        raise NotAsExpectedError(message)

    def _show_phases(self, appointment: Appointment, *, phases: int, bookings: int) -> None:
        """Compare what we hold with what the simulated Cal.com really holds, phase by phase."""
        ours = list(appointment.phases.order_by("sequence"))
        theirs = {
            booking["uid"]: booking
            for booking in self.knobs.read("bookings")
            if booking["metadata"].get(REFERENCE) == appointment.public_id
            and booking["status"] == "accepted"
        }
        verified = [
            phase
            for phase in ours
            if (booking := theirs.get(phase.calcom_booking_uid))
            and datetime.fromisoformat(booking["start"]) == phase.starts_at
        ]
        self.show.phases(appointment, ours, verified)
        found = (len(ours), len(theirs), len(verified))
        expect(
            that=found == (phases, bookings, bookings),
            otherwise="expected {} phases, {} bookings, all verified; got {} / {} / {}".format(
                phases, bookings, *found
            ),
        )


def _a_working_day(branch: Branch, *, after: date | None = None) -> date:
    """Return a day from the day after tomorrow on, Monday to Friday, on which the branch opens."""
    zone: ZoneInfo = branch.zone
    day = after or timezone.now().astimezone(zone).date() + timedelta(days=1)
    for _ in range(14):
        day += timedelta(days=1)
        if day.weekday() < 5 and queries.is_open_on(branch, day):  # noqa: PLR2004 -- Saturday
            return day
    message = "the salon is closed for two weeks"
    raise NotAsExpectedError(message)
