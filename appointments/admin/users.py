"""Who logs in, for which company. For superusers alone: whoever edits users could be one."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from appointments.admin.base import ChoosesOwn, ModelAdmin, sees_everything
from appointments.admin.filters import OwnRelatedFilter
from appointments.admin.shown import NOTHING
from appointments.models import User

admin.site.unregister(Group)


class RolesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Groups by their names; those that come with the site are words of the catalogue."""

    def label_from_instance(self, obj: Any) -> str:
        return str(capfirst(gettext(obj.name)))


class SuperusersOnly:
    """Permissions that no group can give."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]  # the admin's
        return rows if sees_everything(request) else rows.none()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return sees_everything(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_everything(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return sees_everything(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_everything(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_everything(request)


@admin.register(User)
class UserAdmin(SuperusersOnly, ChoosesOwn, DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # Django's mix-in of mix-ins
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "company_name", "is_active", "is_superuser")
    list_filter = ("is_active", "is_superuser", "groups", ("company", OwnRelatedFilter))
    list_filter_submit = True
    list_select_related = ("company",)
    fieldsets = (
        (None, {"fields": ("username", "password", "company")}),
        (_("Personal info"), {"fields": (("first_name", "last_name"), "email")}),
        (
            _("Permissions"),
            {
                "fields": (
                    "is_active",
                    "is_staff",
                    "is_superuser",
                    "groups",
                    "user_permissions",
                ),
                "description": _(
                    "Who is not a superuser sees their company's rows only, and of those what "
                    "their permissions allow. Without a company they see nothing."
                ),
            },
        ),
        (_("Important dates"), {"fields": (("last_login", "date_joined"),)}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("username", "company", "usable_password", "password1", "password2")},
        ),
        (_("Permissions"), {"fields": ("is_staff", "groups")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["form_class"] = RolesField
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name() or NOTHING

    @admin.display(description=_("company"), ordering="company__name")
    def company_name(self, user: User) -> str:
        return user.company.name if user.company else NOTHING
