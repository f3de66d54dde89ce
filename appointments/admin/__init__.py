"""The back office: what staff see and do all day."""

from appointments.admin import appointments, audit, catalogue, customers, flags, salon

__all__ = ["appointments", "audit", "catalogue", "customers", "flags", "salon"]
