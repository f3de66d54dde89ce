"""From a recipe to rows."""

from collections.abc import Sequence

from appointments.domain.starts import Segment
from appointments.models import Appointment, AppointmentPhase, SyncStatus


def phases_of(
    appointment: Appointment,
    segments: Sequence[Segment],
    *,
    sync_status: SyncStatus = SyncStatus.NOT_APPLICABLE,
) -> list[AppointmentPhase]:
    """Lay a recipe out from the appointment's start; unsaved, in order from 1.

    Args:
        appointment: whose phases.
        segments: the recipe.
        sync_status: of the hands-on ones; gaps never go to Cal.com.
    """
    return [
        AppointmentPhase(
            appointment=appointment,
            staff_id=appointment.staff_id,
            segment_key=segment.key,
            sequence=sequence,
            starts_at=segment.at(appointment.starts_at).start,
            ends_at=segment.at(appointment.starts_at).end,
            staff_required=segment.staff_required,
            sync_status=sync_status if segment.staff_required else SyncStatus.NOT_APPLICABLE,
        )
        for sequence, segment in enumerate(segments, start=1)
    ]
