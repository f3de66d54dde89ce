"""Callbacks that wait: shown first, then told, then escalated; each step once."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from prometheus_client import REGISTRY

from appointments import actions, tasks
from appointments.models import CallbackRequest
from tests.conftest import at
from tests.factories.appointments import BranchFactory
from tests.integration.conftest import LENA

OVERDUE = timedelta(minutes=1)


@pytest.fixture
def callback(branch, now):
    """A normal one, promised on Monday at noon; and one of another company."""
    other = BranchFactory.create(company__timezone="America/New_York")
    theirs, ours = (
        actions.request_callback(order=actions.CallbackOrder(branch=place, phone=LENA), now=now)
        for place in (other, branch)
    )
    assert theirs.company != ours.company
    return ours


def alarm_of(callback: CallbackRequest) -> str:
    return CallbackRequest.objects.get(pk=callback.pk).alarm


def escalated(callback: CallbackRequest) -> tuple:
    row = CallbackRequest.objects.get(pk=callback.pk)
    return row.escalated_at, row.escalation_reason


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"booking_callback_{name}_total", labels) or 0


@pytest.mark.parametrize(
    ("minutes", "alarm"),
    [
        (59, ""),
        (60, "warning"),
        (89, "warning"),
        (90, "critical"),
        (119, "critical"),
        (120, "manager"),
        (600, "critical"),  # at night nobody is told
    ],
)
def test_what_nobody_touches_is_shown_sooner_than_it_is_told(callback, now, minutes, alarm):
    actions.alert_callbacks(now=now + timedelta(minutes=minutes))

    assert alarm_of(callback) == alarm


@pytest.mark.parametrize(
    ("moment", "alarm"),
    [
        (at(7, 59), "critical"),
        (at(8), "manager"),
        (at(19, 59), "manager"),
        (at(20), "critical"),
    ],
)
def test_a_manager_is_told_between_eight_and_twenty(callback, moment, alarm):
    actions.alert_callbacks(now=moment)

    assert alarm_of(callback) == alarm


def test_the_branchs_own_clock_decides_when_it_is_night(callback):
    actions.alert_callbacks(now=at(9))  # three in the morning in New York

    assert list(CallbackRequest.objects.order_by("pk").values_list("alarm", flat=True)) == [
        "critical",
        "manager",
    ]


def test_each_step_is_taken_and_counted_once(callback, now):
    labels = {"company": "salon-eins", "alarm": "warning"}
    before = counted("alarms", **labels)

    for minute in (60, 65, 70):
        actions.alert_callbacks(now=now + timedelta(minutes=minute))

    assert counted("alarms", **labels) == before + 1


@pytest.mark.parametrize("act", [actions.note_touched, actions.note_failed_attempt])
def test_what_a_person_has_in_hand_raises_no_alarm(callback, now, act):
    assert act(callback=callback, now=now + timedelta(minutes=50))

    actions.alert_callbacks(now=now + timedelta(minutes=120))

    assert alarm_of(callback) == ""


@pytest.mark.parametrize("status", ["done", "expired"])
def test_what_is_over_is_neither_shown_nor_escalated(callback, now, status):
    CallbackRequest.objects.update(status=status)

    actions.alert_callbacks(now=callback.due_at + timedelta(days=1))

    assert (alarm_of(callback), *escalated(callback)) == ("", None, "")
    assert not actions.note_touched(callback=callback, now=now)
    assert not actions.note_failed_attempt(callback=callback, now=now)
    assert not actions.escalate_by_hand(callback=callback, now=now)


# --- K2 ---------------------------------------------------------------------------------------


def test_k2_what_is_overdue_is_escalated(callback):
    actions.alert_callbacks(now=callback.due_at)
    assert escalated(callback) == (None, "")

    moment = callback.due_at + OVERDUE
    actions.alert_callbacks(now=moment)

    assert escalated(callback) == (moment, "overdue")


@pytest.mark.parametrize(("hours", "again"), [(3, False), (4, True), (5, True)])
def test_k2_it_is_escalated_again_after_four_hours(callback, hours, again):
    moment = callback.due_at + timedelta(hours=10)
    earlier = moment - timedelta(hours=hours)
    CallbackRequest.objects.update(escalated_at=earlier, escalation_reason="by_hand")

    actions.alert_callbacks(now=moment)

    assert escalated(callback) == ((moment, "overdue") if again else (earlier, "by_hand"))


def test_a_person_may_escalate_at_once(callback, now):
    assert actions.escalate_by_hand(callback=callback, now=now)

    assert escalated(callback) == (now, "by_hand")


def test_the_third_failed_attempt_escalates(callback, now):
    for minute in range(3):
        assert escalated(callback) == (None, "")
        actions.note_failed_attempt(callback=callback, now=now + timedelta(minutes=minute))

    assert escalated(callback) == (now + timedelta(minutes=2), "failed_attempts")


def test_what_is_overdue_is_measured(callback, client):
    with time_machine.travel(callback.due_at + OVERDUE, tick=False):
        metrics = client.get("/metrics").content.decode()

    assert "booking_callbacks_overdue 2.0" in metrics


# --- By itself --------------------------------------------------------------------------------


@pytest.mark.parametrize("run", [tasks.alert_callbacks, lambda: call_command("sync_pending")])
def test_the_task_and_pending_work_do_it(callback, run):
    with time_machine.travel(callback.due_at + OVERDUE, tick=False):
        run()

    assert alarm_of(callback) == "manager"
    assert escalated(callback)[1] == "overdue"


@pytest.mark.parametrize("many", [1, 3])
def test_looking_costs_two_questions_where_nothing_changes(
    branch, now, many, django_assert_num_queries
):
    for number in range(many):
        actions.request_callback(
            order=actions.CallbackOrder(branch=branch, phone=f"{LENA[:-1]}{number}"), now=now
        )
    actions.alert_callbacks(now=now + timedelta(minutes=60))

    with django_assert_num_queries(2):
        actions.alert_callbacks(now=now + timedelta(minutes=61))
