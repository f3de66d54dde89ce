"""Watching event types: what breaks a map, what only differs, and how staff settle it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from structlog.testing import capture_logs

from appointments.models import Company, Service, Staff, SyncStatus
from calcom import event_maps
from calcom.event_maps import CannotMapError, Problem
from calcom.event_maps.comparing import compare, record
from calcom.models import CalcomEventMap, DriftKind, EventMapDrift
from calcom.tasks import (
    check_event_maps,
    check_event_maps_of_company,
    create_missing_event_maps,
    sync_due,
)
from tests.conftest import at
from tests.factories.appointments import ServiceFactory
from tests.factories.calcom import CalcomEventMapFactory, map_service
from tests.syncing import Calcom, appoint


def check(company: Company, *, now: Any) -> int:
    return event_maps.check_maps(
        company=company, maps=CalcomEventMap.objects.all(), now=now, within_seconds=30
    )


def drifts_of(row: CalcomEventMap) -> list[tuple[str, str, str]]:
    return [(each.kind, each.ours, each.theirs) for each in row.drifts.order_by("kind")]


@pytest.fixture
def row(cut_maps: dict[str, CalcomEventMap]) -> CalcomEventMap:
    """The map of Mara's cut, whose event type is as it should be."""
    return fresh(cut_maps["A"])


def fresh(row: CalcomEventMap) -> CalcomEventMap:
    return event_maps.with_purpose(CalcomEventMap.objects.filter(pk=row.pk)).get()


# --- What is found ------------------------------------------------------------------------


def test_an_event_type_as_it_should_be_is_verified(
    row: CalcomEventMap, salon: Company, now
) -> None:
    assert row.checked_at is None

    assert check(salon, now=now) == 1

    row.refresh_from_db()
    assert (row.checked_at, row.is_broken, drifts_of(row)) == (now, False, [])


def test_m2_another_length_and_not_hidden_are_both_found_and_block(
    row: CalcomEventMap, salon: Company, calcom: Calcom, now
) -> None:
    calcom.change_event_type(row.event_type_id, lengthInMinutes=90, hidden=False)

    check(salon, now=now)

    row.refresh_from_db()
    assert drifts_of(row) == [("hidden", "True", "False"), ("wrong_length", "55", "90")]
    assert row.is_broken
    [listed] = event_maps.get_missing_maps(company_ids=[salon.pk])
    assert listed.reason == "wrong_length"


def test_m2_a_deleted_event_type_breaks_its_map(
    row: CalcomEventMap, salon: Company, calcom: Calcom, now
) -> None:
    calcom.delete_event_type(row.event_type_id)

    check(salon, now=now)

    row.refresh_from_db()
    assert row.is_broken
    assert drifts_of(row) == [("gone", str(row.event_type_id), "")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"disableGuests": False}, ("guests", "False", "True")),
        ({"title": "Schnitt"}, ("title", "Herrenhaarschnitt - Mara Lindt - Salon Eins", "Schnitt")),
        ({"hidden": False}, ("hidden", "True", "False")),
        ({"minimumBookingNotice": 120}, ("notice", "0", "120")),
        (
            {"bookingWindow": {"type": "calendarDays", "value": 30, "rolling": True}},
            ("window", "False", "True"),
        ),
    ],
)
def test_what_does_not_break_is_found_and_left_bookable(
    row: CalcomEventMap, salon: Company, calcom: Calcom, now, changes, expected
) -> None:
    calcom.change_event_type(row.event_type_id, **changes)

    check(salon, now=now)

    row.refresh_from_db()
    assert drifts_of(row) == [expected]
    assert not row.is_broken


@pytest.mark.parametrize("hosts", ["another", "one more"])
def test_whoever_else_is_booked_breaks_the_map(
    row: CalcomEventMap, salon: Company, mara: Staff, jonas: Staff, calcom: Calcom, now, hosts
) -> None:
    calcom.seed_people()
    theirs = {
        "another": [jonas.calcom_user_id],
        "one more": [mara.calcom_user_id, jonas.calcom_user_id],
    }[hosts]
    calcom.change_event_type(row.event_type_id, hosts=theirs, teamId=5, schedulingType="roundRobin")

    check(salon, now=now)

    row.refresh_from_db()
    assert row.is_broken
    assert drifts_of(row) == [
        ("host_missing", str(mara.calcom_user_id), ", ".join(map(str, theirs)))
    ]


