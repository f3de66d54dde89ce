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

from appointments.models import Appointment, CallbackRequest, SyncStatus
from calcom.models import OrphanedBooking
from voice.models import Call

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
    registry.register(OpenWork())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class OpenWork(Collector):
    """Gauges that are counted where the truth is, at the moment they are asked for."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        pending = Appointment.objects.filter(sync_status=SyncStatus.PENDING).count()
        reviews = Appointment.objects.needing_review().count()
        reviews += Call.objects.filter(requires_manual_review=True).count()
        orphans = OrphanedBooking.objects.filter(cancelled_at=None).count()
        yield GaugeMetricFamily(
            "booking_sync_pending", "Appointments Cal.com does not match yet.", pending
        )
        yield GaugeMetricFamily(
            "booking_manual_review_open", "Appointments and calls that need a person.", reviews
        )
        overdue = CallbackRequest.objects.still_open().filter(due_at__lt=timezone.now()).count()
        yield GaugeMetricFamily(
            "booking_callbacks_overdue", "Callbacks that should have been made by now.", overdue
        )
        yield GaugeMetricFamily(
            "booking_orphans_open", "Bookings in Cal.com that should be cancelled.", orphans
        )


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
