"""Ask what Cal.com really holds of an appointment, and take what is ours: by reference alone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from appointments.actions import mirror
from appointments.domain.intervals import Interval, merge
from appointments.models import Appointment, AppointmentPhase, Status
from calcom.client import CalcomClient
from calcom.models import BookedPhase, CalcomEventMap, OrphanedBooking
from calcom.payloads import Booking, Reference, same_moment

log = structlog.get_logger(__name__)

# Bookings this far from where we expect them are found as well.
MARGIN = timedelta(days=1)

Maps = Mapping[tuple[int, str], CalcomEventMap]


def booked_of(phase: AppointmentPhase) -> BookedPhase | None:
    """Return what Cal.com holds for a phase as we know it. No query where it was selected."""
    return getattr(phase, "booked", None)


def list_ours(
    appointment: Appointment, around: Iterable[Interval], *, client: CalcomClient
) -> list[Booking]:
    """Return the bookings that name this appointment, in any state.

    Time, host, name and address prove nothing: two stylists start at the same minute, and
    families share an address.

    Raises:
        CalcomError: not everything could be listed, which proves nothing either.
    """
    windows = merge(Interval(each.start - MARGIN, each.end + MARGIN) for each in around)
    return [
        booking
        for window in windows
        for booking in client.list_bookings(window)
        if booking.reference and booking.reference.appointment == appointment.public_id
    ]


def adopt(
    appointment: Appointment,
    phases: Sequence[AppointmentPhase],
    bookings: Sequence[Booking],
    *,
    maps: Maps,
) -> None:
    """Note for each phase the live booking that is its own, and surplus ones as orphans.

    Args:
        appointment: whose bookings they are.
        phases: its hands-on ones.
        bookings: what `list_ours` found.
        maps: the usable ones of its service, by (staff id, segment key).
    """
    abandoned = OrphanedBooking.objects.filter(
        company=appointment.company_id, uid__in=[booking.uid for booking in bookings]
    )
    uids = set(abandoned.values_list("uid", flat=True))
    for phase in phases:
        booked = booked_of(phase)
        earlier_uid = phase.calcom_booking_uid
        live = {
            booking.uid: booking
            for booking in bookings
            if booking.is_live
            and booking.uid not in uids
            and booking.reference == Reference(appointment.public_id, phase.segment_key)
            and not (booked and booking.uid == booked.before_uid)
        }
        chosen = _choose(appointment, phase, live.values(), maps=maps)
        if chosen:
            changes_hands = booked is not None and booked.staff_id != phase.staff_id
            replaces = changes_hands and earlier_uid in live and chosen.uid != earlier_uid
            note(appointment, phase, chosen, replaces=replaces)
            live.pop(chosen.uid)
            if replaces:
                live.pop(earlier_uid)
        elif appointment.status == Status.CANCELLED and _is_dead(earlier_uid, bookings):
            forget(phase)
        for uid in live:
            abandon(appointment, uid, reason=OrphanedBooking.Reason.SURPLUS)


def _choose(
    appointment: Appointment,
    phase: AppointmentPhase,
    live: Iterable[Booking],
    *,
    maps: Maps,
) -> Booking | None:
    """Choose the booking of a phase: where it should be, else the known one, else its successor.

    A booking that was moved carries our reference with it, whoever moved it. Where none was
    known before, one that merely has another start is what nobody asked for: not adopted.
    """
    booked = booked_of(phase)
    event_types = set[int | None]()
    if event_map := maps.get((phase.staff_id, phase.segment_key)):
        event_types.add(event_map.bookable_id)
    if booked and booked.staff_id == phase.staff_id:
        event_types.add(booked.event_type_id)

    def claims(booking: Booking) -> tuple[bool, bool, bool]:
        return (
            booking.event_type_id in event_types
            and same_moment(booking.starts_at, phase.starts_at),
            booking.uid == phase.calcom_booking_uid,
            bool(booking.rescheduled_from or phase.calcom_booking_uid),
        )

    best = max(live, key=lambda booking: (claims(booking), booking.uid), default=None)
    if best and (any(claims(best)) or appointment.status == Status.CANCELLED):
        return best
    return None


def _is_dead(uid: str, bookings: Iterable[Booking]) -> bool:
    return any(booking.uid == uid and not booking.is_live for booking in bookings)


def note(
    appointment: Appointment, phase: AppointmentPhase, booking: Booking, *, replaces: bool = False
) -> None:
    """Note the booking of a phase at once, so that a crash after this line loses nothing.

    Args:
        appointment: of the phase.
        phase: whose; where it was before is remembered until all of them have followed.
        booking: what Cal.com now holds.
        replaces: the earlier booking still stands, with another staff member.
    """
    booked, earlier_uid = booked_of(phase), phase.calcom_booking_uid
    values: dict[str, object] = {"starts_at": booking.starts_at}
    if booking.uid != earlier_uid or booked is None:
        values |= {"staff": phase.staff, "event_type_id": booking.event_type_id or 0}
    if booked and booking.uid != earlier_uid and booked.before_starts_at is None:
        values["before_starts_at"] = booked.starts_at
        if replaces:
            values |= {
                "before_uid": earlier_uid,
                "before_staff": booked.staff,
                "before_event_type_id": booked.event_type_id,
            }
    with transaction.atomic():
        if mirror.record_booking(phase_id=phase.pk, uid=booking.uid, instead_of=earlier_uid):
            BookedPhase.objects.update_or_create(phase=phase, defaults=values)
            phase.calcom_booking_uid = booking.uid
            return
    # Somebody else has noted another booking meanwhile: this one is too many.
    abandon(appointment, booking.uid, reason=OrphanedBooking.Reason.SURPLUS)


def forget(phase: AppointmentPhase) -> None:
    """Note that Cal.com holds nothing for a phase any more."""
    with transaction.atomic():
        mirror.forget_booking(phase_id=phase.pk)
        BookedPhase.objects.filter(phase=phase).delete()


def abandon(
    appointment: Appointment,
    uid: str,
    *,
    reason: OrphanedBooking.Reason,
    due_at: datetime | None = None,
) -> None:
    """Put a booking on the list of those that must go."""
    OrphanedBooking.objects.get_or_create(
        company=appointment.company,
        uid=uid,
        defaults={"appointment": appointment, "reason": reason}
        | ({"next_attempt_at": due_at} if due_at else {}),
    )
    log.warning("calcom.booking_orphaned", appointment_id=appointment.pk, reason=reason)
