"""Changes that overtake one another: staff changed back and forth, time given back and taken."""

from collections.abc import Callable
from datetime import datetime

import pytest

from appointments.models import Appointment, Branch, CallbackRequest, Service, Staff
from calcom.models import CalcomEventMap, OrphanedBooking
from calcom.tasks import next_due, sync_due
from tests.conftest import at
from tests.factories.appointments import StaffFactory
from tests.factories.calcom import map_service
from tests.syncing import Calcom, appoint, cancel, move, uids_of


def settle(now: datetime) -> None:
    """Work until nothing is due."""
    sync_due(now=now)
    while due_at := next_due(now=now):
        now = max(now, due_at)
        sync_due(now=now)


# --- Another staff member, half done ----------------------------------------------------------


@pytest.fixture
def jonas_maps(perm: Service, jonas: Staff, perm_maps, calcom: Calcom) -> dict[str, CalcomEventMap]:
    maps = map_service(perm, jonas)
    calcom.seed()
    return maps


@pytest.fixture
def half_way(
    permed: Appointment, jonas: Staff, jonas_maps, calcom: Calcom, now: datetime
) -> Appointment:
    """A perm that goes from Mara to Jonas: three of its four bookings are made already."""
    move(permed, at(9), staff=jonas)
    calcom.simulator.add_fault("fail", event_type_id=jonas_maps["D"].event_type_id, times=1)
    assert calcom.sync(permed, now=now)
    assert {key: len(live) for key, live in calcom.live(permed).items()} == {
        "A": 2,
        "B": 2,
        "C": 2,
        "D": 1,
    }
    return permed


def booked_with(calcom: Calcom, appointment: Appointment) -> dict[str, list[int]]:
    return {
        key: [booking["eventTypeId"] for booking in live]
        for key, live in sorted(calcom.live(appointment).items())
    }


def test_cancelled_half_way_to_another_stylist_nothing_is_left_with_either(
    calcom: Calcom, half_way: Appointment, now: datetime
) -> None:
    cancel(half_way)

    settle(now)

    half_way.refresh_from_db()
    assert calcom.live(half_way) == {}
    assert OrphanedBooking.objects.open().count() == 0
    assert (half_way.sync_status, half_way.requires_manual_review) == ("synced", False)


def test_given_back_half_way_to_another_stylist_it_keeps_its_first_bookings(
    calcom: Calcom, half_way: Appointment, perm_maps, mara: Staff, now: datetime
) -> None:
    calcom.simulator.clear_requests()
    move(half_way, at(9), staff=mara)

    settle(now)

    half_way.refresh_from_db()
    assert booked_with(calcom, half_way) == {
        key: [row.event_type_id] for key, row in perm_maps.items()
    }
    assert calcom.creates() == []
    assert (half_way.sync_status, half_way.requires_manual_review) == ("synced", False)


def test_sent_on_half_way_to_another_stylist_it_is_with_the_third_alone(
    calcom: Calcom, half_way: Appointment, perm: Service, branch: Branch, now: datetime
) -> None:
    anna = StaffFactory.create(branch=branch, name="Anna Weiss", slug="anna")
    maps = map_service(perm, anna)
    calcom.seed()
    move(half_way, at(9), staff=anna)

    settle(now)

    half_way.refresh_from_db()
    assert booked_with(calcom, half_way) == {key: [row.event_type_id] for key, row in maps.items()}
    assert uids_of(half_way) == {
        key: booking["uid"] for key, [booking] in calcom.live(half_way).items()
    }
    assert (half_way.sync_status, half_way.requires_manual_review) == ("synced", False)


# --- A time that is free here, and in Cal.com not yet -----------------------------------------


@pytest.mark.parametrize(
    "give_back",
    [cancel, lambda appointment: move(appointment, at(14))],
    ids=["cancelled", "moved away"],
)
def test_a_time_given_back_is_booked_anew_although_calcom_hears_of_that_first(
    calcom: Calcom,
    appointment: Appointment,
    cut: Service,
    mara: Staff,
    now: datetime,
    give_back: Callable[[Appointment], None],
) -> None:
    give_back(appointment)
    appointment.phases.update(released_at=None if appointment.starts_at == at(14) else now)
    following = appoint(cut, mara, at(10))

    again_at = calcom.sync(following, now=now)
    assert (following.sync_status, following.requires_manual_review) == ("pending", False)
    assert again_at is not None
    settle(now)

    following.refresh_from_db()
    assert following.sync_status == "synced"
    assert calcom.times(following) == {"A": ["2030-01-08T09:00"]}
    assert not CallbackRequest.objects.exists()


def test_a_booking_that_never_makes_room_is_a_conflict_in_the_end(
    calcom: Calcom, appointment: Appointment, cut: Service, mara: Staff, now: datetime
) -> None:
    cancel(appointment)
    appointment.phases.update(released_at=now)
    following = appoint(cut, mara, at(10))

    waits = calcom.sync_to_the_end(following, now=now)

    assert len(waits) == 3
    assert (following.sync_status, following.review_reason) == ("conflict", "slot_conflict")
    assert CallbackRequest.objects.get().appointment == following


def test_a_stranger_is_not_taken_for_a_booking_that_makes_room(
    calcom: Calcom, appointment: Appointment, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    cancel(appointment)  # at ten; what follows is at two
    appointment.phases.update(released_at=now)
    calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(14))
    following = appoint(cut, mara, at(14))

    assert calcom.sync(following, now=now) is None

    assert following.review_reason == "slot_conflict"
