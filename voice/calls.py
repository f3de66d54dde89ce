"""Calls and function calls as rows: found, begun, finished, remembered."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from appointments.models import Branch
from appointments.phones import to_e164
from appointments.ports import Deadline
from appointments.queries import get_customer_by_phone
from voice.envelope import Envelope, is_withheld
from voice.models import Call, FunctionCall

log = structlog.get_logger(__name__)

# A function call this old was cut off: its process is gone, and its work may be done again.
ABANDONED_AFTER = timedelta(seconds=15)
REPLAYED_FOR = timedelta(hours=24)
LOOK_AGAIN_SECONDS = 0.05
# Arguments that name a person. Stored is only that they were there.
PERSONAL = frozenset(
    {
        "customer_name",
        "customer_phone",
        "customer_email",
        "name",
        "phone",
        "email",
        "notes",
        "execution_message",
    }
)
REDACTED = "…"


def find_call(envelope: Envelope, *, branch: Branch) -> Call | None:
    """Return the call's row, made now if this is the first we hear of it.

    None where the call id belongs to another company: a call never changes its company.
    """
    call = _get(envelope.call_id)
    if call is None:
        withheld = is_withheld(envelope.caller_number)
        phone = None if withheld else to_e164(envelope.caller_number)
        call = _create(envelope, branch=branch, phone=phone)
    return call if call.company_id == branch.company_id else None


def _get(call_id: str) -> Call | None:
    return (
        Call.objects.select_related("branch__company", "company", "customer", "service", "staff")
        .filter(call_id=call_id)
        .first()
    )


def _create(envelope: Envelope, *, branch: Branch, phone: str | None) -> Call:
    try:
        with transaction.atomic():
            return Call.objects.create(
                company=branch.company,
                branch=branch,
                call_id=envelope.call_id,
                agent_id=envelope.agent_id,
                from_number=phone or "",
                to_number=to_e164(envelope.salon_number) or "",
                customer=get_customer_by_phone(branch.company, phone),
            )
    except IntegrityError:
        # Two functions of one call, both the first.
        call = _get(envelope.call_id)
        if call is None:
            raise
        return call


@dataclass(frozen=True, slots=True)
class Begun:
    """A function call that is ours to answer, or the answer an earlier one has given."""

    row: FunctionCall
    answer: dict[str, Any] | None = None
    still_running: bool = False


def begin(
    call: Call,
    *,
    name: str,
    tool_call_id: str,
    args: Mapping[str, Any],
    now: datetime,
    deadline: Deadline,
) -> Begun:
    """Claim a function call, or wait for whoever has claimed it already.

    The platform repeats what it did not hear back from, with the same tool call id. The first
    to insert the row answers; a repetition gets the stored answer, byte for byte.
    """
    try:
        with transaction.atomic():
            row = FunctionCall.objects.create(
                call=call,
                name=name,
                tool_call_id=tool_call_id,
                arguments=_redacted(args),
                started_at=now,
            )
        return Begun(row)
    except IntegrityError:
        return _wait_for(call, tool_call_id=tool_call_id, now=now, deadline=deadline)


def _wait_for(call: Call, *, tool_call_id: str, now: datetime, deadline: Deadline) -> Begun:
    while True:
        row = FunctionCall.objects.get(call=call, tool_call_id=tool_call_id)
        if row.answer is not None and row.started_at > now - REPLAYED_FOR:
            return Begun(row, answer=row.answer)
        if _take_over(row, now=now):
            return Begun(row)
        if deadline.left_seconds <= LOOK_AGAIN_SECONDS:
            return Begun(row, still_running=True)
        time.sleep(LOOK_AGAIN_SECONDS)


def _take_over(row: FunctionCall, *, now: datetime) -> bool:
    """Claim what a killed process left unanswered; only one of several takers succeeds."""
    abandoned = FunctionCall.objects.filter(
        pk=row.pk, started_at=row.started_at, started_at__lt=now - ABANDONED_AFTER
    )
    return abandoned.update(started_at=now, answer=None) == 1


def finish(row: FunctionCall, *, status: str, answer: Mapping[str, Any], milliseconds: int) -> None:
    """Store the answer. That it cannot be stored must not take it from the caller."""
    try:
        with transaction.atomic():
            FunctionCall.objects.filter(pk=row.pk).update(
                status=status, answer=dict(answer), milliseconds=milliseconds
            )
    except Exception:
        log.exception("function_call.not_stored", function=row.name)


def remember(call: Call, **what: Any) -> None:
    """Remember something for the rest of the call. One query, none if nothing changed."""
    changed = {key: value for key, value in what.items() if getattr(call, key) != value}
    if changed:
        for key, value in changed.items():
            setattr(call, key, value)
        Call.objects.filter(pk=call.pk).update(**changed)


def remember_refused(call: Call, starts: Sequence[datetime]) -> None:
    """Remember starts that were refused, so that none is offered later in this call."""
    known = dict.fromkeys(call.refused_starts) | dict.fromkeys(
        start.isoformat() for start in starts
    )
    remember(call, refused_starts=list(known))


def refused_starts(call: Call) -> frozenset[datetime]:
    return frozenset(datetime.fromisoformat(start) for start in call.refused_starts)


def _redacted(args: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(key)[:64]: REDACTED if key in PERSONAL else _short(value)
        for key, value in list(args.items())[:40]
    }


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value[:200]
    return value if isinstance(value, bool | int | float | None) else REDACTED
