"""What could be offered but not booked: one question, one list, for command and admin alike."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries

from appointments.models import Branch, Company, Service, ServiceSegment, Staff
from calcom.event_maps import get_missing_maps
from calcom.models import CalcomEventMap, DriftKind, EventMapDrift
from tests.conftest import at
from tests.factories.appointments import ServiceFactory, StaffFactory
from tests.factories.calcom import CalcomEventMapFactory, map_service

RECIPE = [(50, True), (15, False), (5, True), (10, False), (15, True), (40, True)]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("find_missing_event_maps", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def listed(*arguments: str) -> list[dict[str, Any]]:
    return json.loads(run("--format", "json", *arguments))


@pytest.fixture
def syncing(salon: Company) -> Company:
    """Both companies sync; whatever is the other's must not appear with ours."""
    Company.objects.update(calcom_api_key="cal_test_key")
    salon.refresh_from_db()
    return salon


@pytest.fixture
def composites(syncing: Company, mara: Staff, jonas: Staff) -> list[Service]:
    """Three services of four hands-on segments each, that two people perform."""
    return [
        ServiceFactory.create(
            company=syncing, slug=f"dauerwelle-{n}", recipe=RECIPE, performed_by=[mara, jonas]
        )
        for n in range(3)
    ]


def test_m1_three_services_times_two_staff_are_six_combinations_and_24_maps(
    composites: list[Service],
) -> None:
    rows = listed("--company", "salon-eins")

    assert len(rows) == 24
    assert len({(row["staff"], row["service"]) for row in rows}) == 6
    assert rows[0] == {
        "company": "salon-eins",
        "branch": "mitte",
        "staff": "jonas",
        "service": "dauerwelle-0",
        "segment_key": "A",
        "reason": "missing",
    }
    assert [row["segment_key"] for row in rows[:4]] == ["A", "B", "C", "D"]


def test_m1_three_of_four_maps_is_one_missing(composites: list[Service], mara: Staff) -> None:
    for service in composites:
        for person in service.staff_services.all():
            but = "C" if (service, person.staff) == (composites[1], mara) else ""
            map_service(service, person.staff, but=but)

    assert listed("--company", "salon-eins") == [
        {
            "company": "salon-eins",
            "branch": "mitte",
            "staff": "mara",
            "service": "dauerwelle-1",
            "segment_key": "C",
            "reason": "missing",
        }
    ]


def test_what_is_not_offered_needs_no_map(cut: Service, perm: Service, syncing: Company) -> None:
    Service.objects.filter(pk=perm.pk).update(is_active=False)
    away = StaffFactory.create(branch=cut.staff_services.get().staff.branch, is_active=False)
    ServiceFactory.create(company=syncing, performed_by=[away])
    ServiceFactory.create(company=syncing)  # that nobody performs

    rows = get_missing_maps(company_ids=[syncing.pk])

    assert [(row.service_id, row.segment_key) for row in rows] == [(cut.pk, "A")]


@pytest.mark.parametrize("kind", ["", *(kind.value for kind in DriftKind)])
def test_a_broken_map_is_listed_with_what_broke_it(
    cut: Service, mara: Staff, syncing: Company, kind: str
) -> None:
    row = map_service(cut, mara)["A"]
    CalcomEventMap.objects.update(is_broken=True)
    if kind:
        EventMapDrift.objects.create(event_map=row, kind=kind, found_at=at(9))

    [found] = get_missing_maps(company_ids=[syncing.pk])

    breaking = {"gone", "host_missing", "managed", "wrong_length"}
    assert found.reason == (kind if kind in breaking else "broken")


def test_a_map_of_another_segment_staff_member_or_branch_is_no_map(
    perm: Service, mara: Staff, jonas: Staff, syncing: Company
) -> None:
    map_service(perm, jonas)
    CalcomEventMapFactory.create(service=perm, staff=mara, segment_key="Z")
    elsewhere = Branch.objects.create(company=syncing, slug="nord", name="Nord")
    CalcomEventMapFactory.create(service=perm, staff=mara, branch=elsewhere, segment_key="A")

    keys = [row.segment_key for row in get_missing_maps(company_ids=[syncing.pk])]

    assert keys == ["A", "B", "C", "D"]


def test_segments_come_in_the_order_of_the_recipe(
    perm: Service, mara: Staff, syncing: Company
) -> None:
    ServiceSegment.objects.filter(service=perm, key="A").update(position=99)

    keys = [row.segment_key for row in get_missing_maps(company_ids=[syncing.pk])]

    assert keys == ["B", "C", "D", "A"]


@pytest.mark.parametrize("many", [1, 3])
def test_it_is_one_question_however_many_combinations(
    syncing: Company,
    branch: Branch,
    many: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people = StaffFactory.create_batch(many, branch=branch)
    for _ in range(many):
        ServiceFactory.create(company=syncing, recipe=RECIPE, performed_by=people)

    with django_assert_num_queries(1):
        found = get_missing_maps(company_ids=[syncing.pk])
    with django_assert_num_queries(2):  # and one for who syncs
        listed()

    assert len(found) == many * many * 4


# --- The command --------------------------------------------------------------------------


def test_without_a_company_all_that_sync_are_listed_and_no_others(
    cut: Service, syncing: Company
) -> None:
    assert [row["company"] for row in listed()] == ["salon-eins", "salon-zwei"]

    Company.objects.filter(slug="salon-zwei").update(calcom_api_key="")
    assert [row["company"] for row in listed()] == ["salon-eins"]


def test_a_company_that_does_not_sync_is_told_so_and_what_it_would_need(
    cut: Service, salon: Company
) -> None:
    out, err = StringIO(), StringIO()
    call_command(
        "find_missing_event_maps",
        *("--company", "salon-eins", "--format", "json"),
        stdout=out,
        stderr=err,
    )

    assert "salon-eins does not sync with Cal.com: it has no API key." in err.getvalue()
    assert [row["segment_key"] for row in json.loads(out.getvalue())] == ["A"]
    with pytest.raises(CommandError, match="no API key"):
        run("--company", "salon-eins", "--create")


def test_an_unknown_company_is_refused(salon: Company) -> None:
    with pytest.raises(CommandError, match=f"no company salon-drei. Known: .*{salon.slug}"):
        run("--company", "salon-drei")


def test_the_table_is_grouped_counts_at_the_end_and_names_the_next_step(
    composites: list[Service], mara: Staff
) -> None:
    map_service(composites[0], mara, but="C")
    CalcomEventMap.objects.filter(segment_key="A").update(is_broken=True)

    lines = run("--company", "salon-eins").splitlines()

    text = "\n".join(lines)
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "│" in line]
    assert lines[0].strip() == "salon-eins, mitte"
    assert max(map(len, lines)) <= 100
    assert cells[:2] == [
        ["jonas", "dauerwelle-0", "A, B, C, D", "missing"],
        ["jonas", "dauerwelle-1", "A, B, C, D", "missing"],
    ]
    assert ["mara", "dauerwelle-0", "A", "broken"] in cells
    assert ["mara", "dauerwelle-0", "C", "missing"] in cells
    assert "22 event maps missing or broken, for 6 combinations of staff member" in text
    assert lines[-1] == (
        "Make them: manage.py find_missing_event_maps --company salon-eins --create"
    )


def test_nothing_missing_is_said_and_json_is_an_empty_list(
    cut: Service, mara: Staff, salon: Company
) -> None:
    salon.calcom_api_key = "cal_test_key"
    salon.save()
    map_service(cut, mara)

    assert "Nothing is missing" in run()
    assert listed() == []
