"""Comparing Cal.com with what we believe it holds: the net under lost webhooks."""

from datetime import datetime, timedelta

import structlog

from appointments.domain.intervals import Interval
from appointments.models import Company
from calcom import sync
from calcom.client import CalcomClient
from calcom.metrics import differences as counted
from calcom.models import OrphanedBooking
from calcom.reconciling.comparing import compare
from calcom.reconciling.differences import Difference, Kind, Remedy
from calcom.reconciling.repairing import repair

log = structlog.get_logger(__name__)

DAYS, DAYS_BACK = 14, 1

__all__ = [
    "DAYS",
    "Difference",
    "Kind",
    "Remedy",
    "find_differences",
    "finish",
    "reconcile",
    "repair",
]


def find_differences(
    company: Company, *, days: int = DAYS, client: CalcomClient, now: datetime
) -> list[Difference]:
    """Compare what begins from yesterday until `days` from now.

    Raises:
        CalcomError: it could not be read as a whole.
    """
    window = Interval(now - timedelta(days=DAYS_BACK), now + timedelta(days=days))
    return compare(company, window=window, client=client, now=now)


def reconcile(
    company: Company, *, days: int = DAYS, client: CalcomClient, now: datetime
) -> tuple[list[Difference], set[int]]:
    """Compare, and repair what is safe to repair. Twice is the same as once.

    Returns:
        what was found, and the ids of the appointments whose sync has something to do now.

    Raises:
        CalcomError: it could not be read as a whole; nothing was done.
    """
    found = find_differences(company, days=days, client=client, now=now)
    for difference in found:
        counted.labels(difference.kind, difference.remedy).inc()
    appointment_ids = repair(company, found, client=client, now=now)
    log.info("calcom.reconciled", company_id=company.pk, differences=len(found))
    return found, appointment_ids


def finish(
    company: Company, appointment_ids: set[int], *, client: CalcomClient, now: datetime
) -> None:
    """Do at once, in this process, what a repair has left to the workers."""
    for appointment_id in sorted(appointment_ids):
        sync.sync(appointment_id, now=now, client=client)
    due = OrphanedBooking.objects.due(now=now).filter(company=company)
    sync.cancel_orphans(due.select_related("company", "appointment"), now=now)
