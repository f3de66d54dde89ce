"""Making Cal.com agree: plan, ask, note, and look what is really there where an answer is odd."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog
from django.conf import settings

from appointments.actions import tally
from appointments.domain.intervals import Interval
from appointments.models import Tallied
from calcom import verification
from calcom.errors import (
    CalcomError,
    ConflictError,
    NotFoundError,
    RejectedError,
    UnknownOutcomeError,
)
from calcom.leaving import get_leaving
from calcom.metrics import verifications
from calcom.sync import undoing
from calcom.sync.steps import Action, Failures, Step, carry_out, plan, prepare
from calcom.sync.work import Work
from calcom.verification import booked_of, forget, note

log = structlog.get_logger(__name__)

# Every round books, moves, cancels or adopts at least one phase, or is the last.
MOST_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended; without failures and doubt, Cal.com matches.

    Attributes:
        failures: which steps Cal.com refused or did not answer, and what was not proven since.
        unverified: why Cal.com could not be asked what it holds.
        in_our_way: whether bookings of other appointments of ours stood where something was to
            be booked, and are about to go.
    """

    failures: Failures = field(default_factory=list)
    unverified: CalcomError | None = None
    in_our_way: bool = False

    @property
    def errors(self) -> list[CalcomError]:
        errors = [error for _, error in self.failures]
        return [*errors, self.unverified] if self.unverified else errors


def converge(work: Work) -> Outcome:
    """Do what is missing, round by round.

    Raises:
        PreparationError: it cannot even be tried.
        LeaseLostError, RevisionRoseError: it is not for us to do any more.
    """
    undoing.leave_detours(work)
    if work.doubt:
        # Never create before knowing what an earlier attempt has left behind.
        unverified = verify(work) if work.verifies else UnknownOutcomeError("an answer was lost")
        if unverified:
            return Outcome(unverified=unverified)
    for _ in range(MOST_ROUNDS):
        steps = plan(work)
        if not steps:
            return Outcome()
        unread = _read_unread(work, steps)
        if isinstance(unread, CalcomError):
            return Outcome([(steps[0], unread)])
        if unread:
            continue
        prepare(work, steps)
        outcome = _carry_out(work, steps)
        if outcome.failures or outcome.unverified:
            return outcome
    return Outcome(unverified=UnknownOutcomeError("does not come to rest"))


def _read_unread(work: Work, steps: list[Step]) -> bool | CalcomError:
    """Look up bookings of which only the uid is known; whether any was.

    One that is gone is left to its move, which fails and is then looked for by reference.
    """
    found = False
    for step in steps:
        if step.action != Action.MOVE or booked_of(step.phase):
            continue
        work.require_lease()
        try:
            booking = work.client.get_booking(step.phase.calcom_booking_uid)
        except NotFoundError:
            continue
        except CalcomError as error:
            return error
        if booking.is_live:
            note(work.appointment, step.phase, booking)
            found = True
    if found:
        work.reread_phases()
    return found


def _carry_out(work: Work, steps: list[Step]) -> Outcome:
    # Looked up before anything is sent: when the answers are here it may be gone.
    in_our_way = _is_in_our_way(work, steps)
    failures = carry_out(work, steps)
    for step, error in failures:
        if _is_gone(step, error):
            forget(step.phase)
    if work.verifies and any(_proves_nothing(step, error) for step, error in failures):
        unverified = verify(work)
        if unverified:
            return Outcome(failures, unverified=unverified, in_our_way=in_our_way)
    else:
        work.reread_phases()
    still_open = {(step.phase.pk, step.phase.calcom_booking_uid) for step in plan(work)}
    return Outcome(
        [
            (step, error)
            for step, error in failures
            # What was found under another uid has not failed: it is tried with that one.
            if (step.phase.pk, step.phase.calcom_booking_uid) in still_open
            and not _is_gone(step, error)
        ],
        in_our_way=in_our_way,
    )


def _is_in_our_way(work: Work, steps: Iterable[Step]) -> bool:
    wanted = [step for step in steps if step.action != Action.CANCEL]
    if not wanted:
        return False
    leaving = get_leaving(
        {step.phase.staff_id for step in wanted},
        within=Interval(
            min(step.interval.start for step in wanted), max(step.interval.end for step in wanted)
        ),
        but=work.appointment,
    )
    return any(
        theirs.overlaps(step.interval) for step in wanted for theirs in leaving[step.phase.staff_id]
    )


def _is_gone(step: Step, error: CalcomError) -> bool:
    """Whether a booking that was to be cancelled is not there: what we wanted."""
    return step.action == Action.CANCEL and isinstance(error, NotFoundError)


def _proves_nothing(step: Step, error: CalcomError) -> bool:
    """Whether what was asked for may have been done in spite of the answer.

    400 and 409 have come after booking. A booking that is not found may have a new uid. A
    rejected key or an unknown event type, on the other hand, are what they say.
    """
    if isinstance(error, NotFoundError):
        return step.action != Action.CREATE
    return isinstance(error, UnknownOutcomeError | ConflictError | RejectedError)


def verify(work: Work) -> CalcomError | None:
    """Ask Cal.com what it holds of this appointment, and take what is ours.

    Returns:
        why that was not possible, None when it was.
    """
    time.sleep(settings.CALCOM_VERIFY_DELAY_SECONDS)
    tally(company_id=work.appointment.company_id, what=Tallied.VERIFICATIONS, now=work.now)
    work.require_lease()
    work.reread_phases()
    before = len(plan(work))
    try:
        bookings = verification.list_ours(work.appointment, _places(work), client=work.client)
    except CalcomError as error:
        verifications.labels("failed").inc()
        log.warning("calcom.verification_failed", why=str(error))
        return error
    verification.adopt(work.appointment, work.hands_on, bookings, maps=work.maps)
    # At once: what is surplus may stand in the way of what is to be booked next.
    undoing.cancel_due_orphans(work)
    work.reread_phases()
    after = len(plan(work))
    result = "proven" if not after else "partly" if after < before else "not_found"
    verifications.labels(result).inc()
    log.info("calcom.verified", appointment_id=work.appointment.pk, result=result, open=after)
    return None


def _places(work: Work) -> list[Interval]:
    """Return where bookings of this appointment may stand: here, there, and in doubt."""
    places = [Interval(phase.starts_at, phase.ends_at) for phase in work.hands_on]
    for phase in work.hands_on:
        booked = booked_of(phase)
        if booked:
            length = phase.ends_at - phase.starts_at
            places.append(Interval(booked.starts_at, booked.starts_at + length))
    return [*places, *work.doubt]
