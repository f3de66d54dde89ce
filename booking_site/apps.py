"""The composition root as an app: what is done once all others are there."""

from django.apps import AppConfig, apps
from django.contrib.admin import apps as admin
from django.db.models.signals import post_migrate


class BackOfficeConfig(admin.AdminConfig):
    """Django's admin with a site of our own."""

    default = False
    default_site = "booking_site.back_office.BackOffice"


class BookingSiteConfig(AppConfig):
    name = "booking_site"
    default = True

    def ready(self) -> None:
        from booking_site.access import sessions  # noqa: F401, PLC0415 -- connects; needs models
        from booking_site.roles import put_up_roles  # noqa: PLC0415 -- needs loaded models

        # This app has no models, and so never migrates. With the last that has, every model
        # has its permissions.
        last = [config for config in apps.get_app_configs() if config.models_module][-1]
        post_migrate.connect(put_up_roles, sender=last)
