"""What we keep of Cal.com's words about a customer's bookings: given out and erased."""

from typing import Any

from appointments.ports import Traces
from calcom.models import OrphanedBooking, WebhookDelivery


class BookingKeeper:
    """Webhooks name no customer, but a reason for cancelling is somebody's own words."""

    def gather(self, traces: Traces) -> dict[str, list[Any]]:
        return {"calcom_bookings": sorted(traces.booking_uids)}

    def erase(self, traces: Traces) -> dict[str, int]:
        deliveries = WebhookDelivery.objects.filter(
            company=traces.company_id, uid__in=traces.booking_uids
        )
        for delivery in deliveries.only("facts"):
            delivery.facts |= {"reason": ""} if "reason" in delivery.facts else {}
            delivery.error = ""
            delivery.save(update_fields=["facts", "error"])
        orphans = OrphanedBooking.objects.filter(appointment__in=traces.appointment_ids)
        orphans.update(error="")
        return {"webhooks": len(deliveries)}
