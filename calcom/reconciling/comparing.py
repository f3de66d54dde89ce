"""Laying both calendars side by side. Reads only."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Q

from appointments.domain.intervals import Interval
from appointments.models import (
    Appointment,
    AppointmentPhase,
    BusyTime,
    Company,
    ReviewReason,
    Staff,
    Status,
)
from calcom.client import CalcomClient
from calcom.inbound.foreign import get_event_type_ids
from calcom.inbound.own import Case
from calcom.inbound.presence import Present, read_present
from calcom.models import OrphanedBooking, SyncState
from calcom.payloads import Booking, Reference, same_moment
from calcom.reconciling.differences import Difference, Kind, Remedy
from calcom.verification import booked_of

# A list holds only bookings that lie in its window as a whole.
MARGIN = timedelta(days=1)


def compare(
    company: Company, *, window: Interval, client: CalcomClient, now: datetime
) -> list[Difference]:
    """Return where Cal.com and we disagree about what begins in a window, the earliest first.

    One list of bookings, page by page, and one question for each booking that is not on it.

    Raises:
        CalcomError: it could not be read as a whole, and nothing is known then.
    """
    wide = Interval(window.start - MARGIN, window.end + MARGIN)
    listed = {booking.uid: booking for booking in client.list_bookings(wide)}
    sides = Sides(company=company, window=window, client=client, now=now, listed=listed)
    found = [*_of_phases(sides), *_of_bookings(sides), *_of_busy_times(sides)]
    return sorted(found, key=lambda difference: (difference.starts_at, difference.key))


@dataclass(kw_only=True)
class Sides:
    """Both calendars, as they were when they were read. At most six queries.

    Attributes:
        listed: what Cal.com holds around the window, in any state, by uid.
        claimed: the uids of the bookings that are some phase's own.
    """

    company: Company
    window: Interval
    client: CalcomClient
    now: datetime
    listed: Mapping[str, Booking]
    claimed: set[str] = field(default_factory=set)

    @cached_property
    def live(self) -> list[Booking]:
        """The live bookings that begin in the window."""
        return [
            booking
            for booking in self.listed.values()
            if booking.is_live and self.window.holds(booking.starts_at)
        ]

    @cached_property
    def phases(self) -> list[AppointmentPhase]:
        """Our hands-on phases in the window, and those that a booking in it speaks of."""
        references = [booking.reference for booking in self.live if booking.reference]
        phases = (
            AppointmentPhase.objects.hands_on()
            .filter(
                Q(starts_at__gte=self.window.start, starts_at__lt=self.window.end)
                | Q(calcom_booking_uid__in=[booking.uid for booking in self.live])
                | Q(appointment__public_id__in={each.appointment for each in references}),
                appointment__company=self.company,
                appointment__status__in=(Status.CONFIRMED, Status.CANCELLED),
            )
            .select_related("appointment__calcom_state", "staff", "booked")
        )
        return list(phases.order_by("starts_at", "pk"))

    @cached_property
    def over(self) -> set[str]:
        """The public ids of appointments that are over: what became of them is settled."""
        over = Appointment.objects.of(self.company).filter(
            status__in=(Status.COMPLETED, Status.NO_SHOW),
            public_id__in={each.reference.appointment for each in self.live if each.reference},
        )
        return set(over.values_list("public_id", flat=True))

    @cached_property
    def by_reference(self) -> dict[Reference, AppointmentPhase]:
        return {
            Reference(phase.appointment.public_id, phase.segment_key): phase
            for phase in self.phases
        }

    @cached_property
    def by_uid(self) -> dict[str, AppointmentPhase]:
        return {
            phase.calcom_booking_uid: phase for phase in self.phases if phase.calcom_booking_uid
        }

    @cached_property
    def staff(self) -> dict[int, Staff]:
        """Whose account is whose, by its number."""
        known = self.company.staff.exclude(calcom_user_id=None).order_by("is_active", "-pk")
        return {member.calcom_user_id: member for member in known if member.calcom_user_id}

    @cached_property
    def abandoned(self) -> set[str]:
        """The uids of bookings that are to be cancelled, or should have been."""
        rows = OrphanedBooking.objects.filter(company=self.company, uid__in=self.listed)
        return set(rows.values_list("uid", flat=True))

    @cached_property
    def event_type_ids(self) -> set[int]:
        return get_event_type_ids(self.company)

    @cached_property
    def busy_times(self) -> dict[str, BusyTime]:
        """The foreign bookings we know of, in the window or listed, by uid."""
        rows = BusyTime.objects.filter(
            Q(starts_at__gte=self.window.start, starts_at__lt=self.window.end)
            | Q(external_uid__in=[booking.uid for booking in self.live]),
            company=self.company,
            source=BusyTime.Source.CALCOM,
        ).exclude(external_uid="")
        return {row.external_uid: row for row in rows}

    def phase_of(self, booking: Booking) -> AppointmentPhase | None:
        named = self.by_reference.get(booking.reference) if booking.reference else None
        return named or self.by_uid.get(booking.uid)

    def host_of(self, booking: Booking, phase: AppointmentPhase | None = None) -> Staff | None:
        if booking.host_id is None:
            return None
        if phase and phase.staff.calcom_user_id == booking.host_id:
            return phase.staff
        return self.staff.get(booking.host_id)

    def case_of(self, phase: AppointmentPhase) -> Case:
        """Return a phase with its booking as it is now, or with the one that names it."""
        uid = phase.calcom_booking_uid
        if uid:
            present = read_present([uid], client=self.client, known=self.listed)
        else:
            present = self._unnoted(phase)
        booking = present.booking
        return Case(
            appointment=phase.appointment,
            phase=phase,
            state=_state_of(phase.appointment),
            present=present,
            host=self.host_of(booking, phase) if booking else None,
            reason="",
            now=self.now,
        )

    def _unnoted(self, phase: AppointmentPhase) -> Present:
        named = Reference(phase.appointment.public_id, phase.segment_key)
        for booking in self.live:
            if (
                booking.reference == named
                and booking.uid not in self.abandoned
                and same_moment(booking.starts_at, phase.starts_at)
            ):
                return Present(booking, frozenset({booking.uid}))
        return Present(None, frozenset())


def _state_of(appointment: Appointment) -> SyncState | None:
    return getattr(appointment, "calcom_state", None)


# --- Ours: is each where it should be? --------------------------------------------------------


def _of_phases(sides: Sides) -> Iterator[Difference]:
    for phase in sides.phases:
        if phase.appointment.status != Status.CONFIRMED:
            continue
        case = sides.case_of(phase)
        if case.live:
            sides.claimed.add(case.live.uid)
        kind, detail = _kind_of(case)
        remedy = kind and _remedy_for(case, kind)
        if kind and remedy:
            yield Difference(
                kind=kind,
                remedy=remedy,
                uid=case.live.uid if case.live else phase.calcom_booking_uid,
                starts_at=phase.starts_at,
                phase=phase,
                detail=detail,
            )


def _kind_of(case: Case) -> tuple[Kind | None, str]:
    live = case.live
    if live:
        return _kind_of_live(case, live)
    if case.present.booking:
        return Kind.CANCELLED, case.present.booking.cancellation_reason
    # What has begun cannot be booked any more.
    return (Kind.MISSING if case.phase.starts_at > case.now else None), ""


def _kind_of_live(case: Case, live: Booking) -> tuple[Kind | None, str]:
    phase = case.phase
    if not phase.calcom_booking_uid:
        return Kind.MISSING, "stands there, but is not noted here"
    if not same_moment(live.starts_at, phase.starts_at):
        return Kind.MOVED, f"stands at {live.starts_at:%F %R}Z"
    if case.host and case.host.pk != phase.staff_id:
        return Kind.WRONG_HOST, f"is with {case.host.name}"
    if live.uid != phase.calcom_booking_uid:
        return Kind.MOVED, "has another uid"
    if not same_moment(live.ends_at, phase.ends_at):
        return Kind.WRONG_LENGTH, f"ends at {live.ends_at:%F %R}Z, not {phase.ends_at:%F %R}Z"
    return None, ""


def _remedy_for(case: Case, kind: Kind) -> Remedy | None:
    """Return what to do; None where a person has decided to leave it as it is."""
    appointment = case.appointment
    if case.gave_up:
        return Remedy.WITH_PERSON if appointment.requires_manual_review else None
    if case.is_on_its_way:
        return Remedy.WAITING
    if kind == Kind.WRONG_LENGTH:
        if appointment.requires_manual_review:
            return Remedy.WITH_PERSON
        decided = appointment.review_reason == ReviewReason.EVENT_MAP_BROKEN
        return None if decided else Remedy.REVIEW
    return Remedy.SYNC if kind == Kind.MISSING and case.live is None else Remedy.FOLLOW


# --- Theirs: is each known here? --------------------------------------------------------------


def _of_bookings(sides: Sides) -> Iterator[Difference]:
    for booking in sides.live:
        if booking.uid in sides.claimed:
            continue
        phase = sides.phase_of(booking)
        if phase:
            yield from _of_own(sides, booking, phase)
        elif not (booking.reference and booking.reference.appointment in sides.over):
            yield from _of_foreign(sides, booking)


def _of_own(sides: Sides, booking: Booking, phase: AppointmentPhase) -> Iterable[Difference]:
    """Yield a booking that names an appointment of ours and is nobody's own: too much."""
    booked = booked_of(phase)
    if booked and booking.uid == booked.before_uid:
        return  # it stands until all others have followed
    cancelled = phase.appointment.status == Status.CANCELLED
    case = Case(
        appointment=phase.appointment,
        phase=phase,
        state=_state_of(phase.appointment),
        present=Present(booking, frozenset({booking.uid})),
        host=None,
        reason="",
        now=sides.now,
    )
    if booking.uid in sides.abandoned:
        remedy = Remedy.CANCEL
    elif case.gave_up:
        remedy = Remedy.WITH_PERSON
    elif case.is_on_its_way:
        remedy = Remedy.WAITING
    else:
        remedy = Remedy.CANCEL
    yield Difference(
        kind=Kind.EXTRA if cancelled else Kind.ORPHAN,
        remedy=remedy,
        uid=booking.uid,
        starts_at=booking.starts_at,
        phase=phase,
        reference=booking.reference,
        detail="its appointment is cancelled" if cancelled else "booked twice",
    )


