"""What Cal.com lacks of an appointment, step by step, and the carrying out of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

from django.conf import settings

from appointments.actions import tally
from appointments.domain.intervals import Interval
from appointments.models import AppointmentPhase, ReviewReason, Status, Tallied
from calcom import event_maps
from calcom.client import at_once
from calcom.errors import CalcomError, ConflictError, UnknownOutcomeError
from calcom.models import CalcomEventMap, OrphanedBooking
from calcom.payloads import Booking, NewBooking, Reference, same_moment
from calcom.sync.work import Work
from calcom.verification import abandon, booked_of, forget, note

REASON_MOVED = "Termin verschoben"
REASON_CANCELLED = "Termin abgesagt"


class Action(StrEnum):
    CREATE = "create"
    MOVE = "move"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request that brings Cal.com nearer to one phase.

    Attributes:
        action: what to do.
        phase: for which phase.
        event_map: what books it, for a create; None is a missing map.
        replaces: a create beside a booking with another staff member, which goes later.
    """

    action: Action
    phase: AppointmentPhase
    event_map: CalcomEventMap | None = None
    replaces: bool = False

    @property
    def interval(self) -> Interval:
        return Interval(self.phase.starts_at, self.phase.ends_at)


Failures = list[tuple[Step, CalcomError]]


