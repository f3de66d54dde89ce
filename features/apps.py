"""The features app: flags, and the only place that knows waffle."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class FeaturesConfig(AppConfig):
    name = "features"
    verbose_name = _("Feature flags")

    def ready(self) -> None:
        from features.flags import create_missing_rows  # noqa: PLC0415 -- needs loaded models

        post_migrate.connect(create_missing_rows, sender=self)
