"""What can come of news from Cal.com."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    """What was done about a booking here."""

    IGNORED = "ignored", _("does not concern this salon")
    KNOWN = "known", _("known already")
    ADOPTED = "adopted", _("recognised as our own")
    MOVED = "moved", _("appointment moved")
    CANCELLED = "cancelled", _("appointment cancelled")
    REVIEW = "review", _("left to a person")
    LEFT = "left", _("left to the sync")
    ORPHANED = "orphaned", _("is to be cancelled in Cal.com")
    BUSY = "busy", _("time blocked")
    FREED = "freed", _("time free again")


# After these something was written, and what was read before may be old by now.
CHANGES = frozenset(
    {
        Outcome.ADOPTED,
        Outcome.MOVED,
        Outcome.CANCELLED,
        Outcome.REVIEW,
        Outcome.BUSY,
        Outcome.FREED,
    }
)


class NotYetError(Exception):
    """Cal.com, or our own sync, has not finished what this is about: look again later."""


class ReadAgainError(Exception):
    """Somebody has noted something else of this booking since it was read."""
