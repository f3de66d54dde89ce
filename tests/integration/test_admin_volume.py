"""Lists and the first page, however many rows there are: by their indexes, not by reading all."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import QuerySet
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments.models import (
    Appointment,
    AppointmentPhase,
    AuditEntry,
    Branch,
    CallbackRequest,
    Customer,
    Service,
    Staff,
    User,
)
from booking_site.figures.activity import get_days, get_latencies
from booking_site.figures.open_work import get_open_work
from tests.conftest import at
from tests.factories.appointments import StaffFactory
from tests.factories.back_office import client_of, fill, receptionist
from tests.volume import PAGES, grow_old
from voice.models import Call, FunctionCall

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

NOW = at(12, days=-1)
ROWS = 4_000
BIG = [
    model._meta.db_table
    for model in (
        Appointment,
        AppointmentPhase,
        AuditEntry,
        CallbackRequest,
        Customer,
        Call,
        FunctionCall,
    )
]


@pytest.fixture
def full(branch: Branch, cut: Service, mara: Staff) -> Branch:
    """Years of a salon: enough that reading everything is the dearer plan."""
    fill(branch)
    grow_old(branch, StaffFactory.create_batch(3, branch=branch), rows=ROWS, now=NOW)
    return branch


def reads_all(plan: str, table: str) -> bool:
    """Whether a plan goes through a whole table, on either database."""
    on_sqlite = re.search(rf"SCAN (?:TABLE )?{table}\b(?!.* USING)", plan)
    return bool(on_sqlite) or f"Seq Scan on {table}" in plan


def sorts(plan: str) -> bool:
    """Whether rows are put in order after they were read, rather than read in order."""
    return "USE TEMP B-TREE FOR ORDER BY" in plan or bool(
        re.search(r"(?<!Incremental )Sort  \(", plan)
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
    [
        (Appointment, "appointments_appointment"),
        (Call, "voice_call"),
        (AuditEntry, "appointments_auditentry"),
    ],
    ids=["appointments", "calls", "audit trail"],
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
    assert sum(counts["calls"] for counts in days.values()) == 709
    for query in queries.captured_queries:
        plan = _explained(query["sql"])
        for table in ("appointments_appointment", "voice_call"):
            assert not reads_all(plan, table), (query["sql"], plan)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_of_a_list_reads_through_a_whole_table(full, name):
    desk = receptionist(full.company)
    row = Appointment.objects.filter(company=full.company_id).order_by("pk").last()
    named = {"branch": full.pk, "staff": row.staff_id, "user": desk.pk, "customer": row.customer_id}
    client, address = client_of(desk), reverse(f"admin:{name}_changelist")
    in_order, _looked_through = PAGES[name]

    for page in in_order:
        with CaptureQueriesContext(connection) as asked:
            shown = client.get(f"{address}?{page.format(**named, deep=2)}")
        plans = [_explained(query["sql"]) for query in asked if query["sql"].startswith("SELECT")]

        assert shown.status_code == 200
        for plan in plans:
            assert not any(reads_all(plan, table) for table in BIG), (page, plan)


@pytest.mark.parametrize("who", ["root", "desk"])
def test_names_that_sound_alike_are_found_in_the_index_of_sounds(full, who):
    user = receptionist(full.company) if who == "desk" else User.objects.create_superuser("root")

    with CaptureQueriesContext(connection) as asked:
        answer = client_of(user).get(
            reverse("admin:appointments_customer_choices"), {"term": "Gundihn"}
        )

    assert len(answer.json()["results"]) == 20
    (heard,) = (
        query["sql"] for query in asked if '"sounds" LIKE' in query["sql"].replace("::text", "")
    )
    plan = _explained(heard)
    assert "customer_by_sound" in plan, plan


def test_the_badge_of_calls_to_review_counts_those_alone(full):
    plan = Call.objects.filter(company=full.company_id, requires_manual_review=True).explain()

    # PostgreSQL likes the other one as well, where nearly all are one company's.
    assert re.search("call_reviews_of|call_review_queue", plan), plan


@pytest.mark.parametrize("who", ["root", "desk"])
def test_the_trail_is_searched_by_the_indexes_of_whom_and_what_is_named(full, who):
    name = "sync-desk"
    user = (
        receptionist(full.company, name) if who == "desk" else User.objects.create_superuser(name)
    )
    address = reverse("admin:appointments_auditentry_changelist")

    with CaptureQueriesContext(connection) as asked:
        client_of(user).get(f"{address}?q=sync")

    (counted,) = (
        query["sql"] for query in asked if "UNION" in query["sql"] and "COUNT" in query["sql"]
    )
    plan = _explained(counted)
    indexes = ("audit_of_customer", "audit_of_user", "audit_of_call", "audit_of_task")
    assert [name for name in indexes if name not in plan] == [], plan


def test_the_second_page_goes_on_where_the_first_ended(full):
    client = client_of(receptionist(full.company))
    address = reverse("admin:appointments_appointment_changelist")

    with CaptureQueriesContext(connection) as asked:
        pages = [
            client.get(f"{address}?period=all&o=-2&p={number}").context["cl"].result_list
            for number in (1, 2)
        ]

    rows = Appointment.objects.filter(company=full.company_id)
    expected = rows.order_by("-customer__name", "-pk").values_list("pk", flat=True)[:100]
    assert [row.pk for page in pages for row in page] == list(expected)
    whole = [
        query["sql"] for query in asked if '"appointments_appointment"."notes"' in query["sql"]
    ]
    assert len(whole) == 2
    assert not any("LIMIT" in sql for sql in whole)


def _explained(sql: str) -> str:
    prefix = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # At this size it may rather read all; what is asked is whether it would have to.
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"{prefix} {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())
