"""What belongs to no single app: who gets in, and what they may do."""

from booking_site.admin import attempts, groups, users

__all__ = ["attempts", "groups", "users"]
