"""The appointments app: the domain."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = _("Salon")

    def ready(self) -> None:
        from appointments import backstops, checks  # noqa: F401, PLC0415 -- needs loaded models

        pre_migrate.connect(backstops.take_down, sender=self)
        # Without a sender: the last app to migrate may have rebuilt a table.
        post_migrate.connect(backstops.put_up)
