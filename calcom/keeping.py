"""What we keep of Cal.com's words about a customer's bookings: given out and erased."""

from typing import Any

from django.db.models import QuerySet

from appointments.ports import Traces
from calcom.models import OrphanedBooking, WebhookDelivery


class BookingKeeper:
    """Webhooks name no customer, but a reason for cancelling is somebody's own words."""

    def gather(self, traces: Traces) -> dict[str, list[Any]]:
        return {"calcom_bookings": sorted(traces.booking_uids)}

    def erase(self, traces: Traces) -> dict[str, int]:
        deliveries = _deliveries(traces)
        for delivery in deliveries.only("facts"):
            delivery.facts |= {"reason": ""} if "reason" in delivery.facts else {}
            delivery.error = ""
            delivery.save(update_fields=["facts", "error"])
        orphans = OrphanedBooking.objects.filter(appointment__in=traces.appointment_ids)
        orphans.update(error="")
        return {"webhooks": len(deliveries)}


def _deliveries(traces: Traces) -> QuerySet[WebhookDelivery]:
    """Return what was told of these bookings, also under the uids they had before a move."""
    rows = WebhookDelivery.objects.filter(company=traces.company_id)
    uids, newer = set[str](), set(traces.booking_uids)
    while newer:
        uids |= newer
        told = rows.filter(uid__in=newer).values_list("facts__earlier_uid", flat=True)
        newer = set(told) - uids - {None, ""}
    return rows.filter(uid__in=uids)
