"""Both calendars side by side: the net under webhooks that never came."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import F

from appointments.models import (
    Appointment,
    AppointmentPhase,
    BusyTime,
    Company,
    Service,
    Staff,
    Status,
)
from calcom import reconciling
from calcom.client import get_client
from calcom.models import CalcomEventMap, OrphanedBooking, SyncState
from calcom.payloads import NewBooking, Reference
from calcom.tasks import reconcile_all, reconcile_company, sync_due
from tests.conftest import at
from tests.factories.calcom import map_service
from tests.syncing import KEY, Calcom, appoint, state_of, uids_of

Found = list[tuple[str, str]]


@pytest.fixture(autouse=True)
def _in_step(now: datetime, settings: Any) -> Any:
    settings.CALCOM_VERIFY_DELAY_SECONDS = 0
    with time_machine.travel(now, tick=False):
        yield


def run(*options: str) -> tuple[Found, Found, int]:
    """Run the command; return what it found, what remains of that, and its exit status."""
    out, status = StringIO(), 0
    try:
        call_command("reconcile_calcom", *options, "--format", "json", stdout=out)
    except CommandError as error:
        status = error.returncode
    rows = json.loads(out.getvalue())
    found = [(row["kind"], row["remedy"]) for row in rows]
    return found, [(row["kind"], row["remedy"]) for row in rows if row["remains"]], status


def book_behind_our_back(
    appointment: Appointment, starts_at: datetime, event_map: CalcomEventMap, reference: Reference
) -> str:
    """Book with our reference, as a request that got lost would have."""
    order = NewBooking.of(
        appointment,
        appointment.phases.get(),
        event_type_id=event_map.bookable_id,
        segment_name="",
    )
    lost = replace(order, starts_at=starts_at, reference=reference)
    return get_client(api_key=KEY).create_booking(lost).uid


def test_two_calendars_that_agree_show_no_difference(
    calcom: Calcom,
    permed: Appointment,
    cut: Service,
    mara: Staff,
    now: datetime,
) -> None:
    map_service(cut, mara)
    calcom.seed()
    calcom.sync(appoint(cut, mara, at(14)), now=now)

    assert run() == ([], [], 0)
    assert run("--fix") == ([], [], 0)


def test_what_vanished_from_calcom_is_booked_again(
    calcom: Calcom, appointment: Appointment
) -> None:
    forget_in_calcom(calcom, appointment)

    assert run() == ([("missing", "sync")], [("missing", "sync")], 1)
    assert run("--fix") == ([("missing", "sync")], [], 0)

    assert run() == ([], [], 0)
    appointment.refresh_from_db()
    assert calcom.times(appointment) == {"A": ["2030-01-08T09:00"]}
    assert (appointment.sync_status, appointment.starts_at) == ("synced", at(10))


def forget_in_calcom(calcom: Calcom, appointment: Appointment) -> None:
    """Have Cal.com lose the bookings of an appointment without a trace."""
    storage = calcom.simulator.world.storage
    lost = set(uids_of(appointment).values())
    kept = [booking for booking in storage.get_bookings() if booking.uid not in lost]
    clock = calcom.simulator.world.clock.now()
    calcom.simulator.reset()
    calcom.simulator.set_clock(clock)
    calcom.seed()
    for booking in kept:
        storage.save_booking(booking)


def test_a_persons_move_is_followed_without_any_webhook(
    calcom: Calcom, appointment: Appointment, now: datetime
) -> None:
    moved = calcom.move_by_hand(uids_of(appointment)["A"], at(11))

    assert run() == ([("moved", "follow")], [("moved", "follow")], 1)
    assert run("--fix") == ([("moved", "follow")], [], 0)

    appointment.refresh_from_db()
    assert (appointment.starts_at, appointment.changed_outside_at) == (at(11), now)
    assert uids_of(appointment) == {"A": moved["uid"]}
    assert run("--fix") == ([], [], 0)


def test_a_move_out_of_the_window_is_found_along_its_uids(
    calcom: Calcom, appointment: Appointment
) -> None:
    calcom.move_by_hand(uids_of(appointment)["A"], at(11, days=30))

    assert run("--days", "3", "--fix") == ([("moved", "follow")], [], 0)

    appointment.refresh_from_db()
    assert appointment.starts_at == at(11, days=30)


def test_a_persons_cancellation_is_followed_without_any_webhook(
    calcom: Calcom, appointment: Appointment
) -> None:
    calcom.cancel_by_hand(uids_of(appointment)["A"])

    assert run("--fix") == ([("cancelled", "follow")], [], 0)

    appointment.refresh_from_db()
    assert (appointment.status, appointment.cancel_reason) == ("cancelled", "Kundin krank")
    assert run() == ([], [], 0)


def test_a_changed_part_of_a_perm_stays_a_difference_until_a_person_decides(
    calcom: Calcom, permed: Appointment
) -> None:
    calcom.cancel_by_hand(uids_of(permed)["B"])

    assert run("--fix") == (
        [("cancelled", "follow"), ("missing", "with_person")],
        [("missing", "with_person")],
        1,
    )

    permed.refresh_from_db()
    assert (permed.status, permed.review_reason) == ("confirmed", "segment_changed_in_calcom")
    assert run("--fix")[1] == [("missing", "with_person")]
    assert len(calcom.live(permed)) == 3
    Appointment.objects.filter(pk=permed.pk).update(requires_manual_review=False)
    assert run("--fix") == ([], [], 0)


def test_a_booking_that_outlived_its_appointment_is_cancelled(
    calcom: Calcom, appointment: Appointment
) -> None:
    Appointment.objects.filter(pk=appointment.pk).update(status=Status.CANCELLED)

    assert run() == ([("extra", "cancel")], [("extra", "cancel")], 1)
    assert run("--fix") == ([("extra", "cancel")], [], 0)

    assert calcom.live(appointment) == {}
    assert OrphanedBooking.objects.get().cancelled_at


def test_a_second_booking_of_one_appointment_is_cancelled(
    calcom: Calcom, appointment: Appointment, cut_maps
) -> None:
    second = book_behind_our_back(
        appointment, at(14), cut_maps["A"], Reference(appointment.public_id, "A")
    )

    assert run() == ([("orphan", "cancel")], [("orphan", "cancel")], 1)
    assert run("--fix") == ([("orphan", "cancel")], [], 0)

    assert calcom.booking(second)["status"] == "cancelled"
    assert calcom.times(appointment) == {"A": ["2030-01-08T09:00"]}


@pytest.mark.parametrize("case", ["waiting", "with_person"])
def test_a_second_booking_is_left_alone_while_the_sync_or_a_person_is_at_it(
    calcom: Calcom, appointment: Appointment, cut_maps, case: str
) -> None:
    reference = Reference(appointment.public_id, "A")
    book_behind_our_back(appointment, at(14), cut_maps["A"], reference)
    revision = F("revision") + int(case == "waiting")
    Appointment.objects.update(revision=revision, requires_manual_review=case == "with_person")
    SyncState.objects.update(revision=0, attempted_revision=1, gave_up=True)

    assert run() == ([("orphan", case)], [("orphan", case)], 1)


def test_a_comparison_that_is_out_of_date_doubts_nothing(
    calcom: Calcom, appointment: Appointment, salon: Company, now: datetime
) -> None:
    """It was moved here after both calendars were read."""
    forget_in_calcom(calcom, appointment)
    client = get_client(api_key=KEY)
    found = reconciling.find_differences(salon, client=client, now=now)
    Appointment.objects.update(revision=F("revision") + 1)

    assert reconciling.repair(salon, found, client=client, now=now) == set()

    assert uids_of(appointment)["A"]
    assert state_of(appointment).doubt_from is None


def test_a_booking_whose_answer_was_lost_for_good_is_adopted(
    calcom: Calcom, appointment: Appointment
) -> None:
    [uid] = uids_of(appointment).values()
    AppointmentPhase.objects.update(calcom_booking_uid="")

    assert run("--fix") == ([("missing", "follow")], [], 0)

    assert uids_of(appointment) == {"A": uid}
    assert calcom.creates() == []


def test_a_reference_that_nobody_knows_blocks_time_and_is_never_cancelled(
    calcom: Calcom, appointment: Appointment, cut_maps
) -> None:
    """Another installation may share the account, or a backup was put back."""
    strange = book_behind_our_back(
        appointment, at(14), cut_maps["A"], Reference("apt_of_elsewhere", "A")
    )

    assert run("--fix") == ([("extra", "follow")], [], 0)

    assert calcom.booking(strange)["status"] == "accepted"
    assert BusyTime.objects.get().external_uid == strange
    assert run() == ([], [], 0)


def test_foreign_bookings_come_move_and_go(
    calcom: Calcom, cut_maps, mara: Staff, salon: Company
) -> None:
    event_type_id = cut_maps["A"].event_type_id
    stays, moves, goes = (
        calcom.simulator.add_foreign_booking(event_type_id, at(hour)) for hour in (9, 11, 13)
    )
    assert run("--fix") == ([("foreign", "follow")] * 3, [], 0)
    moved = calcom.move_by_hand(moves["uid"], at(16))
    calcom.cancel_by_hand(goes["uid"])

    found, remaining, status = run("--fix")

    assert (set(found), remaining, status) == ({("foreign", "follow")}, [], 0)
    rows = BusyTime.objects.filter(company=salon).order_by("starts_at")
    assert list(rows.values_list("starts_at", "external_uid", "staff")) == [
        (at(9), stays["uid"], mara.pk),
        (at(16), moved["uid"], mara.pk),
    ]
    assert run() == ([], [], 0)
    assert calcom.cancels()[1:] == []  # but the one by hand


def test_a_block_of_the_salons_own_is_nobodys_difference(
    calcom: Calcom, cut_maps, mara: Staff, salon: Company
) -> None:
    BusyTime.objects.create(company=salon, staff=mara, starts_at=at(9), ends_at=at(10))

    assert run("--fix") == ([], [], 0)
    assert BusyTime.objects.count() == 1


def test_a_booking_with_somebody_else_goes_to_a_person(
    calcom: Calcom, appointment: Appointment, jonas: Staff
) -> None:
    reassign(calcom, appointment, jonas)

    assert run() == ([("wrong_host", "follow")], [("wrong_host", "follow")], 1)
    assert run("--fix")[1:] == ([("wrong_host", "with_person")], 1)

    appointment.refresh_from_db()
    assert (appointment.staff.name, appointment.review_reason) == (
        "Mara Lindt",
        "segment_changed_in_calcom",
    )


def reassign(calcom: Calcom, appointment: Appointment, staff: Staff) -> None:
    """Give a booking another host, as a person does in Cal.com."""
    storage = calcom.simulator.world.storage
    calcom.simulator.seed(users=[{"id": staff.calcom_user_id, "name": staff.name}])
    [booking] = [each for each in storage.get_bookings() if each.uid == uids_of(appointment)["A"]]
    host_id = staff.calcom_user_id or 0
    storage.save_booking(replace(booking, host_id=host_id))


def test_a_booking_of_another_length_goes_to_a_person_once(
    calcom: Calcom, appointment: Appointment
) -> None:
    AppointmentPhase.objects.update(ends_at=F("ends_at") + timedelta(minutes=10))

    assert run() == ([("wrong_length", "review")], [("wrong_length", "review")], 1)
    assert run("--fix")[1:] == ([("wrong_length", "with_person")], 1)

    appointment.refresh_from_db()
    assert appointment.review_reason == "event_map_broken"
    Appointment.objects.update(requires_manual_review=False)
    assert run("--fix") == ([], [], 0)


def test_what_the_sync_has_yet_to_do_is_left_to_it(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff
) -> None:
    appointment = appoint(cut, mara, at(10))

    assert run("--fix") == ([("missing", "waiting")], [("missing", "waiting")], 1)

    assert calcom.live(appointment) == {}
    assert SyncState.objects.count() == 0


def test_what_is_over_is_not_compared(calcom: Calcom, appointment: Appointment) -> None:
    Appointment.objects.update(status=Status.COMPLETED)

    assert run("--fix") == ([], [], 0)
    assert BusyTime.objects.count() == 0


def test_two_companies_that_share_an_event_type_leave_each_others_bookings_alone(
    calcom: Calcom, appointment: Appointment, mara: Staff
) -> None:
    other = Company.objects.get(slug="salon-zwei")
    other.calcom_api_key = "cal_test_salon_zwei"
    other.save()
    calcom.simulator.seed(
        api_keys={other.calcom_api_key: mara.calcom_user_id}, account="salon-eins"
    )
    [theirs] = map_service(other.services.get(), other.staff.get()).values()
    CalcomEventMap.objects.filter(pk=theirs.pk).update(
        event_type_id=calcom.booking(uids_of(appointment)["A"])["eventTypeId"]
    )

    assert run("--company", "salon-zwei", "--fix") == ([("extra", "follow")], [], 0)

    assert calcom.cancels() == []
    assert list(BusyTime.objects.values_list("company", flat=True)) == [other.pk]
    assert run("--company", "salon-eins") == ([], [], 0)


def test_when_calcom_cannot_be_read_nothing_is_done(
    calcom: Calcom, appointment: Appointment
) -> None:
    calcom.cancel_by_hand(uids_of(appointment)["A"])
    calcom.simulator.add_fault("fail", path="/v2/bookings$", method="GET", times=1)

    assert run("--fix") == ([], [], 2)

    appointment.refresh_from_db()
    assert appointment.status == "confirmed"


def test_every_page_of_the_list_is_read(
    calcom: Calcom, appointment: Appointment, monkeypatch: pytest.MonkeyPatch, cut_maps
) -> None:
    for hour in (12, 14, 16):
        calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(hour))
    monkeypatch.setattr("calcom.client.PAGE", 2)

    assert run() == ([("foreign", "follow")] * 3, [("foreign", "follow")] * 3, 1)


def test_an_unknown_company_is_an_error(calcom: Calcom) -> None:
    with pytest.raises(CommandError, match="salon-drei"):
        call_command("reconcile_calcom", "--company", "salon-drei")


def test_the_table_says_what_differs(calcom: Calcom, appointment: Appointment) -> None:
    calcom.move_by_hand(uids_of(appointment)["A"], at(11))
    out = StringIO()

    with pytest.raises(CommandError, match="1 of 1 differences remain"):
        call_command("reconcile_calcom", stdout=out)

    assert "moved" in out.getvalue()
    assert "Lena" not in out.getvalue()


def test_every_night_all_companies_that_sync_are_compared_and_repaired(
    calcom: Calcom, appointment: Appointment, monkeypatch: pytest.MonkeyPatch, salon: Company
) -> None:
    forget_in_calcom(calcom, appointment)
    sent: list[int] = []
    monkeypatch.setattr(reconcile_company, "delay", sent.append)

    reconcile_all()
    for company_id in sent:
        reconcile_company(company_id)
    sync_due(now=at(12, days=-1))

    assert sent == [salon.pk]
    assert calcom.times(appointment) == {"A": ["2030-01-08T09:00"]}
    assert state_of(appointment).revision == 1


def test_what_could_not_be_read_is_not_said_to_agree(calcom: Calcom, salon: Company) -> None:
    calcom.simulator.add_fault("fail", path="/v2/bookings$", method="GET", times=None)
    out = StringIO()

    with pytest.raises(CommandError, match=f"nothing was done about:\n{salon.slug}: "):
        call_command("reconcile_calcom", stdout=out)

    assert "No differences" not in out.getvalue()


def test_a_company_without_a_key_is_told_so(salon: Company) -> None:
    Company.objects.update(calcom_api_key="")

    with pytest.raises(CommandError, match="it has no API key"):
        call_command("reconcile_calcom", "--company", salon.slug)


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(CommandError, match="-1 lies in the past"):
        call_command("reconcile_calcom", "--days", "-1")


@pytest.mark.parametrize("many", [1, 3])
def test_a_comparison_asks_a_constant_number_of_queries(
    calcom: Calcom,
    cut_maps,
    cut: Service,
    mara: Staff,
    salon: Company,
    now: datetime,
    many: int,
    django_assert_num_queries: Any,
) -> None:
    for hour in range(9, 9 + many):
        calcom.sync(appoint(cut, mara, at(hour)), now=now)
        calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(hour, days=1))

    with django_assert_num_queries(4):
        found = reconciling.find_differences(salon, client=get_client(api_key=KEY), now=now)

    assert len(found) == many
