"""A dialog of the theme, asked for where there is no page around it."""

from typing import Any

from django import template
from django.contrib import admin

register = template.Library()


@register.inclusion_tag("admin/appointments/act.html", takes_context=True)
def whole_page(context: Any) -> dict[str, Any]:
    """Draw what a dialog asks as a page with the menu; it leads back to the row's own."""
    from appointments.admin.acting import back_to  # noqa: PLC0415 -- the theme loads all tags first

    request, dialog = context["request"], context["dialog"]
    return {
        **admin.site.each_context(request),
        **context.flatten(),
        "title": dialog["title"],
        "explanation": dialog["description"],
        "button": context["form_submit_text"],
        "back": back_to(request, "../change/"),
    }
