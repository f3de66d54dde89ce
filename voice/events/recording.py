"""What an event changes in the row of its call: each thing once, in whatever order it comes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from appointments import actions
from appointments.models import Branch
from appointments.queries import get_customer_by_phone
from voice import calls
from voice.calls import caller_phone
from voice.envelope import Envelope
from voice.events.reading import ANALYZED, CallEvent
from voice.models import Call

log = structlog.get_logger(__name__)

ORDER = list(Call.State)
# The sweep's word for a call that was given up on; a real end has another.
NO_END = "no_end_heard"


def record(event: CallEvent, envelope: Envelope, *, branch: Branch, now: datetime) -> Call | None:
    """Write down what an event says. The end of a call also gives back what it held.

    Company, branch and customer are written once; the state only moves forward. The first
    word of the end outranks what was known while the call lasted; after it, events fill what
    is still empty. So a repetition changes nothing, and the order does not matter.

    Returns:
        the call; None where its id belongs to another company.
    """
    found = calls.find_call(envelope, branch=branch)
    if found is None:
        return None
    if event.odd:
        log.warning("call.odd_facts", facts=event.odd)
    with transaction.atomic():
        call = Call.objects.select_for_update().get(pk=found.pk)
        changes = _identity(call, envelope, branch) | _told(call, event, now=now)
        for name, value in changes.items():
            setattr(call, name, value)
        if changes:
            call.save(update_fields=list(changes))
    if "end_heard_at" in changes:
        # Now, not in the background: somebody else may be waiting for this very time.
        actions.release_holds(company=branch.company, call_id=call.call_id, now=now)
    return call


def _identity(call: Call, envelope: Envelope, branch: Branch) -> dict[str, Any]:
    """Return who is calling, where the first that was heard of the call did not say."""
    known: dict[str, Any] = {}
    if not call.agent_id and envelope.agent_id:
        known["agent_id"] = envelope.agent_id
    phone = None if call.from_number else caller_phone(envelope)
    if phone:
        known["from_number"] = phone
        if call.customer_id is None:
            known["customer"] = get_customer_by_phone(branch.company, phone)
    return known


def _told(call: Call, event: CallEvent, *, now: datetime) -> dict[str, Any]:
    ends = event.is_final and call.end_heard_at is None
    changes = {
        name: value
        for name, value in _facts(event).items()
        if (ends or _is_empty(getattr(call, name))) and getattr(call, name) != value
    }
    if _is_better(event.transcript, call, ends=ends):
        changes["transcript"] = event.transcript
    if ends:
        changes["end_heard_at"] = now
    if (state := _state_after(event)) and ORDER.index(state) > ORDER.index(Call.State(call.state)):
        changes["state"] = state
    if event.is_final and changes.keys() & {"end_heard_at", "analysis", "transcript"}:
        changes["audit_due_at"] = now
    return changes


def _facts(event: CallEvent) -> Mapping[str, Any]:
    return {**event.facts, "analysis": event.analysis} if event.analysis else event.facts


def _is_empty(value: object) -> bool:
    return value in (None, "", {}, NO_END)


def _is_better(transcript: list[dict[str, Any]], call: Call, *, ends: bool) -> bool:
    """Whether a transcript replaces what is stored: the last one does, before it the longer."""
    if not transcript or transcript == call.transcript:
        return False
    if ends or not call.transcript:
        return True
    return call.end_heard_at is None and _length(transcript) > _length(call.transcript)


def _length(transcript: list[dict[str, Any]]) -> int:
    return sum(len(turn["text"]) for turn in transcript)


def _state_after(event: CallEvent) -> Call.State:
    if event.name == ANALYZED:
        return Call.State.ANALYZED
    return Call.State.COMPLETED if event.is_final else Call.State.ONGOING
