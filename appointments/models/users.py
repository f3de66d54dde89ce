"""Who logs in to the back office."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from appointments.models.salon import Company


class User(AbstractUser):
    """A person who logs in. Without a company only a superuser sees anything."""

    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        related_name="users",
        null=True,
        blank=True,
        verbose_name=_("company"),
    )
