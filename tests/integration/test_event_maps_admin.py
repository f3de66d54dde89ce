"""Event maps in the back office: entering one that works, settling differences, making the rest."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db import connections
from django.test import Client
from django.urls import reverse

from appointments.models import Branch, Company, Service, Staff, User
from calcom.account import CalcomAccount
from calcom.models import CalcomEventMap
from tests.conftest import at
from tests.factories.appointments import BranchFactory, ServiceFactory, StaffFactory
from tests.factories.back_office import client_of, sent
from tests.factories.calcom import CalcomEventMapFactory, map_service
from tests.syncing import Calcom, appoint

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

LIST = "admin:calcom_calcomeventmap_changelist"
ADD = "admin:calcom_calcomeventmap_add"


@pytest.fixture
def root(db: None) -> Client:
    client = client_of(User.objects.create_superuser("root"))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def row(cut_maps: dict[str, CalcomEventMap]) -> CalcomEventMap:
    return cut_maps["A"]


def page_of(row: CalcomEventMap) -> str:
    return reverse("admin:calcom_calcomeventmap_change", args=[row.pk])


def act(client: Client, row: CalcomEventMap, name: str) -> Any:
    """Click a button on a map's page."""
    address = reverse(f"admin:calcom_calcomeventmap_{name}", args=[row.pk])
    return client.post(address, {"_form_submitted": "on", "note": "Das weiß ich."})


def act_on_all(client: Client, name: str, **typed: str) -> Any:
    """Choose everything in the list, and an action."""
    ids = list(CalcomEventMap.objects.values_list("pk", flat=True))
    return client.post(reverse(LIST), {"action": name, "_selected_action": ids} | typed)


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors_of(response: Any) -> dict[str, list[str]]:
    return dict(response.context["adminform"].form.errors)


@pytest.fixture
def entered(desk: Client, cut: Service, mara: Staff, calcom: Calcom) -> Any:
    """Return what is posted for a new map of Mara's cut, and the answer."""
    calcom.seed_people()

    def enter(**typed: Any) -> Any:
        form = {
            "branch": mara.branch_id,
            "staff": mara.pk,
            "service": cut.pk,
            "segment_key": "A",
            "event_type_id": 4711,
            "is_hidden": "on",
        }
        return desk.post(reverse(ADD), sent(desk, reverse(ADD)) | form | typed)

    return enter


# --- Entering one -------------------------------------------------------------------------


def test_a_map_that_works_is_saved_and_verified(entered, mara: Staff, calcom: Calcom) -> None:
    calcom.seed_event_type(
        id=4711, slug="cut", lengthInMinutes=55, hosts=[mara.calcom_user_id], disableGuests=True
    )

    response = entered()

    row = CalcomEventMap.objects.get()
    assert response.status_code == 302
    assert (row.event_type_id, row.is_broken, row.checked_at) == (4711, False, at(12, days=-1))
    assert {drift.kind for drift in row.drifts.all()} == {"hidden", "title"}


def test_an_event_type_of_no_or_another_account_is_refused(entered, calcom: Calcom) -> None:
    calcom.simulator.seed(
        account="salon-zwei",
        users=[{"id": 1, "name": "Zoe"}],
        event_types=[{"id": 4711, "title": "X", "slug": "x", "lengthInMinutes": 55, "hosts": [1]}],
    )

    assert errors_of(entered()) == {
        "event_type_id": [
            (
                "This company's Cal.com account does not have an event type 4711. Enter the "
                "number of one that it has."
            )
        ]
    }
    assert not CalcomEventMap.objects.exists()


def test_another_length_and_another_host_are_refused_with_the_remedy(
    entered, jonas: Staff, mara: Staff, calcom: Calcom
) -> None:
    calcom.seed_people()
    calcom.seed_event_type(id=4711, slug="cut", lengthInMinutes=90, hosts=[jonas.calcom_user_id])

    assert errors_of(entered()) == {
        "event_type_id": [
            (
                f"Event type 4711 is booked with Cal.com user {jonas.calcom_user_id}, but Mara "
                f"Lindt is user {mara.calcom_user_id}. Enter one of theirs, or correct the number "
                "on the staff page."
            ),
            (
                "Event type 4711 takes 90 minutes, segment A takes 55. Change one of the two, or "
                "enter another event type."
            ),
        ]
    }


