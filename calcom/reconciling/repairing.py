"""Bringing both calendars together again, as far as that is safe."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog
from django.db import transaction

from appointments.actions import reviews
from appointments.actions.announcing import announce_availability
from appointments.domain.intervals import Interval
from appointments.models import AppointmentPhase, Company, ReviewReason
from calcom.client import CalcomClient
from calcom.errors import CalcomError
from calcom.inbound.following import News, follow
from calcom.inbound.outcomes import NotYetError
from calcom.models import OrphanedBooking
from calcom.reconciling.differences import SAFE, Difference, Remedy
from calcom.sync.retrying import recheck
from calcom.verification import abandon, forget

log = structlog.get_logger(__name__)


def repair(
    company: Company, differences: Sequence[Difference], *, client: CalcomClient, now: datetime
) -> set[int]:
    """Do what is safe about each difference. What was written meanwhile is looked at again.

    Foreign bookings are never touched; our own are cancelled through the list of orphans, and
    booked again by the sync.

    Returns:
        the ids of the appointments whose sync has something to do now.
    """
    for difference in differences:
        if difference.remedy == Remedy.FOLLOW:
            _follow(company, difference, client=client, now=now)
        elif difference.remedy == Remedy.CANCEL:
            _cancel(difference, now=now)
        elif difference.remedy == Remedy.REVIEW and difference.phase:
            reviews.flag_for_review(
                appointment_id=difference.phase.appointment_id,
                reason=ReviewReason.EVENT_MAP_BROKEN,
                now=now,
            )
    if any(difference.remedy in SAFE for difference in differences):
        announce_availability(company.pk)
    return set(_book_again(differences))


def _follow(
    company: Company, difference: Difference, *, client: CalcomClient, now: datetime
) -> None:
    phase = difference.phase
    uids = dict.fromkeys([phase.calcom_booking_uid if phase else "", difference.uid])
    try:
        outcome = follow(
            company,
            News(uids=[uid for uid in uids if uid], reference=difference.reference),
            client=client,
            now=now,
        )
    except (NotYetError, CalcomError) as error:
        log.warning("calcom.difference_kept", kind=difference.kind, why=str(error))
    else:
        log.info("calcom.difference_followed", kind=difference.kind, outcome=outcome)


def _cancel(difference: Difference, *, now: datetime) -> None:
    if difference.phase is None:
        return
    appointment = difference.phase.appointment
    with transaction.atomic():
        abandon(appointment, difference.uid, reason=OrphanedBooking.Reason.SURPLUS)
        OrphanedBooking.objects.filter(company=appointment.company_id, uid=difference.uid).update(
            cancelled_at=None, next_attempt_at=now
        )


def _book_again(differences: Iterable[Difference]) -> Iterable[int]:
    """Let the sync look for what lacks, by reference, and book it where there is nothing."""
    lacking: dict[int, list[AppointmentPhase]] = {}
    for difference in differences:
        if difference.remedy == Remedy.SYNC and difference.phase:
            lacking.setdefault(difference.phase.appointment_id, []).append(difference.phase)
    for appointment_id, phases in lacking.items():
        with transaction.atomic():
            places = [Interval(phase.starts_at, phase.ends_at) for phase in phases]
            if not recheck(phases[0].appointment, places):
                continue  # it was changed since: the sync is at it anyway
            for phase in phases:
                forget(phase)
        yield appointment_id
