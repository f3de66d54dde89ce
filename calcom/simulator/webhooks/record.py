"""A subscription to what happens to bookings."""

import uuid
from dataclasses import dataclass
from typing import Any, Self

# What is told here; the real service has more, of payments, recordings, forms and absences.
TOLD = (
    "BOOKING_CREATED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REQUESTED",
    "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED",
    "BOOKING_REASSIGNED",
    "BOOKING_LOCATION_UPDATED",
    "MEETING_STARTED",
    "MEETING_ENDED",
)
VERSIONS = ("2021-10-20", "2026-07-27")


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Who is told of which triggers: of one event type, of a user's own bookings, or of all.

    With neither a user nor an event type it hears of every booking of the account, as an
    organization's webhook does.
    """

    id: int
    account: str
    url: str
    triggers: tuple[str, ...]
    active: bool = True
    secret: str | None = None
    version: str = VERSIONS[0]
    user_id: int | None = None
    event_type_id: int | None = None

    @property
    def public_id(self) -> str:
        """The id clients see, the same one in every run."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"webhook {self.id}"))

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        return cls(**(document | {"triggers": tuple(document["triggers"])}))
