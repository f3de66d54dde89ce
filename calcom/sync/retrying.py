"""Taking up again, on somebody's word, what was given up."""

from django.db import transaction
from django.db.models import F

from appointments.actions import mirror
from appointments.actions.announcing import announce
from appointments.models import Appointment
from calcom.models import LONG_AGO, SyncState


def retry(appointment: Appointment) -> bool:
    """Let the sync try an appointment again, from its first attempt on.

    Whether it is still a case for review is for that attempt to say: success closes it.

    Returns:
        whether there is anything to try: not where Cal.com matches already.
    """
    with transaction.atomic():
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
