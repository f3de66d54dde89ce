"""What holds of every function of the agent, also of those to come: the registry says which."""

import json
import re

import pytest

from appointments.models import Appointment
from booking_site.demo.telephone import Telephone
from tests.factories.appointments import (
    BranchFactory,
    CustomerFactory,
    ServiceFactory,
    StaffFactory,
)
from tests.integration.conftest import LENA, line_to
from voice.functions import FUNCTIONS
from voice.models import Call

NAMES = sorted({function.name for function in FUNCTIONS.values()})
PLACEHOLDERS = [
    *("call_001", "call_1", "1", "12", "123", "12345", "None", "null", "undefined"),
    *("current", "current_call", "dummy_call_id", "{{call_id}}", "", None, "call_12345678"),
]
# Enough for each function to do something; what one does not know, it leaves aside.
ARGS = {
    "service": "Herrenhaarschnitt",
    "date": "morgen",
    "time": "14 Uhr",
    "new_date": "übermorgen",
    "new_time": "15 Uhr",
    "customer_name": "Lena Vogt",
    "reason": "complaint",
}
# What is new in every call: tokens, public ids, ids of rows.
FRESH = re.compile(r'"(?:token|id|call_id)": (?:"[^"]*"|\d+)')


def said(answer) -> str:
    return FRESH.sub("", json.dumps(answer))


def forget(line) -> None:
    """Take back what a call has done, so that the next one finds the salon as it was."""
    Appointment.objects.filter(call_id=line.call_id).delete()
    Call.objects.filter(call_id=line.call_id).delete()


@pytest.mark.parametrize("name", NAMES)
def test_every_placeholder_of_a_call_id_hears_the_same(branch, monday, cut, name):
    answers = {}
    for placeholder in PLACEHOLDERS:
        line = line_to(branch)
        answers[repr(placeholder)] = answer = line.ask(name, call_id=placeholder, **ARGS)
        assert answer["data"]["call_id"] == line.call_id
        forget(line)

    assert len(answers) == len(PLACEHOLDERS) == 16
    assert len({said(answer) for answer in answers.values()}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_placeholder_alone_is_no_call(branch, monday, cut, name):
    line = line_to(branch, call_id="")

    statuses = {line.ask(name, call_id=each, **ARGS)["status"] for each in PLACEHOLDERS}

    assert Call.objects.count() == 0
    assert FUNCTIONS[name].needs_call == (statuses == {"call_unknown"})
    assert len(statuses) == 1


@pytest.fixture
def other(db) -> Telephone:
    """A second salon with the same catalogue, the same names and the same customer's number."""
    branch = BranchFactory.create(company__name="Salon Drei", company__slug="salon-drei")
    nora = StaffFactory.create(branch=branch, name="Nora Pohl")
    ServiceFactory.create(
        company=branch.company, name="Herrenhaarschnitt", recipe=[(55, True)], performed_by=[nora]
    )
    CustomerFactory.create(company=branch.company, name="Ute Muster", phone=LENA)
    return line_to(branch)


OURS = re.compile(r"Salon Eins|Mara|Lena Vogt")
THEIRS = re.compile(r"Salon Drei|Nora|Ute Muster")


@pytest.mark.parametrize("name", NAMES)
def test_two_salons_in_turn_hear_and_change_nothing_of_each_other(branch, other, line, cut, name):
    CustomerFactory.create(company=branch.company, name="Lena Vogt", phone=LENA)
    anonymous = ARGS | {"customer_name": "Kim Neu"}
    for telephone in (line, other):
        telephone.ask("start_booking", service=cut.name, datetime="2030-01-11 10:00")

    mine, theirs = (
        [json.dumps(telephone.ask(name, **anonymous), ensure_ascii=False) for _ in range(2)]
        for telephone in (line, other)
    )

    assert not [answer for answer in mine if THEIRS.search(answer)]
    assert not [answer for answer in theirs if OURS.search(answer)]
    for row in Appointment.objects.select_related("staff", "service", "customer", "branch"):
        companies: set[int | None] = {row.company_id, row.staff.company_id, row.service.company_id}
        companies |= {row.branch.company_id, row.customer.company_id if row.customer else None}
        assert companies - {None} == {row.company_id}
        if row.call_id:
            assert Call.objects.get(call_id=row.call_id).company_id == row.company_id


@pytest.mark.parametrize("name", NAMES)
def test_ids_of_another_salon_have_no_effect(other, line, cut, mara, name):
    other.ask("start_booking", service=cut.name, datetime="2030-01-11 10:00")
    theirs = Appointment.objects.get()
    offer = other.ask("check_availability", service=cut.name, datetime="2030-01-10 10:00")

    answer = line.ask(
        name,
        call_id=other.call_id,
        appointment_id=theirs.public_id,
        service_id=str(theirs.service_id),
        staff_id=str(theirs.staff_id),
        customer_id=str(theirs.customer_id),
        slot_token=offer["data"]["slot"]["token"],
        date="morgen",
        time="14 Uhr",
    )

    assert answer["data"]["call_id"] == line.call_id
    assert not THEIRS.search(json.dumps(answer, ensure_ascii=False))
    theirs.refresh_from_db()
    assert (theirs.status, theirs.revision) == ("confirmed", 1)
    assert Appointment.objects.filter(call_id=other.call_id, status="held").count() == 1
