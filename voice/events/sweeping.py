"""What is done for calls when nobody tells us anything, and for what was told long ago."""

from datetime import datetime, timedelta

import structlog

from appointments import actions
from voice.events.recording import NO_END
from voice.models import Call

log = structlog.get_logger(__name__)

# Longer than the platform lets any call last.
LONGEST_CALL = timedelta(hours=2)
AT_ONCE = 200


def close_silent_calls(*, now: datetime) -> int:
    """Close calls that began two hours ago and whose end never came.

    They are marked as such; should the real end come late, it still fills its fields.

    Returns:
        how many were closed.
    """
    silent = (
        Call.objects.not_over()
        .filter(created_at__lte=now - LONGEST_CALL)
        .select_related("company")
        .order_by("created_at", "pk")
    )
    return sum(_close(call, now=now) for call in silent[:AT_ONCE])


def _close(call: Call, *, now: datetime) -> bool:
    still_open = Call.objects.not_over().filter(pk=call.pk)
    closed = still_open.update(
        state=Call.State.COMPLETED, disconnection_reason=NO_END, audit_due_at=now
    )
    if closed:
        log.warning("call.closed_without_end", call_pk=call.pk)
        actions.release_holds(company=call.company, call_id=call.call_id, now=now)
    return bool(closed)


def forget_what_was_said(*, before: datetime) -> int:
    """Empty transcript, recording, analysis and promise of calls first heard of before then.

    A call that still needs a person keeps them until it is settled.

    Returns:
        how many calls were emptied.
    """
    empty = {"transcript": [], "recording_url": "", "analysis": {}, "promise": ""}
    old = Call.objects.filter(created_at__lt=before, requires_manual_review=False)
    return old.exclude(**empty).update(**empty)
