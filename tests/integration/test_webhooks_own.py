"""What people do to our own bookings in Cal.com: followed, or left to a person. W5, W7, W8."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F

from appointments.models import (
    Appointment,
    AppointmentPhase,
    Branch,
    BusyTime,
    CallbackRequest,
    Company,
    Service,
    Staff,
    Status,
)
from calcom.models import LONG_AGO, CalcomEventMap, OrphanedBooking, SyncState, WebhookDelivery
from calcom.sync.retrying import retry
from calcom.tasks import (
    sync_due,
)
from tests.asking import verdict
from tests.conftest import at
from tests.factories.calcom import CalcomEventMapFactory
from tests.syncing import Calcom, appoint, state_of, uids_of
from tests.webhooks import Door, body_of

Times = tuple[datetime, datetime]


def phase_times(appointment: Appointment) -> list[Times]:
    phases = AppointmentPhase.objects.filter(appointment=appointment).order_by("sequence")
    return list(phases.values_list("starts_at", "ends_at"))


def writes(calcom: Calcom) -> list[Any]:
    """What was asked of Cal.com that changes something there."""
    return calcom.simulator.requests(path="/v2/bookings", method="POST")


# --- Our own bookings ------------------------------------------------------------------------


def test_the_echo_of_our_own_booking_changes_nothing(
    calcom: Calcom, door: Door, appointment: Appointment
) -> None:
    before = uids_of(appointment), appointment.revision

    outcome = door.hear("BOOKING_CREATED", calcom.booking(before[0]["A"]))

    appointment.refresh_from_db()
    assert (outcome, uids_of(appointment), appointment.revision) == ("known", *before)
    assert (writes(calcom), BusyTime.objects.count()) == ([], 0)


def test_an_echo_before_the_answer_gives_one_uid_and_no_second_sync(
    calcom: Calcom, door: Door, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    appointment = appoint(cut, mara, at(10))
    calcom.simulator.add_fault("create_then_500", times=1)
    calcom.simulator.add_fault("fail", path="/v2/bookings$", method="GET", times=1)
    calcom.sync(appointment, now=now)  # booked, but the answer is lost
    [booking] = calcom.live(appointment)["A"]
    SyncState.objects.update(leased_until=now + timedelta(minutes=1))  # a worker still waits

    outcome = door.hear("BOOKING_CREATED", booking)

    assert outcome == "adopted"
    assert uids_of(appointment) == {"A": booking["uid"]}
    SyncState.objects.update(leased_until=LONG_AGO, next_attempt_at=LONG_AGO)
    assert calcom.sync(appointment, now=now) is None
    assert (len(calcom.creates()), len(calcom.live(appointment)["A"])) == (1, 1)
    assert appointment.sync_status == "synced"


def test_a_booking_that_only_looks_like_ours_is_not_adopted(
    calcom: Calcom, door: Door, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    """Same host, same minute: without the reference it is a stranger's."""
    appointment = appoint(cut, mara, at(10))
    booking = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(10))

    outcome = door.hear("BOOKING_CREATED", booking)

    assert (outcome, uids_of(appointment)) == ("busy", {"A": ""})


def test_a_move_in_calcom_is_followed(
    calcom: Calcom,
    door: Door,
    appointment: Appointment,
    cut: Service,
    branch: Branch,
    now: datetime,
    cleared: list[int],
    django_capture_on_commit_callbacks: Any,
) -> None:
    [uid] = uids_of(appointment).values()
    moved = calcom.move_by_hand(uid, at(11))
    calcom.simulator.clear_requests()
    door.tell(body_of("BOOKING_RESCHEDULED", moved, rescheduleUid=uid))

    with django_capture_on_commit_callbacks(execute=True):
        outcome = door.work()

    appointment.refresh_from_db()
    assert outcome == "moved"
    assert (appointment.starts_at, appointment.ends_at) == (at(11), at(11, 55))
    assert phase_times(appointment) == [(at(11), at(11, 55))]
    assert uids_of(appointment) == {"A": moved["uid"]}
    assert (appointment.sync_status, appointment.changed_outside_at) == ("synced", now)
    assert state_of(appointment).revision == appointment.revision == 2
    assert verdict(cut, at(11, 30), branch=branch, now=now) == "taken"
    assert verdict(cut, at(10), branch=branch, now=now) == "free"
    assert (writes(calcom), sync_due(now=now)) == ([], 0)
    assert set(cleared) == {door.company.pk}


