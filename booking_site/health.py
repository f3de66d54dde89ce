"""/healthz: this process runs. /readyz: it can do its work. /metrics: what it has done."""

from collections.abc import Callable, Iterable

import structlog
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from appointments.models import Company
from booking_site.figures.activity import get_days
from booking_site.figures.measures import MEASURES
from booking_site.figures.open_work import Health, OpenWork, get_open_work_of_all

log = structlog.get_logger(__name__)


def healthz(_: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def readyz(_: HttpRequest) -> JsonResponse:
    """Answer 200 where database and cache answer, else 503 and which does not."""
    checks = {"database": _database_answers, "cache": _cache_answers}
    results = {name: _passes(name, check) for name, check in checks.items()}
    ready = all(results.values())
    return JsonResponse(
        {"status": "ok" if ready else "unavailable", "checks": results},
        status=200 if ready else 503,
    )


def metrics(_: HttpRequest) -> HttpResponse:
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus-client's
    registry.register(OpenWorkCollector())
    registry.register(TodayCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class OpenWorkCollector(Collector):
    """Gauges that are counted where the truth is, at the moment they are asked for."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        works = get_open_work_of_all(now=timezone.now())
        total = sum(works.values(), start=OpenWork())
        for name, meaning, value in (
            ("sync_pending", "Appointments Cal.com does not match yet.", total.pending),
            ("sync_stuck", "... of those, for more than an hour.", total.stuck),
            ("sync_given_up", "Syncs that failed more than a day ago.", total.given_up),
            ("manual_review_open", "Appointments and calls that need a person.", total.reviews),
            ("orphans_open", "Bookings in Cal.com that should be cancelled.", total.orphans),
            ("callbacks_open", "Callbacks to be made.", total.callbacks),
            ("callbacks_overdue", "Callbacks that should have been made by now.", total.overdue),
        ):
            yield GaugeMetricFamily(f"booking_{name}", meaning, value)
        health = GaugeMetricFamily(
            "booking_health", "0 ok, 1 degraded, 2 critical.", labels=["company"]
        )
        for company, work in works.items():
            health.add_metric([company.slug], list(Health).index(work.health))
        yield health


class TodayCollector(Collector):
    """What the back office opens with, today so far and of all companies together.

    A share that has nothing to be a share of yet is left out.
    """

    def collect(self) -> Iterable[GaugeMetricFamily]:
        companies = Company.objects.values_list("pk", flat=True)
        [today] = get_days(company_ids=list(companies), now=timezone.now(), count=1).values()
        family = GaugeMetricFamily(
            "booking_today", "Figures of the day: counts, percentages, seconds.", labels=["figure"]
        )
        for measure in MEASURES:
            value = measure.of(today)
            if value is not None:
                family.add_metric([measure.name], value)
        yield family


def _passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        log.exception("readiness.failed", check=name)
        return False
    return True


def _database_answers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache_answers() -> None:
    cache.set("readyz", 1, timeout=5)
