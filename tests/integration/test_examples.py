"""The examples in the API's description are what the functions really answer.

Held against them is their shape, so that a sentence can be reworded. They are written anew by
`pytest -n 0 -p no:randomly tests/integration/test_examples.py --record-examples`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from appointments.models import Appointment, Company, FlagSetting, StaffService, Status, TimeOff
from booking_site.api.examples import FILE
from features.flags import Flag
from features.models import CompanyFlag
from tests.conftest import at
from tests.factories.appointments import (
    CustomerFactory,
    PhoneNumberFactory,
    ServiceFactory,
    StaffFactory,
)
from tests.integration.conftest import LENA, line_to
from tests.integration.test_voice_functions import book
from voice import statuses
from voice.agent.tools import functions

CUT, PERM = "Herrenhaarschnitt", "Dauerwelle"
TEN = {"date": "morgen", "time": "10 Uhr", "service": CUT}
CALL_ID = "call_7f3a9c0d51e84b62a90b13cd"
# What only comes where something changes between the question and the yes.
RARE = {"confirm_booking": {"own_appointment", "past_time", "too_soon", "too_far", "closed"}}


class Stage:
    """A salon on a Monday at noon, a caller, and what has happened so far."""

    def __init__(self, branch, now):
        self.branch, self.now = branch, now
        PhoneNumberFactory.create(branch=branch, number="+493023125101")
        self.line = line_to(branch, call_id=CALL_ID)

    def known(self) -> None:
        CustomerFactory.create(company=self.branch.company, name="Lena Vogt", phone=LENA)

    def withheld(self) -> None:
        self.line.from_number = "anonymous"

    def taken(self) -> None:
        for _each in range(3):
            book(self.branch, self.service(CUT), at(10), self.now)

    def service(self, name):
        return self.branch.company.services.get(name=name)

    def standing(self, *, days: int = 2, hour: int = 10) -> None:
        """Have an appointment that was not made in this call."""
        customers = self.branch.company.customers
        lena = customers.filter(phone=LENA).first() or CustomerFactory.create(
            company=self.branch.company, name="Lena Vogt", phone=LENA
        )
        book(self.branch, self.service(CUT), at(hour, days=days), self.now, customer=lena)

    def standing_soon(self) -> None:
        Company.objects.update(cancel_deadline_hours=48, reschedule_deadline_hours=48)
        self.standing(days=0)

    def standing_twice(self) -> None:
        self.standing()
        self.standing(days=3)

    def standing_close(self) -> None:
        self.standing()
        self.standing(days=1, hour=16)

    def standing_where_all_is_taken(self) -> None:
        self.standing()
        for _each in range(3):
            book(self.branch, self.service(CUT), at(16, days=1), self.now)

    def gone(self) -> None:
        self.booked()
        self.line.ask("cancel_appointment")

    def two_steps(self) -> None:
        row = CompanyFlag.objects.get(name=Flag.TWO_STEP_BOOKING.value)
        FlagSetting.objects.create(flag=row, company=self.branch.company, is_on=True)

    def asked_to_confirm(self) -> None:
        self.two_steps()
        self.line.ask("start_booking", **TEN, customer_name="Lena Vogt")

    def lost_meanwhile(self) -> None:
        self.asked_to_confirm()
        Appointment.objects.filter(status=Status.HELD).delete()
        self.taken()

    def booked(self) -> None:
        self.line.ask("start_booking", **TEN, customer_name="Lena Vogt")


@dataclass(frozen=True)
class Scene:
    args: dict[str, Any]
    before: Callable[[Stage], Any] = lambda _stage: None


def nothing_free(stage: Stage) -> None:
    for somebody in stage.branch.staff.all():
        TimeOff.objects.create(staff=somebody, starts_at=at(0, days=-1), ends_at=at(0, days=90))


def large_catalogue(stage: Stage) -> None:
    for number, kind in enumerate(["Farbe", "Farbe", "Pflege", "Pflege"]):
        ServiceFactory.create(
            company=stage.branch.company,
            name=f"{kind} {number}",
            category=kind,
            performed_by=list(stage.branch.staff.all()),
        )


def without(scenes: dict[str, "Scene"], *never: str) -> dict[str, "Scene"]:
    """Return scenes but for what a function asks in no case."""
    return {status: scene for status, scene in scenes.items() if status not in never}


def of_a_wish(**more: Any) -> dict[str, Scene]:
    """Return what is asked back about when, what and with whom."""
    return {
        "date_required": Scene({"time": "10 Uhr", "service": CUT} | more),
        "time_required": Scene({"date": "morgen", "service": CUT} | more),
        "date_not_understood": Scene(TEN | {"date": "31. November"} | more),
        "time_not_understood": Scene(TEN | {"time": "um viertel"} | more),
        "date_ambiguous": Scene(TEN | {"date": "Montag oder Dienstag"} | more),
        "weekday_mismatch": Scene(TEN | {"date": "Mittwoch, 8. Januar"} | more),
        "past_time": Scene(TEN | {"date": "heute", "time": "9 Uhr"} | more),
        "too_soon": Scene(TEN | {"date": "heute", "time": "12:10"} | more),
        "too_far": Scene(TEN | {"date": "in drei Monaten"} | more),
        "closed": Scene(TEN | {"date": "Sonntag"} | more),
        "service_required": Scene({"date": "morgen", "time": "10 Uhr"} | more),
        "service_ambiguous": Scene(TEN | {"service": "Haarschnitt"} | more),
        "service_not_found": Scene(TEN | {"service": "Rückenmassage"} | more),
        "staff_ambiguous": Scene(TEN | {"staff": "bei Mara"} | more),
        "staff_not_found": Scene(TEN | {"staff": "bei Kunigunde"} | more),
        "staff_cannot_provide_service": Scene(TEN | {"service": PERM, "staff": "bei Jonas"} | more),
    }


SOON = ("time_required", "past_time", "too_soon", "closed")
MOVE = {"new_date": "Mittwoch", "new_time": "16 Uhr"}
NAME = {"customer_name": "Lena Vogt"}
SCENES: dict[str, dict[str, Scene]] = {
    "get_current_context": {"ok": Scene({})},
    "check_customer": {
        "existing_customer": Scene({}, Stage.known),
        "new_customer": Scene({}),
        "anonymous": Scene({}, Stage.withheld),
    },
    "check_availability": {
        "available": Scene(TEN),
        "unavailable": Scene(TEN, Stage.taken),
        "own_appointment": Scene(TEN, Stage.booked),
        **of_a_wish(),
    },
    "get_alternatives": {
        "found": Scene({"service": CUT, "date": "morgen", "time": "vormittags"}),
        "none": Scene({"service": CUT}, nothing_free),
        "already_booked": Scene({"service": CUT}, Stage.booked),
        **without(of_a_wish(), "time_required", "too_soon", "closed"),
        "date_required": Scene({"service": CUT, "date": "nächste Woche"}),
    },
    "find_next_available": {
        "found": Scene({"service": CUT, "after": "morgen ab 14 Uhr"}),
        "none": Scene({"service": CUT}, nothing_free),
        **without(of_a_wish(), "date_required", *SOON),
    },
    "reserve_slot": {
        "reserved": Scene(TEN),
        "unavailable": Scene(TEN, Stage.taken),
        "own_appointment": Scene(TEN, Stage.booked),
        **of_a_wish(),
    },
    "release_slot_reservation": {"released": Scene({})},
    "start_booking": {
        "booked": Scene(TEN | NAME),
        "unavailable": Scene(TEN | NAME, Stage.taken),
        "own_appointment": Scene(TEN | NAME | {"service": PERM}, Stage.booked),
        "customer_name_required": Scene(TEN | {"customer_name": "ja genau"}),
        "staff_named_as_customer": Scene(TEN | {"customer_name": "Jonas Brandt"}),
        "awaiting_confirmation": Scene(TEN | NAME, Stage.two_steps),
        **of_a_wish(**NAME),
    },
    "confirm_booking": {
        "booked": Scene({}, Stage.asked_to_confirm),
        "unavailable": Scene({}, Stage.lost_meanwhile),
        "nothing_to_confirm": Scene({}),
    },
    "reschedule_appointment": {
        "rescheduled": Scene(MOVE, Stage.standing),
        "unavailable": Scene(MOVE, Stage.standing_where_all_is_taken),
        "already_at_that_time": Scene(
            {"new_date": "Donnerstag", "new_time": "10 Uhr"}, Stage.standing
        ),
        "own_appointment": Scene(MOVE | {"old_date": "Donnerstag"}, Stage.standing_close),
        "new_time_required": Scene({}, Stage.standing),
        "which_one": Scene(MOVE, Stage.standing_twice),
        "none": Scene(MOVE),
        "denied": Scene(MOVE, Stage.standing_soon),
        "callback_queued": Scene(MOVE, Stage.withheld),
        "date_required": Scene(MOVE | {"new_date": "nächste Woche"}, Stage.standing),
        "past_time": Scene(MOVE | {"new_date": "heute", "new_time": "9 Uhr"}, Stage.standing),
        "too_soon": Scene(MOVE | {"new_date": "heute", "new_time": "12:10"}, Stage.standing),
        "too_far": Scene(MOVE | {"new_date": "in drei Monaten"}, Stage.standing),
        "closed": Scene(MOVE | {"new_date": "Sonntag"}, Stage.standing),
        "date_not_understood": Scene(MOVE | {"new_date": "31. November"}, Stage.standing),
        "time_not_understood": Scene(MOVE | {"new_time": "um viertel"}, Stage.standing),
        "date_ambiguous": Scene(MOVE | {"new_date": "Montag oder Dienstag"}, Stage.standing),
        "weekday_mismatch": Scene(MOVE | {"new_date": "Mittwoch, 8. Januar"}, Stage.standing),
        "staff_ambiguous": Scene(MOVE | {"staff": "bei Mara"}, Stage.standing),
        "staff_not_found": Scene(MOVE | {"staff": "bei Kunigunde"}, Stage.standing),
        "staff_cannot_provide_service": Scene(MOVE | {"staff": "bei Ida"}, Stage.standing),
    },
    "cancel_appointment": {
        "cancelled": Scene({}, Stage.standing),
        "already_cancelled": Scene({}, Stage.gone),
        "which_one": Scene({}, Stage.standing_twice),
        "none": Scene({}),
        "denied": Scene({}, Stage.standing_soon),
        "callback_queued": Scene({"date": "morgen"}, Stage.withheld),
        "date_not_understood": Scene({"date": "31. November"}, Stage.standing),
        "time_not_understood": Scene({"date": "morgen", "time": "um viertel"}, Stage.standing),
        "weekday_mismatch": Scene({"date": "Mittwoch, 8. Januar"}, Stage.standing),
    },
    "request_callback": {
        "callback_queued": Scene({"reason": "Frage zur Farbe", "preferred_time": "nachmittags"}),
        "phone_required": Scene({"reason": "Frage zur Farbe"}, Stage.withheld),
    },
    "list_appointments": {
        "found": Scene({}, Stage.booked),
        "none": Scene({}),
        "anonymous_caller": Scene({}, Stage.withheld),
        "date_not_understood": Scene({"date": "31. November"}),
        "service_ambiguous": Scene({"service": "Haarschnitt"}),
        "service_not_found": Scene({"service": "Rückenmassage"}),
    },
    "list_services": {
        "found": Scene({}),
        "categories": Scene({}, large_catalogue),
        "none": Scene({"service": "Rückenmassage"}),
    },
    "get_opening_hours": {
        "open": Scene({"date": "morgen"}),
        "closed": Scene({"date": "Sonntag"}),
        "date_not_understood": Scene({"date": "31. November"}),
        "past_time": Scene({"date": "gestern"}),
    },
    "parse_date": {
        "time_not_understood": Scene({"date": "morgen", "time": "um viertel"}),
        "ok": Scene({"text": "am vierten Februar um Viertel nach zwei"}),
        **{
            status: Scene({"text": text})
            for status, text in {
                "date_not_understood": "31. November",
                "date_required": "nächste Woche",
                "date_ambiguous": "Montag oder Dienstag",
                "weekday_mismatch": "Mittwoch, 8. Januar",
                "past_time": "gestern um 10 Uhr",
            }.items()
        },
    },
}
ALL = [
    pytest.param(name, status, id=f"{name}-{status}")
    for name, scenes in SCENES.items()
    for status in scenes
]


@pytest.fixture
def stage(branch, cut, perm, mara, jonas, monday) -> Stage:
    StaffFactory.create(branch=branch, name="Ida Neu", slug="ida")
    StaffFactory.create(branch=branch, name="Mara Kern", slug="mara-kern")
    for performer in (jonas, branch.staff.get(slug="mara-kern")):
        StaffService.objects.create(service=cut, staff=performer)
    ServiceFactory.create(
        company=branch.company, name="Damenhaarschnitt", recipe=[(45, True)], performed_by=[mara]
    )
    return Stage(branch, monday)


def steady(value: Any, key: str = "") -> Any:
    """Return what was heard with one stand-in for every id and token that is made up."""
    if isinstance(value, dict):
        return {name: steady(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [steady(item) for item in value]
    if key == "id" and value:
        return 7 if isinstance(value, int) else "appointment_5b1f0c"
    return "slot_5b1f0c93ad27" if key == "token" else value


@pytest.mark.parametrize(("name", "status"), ALL)
def test_an_example_is_what_is_really_answered(stage, name, status, recorded):
    scene = SCENES[name][status]
    scene.before(stage)

    answer = stage.line.ask(name, **scene.args)

    assert answer["status"] == status, answer
    recorded(name, status, scene.args, steady(answer), stage)


@pytest.mark.parametrize("name", sorted(functions()))
def test_there_is_an_example_for_every_status_of_a_function(name):
    assert set(SCENES[name]) == set(statuses.OF_FUNCTION[name]) - RARE.get(name, set())


def keys_of(value: Any) -> Any:
    """Return the shape of something: every key, and of a list its first item."""
    if isinstance(value, dict):
        return {name: keys_of(item) for name, item in value.items()}
    return [keys_of(item) for item in value[:1]] if isinstance(value, list) else type(value)


@pytest.fixture
def recorded(request):
    """Compare with the file, or write it."""

    def compare(name, status, args, answer, stage) -> None:
        known = json.loads(FILE.read_text(encoding="utf-8"))
        example = {"request": asked(name, args, stage), "answer": answer}
        if request.config.getoption("--record-examples"):
            known.setdefault(name, {})[status] = example
            text = json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False)
            FILE.write_text(text + "\n", encoding="utf-8")
        else:
            assert keys_of(known[name][status]) == keys_of(example)

    return compare


def asked(name, args, stage) -> dict[str, Any]:
    return {
        "name": name,
        "args": args,
        "call": {
            "call_id": CALL_ID,
            "agent_id": "agent_salon-eins",
            "from_number": stage.line.from_number,
            "to_number": stage.line.to_number,
        },
    }
