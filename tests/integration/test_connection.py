"""Whether the connection to Cal.com works: each way it can fail, in words with a remedy."""

import time
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection
from django.urls import reverse

from appointments.models import Appointment, Company, Service, Staff, SyncStatus
from calcom import circuit
from calcom.connection import Finding, findings_of, run_test
from calcom.errors import UnknownOutcomeError
from calcom.models import ConnectionTest, WebhookDelivery
from tests.conftest import at
from tests.factories.back_office import client_of, receptionist
from tests.syncing import KEY, Calcom, appoint

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

SECRET = "whsec_salon_eins"
ADDRESS = "https://salon.example/api/calcom/webhook/salon-eins/"
TRIGGERS = ["BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED"]


@pytest.fixture
def connected(salon: Company, mara: Staff, calcom: Calcom) -> Company:
    """A company whose connection works in every part."""
    salon.calcom_webhook_secret = SECRET
    salon.save()
    calcom.seed_people()
    subscribe(calcom)
    WebhookDelivery.objects.create(company=salon, digest="1", received_at=at(11, days=-1))
    return salon


def subscribe(calcom: Calcom, **more: Any) -> None:
    """Register our webhook in Cal.com, as its page does."""
    usual = {"subscriberUrl": ADDRESS, "triggers": TRIGGERS, "active": True, "secret": SECRET}
    calcom.add_webhook(**usual | more)


def found(company: Company) -> dict[str, Finding]:
    test = run_test(company=company, address=ADDRESS, asked_by=None, now=at(12, days=-1))
    return {finding.about: finding for finding in findings_of(test)}


def verdicts(company: Company) -> dict[str, tuple[str, str]]:
    return {about: (each.verdict, each.level.value) for about, each in found(company).items()}


def page_of(company: Company) -> str:
    return reverse("admin:appointments_company_connection", args=[company.pk])


# --- What is found ------------------------------------------------------------------------


def test_a_connection_that_works_is_green_in_every_part(connected, mara) -> None:
    assert verdicts(connected) == {
        "key": ("valid", "ok"),
        "event_types": ("readable", "ok"),
        "webhook": ("registered", "ok"),
        "rate": ("enough", "ok"),
        "clock": ("right", "ok"),
        "heard": ("last", "ok"),
        "circuit": ("closed", "ok"),
        "syncs": ("none", "ok"),
    }
    assert found(connected)["key"].facts == {"owner": mara.slug, "id": mara.calcom_user_id}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "fail", "status": 401}, ("wrong_key", "danger")),
        ({"kind": "fail", "status": 403}, ("not_allowed", "danger")),
        ({"kind": "rate_limited", "retry_after": 30}, ("busy", "warning")),
        ({"kind": "timeout"}, ("silent", "danger")),
        ({"kind": "fail", "status": 500}, ("broken", "danger")),
        ({"kind": "html_524"}, ("broken", "danger")),
        ({"kind": "reset"}, ("silent", "danger")),
    ],
    ids=["401", "403", "429", "time-out", "500", "a page of HTML", "reset"],
)
def test_each_way_cal_com_fails_is_told_apart(connected, calcom, fault, expected) -> None:
    calcom.simulator.add_fault(times=None, **fault)

    seen = verdicts(connected)

    assert {seen[about] for about in ("key", "event_types", "webhook")} == {expected}
    assert (seen["rate"], seen["clock"]) == (("not_told", "unknown"),) * 2


def test_a_key_that_cal_com_does_not_know_is_wrong(connected) -> None:
    Company.objects.filter(pk=connected.pk).update(calcom_api_key="cal_revoked")
    connected.refresh_from_db()

    assert verdicts(connected)["key"] == ("wrong_key", "danger")


def test_a_silent_cal_com_keeps_nobody_waiting(connected, calcom) -> None:
    calcom.simulator.add_fault("timeout", times=None)

    with time_machine.travel(at(12, days=-1), tick=True):
        began = time.monotonic()
        verdicts(connected)

    assert time.monotonic() - began < 3


def test_no_transaction_is_open_while_cal_com_is_asked(
    connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths = []
    outside = len(connection.savepoint_ids)

    def watch(calls: Any, *, within_seconds: float) -> Any:
        depths.append(len(connection.savepoint_ids))
        return [(name, UnknownOutcomeError()) for name in calls]

    monkeypatch.setattr("calcom.account.at_once", watch)
    verdicts(connected)

    assert depths == [outside]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"secret": "another"}, ("other_secret", "danger")),
        ({"active": False}, ("inactive", "danger")),
        ({"triggers": TRIGGERS[:2]}, ("lacking", "warning")),
        ({"subscriberUrl": ADDRESS.removesuffix("/")}, ("registered", "ok")),
        (
            {"subscriberUrl": "https://old.example/api/calcom/webhook/salon-eins"},
            ("elsewhere", "danger"),
        ),
        ({"subscriberUrl": "https://salon.example/something/else/"}, ("none", "danger")),
    ],
    ids=["other secret", "switched off", "an event lacks", "no slash", "elsewhere", "not ours"],
)
def test_what_is_wrong_with_the_webhook_is_told(salon, mara, calcom, change, expected) -> None:
    salon.calcom_webhook_secret = SECRET
    salon.save()
    calcom.seed_people()
    subscribe(calcom, **change)

    assert verdicts(salon)["webhook"] == expected


