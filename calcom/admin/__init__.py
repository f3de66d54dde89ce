"""Manual review, event maps, and the bookkeeping of the sync."""

from calcom.admin import bookkeeping, event_maps, reviews

__all__ = ["bookkeeping", "event_maps", "reviews"]