def test_a_followed_move_can_be_moved_again_from_here(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    [uid] = uids_of(appointment).values()
    moved = calcom.move_by_hand(uid, at(11))
    door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=uid)

    Appointment.objects.filter(pk=appointment.pk).update(
        starts_at=at(15), ends_at=at(15, 55), revision=F("revision") + 1
    )
    AppointmentPhase.objects.filter(appointment=appointment).update(
        starts_at=at(15), ends_at=at(15, 55)
    )

    assert calcom.sync(appointment, now=now) is None
    assert calcom.times(appointment) == {"A": ["2030-01-08T14:00"]}


def test_a_move_onto_a_taken_time_is_not_followed(
    calcom: Calcom, door: Door, appointment: Appointment, cut: Service, mara: Staff, now: datetime
) -> None:
    other = appoint(cut, mara, at(14))  # not in Cal.com yet, which therefore lets it happen
    [uid] = uids_of(appointment).values()
    moved = calcom.move_by_hand(uid, at(14, 30))

    outcome = door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=uid)

    appointment.refresh_from_db()
    other.refresh_from_db()
    assert outcome == "review"
    assert (appointment.starts_at, other.starts_at) == (at(10), at(14))
    assert (appointment.review_reason, appointment.sync_status) == ("calcom_collision", "conflict")
    assert CallbackRequest.objects.get().priority == "high"
    assert state_of(appointment).gave_up


def test_a_move_onto_a_blocked_time_is_not_followed(
    calcom: Calcom, door: Door, appointment: Appointment, salon: Company
) -> None:
    """No constraint of the database knows of blocks."""
    BusyTime.objects.create(company=salon, starts_at=at(14), ends_at=at(15), reason="Inventur")
    [uid] = uids_of(appointment).values()

    outcome = door.hear(
        "BOOKING_RESCHEDULED", calcom.move_by_hand(uid, at(14, 30)), rescheduleUid=uid
    )

    appointment.refresh_from_db()
    assert (outcome, appointment.starts_at) == ("review", at(10))
    assert appointment.review_reason == "calcom_collision"


def test_the_sync_puts_a_move_back_that_collided_when_told_to(
    calcom: Calcom, door: Door, appointment: Appointment, salon: Company, now: datetime
) -> None:
    BusyTime.objects.create(company=salon, starts_at=at(14), ends_at=at(15))
    [uid] = uids_of(appointment).values()
    door.hear("BOOKING_RESCHEDULED", calcom.move_by_hand(uid, at(14)), rescheduleUid=uid)

    assert retry(appointment)
    calcom.sync(appointment, now=now)

    assert calcom.times(appointment) == {"A": ["2030-01-08T09:00"]}
    assert appointment.sync_status == "synced"


def test_a_move_that_beats_a_hold_is_followed(
    calcom: Calcom, door: Door, appointment: Appointment, cut: Service, mara: Staff, now: datetime
) -> None:
    hold = appoint(cut, mara, at(14))
    Appointment.objects.filter(pk=hold.pk).update(
        status=Status.HELD, held_until=now + timedelta(seconds=180), customer=None
    )
    [uid] = uids_of(appointment).values()

    outcome = door.hear("BOOKING_RESCHEDULED", calcom.move_by_hand(uid, at(14)), rescheduleUid=uid)

    assert outcome == "moved"
    assert not Appointment.objects.filter(pk=hold.pk).exists()


def test_a_cancellation_in_calcom_is_followed_with_its_reason(
    calcom: Calcom, door: Door, appointment: Appointment, cut: Service, branch: Branch, now
) -> None:
    [uid] = uids_of(appointment).values()
    cancelled = calcom.cancel_by_hand(uid)
    calcom.simulator.clear_requests()

    outcome = door.hear("BOOKING_CANCELLED", cancelled, cancellationReason="Kundin krank")

    appointment.refresh_from_db()
    assert outcome == "cancelled"
    assert (appointment.status, appointment.cancel_reason) == ("cancelled", "Kundin krank")
    assert (appointment.cancelled_at, appointment.sync_status) == (now, "synced")
    assert (uids_of(appointment), state_of(appointment).revision) == ({"A": ""}, 2)
    assert verdict(cut, at(10), branch=branch, now=now) == "free"
    assert (writes(calcom), sync_due(now=now)) == ([], 0)


