"""Cal.com's webhooks, spelt as it spells them, and a way to deliver them to the site."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import time_machine
from django.test import Client

from appointments.models import Company
from calcom.inbound import deliveries
from calcom.models import WebhookDelivery
from calcom.payloads import parse_moment

SECRET = "whsec_salon_eins"


def body_of(trigger: str, booking: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the body of a webhook about a booking, as the simulator shows it (2021-10-20).

    A cancellation has other times and no metadata.
    """
    host, attendee = booking["hosts"][0], booking["attendees"][0]
    ending = trigger.replace(".", "_") == "BOOKING_CANCELLED"
    times = {
        name: parse_moment(booking[field]).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        if ending
        else booking[field]
        for name, field in (("startTime", "start"), ("endTime", "end"))
    }
    payload = {
        "bookerUrl": "https://app.cal.example",
        "type": booking["eventType"]["slug"],
        "title": booking["title"],
        **times,
        "length": booking["duration"],
        "eventTypeId": booking["eventType"]["id"],
        "eventTitle": "Herrenhaarschnitt",
        "additionalNotes": "",
        "description": "",
        "uid": booking["uid"],
        "bookingId": booking["id"],
        "status": booking["status"].upper(),
        "location": booking["location"],
        "iCalUID": booking["icsUid"],
        "iCalSequence": 0,
        "organizer": {
            "id": host["id"],
            "name": host["name"],
            "email": host["email"],
            "username": host["username"],
            "timeZone": host["timeZone"],
            "language": {"locale": "de"},
            "timeFormat": "HH:mm",
            "utcOffset": 60,
        },
        "attendees": [
            {
                "email": attendee["email"],
                "name": attendee["name"],
                "timeZone": attendee["timeZone"],
                "language": {"locale": "de"},
                "utcOffset": 60,
            }
        ],
        "responses": {"name": {"label": "your_name", "value": attendee["name"]}},
        "customInputs": {},
        "requiresConfirmation": False,
        "appsStatus": [],
    }
    if not ending:
        payload["metadata"] = booking["metadata"] | {"videoCallUrl": ""}
    return {
        "triggerEvent": trigger,
        "createdAt": "2030-01-07T11:00:00.000Z",
        "payload": payload | more,
    }


@dataclass(slots=True)
class Door:
    """The site's address for the webhooks of one salon."""

    company: Company
    now: datetime
    secret: str = SECRET

    def post(self, raw: bytes, *, slash: str = "/", **headers: str) -> Any:
        signature = hmac.new(self.secret.encode(), raw, hashlib.sha256).hexdigest()
        return Client().post(
            f"/api/calcom/webhook/{self.company.slug}{slash}",
            data=raw,
            content_type="application/json",
            headers={"X-Cal-Signature-256": signature} | headers,
        )

    def tell(self, body: dict[str, Any]) -> None:
        """Deliver a webhook; what it causes is for the worker."""
        with time_machine.travel(self.now, tick=False):
            response = self.post(json.dumps(body).encode())
        assert response.status_code == 200, response.content

    def hear(self, trigger: str, booking: dict[str, Any], **more: Any) -> str:
        """Deliver a webhook and let the worker deal with it once; return what came of it."""
        self.tell(body_of(trigger, booking, **more))
        return self.work()

    def work(self) -> str:
        """Let the worker deal once with what came last; return what came of it."""
        delivery = WebhookDelivery.objects.latest("pk")
        deliveries.process(delivery.pk, now=self.now)
        delivery.refresh_from_db()
        return delivery.outcome
