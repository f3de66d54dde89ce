"""One booking, wherever it is by now: make this site agree with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appointments.actors import Actor, ActorKind, acting_as
from appointments.models import AppointmentPhase, Company, Staff
from calcom.client import CalcomClient
from calcom.inbound import foreign
from calcom.inbound.outcomes import CHANGES, NotYetError, Outcome, ReadAgainError
from calcom.inbound.own import find_phase, follow_own
from calcom.inbound.presence import Present, read_present
from calcom.payloads import Booking, Reference

MOST_READINGS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Which booking something has happened to, and what it must look like to be believed.

    Attributes:
        uids: of the booking, the earliest first; at least one.
        reference: ours, where it was told.
        reason: for a cancellation, where the booking does not give one.
        is_patient: Cal.com may not have written yet what it has told: what contradicts that is
            no answer. Else what it says counts.
        is_ending: it was told that the booking is gone.
    """

    uids: Sequence[str]
    reference: Reference | None = None
    reason: str = ""
    is_patient: bool = False
    is_ending: bool = False


@acting_as(Actor(kind=ActorKind.CALCOM))
def follow(company: Company, news: News, *, client: CalcomClient, now: datetime) -> Outcome:
    """Read what a booking is by now, and write what follows from that, until nothing does.

    The order in which one hears of changes proves nothing; Cal.com's answer is the state. After
    something was written it is read once more: of two who do this at the same time, the one
    who writes last may have read first.

    Raises:
        NotYetError: it is not settled over there, or our own sync is at it.
        CalcomError: it could not be read.
    """
    told = Outcome.KNOWN
    for _ in range(MOST_READINGS):
        try:
            outcome = _follow_once(company, news, client=client, now=now)
        except ReadAgainError:
            continue
        if outcome not in CHANGES:
            return outcome if told == Outcome.KNOWN else told
        told = outcome
    raise NotYetError


def _follow_once(company: Company, news: News, *, client: CalcomClient, now: datetime) -> Outcome:
    phase = find_phase(company, uids=frozenset(news.uids), reference=news.reference)
    known_uid = phase.calcom_booking_uid if phase else ""
    uids = [uid for uid in dict.fromkeys([known_uid, *news.uids]) if uid]
    present = read_present(uids, client=client)
    _require_written(news, present)
    if phase is None:
        # The answer carries the reference that a cancellation's webhook lacks.
        reference = present.booking.reference if present.booking else None
        phase = find_phase(company, uids=present.uids, reference=reference)
    if phase:
        if present.booking is None:
            return Outcome.LEFT  # deleted over there: the comparison finds what lacks
        host = _host_for(phase, company, present.booking)
        return follow_own(phase, present, host=host, reason=news.reason, now=now)
    if not foreign.is_of(company, present):
        return Outcome.IGNORED
    return foreign.follow_foreign(company, present, now=now)


def _require_written(news: News, present: Present) -> None:
    """Wait where Cal.com tells of a change before it writes it."""
    if not news.is_patient:
        return
    moved = len(news.uids) > 1 and present.live and present.live.uid == news.uids[0]
    if present.booking is None or moved or (news.is_ending and present.live):
        raise NotYetError


def _host_for(phase: AppointmentPhase, company: Company, booking: Booking) -> Staff | None:
    if booking.host_id == phase.staff.calcom_user_id:
        return phase.staff  # who may be on the list twice, in two branches
    return foreign.find_host(company, booking)