def test_a_managed_event_type_breaks_the_map_that_names_no_child(
    row: CalcomEventMap, salon: Company, mara: Staff, calcom: Calcom, now
) -> None:
    calcom.change_event_type(
        row.event_type_id,
        teamId=5,
        schedulingType="managed",
        hosts=[mara.calcom_user_id],
    )

    check(salon, now=now)

    row.refresh_from_db()
    assert (row.is_broken, drifts_of(row)) == (True, [("managed", "", str(row.event_type_id))])


def test_whoever_has_no_number_in_calcom_is_not_compared_by_name(
    row: CalcomEventMap, salon: Company, mara: Staff, now
) -> None:
    Staff.objects.filter(pk=mara.pk).update(calcom_user_id=None)

    check(salon, now=now)

    row.refresh_from_db()
    assert (row.is_broken, drifts_of(row)) == (False, [])


def test_since_when_and_ignored_last_while_both_sides_stay_as_they_are(
    row: CalcomEventMap, salon: Company, calcom: Calcom, now
) -> None:
    calcom.change_event_type(row.event_type_id, title="Schnitt", hidden=False)
    check(salon, now=now)
    event_maps.ignore([row], by=None, note="So soll es sein.", now=now)

    tomorrow = now + timedelta(days=1)
    calcom.change_event_type(row.event_type_id, title="Haarschnitt")
    check(salon, now=tomorrow)

    found = {
        each.kind: (each.found_at, each.ignored_at, each.ignored_note) for each in row.drifts.all()
    }
    assert found == {"hidden": (now, now, "So soll es sein."), "title": (tomorrow, None, "")}


def test_a_repaired_event_type_mends_its_map_and_what_waited_for_it_is_synced(
    row: CalcomEventMap, salon: Company, cut: Service, mara: Staff, calcom: Calcom, now
) -> None:
    calcom.change_event_type(row.event_type_id, lengthInMinutes=90)
    check(salon, now=now)
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    assert appointment.review_reason == "event_map_broken"
    assert "event map is broken: Herrenhaarschnitt, segment A, Mara Lindt" in appointment.sync_error
    assert calcom.creates() == []
    sync_due(now=now)
    assert calcom.creates() == []

    calcom.change_event_type(row.event_type_id, lengthInMinutes=55)
    check(salon, now=now)
    sync_due(now=now)

    row.refresh_from_db()
    appointment.refresh_from_db()
    assert (row.is_broken, drifts_of(row)) == (False, [])
    assert appointment.sync_status == SyncStatus.SYNCED
    assert not appointment.requires_manual_review


def test_a_missing_map_weighs_more_than_a_broken_one(
    perm: Service, mara: Staff, calcom: Calcom, now
) -> None:
    map_service(perm, mara, but="C")
    CalcomEventMap.objects.filter(segment_key="A").update(is_broken=True)
    appointment = appoint(perm, mara, at(10))

    calcom.sync(appointment, now=now)

    assert appointment.review_reason == "missing_event_map"
    assert appointment.sync_error.splitlines() == [
        "event map is broken: Dauerwelle, segment A, Mara Lindt",
        "no event map: Dauerwelle, segment C, Mara Lindt",
    ]


def test_a_broken_map_is_not_offered_until_it_is_mended(
    row: CalcomEventMap, salon: Company, cut: Service, mara: Staff, branch, calcom: Calcom, now
) -> None:
    calcom.change_event_type(row.event_type_id, lengthInMinutes=90)
    check(salon, now=now)
    assert event_maps.get_maps(branch_id=branch.pk, service_id=cut.pk) == {}

    calcom.change_event_type(row.event_type_id, lengthInMinutes=55)
    check(salon, now=now)
    assert set(event_maps.get_maps(branch_id=branch.pk, service_id=cut.pk)) == {(mara.pk, "A")}


