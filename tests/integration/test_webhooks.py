"""What people do in Cal.com, followed here: the scenarios of the booking rules, W1 to W10."""

from collections.abc import Sequence
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
from appointments.signals import availability_changed
from calcom.models import LONG_AGO, OrphanedBooking, SyncState, WebhookDelivery
from calcom.sync.retrying import retry
from calcom.tasks import next_due, sync_due
from tests.asking import verdict
from tests.conftest import at
from tests.factories.calcom import CalcomEventMapFactory
from tests.syncing import Calcom, appoint, state_of, uids_of
from tests.webhooks import Door, body_of

Times = tuple[datetime, datetime]


@pytest.fixture
def appointment(calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime) -> Appointment:
    """Ours, at ten, in Cal.com too."""
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    calcom.simulator.clear_requests()
    return appointment


@pytest.fixture
def permed(calcom: Calcom, perm_maps, perm: Service, mara: Staff, now: datetime) -> Appointment:
    """Four bookings of ours, from nine on."""
    appointment = appoint(perm, mara, at(9))
    calcom.sync(appointment, now=now)
    calcom.simulator.clear_requests()
    return appointment


@pytest.fixture
def cleared() -> Any:
    """The companies whose cached slots were dropped."""
    companies: list[int] = []

    def keep(*, company_id: int, **_: object) -> None:
        companies.append(company_id)

    availability_changed.connect(keep)
    yield companies
    availability_changed.disconnect(keep)


def busy_times(company: Company) -> list[tuple[Any, ...]]:
    rows = BusyTime.objects.filter(company=company).order_by("starts_at", "pk")
    return list(rows.values_list("staff", "starts_at", "ends_at", "external_uid"))


def phase_times(appointment: Appointment) -> list[Times]:
    phases = AppointmentPhase.objects.filter(appointment=appointment).order_by("sequence")
    return list(phases.values_list("starts_at", "ends_at"))


def writes(calcom: Calcom) -> list[Any]:
    """What was asked of Cal.com that changes something there."""
    return calcom.simulator.requests(path="/v2/bookings", method="POST")


# --- Foreign bookings -----------------------------------------------------------------------


@pytest.mark.parametrize("trigger", ["BOOKING_CREATED", "BOOKING.CREATED", "BOOKING_REQUESTED"])
def test_a_foreign_booking_takes_the_time_of_its_host(
    calcom: Calcom, door: Door, cut_maps, cut: Service, mara: Staff, now: datetime, trigger: str
) -> None:
    booking = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(10))

    outcome = door.hear(trigger, booking)

    assert outcome == "busy"
    assert busy_times(mara.company) == [(mara.pk, at(10), at(10, 55), booking["uid"])]
    assert verdict(cut, at(10), branch=mara.branch, now=now) == "taken"
    assert writes(calcom) == []


def test_a_foreign_booking_of_nobody_we_know_takes_everybodys_time(
    calcom: Calcom, door: Door, cut_maps, mara: Staff
) -> None:
    Staff.objects.filter(pk=mara.pk).update(calcom_user_id=None)
    booking = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(10))

    door.hear("BOOKING_CREATED", booking)

    assert busy_times(mara.company) == [(None, at(10), at(10, 55), booking["uid"])]


def test_a_foreign_booking_is_followed_when_it_moves_and_when_it_ends(
    calcom: Calcom, door: Door, cut_maps, mara: Staff
) -> None:
    booking = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(10))
    door.hear("BOOKING_CREATED", booking)
    moved = calcom.move_by_hand(booking["uid"], at(14))

    outcomes = [door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=booking["uid"])]

    assert busy_times(mara.company) == [(mara.pk, at(14), at(14, 55), moved["uid"])]
    outcomes.append(door.hear("BOOKING_CANCELLED", calcom.cancel_by_hand(moved["uid"])))
    assert busy_times(mara.company) == []
    assert outcomes == ["busy", "freed"]


def test_a_foreign_booking_that_meets_an_appointment_is_for_a_person(
    calcom: Calcom, door: Door, appointment: Appointment, cut_maps
) -> None:
    booking = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(10, 30))

    door.hear("BOOKING_CREATED", booking)

    appointment.refresh_from_db()
    assert (appointment.status, appointment.starts_at) == ("confirmed", at(10))
    assert appointment.review_reason == "calcom_collision"
    assert CallbackRequest.objects.get().priority == "high"
    assert BusyTime.objects.get().starts_at == at(10, 30)


def test_a_foreign_booking_inside_a_gap_meets_nobody(
    calcom: Calcom, door: Door, permed: Appointment, cut: Service, mara: Staff
) -> None:
    fringe = CalcomEventMapFactory.create(service=cut, staff=mara)
    calcom.simulator.seed(
        event_types=[
            {
                "id": fringe.event_type_id,
                "title": "Pony",
                "slug": "pony",
                "lengthInMinutes": 15,
                "hosts": [mara.calcom_user_id],
            }
        ],
        account=mara.company.slug,
    )
    booking = calcom.simulator.add_foreign_booking(fringe.event_type_id, at(9, 50))

    assert door.hear("BOOKING_CREATED", booking) == "busy"

    permed.refresh_from_db()
    assert not permed.requires_manual_review


