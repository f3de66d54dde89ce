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

from appointments.admin.base import ModelAdmin, sees_everything
from booking_site.roles import ROLES

# Secrets are nobody's to look at. A lost phone is dealt with on the user's page.
for model in (TOTPDevice, StaticDevice):
    admin.site.unregister(model)


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Roles come from the code and are only shown; groups of one's own can be made beside them."""

    list_display = ("title", "kept")

    @admin.display(description=_("name"), ordering="name")
    def title(self, group: Group) -> str:
        return capfirst(gettext(group.name)) if group.name in ROLES else group.name

    @admin.display(description=_("comes with the site"), boolean=True)
    def kept(self, group: Group) -> bool:
        return group.name in ROLES

    # No group can give these: whoever edits groups gives themselves what they like.

    def has_module_permission(self, request: HttpRequest) -> bool:
        return sees_everything(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_everything(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return sees_everything(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_everything(request) and not _is_role(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_everything(request) and not _is_role(obj)


def _is_role(group: Any) -> bool:
    return isinstance(group, Group) and group.name in ROLES