def test_an_event_map_changed_meanwhile_is_not_judged_by_the_old_answer(
    row: CalcomEventMap, now
) -> None:
    stale = fresh(row)
    CalcomEventMap.objects.filter(pk=row.pk).update(event_type_id=4711)

    assert not record(stale, compare(stale, None), now=now)

    row.refresh_from_db()
    assert (row.is_broken, row.checked_at, drifts_of(row)) == (False, None, [])


def test_another_companys_map_of_the_same_number_is_not_touched(
    row: CalcomEventMap, salon: Company, calcom: Calcom, now
) -> None:
    theirs = Company.objects.exclude(pk=salon.pk).get()
    other = CalcomEventMapFactory.create(
        service=theirs.services.get(),
        staff=theirs.staff.get(),
        event_type_id=row.event_type_id,
    )
    calcom.change_event_type(row.event_type_id, lengthInMinutes=90)

    check(salon, now=now)

    other.refresh_from_db()
    assert (other.is_broken, other.checked_at, drifts_of(other)) == (False, None, [])


@pytest.mark.parametrize("many", [1, 3])
def test_lists_answer_for_all_of_them(
    salon: Company, mara: Staff, calcom: Calcom, now, many: int, django_assert_num_queries
) -> None:
    for _ in range(many):
        map_service(ServiceFactory.create(company=salon, performed_by=[mara]), mara)
    calcom.seed()

    with django_assert_num_queries(
        2 + 7 * many
    ):  # each map: savepoint, lock, drifts, look, save, forget failures, release
        check(salon, now=now)

    assert len(calcom.sent("/v2/", method="GET")) == 1


def test_what_a_list_does_not_show_is_asked_for_alone(
    row: CalcomEventMap, salon: Company, calcom: Calcom, now
) -> None:
    nothing = {"status": "success", "data": []}
    calcom.simulator.add_fault(
        "fail", path="/v2/event-types$", method="GET", status=200, body=nothing
    )

    check(salon, now=now)

    row.refresh_from_db()
    assert (row.checked_at, row.is_broken) == (now, False)
    assert len(calcom.sent(f"/v2/event-types/{row.event_type_id}$", method="GET")) == 1


