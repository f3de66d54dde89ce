"""Bookings in Cal.com that are not ours, and what does not concern us: W1, W4, W6, W9."""

from datetime import datetime
from typing import Any

import pytest

from appointments.models import (
    Appointment,
    BusyTime,
    CallbackRequest,
    Company,
    Service,
    Staff,
)
from calcom.models import WebhookDelivery
from calcom.tasks import (
    sync_due,
)
from tests.asking import verdict
from tests.conftest import at
from tests.factories.calcom import CalcomEventMapFactory
from tests.syncing import Calcom, uids_of
from tests.webhooks import Door, body_of


def busy_times(company: Company) -> list[tuple[Any, ...]]:
    rows = BusyTime.objects.filter(company=company).order_by("starts_at", "pk")
    return list(rows.values_list("staff", "starts_at", "ends_at", "external_uid"))


def writes(calcom: Calcom) -> list[Any]:
    """What was asked of Cal.com that changes something there."""
    return calcom.simulator.requests(path="/v2/bookings", method="POST")


# --- Foreign bookings ------------------------------------------------------------------------


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


def test_what_is_cached_is_dropped_when_a_foreign_booking_is_heard_of(
    calcom: Calcom,
    door: Door,
    cut_maps,
    cleared: list[int],
    django_capture_on_commit_callbacks: Any,
) -> None:
    booking = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(10))
    door.tell(body_of("BOOKING_CREATED", booking))

    with django_capture_on_commit_callbacks(execute=True):
        door.work()

    assert cleared == [door.company.pk]


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
