"""What an answer proves, what Cal.com really holds, and what is ours of it."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import connection, connections
from django.db.models import F
from prometheus_client import REGISTRY

from appointments.models import Appointment, Branch, Service, Staff, Status
from calcom import sync
from calcom.client import get_client
from calcom.models import OrphanedBooking, SyncState
from calcom.sync import work
from calcom.tasks import sync_due
from tests.conftest import at, committing
from tests.factories.appointments import CustomerFactory
from tests.factories.calcom import map_service
from tests.syncing import KEY, Calcom, appoint, state_of, uids_of

HANDS_ON = ["A", "B", "C", "D"]
ROOT = Path(__file__).parents[2]


def counted(result: str) -> float:
    found = REGISTRY.get_sample_value("booking_verifications_total", {"result": result})
    return found or 0.0


@pytest.mark.parametrize(
    "kind", ["create_then_400", "create_then_500", "commit_then_reset", "create_then_timeout"]
)
def test_what_was_booked_in_spite_of_the_answer_is_adopted_without_a_review(
    calcom: Calcom,
    perm_maps,
    perm: Service,
    mara: Staff,
    now: datetime,
    settings: Any,
    kind: str,
) -> None:
    settings.CALCOM_BOOKING_TIMEOUT_SECONDS = 0.5
    proven = counted("proven")
    calcom.simulator.add_fault(kind, method="POST", path="/v2/bookings$", times=4)
    appointment = appoint(perm, mara, at(9))

    assert calcom.sync(appointment, now=now) is None

    assert len(calcom.creates()) == 4
    assert uids_of(appointment) == {
        segment: booking["uid"] for segment, [booking] in calcom.live(appointment).items()
    }
    assert sorted(calcom.live(appointment)) == HANDS_ON
    assert (appointment.sync_status, appointment.requires_manual_review) == ("synced", False)
    assert counted("proven") == proven + 1


def test_what_was_booked_is_adopted_and_only_the_rest_is_booked(
    calcom: Calcom, perm_maps, perm: Service, mara: Staff, now: datetime
) -> None:
    for segment, kind in {
        "A": "create_then_400",
        "B": "fail",
        "C": "create_then_400",
        "D": "fail",
    }.items():
        calcom.simulator.add_fault(
            kind,
            method="POST",
            path="/v2/bookings$",
            event_type_id=perm_maps[segment].event_type_id,
            times=1,
        )
    appointment = appoint(perm, mara, at(9))

    again_at = calcom.sync(appointment, now=now)
    assert again_at
    adopted = uids_of(appointment)
    assert [segment for segment, uid in adopted.items() if uid] == ["A", "C"]
    calcom.simulator.clear_requests()
    calcom.sync(appointment, now=again_at)

    assert sorted(
        each["body"]["metadata"]["booking_site_segment"] for each in calcom.creates()
    ) == ["B", "D"]
    assert appointment.sync_status == "synced"
    assert all(len(bookings) == 1 for bookings in calcom.live(appointment).values())


def test_a_strangers_booking_at_the_same_minute_is_not_ours(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, jonas: Staff, now: datetime
) -> None:
    theirs = map_service(cut, jonas)
    calcom.seed()
    family = CustomerFactory.create(company=mara.company, email="familie@example.com")
    calcom.simulator.add_foreign_booking(
        theirs["A"].event_type_id, at(10), attendee={"email": "familie@example.com"}
    )
    calcom.simulator.add_fault("fail", method="POST", path="/v2/bookings$", times=1)
    appointment = appoint(cut, mara, at(10), customer=family)

    again_at = calcom.sync(appointment, now=now)

    assert again_at
    assert uids_of(appointment) == {"A": ""}


def test_before_a_retry_cal_com_is_asked_what_it_holds(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    """The first answer is lost, and so is that of the verification."""
    calcom.simulator.add_fault("commit_then_reset", path="/v2/bookings$", method="POST", times=1)
    calcom.simulator.add_fault("fail", path="/v2/bookings$", method="GET", times=1)
    appointment = appoint(cut, mara, at(10))
    again_at = calcom.sync(appointment, now=now)
    assert again_at
    assert appointment.sync_status == "pending"

    calcom.sync(appointment, now=again_at)

    assert len(calcom.creates()) == 1
    assert appointment.sync_status == "synced"


@pytest.mark.parametrize("kind", ["wrong_start", "stale"])
def test_an_answer_with_another_start_or_reference_is_not_believed(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime, kind: str
) -> None:
    stranger = calcom.simulator.add_foreign_booking(cut_maps["A"].event_type_id, at(16))
    calcom.simulator.add_fault(kind, times=1)
    appointment = appoint(cut, mara, at(10))

    again_at = calcom.sync(appointment, now=now)
    assert again_at
    assert uids_of(appointment) == {"A": ""}
    calcom.sync(appointment, now=again_at)
    sync_due(now=again_at)

    assert appointment.sync_status == "synced"
    assert calcom.times(appointment) == {"A": ["2030-01-08T09:00"]}
    [foreign] = [each for each in calcom.simulator.bookings() if each["uid"] == stranger["uid"]]
    assert foreign["status"] == "accepted"


def test_of_two_with_our_reference_one_is_kept_and_the_other_goes(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    [kept] = calcom.live(appointment)["A"]
    surplus = requests.post(
        f"{calcom.simulator.url}/v2/bookings",
        json=calcom.creates()[0]["body"] | {"start": at(12).isoformat()},
        headers={"cal-api-version": "2024-08-13", "Authorization": f"Bearer {KEY}"},
        timeout=5,
    )
    SyncState.objects.update(revision=0, doubt_from=at(10), doubt_until=at(11))

    calcom.sync(appointment, now=now)

    assert [booking["uid"] for booking in calcom.live(appointment)["A"]] == [kept["uid"]]
    orphan = OrphanedBooking.objects.get()
    assert (orphan.uid, orphan.reason) == (surplus.json()["data"]["uid"], "surplus")
    assert appointment.sync_status == "synced"


def test_verification_reads_every_page(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    calcom.simulator.add_fault("create_then_500", times=1)
    for minute in range(260):
        calcom.simulator.add_foreign_booking(
            cut_maps["A"].event_type_id, at(0) + timedelta(minutes=minute)
        )
    appointment = appoint(cut, mara, at(10))

    calcom.sync(appointment, now=now)

    assert [entry["query"]["skip"] for entry in calcom.lists()] == ["0", "250"]
    assert appointment.sync_status == "synced"


def test_without_verification_an_unclear_answer_goes_to_a_person_at_once(
    calcom: Calcom, perm_maps, perm: Service, mara: Staff, now: datetime, settings: Any
) -> None:
    settings.FEATURE_DEFAULTS = {"post_sync_verification": False}
    calcom.simulator.add_fault(
        "fail",
        method="POST",
        path="/v2/bookings$",
        event_type_id=perm_maps["B"].event_type_id,
        times=1,
    )
    appointment = appoint(perm, mara, at(9))

    assert calcom.sync(appointment, now=now) is None

    assert calcom.lists() == []
    assert appointment.review_reason == "partial_booking"
    assert calcom.live(appointment) == {}


def test_without_verification_what_surely_did_nothing_is_still_tried_again(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime, settings: Any
) -> None:
    settings.FEATURE_DEFAULTS = {"post_sync_verification": False}
    calcom.simulator.add_fault("rate_limited", method="POST", path="/v2/bookings$", times=1)
    appointment = appoint(cut, mara, at(10))

    again_at = calcom.sync(appointment, now=now)
    assert again_at
    calcom.sync(appointment, now=again_at)

    assert calcom.lists() == []
    assert appointment.sync_status == "synced"


def test_a_run_that_takes_too_long_stops_and_another_goes_on(
    calcom: Calcom,
    perm_maps,
    perm: Service,
    mara: Staff,
    now: datetime,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.FEATURE_DEFAULTS = {"parallel_calcom_booking": False}
    monkeypatch.setattr(work, "BUDGET", timedelta(seconds=0.5))
    calcom.simulator.switch(latency_milliseconds=300)
    appointment = appoint(perm, mara, at(9))

    again_at = calcom.sync(appointment, now=now)
    assert again_at
    assert 0 < len(calcom.creates()) < 4
    monkeypatch.undo()
    calcom.sync(appointment, now=again_at)

    assert len(calcom.creates()) == 4
    assert appointment.sync_status == "synced"


def test_a_cancelled_appointment_whose_booking_got_lost_is_found_and_cancelled(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    calcom.simulator.add_fault("create_then_500", times=1)
    calcom.simulator.add_fault("fail", path="/v2/bookings$", method="GET", times=1)
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    Appointment.objects.filter(pk=appointment.pk).update(
        status=Status.CANCELLED, revision=F("revision") + 1
    )

    calcom.sync(appointment, now=now)

    assert calcom.live(appointment) == {}
    assert appointment.sync_status == "synced"


def test_a_moved_appointment_whose_move_got_lost_is_not_booked_anew(
    calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime
) -> None:
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    calcom.simulator.add_fault("commit_then_reset", path="/v2/bookings/.*/reschedule", times=1)
    Appointment.objects.filter(pk=appointment.pk).update(
        starts_at=at(14), ends_at=at(14, 55), revision=F("revision") + 1
    )
    appointment.phases.update(starts_at=at(14), ends_at=at(14, 55))

    calcom.sync(appointment, now=now)

    assert appointment.sync_status == "synced"
    assert calcom.times(appointment) == {"A": ["2030-01-08T13:00"]}
    assert uids_of(appointment)["A"] == calcom.live(appointment)["A"][0]["uid"]
    assert len(calcom.creates()) == 1


@committing
def test_a_worker_that_lost_its_lease_stops_before_its_next_request(
    branch: Branch, perm: Service, mara: Staff, calcom: Calcom, now: datetime, settings: Any
) -> None:
    settings.FEATURE_DEFAULTS = {"parallel_calcom_booking": False}
    map_service(perm, mara)
    calcom.seed()
    calcom.simulator.switch(latency_milliseconds=400)
    appointment = appoint(perm, mara, at(9))
    worker = Worker(appointment, now=now)

    worker.start()
    while not calcom.creates():
        time.sleep(0.01)
    SyncState.objects.update(lease_token="somebody else's")
    worker.join()

    assert len(calcom.creates()) == 1
    assert state_of(appointment).lease_token == "somebody else's"
    assert [bool(uid) for uid in uids_of(appointment).values()] == [True, False, False, False]


class Worker(threading.Thread):
    """A thread that syncs one appointment once."""

    def __init__(self, appointment: Appointment, *, now: datetime) -> None:
        super().__init__()
        self.appointment, self.now = appointment, now
        self.again_at: datetime | None = None

    def run(self) -> None:
        client = get_client(api_key=KEY)
        try:
            self.again_at = sync.sync(self.appointment.pk, now=self.now, client=client)
        finally:
            connections.close_all()


@committing
def test_of_two_workers_one_syncs(
    branch: Branch, cut: Service, mara: Staff, calcom: Calcom, now: datetime
) -> None:
    map_service(cut, mara)
    calcom.seed()
    calcom.simulator.switch(latency_milliseconds=200)
    appointment = appoint(cut, mara, at(10))
    first = Worker(appointment, now=now)

    first.start()
    while not calcom.creates():
        time.sleep(0.01)
    assert calcom.sync(appointment, now=now) is None
    first.join()

    assert len(calcom.creates()) == 1
    assert calcom.lists() == []  # the other did not even look
    assert len(calcom.live(appointment)["A"]) == 1


@committing
def test_of_two_workers_that_begin_together_one_syncs(
    branch: Branch, cut: Service, mara: Staff, calcom: Calcom, now: datetime
) -> None:
    map_service(cut, mara)
    calcom.seed()
    appointment = appoint(cut, mara, at(10))
    workers = [Worker(appointment, now=now) for _ in range(4)]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(calcom.creates()) == 1
    assert len(calcom.live(appointment)["A"]) == 1


@committing
def test_a_change_during_a_run_is_synced_right_after_it(
    branch: Branch, cut: Service, mara: Staff, calcom: Calcom, now: datetime
) -> None:
    map_service(cut, mara)
    calcom.seed()
    calcom.simulator.switch(latency_milliseconds=400)
    appointment = appoint(cut, mara, at(10))
    worker = Worker(appointment, now=now)

    worker.start()
    while not calcom.creates():
        time.sleep(0.01)
    Appointment.objects.filter(pk=appointment.pk).update(
        status=Status.CANCELLED, revision=F("revision") + 1
    )
    worker.join()

    assert worker.again_at is not None
    assert worker.again_at - now < timedelta(seconds=5)
    assert state_of(appointment).revision == 0
    assert calcom.sync(appointment, now=worker.again_at) is None
    assert calcom.live(appointment) == {}
    assert appointment.sync_status == "synced"


SYNC_ONCE = """
import sys
from datetime import datetime
import django
django.setup()
from django.conf import settings
from django.db import connections
settings.CALCOM_API_URL = sys.argv[1]
settings.DATABASES["default"]["NAME"] = sys.argv[2]
connections["default"].settings_dict["NAME"] = sys.argv[2]
from calcom import sync
from calcom.client import get_client
client = get_client(api_key=sys.argv[5])
sync.sync(int(sys.argv[3]), now=datetime.fromisoformat(sys.argv[4]), client=client)
"""


def process_that_syncs(
    appointment: Appointment, calcom: Calcom, *, now: datetime, **environment: str
) -> "subprocess.Popen[bytes]":
    """Start a process, to be killed, that syncs one appointment once."""
    return subprocess.Popen(  # noqa: S603 -- our own code
        [
            sys.executable,
            "-c",
            SYNC_ONCE,
            calcom.simulator.url,
            str(connection.settings_dict["NAME"]),
            str(appointment.pk),
            now.isoformat(),
            KEY,
        ],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "booking_site.settings_test"} | environment,
    )


@committing
@pytest.mark.parametrize("parallel", [True, False], ids=["in parallel", "one by one"])
def test_a_worker_that_dies_between_two_bookings_leaves_no_fifth(
    branch: Branch,
    perm: Service,
    mara: Staff,
    calcom: Calcom,
    now: datetime,
    *,
    parallel: bool,
) -> None:
    maps = map_service(perm, mara)
    calcom.seed()
    # C and D are booked over there, but their answers are still on the way at the end.
    for segment in "CD":
        calcom.simulator.add_fault(
            "create_then_timeout", seconds=30, event_type_id=maps[segment].event_type_id
        )
    appointment = appoint(perm, mara, at(9))
    worker = process_that_syncs(
        appointment, calcom, now=now, FEATURE_PARALLEL_CALCOM_BOOKING=str(parallel)
    )
    expected = 4 if parallel else 3
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (
        sum(1 for uid in uids_of(appointment).values() if uid) < 2
        or len(calcom.simulator.bookings()) < expected
    ):
        time.sleep(0.05)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    assert len(calcom.simulator.bookings()) == expected
    assert [segment for segment, uid in uids_of(appointment).items() if uid] == ["A", "B"]

    calcom.simulator.clear_faults()
    assert sync_due(now=now) == 0  # the dead worker's lease
    assert sync_due(now=now + timedelta(seconds=61)) == 1

    # It was looked for, not asked for again: no create was even tried a second time.
    assert len(calcom.creates()) == 4
    assert len(calcom.simulator.bookings()) == 4
    assert uids_of(appointment) == {
        segment: booking["uid"] for segment, [booking] in calcom.live(appointment).items()
    }
    appointment.refresh_from_db()
    assert appointment.sync_status == "synced"


@committing
def test_a_worker_that_dies_while_it_takes_back_is_finished_by_the_sweep(
    branch: Branch, perm: Service, mara: Staff, calcom: Calcom, now: datetime
) -> None:
    maps = map_service(perm, mara)
    calcom.seed()
    calcom.simulator.add_foreign_booking(maps["B"].event_type_id, at(10, 5))
    calcom.simulator.add_fault("slow", path="/v2/bookings/.*/cancel", seconds=30, times=None)
    appointment = appoint(perm, mara, at(9))
    worker = process_that_syncs(appointment, calcom, now=now)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(calcom.cancels()) < 3:
        time.sleep(0.05)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    assert sorted(calcom.live(appointment)) == ["A", "C", "D"]
    appointment.refresh_from_db()
    assert appointment.review_reason == "slot_conflict"

    calcom.simulator.clear_faults()
    sync_due(now=now + timedelta(seconds=61))

    assert calcom.live(appointment) == {}
    assert OrphanedBooking.objects.open().count() == 0
    appointment.refresh_from_db()
    assert (appointment.sync_status, appointment.status) == ("conflict", Status.CONFIRMED)
