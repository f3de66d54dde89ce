"""What became of an appointment: the trail that moves and cancellations leave."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.models.appointment import Appointment
from appointments.models.constraints import SameCompany
from appointments.models.salon import Company, Staff


class AppointmentChange(models.Model):
    """One move or cancellation, written in its transaction and never changed."""

    class Kind(models.TextChoices):
        MOVED = "moved", _("moved")
        CANCELLED = "cancelled", _("cancelled")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    # Only holds are ever deleted, and nothing happens to them: ask for none each time.
    appointment = models.ForeignKey(
        Appointment, on_delete=models.DO_NOTHING, related_name="changes"
    )
    kind = models.CharField(_("change"), max_length=10, choices=Kind)
    changed_at = models.DateTimeField(_("when"), default=timezone.now)
    # The call in which it was asked for; empty: not on the phone.
    call_id = models.CharField(_("call"), max_length=100, blank=True)
    starts_at = models.DateTimeField(_("start before"))
    ends_at = models.DateTimeField(_("end before"))
    staff = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="+", verbose_name=_("staff before")
    )
    # Of a move only.
    new_starts_at = models.DateTimeField(_("new start"), null=True, blank=True)
    new_staff = models.ForeignKey(
        Staff,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("new staff member"),
    )

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        constraints = [
            SameCompany("appointment", name="change_appointment_same_company"),
            SameCompany("staff", name="change_staff_same_company"),
            SameCompany("new_staff", name="change_new_staff_same_company"),
        ]
        indexes = [
            models.Index(fields=["company", "call_id"], name="change_of_call"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.kind}"
