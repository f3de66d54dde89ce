"""Years of a salon, as rows that a database copies by itself: a hundred thousand in seconds."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model

from appointments.domain.names import written_sounds
from appointments.models import (
    Appointment,
    AppointmentPhase,
    AuditEntry,
    Branch,
    CallbackRequest,
    Customer,
    Staff,
)
from voice.models import Call, FunctionCall

# Of each list: what it is asked for that an index has in order, and what must be looked through.
PAGES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "appointments_appointment": (
        (
            "",
            "period=all",
            "period=past",
            "period=week",
            "day=2029-12-01",
            "period=all&branch__id__exact={branch}",
            "period=all&staff__id__exact={staff}",
            "period=all&o=-1",
            "period=all&p={deep}",
        ),
        (
            "period=all&status__exact=no_show",
            "period=all&sync_status__exact=failed",
            "q=Kundin 777",
            "q=0151 1000 0077",
            "q=public-{branch}-777",
            "q=Nirgends",
            "period=all&o=2",
            "period=all&o=3",
            "period=all&o=4",
            "period=all&o=-5",
        ),
    ),
    "appointments_customer": (
        ("", "o=1", "p={deep}"),
        (
            "q=Kundin 777",
            "q=+49 (151) 1000 0077",
            "q=kundin777@example.org",
            "q=Nirgends",
            "o=2",
            "o=3",
            "o=4",
            "o=-5",
            "o=6",
        ),
    ),
    "appointments_callbackrequest": (
        ("", "state=overdue"),
        (
            "state=escalated",
            "state=all",
            "state=over",
            "state=all&priority__exact=high",
            "q=Kundin 777",
            "q=0151 1000 0077",
            *(f"state=all&o={column}" for column in (1, 2, 4, 5, 6, 8, 9)),
        ),
    ),
    "appointments_review": (
        (),
        (
            "",
            "q=Kundin 777",
            "o=2",
            "branch__id__exact={branch}",
            "staff__id__exact={staff}",
            "state=all",
        ),
    ),
    "voice_call": (
        (
            "",
            "requires_manual_review__exact=1",
            "day=2029-12-01",
            "branch__id__exact={branch}",
            "o=1",
            "p={deep}",
        ),
        (
            "outcome=appointment",
            "outcome=none",
            "longer=180",
            "state__exact=completed",
            "q=Kundin 777",
            "q=0151 1000 0077",
            "q=call-{branch}-777",
            "q=Nirgends",
            "o=2",
            "o=3",
            "o=4",
            "o=6",
            "o=7",
            "o=8",
        ),
    ),
    "appointments_auditentry": (
        (
            "",
            "user__id__exact={user}",
            "model=appointments.customer",
            "day=2029-12-01",
            "customer={customer}",
            "q=Kundin 777",
            "q=+49 151 1000 0077",
            "q=call-{branch}-777",
            "q=Nirgends",
            "o=1",
            "p={deep}",
        ),
        ("actor__exact=staff", "verb__exact=deleted", "o=2", "o=3", "o=4", "o=6"),
    ),
}
# One of ten is still to come; a visit every quarter of an hour, and a call every hour.
EVERY_MINUTES = VISIT_MINUTES = 15
CALL_EVERY_MINUTES = 60
ENTRIES_EACH = 10


def copies_of(row: Model, count: int, **columns: str) -> int:
    """Insert a row again and again.

    Args:
        row: stored; what it has, its copies have.
        count: how many copies: number n from 1 on.
        columns: what they do not have: SQL, in which `n` is the number.

    Returns:
        the key of copy 0, if there were one.
    """
    names = [str(field.column) for field in row._meta.concrete_fields if not field.primary_key]
    table = row._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT MAX(id) FROM {table}")
        (last,) = cursor.fetchone()
        cursor.execute(
            f"INSERT INTO {table} (id, {', '.join(names)}) WITH RECURSIVE numbers(n) AS "
            f"(SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) "
            f"SELECT {last} + n, {', '.join(columns.get(name, name) for name in names)} "
            f"FROM numbers, {table} WHERE id = {row.pk}"
        )
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last + count})"
            )
    return int(last)


def moment(start: datetime, minutes: str) -> str:
    """Return SQL for a moment so many minutes after another, `minutes` being SQL itself."""
    if connection.vendor == "postgresql":
        return f"timestamptz '{start:%Y-%m-%d %H:%M}+00' + ({minutes}) * interval '1 minute'"
    return f"strftime('%Y-%m-%d %H:%M:%S', '{start:%Y-%m-%d %H:%M}', ({minutes}) || ' minutes')"


def one_of(values: Sequence[Any]) -> str:
    """Return SQL for one of some values, by `n`."""
    cases = " ".join(f"WHEN {number} THEN {value!r}" for number, value in enumerate(values))
    return f"CASE n % {len(values)} {cases} END"


def grow_old(
    branch: Branch,
    people: Sequence[Staff],
    *,
    rows: int,
    now: datetime,
    entries_each: int = ENTRIES_EACH,
) -> None:
    """Give a branch so many customers, appointments and calls, and what goes with them.

    Of each there is one already (`tests.factories.back_office.fill`). One appointment in 500 and
    one call in 1000 need a person.

    Args:
        branch: of which salon.
        people: who does it all; they have nothing to do yet.
        rows: how many customers, appointments and calls.
        now: nine of ten appointments lie before it.
        entries_each: of the audit trail, as many times the rows.
    """
    past = rows * 9 // 10
    first = now - timedelta(minutes=EVERY_MINUTES * past)
    over = one_of(["completed"] * 18 + ["no_show", "cancelled"])
    staff = one_of([person.pk for person in people])
    starts_at, ends_at = (
        moment(first, f"{EVERY_MINUTES} * n + {late}") for late in (0, EVERY_MINUTES)
    )

    of = {"company": branch.company_id}
    customers = copies_of(
        Customer.objects.filter(**of).earliest("pk"),
        rows,
        name="'Kundin ' || n",
        sounds=f"'{written_sounds('Kundin')}' || n || ' '",
        phone="'+49151' || (10000000 + n)",
        email="'kundin' || n || '@example.org'",
    )
    appointment = Appointment.objects.filter(**of).earliest("pk")
    appointments = copies_of(
        appointment,
        rows,
        customer_id=f"{customers} + n",
        staff_id=staff,
        public_id=f"'public-{branch.pk}-' || n",
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=moment(first, f"{EVERY_MINUTES} * n - 9000"),
        status=f"CASE WHEN n <= {past} THEN {over} ELSE 'confirmed' END",
        sync_status=one_of(["synced"] * 99 + ["failed"]),
        requires_manual_review="n % 500 = 0",
    )
    copies_of(
        AppointmentPhase.objects.filter(appointment=appointment).earliest("pk"),
        rows,
        appointment_id=f"{appointments} + n",
        staff_id=staff,
        starts_at=starts_at,
        ends_at=ends_at,
        released_at=f"CASE WHEN n <= {past} THEN {ends_at} END",
    )
    _ring(branch, customers, appointments, rows=rows, now=now)
    entry = AuditEntry.objects.filter(**of, model="appointments.appointment").earliest("pk")
    copies_of(
        entry,
        rows * entries_each,
        at=moment(now, "-n"),
        customer_id=f"{customers} + 1 + n % {rows}",
        object_id=f"{appointments} + 1 + n % {rows}",
        actor=one_of(["voice", "staff", "system"]),
        user_id="1000000 + n % 20",  # people who have left
        task=one_of(["", *(f"salon.tasks.number_{number}" for number in range(19))]),
        call_id=f"'call-{branch.pk}-' || (n / 10)",
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a running site does by itself


def _ring(branch: Branch, customers: int, appointments: int, *, rows: int, now: datetime) -> None:
    call = Call.objects.filter(company=branch.company_id).earliest("pk")
    began = f"-{CALL_EVERY_MINUTES} * n"
    caller = {"customer_id": f"{customers} + n"}
    number = "'+49151' || (10000000 + n)"
    calls = copies_of(
        call,
        rows,
        **caller,
        call_id=f"'call-{branch.pk}-' || n",
        from_number=number,
        created_at=moment(now, began),
        started_at=moment(now, began),
        state="'analyzed'",
        requires_manual_review="n % 1000 = 0",
        duration_ms="1000 * (n % 300)",
        appointment_id=f"CASE n % 3 WHEN 0 THEN {appointments} + n END",
    )
    for late in range(3):
        copies_of(
            FunctionCall.objects.filter(call=call).earliest("pk"),
            rows,
            call_id=f"{calls} + n",
            name="'check_availability'",
            started_at=moment(now, f"{began} + {late}"),
            milliseconds="n % 400",
        )
    copies_of(
        CallbackRequest.objects.filter(company=branch.company_id).earliest("pk"),
        rows // 5 or 1,
        **caller,
        name="'Kundin ' || n",
        phone=number,
        due_at=moment(now, "-10 * n"),
        created_at=moment(now, "-10 * n - 100"),
        status="CASE WHEN n <= 100 THEN 'open' ELSE 'done' END",
    )
