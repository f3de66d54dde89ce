"""Time that is taken, and by no appointment of ours."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.models.audited import AuditedQuerySet, audited
from appointments.models.constraints import SameCompany
from appointments.models.salon import Company, Staff


@audited(unkept=("reason",))
class BusyTime(models.Model):
    """Time taken by something that is not our appointment: a foreign booking, or a block.

    Without a staff member it blocks everybody of its company, until it is known whose it is.
    """

    class Source(models.TextChoices):
        CALCOM = "calcom", "Cal.com"
        STAFF = "staff", _("staff")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="busy_times")
    staff = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="busy_times", null=True, blank=True
    )
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.STAFF)
    external_uid = models.CharField(_("booking uid"), max_length=100, blank=True)
    reason = models.CharField(_("reason"), max_length=150, blank=True)

    objects = AuditedQuerySet.as_manager()

    class Meta:
        verbose_name = _("busy time")
        verbose_name_plural = _("busy times")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="busy_time_runs_forwards"
            ),
            models.UniqueConstraint(
                fields=["company", "external_uid"],
                condition=~Q(external_uid=""),
                name="busy_time_external_uid_once",
            ),
            SameCompany("staff", name="busy_time_staff_same_company"),
        ]
        indexes = [models.Index(fields=["company", "starts_at"], name="busy_time_of_company")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.starts_at:%Y-%m-%d %H:%M}"
