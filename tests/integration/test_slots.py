"""The cache of what Cal.com lists: what is asked, kept, shared, made stale and left alone."""

import threading
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from structlog.testing import capture_logs

from appointments.actions.announcing import announce, announce_availability
from appointments.domain.hours import day_interval
from appointments.models import Branch, Company, Service, Staff
from appointments.ports import Deadline
from calcom import caches, circuit, slots
from calcom.client import get_client
from calcom.models import CalcomEventMap
from tests.conftest import at, day, soon
from tests.factories.appointments import BranchFactory, ServiceFactory, StaffFactory
from tests.factories.calcom import CalcomEventMapFactory, map_service
from tests.syncing import KEY, Calcom, appoint


@pytest.fixture
def cut_map(cut: Service, mara: Staff, calcom: Calcom) -> CalcomEventMap:
    map_service(cut, mara)
    calcom.seed()
    # With all that a reader needs: in a thread of its own it has another database to look at.
    return CalcomEventMap.objects.select_related("company", "branch__company", "staff").get()


def get_starts(
    *maps: CalcomEventMap,
    days: tuple[int, ...] = (0,),
    deadline: Deadline | None = None,
    company: Company | None = None,
    key: str = KEY,
) -> dict[int, list[datetime]] | None:
    branch = maps[0].branch
    return slots.get_starts(
        slots.SlotsQuestion(
            company_id=(company or maps[0].company).pk,
            event_type_ids=[row.bookable_id for row in maps],
            days=[day_interval(day(number), branch.zone) for number in days],
            zone=branch.zone.key,
        ),
        client=get_client(api_key=key),
        deadline=deadline or soon(),
    )


def asked(calcom: Calcom) -> list[dict[str, Any]]:
    return calcom.sent("/v2/slots$", method="GET")


def test_a_local_day_is_asked_for_from_midnight_to_midnight_and_kept(
    calcom: Calcom, cut_map: CalcomEventMap
) -> None:
    first, second = get_starts(cut_map), get_starts(cut_map)

    [request] = asked(calcom)
    assert (request["query"]["start"], request["query"]["end"]) == (
        "2030-01-07T23:00:00+00:00",
        "2030-01-08T23:00:00+00:00",
    )
    assert request["query"]["timeZone"] == "Europe/Berlin"
    assert first == second
    assert first
    starts = first[cut_map.bookable_id]
    assert starts[0] == at(0)
    assert all(at(0) <= start < at(0, days=1) for start in starts)


def test_days_that_follow_each_other_are_one_request_and_each_is_kept_alone(
    calcom: Calcom, cut_map: CalcomEventMap
) -> None:
    get_starts(cut_map, days=(1,))
    get_starts(cut_map, days=(0, 1, 2, 3))
    get_starts(cut_map, days=(3,))

    first, *others = [request["query"]["start"][:10] for request in asked(calcom)]
    assert first == "2030-01-08"
    assert sorted(others) == ["2030-01-07", "2030-01-09"]


def test_the_day_the_clocks_change_has_its_own_length(
    calcom: Calcom, cut_map: CalcomEventMap
) -> None:
    get_starts(cut_map, days=((datetime(2030, 3, 31) - datetime(2030, 1, 8)).days,))  # noqa: DTZ001

    [request] = asked(calcom)
    assert (request["query"]["start"], request["query"]["end"]) == (
        "2030-03-30T23:00:00+00:00",
        "2030-03-31T22:00:00+00:00",
    )


def test_several_event_types_are_asked_at_once(
    calcom: Calcom, perm: Service, mara: Staff, cut_map: CalcomEventMap
) -> None:
    maps = map_service(perm, mara)
    calcom.seed()
    calcom.simulator.switch(latency_milliseconds=300)

    began = time.monotonic()
    starts = get_starts(*maps.values())

    assert starts
    assert set(starts) == {row.bookable_id for row in maps.values()}
    assert time.monotonic() - began < 4 * 0.3  # as long as one after the other


