"""A booking of ours that is not where we thought: follow a person, or ask one.

Whatever is decided is decided under the locks of the staff member, the appointment and its sync
state, from rows as they are then. While a change of our own is on its way, that one counts.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from appointments import actions
from appointments.actions import mirror, reviews
from appointments.actions.holds import lock_staff
from appointments.errors import SlotTakenError
from appointments.models import (
    Appointment,
    AppointmentPhase,
    Company,
    ReviewReason,
    Staff,
    Status,
    SyncStatus,
)
from calcom import event_maps
from calcom.inbound.outcomes import NotYetError, Outcome, ReadAgainError
from calcom.inbound.presence import Present
from calcom.models import LONG_AGO, BookedPhase, OrphanedBooking, SyncState
from calcom.payloads import Booking, Reference, same_moment
from calcom.sync.retrying import retry
from calcom.verification import abandon, booked_of, forget, note


def find_phase(
    company: Company, *, uids: frozenset[str], reference: Reference | None
) -> AppointmentPhase | None:
    """Return the phase of this company that a booking is of: by its reference, else by uid."""
    phases = AppointmentPhase.objects.hands_on().filter(appointment__company=company)
    named = None
    if reference:
        named = phases.filter(
            appointment__public_id=reference.appointment, segment_key=reference.segment
        ).first()
    return named or phases.filter(calcom_booking_uid__in=uids).order_by("pk").first()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One phase, its booking, and what is known of both, all of it locked.

    Attributes:
        state: of the appointment's sync; None: Cal.com was never told of it.
        present: the booking, as read before the locks.
        host: the staff member who hosts it, None where that is nobody of ours.
        reason: given for a cancellation or rejection.
    """

    appointment: Appointment
    phase: AppointmentPhase
    state: SyncState | None
    present: Present
    host: Staff | None
    reason: str
    now: datetime

    @property
    def live(self) -> Booking | None:
        return self.present.live

    @property
    def is_being_synced(self) -> bool:
        return self.state is not None and self.state.leased_until > self.now

    @property
    def gave_up(self) -> bool:
        """Whether the sync has left this revision to a person, with nothing to undo."""
        state = self.state
        return (
            state is not None
            and state.revision != self.appointment.revision
            and state.attempted_revision == self.appointment.revision
            and state.gave_up
            and state.doubt_from is None
        )

    @property
    def is_on_its_way(self) -> bool:
        """Whether a change of our own is yet to reach Cal.com."""
        if self.is_being_synced or self.state is None:
            return True
        return self.state.revision != self.appointment.revision and not self.gave_up

    @property
    def is_known(self) -> bool:
        """Whether the booking is the one noted on the phase, or what became of it."""
        return self.phase.calcom_booking_uid in self.present.uids

    @property
    def agreeing(self) -> Booking | None:
        """The booking, where it is live, at the phase's start and with its staff member."""
        live = self.live
        if live is None or not same_moment(live.starts_at, self.phase.starts_at):
            return None
        return None if self.host and self.host.pk != self.phase.staff_id else live

    @property
    def is_simple(self) -> bool:
        return self.appointment.phases.count() == 1

    @property
    def is_handed_over(self) -> bool:
        """Whether a person has been told of exactly this already."""
        booked, live = booked_of(self.phase), self.live
        return (
            self.gave_up
            and live is not None
            and live.uid == self.phase.calcom_booking_uid
            and booked is not None
            and same_moment(booked.starts_at, live.starts_at)
            and (self.host is None or self.host.pk == booked.staff_id)
        )


def follow_own(
    phase: AppointmentPhase, present: Present, *, host: Staff | None, reason: str, now: datetime
) -> Outcome:
    """Decide what a booking of ours means for its appointment, and write it.

    Args:
        phase: as it was before the booking was read.
        present: the booking.
        host: who hosts it, if that is somebody of ours.
        reason: for a cancellation, where the booking does not give one.
        now: the time.

    Raises:
        NotYetError: our own sync is at it, and it is not clear whose change this is.
        ReadAgainError: the phase has another booking since.
    """
    with transaction.atomic():
        lock_staff({phase.staff_id})
        appointment = (
            Appointment.objects.select_for_update(of=("self",), no_key=True)
            .select_related("company", "branch")
            .get(pk=phase.appointment_id)
        )
        fresh = AppointmentPhase.objects.select_related("booked", "staff").get(pk=phase.pk)
        state = SyncState.objects.select_for_update().filter(appointment=appointment).first()
        if fresh.calcom_booking_uid != phase.calcom_booking_uid:
            raise ReadAgainError
        return _decide(
            Case(
                appointment=appointment,
                phase=fresh,
                state=state,
                present=present,
                host=host,
                reason=reason,
                now=now,
            )
        )


def _decide(case: Case) -> Outcome:
    if case.appointment.status == Status.CANCELLED:
        return _after_cancellation(case)
    if case.appointment.status != Status.CONFIRMED:
        return Outcome.KNOWN  # over: what became of it is settled here
    if booking := case.agreeing:
        return _recognise(case, booking)
    if case.is_being_synced:
        raise NotYetError
    if case.is_on_its_way or not case.is_known:
        return Outcome.LEFT
    if case.is_handed_over:
        return Outcome.KNOWN
    return _follow(case)


