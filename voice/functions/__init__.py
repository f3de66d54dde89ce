"""One function per tool of the agent: hear, one call inward, speak."""

from voice.functions import (
    availability,
    booking,
    callers,
    calling_back,
    cancelling,
    catalogue,
    information,
    moving,
    slots,
)
from voice.functions.registry import FUNCTIONS, Function

__all__ = [
    "FUNCTIONS",
    "Function",
    "availability",
    "booking",
    "callers",
    "calling_back",
    "cancelling",
    "catalogue",
    "information",
    "moving",
    "slots",
]
