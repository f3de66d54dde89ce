"""Event maps at a glance: what is offered, how it stands, and making what is ticked."""

import re
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments.models import Branch, Company, Service, Staff
from calcom.event_maps import MapKey, Problem, note_failure
from calcom.event_maps.matrix import get_matrix
from calcom.models import CalcomEventMap, EventMapDrift, EventMapFailure
from calcom.tasks import check_some_event_maps, create_missing_event_maps, push_event_maps
from tests.conftest import at
from tests.factories.appointments import ServiceFactory, StaffFactory
from tests.factories.back_office import client_of, receptionist
from tests.factories.calcom import map_service
from tests.syncing import Calcom

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")


@dataclass
class Workers:
    """What workers were sent, until they are let do it."""

    messages: list[tuple[Any, int, dict[str, Any]]] = field(default_factory=list)

    def work(self) -> None:
        """Do all of it, and what it sends for in its turn."""
        while self.messages:
            task, company_id, what = self.messages.pop(0)
            task(company_id, **what)


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    waiting = Workers()
    for task in (create_missing_event_maps, push_event_maps, check_some_event_maps):

        def keep(company_id: int, *, _task: Any = task, **what: Any) -> None:
            waiting.messages.append((_task, company_id, what))

        monkeypatch.setattr(task, "delay", keep)
    return waiting


def name_of(service: Service, staff: Staff, key: str = "A") -> str:
    return f"{staff.branch_id}-{staff.pk}-{service.pk}-{key}"


def text_of(client: Client, **query: Any) -> str:
    """Return what the page says, without its markup."""
    html = client.get(matrix(), query).content.decode()
    return unescape(
        " ".join(re.sub("<[^>]+>", " ", html.partition('<form method="post"')[2]).split())
    )


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
    desk, salon, perm: Service, mara: Staff, calcom: Calcom, workers: Workers
) -> None:
    calcom.seed_people()
    names = [name_of(perm, mara, key) for key in "AC"]

    progress = desk.post(matrix(), {"create": "ticked", "cell": names}).url
    before = desk.get(progress).context
    assert [company_id for _task, company_id, _what in workers.messages] == [salon.pk]
    workers.work()
    after, later = desk.get(progress).context, desk.get(progress).context

    assert (before["made"], before["wanted"], before["look_again_seconds"]) == (0, 2, 4)
    assert (after["made"], after["wanted"], after["look_again_seconds"]) == (2, 2, 0)
    assert later["wanted"] == 0
    assert set(CalcomEventMap.objects.values_list("segment_key", flat=True)) == {"A", "C"}
    assert len(calcom.event_types()) == 2


def test_all_that_is_missing_is_made_with_one_button(
    desk, salon, perm: Service, mara: Staff, calcom: Calcom, workers: Workers
) -> None:
    map_service(perm, mara, but="D")

    desk.post(matrix(), {"create": "all"})

    assert workers.messages == [
        (
            create_missing_event_maps,
            salon.pk,
            {"keys": [[mara.branch_id, mara.pk, perm.pk, "D"]]},
        )
    ]


def test_the_page_stops_looking_when_nothing_moves(desk, perm, mara, calcom, workers) -> None:
    progress = desk.post(matrix(), {"create": "all"}).url

    with time_machine.travel(at(12, 3, days=-1), tick=False):
        assert desk.get(progress).context["look_again_seconds"] == 0


def test_nothing_of_another_company_is_shown_or_made(
    desk, salon, cut: Service, mara: Staff, calcom: Calcom, workers: Workers
) -> None:
    theirs = Company.objects.exclude(pk=salon.pk).get()
    Company.objects.filter(pk=theirs.pk).update(calcom_api_key="cal_test_zwei")
    zoe = theirs.staff.get()
    name = f"{zoe.branch_id}-{zoe.pk}-{theirs.services.get().pk}-A"

    shown = desk.get(matrix()).content.decode()
    desk.post(matrix(), {"create": "ticked", "cell": [name]})
    desk.post(matrix(), {"create": name})

    assert "Mara Lindt" in shown
    assert "Zoe" not in shown
    assert workers.messages == []


