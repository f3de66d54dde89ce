"""The second cache layer: alternatives found a moment ago, and what makes them stale."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from datetime import time as clock
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from prometheus_client import REGISTRY
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from structlog.testing import capture_logs

from appointments import actions, queries
from appointments.domain.alternatives import Alternative, Wish
from appointments.domain.hours import day_interval
from appointments.models import Branch, Company, Service, Staff
from appointments.queries import Search
from calcom import caches
from tests.asking import book, slot
from tests.conftest import at, committing, day, soon
from tests.factories.calcom import CalcomEventMapFactory, map_service
from tests.syncing import Calcom

pytestmark = pytest.mark.usefixtures("cut_maps")
TEN, ELEVEN = (Wish(day=day(), at=clock(hour)) for hour in (10, 11))
# More often than not this many queries are a search; what is remembered needs none.
SEARCHED = range(3, 12)


@pytest.fixture
def search(branch: Branch, cut: Service) -> Search:
    return Search(branch=branch, service=cut)


def recalled(search: Search, *, now: datetime, wish: Wish = TEN) -> list[datetime]:
    found = queries.recall_alternatives(
        search, wish, now=now, deadline=soon(), unwanted=queries.Unwanted()
    )
    return [alternative.slot.starts_at for alternative in found.alternatives]


@pytest.fixture
def effort(
    calcom: Calcom, django_assert_max_num_queries: Any
) -> Callable[[Callable[[], object]], tuple[bool, int]]:
    """Say whether the database was searched, and how often Cal.com was asked."""

    def of(work: Callable[[], object]) -> tuple[bool, int]:
        calcom.simulator.clear_requests()
        with django_assert_max_num_queries(99) as counted:
            work()
        return len(counted) in SEARCHED, len(calcom.sent("/v2/slots$", method="GET"))

    return of


def test_the_same_question_is_searched_once_and_another_one_anew(
    search: Search, now: datetime, effort: Any
) -> None:
    first = recalled(search, now=now)

    assert first == [at(9, 45), at(9, 30)]
    assert effort(lambda: recalled(search, now=now)) == (False, 0)
    assert recalled(search, now=now) == first
    assert effort(lambda: recalled(search, now=now, wish=ELEVEN)) == (
        True,
        0,
    )


def test_a_booking_makes_both_layers_stale_says_so_and_counts(
    search: Search,
    branch: Branch,
    cut: Service,
    now: datetime,
    effort: Any,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    recalled(search, now=now)
    before = REGISTRY.get_sample_value("booking_cache_invalidations_total") or 0

    with capture_logs() as lines, django_capture_on_commit_callbacks(execute=True):
        book(cut, at(9, 45), branch=branch, now=now)

    assert "Cleared BOTH cache layers" in {line["event"] for line in lines}
    assert REGISTRY.get_sample_value("booking_cache_invalidations_total") == before + 1
    assert effort(lambda: recalled(search, now=now)) == (True, 1)
    assert at(9, 45) not in recalled(search, now=now)


def test_a_hold_is_news_for_the_alternatives_and_none_for_what_cal_com_listed(
    search: Search,
    branch: Branch,
    mara: Staff,
    cut: Service,
    now: datetime,
    effort: Any,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    recalled(search, now=now)
    theirs = Search(branch=branch, service=cut, call_id="call_of_another")

    with django_capture_on_commit_callbacks(execute=True):
        actions.hold(search=theirs, slots=[slot(mara, at(9, 45), at(10, 40))], now=now)

    assert effort(lambda: recalled(search, now=now)) == (True, 0)
    assert at(9, 45) not in recalled(search, now=now)
    with django_capture_on_commit_callbacks(execute=True):
        actions.release_holds(company=branch.company, call_id=theirs.call_id, now=now)
    assert at(9, 45) in recalled(search, now=now)


def test_what_a_call_finds_beneath_its_own_hold_is_kept_for_nobody_else(
    search: Search, branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    holder = Search(branch=branch, service=cut, call_id="call_that_holds")
    actions.hold(search=holder, slots=[slot(mara, at(9, 45), at(10, 40))], now=now)

    for_the_holder = recalled(holder, now=now)
    for_another = recalled(search, now=now)

    assert at(9, 45) in for_the_holder
    assert at(9, 45) not in for_another
    assert recalled(holder, now=now) == for_the_holder


def test_what_is_recalled_is_checked_under_the_lock_before_it_is_held(
    search: Search, branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    def found() -> list[Alternative]:
        return queries.get_alternatives(
            search, TEN, now=now, deadline=soon(), unwanted=queries.Unwanted()
        )

    seen = found()
    theirs = Search(branch=branch, service=cut, call_id="call_of_another")
    actions.hold(search=theirs, slots=[slot(mara, at(9, 45), at(10, 40))], now=now)
    held = actions.hold_alternatives(search=search, look=lambda: seen, find=found, now=now)

    assert seen[0].slot.starts_at == at(9, 45)
    assert at(9, 45) not in {alternative.slot.starts_at for alternative in held}
    assert held


def test_what_was_found_without_cal_com_is_not_kept(
    search: Search, calcom: Calcom, now: datetime, effort: Any
) -> None:
    calcom.simulator.add_fault("fail", path="/v2/slots$", times=1)

    assert recalled(search, now=now)
    assert effort(lambda: recalled(search, now=now)) == (True, 1)
    assert effort(lambda: recalled(search, now=now)) == (False, 0)


def test_nothing_found_is_kept_for_a_shorter_time(
    search: Search, calcom: Calcom, mara: Staff, now: datetime, effort: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(caches, "EMPTY_TTL_SECONDS", 1)
    calcom.simulator.seed(
        account="salon-eins",
        users=[{"id": mara.calcom_user_id, "schedule": {"sun": [["09:00", "10:00"]]}}],
    )

    assert recalled(search, now=now) == []
    assert effort(lambda: recalled(search, now=now)) == (False, 0)
    time.sleep(1.1)
    assert effort(lambda: recalled(search, now=now))[0]


def test_what_has_become_too_soon_meanwhile_is_not_recalled(search: Search) -> None:
    assert recalled(search, now=at(9, 10)) == [at(9, 45), at(9, 30)]

    assert recalled(search, now=at(9, 20)) == [at(9, 45), at(10, 15)]


def test_whoever_shares_an_event_type_searches_anew_and_others_keep_what_they_have(
    search: Search, salon: Company, cut_maps: Any
) -> None:
    zoe = Staff.objects.get(name="Zoe")
    theirs = Service.objects.get(company=zoe.company)
    own = CalcomEventMapFactory.create(service=theirs, staff=zoe, segment_key="B")
    shared = cut_maps["A"].bookable_id

    def keys() -> dict[str, str]:
        slots = caches.slots_keys(
            company_id=zoe.company_id,
            event_type_ids=[shared, own.bookable_id],
            days=[day_interval(day(), zoe.branch.zone)],
            zone="Europe/Berlin",
        )
        by_event_type = {str(event_type_id): key for (event_type_id, _), key in slots.items()}
        alternatives = caches.alternatives_key(company_id=zoe.company_id, question="the same")
        return by_event_type | {"alternatives": alternatives}

    before = keys()
    caches.invalidate(company_id=salon.pk)
    assert keys() == before

    CalcomEventMapFactory.create(service=theirs, staff=zoe, event_type_id=shared)
    caches.invalidate(company_id=salon.pk)
    after = keys()

    changed = {name for name in before if after[name] != before[name]}
    assert changed == {str(shared), "alternatives"}


def test_one_query_and_one_write_and_a_tally_make_everything_of_a_company_stale(
    salon: Company,
    mara: Staff,
    perm: Service,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    caches.invalidate(company_id=salon.pk)  # the first of a day makes its tally
    written: list[int] = []
    set_many = cache.set_many

    def counting(values: dict[str, object], **more: Any) -> list[str]:
        written.append(len(values))
        return set_many(values, **more)

    monkeypatch.setattr(f"{caches.__name__}.cache.set_many", counting)
    with django_assert_num_queries(2):
        caches.invalidate(company_id=salon.pk)
    map_service(perm, mara)  # four event types more
    with django_assert_num_queries(2):
        caches.invalidate(company_id=salon.pk)

    assert written == [1, 1]


@committing
def test_a_search_in_flight_during_a_booking_is_not_what_the_next_caller_hears(
    search: Search, branch: Branch, cut: Service, calcom: Calcom, now: datetime
) -> None:
    calcom.simulator.add_fault("slow", seconds=0.5, path="/v2/slots$", times=1)
    calcom.simulator.add_fault("stale_slots", path="/v2/slots$", times=1)
    found: list[list[datetime]] = []

    def read() -> None:
        try:
            found.append(recalled(search, now=now))
        finally:
            connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    while not calcom.sent("/v2/slots$", method="GET"):
        time.sleep(0.01)

    booked = book(cut, at(9, 45), branch=branch, now=now)
    calcom.sync(booked, now=now)
    reader.join()

    assert at(9, 45) in found[0]
    assert at(9, 45) not in recalled(search, now=now)