def test_whoever_has_no_number_in_calcom_gets_one_first(
    entered, mara: Staff, calcom: Calcom
) -> None:
    calcom.seed_event_type(id=4711, slug="cut", lengthInMinutes=55, hosts=[mara.calcom_user_id])
    Staff.objects.filter(pk=mara.pk).update(calcom_user_id=None)

    assert errors_of(entered()) == {
        "staff": ["Mara Lindt has no Cal.com user id. Enter it on the staff page first."]
    }


@pytest.fixture
def managed(mara: Staff, calcom: Calcom) -> tuple[int, int]:
    """A managed event type that Mara hosts: its number, and that of her own."""
    calcom.seed_people()
    calcom.seed_event_type(
        id=4711,
        slug="cut",
        lengthInMinutes=55,
        hosts=[mara.calcom_user_id],
        teamId=5,
        schedulingType="managed",
    )
    return 4711, 4712


def test_m3_a_managed_parent_without_a_child_is_refused_and_the_child_is_named(
    entered, managed: tuple[int, int]
) -> None:
    assert errors_of(entered()) == {
        "child_event_type_id": [
            (
                "Event type 4711 is managed and cannot be booked. Enter the staff member's own "
                "here: 4712."
            )
        ]
    }

    entered(child_event_type_id="4712")
    row = CalcomEventMap.objects.get()
    assert (row.event_type_id, row.child_event_type_id, row.is_broken) == (4711, 4712, False)


def test_m3_a_managed_parent_of_whom_this_host_has_no_child_is_refused(
    entered, managed: tuple[int, int], calcom: Calcom
) -> None:
    calcom.delete_event_type(managed[1])

    [message] = errors_of(entered())["child_event_type_id"]

    assert message.startswith("Event type 4711 is managed and cannot be booked, and Mara Lindt")
    assert not CalcomEventMap.objects.exists()


def test_m3_a_child_that_is_its_parent_is_refused(entered) -> None:
    errors = errors_of(entered(child_event_type_id="4711"))

    assert "child_event_type_id" in errors
    assert not CalcomEventMap.objects.exists()


def test_when_calcom_cannot_be_reached_the_map_is_saved_and_unverified(
    entered, calcom: Calcom
) -> None:
    calcom.simulator.add_fault("fail", times=None)

    response = entered()

    row = CalcomEventMap.objects.get()
    assert (row.is_broken, row.checked_at) == (False, None)
    assert any("Cal.com did not answer" in message for message in said(response))


def test_calcom_is_not_asked_within_a_transaction(
    row: CalcomEventMap, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths = []
    ask = CalcomAccount.get
    ours = connections["default"]  # of the thread of the request, not of the one that asks
    outside = len(ours.savepoint_ids)

    def watch(self: CalcomAccount, event_type_id: int) -> Any:
        depths.append(len(ours.savepoint_ids))
        return ask(self, event_type_id)

    monkeypatch.setattr(CalcomAccount, "get", watch)
    desk.post(page_of(row), sent(desk, page_of(row), segment_key="A"))

    assert depths == [outside]


def test_what_was_wrong_before_does_not_keep_other_things_from_being_changed(
    row: CalcomEventMap, desk: Client, calcom: Calcom
) -> None:
    calcom.change_event_type(row.event_type_id, lengthInMinutes=90)

    response = desk.post(page_of(row), sent(desk, page_of(row), own_title="Schnitt bei Mara"))

    row.refresh_from_db()
    assert response.status_code == 302
    assert (row.own_title, row.is_broken) == ("Schnitt bei Mara", True)


# --- The list -----------------------------------------------------------------------------


def test_the_list_says_what_works_and_what_differs(
    desk: Client, salon: Company, cut: Service, perm: Service, mara: Staff, calcom: Calcom
) -> None:
    maps = map_service(perm, mara)
    calcom.seed()
    calcom.change_event_type(maps["A"].event_type_id, lengthInMinutes=90)
    calcom.change_event_type(maps["B"].event_type_id, hidden=False)

    response = act_on_all(desk, "check_selected")

    assert said(response) == ["4 of 4 event maps checked."]
    html = desk.get(reverse(LIST)).content.decode()
    assert "length (minutes): 50 / 90" in html
    assert "hidden: yes / no" in html
    shown = {
        state: {
            row.segment_key
            for row in desk.get(reverse(LIST), {"state": state}).context["cl"].result_list
        }
        for state in ("broken", "unverified", "differs")
    }
    assert shown == {"broken": {"A"}, "unverified": set(), "differs": {"B"}}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("push", "the event type in Cal.com is as it should be."),
        ("take", "taken over from Cal.com: hidden."),
        ("ignore", "1 difference is ignored until it changes."),
        ("check_now", "1 of 1 event map checked."),
    ],
)
def test_a_difference_is_settled_on_the_maps_page(
    desk: Client, row: CalcomEventMap, calcom: Calcom, name: str, message: str
) -> None:
    calcom.change_event_type(row.event_type_id, hidden=False)
    act(desk, row, "check_now")

    response = act(desk, row, name)

    assert said(response)[-1].endswith(message)
    row.refresh_from_db()
    noticed = row.drifts.filter(ignored_at=None).exists()
    assert noticed == (name == "check_now")
    assert LogEntry.objects.filter(object_id=row.pk).exists() == (name != "check_now")


