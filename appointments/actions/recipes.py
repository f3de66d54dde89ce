"""Changing what a service consists of."""

from django.db import transaction

from appointments.actions.announcing import announce_availability
from appointments.models import ServiceSegment
from appointments.models.catalogue import validate_recipe


def change_minutes(*, segment_id: int, minutes: int) -> None:
    """Let a segment last longer or shorter, for whoever performs it. Concerns new appointments.

    Raises:
        ValidationError: the recipe could not be carried out then.
    """
    with transaction.atomic():
        segment = (
            ServiceSegment.objects.select_for_update().select_related("service").get(pk=segment_id)
        )
        segment.minutes = minutes
        rows = segment.service.segments.exclude(pk=segment_id)
        validate_recipe(sorted([*rows, segment], key=lambda row: row.position))
        segment.save(update_fields=["minutes"])
        announce_availability(segment.service.company_id)
