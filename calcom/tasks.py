"""What runs in the background. Messages carry ids; what is true is read when a task runs."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery import shared_task
from django.utils import timezone

from appointments.models import Appointment, Company
from calcom import event_maps, reconciling, sync
from calcom.client import get_client
from calcom.errors import CalcomError
from calcom.inbound import deliveries
from calcom.models import OrphanedBooking

log = structlog.get_logger(__name__)

AT_ONCE = 200
ORPHANS_AT_ONCE = 16
SWEEP_SECONDS = 15
# A task about many event types begins nothing new after this, and what is left is due again.
EVENT_MAPS_SECONDS = 25
EVENT_MAPS_SWEEP_SECONDS = 900


@shared_task(acks_late=True)
def SyncAppointmentToCalcom(appointment_id: int, **_: object) -> None:  # noqa: N802 -- its given name
    """Make Cal.com agree with one appointment.

    It may run late, twice or out of order and the calendars still agree. When to try again is
    a column; the message sent for it is only a wake-up call, and if that is lost,
    `sync_unsynced` calls instead.
    """
    again_at = _sync(appointment_id, now=timezone.now())
    if again_at:
        SyncAppointmentToCalcom.apply_async((appointment_id,), eta=again_at)


def _sync(appointment_id: int, *, now: datetime) -> datetime | None:
    appointment = Appointment.objects.select_related("company").filter(pk=appointment_id).first()
    if appointment is None or not appointment.company.syncs:
        return None
    client = get_client(api_key=appointment.company.calcom_api_key)
    return sync.sync(appointment_id, now=now, client=client)


@shared_task(acks_late=True)
def process_webhook(delivery_id: int, **_: object) -> None:
    """Make this site agree with what a webhook speaks of. It may run late, twice, out of order."""
    again_at = deliveries.process(delivery_id, now=timezone.now())
    if again_at:
        process_webhook.apply_async((delivery_id,), eta=again_at)


@shared_task
def forget_old_webhooks(**_: object) -> None:
    """Remove what Cal.com told us long ago."""
    deliveries.forget_old(now=timezone.now())


@shared_task
def reconcile_all(**_: object) -> None:
    """Have every company that syncs compared with Cal.com, each by a task of its own."""
    for company_id in Company.objects.exclude(calcom_api_key="").values_list("pk", flat=True):
        reconcile_company.delay(company_id)


@shared_task
def reconcile_company(company_id: int, **_: object) -> None:
    """Compare the coming days with Cal.com, and repair what is safe; the sweep does the rest."""
    company = Company.objects.filter(pk=company_id).first()
    if company is None or not company.syncs:
        return
    client = get_client(api_key=company.calcom_api_key)
    try:
        reconciling.reconcile(company, client=client, now=timezone.now())
    except CalcomError as error:
        log.error("calcom.reconcile_failed", company_id=company_id, why=str(error))  # noqa: TRY400 -- an outage, not a bug


@shared_task
def sync_unsynced() -> None:
    """Call for everything that is unsynced and due, should every message have been lost."""
    now = timezone.now()
    for delivery_id in deliveries.due_deliveries(now=now, limit=AT_ONCE):
        process_webhook.apply_async((delivery_id,), expires=SWEEP_SECONDS)
    for appointment_id in sync.due_appointments(now=now, limit=AT_ONCE):
        # What nobody has taken by the next sweep, the next sweep sends again.
        SyncAppointmentToCalcom.apply_async((appointment_id,), expires=SWEEP_SECONDS)
    _cancel_due_orphans(now=now)


def _cancel_due_orphans(*, now: datetime) -> int:
    orphans = (
        OrphanedBooking.objects.due(now=now)
        .exclude(company__calcom_api_key="")
        .select_related("company", "appointment")
        .order_by("next_attempt_at", "pk")
    )
    return sync.cancel_orphans(orphans[:ORPHANS_AT_ONCE], now=now)


def sync_due(*, now: datetime) -> int:
    """Do in this process what is due, each thing once.

    Returns:
        how many webhooks, appointments and orphaned bookings were dealt with; call again
        until it is 0.
    """
    began = time.monotonic()
    delivery_ids = deliveries.due_deliveries(now=now, limit=AT_ONCE)
    for delivery_id in delivery_ids:
        try:
            deliveries.process(delivery_id, now=now + timedelta(seconds=time.monotonic() - began))
        except Exception:
            log.exception("calcom.webhook_crashed", delivery_id=delivery_id)
    appointment_ids = sync.due_appointments(now=now, limit=AT_ONCE)
    for appointment_id in appointment_ids:
        try:
            _sync(appointment_id, now=now + timedelta(seconds=time.monotonic() - began))
        except Exception:
            # One appointment that meets a bug must not keep the others from being synced.
            log.exception("calcom.sync_crashed", appointment_id=appointment_id)
    return len(delivery_ids) + len(appointment_ids) + _cancel_due_orphans(now=now)


def stop_waiting(*, now: datetime) -> None:
    """Let all that waits for the end of an outage be due now."""
    sync.stop_waiting(now=now)
    deliveries.stop_waiting(now=now)


def next_due(*, now: datetime) -> datetime | None:
    """Return when `sync_due` will next find something; None when all is done or up to people."""
    moments = [sync.next_due_at(now=now), deliveries.next_delivery_at()]
    return min((moment for moment in moments if moment), default=None)


@shared_task
def check_event_maps() -> None:
    """Call for every company with event maps that were not checked since last night.

    It comes by several times a night: what Cal.com did not answer, or what was too much for
    one run, is still due then.
    """
    due = event_maps.due_maps(now=timezone.now()).order_by("company")
    for company_id in due.values_list("company", flat=True).distinct():
        check_event_maps_of_company.apply_async((company_id,), expires=EVENT_MAPS_SWEEP_SECONDS)


@shared_task
def check_event_maps_of_company(company_id: int, **_: object) -> None:
    """Compare a company's event maps with what Cal.com has, the longest unchecked first."""
    company = _syncing(company_id)
    if company is None:
        return
    now = timezone.now()
    try:
        event_maps.check_maps(
            company=company,
            maps=event_maps.due_maps(now=now),
            now=now,
            within_seconds=EVENT_MAPS_SECONDS,
        )
    except CalcomError as error:
        log.warning("calcom.event_maps_unchecked", company_id=company_id, why=str(error))


