"""The doorbell: what happens here when an appointment has changed. It may be missed."""

import structlog
from django.dispatch import receiver
from kombu.exceptions import OperationalError

from appointments.models import Company
from appointments.signals import appointment_changed, availability_changed, holds_changed
from calcom import caches
from calcom.tasks import SyncAppointmentToCalcom

log = structlog.get_logger(__name__)


@receiver(appointment_changed)
def wake_sync(*, appointment_id: int, company_id: int, **_: object) -> None:
    """Call for a sync at once instead of waiting for the next sweep."""
    if not Company.objects.exclude(calcom_api_key="").filter(pk=company_id).exists():
        return
    try:
        SyncAppointmentToCalcom.delay(appointment_id)
    except (OperationalError, OSError) as error:
        # The appointment stands, and the sweep finds it.
        log.warning("calcom.sync_not_sent", appointment_id=appointment_id, why=str(error))


@receiver(availability_changed)
def forget_slots(*, company_id: int, **_: object) -> None:
    """Make stale what is cached, for this company and whoever shares its event types."""
    caches.invalidate(company_id=company_id)


@receiver(holds_changed)
def forget_alternatives(*, company_id: int, **_: object) -> None:
    """Make stale what was found for requests: others hold something now, or no longer."""
    caches.invalidate_alternatives(company_id=company_id)