def test_whoever_may_only_look_makes_nothing(
    salon, cut: Service, mara: Staff, calcom: Calcom, workers: Workers
) -> None:
    user = receptionist(salon, "leserin")
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = client_of(user)

    looked = client.get(matrix())
    refused = [
        client.post(matrix(), {act: "all"}).status_code
        for act in ("create", "push", "take", "ignore", "check", "anything")
    ]

    assert (looked.status_code, refused) == (200, [403] * 6)
    assert 'type="checkbox" name="cell"' not in looked.content.decode()
    assert workers.messages == []


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


def test_the_overview_is_read_with_four_queries(
    django_assert_num_queries, salon, perm, mara, calcom
) -> None:
    with django_assert_num_queries(4):
        get_matrix(company_ids=[salon.pk])


def test_a_service_is_a_row_and_a_person_a_column(
    desk, perm: Service, mara: Staff, jonas: Staff, calcom: Calcom
) -> None:
    cut = ServiceFactory.create(company=mara.company, performed_by=[jonas, mara])
    map_service(cut, jonas)

    [table] = desk.get(matrix()).context["tables"]

    assert table.people == (jonas.name, mara.name)
    looks = {
        row.service_name: [[cell.look.sign for cell in cells] for cells in row.fields]
        for row in table.rows
    }
    assert looks == {perm.name: [[], ["○"] * 4], cut.name: [["?"], ["○"]]}
    steps = {row.service_name: len(row.steps) for row in table.rows}
    assert steps == {perm.name: 4, cut.name: 0}


def test_only_what_somebody_has_to_do_or_know_is_said_below_the_table(
    desk, perm: Service, cut_maps, cut: Service, mara: Staff, calcom: Calcom
) -> None:
    CalcomEventMap.objects.update(checked_at=at(9))

    [table] = desk.get(matrix()).context["tables"]

    assert {row.service_name for row in table.rows} == {cut.name, perm.name}
    assert [remark.service_name for remark in table.remarks] == [perm.name]
    assert len(table.remarks[0].cells) == 4


def test_a_branch_is_told_when_it_was_checked_by_its_own_clock(
    desk, cut_maps, branch: Branch, calcom: Calcom
) -> None:
    CalcomEventMap.objects.update(checked_at=at(9))
    Branch.objects.filter(pk=branch.pk).update(own_timezone="America/New_York")

    [table] = desk.get(matrix()).context["tables"]

    [[cell]] = table.rows[0].fields
    assert cell.checked.endswith("03:00")


# --- What differs -------------------------------------------------------------------------


@pytest.fixture
def cell(cut_maps: dict[str, CalcomEventMap], calcom: Calcom) -> CalcomEventMap:
    """The map of Mara's cut, whose event type was made visible and renamed in Cal.com."""
    row = cut_maps["A"]
    calcom.change_event_type(row.event_type_id, hidden=False, title="Schnitt")
    check_some_event_maps(row.company_id, map_ids=[row.pk])
    CalcomEventMap.objects.filter(pk=row.pk).update(checked_at=at(11, days=-1))
    return row


def test_what_differs_stands_in_the_cell_with_when_it_was_checked(desk, cell) -> None:
    said = text_of(desk)

    assert "checked Mon 7 Jan" in said
    assert "hidden: here yes, in Cal.com no" in said
    assert "title in Cal.com: here Herrenhaarschnitt - Mara Lindt - Salon Eins" in said


def test_what_differs_is_pushed_by_a_worker(desk, cell, cut, mara, calcom, workers) -> None:
    progress = desk.post(matrix(), {"push": name_of(cut, mara)}).url
    before = desk.get(progress).context
    workers.work()
    after = desk.get(progress)

    assert (before["made"], before["wanted"]) == (0, 1)
    assert (after.context["made"], after.context["failed"]) == (1, 0)
    assert "in Cal.com no" not in after.content.decode()
    [event_type] = [each for each in calcom.event_types() if each["id"] == cell.event_type_id]
    assert (event_type["hidden"], event_type["title"]) == (
        True,
        "Herrenhaarschnitt - Mara Lindt - Salon Eins",
    )


def test_notice_and_limits_of_days_are_pushed_too(cell, calcom) -> None:
    calcom.change_event_type(
        cell.event_type_id,
        minimumBookingNotice=120,
        bookingWindow={"type": "calendarDays", "value": 30, "rolling": True},
    )

    push_event_maps(cell.company_id, map_ids=[cell.pk])

    [event_type] = [each for each in calcom.event_types() if each["id"] == cell.event_type_id]
    assert event_type["minimumBookingNotice"] == 0
    assert event_type["bookingWindow"] == {"disabled": True}
    assert not cell.drifts.exists()


