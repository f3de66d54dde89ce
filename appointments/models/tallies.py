"""What is counted by the day, where no row remembers it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from appointments.models.salon import Company


class Tallied(models.TextChoices):
    """What happens and leaves no row of its own."""

    INVALIDATIONS = "invalidations", _("cache invalidations")
    VERIFICATIONS = "verifications", _("post-sync verifications")
    BOOKINGS_ASKED = "bookings_asked", _("bookings asked of Cal.com")
    BOOKINGS_TAKEN = "bookings_taken", _("refused by Cal.com as taken")
    REVIEWS = "reviews", _("new manual reviews")


class DailyTally(models.Model):
    """How often one thing happened in one company on one day, of the site's zone.

    Prometheus counts the same since a process began; this survives restarts and machines.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="tallies")
    counted_on = models.DateField()
    what = models.CharField(max_length=20, choices=Tallied)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("daily tally")
        verbose_name_plural = _("daily tallies")
        constraints = [
            models.UniqueConstraint(fields=["company", "counted_on", "what"], name="tally_once")
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.what} {self.counted_on:%Y-%m-%d}"