class PreparationError(Exception):
    """The steps cannot even be tried.

    Attributes:
        reason: for the review.
        facts: what is wrong, by the id of the phase it is wrong with.
    """

    def __init__(self, reason: ReviewReason, facts: dict[int, str]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


def plan(work: Work) -> list[Step]:
    """Compare what should be with what Cal.com holds as we know it: the steps in between."""
    status = work.appointment.status
    if status == Status.CANCELLED:
        return [
            Step(action=Action.CANCEL, phase=phase)
            for phase in work.appointment.phases.all()
            if phase.calcom_booking_uid
        ]
    if status != Status.CONFIRMED:
        return []  # over: what Cal.com holds of the past stays as it is
    steps = [step for phase in work.hands_on if (step := _step_for(phase, work))]
    moves = [step for step in steps if step.action == Action.MOVE]
    return [*_in_safe_order(moves), *(step for step in steps if step.action == Action.CREATE)]


def _step_for(phase: AppointmentPhase, work: Work) -> Step | None:
    booked = booked_of(phase)
    changes_hands = booked is not None and booked.staff_id != phase.staff_id
    if not phase.calcom_booking_uid or changes_hands:
        return Step(
            action=Action.CREATE,
            phase=phase,
            event_map=work.maps.get((phase.staff_id, phase.segment_key)),
            replaces=changes_hands,
        )
    if booked and same_moment(booked.starts_at, phase.starts_at):
        return None
    return Step(action=Action.MOVE, phase=phase)


def _in_safe_order(moves: Sequence[Step]) -> list[Step]:
    """Order moves so that each finds its new time left by the one before it.

    Cal.com lets a booking overlap its own old time, but not its sister's: on a short way
    later the last one goes first.
    """
    ordered = sorted(moves, key=lambda step: step.phase.starts_at)
    booked = booked_of(ordered[0].phase) if ordered else None
    if booked and booked.starts_at < ordered[0].phase.starts_at:
        ordered.reverse()
    return ordered


def _unmapped(work: Work, steps: Sequence[Step]) -> PreparationError:
    """Say which maps are in the way; one that is missing weighs more than a broken one."""
    service, branch_id = work.appointment.service, work.appointment.branch_id
    broken = event_maps.get_broken_keys(branch_id=branch_id, service_id=service.pk)
    all_broken, facts = True, {}
    for step in steps:
        phase = step.phase
        is_broken = (phase.staff_id, phase.segment_key) in broken
        all_broken &= is_broken
        what = "event map is broken" if is_broken else "no event map"
        facts[phase.pk] = f"{what}: {service.name}, segment {phase.segment_key}, {phase.staff.name}"
    reason = ReviewReason.EVENT_MAP_BROKEN if all_broken else ReviewReason.MISSING_EVENT_MAP
    return PreparationError(reason, facts)


def prepare(work: Work, steps: Sequence[Step]) -> None:
    """Check what can be known before anything is sent.

    Raises:
        PreparationError: a map is missing or broken, or a start is past or over 12 months ahead.
    """
    unmapped = [step for step in steps if step.action == Action.CREATE and step.event_map is None]
    if unmapped:
        raise _unmapped(work, unmapped)
    latest = _in_twelve_months(work.now)
    out_of_range = [
        step
        for step in steps
        if step.action != Action.CANCEL and not work.now <= step.phase.starts_at <= latest
    ]
    if out_of_range:
        raise PreparationError(
            ReviewReason.START_OUT_OF_RANGE,
            {
                step.phase.pk: f"start in the past or too far ahead: {step.phase.starts_at:%F %R}Z"
                for step in out_of_range
            },
        )


def _in_twelve_months(now: datetime) -> datetime:
    try:
        return now.replace(year=now.year + 1)
    except ValueError:  # 29 February
        return now.replace(year=now.year + 1, day=28)


def carry_out(work: Work, steps: Sequence[Step]) -> Failures:
    """Make the requests and note each answer as it arrives; return those that are not a yes.

    Moves go one after another and end at the first failure, since each makes room for the
    next. Creates follow when all moves are done.
    """
    if steps[0].action == Action.MOVE:
        moves = [step for step in steps if step.action == Action.MOVE]
        return _one_by_one(work, moves)
    if steps[0].action == Action.CREATE and not work.books_in_parallel:
        return _one_by_one(work, steps)
    return _counted(work, steps)


def _one_by_one(work: Work, steps: Sequence[Step]) -> Failures:
    for step in steps:
        failures = _counted(work, [step])
        if failures:
            return failures
    return []


def _counted(work: Work, steps: Sequence[Step]) -> Failures:
    """Make requests at once, and count how many asked for a booking and how many were taken."""
    failures = list(_together(work, steps))
    asked = sum(step.action == Action.CREATE for step in steps)
    taken = sum(
        step.action == Action.CREATE and isinstance(error, ConflictError)
        for step, error in failures
    )
    for what, count in ((Tallied.BOOKINGS_ASKED, asked), (Tallied.BOOKINGS_TAKEN, taken)):
        if count:
            tally(company_id=work.appointment.company_id, what=what, now=work.now, count=count)
    return failures


def _together(work: Work, steps: Sequence[Step]) -> Iterator[tuple[Step, CalcomError]]:
    work.enter_doubt([step.interval for step in steps])
    requests = {number: _request(work, step) for number, step in enumerate(steps)}
    # Each request has its own time limit; this one is for an answer that trickles in.
    seconds = settings.CALCOM_CONNECT_TIMEOUT_SECONDS + 2 * settings.CALCOM_BOOKING_TIMEOUT_SECONDS
    for number, answer in at_once(requests, within_seconds=seconds):
        step = steps[number]
        if isinstance(answer, CalcomError):
            yield step, answer
        elif step.action == Action.CANCEL:
            forget(step.phase)
        elif _is_what_we_asked(work, step, answer):
            note(work.appointment, step.phase, answer, replaces=step.replaces)
        else:
            _put_aside(work, step, answer)
            yield (
                step,
                UnknownOutcomeError(
                    "answered with another booking", request=step.action, status=201
                ),
            )


def _request(work: Work, step: Step) -> Callable[[], Booking]:
    """Prepare one request. It runs in a thread of its own, where nothing touches the database."""
    uid = step.phase.calcom_booking_uid
    if step.action == Action.CANCEL:
        return partial(work.client.cancel_booking, uid, reason=REASON_CANCELLED)
    if step.action == Action.MOVE:
        return partial(
            work.client.reschedule_booking,
            uid,
            starts_at=step.phase.starts_at,
            reason=REASON_MOVED,
        )
    if step.event_map is None:
        msg = "a create without an event map is stopped in `prepare`"
        raise ValueError(msg)
    order = NewBooking.of(
        work.appointment,
        step.phase,
        event_type_id=step.event_map.bookable_id,
        segment_name=work.segment_names.get(step.phase.segment_key, ""),
    )
    return partial(work.client.create_booking, order)


def _put_aside(work: Work, step: Step, booking: Booking) -> None:
    """Deal with an answer that has another start: ours, but not what was asked for."""
    if booking.reference != Reference(work.appointment.public_id, step.phase.segment_key):
        return  # somebody else's: left alone
    if step.action == Action.MOVE:
        note(work.appointment, step.phase, booking)
    elif booking.is_live:
        abandon(work.appointment, booking.uid, reason=OrphanedBooking.Reason.SURPLUS)


def _is_what_we_asked(work: Work, step: Step, booking: Booking) -> bool:
    """Whether an answer speaks of this phase at its start, and not of something older."""
    ours = Reference(work.appointment.public_id, step.phase.segment_key)
    # A booking that was made without our reference keeps its metadata when it is moved.
    known = step.action == Action.MOVE and booking.reference is None
    return (
        booking.is_live
        and (known or booking.reference == ours)
        and same_moment(booking.starts_at, step.phase.starts_at)
    )
