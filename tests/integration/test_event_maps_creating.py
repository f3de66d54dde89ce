"""Making what is missing: hidden event types with one host, and the maps that name them."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from appointments.models import Company, Service, Staff, SyncStatus
from calcom.account import CalcomAccount
from calcom.event_maps import Problem, create_missing, get_missing_maps
from calcom.event_maps.designing import Purpose
from calcom.models import CalcomEventMap
from calcom.tasks import sync_due
from tests.conftest import at
from tests.factories.appointments import ServiceFactory, StaffFactory
from tests.factories.calcom import CalcomEventMapFactory, map_service
from tests.syncing import KEY, Calcom, appoint

CREATE = "/v2/event-types$"


@pytest.fixture
def company(mara: Staff, calcom: Calcom) -> Company:
    """A salon whose key is Mara's, and a Cal.com without any event types."""
    calcom.seed_people()
    return mara.company


def slug_of(staff: Staff, service: Service, key: str = "A") -> str:
    purpose = Purpose.of(staff=staff, service=service, segment_key=key)
    assert purpose
    return purpose.slug


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("find_missing_event_maps", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_an_event_type_is_made_for_every_segment_and_mapped(
    company: Company, perm: Service, mara: Staff, calcom: Calcom, now
) -> None:
    perm.segments.filter(key="B").update(name="Spülen")

    report = create_missing(company=company, now=now)

    assert [(each.missing.segment_key, each.made) for each in report.done] == [
        ("A", True),
        ("B", True),
        ("C", True),
        ("D", True),
    ]
    assert report.failed == []
    maps = {row.segment_key: row for row in CalcomEventMap.objects.all()}
    assert [maps[key].event_type_id for key in "ABCD"] == [
        each.event_type_id for each in report.done
    ]
    assert not any(row.is_broken or row.drifts.exists() for row in maps.values())
    assert {row.checked_at for row in maps.values()} == {now}
    assert get_missing_maps(company_ids=[company.pk]) == []
    assert [request["body"] for request in calcom.sent(CREATE)][1] == {
        "title": "Dauerwelle: Spülen (2 von 4) - Mara Lindt - Salon Eins",
        "slug": slug_of(mara, perm, "B"),
        "lengthInMinutes": 5,
        "hidden": True,
        "disableGuests": True,
        "slotInterval": 5,
        "minimumBookingNotice": 0,
        "bookingWindow": {"disabled": True},
        "beforeEventBuffer": 0,
        "afterEventBuffer": 0,
        "confirmationPolicy": {"disabled": True},
        "locations": [
            {"type": "address", "address": "Salon Eins, Salon Eins Mitte", "public": True}
        ],
    }


def test_a_simple_service_is_called_by_its_name_alone(
    company: Company, cut: Service, mara: Staff
) -> None:
    purpose = Purpose.of(staff=mara, service=cut, segment_key="A")

    assert purpose
    assert purpose.title == "Herrenhaarschnitt - Mara Lindt - Salon Eins"
    assert purpose.slug.startswith(f"{cut.slug}-a-mara-")
    assert Purpose.of(staff=mara, service=cut, segment_key="A_gap") is None


def test_slugs_tell_apart_what_reads_the_same(company: Company, mara: Staff) -> None:
    one = ServiceFactory.create(company=company, slug="schnitt-a", recipe=[(30, True)])
    other = ServiceFactory.create(company=company, slug="schnitt", recipe=[(30, True)])
    other.segments.update(key="A-A")

    slugs = {slug_of(mara, one, "A"), slug_of(mara, other, "A-A")}

    assert len(slugs) == 2
    assert {slug.rpartition("-")[0] for slug in slugs} == {"schnitt-a-a-mara"}


def test_asking_twice_makes_nothing_twice(
    company: Company, perm: Service, calcom: Calcom, now
) -> None:
    create_missing(company=company, now=now)

    again = create_missing(company=company, now=now)

    assert again.outcomes == ()
    assert len(calcom.sent(CREATE)) == 4
    assert CalcomEventMap.objects.count() == 4


def test_what_was_made_before_a_crash_is_found_again(
    company: Company, perm: Service, calcom: Calcom, now
) -> None:
    made = [each.event_type_id for each in create_missing(company=company, now=now).done]
    CalcomEventMap.objects.filter(segment_key__in="BC").delete()  # as if they had not been saved

    report = create_missing(company=company, now=now)

    assert [(each.event_type_id, each.made) for each in report.done] == [
        (made[1], False),
        (made[2], False),
    ]
    assert len(calcom.sent(CREATE)) == 4


@pytest.mark.parametrize("fault", ["commit_then_reset", "fail_after"])
def test_an_answer_that_got_lost_makes_nothing_twice(
    company: Company, cut: Service, calcom: Calcom, now, fault: str
) -> None:
    if fault == "commit_then_reset":
        calcom.simulator.add_fault("commit_then_reset", path=CREATE, method="POST")
    else:
        calcom.simulator.add_fault("fail", path=CREATE, method="POST", times=1)

    report = create_missing(company=company, now=now)

    if fault == "commit_then_reset":
        [outcome] = report.done
        assert not outcome.made
        assert CalcomEventMap.objects.get().event_type_id == outcome.event_type_id
    else:
        [outcome] = report.failed
        assert outcome.problem == Problem.UNREACHABLE
        assert create_missing(company=company, now=now).failed == []
    assert len(calcom.event_types()) == 1


def test_one_that_another_worker_made_meanwhile_is_used(
    company: Company, cut: Service, mara: Staff, calcom: Calcom, now
) -> None:
    taken = {"message": "User already has an event type with this slug."}
    calcom.seed_event_type(
        id=4711, slug=slug_of(mara, cut), lengthInMinutes=55, hosts=[mara.calcom_user_id]
    )
    # Not on the first list: it was made between that and our own try.
    calcom.simulator.add_fault(
        "fail",
        path=CREATE,
        method="GET",
        status=200,
        body={"status": "success", "data": []},
    )
    calcom.simulator.add_fault("fail", path=CREATE, method="POST", status=400, body=taken)

    report = create_missing(company=company, now=now)

    assert [(each.event_type_id, each.made) for each in report.done] == [(4711, False)]


def test_a_found_event_type_is_put_right(
    company: Company, cut: Service, mara: Staff, calcom: Calcom, now
) -> None:
    calcom.seed_event_type(
        id=4711, slug=slug_of(mara, cut), lengthInMinutes=30, hosts=[mara.calcom_user_id]
    )

    create_missing(company=company, now=now)

    row = CalcomEventMap.objects.get()
    assert (row.event_type_id, row.is_broken, row.drifts.count()) == (4711, False, 0)
    [change] = calcom.sent("/v2/event-types/4711$", method="PATCH")
    assert change["body"] == {
        "lengthInMinutes": 55,
        "hidden": True,
        "disableGuests": True,
        "title": "Herrenhaarschnitt - Mara Lindt - Salon Eins",
    }


def test_one_that_books_another_service_is_refused_and_the_rest_goes_on(
    company: Company, cut: Service, tint: Service, mara: Staff, calcom: Calcom, now
) -> None:
    calcom.seed_event_type(
        id=4711, slug=slug_of(mara, cut), lengthInMinutes=55, hosts=[mara.calcom_user_id]
    )
    other = ServiceFactory.create(company=company, name="Bartpflege")
    CalcomEventMapFactory.create(service=other, staff=mara, event_type_id=4711)

    report = create_missing(company=company, now=now)

    [refused] = report.failed
    assert (refused.problem, refused.facts) == (Problem.SLUG_TAKEN, "4711, Bartpflege")
    assert [each.missing.service_id for each in report.done] == [tint.pk, tint.pk]


def test_one_that_another_companys_map_names_is_none_of_ours(
    company: Company, cut: Service, mara: Staff, calcom: Calcom, now
) -> None:
    """Two accounts count for themselves: the same number there is another event type."""
    theirs = Company.objects.exclude(pk=company.pk).get()
    row = CalcomEventMapFactory.create(
        service=theirs.services.get(), staff=theirs.staff.get(), event_type_id=4711
    )
    calcom.seed_event_type(
        id=4711, slug=slug_of(mara, cut), lengthInMinutes=55, hosts=[mara.calcom_user_id]
    )

    report = create_missing(company=company, now=now)

    assert [each.event_type_id for each in report.done] == [4711]
    row.refresh_from_db()
    assert (row.checked_at, row.is_broken) == (None, False)


def test_a_personal_event_type_is_its_key_owners_only(
    company: Company, jonas: Staff, mara: Staff, calcom: Calcom, now
) -> None:
    ServiceFactory.create(company=company, performed_by=[jonas, mara])

    report = create_missing(company=company, now=now)

    [refused] = report.failed
    assert refused.problem == Problem.NEEDS_TEAM
    assert refused.facts == f"{mara.calcom_user_id}, not {jonas.calcom_user_id}"
    assert len(report.done) == 1
    assert len(calcom.sent("/v2/me$", method="GET")) == 1


def test_whoever_has_no_number_in_calcom_needs_one_first(
    company: Company, cut: Service, mara: Staff, calcom: Calcom, now
) -> None:
    Staff.objects.filter(pk=mara.pk).update(calcom_user_id=None)

    report = create_missing(company=company, now=now)

    assert [each.problem for each in report.failed] == [Problem.NO_CALCOM_USER]
    assert calcom.sent(CREATE) == []


def test_a_key_that_is_refused_is_not_tried_again_for_every_row(
    company: Company, perm: Service, calcom: Calcom, now
) -> None:
    Company.objects.filter(pk=company.pk).update(calcom_api_key="cal_wrong")
    company.refresh_from_db()

    report = create_missing(company=company, now=now)

    assert [each.problem for each in report.failed] == [Problem.CREDENTIALS] * 4
    assert len(calcom.sent("/v2/", method="GET")) == 1


def test_an_outage_is_not_waited_for_row_after_row(
    company: Company, perm: Service, tint: Service, calcom: Calcom, now
) -> None:
    calcom.simulator.add_fault("fail", times=None)

    report = create_missing(company=company, now=now)

    assert [each.problem for each in report.failed] == [Problem.UNREACHABLE] * 6
    assert len(calcom.sent("/v2/", method="GET")) == 3


def test_only_what_was_chosen_is_made(company: Company, perm: Service, now) -> None:
    rows = get_missing_maps(company_ids=[company.pk])

    create_missing(company=company, keys={rows[2].key}, now=now)

    assert CalcomEventMap.objects.get().segment_key == "C"


def test_a_broken_map_gets_an_event_type_that_works(
    company: Company, cut: Service, mara: Staff, calcom: Calcom, now
) -> None:
    row = map_service(cut, mara)["A"]
    CalcomEventMap.objects.update(is_broken=True, own_title="Schnitt bei Mara")

    create_missing(company=company, now=now)

    changed = CalcomEventMap.objects.get()
    assert (changed.pk, changed.is_broken) == (row.pk, False)
    assert changed.event_type_id != row.event_type_id
    assert [each["title"] for each in calcom.event_types()] == ["Schnitt bei Mara"]


def test_a_map_that_works_meanwhile_is_left_alone(
    company: Company, cut: Service, mara: Staff, calcom: Calcom, now, monkeypatch
) -> None:
    """Somebody enters one by hand while Cal.com is being asked."""
    create = CalcomAccount.create

    def create_slowly(self: CalcomAccount, design: Any) -> Any:
        CalcomEventMapFactory.create(service=cut, staff=mara, event_type_id=99)
        return create(self, design)

    monkeypatch.setattr(CalcomAccount, "create", create_slowly)

    create_missing(company=company, now=now)

    assert CalcomEventMap.objects.get().event_type_id == 99


def test_s5_appointments_that_waited_for_the_map_are_synced(
    company: Company, cut: Service, mara: Staff, calcom: Calcom, now
) -> None:
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    assert appointment.review_reason == "missing_event_map"
    assert calcom.creates() == []

    create_missing(company=company, now=now)
    sync_due(now=now)

    appointment.refresh_from_db()
    assert appointment.sync_status == SyncStatus.SYNCED
    assert not appointment.requires_manual_review
    assert len(calcom.live(appointment)["A"]) == 1


# --- In a team ----------------------------------------------------------------------------


@pytest.fixture
def team(company: Company, jonas: Staff, calcom: Calcom) -> int:
    """A team of Mara, whose key it is, and Jonas."""
    Company.objects.filter(pk=company.pk).update(calcom_team_id=5)
    company.refresh_from_db()
    calcom.seed_people()
    members = Staff.objects.filter(company=company).order_by("pk")
    calcom.seed_team(5, [(person.calcom_user_id, "ADMIN") for person in members])
    return 5


def test_a_team_has_a_round_robin_with_one_host_for_everybody(
    company: Company, team: int, mara: Staff, jonas: Staff, calcom: Calcom, now
) -> None:
    service = ServiceFactory.create(company=company, performed_by=[mara, jonas])

    report = create_missing(company=company, now=now)

    assert report.failed == []
    bodies = [request["body"] for request in calcom.sent("/v2/teams/5/event-types$")]
    assert [(body["schedulingType"], body["hosts"]) for body in bodies] == [
        ("roundRobin", [{"userId": jonas.calcom_user_id}]),
        ("roundRobin", [{"userId": mara.calcom_user_id}]),
    ]
    assert calcom.sent(CREATE) == []
    assert not any(row.is_broken or row.drifts.exists() for row in CalcomEventMap.objects.all())
    CalcomEventMap.objects.all().delete()
    again = create_missing(company=company, now=now)
    assert [(each.made, each.missing.service) for each in again.done] == 2 * [(False, service.slug)]


def test_whoever_is_not_in_the_team_is_named_before_anything_is_sent(
    company: Company, team: int, mara: Staff, branch, calcom: Calcom, now
) -> None:
    stranger = StaffFactory.create(branch=branch, name="Neue")
    ServiceFactory.create(company=company, performed_by=[stranger])

    report = create_missing(company=company, now=now)

    assert [each.problem for each in report.failed] == [Problem.NOT_IN_TEAM]
    assert calcom.sent("/v2/teams/5/event-types$") == []


def test_a_key_whose_owner_is_no_admin_of_the_team_is_told_so(
    company: Company, cut: Service, team: int, mara: Staff, jonas: Staff, calcom: Calcom, now
) -> None:
    calcom.seed_team(5, [(mara.calcom_user_id, "MEMBER"), (jonas.calcom_user_id, "OWNER")])

    report = create_missing(company=company, now=now)

    assert [each.problem for each in report.failed] == [Problem.NOT_ALLOWED]
    assert not CalcomEventMap.objects.exists()


@pytest.fixture
def managed(team: int, cut: Service, jonas: Staff, mara: Staff, calcom: Calcom) -> list[int]:
    """A managed event type for Jonas's cut, which he and Mara host: its number, and theirs."""
    cut.staff_services.update(staff=jonas)
    hosts = [mara.calcom_user_id, jonas.calcom_user_id]
    calcom.seed_event_type(
        id=4711,
        slug=slug_of(jonas, cut),
        lengthInMinutes=55,
        hosts=hosts,
        teamId=5,
        schedulingType="managed",
    )
    return [4711, 4712, 4713]


def test_of_a_managed_event_type_the_hosts_own_is_booked_and_never_the_parent(
    company: Company, managed: list[int], now
) -> None:
    report = create_missing(company=company, now=now)

    row = CalcomEventMap.objects.get()
    assert [(each.event_type_id, each.made) for each in report.done] == [(managed[2], False)]
    assert (row.event_type_id, row.child_event_type_id) == (managed[0], managed[2])
    assert (row.is_broken, row.bookable_id) == (False, managed[2])


def test_a_host_who_was_added_later_and_has_none_is_told_so(
    company: Company, managed: list[int], calcom: Calcom, now
) -> None:
    calcom.delete_event_type(managed[2])

    report = create_missing(company=company, now=now)

    assert [(each.problem, each.facts) for each in report.failed] == [(Problem.NO_CHILD, "4711")]
    assert not CalcomEventMap.objects.exists()


# --- The command --------------------------------------------------------------------------


def test_the_command_tells_what_it_made_row_by_row(
    company: Company, tint: Service, calcom: Calcom
) -> None:
    tint.slug = "toenung"
    tint.save()

    lines = run("--company", "salon-eins", "--create").splitlines()

    first, second = (row.event_type_id for row in CalcomEventMap.objects.order_by("segment_key"))
    assert lines == [
        f"salon-eins: toenung A, mara: event type {first} made",
        f"salon-eins: toenung B, mara: event type {second} made",
        "2 event maps made: 2 with a new event type, 0 with one that was there.",
    ]


def test_the_command_names_failures_and_remedies_and_fails(
    company: Company, cut: Service, jonas: Staff, capsys
) -> None:
    ServiceFactory.create(company=company, slug="bart", performed_by=[jonas])
    out = StringIO()

    with pytest.raises(CommandError, match="1 event map could not be made"):
        call_command("find_missing_event_maps", "--create", "--company", "salon-eins", stdout=out)

    text = out.getvalue()
    assert "bart A, jonas: not made, the Cal.com key belongs to somebody else (" in text
    assert "A key makes and sees personal event types of its owner" in text
    assert "1 event map made" in text


def test_the_command_waits_when_calcom_asks_for_it(
    company: Company, perm: Service, calcom: Calcom
) -> None:
    calcom.simulator.add_fault("rate_limited", path=CREATE, method="POST", retry_after=0.01)

    text = run("--create", "--company", "salon-eins")

    assert "Cal.com asks to wait: going on in 0 seconds." in text
    assert "4 event maps made" in text
    assert CalcomEventMap.objects.count() == 4


def test_the_command_in_json_says_what_became_of_each(
    company: Company, cut: Service, mara: Staff
) -> None:
    [made] = json.loads(run("--create", "--format", "json", "--company", "salon-eins"))

    assert made == {
        "company": "salon-eins",
        "branch": "mitte",
        "staff": "mara",
        "service": cut.slug,
        "segment_key": "A",
        "reason": "missing",
        "event_type_id": CalcomEventMap.objects.get().event_type_id,
        "made": True,
        "problem": None,
        "facts": "",
        "remedy": "",
    }
    assert KEY not in json.dumps(made)
