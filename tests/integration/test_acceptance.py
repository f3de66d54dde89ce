"""The contract's examples E01 to E55, as they are written there, each from a salon made for it.

`data/acceptance.jsonl` is the contract's own list: `in` is asked, `out` is part of the answer. What
its `given` says in words is done here by the function of the same number.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import LazySettings
from django.test import Client

from appointments.models import (
    Appointment,
    Branch,
    BusyTime,
    Company,
    Customer,
    Service,
    Staff,
    Status,
    WorkingHours,
)
from booking_site.demo.telephone import FUNCTIONS as ADDRESS
from features.flags import Flag
from tests.asking import book
from tests.factories.appointments import (
    BranchFactory,
    CompanyFactory,
    CustomerFactory,
    PhoneNumberFactory,
    ServiceFactory,
    StaffFactory,
)
from tests.factories.calcom import map_service
from tests.integration.test_voice_functions import turn
from voice.models import Agent, Call
from voice.signature import sign

BERLIN = ZoneInfo("Europe/Berlin")
EXAMPLES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "acceptance.jsonl").read_text().splitlines()
]
CALL = {
    "call_id": "call_9103aa00bb11cc22dd33ee44ff55",
    "agent_id": "agent_s1",
    "from_number": "+4915111111111",
    "to_number": "+493011110001",
}
KEY = "key_of_salon_eins"
PERM = [(50, True), (15, False), (5, True), (10, False), (15, True), (40, True)]


def on(day: str, clock: str = "00:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=BERLIN)


@dataclass
class Salon:
    """Salon Eins as the contract describes it, and what an example needs of it."""

    settings: LazySettings
    company: Company = field(init=False)
    branch: Branch = field(init=False)
    mara: Staff = field(init=False)
    jonas: Staff = field(init=False)
    lena: Customer = field(init=False)
    services: dict[str, Service] = field(init=False)
    call: dict[str, Any] = field(default_factory=lambda: dict(CALL))
    known: str = ""  # the appointment the contract calls "a"

    def __post_init__(self) -> None:
        self.company = CompanyFactory.create(
            name="Salon Eins", slug="salon-eins", retell_api_key=KEY
        )
        week = {weekday: [("09:00", "19:00")] for weekday in range(6)}
        self.branch = BranchFactory.create(company=self.company, slug="mitte", hours=week)
        PhoneNumberFactory.create(branch=self.branch, number=CALL["to_number"])
        Agent.objects.create(company=self.company, agent_id=CALL["agent_id"])
        self.mara = StaffFactory.create(branch=self.branch, name="Mara Lindt", slug="mara")
        self.jonas = StaffFactory.create(branch=self.branch, name="Jonas Brandt", slug="jonas")
        for weekday in range(5):
            for opens, closes in (("09:00", "13:00"), ("14:00", "19:00")):
                WorkingHours.objects.create(
                    staff=self.mara, weekday=weekday, from_time=opens, to_time=closes
                )
        self.services = {
            name: ServiceFactory.create(
                company=self.company, name=name, recipe=recipe, performed_by=by
            )
            for name, recipe, by in (
                ("Herrenhaarschnitt", [(55, True)], [self.mara, self.jonas]),
                ("Damenhaarschnitt", [(45, True)], [self.mara, self.jonas]),
                ("Dauerwelle", PERM, [self.mara]),
            )
        }
        self.lena = CustomerFactory.create(
            company=self.company, name="Lena Vogt", phone=CALL["from_number"]
        )

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def book(self, day: str, clock: str, service: str = "Herrenhaarschnitt") -> Appointment:
        """Book for Lena, in another call."""
        row = book(
            self.services[service],
            on(day, clock),
            branch=self.branch,
            now=self.now,
            customer=self.lena,
        )
        self.known = row.public_id
        return row

    def had(self, service: str, times: int) -> None:
        """Let Lena have been here in the weeks before, with Mara."""
        for week in range(1, times + 1):
            row = self.book("2026-12-22", "09:00", service)
            began = on("2026-11-23", "09:00") - timedelta(days=7 * week)
            Appointment.objects.filter(pk=row.pk).update(
                status=Status.COMPLETED,
                staff=self.mara,
                starts_at=began,
                ends_at=began + timedelta(minutes=45),
            )
            row.phases.all().delete()

    def only_free(
        self, day: str, *starts: str, minutes: int = 55, who: Staff | None = None
    ) -> None:
        """Block a day but for services of some minutes at these starts."""
        edge = on(day)
        for clock in starts:
            self.block(edge, on(day, clock), who=who)
            edge = on(day, clock) + timedelta(minutes=minutes)
        self.block(edge, on(day) + timedelta(days=1), who=who)

    def block(self, start: datetime, end: datetime, *, who: Staff | None = None) -> None:
        BusyTime.objects.create(company=self.company, starts_at=start, ends_at=end, staff=who)

    def block_days(self, first: str, last: str) -> None:
        self.block(on(first), on(last) + timedelta(days=1))

    def ask(self, name: str, **args: Any) -> dict[str, Any]:
        return self.post({"name": name, "args": args, "call": self.call})

    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        raw = json.dumps(body).encode()
        response = Client().post(
            ADDRESS,
            data=raw,
            content_type="application/json",
            headers={"X-Retell-Signature": sign(raw, key=KEY, now=self.now)},
        )
        assert response.status_code == 200
        answer: dict[str, Any] = response.json()
        return answer


def another_company_has_a_call_running(salon: Salon) -> None:
    salon.settings.RETELL_API_KEY = KEY
    other = BranchFactory.create(company__slug="salon-zwei")
    Call.objects.create(company=other.company, branch=other, call_id="call_12345678901234567890")


def three_womens_cuts(salon: Salon) -> None:
    salon.had("Damenhaarschnitt", 3)
    zoe = StaffFactory.create(name="Zoe")
    CustomerFactory.create(company=zoe.company, name="Lena Vogt", phone=CALL["from_number"])


def free_at_three_times(salon: Salon) -> None:
    salon.only_free("2026-11-24", "09:45", "11:15", "13:00")


def free_at_one_and_half_past(salon: Salon) -> None:
    ada = StaffFactory.create(branch=salon.branch, name="Ada Kern")
    ada.services.create(service=salon.services["Damenhaarschnitt"])
    salon.only_free("2026-11-24", who=salon.mara)
    salon.only_free("2026-11-24", "13:00", minutes=45, who=salon.jonas)
    salon.only_free("2026-11-24", "13:30", minutes=45, who=ada)


def free_once(salon: Salon) -> None:
    salon.only_free("2026-11-26", "09:30")
    salon.block_days("2026-11-24", "2026-11-25")
    salon.block_days("2026-11-27", "2026-12-11")


def it_syncs(salon: Salon) -> None:
    salon.settings.CALCOM_API_URL = "http://127.0.0.1:9"
    salon.company.calcom_api_key = "cal_test_key"
    salon.company.save()
    for person in (salon.mara, salon.jonas):
        map_service(salon.services["Herrenhaarschnitt"], person)


def calcom_is_silent(salon: Salon) -> None:
    it_syncs(salon)
    salon.only_free("2026-11-24", who=salon.jonas)


def refused_at_ten(salon: Salon) -> None:
    salon.block(on("2026-11-24", "09:00"), on("2026-11-24", "11:00"))
    salon.ask(
        "check_availability", datum="2026-11-24", uhrzeit="10:00", service="Herrenhaarschnitt"
    )


def offered_three_times(salon: Salon) -> None:
    free_at_three_times(salon)
    salon.ask("check_availability", datum="morgen", uhrzeit="10:00", service="Herrenhaarschnitt")


def offered_on_other_days(salon: Salon) -> None:
    salon.only_free("2026-11-25", "11:15")
    salon.only_free("2026-11-26", "10:00")
    salon.block_days("2026-11-24", "2026-11-24")
    salon.block_days("2026-11-27", "2026-12-08")
    answer = salon.ask(
        "check_availability", datum="2026-11-24", uhrzeit="10:00", service="Herrenhaarschnitt"
    )
    assert [slot["starts_at"][:16] for slot in answer["data"]["alternatives"]] == [
        "2026-11-25T11:15",
        "2026-11-26T10:00",
    ]


def booked_by_e33(salon: Salon) -> None:
    (e33,) = (example for example in EXAMPLES if example["id"] == "E33")
    answer = salon.post(e33["in"] | {"call": salon.call})
    salon.known = answer["data"]["appointment"]["id"]


def womens_cut_checked(salon: Salon) -> None:
    salon.ask("check_availability", datetime="2026-11-24 10:00", service="Damenhaarschnitt")


def held_by_another_call(salon: Salon) -> None:
    salon.call["call_id"] = "call_ffffffffffffffffffff"
    salon.call["from_number"] = "+4915199999999"
    salon.ask("check_availability", datetime="2026-11-25 14:00", service="Dauerwelle")
    salon.call = dict(CALL)


def sixteen_services(salon: Salon) -> None:
    for number in range(13):
        ServiceFactory.create(
            company=salon.company,
            name=f"Leistung {number:02d}",
            category=("Farbe", "Pflege", "Styling")[number % 3],
            performed_by=[salon.mara],
        )
    Service.objects.filter(pk__in=[row.pk for row in salon.services.values()]).update(
        category="Schnitt"
    )


def moved_three_times(salon: Salon) -> None:
    salon.book("2026-11-25", "10:00")
    Appointment.objects.update(reschedule_count=3)


def four_appointments(salon: Salon) -> None:
    for day in ("2026-11-26", "2026-11-27", "2026-11-28", "2026-12-02"):
        salon.book(day, "10:00")


def appointment_of_somebody_else(salon: Salon) -> None:
    other = CustomerFactory.create(company=salon.company, name="Ida Lux", phone="+4915177777777")
    book(
        salon.services["Herrenhaarschnitt"],
        on("2026-11-26", "10:00"),
        branch=salon.branch,
        now=salon.now,
        customer=other,
    )


GIVEN: dict[str, Callable[[Salon], object]] = {
    "E03": another_company_has_a_call_running,
    "E07": three_womens_cuts,
    "E10": lambda salon: salon.had("Damenhaarschnitt", 4),
    "E11": free_at_three_times,
    "E12": free_at_one_and_half_past,
    "E25": lambda salon: salon.book("2026-11-25", "14:00"),
    "E26": lambda salon: salon.block_days("2026-11-24", "2026-12-09"),
    "E27": calcom_is_silent,
    "E29": refused_at_ten,
    "E31": offered_three_times,
    "E32": offered_on_other_days,
    "E34": booked_by_e33,
    "E35": booked_by_e33,
    "E36": womens_cut_checked,
    "E40": held_by_another_call,
    "E41": lambda salon: turn(Flag.TWO_STEP_BOOKING, salon.company, is_on=True),
    "E33": it_syncs,
    "E42": free_once,
    "E43": booked_by_e33,
    "E45": lambda salon: salon.book("2026-11-27", "10:00"),
    "E46": four_appointments,
    "E47": lambda salon: salon.book("2026-11-27", "10:00"),
    "E48": lambda salon: salon.book("2026-11-27", "10:00"),
    "E49": appointment_of_somebody_else,
    "E50": lambda salon: salon.book("2026-11-23", "13:00"),
    "E51": moved_three_times,
    "E52": lambda salon: salon.book("2026-11-27", "10:00"),
    "E53": sixteen_services,
}


def afterwards(salon: Salon, number: str, answer: dict[str, Any]) -> None:
    """Check what an example says in words beside its answer."""
    if number == "E16":
        assert "Montag" in answer["message"]
        assert "23. November" in answer["message"]
    elif number == "E22":
        names = {row["name"] for row in answer["data"]["candidates"]}
        assert names == {"Damenhaarschnitt", "Herrenhaarschnitt"}
    elif number == "E36":
        assert answer["data"]["appointment"]["service"]["name"] == "Damenhaarschnitt"
    elif number == "E39":
        customer = Appointment.objects.get().customer
        assert customer
        assert (customer.phone, customer.email) == (None, "beispiel@example.com")
    elif number == "E48":
        row = Appointment.objects.get()
        assert (row.status, row.revision) == (Status.CONFIRMED, 1)
    elif number == "E52":
        assert salon.ask("cancel_appointment")["status"] == "already_cancelled"
    elif number == "E04":
        assert not Call.objects.exists()


def holds(expected: Any, actual: Any, *, known: str) -> bool:
    """Whether an answer holds all that is expected of it."""
    if expected == "a":
        return actual == known if known else bool(actual)
    if expected == "<slot>":
        return isinstance(actual, dict) and {"token", "starts_at"} <= set(actual)
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            holds(value, actual.get(key), known=known) for key, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and (len(expected) <= len(actual) if expected else not actual)
            and all(
                holds(one, two, known=known) for one, two in zip(expected, actual, strict=False)
            )
        )
    return bool(expected == actual)


@pytest.mark.django_db
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["id"])
def test_the_example_of_the_contract_holds(example: dict[str, Any], settings: LazySettings) -> None:
    moment = datetime.fromisoformat(example.get("now", "2026-11-23T10:00")).replace(tzinfo=BERLIN)
    with time_machine.travel(moment, tick=False):
        salon = Salon(settings)
        GIVEN.get(example["id"], lambda _: None)(salon)
        call = example.get("call", salon.call)
        call = call | ({"from_number": example["from"]} if "from" in example else {})

        answer = salon.post(example["in"] | {"call": call})

        expected = {"success": True} | example["out"]
        assert holds(expected, answer, known=salon.known), (expected, answer)
        assert answer["message"][-1] in ".?"
        afterwards(salon, example["id"], answer)


@pytest.mark.django_db
def test_e26_with_the_flag_on_nothing_is_searched(settings: LazySettings) -> None:
    (example,) = (each for each in EXAMPLES if each["id"] == "E26")
    with time_machine.travel(on("2026-11-23", "10:00"), tick=False):
        salon = Salon(settings)
        turn(Flag.SKIP_ALTERNATIVES_FOR_VOICE, salon.company, is_on=True)
        salon.block(on("2026-11-24", "10:00"), on("2026-11-24", "11:00"))

        answer = salon.post(example["in"] | {"call": CALL})

    assert holds(example["out"], answer, known="")
