"""What Cal.com has to say about availability, through the port the domain asks."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from appointments import queries
from appointments.domain.listing import Listing
from appointments.models import Appointment, Branch, Company, Service, Staff, StaffService, Status
from appointments.ports import CalendarPage, Deadline, get_calendar
from appointments.queries import Search
from calcom.models import CalcomEventMap
from tests.asking import book, move, verdict
from tests.conftest import at, day, soon
from tests.factories.calcom import map_service
from tests.syncing import Calcom, appoint


def bookable(service: Service, *staff: Staff) -> set[int]:
    return page(service, staff[0]).get_bookable_staff([each.pk for each in staff])


def page(service: Service, staff: Staff) -> CalendarPage:
    return get_calendar().open(
        service=service, branch=staff.branch, segments=service.get_segments()
    )


def listing(service: Service, *staff: Staff, **more: Any) -> Listing | None:
    asked: dict[str, Any] = {"days": [day()], "moving": None, "deadline": soon()}
    return page(service, staff[0]).get_listing(
        staff_ids=[each.pk for each in staff], **asked | more
    )


def covers(found: Listing | None, service: Service, start: datetime, staff: Staff) -> bool:
    assert found is not None
    return found.covers(service.get_segments(), start=start, staff_id=staff.pk)


def test_whoever_lacks_one_of_four_maps_is_not_offered(
    calcom: Calcom,
    perm: Service,
    perm_maps,
    mara: Staff,
    jonas: Staff,
    now: datetime,
    django_assert_num_queries: Any,
) -> None:
    StaffService.objects.create(staff=jonas, service=perm)
    theirs = map_service(perm, jonas, but="C")

    assert bookable(perm, mara, jonas) == {mara.pk}
    with django_assert_num_queries(2):  # the recipe, the maps; the flag is in the cache
        bookable(perm, mara, jonas)
    theirs["C"] = CalcomEventMap.objects.create(
        company=jonas.company,
        branch=jonas.branch,
        service=perm,
        staff=jonas,
        segment_key="C",
        event_type_id=42,
        is_broken=True,
    )
    assert bookable(perm, mara, jonas) == {mara.pk}
    CalcomEventMap.objects.filter(pk=theirs["C"].pk).update(is_broken=False)
    assert bookable(perm, mara, jonas) == {mara.pk, jonas.pk}


def test_gaps_need_no_map(calcom: Calcom, perm: Service, perm_maps, mara: Staff) -> None:
    assert set(perm_maps) == {"A", "B", "C", "D"}
    assert bookable(perm, mara) == {mara.pk}


def test_maps_of_another_company_do_not_count(calcom: Calcom, cut: Service, mara: Staff) -> None:
    zoe = Staff.objects.get(name="Zoe")
    map_service(Service.objects.get(company=zoe.company), zoe)

    assert bookable(cut, mara) == set()


def test_where_maps_are_not_required_everybody_is_offered(
    calcom: Calcom, cut: Service, mara: Staff, settings: Any
) -> None:
    settings.FEATURE_DEFAULTS = {"require_event_maps": False}

    assert bookable(cut, mara) == {mara.pk}
    found = listing(cut, mara)
    assert covers(found, cut, at(10), mara)
    assert calcom.simulator.requests(path="/v2/") == []


def test_a_company_that_does_not_sync_needs_no_maps_and_asks_nobody(
    calcom: Calcom,
    cut: Service,
    mara: Staff,
    django_assert_num_queries: Any,
) -> None:
    Company.objects.filter(pk=mara.company_id).update(calcom_api_key="")
    mara.refresh_from_db()
    branch = Branch.objects.select_related("company").get(pk=mara.branch_id)
    mara.branch = branch

    recipe_once_each = 2

    with django_assert_num_queries(recipe_once_each):
        assert bookable(cut, mara) == {mara.pk}
        assert listing(cut, mara) is None


def test_cal_com_lists_every_hands_on_phase_off_the_grid_too(
    calcom: Calcom, perm: Service, perm_maps, mara: Staff
) -> None:
    found = listing(perm, mara)

    assert covers(found, perm, at(9), mara)
    assert covers(found, perm, at(9, 2), mara)
    assert len(calcom.sent("/v2/slots$", method="GET")) == 4


def test_what_somebody_else_has_booked_over_there_is_not_free_here(
    calcom: Calcom, perm: Service, perm_maps, mara: Staff, branch: Branch, now: datetime
) -> None:
    calcom.simulator.add_foreign_booking(perm_maps["B"].event_type_id, at(10, 5))

    found = listing(perm, mara)

    assert not covers(found, perm, at(9), mara)
    assert verdict(perm, at(9), branch=branch, now=now) == "taken"
    assert verdict(perm, at(10, 10), branch=branch, now=now) == "free"


@pytest.mark.parametrize("kind", ["fail", "slow"])
def test_without_an_answer_in_time_the_database_decides_and_it_is_counted(
    calcom: Calcom, cut: Service, cut_maps, mara: Staff, kind: str
) -> None:
    calcom.simulator.add_fault(kind, seconds=5, path="/v2/slots$", times=None)
    before = REGISTRY.get_sample_value("booking_calcom_slots_unavailable_total") or 0

    began = time.monotonic()
    with capture_logs() as lines:
        found = listing(cut, mara, deadline=Deadline.after(0.4))

    assert found is None
    assert time.monotonic() - began < 5 / 2
    assert "calcom.slots_unavailable" in {line["event"] for line in lines}
    assert REGISTRY.get_sample_value("booking_calcom_slots_unavailable_total") == before + 1


def test_with_live_slots_off_cal_com_is_not_asked(
    calcom: Calcom, cut: Service, cut_maps, mara: Staff, settings: Any
) -> None:
    settings.FEATURE_DEFAULTS = {"calcom_live_slots": False}

    assert listing(cut, mara) is None
    assert calcom.simulator.requests(path="/v2/") == []


def test_what_the_moving_appointment_hides_counts_as_listed(
    calcom: Calcom, perm: Service, perm_maps, mara: Staff, branch: Branch, now: datetime
) -> None:
    appointment = appoint(perm, mara, at(9))
    calcom.sync(appointment, now=now)

    assert not covers(listing(perm, mara), perm, at(9, 15), mara)
    assert covers(listing(perm, mara, moving=appointment), perm, at(9, 15), mara)
    assert move(appointment, at(9, 15), now=now).starts_at == at(9, 15)


def test_what_a_cancelled_or_moved_appointment_still_hides_counts_as_listed(
    calcom: Calcom, cut: Service, cut_maps, mara: Staff, now: datetime
) -> None:
    cancelled, moved = appoint(cut, mara, at(10)), appoint(cut, mara, at(12))
    for appointment in (cancelled, moved):
        calcom.sync(appointment, now=now)
    assert not covers(listing(cut, mara), cut, at(10), mara)
    Appointment.objects.filter(pk=cancelled.pk).update(
        status=Status.CANCELLED, revision=F("revision") + 1
    )
    moved.phases.update(starts_at=at(15), ends_at=at(15, 55))

    found = listing(cut, mara)

    assert covers(found, cut, at(10), mara)
    assert covers(found, cut, at(12), mara)
    calcom.sync(cancelled, now=now)
    assert covers(listing(cut, mara), cut, at(10), mara)


def test_what_was_given_to_somebody_else_counts_as_listed_at_once(
    calcom: Calcom, cut: Service, cut_maps, mara: Staff, jonas: Staff, now: datetime
) -> None:
    map_service(cut, jonas)
    calcom.seed()
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    appointment.phases.update(staff=jonas)

    found = listing(cut, mara, jonas)

    assert covers(found, cut, at(10), mara)
    assert covers(found, cut, at(10), jonas)  # who takes it is for our database to say


def test_asking_takes_few_queries_however_many_people_and_days(
    calcom: Calcom,
    perm: Service,
    perm_maps,
    mara: Staff,
    jonas: Staff,
    django_assert_num_queries: Any,
) -> None:
    map_service(perm, jonas)
    calcom.seed()
    listing(perm, mara)

    for staff, days in (((mara,), [day()]), ((mara, jonas), [day(n) for n in range(3)])):
        with django_assert_num_queries(3):  # the recipe, the maps, what our bookings hide
            listing(perm, *staff, days=days)


def test_a_check_with_cal_coms_slots_in_the_cache_asks_six_questions_and_nobody_outside(
    calcom: Calcom,
    perm: Service,
    perm_maps,
    branch: Branch,
    mara: Staff,
    now: datetime,
    django_assert_num_queries: Any,
) -> None:
    branch = Branch.objects.select_related("company").get(pk=branch.pk)
    search = Search(branch=branch, service=perm)
    queries.check_availability(search, at(9), now=now, deadline=soon())
    calcom.simulator.clear_requests()

    with django_assert_num_queries(6):
        found = queries.check_availability(search, at(10), now=now, deadline=soon())

    assert found.listing is not None
    assert calcom.sent(".*") == []


def test_a_booking_made_on_the_phone_is_a_booking_in_cal_com(
    calcom: Calcom, perm: Service, perm_maps, mara: Staff, branch: Branch, now: datetime
) -> None:
    """From the question to the calendar, with nothing in between replaced."""
    appointment = book(perm, at(9), branch=branch, now=now, phone="+4915112345678")

    calcom.sync(appointment, now=now)

    assert appointment.sync_status == "synced"
    assert sorted(calcom.live(appointment)) == ["A", "B", "C", "D"]
    assert verdict(perm, at(9), branch=branch, now=now) == "taken"
    assert appointment.ends_at - appointment.starts_at == timedelta(minutes=135)
