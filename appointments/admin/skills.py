"""Who performs what, as ticks: the same rows seen from the staff member and from the service."""

from functools import partial
from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from appointments.admin.base import CompanyScopedAdmin, choices_for
from appointments.admin.shown import name_of


class SkillsForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A form with `skills` to tick. The admin tells it whose eyes it is for: `request`."""

    request: HttpRequest
    skills_model: type[Model]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "skills" not in self.fields:
            return  # only shown, not edited
        rows = choices_for(self.skills_model, self.request)
        if self.instance.pk:
            rows = rows.filter(company=self.instance.company_id)
            self.initial["skills"] = self.chosen_ids()
        field: Any = self.fields["skills"]
        field.widget = UnfoldAdminCheckboxSelectMultipleWidget()
        field.label_from_instance = partial(name_of, bare=bool(self.instance.pk))
        field.queryset = rows

    def chosen_ids(self) -> set[int]:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        company = data.get("company")
        if company and any(row.company_id != company.pk for row in data.get("skills", ())):
            self.add_error("skills", _("Some of these belong to another company."))
        return data


class SkillsAdmin(CompanyScopedAdmin):
    """Saves the ticks of a `SkillsForm`."""

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        # On the class, which was made for this request. A subclass would make its fields anew.
        form.request = request
        return form

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        if "skills" in form.changed_data:
            wanted = {row.pk for row in form.cleaned_data["skills"]}
            standing = form.chosen_ids()
            self.write_skills(form.instance, add=wanted - standing, remove=standing - wanted)
        super().save_related(request, form, formsets, change)

    def write_skills(self, row: Any, *, add: set[int], remove: set[int]) -> None:
        raise NotImplementedError
