"""Taking up again what was given up, or taken for done."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F

from appointments.actions import mirror
from appointments.actions.announcing import announce
from appointments.domain.intervals import Interval
from appointments.models import Appointment
from calcom.models import LONG_AGO, SyncState


def retry(appointment: Appointment) -> bool:
    """Let the sync try an appointment again, from its first attempt on.

    Whether it is still a case for review is for that attempt to say: success closes it.

    Returns:
        whether there is anything to try: not where Cal.com matches already.
    """
    with transaction.atomic():
        _lock(appointment)
        state = SyncState.objects.filter(appointment=appointment.pk)
        behind = state.exclude(revision=F("appointment__revision"))
        if state.exists() and not behind.update(
            gave_up=False, attempts=0, next_attempt_at=LONG_AGO
        ):
            return False
        mirror.mark_pending(
            appointment_id=appointment.pk,
            revision=appointment.revision,
            error="",
            phase_errors={},
        )
        announce(appointment)
    return True


def recheck(appointment: Appointment, around: Iterable[Interval]) -> bool:
    """Doubt that Cal.com matches an appointment: the sync asks, adopts, and books what lacks.

    Args:
        appointment: as it was compared.
        around: where its bookings may stand, apart from where they should.

    Returns:
        whether it was still as it was compared, and nobody is at it already.
    """
    with transaction.atomic():
        _lock(appointment)
        state = SyncState.objects.filter(
            appointment=appointment.pk,
            appointment__revision=appointment.revision,
            revision=appointment.revision,
        )
        places = [appointment.interval, *around]
        if not state.update(
            revision=0,
            attempted_revision=appointment.revision,
            attempts=0,
            gave_up=False,
            next_attempt_at=LONG_AGO,
            doubt_from=min(place.start for place in places),
            doubt_until=max(place.end for place in places),
        ):
            return False
        mirror.mark_pending(
            appointment_id=appointment.pk,
            revision=appointment.revision,
            error="",
            phase_errors={},
        )
        announce(appointment)
    return True


def _lock(appointment: Appointment) -> None:
    """Lock an appointment before its sync state, as whoever locks both does."""
    rows = Appointment.objects.select_for_update(no_key=True).filter(pk=appointment.pk)
    list(rows.values_list("pk"))
