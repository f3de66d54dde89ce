"""What calls need done in the background. Messages carry ids; rows say what is due."""

from datetime import datetime, timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from voice import events
from voice.models import Call

log = structlog.get_logger(__name__)

AT_ONCE = 200
TRY_AGAIN_AFTER = timedelta(hours=1)
SOON = timedelta(minutes=1)


def wake_audit(call_pk: int) -> None:
    """Call for an audit at once instead of waiting for the next sweep; it may not be heard."""
    try:
        audit_call.delay(call_pk)
    except (OperationalError, OSError) as error:
        log.warning("call.audit_not_sent", why=str(error))


@shared_task
def audit_call(call_pk: int, **_: object) -> None:
    """Compare what a call promised with what it did."""
    events.audit(call_pk, now=timezone.now())


@shared_task
def sweep_calls(**_: object) -> None:
    """Close calls whose end never came, and audit what is due should a message have been lost."""
    sweep_due(now=timezone.now())


@shared_task
def forget_what_was_said(**_: object) -> None:
    """Empty transcripts and recordings that have been kept long enough."""
    before = timezone.now() - timedelta(days=settings.CALL_TRANSCRIPT_DAYS)
    log.info("calls.emptied", rows=events.forget_what_was_said(before=before))


def sweep_due(*, now: datetime) -> int:
    """Do in this process what calls need done, each thing once.

    Returns:
        how many calls were dealt with.
    """
    closed = events.close_silent_calls(now=now)
    due = Call.objects.to_audit(now=now).order_by("audit_due_at", "pk")
    audited = 0
    for call_pk in due.values_list("pk", flat=True)[:AT_ONCE]:
        try:
            audited += events.audit(call_pk, now=now)
        except Exception:
            # One call that meets a bug must not keep the others from being audited.
            log.exception("call.audit_crashed", call_pk=call_pk)
            Call.objects.filter(pk=call_pk).update(audit_due_at=now + TRY_AGAIN_AFTER)
    return closed + audited


def next_due(*, now: datetime) -> datetime | None:
    """Return when an audit falls due that waits for a running function; None if none does."""
    waiting = Call.objects.to_audit(now=now + SOON).order_by("audit_due_at")
    due_at = waiting.values_list("audit_due_at", flat=True).first()
    return max(due_at, now) if due_at else None
