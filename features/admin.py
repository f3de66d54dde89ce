"""Flags: what each means, and what ops have set for everyone."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget

from features.flags import Flag
from features.models import CompanyFlag

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Model]
else:
    from unfold.admin import ModelAdmin

FOR_EVERYONE = (
    ("", _("Not set: each company's own setting holds, else the default")),
    ("on", _("On for everyone, whatever a company has set")),
    ("off", _("Off for everyone, whatever a company has set")),
)
STORED = {"": None, "on": True, "off": False}


class FlagForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """One decision in plain words."""

    for_everyone = forms.ChoiceField(
        label=_("for everyone"),
        choices=FOR_EVERYONE,
        required=False,
        widget=UnfoldAdminRadioSelectWidget,
    )

    class Meta:
        model = CompanyFlag
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {stored: word for word, stored in STORED.items()}
        self.initial["for_everyone"] = words[self.instance.everyone]


@admin.register(CompanyFlag)
class CompanyFlagAdmin(ModelAdmin):
    """For superusers: a flag concerns every company. A company's own are on its page."""

    form = FlagForm
    list_display = ("name", "meaning", "everyone_label", "default_label")
    search_fields = ("name", "note")
    ordering = ("name",)
    fields = ("name", "meaning", "default_label", "for_everyone")
    readonly_fields = ("name", "meaning", "default_label")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # flags are made in code

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("meaning"))
    def meaning(self, flag: CompanyFlag) -> str:
        return gettext(flag.note) if flag.note else "\N{EN DASH}"

    @admin.display(description=_("for everyone"), ordering="everyone")
    def everyone_label(self, flag: CompanyFlag) -> SafeString | str:
        return _on_off(flag.everyone, ("success", "danger"))

    @admin.display(description=_("default"))
    def default_label(self, flag: CompanyFlag) -> SafeString | str:
        if flag.name not in set(Flag):
            return gettext("not used any more")
        default = Flag(flag.name).default
        return _on_off(settings.FEATURE_DEFAULTS.get(flag.name, default), ("default", "default"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.everyone = STORED[form.cleaned_data["for_everyone"]]
        super().save_model(request, obj, form, change)


def _on_off(value: bool | None, colours: tuple[str, str]) -> SafeString | str:
    if value is None:
        return gettext("not set")
    text, colour = (gettext("on"), colours[0]) if value else (gettext("off"), colours[1])
    return render_to_string("unfold/helpers/label.html", {"text": text, "type": colour})
