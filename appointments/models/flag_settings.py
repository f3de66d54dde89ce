"""What a company has set for a flag."""

from django.conf import settings
from django.db import models, transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from appointments.models.audited import AuditedQuerySet, audited
from appointments.models.salon import Company
from features.models import CompanyFlag


@audited()
class FlagSetting(models.Model):
    """One flag, on or off for one company.

    It lives here because it points at both: flags know no companies.
    """

    flag = models.ForeignKey(
        settings.WAFFLE_FLAG_MODEL,
        on_delete=models.CASCADE,
        related_name="settings",
        verbose_name=_("flag"),
    )
    company = models.ForeignKey(
        Company,
        on_delete=models.CASCADE,
        related_name="flag_settings",
        verbose_name=_("company"),
    )
    is_on = models.BooleanField(_("on"), default=True)

    objects = AuditedQuerySet.as_manager()

    class Meta:
        verbose_name = _("flag setting")
        verbose_name_plural = _("flag settings")
        constraints = [
            models.UniqueConstraint(fields=["flag", "company"], name="flag_setting_once")
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


# What holds for everyone is nobody's: of no company.
audited(company="", only=("everyone",), creations=False)(CompanyFlag)


@receiver([post_save, post_delete], sender=FlagSetting)
def forget_cached_flag(instance: FlagSetting, **_: object) -> None:
    """Waffle keeps flags in the cache, and itself forgets them only when *they* are saved."""
    flag = instance.flag

    def forget() -> None:
        flag.flush()

    transaction.on_commit(forget, robust=True)
