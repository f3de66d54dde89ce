"""What a person has done about an appointment and Cal.com: look again, adopt, put it back."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

import structlog
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from appointments.actions.announcing import announce, announce_availability
from appointments.models import Appointment, BusyTime
from calcom.client import CalcomClient, get_client
from calcom.errors import CalcomError
from calcom.sync.attempt import succeed
from calcom.sync.beside import Side, Standing, look
from calcom.sync.converging import verify
from calcom.sync.retrying import recheck, retry
from calcom.sync.steps import plan
from calcom.sync.work import LeaseLostError, RevisionRoseError, TimeUpError, Work, load
from calcom.verification import forget, note

log = structlog.get_logger(__name__)

AT_REST = frozenset({Standing.AGREES, Standing.NOTHING_DUE})
TO_BE_PUT_BACK = frozenset({Standing.MOVED, Standing.CANCELLED, Standing.NOTHING})


class Verdict(models.TextChoices):
    """What came of a step that a person took."""

    MATCHES = "matches", _("Cal.com holds what stands here.")
    DIFFERS = "differs", _("Cal.com still holds something else than what stands here.")
    BEGUN = "begun", _("Cal.com is being put right; look again in a minute.")
    BUSY = "busy", _("This appointment is being synced right now. Try again in a minute.")
    UNREACHABLE = "unreachable", _("Cal.com could not be asked. Nothing was changed.")
    NOT_SYNCING = "not_syncing", _("This company does not sync with Cal.com.")
    NOT_OFFERED = "not_offered", _("This booking cannot be adopted any more. Look again.")
    UNCONFIRMED = (
        "unconfirmed",
        _("This booking does not say that it is ours. Confirm that it belongs to this customer."),
    )


def look_now(appointment_id: int) -> list[Side]:
    """Lay what Cal.com holds of an appointment beside what we hold. Writes nothing.

    Raises:
        CalcomError: it could not be read.
        LookupError: there is no such appointment, or its company does not sync.
    """
    appointment = load(appointment_id)
    if appointment is None or not appointment.company.syncs:
        raise LookupError
    return look(appointment, client=_client_of(appointment))


def verify_now(appointment: Appointment, *, now: datetime) -> Verdict:
    """Ask Cal.com what it holds, and take what names this appointment. Books nothing.

    Where that leaves nothing to do, the review is closed.
    """
    if not appointment.company.syncs:
        return Verdict.NOT_SYNCING
    with _work_on(appointment, now=now) as work:
        if work is None:
            return Verdict.BUSY
        with suppress(LeaseLostError, RevisionRoseError, TimeUpError):
            return _verify(work)
    return Verdict.BUSY


def _verify(work: Work) -> Verdict:
    if verify(work):
        return Verdict.UNREACHABLE
    try:
        sides = look(work.appointment, client=work.client)
    except CalcomError as error:
        log.warning("calcom.look_failed", appointment_id=work.appointment.pk, why=str(error))
        return Verdict.UNREACHABLE
    # What is noted here may have been cancelled there: by its name alone that is not found.
    if any(side.standing not in AT_REST for side in sides):
        return Verdict.DIFFERS
    return _settle(work)


def adopt_booking(
    appointment: Appointment, *, phase_id: int, uid: str, confirmed: bool, now: datetime
) -> Verdict:
    """Note a booking of Cal.com as a phase's own, because a person says so.

    Offered is what `look` offers, and it is looked once more: with the phase's own staff member,
    noted for nobody else, and without the name of another appointment.

    Args:
        appointment: whose.
        phase_id: one of its hands-on phases, which has no live booking.
        uid: of the booking.
        confirmed: whether the person has said that it is this customer's; without the name of
            this appointment in it nothing else says so.
        now: the time.
    """
    if not appointment.company.syncs:
        return Verdict.NOT_SYNCING
    with _work_on(appointment, now=now) as work:
        if work is None:
            return Verdict.BUSY
        try:
            sides = look(work.appointment, client=work.client)
        except CalcomError as error:
            log.warning("calcom.look_failed", appointment_id=appointment.pk, why=str(error))
            return Verdict.UNREACHABLE
        with suppress(LeaseLostError, RevisionRoseError, TimeUpError):
            return _adopt(work, sides, phase_id=phase_id, uid=uid, confirmed=confirmed)
    return Verdict.BUSY


def _adopt(work: Work, sides: list[Side], *, phase_id: int, uid: str, confirmed: bool) -> Verdict:
    offered = [
        (side.phase, booking)
        for side in sides
        for booking in side.candidates
        if side.phase.pk == phase_id and booking.uid == uid
    ]
    if not offered:
        return Verdict.NOT_OFFERED
    [(phase, booking)] = offered
    if booking.reference is None and not confirmed:
        return Verdict.UNCONFIRMED
    work.require_lease()
    with transaction.atomic():
        note(work.appointment, phase, booking)
        # What was taken for a stranger's does not block its own staff member any longer.
        BusyTime.objects.filter(
            company=work.appointment.company_id,
            source=BusyTime.Source.CALCOM,
            external_uid=booking.uid,
        ).delete()
        announce_availability(work.appointment.company_id)
    log.info("calcom.booking_adopted", appointment_id=work.appointment.pk, phase_id=phase.pk)
    work.reread_phases()
    return _settle(work)


def put_back(appointment: Appointment, *, now: datetime) -> Verdict:
    """Have Cal.com hold again what stands here: the sync moves back, and books what is gone.

    Only what names this appointment is moved, and nothing of anybody else is touched.
    """
    current = load(appointment.pk)
    if current is None or not current.company.syncs:
        return Verdict.NOT_SYNCING
    try:
        sides = look(current, client=_client_of(current))
    except CalcomError as error:
        log.warning("calcom.look_failed", appointment_id=appointment.pk, why=str(error))
        return Verdict.UNREACHABLE
    astray = [side for side in sides if side.standing in TO_BE_PUT_BACK]
    if not astray:
        return verify_now(appointment, now=now)
    with transaction.atomic():
        places = [side.booking.interval for side in astray if side.booking]
        if not (recheck(current, places) or retry(current)):
            return Verdict.BUSY
        for side in astray:
            if side.standing == Standing.MOVED and side.booking:
                note(current, side.phase, side.booking)  # from there the sync moves it back
            elif side.phase.calcom_booking_uid:
                forget(side.phase)
    return Verdict.BEGUN


def ring(appointment: Appointment) -> None:
    """Call for a sync now, should there be anything to do."""
    with transaction.atomic():
        announce(appointment)


@contextmanager
def _work_on(appointment: Appointment, *, now: datetime) -> Iterator[Work | None]:
    """Keep the workers away while a person's step is taken; None when one is at it already."""
    work = Work.take(appointment.pk, client=_client_of(appointment), now=now)
    try:
        yield work
    finally:
        if work is not None:
            work.release()


def _settle(work: Work) -> Verdict:
    if plan(work):
        return Verdict.DIFFERS
    succeed(work)
    return Verdict.MATCHES


def _client_of(appointment: Appointment) -> CalcomClient:
    return get_client(api_key=appointment.company.calcom_api_key)
