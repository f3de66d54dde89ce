"""Webhooks as rows: kept once, dealt with by whoever leases them, tried again, and forgotten."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings

from appointments.actions.announcing import announce_availability
from appointments.models import BusyTime, Company
from calcom.client import get_client
from calcom.errors import CalcomError, PacedError, TransientError
from calcom.inbound.following import News, follow
from calcom.inbound.foreign import get_event_type_ids
from calcom.inbound.notices import HANDLED, Notice
from calcom.inbound.outcomes import NotYetError, Outcome
from calcom.inbound.own import find_phase
from calcom.metrics import webhooks
from calcom.models import LONG_AGO, WebhookDelivery

log = structlog.get_logger(__name__)

State = WebhookDelivery.State

# Longer than any run, as for the sync.
LEASE = timedelta(seconds=60)
# However short the sync's own delays are set: Cal.com tells of a cancellation before it writes it.
SHORTEST_DELAY = timedelta(seconds=1)
# After the first, short delays it is an outage: then so often, for so long.
LATER, PATIENCE = timedelta(minutes=15), timedelta(days=1)
KEPT = timedelta(days=30)


def keep(
    company: Company, *, raw: bytes, body: dict[str, Any], now: datetime
) -> tuple[WebhookDelivery, bool]:
    """Keep what a webhook says.

    Args:
        company: whose secret signed it.
        raw: the body as it came; the same one twice is one delivery.
        body: the JSON in it.
        now: the time.

    Returns:
        the row, and whether it is new.
    """
    notice = Notice.of(body)
    return WebhookDelivery.objects.get_or_create(
        company=company,
        digest=hashlib.sha256(raw).hexdigest(),
        defaults={
            "trigger": notice.trigger,
            "uid": notice.uid,
            "facts": notice.facts(),
            "received_at": now,
        },
    )


def process(delivery_id: int, *, now: datetime) -> datetime | None:
    """Deal with one delivery. It may run late, twice, at once and after a crash.

    Returns:
        when to try again; None when it is settled, or somebody else has it.
    """
    token = secrets.token_hex(16)
    rows = WebhookDelivery.objects.filter(pk=delivery_id)
    if not rows.lease(token=token, now=now, until=now + LEASE):
        return None
    delivery = rows.select_related("company").get()
    try:
        outcome = _settle(delivery, now=now)
    except (NotYetError, CalcomError) as error:
        return _try_again(delivery, token, error, now=now)
    except Exception as bug:
        # As an outage: no short delay helps, and nobody waits for it.
        attempts = max(delivery.attempts, len(_delays())) + 1
        why = type(bug).__name__
        _put_off(delivery, token, why, until=now + LATER, attempts=attempts, now=now)
        raise
    ignored = outcome == Outcome.IGNORED
    _update(
        delivery,
        token,
        state=State.IGNORED if ignored else State.DONE,
        outcome=outcome,
        error="",
        processed_at=now,
    )
    if not ignored:
        announce_availability(delivery.company_id)
    _tell(delivery, outcome)
    return None


def _settle(delivery: WebhookDelivery, *, now: datetime) -> Outcome:
    notice, company = Notice(**delivery.facts), delivery.company
    if not (company.syncs and notice.is_handled and _concerns(company, notice)):
        return Outcome.IGNORED
    return follow(
        company,
        News(
            uids=notice.uids,
            reference=notice.reference,
            reason=notice.reason,
            is_patient=delivery.attempts < len(_delays()),
            is_ending=notice.is_ending,
        ),
        client=get_client(api_key=company.calcom_api_key),
        now=now,
    )


def _concerns(company: Company, notice: Notice) -> bool:
    """Whether it is worth asking Cal.com: an event type of ours, or a booking we know."""
    if notice.event_type_id in get_event_type_ids(company):
        return True
    if find_phase(company, uids=frozenset(notice.uids), reference=notice.reference):
        return True
    return BusyTime.objects.filter(company=company, external_uid__in=notice.uids).exists()


def _try_again(
    delivery: WebhookDelivery, token: str, error: NotYetError | CalcomError, *, now: datetime
) -> datetime | None:
    delays, attempts = _delays(), delivery.attempts
    wait = delays[attempts] if attempts < len(delays) else LATER
    if isinstance(error, TransientError):
        wait = max(wait, timedelta(seconds=error.retry_after_seconds or 0))
    if not isinstance(error, PacedError):
        attempts += 1  # what was not even sent has not failed
    return _put_off(delivery, token, str(error), until=now + wait, attempts=attempts, now=now)


def _put_off(
    delivery: WebhookDelivery,
    token: str,
    why: str,
    *,
    until: datetime,
    attempts: int,
    now: datetime,
) -> datetime | None:
    """Note when to try again; or, after a day, that this is for a person."""
    if until > delivery.received_at + PATIENCE:
        log.error("calcom.webhook_failed", delivery_id=delivery.pk, why=why)
        _update(delivery, token, state=State.FAILED, attempts=attempts, error=why, processed_at=now)
        webhooks.labels(_label(delivery), "failed").inc()
        return None
    log.warning("calcom.webhook_put_off", delivery_id=delivery.pk, why=why)
    _update(delivery, token, attempts=attempts, error=why, next_attempt_at=until)
    return until


def _delays() -> list[timedelta]:
    """Return how long to wait after each of the first failures."""
    seconds = settings.CALCOM_RETRY_DELAYS_SECONDS
    return [max(timedelta(seconds=each), SHORTEST_DELAY) for each in seconds]


def _update(delivery: WebhookDelivery, token: str, **values: Any) -> None:
    """Write and let go, unless the lease was lost: then whoever has it writes."""
    WebhookDelivery.objects.filter(pk=delivery.pk, lease_token=token).update(
        leased_until=LONG_AGO, lease_token="", **values
    )


def _label(delivery: WebhookDelivery) -> str:
    return delivery.trigger if delivery.trigger in HANDLED else "other"


def _tell(delivery: WebhookDelivery, outcome: Outcome) -> None:
    webhooks.labels(_label(delivery), outcome).inc()
    log.info(
        "calcom.webhook_processed",
        delivery_id=delivery.pk,
        trigger=delivery.trigger,
        outcome=outcome,
    )


def due_deliveries(*, now: datetime, limit: int) -> list[int]:
    """Return which deliveries nobody has dealt with yet, the oldest first."""
    due = WebhookDelivery.objects.due(now=now).order_by("received_at", "pk")
    return list(due.values_list("pk", flat=True)[:limit])


def next_delivery_at() -> datetime | None:
    """Return when the next delivery falls due; None for never.

    Those that wait for the end of an outage are no reason to wait here.
    """
    waiting = WebhookDelivery.objects.filter(state=State.RECEIVED, attempts__lte=len(_delays()))
    moments = waiting.values_list("next_attempt_at", "leased_until")
    return min((max(pair) for pair in moments), default=None)


def stop_waiting(*, now: datetime) -> None:
    """Let deliveries that wait for the end of an outage be due now."""
    WebhookDelivery.objects.filter(state=State.RECEIVED, next_attempt_at__gt=now).update(
        next_attempt_at=now
    )


def forget_old(*, now: datetime) -> int:
    """Remove deliveries that are older than 30 days, however they ended."""
    removed, _ = WebhookDelivery.objects.filter(received_at__lt=now - KEPT).delete()
    return removed
