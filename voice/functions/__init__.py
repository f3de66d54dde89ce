"""One function per tool of the agent: hear, one call inward, speak."""

from voice.functions import availability, booking, callers, catalogue, information, slots
from voice.functions.registry import FUNCTIONS, Function

__all__ = [
    "FUNCTIONS",
    "Function",
    "availability",
    "booking",
    "callers",
    "catalogue",
    "information",
    "slots",
]
