"""Roles and groups."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from appointments.admin.base import ModelAdmin
from appointments.admin.users import SuperusersOnly
from booking_site.roles import ROLES

# Secrets are nobody's to look at. A lost phone is dealt with on the user's page.
for model in (TOTPDevice, StaticDevice):
    admin.site.unregister(model)


@admin.register(Group)
class GroupAdmin(SuperusersOnly, DjangoGroupAdmin, ModelAdmin):
    """Roles come from the code and are only shown; groups of one's own can be made beside them."""

    list_display = ("title", "kept")

    @admin.display(description=_("name"), ordering="name")
    def title(self, group: Group) -> str:
        return capfirst(gettext(group.name)) if group.name in ROLES else group.name

    @admin.display(description=_("comes with the site"), boolean=True)
    def kept(self, group: Group) -> bool:
        return group.name in ROLES

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_role(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_role(obj) and super().has_delete_permission(request, obj)


def _is_role(group: Any) -> bool:
    return isinstance(group, Group) and group.name in ROLES