@pytest.mark.parametrize("name", ["push_selected", "take_selected", "ignore_selected"])
def test_differences_are_settled_for_several_at_once(
    desk: Client, perm_maps: dict[str, CalcomEventMap], calcom: Calcom, name: str
) -> None:
    for key in "AB":
        calcom.change_event_type(perm_maps[key].event_type_id, hidden=False)
    act_on_all(desk, "check_selected")

    act_on_all(desk, name, confirmed="yes", note="Das wissen wir.")

    assert not any(
        row.drifts.filter(ignored_at=None).exists() for row in CalcomEventMap.objects.all()
    )


def test_nothing_is_ignored_without_saying_why(desk: Client, row: CalcomEventMap, calcom) -> None:
    calcom.change_event_type(row.event_type_id, hidden=False)
    act(desk, row, "check_now")

    asked = act_on_all(desk, "ignore_selected")
    empty = act_on_all(desk, "ignore_selected", confirmed="yes", note="")
    address = reverse("admin:calcom_calcomeventmap_ignore", args=[row.pk])
    unsaid = desk.post(address, {"_form_submitted": "on", "note": ""})

    assert [response.status_code for response in (asked, empty, unsaid)] == [200] * 3
    assert row.drifts.filter(ignored_at=None).exists()


def test_who_ignores_a_difference_and_why_stands_beside_it(
    desk: Client, row: CalcomEventMap, calcom
) -> None:
    calcom.change_event_type(row.event_type_id, hidden=False)
    act(desk, row, "check_now")
    act(desk, row, "ignore")

    html = desk.get(page_of(row)).content.decode()

    assert row.drifts.get().ignored_by.username == "empfang"
    for words in ("empfang", "Das weiß ich."):
        assert words in html


def test_what_is_in_the_way_is_said_with_the_remedy(
    desk: Client, row: CalcomEventMap, calcom: Calcom
) -> None:
    calcom.simulator.add_fault("fail", times=None, status=403)

    assert (
        "The key's owner must be an admin of the team in Cal.com."
        in said(act(desk, row, "push"))[-1]
    )


def test_nothing_is_done_to_another_companys_map(
    desk: Client, row: CalcomEventMap, salon: Company, calcom: Calcom
) -> None:
    theirs = Company.objects.exclude(pk=salon.pk).get()
    other = CalcomEventMapFactory.create(
        service=theirs.services.get(), staff=theirs.staff.get(), event_type_id=row.event_type_id
    )

    statuses = {
        name: act(desk, other, name).status_code for name in ("check_now", "push", "take", "ignore")
    }
    act_on_all(desk, "push_selected")

    assert set(statuses.values()) == {404}
    other.refresh_from_db()
    assert other.checked_at is None


