"""What the lists of an old salon cost, as ratios to a young one's in the same run.

Old is a hundred thousand customers, appointments, calls and entries of the audit trail; young is
four hundred of each. Of each list two pages are asked for that come in the order of an index, and
two for which the database looks through the rows (`tests.volume.PAGES` has more), through the
whole stack by a receptionist. The first may hardly notice how old a salon is; the second notice it,
and stay something that one can wait for. No page asks a query more.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments.models import Appointment, Branch
from tests.conftest import at
from tests.factories.appointments import BranchFactory, ServiceFactory, StaffFactory
from tests.factories.back_office import client_of, fill, receptionist
from tests.volume import PAGES, grow_old

NOW = at(12, days=-1)
YOUNG, OLD = 400, 100_000
ROUNDS = 3
PAGES_EACH = 2
IN_ORDER, LOOKED_THROUGH = "in order", "looked through"
# All pages of a group together.
AT_MOST = {IN_ORDER: 3, LOOKED_THROUGH: 15}


@dataclass(frozen=True, slots=True)
class Cost:
    milliseconds: float
    queries: int


# By group and page.
Costs = dict[tuple[str, str], Cost]


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


def grown(branch: Branch, *, rows: int) -> Branch:
    """Give a branch people, a service and so many rows of everything."""
    people = StaffFactory.create_batch(3, branch=branch)
    ServiceFactory.create(company=branch.company, recipe=[(30, True)], performed_by=people)
    fill(branch)
    idle = StaffFactory.create_batch(3, branch=branch)
    grow_old(branch, idle, rows=rows, now=NOW, entries_each=1)
    return branch


def costs_of(branch: Branch) -> Costs:
    row = Appointment.objects.filter(company=branch.company_id).latest("pk")
    user = receptionist(branch.company, name=f"empfang {branch.pk}")
    known = {
        "branch": branch.pk,
        "staff": row.staff_id,
        "customer": row.customer_id,
        "user": user.pk,
        "deep": 3,
    }
    client = client_of(user)
    return {
        (group, f"{name}?{page}"): cost(
            client, f"{reverse(f'admin:{name}_changelist')}?{page.format(**known)}"
        )
        for name, pages in PAGES.items()
        for group, asked in zip(AT_MOST, pages, strict=True)
        for page in asked[:PAGES_EACH]
    }


def cost(client: Client, address: str) -> Cost:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        client.get(address)
        times.append((time.perf_counter() - began) * 1000)
    return Cost(min(times), len(queries))


@pytest.mark.timeout(300)
def test_the_lists_of_an_old_salon_cost_little_more_than_a_young_ones(branch, capsys):
    young = costs_of(grown(BranchFactory.create(), rows=YOUNG))
    old = costs_of(grown(branch, rows=OLD))

    for group, limit in AT_MOST.items():
        pages = [page for page in young if page[0] == group]
        before, after = (
            sum(costs[page].milliseconds for page in pages) / len(pages) for costs in (young, old)
        )
        slowest = max(pages, key=lambda page: old[page].milliseconds)
        with capsys.disabled():
            print(
                f"\n{len(pages)} pages {group}: {before:.0f} ms young, {after:.0f} ms old = "
                f"{after / before:.1f} x; slowest {old[slowest].milliseconds:.0f} ms: {slowest[1]}"
            )
        assert after / before <= limit
    assert {page: old[page].queries for page in old} == {
        page: young[page].queries for page in young
    }
