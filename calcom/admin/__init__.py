"""Manual review, and the bookkeeping of the sync."""

from calcom.admin import bookkeeping, reviews

__all__ = ["bookkeeping", "reviews"]
