"""Who logs in to the back office."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from appointments.models.audited import audited, audited_choices
from appointments.models.salon import Company


@audited(
    only=(
        "username",
        "password",
        "email",
        "company",
        "is_active",
        "is_staff",
        "is_superuser",
    ),
    unkept=("password", "email"),
)
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


audited_choices(User, "groups")
audited_choices(User, "user_permissions")