def test_what_cal_com_has_is_taken_over_without_asking_it(desk, cell, cut, mara, calcom) -> None:
    calcom.simulator.clear_requests()

    desk.post(matrix(), {"take": "ticked", "cell": [name_of(cut, mara)]})

    cell.refresh_from_db()
    assert (cell.own_title, cell.is_hidden) == ("Schnitt", False)
    assert not cell.drifts.exists()
    assert calcom.sent("/v2/", method="GET") == []


def test_a_length_is_never_taken_over_from_the_overview(
    desk, cut_maps, cut: Service, mara, calcom
) -> None:
    """It would be another service for everybody: whoever wants that goes to the map's page."""
    row = cut_maps["A"]
    calcom.change_event_type(row.event_type_id, lengthInMinutes=90, title="Schnitt")
    check_some_event_maps(row.company_id, map_ids=[row.pk])

    desk.post(matrix(), {"take": name_of(cut, mara)})

    assert cut.segments.get().minutes == 55
    assert row.drifts.get().kind == "wrong_length"
    assert "length (minutes): here 55, in Cal.com 90" in text_of(desk)


def test_an_ignored_difference_says_who_when_and_why_and_comes_back_when_it_changes(
    desk, cell, cut, mara, calcom
) -> None:
    ticked = {"ignore": "ticked", "cell": [name_of(cut, mara)]}

    asked = desk.post(matrix(), ticked)
    unsaid = desk.post(matrix(), ticked | {"confirmed": "yes", "note": ""})
    assert cell.drifts.filter(ignored_at=None).count() == 2
    desk.post(matrix(), ticked | {"confirmed": "yes", "note": "Für die Messe"})
    ignored = text_of(desk)
    calcom.change_event_type(cell.event_type_id, title="Messeschnitt")
    check_some_event_maps(cell.company_id, map_ids=[cell.pk])
    changed = text_of(desk)

    assert asked.status_code == 200
    assert list(unsaid.context["form"].errors) == ["note"]
    assert "(ignored Mon 7 Jan" in ignored
    assert "empfang: “Für die Messe”)" in ignored
    assert "usable" in ignored
    assert "in Cal.com Messeschnitt" in changed
    assert changed.count("Für die Messe") == 1


def test_what_keeps_a_booking_from_being_made_cannot_be_ignored(
    desk, cut_maps, cut, mara, calcom
) -> None:
    row = cut_maps["A"]
    calcom.delete_event_type(row.event_type_id)
    check_some_event_maps(row.company_id, map_ids=[row.pk])

    desk.post(matrix(), {"ignore": name_of(cut, mara), "confirmed": "yes", "note": "egal"})

    assert row.drifts.get().ignored_at is None
    assert f"unknown to Cal.com: {row.event_type_id}" in text_of(desk)


# --- What was in the way ------------------------------------------------------------------


def test_why_nothing_was_made_stands_in_the_cell_until_it_works(
    desk, perm: Service, mara: Staff, calcom: Calcom, workers
) -> None:
    calcom.seed_people()
    calcom.simulator.add_fault("fail", status=403, times=None)
    progress = desk.post(matrix(), {"create": "all"}).url
    workers.work()

    failed = desk.get(progress).context
    said = text_of(desk)
    calcom.simulator.clear_faults()
    desk.post(matrix(), {"create": name_of(perm, mara, "A")})
    workers.work()
    once_more = text_of(desk)

    assert (failed["made"], failed["failed"], failed["look_again_seconds"]) == (4, 4, 0)
    assert said.count("Cal.com does not allow this key to do it") == 4
    assert "The key's owner must be an admin of the team in Cal.com." in said
    assert said.count("Try again") == 4
    assert once_more.count("Cal.com does not allow this key to do it") == 3


def test_why_nothing_was_pushed_or_checked_stands_in_the_cell(
    desk, cell, cut, mara, calcom, workers
) -> None:
    calcom.simulator.add_fault("fail", status=401, times=None)
    for act in ("push", "check"):
        EventMapFailure.objects.all().delete()
        progress = desk.post(matrix(), {act: name_of(cut, mara)}).url
        workers.work()

        failed = desk.get(progress).context

        assert (failed["made"], failed["failed"]) == (1, 1)
        assert "Enter a new key on the company's page" in text_of(desk)


