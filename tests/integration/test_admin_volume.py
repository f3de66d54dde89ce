"""Lists and the first page, however many rows there are: by their indexes, not by reading all."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.db import connection
from django.db.models import F, QuerySet
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from appointments.models import Appointment, Branch, Customer, Service, Staff, Status, User
from booking_site.figures.activity import get_days, get_latencies
from booking_site.figures.open_work import get_open_work
from tests.conftest import at
from tests.factories.appointments import CustomerFactory
from voice.models import Call, FunctionCall

NOW = at(12, days=-1)
ROWS = 4_000


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def full(branch: Branch, cut: Service, mara: Staff) -> Branch:
    """Years of a salon: enough that reading everything is the dearer plan."""
    customer = CustomerFactory.create(company=branch.company)
    CustomerFactory.create_batch(5, company=branch.company)
    moments = [NOW - timedelta(hours=7 * number) for number in range(ROWS)]
    Appointment.objects.bulk_create(
        Appointment(
            company=branch.company,
            branch=branch,
            customer=customer,
            service=cut,
            staff=mara,
            starts_at=moment,
            ends_at=moment + timedelta(hours=1),
            status=Status.COMPLETED,
        )
        for moment in moments
    )
    calls = Call.objects.bulk_create(
        Call(company=branch.company, branch=branch, call_id=f"call_{number}", started_at=moment)
        for number, moment in enumerate(moments)
    )
    FunctionCall.objects.bulk_create(
        FunctionCall(call=call, name="check_availability", started_at=moment, milliseconds=9)
        for call, moment in zip(calls, moments, strict=True)
    )
    Appointment.objects.update(created_at=F("starts_at"))
    Call.objects.update(created_at=F("started_at"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return branch


def reads_all(plan: str, table: str) -> bool:
    """Whether a plan goes through a whole table, on either database."""
    on_sqlite = re.search(rf"SCAN (?:TABLE )?{table}\b(?!.* USING)", plan)
    return bool(on_sqlite) or f"Seq Scan on {table}" in plan


def sorts(plan: str) -> bool:
    """Whether rows are put in order after they were read, rather than read in order."""
    return "USE TEMP B-TREE FOR ORDER BY" in plan or bool(
        re.search(r"(?<!Incremental )Sort ", plan)
    )


def listed(model: type, *, who: str, branch: Branch) -> QuerySet[Any]:
    """Return the first page of a list as the admin would ask for it."""
    user = (
        User.objects.create_superuser("root")
        if who == "root"
        else User.objects.create_user("desk", is_staff=True, company=branch.company)
    )
    request = RequestFactory().get("/")
    request.user = user
    model_admin = admin.site._registry[model]  # noqa: SLF001 -- no public way
    rows = model_admin.get_queryset(request)
    return rows.order_by(*model_admin.ordering)[:50]


@pytest.mark.parametrize("who", ["root", "desk"])
@pytest.mark.parametrize(
    ("model", "table"),
    [(Appointment, "appointments_appointment"), (Call, "voice_call")],
    ids=["appointments", "calls"],
)
def test_the_first_page_of_a_list_is_read_in_order(full, model, table, who):
    plan = listed(model, who=who, branch=full).explain()

    assert not reads_all(plan, table), plan
    assert not sorts(plan), plan


def test_the_history_of_a_customer_is_found_by_its_index(full):
    customer = Customer.objects.order_by("pk").last()

    rows = Appointment.objects.filter(customer=customer).order_by("-starts_at", "-pk")
    plan = rows.explain()

    assert not reads_all(plan, "appointments_appointment"), plan


def test_the_figures_read_thirty_days_and_not_years(full):
    with CaptureQueriesContext(connection) as queries:
        days = get_days(company_ids=[full.company_id], now=NOW)
        get_latencies(company_ids=[full.company_id], now=NOW)
        get_open_work(company_ids=[full.company_id], now=NOW)

    assert len(queries) == 11
    assert sum(counts["calls"] for counts in days.values()) == 102
    for query in queries.captured_queries:
        plan = _explained(query["sql"])
        for table in ("appointments_appointment", "voice_call"):
            assert not reads_all(plan, table), (query["sql"], plan)


def _explained(sql: str) -> str:
    prefix = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # At this size it may rather read all; what is asked is whether it would have to.
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"{prefix} {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())
