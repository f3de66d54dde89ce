"""Calls and function calls as rows: found, begun, finished, remembered."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, connection, transaction

from appointments.models import Branch, Customer, User
from appointments.phones import to_e164
from appointments.ports import Deadline
from appointments.queries import get_customer_by_phone
from voice.envelope import Envelope, is_withheld
from voice.models import Call, FunctionCall, Offer

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
        "reason",
        "grund",
        "execution_message",
    }
)
REDACTED = "…"
# Statuses that say that something was done for the caller.
WRITTEN = frozenset({"booked", "rescheduled", "cancelled"})


@contextmanager
def _noting() -> Iterator[None]:
    """Write what a call remembers, without waiting for the disk.

    Should the database server crash within the moment, a note is lost and no promise: what is
    booked has a transaction of its own, which does wait.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit TO OFF")
        yield


def find_call(
    envelope: Envelope, *, branch: Branch, state: Call.State = Call.State.ONGOING
) -> Call | None:
    """Return the call's row, made now if this is the first we hear of it.

    Args:
        envelope: whose call it is.
        branch: the salon that is called.
        state: of a new row, or of one that has only rung so far.

    Returns:
        None where the call id belongs to another company: a call never changes its company.
    """
    call = _get(envelope.call_id)
    if call is None:
        phone = caller_phone(envelope)
        customer = get_customer_by_phone(branch.company, phone)
        call = _create(envelope, branch=branch, phone=phone, customer=customer, state=state)
    if call.company_id != branch.company_id:
        return None
    if call.state == Call.State.INBOUND and state != Call.State.INBOUND:
        Call.objects.filter(pk=call.pk, state=Call.State.INBOUND).update(state=state)
        call.state = state
    return call


def caller_phone(envelope: Envelope) -> str | None:
    """Return the caller's number, E.164; None where it is withheld or none."""
    if is_withheld(envelope.caller_number):
        return None
    return to_e164(envelope.caller_number)


def _get(call_id: str) -> Call | None:
    return (
        Call.objects.select_related("branch__company", "customer", "service", "staff")
        .filter(call_id=call_id)
        .first()
    )


def _create(
    envelope: Envelope,
    *,
    branch: Branch,
    phone: str | None,
    customer: Customer | None,
    state: Call.State,
) -> Call:
    try:
        with _noting():
            return Call.objects.create(
                company=branch.company,
                branch=branch,
                call_id=envelope.call_id,
                agent_id=envelope.agent_id,
                from_number=phone or "",
                to_number=to_e164(envelope.salon_number) or "",
                customer=customer,
                state=state,
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
        with _noting():
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
        if row.answer and row.started_at > now - REPLAYED_FOR:
            return Begun(row, answer=json.loads(row.answer))
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
    return abandoned.update(started_at=now, answer="") == 1


def find_written(row: FunctionCall) -> dict[str, Any] | None:
    """Return what the same function wrote for the same words earlier in the call.

    None where something was offered since then: "die zweite" may be another by now.
    """
    earlier = FunctionCall.objects.filter(
        call=row.call_id, name=row.name, status__in=WRITTEN, arguments=row.arguments
    )
    found = earlier.order_by("-pk").first()
    offers = Offer.objects.filter(call=row.call_id)
    if found is None or offers.filter(offered_at__gt=found.started_at).exists():
        return None
    answer: dict[str, Any] = json.loads(found.answer)
    return answer


@dataclass(slots=True)
class Memory:
    """What a function wants remembered for the rest of the call; written with its answer.

    Attributes:
        fields: of `Call`, by name.
        offers: new ones, in the place of all earlier ones; None keeps those.
        alternatives: how many were offered instead of what was refused; None: nothing was.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    offers: list[Offer] | None = None
    alternatives: int | None = None


def finish(
    row: FunctionCall,
    *,
    status: str,
    answer: Mapping[str, Any],
    success: bool,
    milliseconds: int,
    memory: Memory,
) -> None:
    """Store the answer and what is to be remembered, in one transaction.

    That they cannot be stored must not take the answer from the caller. A failure of ours is
    not replayed: without its tool call id, the platform's repetition is a new attempt.
    """
    forgotten = {} if success else {"tool_call_id": ""}
    try:
        with _noting():
            if memory.fields:
                Call.objects.filter(pk=row.call_id).update(**memory.fields)
            if memory.offers is not None:
                Offer.objects.filter(call=row.call_id, withdrawn=False).update(withdrawn=True)
                Offer.objects.bulk_create(memory.offers)
            FunctionCall.objects.filter(pk=row.pk).update(
                status=status,
                answer=json.dumps(answer),
                milliseconds=milliseconds,
                alternatives=memory.alternatives,
                **forgotten,
            )
    except Exception:
        log.exception("function_call.not_stored", function=row.name)


def _redacted(args: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key[:64]: REDACTED if key in PERSONAL else _short(value)
        for key, value in list(args.items())[:40]
    }


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value[:200]
    return value if isinstance(value, bool | int | float | None) else REDACTED


def settle_review(call: Call, *, by: User, note: str, now: datetime) -> bool:
    """Take a call out of the queue: a person has seen to it.

    Returns:
        whether it was in the queue.
    """
    in_queue = Call.objects.filter(pk=call.pk, requires_manual_review=True)
    return bool(
        in_queue.update(
            requires_manual_review=False,
            review_resolved_at=now,
            review_resolved_by=by,
            review_note=note,
        )
    )
