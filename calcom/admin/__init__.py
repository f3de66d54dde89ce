"""Manual review, event maps, and the bookkeeping of the sync."""

from calcom.admin import bookkeeping, connections, event_maps, reviews

__all__ = ["bookkeeping", "connections", "event_maps", "reviews"]
