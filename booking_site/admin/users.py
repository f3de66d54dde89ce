"""Who logs in, for which company. A manager makes users of the own company, up to the own role."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.enums import ActionVariant
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from appointments.admin.acting import ConfirmDialog, action, leave
from appointments.admin.base import CompanyScopedAdmin, company_id_of, sees_everything
from appointments.admin.filters import OwnRelatedFilter
from appointments.admin.shown import NOTHING
from appointments.models import User
from booking_site.access import second_factor
from booking_site.access.throttle import unlock

SUPERUSERS_ONLY = frozenset({"company", "is_staff", "is_superuser", "user_permissions"})


def powers_of(user: User) -> QuerySet[Permission]:
    """Return what somebody may do, by role or by themselves; also while they are not active.

    Django's own answer for whoever is not active is nothing, and they can be made active again.
    """
    return Permission.objects.filter(Q(user=user) | Q(group__user=user))


def roles_within(user: User) -> QuerySet[Group]:
    """Return the groups that can do nothing that this person cannot."""
    beyond = Permission.objects.exclude(pk__in=powers_of(user).values("pk"))
    return Group.objects.exclude(permissions__in=beyond)


def _is_no_stronger(user: User, *, than: Any) -> bool:
    beyond = powers_of(user).exclude(pk__in=powers_of(than).values("pk"))
    return not user.is_superuser and not beyond.exists()


class RolesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Groups by their names; those that come with the site are words of the catalogue."""

    def label_from_instance(self, obj: Any) -> str:
        return str(capfirst(gettext(obj.name)))


@admin.register(User)
class UserAdmin(CompanyScopedAdmin, DjangoUserAdmin):  # type: ignore[type-arg]  # Django's mix-in of mix-ins
    """Superusers work on everybody; others on those of their company who can do no more than they.

    Nobody gives what they do not have: neither by a role, nor by editing, or giving a password
    to, somebody who can do more.
    """

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "roles", "two_steps", "is_active")
    list_filter = ("is_active", "groups")
    list_filter_submit = True
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    actions_detail = ("two_factor", "reset_two_factor", "unlock_log_in")
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
            {"fields": ("username", "company", "password1", "password2")},
        ),
        (_("Permissions"), {"fields": ("is_staff", "groups")}),
    )
    readonly_fields = ("last_login", "date_joined")

    # --- Whom one sees, and whom one may change ------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        confirmed = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("groups")
        rows = rows.annotate(asks_for_code=Exists(confirmed))
        return rows if sees_everything(request) else rows.filter(is_superuser=False)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        if obj is None or sees_everything(request):
            return True
        user = self._user(request, obj)
        return user is not None and _is_no_stronger(user, than=request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_everything(request)  # others take the log-in away: who did what stays told

    def _user(self, request: HttpRequest, obj: Any) -> User | None:
        """Return whom a page speaks of: buttons give the key, messages a row that has a name."""
        if isinstance(obj, User):
            return obj
        return self.get_object(request, str(getattr(obj, "pk", obj)))

    # --- What one may give ---------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if sees_everything(request):
            return fieldsets
        return [
            (title, {"fields": [it for it in options["fields"] if it not in SUPERUSERS_ONLY]})
            for title, options in fieldsets
        ]

    def get_list_filter(self, request: HttpRequest) -> Any:
        more = ("is_superuser", ("company", OwnRelatedFilter)) if sees_everything(request) else ()
        return (*super().get_list_filter(request), *more)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if sees_everything(request) and "company" in form.base_fields:
            form.base_fields["company"].disabled = False  # the first superuser has none yet
        return form

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs |= {
                "form_class": RolesField,
                "label": capfirst(gettext("roles")),
                "help_text": "",
                "widget": UnfoldAdminCheckboxSelectMultipleWidget(),
            }
            if isinstance(request.user, User) and not sees_everything(request):
                kwargs["queryset"] = roles_within(request.user)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change and not sees_everything(request):
            obj.company_id, obj.is_staff = company_id_of(request), True
        super().save_model(request, obj, form, change)

    # --- The way in ----------------------------------------------------------------------------

    @action(
        description=_("Two-factor sign-in"),
        icon="phonelink_lock",
        permissions=["own_two_factor"],
        url_path="two-factor",
    )
    def two_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page about it, which is everybody's own."""
        return HttpResponseRedirect(reverse("two_factor"))

    def has_own_two_factor_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return str(request.user.pk) == str(object_id)

    @action(
        description=_("Reset two-factor sign-in"),
        icon="mobile_off",
        permissions=["reset_two_factor"],
        url_path="reset-two-factor",
        variant=ActionVariant.DANGER,
        dialog={
            "title": _("Reset two-factor sign-in?"),
            "description": _(
                "For a lost phone. Make sure that it is really this person who asks: from then on "
                "the password is enough, until they set it up again. If somebody else may know "
                "it, set a new one as well."
            ),
            "form_class": ConfirmDialog,
            "form_submit_text": _("Yes, reset it"),
        },
    )
    def reset_two_factor(
        self, request: HttpRequest, _form: ConfirmDialog, object_id: str
    ) -> HttpResponse:
        user = self._changeable(request, object_id)
        second_factor.turn_off(user)
        text = gettext("%(user)s logs in with the password alone now.")
        return self._done(request, user, text)

    def has_reset_two_factor_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Not one's own: that takes a proof, on one's own page."""
        user = self._user(request, object_id) if object_id else None
        return (
            user is not None
            and user != request.user
            and second_factor.asks_for_code(user)
            and self.has_change_permission(request, user)
        )

    @action(
        description=_("Let log in again"),
        icon="lock_open",
        permissions=["change"],
        url_path="unlock",
        dialog={
            "title": _("Let log in again?"),
            "description": _("After too many wrong passwords: the pause ends now."),
            "form_class": ConfirmDialog,
            "form_submit_text": _("Yes, end the pause"),
        },
    )
    def unlock_log_in(
        self, request: HttpRequest, _form: ConfirmDialog, object_id: str
    ) -> HttpResponse:
        user = self._changeable(request, object_id)
        unlock(username=user.get_username())
        return self._done(request, user, gettext("%(user)s can log in again."))

    def _changeable(self, request: HttpRequest, object_id: str) -> User:
        user = self._user(request, object_id)
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        return user

    def _done(self, request: HttpRequest, user: User, text: str) -> HttpResponse:
        self.message_user(request, text % {"user": self.in_words(user)}, messages.SUCCESS)
        return leave(request, reverse("admin:appointments_user_change", args=[user.pk]))

    # --- How they look -------------------------------------------------------------------------

    def in_words(self, row: Any) -> str:
        return str(row.get_full_name() or row.get_username())

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name() or NOTHING

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        if user.is_superuser:
            return gettext("superuser")
        names = sorted(capfirst(gettext(group.name)) for group in user.groups.all())
        return ", ".join(names) or NOTHING

    @admin.display(description=_("two steps"), boolean=True, ordering="asks_for_code")
    def two_steps(self, user: Any) -> bool:
        return bool(user.asks_for_code)
