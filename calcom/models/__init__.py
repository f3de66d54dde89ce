"""What the sync needs to know and to remember: event maps, progress, and what must be undone."""

from calcom.models.event_maps import (
    BOOKABLE_ID,
    BREAKING,
    HIGH,
    CalcomEventMap,
    CalcomEventMapQuerySet,
    DriftKind,
    EventMapDrift,
    EventMapFailure,
)
from calcom.models.syncing import (
    LONG_AGO,
    BookedPhase,
    ConnectionTest,
    OrphanedBooking,
    SyncState,
    WebhookDelivery,
)

__all__ = [
    "BOOKABLE_ID",
    "BREAKING",
    "HIGH",
    "LONG_AGO",
    "BookedPhase",
    "CalcomEventMap",
    "CalcomEventMapQuerySet",
    "ConnectionTest",
    "DriftKind",
    "EventMapDrift",
    "EventMapFailure",
    "OrphanedBooking",
    "SyncState",
    "WebhookDelivery",
]