def test_without_a_webhook_or_a_secret_the_test_says_so(salon, mara, calcom) -> None:
    calcom.seed_people()
    assert verdicts(salon)["webhook"] == ("no_secret", "danger")
    assert verdicts(salon)["heard"] == ("never", "warning")

    salon.calcom_webhook_secret = SECRET
    salon.save()

    assert verdicts(salon)["webhook"] == ("none", "danger")


def test_a_team_is_asked_for_and_its_webhooks_are_not_guessed_at(salon, mara, calcom) -> None:
    salon.calcom_webhook_secret, salon.calcom_team_id = SECRET, 5
    salon.save()
    calcom.seed_people()
    calcom.seed_team(5, [(mara.calcom_user_id, "ADMIN")])

    seen = verdicts(salon)

    assert seen["team"] == ("readable", "ok")
    assert seen["webhook"] == ("not_listed", "warning")

    salon.calcom_team_id = 6
    salon.save()

    assert verdicts(salon)["team"] == ("not_found", "danger")


def test_few_requests_left_are_a_warning(connected, calcom) -> None:
    calcom.simulator.switch(rate_limit_requests=4)

    seen = found(connected)["rate"]

    assert (seen.verdict, seen.facts["of"]) == ("few_left", 4)


@pytest.mark.parametrize("seconds", [90, -90])
def test_a_clock_that_is_wrong_is_noticed(connected, calcom, seconds) -> None:
    calcom.simulator.switch(clock_off_seconds=seconds)

    seen = found(connected)["clock"]

    assert (seen.verdict, seen.facts) == ("wrong", {"seconds": 90})


def test_what_we_know_ourselves_is_beside_it(connected, cut: Service, mara) -> None:
    for _ in range(circuit.FAILURES_TO_OPEN):
        circuit.note(connected.pk, UnknownOutcomeError())
    WebhookDelivery.objects.update(state="failed")
    appoint(cut, mara, at(10))
    assert verdicts(connected)["syncs"] == ("pending", "warning")
    Appointment.objects.update(sync_status=SyncStatus.CONFLICT)

    seen = verdicts(connected)

    assert (seen["circuit"], seen["heard"], seen["syncs"]) == (
        ("open", "warning"),
        ("failed", "warning"),
        ("failed", "danger"),
    )


# --- The page -----------------------------------------------------------------------------


def test_nobody_is_asked_until_the_button_is_pressed_and_then_it_is_kept(
    desk, connected, calcom
) -> None:
    calcom.simulator.clear_requests()
    before = desk.get(page_of(connected)).content.decode()
    assert calcom.sent("/v2/", method="GET") == []

    shown = desk.post(page_of(connected), follow=True).content.decode()

    test = ConnectionTest.objects.get()
    assert "Not tested yet." in before
    assert (test.asked_by.username, test.asked_at) == ("empfang", at(12, days=-1))
    for words in ("Valid. It belongs to", "Both clocks agree.", "by empfang"):
        assert words in shown


def test_every_finding_has_words_in_both_languages(desk, connected, calcom) -> None:
    """A wrong key is told with where a new one is entered, in German too."""
    calcom.simulator.add_fault("fail", status=401, times=None)

    english = desk.post(page_of(connected), follow=True).content.decode()
    desk.cookies["django_language"] = "de"
    german = desk.get(page_of(connected)).content.decode()

    assert "the key is wrong or revoked" in english
    assert "Der Schlüssel ist falsch oder widerrufen" in german
    assert "Geben Sie auf der Seite der Firma einen neuen Schlüssel ein" in german


def test_no_key_and_no_secret_is_ever_kept_or_shown(desk, connected, calcom) -> None:
    calcom.simulator.add_fault("fail", status=400, body={"message": KEY}, times=1)

    shown = desk.post(page_of(connected), follow=True).content.decode()
    kept = str(ConnectionTest.objects.values_list("findings", flat=True).get())

    for hidden in (KEY, SECRET):
        assert hidden not in shown
        assert hidden not in kept


def test_only_the_latest_tests_are_kept(connected) -> None:
    for _ in range(22):
        verdicts(connected)

    assert connected.connection_tests.count() == 20


def test_a_company_without_a_key_is_told_so(desk, salon) -> None:
    shown = desk.post(page_of(salon), follow=True).content.decode()

    assert "There is no API key to test." in shown
    assert not ConnectionTest.objects.exists()


def test_whoever_may_not_change_the_company_only_looks(connected, calcom) -> None:
    user = receptionist(connected, "leitung")
    user.user_permissions.set([])
    user.groups.add(Group.objects.get(name="manager"))
    client = client_of(user)

    looked, tested = client.get(page_of(connected)), client.post(page_of(connected))

    assert (looked.status_code, tested.status_code) == (200, 403)
    assert looked.context["may_test"] is False
    assert not ConnectionTest.objects.exists()


def test_another_companys_connection_is_nobodys_business(desk, connected) -> None:
    theirs = Company.objects.exclude(pk=connected.pk).get()
    run_test(company=theirs, address=ADDRESS, asked_by=None, now=at(12, days=-1))

    refused = [desk.get(page_of(theirs)), desk.post(page_of(theirs))]

    assert [response.status_code for response in refused] == [404, 404]
    assert ConnectionTest.objects.filter(company=theirs).count() == 1


@pytest.mark.parametrize("model", ["syncstate", "webhookdelivery", "orphanedbooking"])
def test_where_people_look_when_cal_com_fails_it_is_one_click_away(desk, salon, model) -> None:
    listed = desk.get(reverse(f"admin:calcom_{model}_changelist")).content.decode()

    button = reverse(f"admin:calcom_{model}_connection")
    assert button in listed
    assert desk.get(button).url == page_of(salon)