# --- What does not concern us ----------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {"triggerEvent": "PING", "createdAt": "2030-01-07T11:00:00Z"},
        {"triggerEvent": "OOO_CREATED", "payload": {"uid": "abc"}},
        {"triggerEvent": "BOOKING_PAID", "payload": {"uid": "abc", "eventTypeId": 3001}},
        {
            "triggerEvent": "BOOKING_NO_SHOW_UPDATED",
            "payload": {"message": "x", "bookingUid": "abc", "bookingId": 1},
        },
        {"triggerEvent": "MEETING_ENDED", "uid": "abc", "eventTypeId": 3001},
        {"triggerEvent": "BOOKING_CREATED", "payload": {"eventTypeId": 999, "uid": "abc"}},
        {"triggerEvent": "BOOKING_CANCELLED", "payload": {"uid": "abc"}},
        {"triggerEvent": 7, "payload": []},
        {},
    ],
    ids=lambda body: str(body.get("triggerEvent")),
)
def test_what_does_not_concern_the_salon_is_recorded_as_ignored(
    calcom: Calcom, door: Door, cut_maps, body: dict[str, Any], cleared: list[int]
) -> None:
    door.tell(body)
    sync_due(now=door.now)

    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.outcome) == ("ignored", "ignored")
    assert calcom.simulator.requests() == []
    assert cleared == []


def test_a_booking_of_another_company_is_nobodys_business_here(
    calcom: Calcom, door: Door, appointment: Appointment
) -> None:
    [uid] = uids_of(appointment).values()
    cancelled = calcom.cancel_by_hand(uid)
    other = Company.objects.get(slug="salon-zwei")
    other.calcom_api_key, other.calcom_webhook_secret = "cal_test_salon_zwei", "whsec_salon_zwei"
    other.save()

    outcome = Door(other, door.now, "whsec_salon_zwei").hear("BOOKING_CANCELLED", cancelled)

    appointment.refresh_from_db()
    assert (outcome, appointment.status) == ("ignored", "confirmed")
    assert BusyTime.objects.count() == 0


def test_what_bears_the_reference_of_another_company_is_a_foreign_booking(
    calcom: Calcom, door: Door, appointment: Appointment
) -> None:
    """Two companies may share an event type: what is one's own is foreign to the other."""
    [uid] = uids_of(appointment).values()
    other = Company.objects.get(slug="salon-zwei")
    other.calcom_api_key, other.calcom_webhook_secret = "cal_test_salon_zwei", "whsec_salon_zwei"
    other.save()
    CalcomEventMapFactory.create(
        staff=other.staff.get(),
        service=other.services.get(),
        event_type_id=calcom.booking(uid)["eventTypeId"],
    )
    calcom.simulator.seed(
        api_keys={"cal_test_salon_zwei": appointment.staff.calcom_user_id}, account="salon-eins"
    )
    theirs = Door(other, door.now, "whsec_salon_zwei")

    outcomes = [
        theirs.hear("BOOKING_CREATED", calcom.booking(uid)),
        theirs.hear("BOOKING_CANCELLED", calcom.cancel_by_hand(uid)),
    ]

    appointment.refresh_from_db()
    assert outcomes == ["busy", "freed"]
    assert appointment.status == "confirmed"


def test_a_company_that_does_not_sync_follows_nothing(
    calcom: Calcom, door: Door, cut_maps, salon: Company
) -> None:
    booking = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(10))
    Company.objects.filter(pk=salon.pk).update(calcom_api_key="")

    assert door.hear("BOOKING_CREATED", booking) == "ignored"


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


# --- Any order, twice, lost, at once ---------------------------------------------------------


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1, 2, 0]], ids=str)
def test_in_whatever_order_one_hears_of_it_the_end_is_the_same(
    calcom: Calcom, door: Door, appointment: Appointment, order: Sequence[int]
) -> None:
    uids = [uids_of(appointment)["A"]]
    created = calcom.booking(uids[0])
    first = calcom.move_by_hand(uids[0], at(12))
    second = calcom.move_by_hand(first["uid"], at(14))
    told = [
        ("BOOKING_CREATED", created, {}),
        ("BOOKING_RESCHEDULED", first, {"rescheduleUid": uids[0]}),
        ("BOOKING_RESCHEDULED", second, {"rescheduleUid": first["uid"]}),
    ]

    for number, index in enumerate(order):
        trigger, booking, more = told[index]
        door.hear(trigger, booking, iCalSequence=number, **more)

    appointment.refresh_from_db()
    assert appointment.starts_at == at(14)
    assert uids_of(appointment) == {"A": second["uid"]}
    assert appointment.revision == 2
    assert not appointment.requires_manual_review


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]], ids=str)
def test_a_foreign_booking_ends_in_whatever_order_one_hears_of_it(
    calcom: Calcom, door: Door, cut_maps, order: Sequence[int]
) -> None:
    created = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(10))
    moved = calcom.move_by_hand(created["uid"], at(14))
    cancelled = calcom.cancel_by_hand(moved["uid"])
    told = [
        ("BOOKING_CREATED", created, {}),
        ("BOOKING_RESCHEDULED", moved, {"rescheduleUid": created["uid"]}),
        ("BOOKING_CANCELLED", cancelled, {}),
    ]

    for index in order:
        trigger, booking, more = told[index]
        door.hear(trigger, booking, **more)

    assert BusyTime.objects.count() == 0


