"""The calcom app: keeps Cal.com and us in agreement."""

from django.apps import AppConfig


class CalcomConfig(AppConfig):
    name = "calcom"
    verbose_name = "Cal.com"

    def ready(self) -> None:
        from calcom import receivers  # noqa: F401, PLC0415 -- needs loaded models