@shared_task
def check_some_event_maps(company_id: int, map_ids: list[int], **_: object) -> None:
    """Check these of a company's event maps, because a person wants to know now."""
    if left := _go_through(event_maps.check_each, company_id, map_ids):
        check_some_event_maps.delay(company_id, map_ids=left)


@shared_task
def push_event_maps(company_id: int, map_ids: list[int], **_: object) -> None:
    """Make the event types of these maps of a company what they should be."""
    if left := _go_through(event_maps.push_each, company_id, map_ids):
        push_event_maps.delay(company_id, map_ids=left)


def _go_through(act: Callable[..., list[int]], company_id: int, map_ids: list[int]) -> list[int]:
    """Do one thing to each of these maps; return those for which there was no time."""
    company = _syncing(company_id)
    if company is None:
        return []
    return act(
        company=company,
        map_ids=map_ids,
        now=timezone.now(),
        within_seconds=EVENT_MAPS_SECONDS,
    )


@shared_task
def create_missing_event_maps(
    company_id: int, keys: list[list[Any]] | None = None, **_: object
) -> None:
    """Make what is missing of a company's event types and maps.

    Whoever sends it looks at the list afterwards: what is still on it is in the log, with why.

    Args:
        company_id: whose.
        keys: only these, as the parts of a `MapKey`; None for all.
    """
    company = _syncing(company_id)
    if company is None:
        return
    began = time.monotonic()
    only = None if keys is None else {event_maps.MapKey(*parts) for parts in keys}
    for outcome in event_maps.create_each(company=company, now=timezone.now(), keys=only):
        if outcome.problem is None and time.monotonic() - began > EVENT_MAPS_SECONDS:
            create_missing_event_maps.delay(company_id, keys=keys)
            return


def _syncing(company_id: int) -> Company | None:
    return Company.objects.exclude(calcom_api_key="").filter(pk=company_id).first()