def test_many_are_not_pushed_at_once(
    desk: Client, salon: Company, branch: Branch, calcom: Calcom
) -> None:
    for person in StaffFactory.create_batch(21, branch=branch):
        map_service(ServiceFactory.create(company=salon, performed_by=[person]), person)

    response = act_on_all(desk, "push_selected")

    assert said(response) == ["At most 20 at once: Cal.com is asked for each of them."]
    assert calcom.sent("/v2/", method="GET") == []


# --- Making the missing ones --------------------------------------------------------------


def test_the_missing_ones_are_shown_and_made(
    desk: Client, salon: Company, perm: Service, mara: Staff, jonas: Staff, calcom: Calcom
) -> None:
    calcom.seed_people()
    perm.staff_services.create(staff=jonas)
    address = reverse("admin:calcom_calcomeventmap_create_missing")

    shown = desk.get(address)
    done = desk.post(address, {"company": salon.pk})

    parts = "part A + part B + part C + part D"
    assert shown.context["about"] == [
        f"Dauerwelle ({parts}), Jonas Brandt (missing)",
        f"Dauerwelle ({parts}), Mara Lindt (missing)",
    ]
    assert "Zoe" not in shown.content.decode()
    made, refused = said(done)
    assert made == "4 event maps made."
    assert refused.startswith("the Cal.com key belongs to somebody else: Dauerwelle, Jonas")
    assert "A key makes and sees personal event types of its owner only." in refused
    assert CalcomEventMap.objects.filter(staff=mara).count() == 4


def test_the_missing_ones_of_another_company_are_not_made(
    desk: Client, salon: Company, cut: Service, calcom: Calcom
) -> None:
    calcom.seed_people()
    theirs = Company.objects.exclude(pk=salon.pk).get()
    Company.objects.filter(pk=theirs.pk).update(calcom_api_key="cal_test_zwei")

    response = desk.post(
        reverse("admin:calcom_calcomeventmap_create_missing"), {"company": theirs.pk}
    )

    assert response.status_code == 200
    assert not CalcomEventMap.objects.exists()
    assert calcom.sent("/v2/event-types$") == []


def test_nothing_missing_is_said(desk: Client, row: CalcomEventMap) -> None:
    response = desk.get(reverse("admin:calcom_calcomeventmap_create_missing"))

    assert said(response) == ["Nothing is missing: whatever is offered can be booked in Cal.com."]


def test_ops_choose_the_company(root: Client, salon: Company, cut: Service, calcom: Calcom) -> None:
    other = BranchFactory.create(company__name="Salon Drei", company__calcom_api_key="cal_drei")
    ServiceFactory.create(company=other.company, performed_by=[StaffFactory.create(branch=other)])

    shown = root.get(reverse("admin:calcom_calcomeventmap_create_missing"))

    offered = [str(words) for _value, words in shown.context["form"]["company"].field.choices]
    assert offered == ["Salon Drei", "Salon Eins"]
    assert any(line.startswith("Salon Drei: ") for line in shown.context["about"])


# --- From the review list -----------------------------------------------------------------


def test_a_review_leads_to_the_form_for_the_map_it_lacks(
    desk: Client, salon: Company, cut: Service, mara: Staff, calcom: Calcom, now
) -> None:
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    address = reverse("admin:appointments_review_event_map", args=[appointment.pk])

    form = desk.get(desk.get(address).url).context["adminform"].form

    assert {
        name: str(form[name].value()) for name in ("branch", "staff", "service", "segment_key")
    } == {
        "branch": str(mara.branch_id),
        "staff": str(mara.pk),
        "service": str(cut.pk),
        "segment_key": "A",
    }


def test_a_review_leads_to_the_map_that_is_broken(
    desk: Client, row: CalcomEventMap, cut: Service, mara: Staff, calcom: Calcom, now
) -> None:
    CalcomEventMap.objects.update(is_broken=True)
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    address = reverse("admin:appointments_review_event_map", args=[appointment.pk])

    assert desk.get(address).url == page_of(row)

    CalcomEventMap.objects.update(is_broken=False)
    response = desk.get(address)
    assert said(response) == ["All event maps work by now; the sync starts by itself."]
