"""What a check and a search cost, as ratios to one indexed read in the same run."""

import statistics
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from appointments import actions, queries
from appointments.domain.alternatives import Wish
from appointments.models import Staff
from tests.conftest import at, day, soon
from tests.factories.appointments import CustomerFactory, ServiceFactory, StaffFactory

ROUNDS = 60


def median_ms(work: Callable[[], object]) -> float:
    """Return the median of many runs, after a few that do not count."""
    (median,) = medians_ms(work)
    return median


def medians_ms(*works: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Return the median of each, run by turns: a busy machine is busy for all of them."""
    for work in works * 5:
        work()
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, taken in zip(works, times, strict=True):
            started = time.perf_counter()
            work()
            taken.append((time.perf_counter() - started) * 1000)
    return [statistics.median(taken) for taken in times]


@pytest.fixture
def busy_salon(branch, now):
    """Five people, two weeks, about 150 appointments."""
    people = StaffFactory.create_batch(5, branch=branch)
    cut = ServiceFactory.create(company=branch.company, recipe=[(45, True)], performed_by=people)
    ida = CustomerFactory.create(company=branch.company, name="Ida Beispiel")
    for days in range(12):
        if day(days).weekday() == 6:
            continue
        for number, person in enumerate(people):
            for hour in (9, 12, 15):
                order = actions.BookingOrder(
                    branch=branch,
                    service=cut,
                    starts_at=at(hour, 5 * number, days=days),
                    staff_id=person.pk,
                    customer=ida,
                    additional=True,
                )
                actions.book(order=order, now=now, deadline=soon())
    return queries.Search(branch=branch, service=cut)


def test_a_check_and_a_search_stay_near_the_floor(busy_salon, now, capsys):
    floor = median_ms(lambda: Staff.objects.get(pk=Staff.objects.first().pk))
    check = median_ms(
        lambda: queries.check_availability(busy_salon, at(10), now=now, deadline=soon())
    )
    search = median_ms(
        lambda: queries.get_alternatives(
            busy_salon,
            Wish(day=day(), at=(at(9) + timedelta(hours=1)).time()),
            now=now,
            deadline=soon(),
            unwanted=queries.Unwanted(starts=frozenset([at(10)])),
        )
    )

    with capsys.disabled():
        print(f"\nfloor {floor:.2f} ms · check {check:.2f} ms = {check / floor:.1f} x the floor")
        print(f"two weeks of alternatives {search:.2f} ms = {search / floor:.1f} x the floor")
    assert check / floor < 40
    assert search / floor < 100
