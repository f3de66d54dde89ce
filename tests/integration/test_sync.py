"""Making Cal.com agree with an appointment: booking, retrying, giving up, all or nothing."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F

from appointments.models import (
    Appointment,
    AppointmentPhase,
    CallbackRequest,
    Company,
    Service,
    Staff,
    Status,
)
from calcom.models import OrphanedBooking
from calcom.tasks import next_due, sync_due
from tests.conftest import at
from tests.factories.appointments import CustomerFactory
from tests.factories.calcom import CalcomEventMapFactory, map_service
from tests.syncing import Calcom, appoint, state_of, uids_of

HANDS_ON = ["A", "B", "C", "D"]


def test_a_simple_appointment_becomes_one_booking_with_our_reference(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    appointment = appoint(cut, mara, at(10), call_id="call_1", source="voice")

    again_at = calcom.sync(appointment, now=now)

    [create] = calcom.creates()
    assert again_at is None
    assert create["body"]["metadata"] == {
        "booking_site_appointment": appointment.public_id,
        "booking_site_segment": "A",
        "booking_site_call": "call_1",
        "booking_site_source": "voice",
    }
    [booking] = calcom.live(appointment)["A"]
    assert uids_of(appointment) == {"A": booking["uid"]}
    assert appointment.sync_status == "synced"
    assert appointment.synced_at is not None
    assert appointment.revision == 1


def test_a_perm_becomes_four_bookings_at_once_each_with_its_own_title(
    calcom: Calcom, perm_maps, perm: Service, mara: Staff, now: datetime
) -> None:
    calcom.simulator.switch(latency_milliseconds=500)
    appointment = appoint(perm, mara, at(9))

    began = time.monotonic()
    calcom.sync(appointment, now=now)

    assert time.monotonic() - began < 4 * 0.5  # as long as one after the other
    creates = calcom.creates()
    assert {each["body"]["bookingFieldsResponses"]["title"] for each in creates} == {
        f"Dauerwelle - {key}" for key in HANDS_ON
    }
    assert len(creates) == 4
    assert calcom.times(appointment) == {
        "A": ["2030-01-08T08:00"],
        "B": ["2030-01-08T09:05"],
        "C": ["2030-01-08T09:20"],
        "D": ["2030-01-08T09:35"],
    }
    assert appointment.sync_status == "synced"
    gaps = AppointmentPhase.objects.filter(appointment=appointment, staff_required=False)
    assert set(gaps.values_list("sync_status", "calcom_booking_uid")) == {("not_applicable", "")}


def test_what_is_synced_is_not_asked_about_again(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    calcom.simulator.clear_requests()

    calcom.sync(appointment, now=now)
    Appointment.objects.filter(pk=appointment.pk).update(
        notes="mit Bart", revision=F("revision") + 1
    )
    calcom.sync(appointment, now=now)

    assert calcom.simulator.requests(path="/v2/") == []
    assert appointment.sync_status == "synced"
    assert state_of(appointment).revision == 2


@pytest.mark.parametrize("missing", ["C", "all"])
def test_without_a_map_nothing_is_sent_and_a_person_is_asked(
    calcom: Calcom, perm: Service, mara: Staff, now: datetime, missing: str
) -> None:
    if missing != "all":
        map_service(perm, mara, but=missing)
    calcom.seed()
    appointment = appoint(perm, mara, at(9))

    again_at = calcom.sync(appointment, now=now)

    assert again_at is None
    assert calcom.simulator.requests(path="/v2/") == []
    assert (appointment.sync_status, appointment.status) == ("failed", Status.CONFIRMED)
    assert appointment.requires_manual_review
    assert appointment.review_reason == "missing_event_map"
    first = "A" if missing == "all" else "C"
    assert f"Dauerwelle, segment {first}, Mara Lindt" in appointment.sync_error


def test_a_map_that_is_created_later_starts_the_sync_by_itself(
    calcom: Calcom, perm: Service, mara: Staff, now: datetime
) -> None:
    map_service(perm, mara, but="C")
    appointment = appoint(perm, mara, at(9))
    calcom.sync(appointment, now=now)
    assert sync_due(now=now) == 0
    assert next_due(now=now) is None

    CalcomEventMapFactory.create(service=perm, staff=mara, segment_key="C")
    calcom.seed()
    handled = sync_due(now=now)

    appointment.refresh_from_db()
    assert handled == 1
    assert sorted(calcom.live(appointment)) == HANDS_ON
    assert appointment.sync_status == "synced"
    assert (appointment.requires_manual_review, appointment.sync_error) == (False, "")


def test_after_a_failure_only_what_is_missing_is_booked(
    calcom: Calcom, perm_maps, perm: Service, mara: Staff, now: datetime, settings: Any
) -> None:
    settings.CALCOM_RETRY_DELAYS_SECONDS = [1, 5, 30]
    calcom.simulator.add_fault(
        "fail",
        method="POST",
        path="/v2/bookings$",
        event_type_id=perm_maps["B"].event_type_id,
        times=1,
    )
    appointment = appoint(perm, mara, at(9))

    again_at = calcom.sync(appointment, now=now)
    assert again_at
    assert appointment.sync_status == "pending"
    assert sorted(calcom.live(appointment)) == ["A", "C", "D"]
    calcom.simulator.clear_requests()
    assert calcom.sync(appointment, now=again_at) is None

    assert [each["body"]["metadata"]["booking_site_segment"] for each in calcom.creates()] == ["B"]
    assert all(len(bookings) == 1 for bookings in calcom.live(appointment).values())
    assert appointment.sync_status == "synced"


def test_when_one_part_fails_to_the_end_the_others_are_taken_back(
    calcom: Calcom, perm_maps, perm: Service, mara: Staff, now: datetime
) -> None:
    calcom.simulator.add_fault(
        "fail",
        method="POST",
        path="/v2/bookings$",
        event_type_id=perm_maps["B"].event_type_id,
        times=None,
    )
    appointment = appoint(perm, mara, at(9))

    calcom.sync_to_the_end(appointment, now=now)

    assert len(calcom.creates()) == 3 + 4
    assert len(calcom.cancels()) == 3
    assert calcom.live(appointment) == {}
    assert (appointment.sync_status, appointment.status) == ("failed", Status.CONFIRMED)
    assert appointment.review_reason == "partial_booking"
    assert "500" in appointment.sync_error
    assert set(uids_of(appointment).values()) == {""}
    assert OrphanedBooking.objects.open().count() == 0
    callback = CallbackRequest.objects.get()
    assert (callback.priority, callback.reason) == ("high", "partial_booking")
    assert timedelta(hours=4) <= callback.due_at - now < timedelta(hours=4, minutes=1)


def test_bookings_that_could_not_be_taken_back_are_cancelled_by_a_later_sweep(
    calcom: Calcom, perm_maps, perm: Service, mara: Staff, now: datetime
) -> None:
    calcom.simulator.add_fault(
        "fail",
        method="POST",
        path="/v2/bookings$",
        event_type_id=perm_maps["B"].event_type_id,
        times=None,
    )
    calcom.simulator.add_fault("reset", method="POST", path="/v2/bookings/.*/cancel", times=None)
    appointment = appoint(perm, mara, at(9))
    calcom.sync_to_the_end(appointment, now=now)
    assert OrphanedBooking.objects.open().count() == 3
    assert len(calcom.live(appointment)) == 3

    calcom.simulator.clear_faults()
    handled = sync_due(now=now + timedelta(minutes=6))

    assert handled == 3
    assert calcom.live(appointment) == {}
    assert OrphanedBooking.objects.open().count() == 0


def test_an_outage_is_met_with_three_more_attempts_and_then_a_person(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime, settings: Any
) -> None:
    settings.CALCOM_RETRY_DELAYS_SECONDS = [1, 5, 30]
    calcom.simulator.add_fault("html_524", times=None)
    appointment = appoint(cut, mara, at(10))

    waits = calcom.sync_to_the_end(appointment, now=now)

    assert [round(wait) for wait in waits] == [1, 5, 30]
    assert appointment.sync_status == "failed"
    assert appointment.review_reason == "retries_exhausted"
    assert not CallbackRequest.objects.exists()


def test_what_an_outage_hid_is_found_when_it_is_over(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    calcom.simulator.add_fault("create_then_500", times=1)
    calcom.simulator.add_fault("fail", method="GET", path="/v2/bookings$", times=None)
    appointment = appoint(cut, mara, at(10))
    calcom.sync_to_the_end(appointment, now=now)
    assert appointment.review_reason == "retries_exhausted"
    assert uids_of(appointment) == {"A": ""}

    calcom.simulator.clear_faults()
    sync_due(now=now + timedelta(minutes=6))

    appointment.refresh_from_db()
    assert len(calcom.creates()) == 1
    assert appointment.sync_status == "synced"
    assert not appointment.requires_manual_review


def test_too_many_requests_are_answered_by_waiting_as_long_as_told(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    calcom.simulator.add_fault(
        "rate_limited", method="POST", path="/v2/bookings$", retry_after=7, times=1
    )
    appointment = appoint(cut, mara, at(10))

    again_at = calcom.sync(appointment, now=now)

    assert again_at
    assert timedelta(seconds=7) <= again_at - now < timedelta(seconds=8)
    too_early = now + timedelta(seconds=6)
    assert calcom.sync(appointment, now=too_early) == again_at
    assert len(calcom.creates()) == 1
    assert sync_due(now=too_early) == 0
    assert sync_due(now=again_at) == 1
    assert len(calcom.creates()) == 2


def test_a_time_taken_by_a_stranger_is_a_conflict_and_moves_nothing(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    stranger = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(10, 30))
    appointment = appoint(cut, mara, at(10))

    assert calcom.sync(appointment, now=now) is None

    assert len(calcom.creates()) == 1
    assert appointment.sync_status == "conflict"
    assert appointment.review_reason == "slot_conflict"
    assert (appointment.status, appointment.starts_at) == (Status.CONFIRMED, at(10))
    assert "already has booking" in appointment.sync_error
    assert CallbackRequest.objects.get().reason == "slot_conflict"
    [foreign] = [each for each in calcom.simulator.bookings() if each["uid"] == stranger["uid"]]
    assert foreign["status"] == "accepted"


def test_one_taken_part_takes_the_others_back(
    calcom: Calcom, perm_maps, perm: Service, mara: Staff, now: datetime
) -> None:
    calcom.simulator.add_foreign_booking(perm_maps["B"].event_type_id, at(10, 5))
    appointment = appoint(perm, mara, at(9))

    calcom.sync(appointment, now=now)

    assert calcom.live(appointment) == {}
    assert appointment.review_reason == "slot_conflict"


def test_a_refused_payload_is_not_sent_again_and_the_words_are_kept(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    words = "Can't book this: " + "the form asks for a shoe size. " * 20
    calcom.simulator.add_fault(
        "fail",
        method="POST",
        path="/v2/bookings$",
        status=422,
        body={"statusCode": 422, "message": words},
    )
    appointment = appoint(cut, mara, at(10))

    assert calcom.sync(appointment, now=now) is None

    assert len(calcom.creates()) == 1
    assert len(calcom.lists()) == 1
    assert appointment.sync_status == "failed"
    assert appointment.review_reason == "rejected_by_calcom"
    assert appointment.sync_error == f"A: POST /v2/bookings: 422 {words}".strip()


def test_a_rejected_key_is_neither_retried_nor_verified(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    Company.objects.filter(pk=mara.company_id).update(calcom_api_key="cal_wrong")
    appointment = appoint(cut, mara, at(10))
    appointment.company.refresh_from_db()

    assert calcom.sync(appointment, now=now) is None

    assert len(calcom.simulator.requests(path="/v2/")) == 1
    assert appointment.review_reason == "credentials_rejected"


@pytest.mark.parametrize("kind", ["unknown", "managed"])
def test_an_event_type_that_cannot_be_booked_breaks_its_map(
    calcom: Calcom, cut: Service, mara: Staff, now: datetime, kind: str
) -> None:
    event_map = CalcomEventMapFactory.create(service=cut, staff=mara, event_type_id=77)
    CalcomEventMapFactory.create(service=cut, staff=mara, segment_key="other")
    if kind == "managed":
        calcom.simulator.seed(
            account="salon-eins",
            users=[{"id": mara.calcom_user_id, "name": "Mara"}],
            event_types=[
                {
                    "id": 77,
                    "title": "Cut",
                    "slug": "cut",
                    "lengthInMinutes": 55,
                    "hosts": [mara.calcom_user_id],
                    "teamId": 1,
                    "schedulingType": "managed",
                }
            ],
            api_keys={mara.company.calcom_api_key: mara.calcom_user_id},
        )
    else:
        calcom.simulator.seed(
            account="salon-eins",
            users=[{"id": mara.calcom_user_id, "name": "Mara"}],
            api_keys={mara.company.calcom_api_key: mara.calcom_user_id},
        )
    appointment = appoint(cut, mara, at(10))

    calcom.sync(appointment, now=now)

    event_map.refresh_from_db()
    assert event_map.is_broken
    assert appointment.review_reason == "event_map_broken"
    assert calcom.lists() == []


@pytest.mark.parametrize(
    "starts_at", [at(10, days=396), at(10, days=-3)], ids=["13 months ahead", "2 days past"]
)
def test_a_start_out_of_range_is_not_sent(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime, starts_at: datetime
) -> None:
    appointment = appoint(cut, mara, starts_at)

    assert sync_due(now=now) == 1

    appointment.refresh_from_db()
    assert calcom.simulator.requests(path="/v2/") == []
    assert appointment.review_reason == "start_out_of_range"
    assert sync_due(now=now) == 0


def test_a_customer_without_an_address_always_gets_the_same_one(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    lena = CustomerFactory.create(company=mara.company, email=None, phone="+493012345678")
    first = appoint(cut, mara, at(10), customer=lena, call_id="c" * 90)
    second = appoint(cut, mara, at(12), customer=lena)

    calcom.sync(first, now=now)
    calcom.sync(second, now=now)

    attendees = [create["body"]["attendee"] for create in calcom.creates()]
    assert (
        attendees
        == [
            {
                "name": "Lena Vogt",
                "email": f"customer-{lena.pk}@customers.invalid",
                "timeZone": "Europe/Berlin",
                "language": "de",
            }
        ]
        * 2
    )
    lena.refresh_from_db()
    assert lena.email is None


def test_booked_one_by_one_the_first_refusal_ends_it(
    calcom: Calcom, perm_maps, perm: Service, mara: Staff, now: datetime, settings: Any
) -> None:
    settings.FEATURE_DEFAULTS = {"parallel_calcom_booking": False}
    calcom.simulator.add_foreign_booking(perm_maps["B"].event_type_id, at(10, 5))
    appointment = appoint(perm, mara, at(9))

    calcom.sync(appointment, now=now)

    sent = [
        (entry["path"].rsplit("/", 1)[-1], (entry["body"].get("metadata") or {}))
        for entry in calcom.sent()
    ]
    assert [(what, found.get("booking_site_segment")) for what, found in sent] == [
        ("bookings", "A"),
        ("bookings", "B"),
        ("cancel", None),
    ]
    assert calcom.live(appointment) == {}


def test_holds_and_companies_that_do_not_sync_are_left_alone(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    hold = appoint(cut, mara, at(10))
    Appointment.objects.filter(pk=hold.pk).update(
        status=Status.HELD, held_until=now + timedelta(minutes=3)
    )
    elsewhere = Staff.objects.get(name="Zoe")
    other = appoint(Service.objects.get(company=elsewhere.company), elsewhere, at(10))

    assert sync_due(now=now) == 0
    assert calcom.sync(hold, now=now) is None
    assert calcom.sync(other, now=now) is None

    assert calcom.simulator.requests(path="/v2/") == []
