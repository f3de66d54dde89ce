"""Event maps at a glance: what is offered, how it stands, and making what is ticked."""

from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments.models import Branch, Company, Service, Staff
from calcom.event_maps.matrix import get_matrix
from calcom.models import CalcomEventMap, EventMapDrift
from calcom.tasks import create_missing_event_maps
from tests.conftest import at
from tests.factories.appointments import ServiceFactory, StaffFactory
from tests.factories.back_office import client_of, receptionist
from tests.factories.calcom import map_service
from tests.syncing import Calcom


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(at(12, days=-1), tick=False):
        yield


@pytest.fixture
def desk(salon: Company) -> Client:
    client = client_of(receptionist(salon))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def sent_for(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What workers were sent: each company with its keys."""
    messages: list[tuple[Any, ...]] = []

    def keep(company_id: int, *, keys: list[list[Any]]) -> None:
        messages.append((company_id, keys))

    monkeypatch.setattr(create_missing_event_maps, "delay", keep)
    return messages


def matrix() -> str:
    return reverse("admin:calcom_calcomeventmap_matrix")


def states(company: Company) -> dict[str, str]:
    [branch] = get_matrix(company_ids=[company.pk])
    return {cell.key.segment_key: cell.state for cell in branch.cells}


def test_every_state_is_told_apart(salon, perm: Service, mara: Staff, calcom: Calcom) -> None:
    maps = map_service(perm, mara, but="D")
    CalcomEventMap.objects.exclude(pk=maps["A"].pk).update(checked_at=at(9))
    CalcomEventMap.objects.filter(pk=maps["B"].pk).update(is_broken=True)
    for key, ignored in (("C", None), ("B", None)):
        EventMapDrift.objects.create(
            event_map=maps[key], kind="title", found_at=at(9), ignored_at=ignored
        )

    assert states(salon) == {"A": "unverified", "B": "broken", "C": "drift", "D": "missing"}
    EventMapDrift.objects.update(ignored_at=at(10))
    assert states(salon)["C"] == "ok"


def test_what_is_ticked_is_made_and_nothing_else(
    desk, salon, perm: Service, mara: Staff, calcom: Calcom, sent_for
) -> None:
    calcom.seed_people()
    names = [f"{mara.branch_id}-{mara.pk}-{perm.pk}-{key}" for key in "AC"]

    progress = desk.post(matrix(), {"cell": names}).url
    before = desk.get(progress).context
    [(company_id, keys)] = sent_for
    create_missing_event_maps(company_id, keys=keys)
    after = desk.get(progress).context

    assert company_id == salon.pk
    assert (before["made"], before["wanted"], before["look_again_seconds"]) == (0, 2, 4)
    assert (after["made"], after["wanted"], after["look_again_seconds"]) == (2, 2, 0)
    assert set(CalcomEventMap.objects.values_list("segment_key", flat=True)) == {"A", "C"}
    assert len(calcom.event_types()) == 2


def test_all_that_is_missing_is_made_with_one_button(
    desk, salon, perm: Service, mara: Staff, calcom: Calcom, sent_for
) -> None:
    map_service(perm, mara, but="D")

    desk.post(matrix(), {"all": ""})

    assert sent_for == [(salon.pk, [[mara.branch_id, mara.pk, perm.pk, "D"]])]


def test_the_page_stops_looking_when_nothing_moves(desk, perm, mara, calcom, sent_for) -> None:
    progress = desk.post(matrix(), {"all": ""}).url

    with time_machine.travel(at(12, 3, days=-1), tick=False):
        assert desk.get(progress).context["look_again_seconds"] == 0


def test_nothing_of_another_company_is_shown_or_made(
    desk, salon, cut: Service, mara: Staff, calcom: Calcom, sent_for
) -> None:
    theirs = Company.objects.exclude(pk=salon.pk).get()
    Company.objects.filter(pk=theirs.pk).update(calcom_api_key="cal_test_zwei")
    zoe = theirs.staff.get()
    name = f"{zoe.branch_id}-{zoe.pk}-{theirs.services.get().pk}-A"

    shown = desk.get(matrix()).content.decode()
    desk.post(matrix(), {"cell": [name]})

    assert "Mara Lindt" in shown
    assert "Zoe" not in shown
    assert sent_for == []


def test_whoever_may_only_look_makes_nothing(
    salon, cut: Service, mara: Staff, calcom: Calcom, sent_for
) -> None:
    user = receptionist(salon, "leserin")
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))

    looked = client_of(user).get(matrix())
    refused = client_of(user).post(matrix(), {"all": ""})

    assert (looked.status_code, refused.status_code) == (200, 403)
    assert 'type="checkbox" name="cell"' not in looked.content.decode()
    assert sent_for == []


def test_the_overview_asks_the_same_of_one_combination_and_of_three(
    desk, salon, branch: Branch, cut: Service, mara: Staff, calcom: Calcom
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            desk.get(matrix())
        return len(queries)

    count()
    at_one = count()
    for person in StaffFactory.create_batch(2, branch=branch):
        map_service(ServiceFactory.create(company=salon, performed_by=[person]), person)

    assert count() == at_one


def test_the_overview_is_read_with_two_queries(
    django_assert_num_queries, salon, perm, mara, calcom
) -> None:
    with django_assert_num_queries(2):
        get_matrix(company_ids=[salon.pk])
