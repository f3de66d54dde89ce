"""What Cal.com holds of an appointment, asked for just now and laid beside what we hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import models
from django.utils.translation import gettext_lazy as _

from appointments.domain.intervals import Interval, merge
from appointments.models import Appointment, AppointmentPhase, Status
from calcom.client import CalcomClient, at_once
from calcom.errors import CalcomError, NotFoundError
from calcom.models import OrphanedBooking
from calcom.payloads import Booking, Reference, same_moment
from calcom.verification import MARGIN, booked_of

# Somebody looks at a page that is still loading.
WITHIN_SECONDS = 8.0


class Standing(models.TextChoices):
    """How one phase stands in Cal.com."""

    AGREES = "agrees", _("as it is here")
    MOVED = "moved", _("at another time")
    UNNOTED = "unnoted", _("booked, but not noted here")
    STILL_THERE = "still_there", _("still booked, although cancelled here")
    CANCELLED = "cancelled", _("cancelled there")
    NOTHING = "nothing", _("nothing there")
    NOTHING_DUE = "nothing_due", _("nothing there, as it should be")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One hands-on phase, and what Cal.com holds of it.

    Attributes:
        booking: the one that is noted here or names this phase, the live one first.
        candidates: live bookings that could be taken for its own: such as name it and are not
            noted, and such as name nobody but stand at its time with its staff member.
        in_the_way: what else takes the staff member's time then.
    """

    phase: AppointmentPhase
    standing: Standing
    booking: Booking | None = None
    candidates: Sequence[Booking] = ()
    in_the_way: Sequence[Booking] = ()


def look(appointment: Appointment, *, client: CalcomClient) -> list[Side]:
    """Ask Cal.com, and lay both sides next to each other, phase by phase. Writes nothing.

    Args:
        appointment: of `sync.work.load`.
        client: Cal.com as the appointment's company sees it.

    Raises:
        CalcomError: not everything could be read, which proves nothing.
    """
    phases = [phase for phase in appointment.phases.all() if phase.staff_required]
    bookings = _read(phases, client=client)
    noted = _noted(bookings)
    live = [booking for booking in bookings.values() if booking.is_live]
    return [_side(appointment, phase, bookings, live, noted) for phase in phases]


def _read(phases: Sequence[AppointmentPhase], *, client: CalcomClient) -> dict[str, Booking]:
    """Return by uid what stands around the phases, and what is noted for them wherever it is."""
    around = [Interval(phase.starts_at - MARGIN, phase.ends_at + MARGIN) for phase in phases]
    around += [
        Interval(booked.starts_at - MARGIN, booked.starts_at + MARGIN)
        for phase in phases
        if (booked := booked_of(phase))
    ]
    found: dict[str, Booking] = {}
    lists = {window.start: partial(client.list_bookings, window) for window in merge(around)}
    for _start, answer in at_once(lists, within_seconds=WITHIN_SECONDS):
        if isinstance(answer, CalcomError):
            raise answer
        found |= {booking.uid: booking for booking in answer}
    uids = {phase.calcom_booking_uid for phase in phases} - {"", *found}
    singles = {uid: partial(client.get_booking, uid) for uid in uids}
    for uid, single in at_once(singles, within_seconds=WITHIN_SECONDS):
        if isinstance(single, Booking):
            found[uid] = single
        elif not isinstance(single, NotFoundError):
            raise single
    return found


def _noted(bookings: Mapping[str, Booking]) -> dict[str, int | None]:
    """Return which bookings are spoken for: the phase they are noted for, None if they must go."""
    phases = AppointmentPhase.objects.filter(calcom_booking_uid__in=bookings)
    orphans = OrphanedBooking.objects.filter(uid__in=bookings)
    noted: dict[str, int | None] = dict(phases.values_list("calcom_booking_uid", "pk"))
    return noted | dict.fromkeys(orphans.values_list("uid", flat=True))


def _side(
    appointment: Appointment,
    phase: AppointmentPhase,
    bookings: Mapping[str, Booking],
    live: Sequence[Booking],
    noted: Mapping[str, int | None],
) -> Side:
    ours = Reference(appointment.public_id, phase.segment_key)
    own = bookings.get(phase.calcom_booking_uid)
    naming = [each for each in live if each.reference == ours and each.uid not in noted]
    has_live = own is not None and own.is_live
    booking = own if has_live else next(iter(naming), own)
    meeting = [each for each in live if each is not booking and _meets(phase, each)]
    unnamed = [
        each
        for each in meeting
        if each.reference is None
        and each.uid not in noted
        and same_moment(each.starts_at, phase.starts_at)
    ]
    may_adopt = not has_live and appointment.status == Status.CONFIRMED
    return Side(
        phase=phase,
        standing=_standing(appointment, phase, own, naming),
        booking=booking,
        candidates=[*naming, *unnamed] if may_adopt else (),
        in_the_way=[each for each in meeting if noted.get(each.uid) is None],
    )


def _meets(phase: AppointmentPhase, booking: Booking) -> bool:
    """Whether a booking takes the staff member's time while their hands are needed here."""
    return (
        booking.host_id is not None
        and booking.host_id == phase.staff.calcom_user_id
        and booking.interval.overlaps(Interval(phase.starts_at, phase.ends_at))
    )


def _standing(
    appointment: Appointment,
    phase: AppointmentPhase,
    own: Booking | None,
    naming: Sequence[Booking],
) -> Standing:
    cancelled = appointment.status == Status.CANCELLED
    if own is not None and own.is_live:
        if cancelled:
            return Standing.STILL_THERE
        together = same_moment(own.starts_at, phase.starts_at)
        return Standing.AGREES if together else Standing.MOVED
    if naming:
        return Standing.STILL_THERE if cancelled else Standing.UNNOTED
    if cancelled:
        return Standing.NOTHING_DUE
    return Standing.NOTHING if own is None else Standing.CANCELLED