@pytest.mark.parametrize("kind", ["fail", "rate_limited", "reset", "html_524"])
def test_a_failure_is_not_kept(calcom: Calcom, cut_map: CalcomEventMap, kind: str) -> None:
    calcom.simulator.add_fault(kind, path="/v2/slots$", times=1)

    assert get_starts(cut_map) is None
    assert get_starts(cut_map) is not None
    assert len(asked(calcom)) == 2


def test_a_silent_service_is_left_at_the_deadline(calcom: Calcom, cut_map: CalcomEventMap) -> None:
    calcom.simulator.add_fault("slow", seconds=5, path="/v2/slots$", times=None)

    began = time.monotonic()
    starts = get_starts(cut_map, deadline=Deadline.after(0.4))

    assert starts is None
    assert time.monotonic() - began < 5 / 2


def test_one_missing_answer_makes_the_whole_unknown_but_the_others_are_kept(
    calcom: Calcom, perm: Service, mara: Staff, cut_map: CalcomEventMap
) -> None:
    maps = map_service(perm, mara)
    calcom.seed()
    # Slots name their event type in the query only, so the fault meets whoever comes first.
    calcom.simulator.add_fault("fail", path="/v2/slots$", times=1)

    assert get_starts(*maps.values()) is None
    assert get_starts(*maps.values()) is not None
    assert len(asked(calcom)) == 4 + 1


def test_nothing_free_is_kept_for_a_shorter_time(
    calcom: Calcom, cut_map: CalcomEventMap, mara: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caches, "EMPTY_TTL_SECONDS", 1)
    calcom.simulator.seed(
        account="salon-eins",
        users=[{"id": mara.calcom_user_id, "schedule": {"wed": [["09:00", "18:00"]]}}],
    )

    assert get_starts(cut_map, days=(0, 1)) is not None
    time.sleep(1.1)
    get_starts(cut_map, days=(0,))
    get_starts(cut_map, days=(1,))

    assert len(asked(calcom)) == 2


def test_every_key_names_the_company(calcom: Calcom, cut_map: CalcomEventMap) -> None:
    other = Company.objects.get(slug="salon-zwei")

    get_starts(cut_map)
    get_starts(cut_map, company=other)

    assert len(asked(calcom)) == 2


def test_a_change_is_seen_by_whoever_shares_the_event_type_and_by_nobody_else(
    calcom: Calcom, cut_map: CalcomEventMap
) -> None:
    zoe = Staff.objects.get(name="Zoe")
    theirs = Service.objects.get(company=zoe.company)
    shared = CalcomEventMapFactory.create(
        service=theirs, staff=zoe, event_type_id=999, child_event_type_id=cut_map.event_type_id
    )
    own = CalcomEventMapFactory.create(service=theirs, staff=zoe, segment_key="B")
    calcom.simulator.seed(
        account="salon-eins",
        event_types=[
            {
                "id": own.event_type_id,
                "title": "B",
                "slug": "b",
                "lengthInMinutes": 30,
                "hosts": [cut_map.staff.calcom_user_id],
            }
        ],
    )
    everything = (cut_map, shared, own)
    for event_map in everything:
        get_starts(event_map)
    calcom.simulator.clear_requests()

    caches.invalidate(company_id=cut_map.company_id)
    for event_map in everything:
        get_starts(event_map)

    assert [request["query"]["eventTypeId"] for request in asked(calcom)] == [
        str(cut_map.event_type_id)
    ] * 2


def test_an_answer_from_before_a_booking_is_stored_where_nobody_looks(
    calcom: Calcom, cut_map: CalcomEventMap, cut: Service, mara: Staff, now: datetime
) -> None:
    appointment = appoint(cut, mara, at(10))
    # A slow reader, to whom Cal.com says what was true when it was asked.
    calcom.simulator.add_fault("slow", seconds=0.5, path="/v2/slots$", times=1)
    calcom.simulator.add_fault("stale_slots", times=1)
    found: list[Any] = []
    reader = threading.Thread(target=lambda: found.append(get_starts(cut_map)))
    reader.start()
    while not asked(calcom):
        time.sleep(0.01)

    calcom.sync(appointment, now=now)
    reader.join()
    starts = get_starts(cut_map)

    assert at(10) in found[0][cut_map.bookable_id]
    assert starts
    assert at(10) not in starts[cut_map.bookable_id]