# --- At night -----------------------------------------------------------------------------


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The companies whose check was called for."""
    companies: list[int] = []
    monkeypatch.setattr(
        check_event_maps_of_company,
        "apply_async",
        lambda args, **_: companies.append(*args),
    )
    return companies


def test_at_night_every_company_with_something_unchecked_is_called_for(
    row: CalcomEventMap, salon: Company, now, sent: list[int]
) -> None:
    with time_machine.travel(now, tick=False):
        check_event_maps()
        check_event_maps_of_company(salon.pk)
        check_event_maps()
    with time_machine.travel(now + timedelta(days=1), tick=False):
        check_event_maps()

    assert sent == [salon.pk, salon.pk]


def test_what_nobody_can_book_is_not_checked(
    row: CalcomEventMap, salon: Company, cut: Service, now, sent: list[int]
) -> None:
    Service.objects.filter(pk=cut.pk).update(is_active=False)

    with time_machine.travel(now):
        check_event_maps()

    assert sent == []


def test_an_outage_leaves_everything_as_it_was_and_still_due(
    row: CalcomEventMap, salon: Company, calcom: Calcom, now, sent: list[int]
) -> None:
    calcom.simulator.add_fault("fail", times=None)

    with time_machine.travel(now), capture_logs() as lines:
        check_event_maps_of_company(salon.pk)
        check_event_maps()

    row.refresh_from_db()
    assert (row.is_broken, row.checked_at) == (False, None)
    assert sent == [salon.pk]
    assert "calcom.event_maps_unchecked" in {line["event"] for line in lines}


def test_the_longest_unchecked_come_first_and_a_run_ends_in_time(
    perm_maps: dict[str, CalcomEventMap], salon: Company, now
) -> None:
    hours = {"A": 30, "B": 50, "C": 40}
    for key, ago in hours.items():
        CalcomEventMap.objects.filter(segment_key=key).update(checked_at=now - timedelta(hours=ago))

    due = [row.segment_key for row in event_maps.due_maps(now=now)]
    checked = event_maps.check_maps(
        company=salon, maps=event_maps.due_maps(now=now), now=now, within_seconds=0
    )

    assert due == ["D", "B", "C", "A"]
    assert checked == 0


def test_the_missing_ones_are_made_in_the_background(
    salon: Company, cut: Service, calcom: Calcom, now
) -> None:
    calcom.seed_people()

    with time_machine.travel(now):
        create_missing_event_maps(salon.pk, added_next_year=True)
        create_missing_event_maps(Company.objects.exclude(pk=salon.pk).get().pk)

    assert CalcomEventMap.objects.get().service == cut


# --- Settling it --------------------------------------------------------------------------


def test_pushing_ours_changes_only_what_differs(
    row: CalcomEventMap, salon: Company, calcom: Calcom, now
) -> None:
    calcom.change_event_type(
        row.event_type_id, lengthInMinutes=90, hidden=False, disableGuests=False, title="Schnitt"
    )
    check(salon, now=now)

    assert event_maps.push(fresh(row), now=now) == []

    [patch] = calcom.sent(f"/v2/event-types/{row.event_type_id}$", method="PATCH")
    assert patch["body"] == {
        "lengthInMinutes": 55,
        "hidden": True,
        "disableGuests": True,
        "title": "Herrenhaarschnitt - Mara Lindt - Salon Eins",
    }
    row.refresh_from_db()
    assert (row.is_broken, drifts_of(row)) == (False, [])


def test_whose_a_personal_event_type_is_cannot_be_pushed(
    row: CalcomEventMap, jonas: Staff, calcom: Calcom, now
) -> None:
    calcom.seed_people()
    calcom.change_event_type(
        row.event_type_id, ownerId=jonas.calcom_user_id, hosts=[jonas.calcom_user_id]
    )

    [left] = event_maps.push(fresh(row), now=now)

    assert left.kind == DriftKind.HOST_MISSING
    row.refresh_from_db()
    assert row.is_broken


def test_pushing_gives_a_teams_event_type_its_one_host_again(
    row: CalcomEventMap, salon: Company, mara: Staff, jonas: Staff, calcom: Calcom, now
) -> None:
    calcom.seed_people()
    both = [mara.calcom_user_id, jonas.calcom_user_id]
    calcom.seed_team(5, [(each, "ADMIN") for each in both])
    calcom.change_event_type(row.event_type_id, hosts=both, teamId=5, schedulingType="roundRobin")

    assert event_maps.push(fresh(row), now=now) == []

    [patch] = calcom.sent("/v2/teams/5/event-types/", method="PATCH")
    assert patch["body"] == {"hosts": [{"userId": mara.calcom_user_id}]}
    row.refresh_from_db()
    assert not row.is_broken


def test_pushing_finds_the_hosts_own_of_a_managed_event_type(
    row: CalcomEventMap, salon: Company, mara: Staff, calcom: Calcom, now
) -> None:
    parent_id = row.event_type_id
    calcom.change_event_type(
        parent_id, hosts=[mara.calcom_user_id], teamId=5, schedulingType="managed"
    )

    assert event_maps.push(fresh(row), now=now) == []

    row.refresh_from_db()
    assert (row.event_type_id, row.is_broken) == (parent_id, False)
    assert row.child_event_type_id not in {None, parent_id}


def test_pushing_makes_a_gone_event_type_anew(row: CalcomEventMap, calcom: Calcom, now) -> None:
    calcom.delete_event_type(row.event_type_id)

    assert event_maps.push(fresh(row), now=now) == []

    changed = CalcomEventMap.objects.get()
    assert (changed.pk, changed.is_broken, drifts_of(changed)) == (row.pk, False, [])
    assert [each["id"] for each in calcom.event_types()] == [changed.event_type_id]


def test_pushing_while_calcom_is_down_says_so(row: CalcomEventMap, calcom: Calcom, now) -> None:
    calcom.simulator.add_fault("fail", times=None)

    with pytest.raises(CannotMapError) as refusal:
        event_maps.push(fresh(row), now=now)

    assert refusal.value.problem == Problem.UNREACHABLE


def test_taking_theirs_wants_it_so_from_now_on(
    row: CalcomEventMap, salon: Company, calcom: Calcom, now
) -> None:
    calcom.change_event_type(row.event_type_id, hidden=False, disableGuests=False, title="Schnitt")
    check(salon, now=now)

    taken = event_maps.take_theirs(fresh(row))

    row.refresh_from_db()
    assert [drift.kind for drift in taken] == ["hidden", "guests", "title"]
    assert (row.own_title, row.is_hidden, row.allows_guests) == ("Schnitt", False, True)
    check(salon, now=now)
    assert drifts_of(row) == []


def test_taking_a_length_changes_the_segment_for_everybody(
    row: CalcomEventMap, salon: Company, cut: Service, jonas: Staff, calcom: Calcom, now
) -> None:
    cut.staff_services.create(staff=jonas)
    other = map_service(cut, jonas)["A"]
    calcom.change_event_type(row.event_type_id, lengthInMinutes=45)
    CalcomEventMap.objects.filter(pk=other.pk).update(checked_at=now)
    event_maps.check_maps(
        company=salon,
        maps=CalcomEventMap.objects.filter(pk=row.pk),
        now=now,
        within_seconds=30,
    )

    event_maps.take_theirs(fresh(row))

    row.refresh_from_db()
    other.refresh_from_db()
    assert cut.segments.get().minutes == 45
    assert (row.is_broken, drifts_of(row)) == (False, [])
    assert other.checked_at is None  # whose event type has the old length: looked at next


def test_a_length_that_no_segment_may_have_is_not_taken(
    row: CalcomEventMap, salon: Company, cut: Service, calcom: Calcom, now
) -> None:
    calcom.change_event_type(row.event_type_id, lengthInMinutes=2)
    check(salon, now=now)

    with pytest.raises(ValidationError, match="2"):
        event_maps.take_theirs(fresh(row))

    assert cut.segments.get().minutes == 55
    row.refresh_from_db()
    assert row.is_broken


def test_taking_that_it_is_gone_removes_the_map(
    row: CalcomEventMap, salon: Company, calcom: Calcom, now
) -> None:
    calcom.delete_event_type(row.event_type_id)
    check(salon, now=now)

    event_maps.take_theirs(fresh(row))

    [listed] = event_maps.get_missing_maps(company_ids=[salon.pk])
    assert listed.reason == "missing"


def test_another_person_is_never_taken_over(
    row: CalcomEventMap, salon: Company, mara: Staff, jonas: Staff, calcom: Calcom, now
) -> None:
    calcom.seed_people()
    calcom.change_event_type(
        row.event_type_id, ownerId=jonas.calcom_user_id, hosts=[jonas.calcom_user_id]
    )
    check(salon, now=now)

    assert event_maps.take_theirs(fresh(row)) == []

    row.refresh_from_db()
    assert row.is_broken
    assert Staff.objects.get(pk=mara.pk).calcom_user_id == mara.calcom_user_id


def test_what_breaks_a_map_cannot_be_ignored(
    row: CalcomEventMap, salon: Company, calcom: Calcom, now
) -> None:
    calcom.change_event_type(row.event_type_id, lengthInMinutes=90, hidden=False)
    check(salon, now=now)

    assert event_maps.ignore([row], by=None, note="", now=now) == 1

    assert row.drifts.get(ignored_at=None).kind == "wrong_length"
    with pytest.raises(IntegrityError, match="event_map_drift_not_ignored"), transaction.atomic():
        EventMapDrift.objects.filter(kind="wrong_length").update(ignored_at=now)
