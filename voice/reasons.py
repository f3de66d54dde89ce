"""Why somebody wants to be called back, and how urgently, from a model's or a caller's words."""

import re

from appointments.models import CallbackReason, CallbackRequest

Priority = CallbackRequest.Priority

# Beginnings of words, German and English, the weightiest reason first.
REASONS: tuple[tuple[CallbackReason, str], ...] = (
    (CallbackReason.COMPLAINT, r"complain|beschwer|reklam|unzufrieden|unhappy|dissatisf"),
    (CallbackReason.URGENT, r"urgen|dringend|dringlich|eilig|eilt|notfall|emergenc|sofort"),
    (
        CallbackReason.BOOKING_FAILED,
        r"booking_?\s?fail|fail|gescheitert|fehlgeschlagen|nicht geklappt|technical|technisch",
    ),
    (
        CallbackReason.NOTHING_FREE,
        r"nothing|no_?\s?(?:slot|availab)|unavailable|nichts|kein(?:en)? .*termin|ausgebucht",
    ),
    (CallbackReason.MOVE, r"reschedul|move|verschieb|verleg|umbuch"),
    (CallbackReason.CANCEL, r"cancel|absag|stornier"),
)
PRIORITIES: tuple[tuple[Priority, str], ...] = (
    (Priority.URGENT, r"urgen|dringend|sofort|emergenc|notfall|asap"),
    (Priority.HIGH, r"high|hoch|important|wichtig"),
)


def reason_of(said: str) -> CallbackReason:
    """Return the reason somebody gave; what is none of the known ones is simply a wish."""
    return next((reason for reason, words in REASONS if _begins(words, said)), CallbackReason.WISH)


def priority_of(said: str) -> Priority:
    """Return how urgent it was said to be; normal, where nothing was."""
    return next(
        (priority for priority, words in PRIORITIES if _begins(words, said)), Priority.NORMAL
    )


def _begins(words: str, said: str) -> bool:
    return bool(re.search(rf"(?<![^\W_])(?:{words})", said, re.IGNORECASE))