def _after_cancellation(case: Case) -> Outcome:
    live = case.live
    if live is None:
        return Outcome.KNOWN
    if case.is_on_its_way or case.gave_up:
        return Outcome.LEFT
    abandon(case.appointment, live.uid, reason=OrphanedBooking.Reason.UNCANCELLED)
    return Outcome.ORPHANED


def _recognise(case: Case, booking: Booking) -> Outcome:
    """Note a booking that stands where it should: our own echo, or put back by somebody."""
    uid = case.phase.calcom_booking_uid
    if not uid:
        return _adopt(case, booking)
    if not case.is_known:
        return Outcome.LEFT
    if uid == booking.uid and (not case.gave_up or case.is_handed_over):
        return Outcome.KNOWN
    if case.is_on_its_way:
        note(case.appointment, case.phase, booking)
        return Outcome.ADOPTED
    _place(case, booking)
    if case.gave_up and _all_in_place(case.appointment):
        retry(case.appointment)
    return Outcome.ADOPTED


def _adopt(case: Case, booking: Booking) -> Outcome:
    """Note the uid of a booking before, or instead of, the answer that should have brought it."""
    maps = event_maps.get_maps(
        branch_id=case.appointment.branch_id, service_id=case.appointment.service_id
    )
    event_map = maps.get((case.phase.staff_id, case.phase.segment_key))
    expected = event_map is not None and event_map.bookable_id == booking.event_type_id
    abandoned = OrphanedBooking.objects.filter(
        company=case.appointment.company_id, uid=booking.uid
    ).exists()
    if case.gave_up or abandoned or not expected:
        return Outcome.LEFT
    note(case.appointment, case.phase, booking)
    return Outcome.ADOPTED


def _follow(case: Case) -> Outcome:
    """Follow a person's change of a simple appointment; anything else goes to a person."""
    booking = case.live
    if not case.is_simple:
        return hand_over(case, ReviewReason.SEGMENT_CHANGED_IN_CALCOM)
    if booking is None:
        return _cancel(case)
    if case.host and case.host.pk != case.phase.staff_id:
        # Whom a customer is with is no matter of a move.
        return hand_over(case, ReviewReason.SEGMENT_CHANGED_IN_CALCOM)
    try:
        moved = actions.follow_move(
            appointment_id=case.appointment.pk, starts_at=booking.starts_at, now=case.now
        )
    except SlotTakenError:
        return hand_over(case, ReviewReason.CALCOM_COLLISION)
    _place(case, booking)
    _settle(case, revision=moved.revision)
    return Outcome.MOVED


def _cancel(case: Case) -> Outcome:
    booking = case.present.booking
    reason = (booking.cancellation_reason if booking else "") or case.reason
    actions.follow_cancellation(
        appointment_id=case.appointment.pk, reason=reason or "Cal.com", now=case.now
    )
    forget(case.phase)
    _settle(case, revision=case.appointment.revision + 1)
    return Outcome.CANCELLED


def hand_over(case: Case, reason: ReviewReason) -> Outcome:
    """Leave the appointment as it is, and have a person decide.

    What Cal.com now holds is noted, and that it does not match: "try again" puts it back.
    """
    booking, phase, appointment = case.live, case.phase, case.appointment
    if booking:
        _place(case, booking)
        what = f"moved in Cal.com to {booking.starts_at:%F %R}Z"
        if case.host and case.host.pk != phase.staff_id:
            what = f"with {case.host.name} in Cal.com, {booking.starts_at:%F %R}Z"
    else:
        forget(phase)
        what = "cancelled in Cal.com"
    fact = f"{phase.segment_key}: {what}"
    mirror.mark_failed(
        appointment_id=appointment.pk,
        revision=appointment.revision,
        sync_status=SyncStatus.CONFLICT,
        error=fact,
        phase_errors={phase.pk: fact},
    )
    SyncState.objects.filter(appointment=appointment).update(
        revision=0,
        attempted_revision=appointment.revision,
        attempts=0,
        gave_up=True,
        doubt_from=None,
        doubt_until=None,
    )
    reviews.flag_for_review(appointment_id=appointment.pk, reason=reason, now=case.now)
    return Outcome.REVIEW


def _place(case: Case, booking: Booking) -> None:
    """Note where a booking stands, for good: there is no way back to remember."""
    phase = case.phase
    mirror.record_booking(phase_id=phase.pk, uid=booking.uid, instead_of=phase.calcom_booking_uid)
    BookedPhase.objects.update_or_create(
        phase=phase,
        defaults={
            "staff": case.host or phase.staff,
            "event_type_id": booking.event_type_id or 0,
            "starts_at": booking.starts_at,
            "before_starts_at": None,
            "before_uid": "",
            "before_staff": None,
            "before_event_type_id": None,
        },
    )


def _settle(case: Case, *, revision: int) -> None:
    """Note that Cal.com matches this revision: nothing is to be sent."""
    SyncState.objects.filter(appointment=case.appointment).update(
        revision=revision,
        attempted_revision=revision,
        attempts=0,
        gave_up=False,
        next_attempt_at=LONG_AGO,
        doubt_from=None,
        doubt_until=None,
    )


def _all_in_place(appointment: Appointment) -> bool:
    phases = appointment.phases.filter(staff_required=True).select_related("booked")
    return all(
        phase.calcom_booking_uid
        and (booked := booked_of(phase))
        and booked.staff_id == phase.staff_id
        and same_moment(booked.starts_at, phase.starts_at)
        for phase in phases
    )