def test_an_answer_shows_that_an_outage_is_over_but_not_that_a_push_works(cell, calcom) -> None:
    key = MapKey(cell.branch_id, cell.staff_id, cell.service_id, cell.segment_key)
    note = partial(note_failure, key, company_id=cell.company_id, now=at(11, days=-1), facts="")

    note(problem=Problem.UNREACHABLE)
    check_some_event_maps(cell.company_id, map_ids=[cell.pk])
    assert not EventMapFailure.objects.exists()

    note(problem=Problem.REFUSED)
    check_some_event_maps(cell.company_id, map_ids=[cell.pk])
    assert EventMapFailure.objects.exists()

    push_event_maps(cell.company_id, map_ids=[cell.pk])
    assert not EventMapFailure.objects.exists()


def test_what_was_too_much_for_one_worker_is_sent_for_again(
    desk, perm_maps, perm, mara, calcom, workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for row in perm_maps.values():
        calcom.change_event_type(row.event_type_id, title="X")
    monkeypatch.setattr("calcom.tasks.EVENT_MAPS_SECONDS", 0)

    push_event_maps(mara.company_id, map_ids=[row.pk for row in perm_maps.values()])

    assert len(workers.messages) == 1
    workers.work()
    titles = {each["title"] for each in calcom.event_types()}
    assert "X" not in titles


def test_another_companys_maps_are_neither_pushed_nor_checked(cell, calcom) -> None:
    theirs = Company.objects.exclude(pk=cell.company_id).get()
    Company.objects.filter(pk=theirs.pk).update(calcom_api_key="cal_test_zwei")
    calcom.simulator.clear_requests()

    push_event_maps(theirs.pk, map_ids=[cell.pk])
    check_some_event_maps(theirs.pk, map_ids=[cell.pk])

    assert calcom.sent("/v2/event-types", method="PATCH") == []
    assert cell.drifts.count() == 2
    assert not EventMapFailure.objects.exists()


# --- Finding one's way --------------------------------------------------------------------


def test_the_overview_is_narrowed_to_a_person_a_service_a_branch_and_to_problems(
    desk, cell, cut: Service, mara: Staff, jonas: Staff, branch: Branch
) -> None:
    other = ServiceFactory.create(company=mara.company, performed_by=[jonas])
    CalcomEventMap.objects.filter(
        pk__in=[row.pk for row in map_service(other, jonas).values()]
    ).update(checked_at=at(9))

    def services(**query: Any) -> set[str]:
        tables = desk.get(matrix(), query).context["tables"]
        return {row.service_name for table in tables for row in table.rows}

    assert services() >= {cut.name, other.name}
    assert services(staff=jonas.pk, service=other.pk) == {other.name}
    assert services(staff=mara.pk, service=other.pk) == set()
    assert services(branch=branch.pk) >= {cut.name, other.name}
    assert other.name not in services(problems=1)
    assert services(service=cut.pk, problems=1) == {cut.name}
    assert services(branch="x", staff="99999999999999999999") >= {cut.name}


def test_everything_means_everything_that_the_filter_shows(
    desk, perm: Service, cut: Service, mara, calcom, workers
) -> None:
    desk.post(f"{matrix()}?service={cut.pk}", {"create": "all"})

    [(_task, _company_id, what)] = workers.messages
    assert {service_id for _branch, _staff, service_id, _key in what["keys"]} == {cut.pk}


def test_a_large_salon_is_shown_page_by_page(desk, salon, branch: Branch, calcom) -> None:
    team = StaffFactory.create_batch(2, branch=branch)
    for _ in range(50):
        ServiceFactory.create(company=salon, performed_by=team)

    first, last = (desk.get(matrix(), {"page": page}).context for page in (1, 99))

    assert [len(table.rows) for table in first["tables"]] == [40]
    assert first["page"].paginator.count == 50
    assert [len(table.rows) for table in last["tables"]] == [10]


def test_an_order_of_a_whole_salon_fits_into_the_address(
    desk, salon, branch: Branch, calcom, workers
) -> None:
    """Servers refuse addresses of more than 4,094 characters."""
    team = StaffFactory.create_batch(12, branch=branch)
    for _ in range(20):
        ServiceFactory.create(company=salon, performed_by=team)

    progress = desk.post(matrix(), {"create": "all"}).url

    assert desk.get(progress).context["wanted"] >= 240
    assert len(progress) < 200
