"""Moving and cancelling what Cal.com already holds."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from appointments.models import (
    AppointmentPhase,
    Service,
    Staff,
)
from calcom.models import OrphanedBooking
from calcom.tasks import sync_due
from tests.conftest import at
from tests.factories.appointments import CustomerFactory
from tests.factories.calcom import map_service
from tests.syncing import Calcom, appoint, cancel, move, uids_of

HANDS_ON = ["A", "B", "C", "D"]


def test_cancelling_a_perm_cancels_its_four_bookings(
    calcom: Calcom, perm_maps, perm: Service, mara: Staff, now: datetime
) -> None:
    appointment, other = appoint(perm, mara, at(9)), appoint(perm, mara, at(14))
    calcom.sync(appointment, now=now)
    calcom.sync(other, now=now)
    cancel(appointment)

    calcom.sync(appointment, now=now)

    assert len(calcom.cancels()) == 4
    assert all(each["body"]["cancellationReason"] for each in calcom.cancels())
    assert calcom.live(appointment) == {}
    assert len(calcom.live(other)) == 4
    assert appointment.sync_status == "synced"


def test_what_is_already_cancelled_over_there_is_a_success(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    calcom.simulator.cancel_foreign_booking(uids_of(appointment)["A"])
    cancel(appointment)

    assert calcom.sync(appointment, now=now) is None

    assert len(calcom.cancels()) == 1
    assert appointment.sync_status == "synced"


def test_what_was_cancelled_before_it_was_booked_is_never_booked(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    appointment = appoint(cut, mara, at(10))
    cancel(appointment)

    calcom.sync(appointment, now=now)

    assert calcom.simulator.requests(path="/v2/") == []
    assert appointment.sync_status == "synced"


def test_a_booking_that_will_not_be_cancelled_is_listed_shown_and_tried_again(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    cancel(appointment)
    calcom.simulator.add_fault("fail", path="/v2/bookings/.*/cancel", times=None)

    calcom.sync_to_the_end(appointment, now=now)
    assert appointment.review_reason == "orphaned_booking"
    assert OrphanedBooking.objects.open().get().appointment == appointment
    calcom.simulator.clear_faults()
    sync_due(now=now + timedelta(minutes=6))

    appointment.refresh_from_db()
    assert calcom.live(appointment) == {}
    assert (appointment.sync_status, appointment.requires_manual_review) == ("synced", False)


@pytest.mark.parametrize(
    "starts_at", [at(9, 15), at(8, 45), at(14)], ids=["a bit later", "a bit earlier", "afternoon"]
)
def test_a_move_takes_all_parts_along_and_stores_their_new_uids(
    calcom: Calcom, perm_maps, perm: Service, mara: Staff, now: datetime, starts_at: datetime
) -> None:
    appointment = appoint(perm, mara, at(9))
    calcom.sync(appointment, now=now)
    before = uids_of(appointment)
    move(appointment, starts_at)

    assert calcom.sync(appointment, now=now) is None

    assert appointment.sync_status == "synced"
    assert len(calcom.creates()) == 4
    assert len(calcom.moves()) == 4
    assert [
        datetime.fromisoformat(start + "+00:00")
        for starts in calcom.times(appointment).values()
        for start in starts
    ] == [starts_at + timedelta(minutes=offset) for offset in (0, 65, 80, 95)]
    after = uids_of(appointment)
    assert not set(before.values()) & set(after.values())
    assert after == {
        segment: booking["uid"] for segment, [booking] in calcom.live(appointment).items()
    }


def test_moved_twice_and_cancelled_it_is_gone(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    for starts_at in (at(12), at(15)):
        move(appointment, starts_at)
        calcom.sync(appointment, now=now)
    assert calcom.times(appointment) == {"A": ["2030-01-08T14:00"]}
    cancel(appointment)

    calcom.sync(appointment, now=now)

    assert calcom.live(appointment) == {}


def test_a_move_finds_its_booking_under_another_uid(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    AppointmentPhase.objects.filter(appointment=appointment).update(calcom_booking_uid="stale")
    move(appointment, at(12))

    calcom.sync(appointment, now=now)

    assert appointment.sync_status == "synced"
    assert calcom.times(appointment) == {"A": ["2030-01-08T11:00"]}
    assert len(calcom.creates()) == 1


def test_a_move_whose_booking_is_gone_books_nothing_instead(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    lena = CustomerFactory.create(company=mara.company, email="familie@example.com")
    appointment, sisters = (
        appoint(cut, mara, starts_at, customer=lena) for starts_at in (at(10), at(11))
    )
    calcom.sync(appointment, now=now)
    calcom.sync(sisters, now=now)
    calcom.simulator.cancel_foreign_booking(uids_of(appointment)["A"])
    move(appointment, at(14))

    assert calcom.sync(appointment, now=now) is None

    assert appointment.review_reason == "booking_not_found"
    assert len(calcom.creates()) == 2
    assert calcom.times(sisters) == {"A": ["2030-01-08T10:00"]}


def test_a_move_that_one_part_cannot_follow_goes_back_to_where_it_was(
    calcom: Calcom, perm_maps, perm: Service, mara: Staff, now: datetime
) -> None:
    appointment = appoint(perm, mara, at(9))
    calcom.sync(appointment, now=now)
    before = calcom.times(appointment)
    calcom.simulator.add_foreign_booking(perm_maps["C"].event_type_id, at(15, 20))
    move(appointment, at(14))

    assert calcom.sync(appointment, now=now) is None

    assert calcom.times(appointment) == before
    assert (appointment.sync_status, appointment.starts_at) == ("conflict", at(14))
    assert appointment.review_reason == "slot_conflict"
    assert OrphanedBooking.objects.count() == 0
    assert uids_of(appointment) == {
        segment: booking["uid"] for segment, [booking] in calcom.live(appointment).items()
    }


def test_another_staff_member_gets_new_bookings_and_the_old_ones_go(
    calcom: Calcom, perm_maps, perm: Service, mara: Staff, jonas: Staff, now: datetime
) -> None:
    theirs = map_service(perm, jonas)
    calcom.seed()
    appointment = appoint(perm, mara, at(9))
    calcom.sync(appointment, now=now)
    move(appointment, at(9), staff=jonas)

    calcom.sync(appointment, now=now)

    live = calcom.live(appointment)
    assert {segment: booking["eventTypeId"] for segment, [booking] in live.items()} == {
        segment: row.event_type_id for segment, row in theirs.items()
    }
    assert uids_of(appointment) == {segment: booking["uid"] for segment, [booking] in live.items()}
    assert appointment.sync_status == "synced"


def test_a_refused_change_of_staff_leaves_the_first_ones_bookings(
    calcom: Calcom, perm_maps, perm: Service, mara: Staff, jonas: Staff, now: datetime
) -> None:
    theirs = map_service(perm, jonas)
    calcom.seed()
    appointment = appoint(perm, mara, at(9))
    calcom.sync(appointment, now=now)
    before = uids_of(appointment)
    calcom.simulator.add_foreign_booking(theirs["D"].event_type_id, at(10, 35))
    move(appointment, at(9), staff=jonas)

    calcom.sync(appointment, now=now)

    assert uids_of(appointment) == before
    assert {segment: booking["uid"] for segment, [booking] in calcom.live(appointment).items()} == (
        before
    )
    assert appointment.review_reason == "slot_conflict"


def test_a_change_after_a_failed_attempt_does_not_wait_for_the_next_one(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime, settings: Any
) -> None:
    settings.CALCOM_RETRY_DELAYS_SECONDS = [60]
    appointment = appoint(cut, mara, at(10))
    calcom.simulator.add_fault("create_then_500", times=1)
    calcom.simulator.add_fault("fail", path="/v2/bookings$", method="GET", times=1)
    assert calcom.sync(appointment, now=now)
    assert sync_due(now=now) == 0
    cancel(appointment)

    assert sync_due(now=now) == 1

    appointment.refresh_from_db()
    assert calcom.live(appointment) == {}
    assert appointment.sync_status == "synced"
