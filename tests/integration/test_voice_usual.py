"""What somebody always has: greeted with, asked about, never taken for granted."""

import pytest

from appointments.models import Appointment, Status
from tests.asking import book
from tests.conftest import at
from tests.factories.appointments import CustomerFactory
from tests.integration.conftest import LENA, STRANGER, line_to

WHEN = {"date": "morgen", "time": "10 Uhr"}


def had(customer, service, times: int, *, branch, now, first: int = 0):
    """Let a customer have been served in weeks gone by."""
    for number in range(first, first + times):
        row = book(service, at(9), branch=branch, now=now, customer=customer)
        Appointment.objects.filter(pk=row.pk).update(
            status=Status.COMPLETED,
            starts_at=at(9, days=-7 * (number + 1)),
            ends_at=at(10, days=-7 * (number + 1)),
        )
        row.phases.update(released_at=now)


@pytest.fixture
def lena(branch):
    return CustomerFactory.create(company=branch.company, name="Lena Vogt", phone=LENA)


@pytest.mark.parametrize("said", [{"service": "wie immer"}, {"service": "das Übliche bitte"}, {}])
def test_the_usual_is_asked_about_and_a_yes_is_enough(line, lena, branch, cut, now, said):
    had(lena, cut, 4, branch=branch, now=now)

    asked = line.ask("check_availability", **WHEN, **said)
    agreed = line.ask("check_availability", **WHEN, service="ja genau")

    assert (asked["status"], asked["message"]) == ("service_required", "Wieder Herrenhaarschnitt?")
    assert asked["data"]["candidates"] == [{"id": cut.pk, "name": cut.name}]
    assert agreed["status"] == "available"
    assert agreed["data"]["slot"]["service"]["name"] == "Herrenhaarschnitt"


def test_the_name_after_the_question_works_as_well(line, lena, branch, cut, now):
    had(lena, cut, 4, branch=branch, now=now)
    line.ask("check_availability", **WHEN, service="wie immer")

    answer = line.ask("check_availability", **WHEN, service=cut.name)

    assert answer["status"] == "available"


def test_a_yes_to_no_question_is_no_service(line, lena, branch, cut, now):
    had(lena, cut, 4, branch=branch, now=now)

    answer = line.ask("start_booking", **WHEN, service="ja", customer_name="Lena Vogt")

    assert answer["status"] == "service_required"
    assert not Appointment.objects.confirmed().exists()


def test_a_habit_that_is_not_strong_is_not_named(line, lena, branch, cut, perm, now):
    had(lena, cut, 3, branch=branch, now=now)
    had(lena, perm, 1, branch=branch, now=now, first=3)

    answer = line.ask("check_availability", **WHEN, service="wie immer")

    assert answer["status"] == "service_required"
    assert "Wieder" not in answer["message"]


def test_a_named_service_beats_the_habit(line, lena, branch, cut, perm, now):
    had(lena, cut, 5, branch=branch, now=now)

    answer = line.ask("check_availability", **WHEN, service="Dauerwelle wie immer")

    assert answer["data"]["slot"]["service"]["name"] == "Dauerwelle"


def test_who_has_no_history_is_asked_openly(branch, monday, cut):
    answer = line_to(branch, from_number=STRANGER).ask(
        "check_availability", **WHEN, service="wie immer"
    )

    assert answer["status"] == "service_required"
    assert answer["message"] == "Was darf es denn sein, zum Beispiel ein Haarschnitt?"


@pytest.mark.parametrize(
    ("cuts", "perms", "message"),
    [
        (4, 1, "Guten Tag, Lena Vogt. Geht es wieder um Herrenhaarschnitt?"),
        (
            3,
            2,
            (
                "Guten Tag, Lena Vogt. Sie waren zuletzt oft für Herrenhaarschnitt da, "
                "was darf es heute sein?"
            ),
        ),
        (0, 0, "Guten Tag, Lena Vogt. Was darf ich für Sie tun?"),
    ],
)
def test_a_habit_is_offered_mentioned_or_left_out(
    line, lena, branch, cut, perm, now, cuts, perms, message
):
    had(lena, cut, cuts, branch=branch, now=now)
    had(lena, perm, perms, branch=branch, now=now, first=cuts)

    assert line.ask("check_customer")["message"] == message


def test_a_habit_that_nobody_serves_any_more_is_not_asked_about(line, lena, branch, cut, perm, now):
    had(lena, cut, 4, branch=branch, now=now)
    cut.is_active = False
    cut.save()

    answer = line.ask("check_availability", **WHEN, service="wie immer")

    assert "Wieder" not in answer["message"]


def test_who_shares_a_first_name_with_the_staff_may_book(branch, monday, cut):
    answer = line_to(branch, from_number=STRANGER).ask(
        "start_booking", **WHEN, service=cut.name, customer_name="Mara"
    )

    assert answer["status"] == "booked"


def test_a_misheard_name_goes_on_the_appointment_and_changes_no_record(line, lena, cut):
    answer = line.ask("start_booking", **WHEN, service=cut.name, customer_name="Lena Fogt")

    assert (answer["status"], answer["data"]["name_likeness"]) == ("booked", 0.85)
    assert Appointment.objects.get().customer_name == "Lena Fogt"
    lena.refresh_from_db()
    assert lena.name == "Lena Vogt"
