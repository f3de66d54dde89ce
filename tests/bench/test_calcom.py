"""What Cal.com costs: in parallel, when something changed, and when it does not answer."""

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache

from appointments.models import Service, Staff
from calcom import caches
from tests.bench.test_floor import median_ms
from tests.conftest import at, committing
from tests.factories.calcom import map_service
from tests.integration.conftest import line_to
from tests.syncing import Calcom, appoint, calcom_at

LATENCY_MILLISECONDS = 300
SYNCS = 5
KEYS = (10, 5_000)


@pytest.fixture
def calcom(salon: Any, now: Any, settings: Any) -> Iterator[Calcom]:
    with calcom_at(now, settings, salon) as calcom:
        yield calcom


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@committing
def test_four_bookings_take_hardly_longer_than_one(
    calcom: Calcom, cut: Service, perm: Service, mara: Staff, now: Any, capsys: Any
) -> None:
    map_service(cut, mara)
    map_service(perm, mara)
    calcom.seed()
    calcom.simulator.switch(latency_milliseconds=LATENCY_MILLISECONDS)

    def median_of(service: Service, hour: int) -> float:
        def sync(days: int) -> None:
            calcom.sync(appoint(service, mara, at(hour, days=days)), now=now)

        return statistics.median(seconds(partial(sync, days)) for days in range(SYNCS))

    one, four = median_of(cut, 9), median_of(perm, 12)
    with capsys.disabled():
        print(f"\none booking {one:.2f} s · four {four:.2f} s = {four / one:.2f} x one")
    assert len(calcom.creates()) == SYNCS * 5
    assert four / one <= 1.4


@pytest.mark.django_db
def test_making_both_layers_stale_costs_the_same_however_much_is_cached(
    calcom: Calcom, perm: Service, mara: Staff, capsys: Any
) -> None:
    map_service(perm, mara)
    floor = median_ms(lambda: cache.set("one", "write"))
    costs = {}
    for keys in KEYS:
        cache.set_many({f"calcom:slots:{mara.company_id}:{key}": [at(9)] for key in range(keys)})
        costs[keys] = median_ms(lambda: caches.invalidate(company_id=mara.company_id))
    few, many = costs.values()

    with capsys.disabled():
        print(f"\none write {floor:.2f} ms · invalidation {few:.2f} ms with {KEYS[0]} keys,")
        print(f"{many:.2f} ms with {KEYS[1]} = {many / few:.2f} x")
    assert many <= 5
    assert many / few < 2


@committing
@pytest.mark.parametrize("is_taken", [False, True], ids=["free here", "taken here"])
def test_when_cal_com_hangs_a_caller_is_answered_from_what_is_known_here(
    calcom: Calcom,
    cut: Service,
    mara: Staff,
    now: Any,
    capsys: Any,
    time_machine: Any,
    *,
    is_taken: bool,
) -> None:
    map_service(cut, mara)
    calcom.seed()
    time_machine.move_to(now)
    if is_taken:
        calcom.sync(appoint(cut, mara, at(10)), now=now)
    calcom.simulator.add_fault("slow", path="/v2/slots$", seconds=30, times=None)
    line = line_to(mara.branch)
    answers: list[dict[str, Any]] = []

    took = seconds(
        lambda: answers.append(
            line.ask("check_availability", service=cut.name, date="08.01.2030", time="10 Uhr")
        )
    )

    with capsys.disabled():
        print(f"\nanswered after {took:.2f} s: {answers[0]['status']}")
    assert answers[0]["status"] == ("unavailable" if is_taken else "available")
    assert answers[0]["data"]["source"] == "local"
    assert took <= 3.5