def _of_foreign(sides: Sides, booking: Booking) -> Iterator[Difference]:
    row = sides.busy_times.get(booking.uid)
    if row is None and booking.event_type_id not in sides.event_type_ids:
        return
    staff = sides.host_of(booking)
    place = (staff.pk if staff else None, booking.starts_at, booking.ends_at)
    if row and (row.staff_id, row.starts_at, row.ends_at) == place:
        return
    yield Difference(
        # A reference that nobody knows here may be another installation's. It is never cancelled.
        kind=Kind.EXTRA if booking.reference and row is None else Kind.FOREIGN,
        remedy=Remedy.FOLLOW,
        uid=booking.uid,
        starts_at=booking.starts_at,
        reference=booking.reference,
        detail="is not known here" if row is None else "stands elsewhere",
    )


def _of_busy_times(sides: Sides) -> Iterator[Difference]:
    """Yield the foreign bookings we believe in that have ended or moved out of sight."""
    seen = {booking.uid for booking in sides.live}
    for uid, row in sides.busy_times.items():
        if uid in seen:
            continue
        present = read_present([uid], client=sides.client, known=sides.listed)
        live = present.live
        if live and (live.uid, live.starts_at, live.ends_at) == (uid, row.starts_at, row.ends_at):
            continue
        yield Difference(
            kind=Kind.FOREIGN,
            remedy=Remedy.FOLLOW,
            uid=uid,
            starts_at=row.starts_at,
            detail="stands elsewhere" if live else "is gone",
        )
