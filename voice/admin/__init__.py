"""The back office of the telephone: calls, and the agents that answer."""

from voice.admin import calls

__all__ = ["calls"]
