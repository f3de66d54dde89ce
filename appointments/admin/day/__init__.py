"""The day view: who serves whom, when and with what, and every way to change it."""

from appointments.admin.day.pages import card, day

__all__ = ["card", "day"]
