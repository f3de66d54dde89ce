"""What is looked at when the site starts."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register
from django.utils.module_loading import import_string


@register(Tags.security, deploy=True)
def credentials_have_their_own_key(**_: Any) -> list[CheckMessage]:
    if settings.CREDENTIALS_KEY:
        return []
    return [
        checks.Warning(
            "CREDENTIALS_KEY is not set; companies' API keys are encrypted with SECRET_KEY.",
            hint="Set CREDENTIALS_KEY, so that changing SECRET_KEY loses no credentials.",
            id="appointments.W001",
        )
    ]


@register()
def the_calendar_exists(**_: Any) -> list[CheckMessage]:
    try:
        import_string(settings.APPOINTMENTS_CALENDAR)
    except ImportError as error:
        return [
            checks.Error(
                f"APPOINTMENTS_CALENDAR names nothing that can be imported: {error}",
                hint='Name a class, such as "calcom.calendar.CalcomCalendar".',
                id="appointments.E001",
            )
        ]
    return []