def test_a_cancellation_that_is_told_before_it_is_written_is_waited_for(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    [uid] = uids_of(appointment).values()
    told = calcom.booking(uid)

    assert door.hear("BOOKING_CANCELLED", told) == ""
    calcom.cancel_by_hand(uid)
    sync_due(now=now + timedelta(seconds=1))

    appointment.refresh_from_db()
    assert appointment.status == "cancelled"
    assert WebhookDelivery.objects.get().state == "done"


def test_a_cancellation_that_never_comes_true_changes_nothing(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime, settings: Any
) -> None:
    settings.CALCOM_RETRY_DELAYS_SECONDS = [1, 5]
    [uid] = uids_of(appointment).values()
    door.hear("BOOKING_CANCELLED", calcom.booking(uid))

    for seconds in (2, 8):
        sync_due(now=now + timedelta(seconds=seconds))

    appointment.refresh_from_db()
    assert appointment.status == "confirmed"
    assert WebhookDelivery.objects.get().outcome == "known"


@pytest.mark.parametrize("segment", ["A", "B", "D"])
def test_a_cancelled_part_of_a_perm_is_for_a_person(
    calcom: Calcom, door: Door, permed: Appointment, segment: str
) -> None:
    uids = uids_of(permed)

    outcome = door.hear("BOOKING_CANCELLED", calcom.cancel_by_hand(uids[segment]))

    permed.refresh_from_db()
    assert outcome == "review"
    assert (permed.status, permed.starts_at) == ("confirmed", at(9))
    assert permed.review_reason == "segment_changed_in_calcom"
    assert sorted(calcom.live(permed)) == sorted(set(uids) - {segment})
    assert {**uids_of(permed), segment: ""} == {**uids, segment: ""}
    assert Appointment.objects.of(door.company).count() == 1
    assert BusyTime.objects.count() == 0


def test_a_moved_part_of_a_perm_is_for_a_person_who_can_put_it_back(
    calcom: Calcom, door: Door, permed: Appointment, now: datetime
) -> None:
    uids = uids_of(permed)
    moved = calcom.move_by_hand(uids["D"], at(15))
    door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=uids["D"])
    permed.refresh_from_db()
    assert (permed.review_reason, permed.sync_status) == ("segment_changed_in_calcom", "conflict")
    assert sync_due(now=now) == 0  # nothing is put back of itself

    assert retry(permed)
    calcom.sync(permed, now=now)

    assert calcom.times(permed)["D"] == ["2030-01-08T09:35"]
    assert (permed.sync_status, permed.requires_manual_review) == ("synced", False)


def test_a_part_that_somebody_puts_back_in_calcom_closes_its_review(
    calcom: Calcom, door: Door, permed: Appointment, now: datetime
) -> None:
    uids = uids_of(permed)
    moved = calcom.move_by_hand(uids["D"], at(15))
    door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=uids["D"])
    back = calcom.move_by_hand(moved["uid"], at(10, 35))
    calcom.simulator.clear_requests()

    door.hear("BOOKING_RESCHEDULED", back, rescheduleUid=moved["uid"])
    sync_due(now=now)

    permed.refresh_from_db()
    assert (permed.sync_status, permed.requires_manual_review) == ("synced", False)
    assert uids_of(permed)["D"] == back["uid"]
    assert writes(calcom) == []


@pytest.mark.parametrize("status", ["completed", "no_show"])
def test_what_is_over_is_left_alone(
    calcom: Calcom, door: Door, appointment: Appointment, status: str
) -> None:
    Appointment.objects.filter(pk=appointment.pk).update(status=status)
    [uid] = uids_of(appointment).values()

    outcome = door.hear("BOOKING_CANCELLED", calcom.cancel_by_hand(uid))

    appointment.refresh_from_db()
    assert (outcome, appointment.status) == ("known", status)


def test_the_event_type_of_a_managed_child_is_ours_too(
    calcom: Calcom, door: Door, cut: Service, mara: Staff
) -> None:
    CalcomEventMapFactory.create(
        service=cut, staff=mara, event_type_id=3900, child_event_type_id=3901
    )
    calcom.seed()
    booking = calcom.simulator.add_foreign_booking(3901, at(10))

    assert door.hear("BOOKING_CREATED", booking) == "busy"


@pytest.mark.parametrize("why", ["abandoned", "another event type"])
def test_a_booking_of_ours_that_nobody_wants_is_not_adopted(
    calcom: Calcom, door: Door, appointment: Appointment, why: str
) -> None:
    [uid] = uids_of(appointment).values()
    AppointmentPhase.objects.update(calcom_booking_uid="")
    if why == "abandoned":
        OrphanedBooking.objects.create(company=door.company, uid=uid, reason="undone")
    else:
        CalcomEventMap.objects.update(event_type_id=F("event_type_id") + 500)

    outcome = door.hear("BOOKING_CREATED", calcom.booking(uid))

    assert (outcome, uids_of(appointment)) == ("left", {"A": ""})