def test_twenty_who_miss_at_once_are_one_request(calcom: Calcom, cut_map: CalcomEventMap) -> None:
    calcom.simulator.switch(latency_milliseconds=200)
    found: list[Any] = []
    readers = [
        threading.Thread(target=lambda: found.append(get_starts(cut_map))) for _ in range(20)
    ]

    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    assert len(asked(calcom)) == 1
    assert len(found) == 20
    assert all(starts == found[0] for starts in found)
    assert found[0]


def test_a_cache_that_is_down_is_a_miss_and_is_logged(
    calcom: Calcom, cut_map: CalcomEventMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object, **__: object) -> None:
        message = "the cache is down"
        raise ConnectionError(message)

    for name in ("get", "add", "set", "incr", "delete", "get_many", "set_many", "delete_many"):
        monkeypatch.setattr(f"{caches.__name__}.cache.{name}", down, raising=True)

    with capture_logs() as lines:
        starts = get_starts(cut_map)
        caches.invalidate(company_id=cut_map.company_id)

    assert starts
    assert starts[cut_map.bookable_id]
    assert "calcom.cache_failed" in {line["event"] for line in lines}


def test_five_failures_in_a_row_give_cal_com_a_rest_and_two_successes_end_it(
    calcom: Calcom, cut_map: CalcomEventMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuit, "OPEN_SECONDS", 1)
    calcom.simulator.add_fault("fail", path="/v2/slots$", times=6)
    for _ in range(7):
        assert get_starts(cut_map) is None
    assert len(asked(calcom)) == 5

    time.sleep(1.1)
    assert get_starts(cut_map) is None  # half open: one failure is enough
    assert get_starts(cut_map) is None
    assert len(asked(calcom)) == 6
    time.sleep(1.1)
    assert get_starts(cut_map, days=(0,)) is not None
    assert get_starts(cut_map, days=(1,)) is not None

    calcom.simulator.add_fault("fail", path="/v2/slots$", times=1)
    assert get_starts(cut_map, days=(2,)) is None
    assert get_starts(cut_map, days=(2,)) is not None  # closed: one failure is only one


def test_the_bells_make_the_cache_stale(
    calcom: Calcom,
    cut_map: CalcomEventMap,
    cut: Service,
    mara: Staff,
    django_capture_on_commit_callbacks: Any,
) -> None:
    appointment = appoint(cut, mara, at(10))
    for ring in (
        lambda: announce(appointment),
        lambda: announce_availability(mara.company_id),
    ):
        get_starts(cut_map)
        calcom.simulator.clear_requests()

        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            ring()
        get_starts(cut_map)

        assert len(asked(calcom)) == 1


def test_a_lost_generation_never_brings_an_old_answer_back(
    calcom: Calcom, cut_map: CalcomEventMap
) -> None:
    get_starts(cut_map)
    cache.delete(f"calcom:generation:{cut_map.company_id}")

    get_starts(cut_map)

    assert len(asked(calcom)) == 2


def test_a_synced_booking_is_no_longer_listed(
    calcom: Calcom, cut_map: CalcomEventMap, cut: Service, mara: Staff, now: datetime
) -> None:
    before = get_starts(cut_map)

    calcom.sync(appoint(cut, mara, at(10)), now=now)
    after = get_starts(cut_map)

    assert before
    assert after
    assert at(10) in before[cut_map.bookable_id]
    assert at(10) not in after[cut_map.bookable_id]
    assert at(10, 55) in after[cut_map.bookable_id]


def test_another_company_keeps_what_it_has(calcom: Calcom, cut_map: CalcomEventMap) -> None:
    branch: Branch = BranchFactory.create()
    staff = StaffFactory.create(branch=branch)
    service = ServiceFactory.create(company=branch.company, performed_by=[staff])
    own = CalcomEventMapFactory.create(service=service, staff=staff)
    key = f"calcom:generation:{branch.company_id}:{own.bookable_id}"
    cache.set(key, "as it was")

    caches.invalidate(company_id=cut_map.company_id)

    assert cache.get(key) == "as it was"
    assert timedelta(seconds=caches.TTL_SECONDS) <= timedelta(minutes=1)