def test_the_same_webhook_twice_has_one_effect(
    calcom: Calcom, door: Door, appointment: Appointment
) -> None:
    [uid] = uids_of(appointment).values()
    moved = calcom.move_by_hand(uid, at(11))

    for _ in range(2):
        door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=uid)

    appointment.refresh_from_db()
    assert (appointment.revision, WebhookDelivery.objects.count()) == (2, 1)


def test_while_a_change_of_our_own_is_on_its_way_that_one_counts(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    """The customer moved it by telephone while somebody moved it in Cal.com."""
    [uid] = uids_of(appointment).values()
    Appointment.objects.filter(pk=appointment.pk).update(
        starts_at=at(15), ends_at=at(15, 55), revision=F("revision") + 1
    )
    AppointmentPhase.objects.filter(appointment=appointment).update(
        starts_at=at(15), ends_at=at(15, 55)
    )
    moved = calcom.move_by_hand(uid, at(11))

    door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=uid)
    sync_due(now=now)

    appointment.refresh_from_db()
    assert appointment.starts_at == at(15)
    assert calcom.times(appointment) == {"A": ["2030-01-08T14:00"]}
    assert appointment.sync_status == "synced"


def test_while_our_own_sync_is_at_it_a_move_is_looked_at_later(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    [uid] = uids_of(appointment).values()
    moved = calcom.move_by_hand(uid, at(11))
    SyncState.objects.update(leased_until=now + timedelta(seconds=1))

    assert door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=uid) == ""
    sync_due(now=now + timedelta(seconds=2))

    appointment.refresh_from_db()
    assert appointment.starts_at == at(11)


def test_the_echo_of_our_own_move_does_not_undo_it(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    """The webhook of our own move arrives while its answer is still awaited."""
    [uid] = uids_of(appointment).values()
    Appointment.objects.filter(pk=appointment.pk).update(
        starts_at=at(15), ends_at=at(15, 55), revision=F("revision") + 1
    )
    AppointmentPhase.objects.filter(appointment=appointment).update(
        starts_at=at(15), ends_at=at(15, 55)
    )
    moved = calcom.move_by_hand(uid, at(15))
    SyncState.objects.update(leased_until=now + timedelta(seconds=1))

    outcome = door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=uid)

    assert (outcome, uids_of(appointment)) == ("adopted", {"A": moved["uid"]})
    calcom.sync(appointment, now=now + timedelta(seconds=2))
    assert (appointment.starts_at, appointment.sync_status) == (at(15), "synced")
    assert len(calcom.moves()) == 1


def test_a_booking_that_outlived_its_cancelled_appointment_is_cancelled(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    [uid] = uids_of(appointment).values()
    Appointment.objects.filter(pk=appointment.pk).update(status=Status.CANCELLED)

    outcome = door.hear("BOOKING_CREATED", calcom.booking(uid))

    assert outcome == "orphaned"
    assert OrphanedBooking.objects.get().reason == "uncancelled"
    sync_due(now=now)
    assert calcom.live(appointment) == {}


# --- When Cal.com cannot be asked ------------------------------------------------------------


def test_an_outage_is_outlasted(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    [uid] = uids_of(appointment).values()
    moved = calcom.move_by_hand(uid, at(11))
    calcom.simulator.add_fault("fail", path="/v2/bookings/", method="GET", times=2)

    door.hear("BOOKING_RESCHEDULED", moved, rescheduleUid=uid)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("received", 1)
    assert delivery.error
    for seconds in (1, 7):
        sync_due(now=now + timedelta(seconds=seconds))

    appointment.refresh_from_db()
    delivery.refresh_from_db()
    assert appointment.starts_at == at(11)
    assert (delivery.state, delivery.error) == ("done", "")


def test_what_cannot_be_settled_for_a_day_is_shown_to_a_person(
    calcom: Calcom, door: Door, appointment: Appointment, now: datetime
) -> None:
    [uid] = uids_of(appointment).values()
    calcom.simulator.add_fault("fail", path="/v2/bookings/", method="GET", times=None)
    door.hear("BOOKING_CREATED", calcom.booking(uid), bookingId=1)
    WebhookDelivery.objects.update(received_at=now - timedelta(days=1), next_attempt_at=now)

    sync_due(now=now)

    delivery = WebhookDelivery.objects.get()
    assert delivery.state == "failed"
    assert delivery.error
    assert next_due(now=now) is None
