"""One attempt at one appointment, and what follows from how it went."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from appointments.actions import mirror, reviews
from appointments.models import Appointment, ReviewReason, Status, SyncStatus
from calcom import caches, event_maps
from calcom.client import CalcomClient
from calcom.errors import (
    AuthRejectedError,
    CalcomError,
    ConflictError,
    NotFoundError,
    PacedError,
    RejectedError,
    TransientError,
)
from calcom.metrics import syncs
from calcom.models import LONG_AGO
from calcom.sync import undoing
from calcom.sync.converging import Outcome, converge, verify
from calcom.sync.due import due_at, most_retries
from calcom.sync.steps import Action, PreparationError, Step, plan
from calcom.sync.work import LeaseLostError, RevisionRoseError, TimeUpError, Work

log = structlog.get_logger(__name__)

AFTER_A_BUG = timedelta(minutes=15)
AFTER_TIME_IS_UP = timedelta(seconds=5)
SETTLED: Mapping[str, object] = {"doubt_from": None, "doubt_until": None}


def sync(appointment_id: int, *, now: datetime, client: CalcomClient) -> datetime | None:
    """Make Cal.com agree with what is true of an appointment when this runs.

    It may run late, twice, at once and after a crash. No transaction is open while Cal.com is
    asked, and every answer is noted before the next is waited for.

    Args:
        appointment_id: which one.
        now: the time.
        client: Cal.com as the appointment's company sees it.

    Returns:
        when to try again; None when there is nothing more to do, or somebody else does it.
    """
    due = due_at(appointment_id)
    if due is None or due > now:
        return due
    work = Work.take(appointment_id, client=client, now=now)
    if work is None:
        return None
    try:
        # What was true before the lease may have been done by whoever had it.
        due = due_at(appointment_id)
        again_at = due if due is None or due > now else _run(work)
    except LeaseLostError:
        log.warning("calcom.lease_lost", appointment_id=appointment_id)
        return None
    except RevisionRoseError:
        again_at = work.now
    except TimeUpError:
        again_at = work.now + AFTER_TIME_IS_UP
        attempts = min(work.attempts + 1, most_retries())
        _put_off(work, again_at, attempts=attempts, gave_up=work.gave_up)
    except Exception:
        with suppress(LeaseLostError):
            # No short delay helps, and nobody waits for it.
            attempts = most_retries() + 1
            _put_off(work, work.now + AFTER_A_BUG, attempts=attempts, gave_up=work.gave_up)
        raise
    finally:
        work.release()
    if Appointment.objects.filter(pk=appointment_id).exclude(revision=work.revision).exists():
        return work.now
    return again_at


def _run(work: Work) -> datetime | None:
    if work.gave_up and work.doubt:
        return _resume_undoing(work)
    steps = plan(work)
    action = steps[0].action if steps else "none"
    try:
        outcome = converge(work)
    except PreparationError as error:
        _count(work, action, "failed", reason=error.reason)
        _give_up(work, error.reason, facts=error.facts)
        return None
    if not outcome.errors:
        succeed(work)
        _count(work, action, "synced")
        return None
    return _conclude(work, outcome, action)


def succeed(work: Work) -> None:
    """Record that Cal.com matches the revision that was read at the start."""
    status = work.appointment.status
    left_as_it_is = status not in {Status.CONFIRMED, Status.CANCELLED}
    never_booked = not any(phase.calcom_booking_uid for phase in work.hands_on)
    with transaction.atomic():
        if not mirror.mark_synced(
            appointment_id=work.appointment.pk,
            revision=work.revision,
            now=work.now,
            sync_status=(
                SyncStatus.NOT_APPLICABLE if left_as_it_is and never_booked else SyncStatus.SYNCED
            ),
        ):
            raise RevisionRoseError
        undoing.settle_moves(work)
        work.update(
            revision=work.revision,
            attempted_revision=work.revision,
            attempts=0,
            gave_up=False,
            next_attempt_at=LONG_AGO,
            **SETTLED,
        )
    undoing.cancel_due_orphans(work)
    caches.invalidate(company_id=work.appointment.company_id)


def _conclude(work: Work, outcome: Outcome, action: str) -> datetime | None:
    """Try again, or give up: all or nothing."""
    paced = [error for error in outcome.errors if isinstance(error, PacedError)]
    if len(paced) == len(outcome.errors):
        return _wait_for_our_turn(work, paced)
    reason = _final_reason(work, outcome)
    unclear = not all(isinstance(error, TransientError) for error in outcome.errors)
    if reason is None and (work.verifies or not unclear):
        delays = settings.CALCOM_RETRY_DELAYS_SECONDS
        if work.attempts < len(delays):
            _count(work, action, "retry")
            return _retry(work, outcome, delay_seconds=delays[work.attempts])
    reason = reason or _reason_of_outage(work, outcome)
    _count(
        work,
        action,
        "conflict" if reason == ReviewReason.SLOT_CONFLICT else "failed",
        reason=reason,
    )
    if reason == ReviewReason.EVENT_MAP_BROKEN:
        for step, error in outcome.failures:
            if isinstance(error, NotFoundError) and step.event_map:
                event_maps.mark_broken(step.event_map)
    _give_up(work, reason, facts=_facts(outcome), unverified=outcome.unverified)
    return None


def _wait_for_our_turn(work: Work, paced: Sequence[PacedError]) -> datetime:
    """Come back when the rate limit lets us ask: what was not sent has not failed."""
    again_at = work.now + timedelta(seconds=max(error.retry_after_seconds or 0 for error in paced))
    work.update(
        attempted_revision=work.revision,
        attempts=work.attempts,
        gave_up=False,
        next_attempt_at=again_at,
    )
    return again_at


def _final_reason(work: Work, outcome: Outcome) -> ReviewReason | None:
    """Return why it is pointless to try again; None when it is not.

    As long as Cal.com could not be asked what it holds, a refusal proves nothing; and a time
    may be taken by a booking of our own that is yet to be cancelled or moved.
    """
    if any(isinstance(error, AuthRejectedError) for error in outcome.errors):
        return ReviewReason.CREDENTIALS_REJECTED
    reason = None if outcome.unverified else _reason_of(outcome)
    if reason == ReviewReason.SLOT_CONFLICT and (outcome.in_our_way or undoing.has_orphans(work)):
        return None
    return reason


def _reason_of(outcome: Outcome) -> ReviewReason | None:
    reasons = [reason for failure in outcome.failures if (reason := _reason_of_refusal(*failure))]
    order = (
        ReviewReason.EVENT_MAP_BROKEN,
        ReviewReason.BOOKING_NOT_FOUND,
        ReviewReason.SLOT_CONFLICT,
        ReviewReason.REJECTED_BY_CALCOM,
        ReviewReason.ORPHANED_BOOKING,
    )
    return min(reasons, key=order.index, default=None)


def _reason_of_refusal(step: Step, error: CalcomError) -> ReviewReason | None:
    match error:
        case NotFoundError():
            created = step.action == Action.CREATE
            return ReviewReason.EVENT_MAP_BROKEN if created else ReviewReason.BOOKING_NOT_FOUND
        case ConflictError():
            return ReviewReason.SLOT_CONFLICT
        case RejectedError():
            cancelling = step.action == Action.CANCEL
            return ReviewReason.ORPHANED_BOOKING if cancelling else ReviewReason.REJECTED_BY_CALCOM
    return None


def _reason_of_outage(work: Work, outcome: Outcome) -> ReviewReason:
    """Name what the retries did not outlast."""
    if work.is_cancelled:
        return ReviewReason.ORPHANED_BOOKING
    if reason := _reason_of(outcome):
        return reason
    open_ = len({step.phase.pk for step in plan(work)})
    if 0 < open_ < len(work.hands_on):
        return ReviewReason.PARTIAL_BOOKING
    return ReviewReason.RETRIES_EXHAUSTED


def _facts(outcome: Outcome) -> dict[int, str]:
    facts = {
        step.phase.pk: f"{step.phase.segment_key}: {error}" for step, error in outcome.failures
    }
    # 0 is no phase: what concerns all of them.
    return facts | ({0: str(outcome.unverified)} if outcome.unverified else {})


def _retry(work: Work, outcome: Outcome, *, delay_seconds: float) -> datetime:
    """Remember when to try again. No worker waits: somebody comes by at that time."""
    told = [
        error.retry_after_seconds or 0.0
        for error in outcome.errors
        if isinstance(error, TransientError)
    ]
    again_at = work.now + timedelta(seconds=max([delay_seconds, *told]))
    facts = _facts(outcome)
    with transaction.atomic():
        mirror.mark_pending(
            appointment_id=work.appointment.pk,
            revision=work.revision,
            error="\n".join(facts.values()),
            phase_errors=facts,
        )
        _put_off(work, again_at, attempts=work.attempts + 1, gave_up=False)
        if not work.verifies:
            # Only what surely did nothing is tried again then: there is nothing to look for.
            work.update(**SETTLED)
    return again_at


def _put_off(work: Work, until: datetime, *, attempts: int, gave_up: bool) -> None:
    work.update(
        attempted_revision=work.revision,
        attempts=attempts,
        gave_up=gave_up,
        next_attempt_at=until,
    )


def _give_up(
    work: Work,
    reason: ReviewReason,
    *,
    facts: dict[int, str],
    unverified: CalcomError | None = None,
) -> None:
    """Hand the appointment to a person; what must be undone is stored first, then undone."""
    is_conflict = reason == ReviewReason.SLOT_CONFLICT
    with transaction.atomic():
        if not mirror.mark_failed(
            appointment_id=work.appointment.pk,
            revision=work.revision,
            sync_status=SyncStatus.CONFLICT if is_conflict else SyncStatus.FAILED,
            error="\n".join(facts.values()),
            phase_errors=facts,
        ):
            raise RevisionRoseError
        reviews.flag_for_review(appointment_id=work.appointment.pk, reason=reason, now=work.now)
        work.update(
            attempted_revision=work.revision,
            attempts=work.attempts + 1,
            gave_up=True,
            next_attempt_at=work.now + undoing.LATER,
        )
        undoing.store_what_must_go(work)
    if undoing.undo(work) and not (unverified and work.verifies):
        work.update(**SETTLED)
    caches.invalidate(company_id=work.appointment.company_id)


def _resume_undoing(work: Work) -> datetime | None:
    """Go on after a crash or an outage that came while, or before, an attempt was undone."""
    later = work.now + undoing.LATER
    work.update(next_attempt_at=later)
    if work.verifies:
        if verify(work):
            return later
        if not plan(work):
            succeed(work)  # it was booked after all
            return None
        undoing.store_what_must_go(work)
    if not undoing.undo(work):
        return later
    work.update(**SETTLED)
    return None


def _count(work: Work, action: str, result: str, *, reason: str = "") -> None:
    syncs.labels(action, result).inc()
    say, event = (
        (log.info, "calcom.synced") if result == "synced" else (log.warning, "calcom.sync_failed")
    )
    say(
        event,
        appointment_id=work.appointment.pk,
        revision=work.revision,
        action=action,
        result=result,
        reason=reason,
    )
