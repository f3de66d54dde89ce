"""What happened in the last days: a handful of questions, however many rows there are."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, Sum

from appointments.models import Appointment, DailyTally, Source, Status, SyncStatus
from booking_site.figures.days import Counts, UtcHour, fold, last_days, midnight
from voice.admin.words import function_in_words
from voice.models import Call, FunctionCall

Rows = Iterable[Mapping[str, Any]]
DAYS = 30
LATENCY_DAYS = 7
# A call in which one of these was asked for wanted an appointment.
WANTS_APPOINTMENT = (
    "check_availability",
    "get_alternatives",
    "find_next_available",
    "reserve_slot",
    "start_booking",
    "confirm_booking",
)
JUDGED = (SyncStatus.SYNCED, SyncStatus.FAILED, SyncStatus.CONFLICT)


def get_days(
    *, company_ids: Collection[int], now: datetime, count: int = DAYS
) -> dict[date, Counts]:
    """Count what happened on each of the last days, oldest first. Four questions.

    Returns:
        by day: `calls`, `milliseconds` of those `timed`; `wanting` an appointment and how many
        `got` one; `refused` wishes and how many were `helped` with alternatives; appointments
        `booked`, `by_phone`, `judged` by Cal.com and `synced` without a person; and whatever
        is tallied.
    """
    days = last_days(count, now=now)
    since = midnight(days[0])
    totals = fold(_calls(company_ids, since), days)
    for rows in (_functions(company_ids, since), _appointments(company_ids, since)):
        for day, counts in fold(rows, days).items():
            totals[day].update(counts)
    tallies = DailyTally.objects.filter(company__in=company_ids, counted_on__gte=days[0])
    for row in tallies.values("counted_on", "what").annotate(total=Sum("count")).order_by():
        if row["counted_on"] in totals:
            totals[row["counted_on"]][row["what"]] = row["total"]
    return totals


def _calls(company_ids: Collection[int], since: datetime) -> Rows:
    calls = Call.objects.filter(company__in=company_ids, created_at__gte=since)
    return (
        calls.annotate(hour=UtcHour("created_at"))
        .values("hour")
        .annotate(
            calls=Count("pk"),
            timed=Count("duration_ms"),
            milliseconds=Sum("duration_ms", default=0),
        )
        .order_by()
    )


def _functions(company_ids: Collection[int], since: datetime) -> Rows:
    """Count by the hour in which the call began, so that no call counts twice."""
    rows = FunctionCall.objects.filter(call__company__in=company_ids, call__created_at__gte=since)
    wanting = Q(name__in=WANTS_APPOINTMENT)
    return (
        rows.annotate(hour=UtcHour("call__created_at"))
        .values("hour")
        .annotate(
            wanting=Count("call", distinct=True, filter=wanting),
            got=Count("call", distinct=True, filter=wanting & Q(call__appointment__isnull=False)),
            refused=Count("pk", filter=Q(alternatives__isnull=False)),
            helped=Count("pk", filter=Q(alternatives__gt=0)),
        )
        .order_by()
    )


def _appointments(company_ids: Collection[int], since: datetime) -> Rows:
    rows = Appointment.objects.filter(company__in=company_ids, created_at__gte=since)
    return (
        rows.exclude(status=Status.HELD)
        .annotate(hour=UtcHour("created_at"))
        .values("hour")
        .annotate(
            booked=Count("pk"),
            by_phone=Count("pk", filter=Q(source=Source.VOICE)),
            judged=Count("pk", filter=Q(sync_status__in=JUDGED)),
            synced=Count(
                "pk", filter=Q(sync_status=SyncStatus.SYNCED, review_resolved_by__isnull=True)
            ),
        )
        .order_by()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long callers waited for one function, in milliseconds: p95 is what 95 of 100 beat."""

    function: str
    calls: int
    p50: int
    p95: int
    p99: int

    @property
    def in_words(self) -> str:
        return function_in_words(self.function)


def get_latencies(*, company_ids: Collection[int], now: datetime) -> list[Latency]:
    """Measure each function over the last seven days, the most used first. One question.

    Exact, and the same on both databases: equal times are counted there, ranked here.
    """
    rows = FunctionCall.objects.filter(
        call__company__in=company_ids,
        started_at__gte=now - timedelta(days=LATENCY_DAYS),
        milliseconds__isnull=False,
    )
    counted = rows.values_list("name", "milliseconds").annotate(total=Count("pk"))
    by_name: dict[str, list[tuple[int, int]]] = {}
    for name, milliseconds, total in counted.order_by("name", "milliseconds"):
        by_name.setdefault(name, []).append((milliseconds, total))
    found = [_latency(name, times) for name, times in by_name.items()]
    return sorted(found, key=lambda latency: (-latency.calls, latency.function))


def _latency(name: str, times: list[tuple[int, int]]) -> Latency:
    calls = sum(total for _, total in times)
    p50, p95, p99 = (percentile(times, percent) for percent in (50, 95, 99))
    return Latency(function=name, calls=calls, p50=p50, p95=p95, p99=p99)


def percentile(times: list[tuple[int, int]], percent: int) -> int:
    """Return the least time that so many of 100 do not exceed.

    Args:
        times: (milliseconds, how often), ascending, at least one.
        percent: 1 to 100.
    """
    rank = -(-sum(total for _, total in times) * percent // 100)  # rounded up
    seen = 0
    for milliseconds, total in times:
        seen += total
        if seen >= rank:
            return milliseconds
    return times[-1][0]
