"""What every admin has in common: people see, choose and change what is their company's."""

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import FieldDoesNotExist, SuspiciousOperation, ValidationError
from django.db import models
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSingleTimeWidget

from appointments.actions.announcing import announce_availability
from appointments.admin.paging import LatePaginator
from appointments.admin.shown import NOTHING, name_of
from appointments.admin.trail import trail_of
from appointments.models import Company, User

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    from unfold.admin import ModelAdmin, TabularInline

Rows = TypeVar("Rows", bound=QuerySet[Any])

YEARS = range(1901, 9999)

PHONE_LIKE = re.compile(r"[\d\s()+/.-]{4,}")


def is_reckonable(day: date) -> bool:
    """Whether there is a day before and a week after it, in every time zone."""
    return day.year in YEARS


def validate_reckonable(day: date) -> None:
    if not is_reckonable(day):
        raise ValidationError(_("Nobody can reckon with this year; choose another day."))


def is_phone_like(said: str) -> bool:
    """Whether what somebody searches for is a telephone number, or a part of one."""
    return PHONE_LIKE.fullmatch(said.strip()) is not None


def digits_in(search_term: str) -> str:
    """Return what all spellings of a number have in common; "" where it is none."""
    if not is_phone_like(search_term):
        return ""
    digits = re.sub(r"\D", "", search_term)
    return (digits.removeprefix("0049").removeprefix("49") or digits).lstrip("0")


def sees_everything(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser


def company_id_of(request: HttpRequest) -> int | None:
    """Return the one company whose data this person may see; None for none, or for all."""
    user = request.user
    if isinstance(user, User) and user.is_active and not user.is_superuser:
        return user.company_id
    return None


def is_admitted(request: HttpRequest) -> bool:
    """Whether there is anything at all for this person to see."""
    return sees_everything(request) or company_id_of(request) is not None


def path_to_company(model: type[Model]) -> str | None:
    """Return how a query gets from a row to its company; None where it has none."""
    if issubclass(model, Company):
        return "pk"
    try:
        model._meta.get_field("company")
    except FieldDoesNotExist:
        return None
    return "company"


def within_company(rows: Rows, request: HttpRequest, *, path: str | None = None) -> Rows:
    """Keep what this person may see: their company's rows; a superuser everything.

    Args:
        rows: of any model.
        request: whose user asks.
        path: how to get from a row to its company; None to find out. Rows that lead to no
            company are shown to no company.
    """
    if sees_everything(request):
        return rows
    path = path or path_to_company(rows.model)
    company_id = company_id_of(request)
    if path is None or company_id is None:
        return rows.none()
    return rows.filter(**{path: company_id})


def choices_for(model: type[Model], request: HttpRequest) -> QuerySet[Any]:
    """Return the rows of a model that this person may choose, by name."""
    rows = within_company(model._default_manager.all(), request)
    names = {field.name for field in model._meta.get_fields()}
    if "company" in names and sees_everything(request):
        rows = rows.select_related("company")  # several salons: `name_of` says whose it is
    return rows.order_by("name", "pk") if "name" in names else rows.order_by("pk")


class NamedChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A choice of rows that are called by their names."""

    def label_from_instance(self, obj: Model) -> str:
        return name_of(obj)


class MinuteField(forms.SplitDateTimeField):
    """A moment as people give it. What was kept to the second counts as unchanged."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.widgets[1].format = "%H:%M"

    def has_changed(self, initial: Any, data: Any) -> bool:
        if isinstance(initial, datetime):
            initial = initial.replace(second=0, microsecond=0)
        return super().has_changed(initial, data)


class ChoosesOwn:
    """Offers in every foreign key only what the person may see, and takes days that exist."""

    # Foreign keys to what belongs to nobody in particular.
    shared_fields: tuple[str, ...] = ()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.DateTimeField):
            kwargs.setdefault("form_class", MinuteField)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]  # the admin's
        if field and isinstance(db_field, models.DateField):
            field.validators.append(validate_reckonable)
        return field

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:  # type: ignore[type-arg]  # not subscriptable at run time
        if db_field.name not in self.shared_fields:
            kwargs["queryset"] = choices_for(db_field.related_model, request)
        kwargs.setdefault("form_class", NamedChoiceField)
        # One that was given no name is called like its column: a word of the catalogue as well.
        kwargs.setdefault("label", capfirst(gettext(str(db_field.verbose_name))))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc, no-any-return]  # the admin's


class ScopedTabularInline(ChoosesOwn, TabularInline):
    """Rows that are part of their parent: whoever may see it sees them."""

    extra = 0
    hide_title = True
    # Nobody opens at 9 and 0 seconds.
    formfield_overrides = {
        models.TimeField: {"widget": UnfoldAdminSingleTimeWidget(format="%H:%M")},
    }

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name a field: the head of its column is no label to a screen reader."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field:
            widget: Any = getattr(field.widget, "widget", field.widget)  # not the signs around it
            widget.attrs["aria-label"] = capfirst(str(field.label))
        return field


class ReadOnlyInline(ScopedTabularInline):
    """Rows to look at, for whoever may see their parent."""

    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admitted(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Named:
    """A row that a page calls by what people call it, in place of what logs call it."""

    def __init__(self, row: Model, words: str) -> None:
        self._row, self._words = row, words

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)

    def __str__(self) -> str:
        return self._words


class CompanyScopedAdmin(ChoosesOwn, ModelAdmin):
    """A superuser works on every company, everybody else on their own, and without one on none.

    List `company` first among the fields: people of a company do not see it, and nobody can
    change it once a row exists.

    Attributes:
        company_path: how a query gets from a row to its company.
        affects_availability: whether an edit can make slots appear or disappear.
        phone_fields: numbers that a search finds in any spelling.
        named_with: relations that `in_words` reads.
        named_along: those to several rows.
    """

    company_path: str | None = None
    affects_availability = False
    phone_fields: tuple[str, ...] = ()
    named_with: tuple[str, ...] = ()
    named_along: tuple[str, ...] = ()
    list_per_page = 50
    paginator = LatePaginator
    object_history_template = "admin/appointments/history.html"

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show the audit trail, which knows more than what was done in the back office."""
        trail = SimpleLazyObject(lambda: trail_of(self.model, object_id))
        return super().history_view(request, object_id, {**(extra_context or {}), "trail": trail})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = within_company(super().get_queryset(request), request, path=self.company_path)
        return rows.select_related("company") if self._shows_company(request) else rows

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        return [*columns, "company_name"] if self._shows_company(request) else columns

    def _shows_company(self, request: HttpRequest) -> bool:
        return sees_everything(request) and path_to_company(self.model) == "company"

    @admin.display(description=_("company"), ordering="company__name")
    def company_name(self, row: Any) -> str:
        return str(row.company.name) if row.company else NOTHING

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_admitted(request) and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admitted(request) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_admitted(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admitted(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admitted(request) and super().has_delete_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if sees_everything(request):
            return fieldsets
        return [
            (title, {**options, "fields": [n for n in options["fields"] if n != "company"]})
            for title, options in fieldsets
        ]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Keep the company in the form even where it is not shown.

        Its constraints ("this number once per company") are checked only for fields of the form.
        """
        shown = kwargs.get("fields")
        if shown and self._has_company_field(request, obj):
            kwargs["fields"] = [*dict.fromkeys([*shown, "company"])]
        form = super().get_form(request, obj, change=change, **kwargs)
        if "company" in form.base_fields and (obj or not sees_everything(request)):
            company = form.base_fields["company"]
            company.disabled = True
            company.initial = obj.company_id if obj else company_id_of(request)
        return form

    def _has_company_field(self, request: HttpRequest, obj: Any) -> bool:
        return path_to_company(self.model) == "company" and "company" not in (
            self.get_readonly_fields(request, obj)
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Take from the address what its fields can show: a moment has two, and shows no text."""
        given = super().get_changeform_initial_data(request)
        moments = {
            field.name
            for field in self.model._meta.concrete_fields
            if isinstance(field, models.DateTimeField)
        }
        return {name: value for name, value in given.items() if name not in moments}

    def in_words(self, row: Any) -> str:
        """Return what the title of a row's page, and messages about it, call the row."""
        return name_of(row, bare=True)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            words = self.in_words(obj)
            context |= {"original": Named(obj, words), "subtitle": words}
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return super().response_add(request, Named(obj, self.in_words(obj)), post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return super().response_change(request, Named(obj, self.in_words(obj)))

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Act on the rows that were ticked; what is no key was ticked on no page."""
        if not all(key.isdecimal() for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise SuspiciousOperation
        return super().response_action(request, *args, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find numbers however they are written: 0151 23, +49 151 23 and 0049 15123."""
        if self.phone_fields and (digits := digits_in(search_term)):
            wanted = Q()
            for field in self.phone_fields:
                wanted |= Q(**{f"{field}__contains": digits})
            return queryset.filter(wanted), False
        return super().get_search_results(request, queryset, search_term)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
        elif edited := self.edited_fields(form):
            # Only what was edited: a worker may have written the rest since it was read.
            obj.save(update_fields=edited)

    def edited_fields(self, form: Any) -> list[str]:
        columns = {field.name for field in self.model._meta.concrete_fields}
        return [name for name in form.changed_data if name in columns]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        self._announce(form.instance)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        self._announce(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        deleted = list(queryset)
        super().delete_queryset(request, queryset)
        for row in deleted:
            self._announce(row)

    def _announce(self, row: Any) -> None:
        if self.affects_availability:
            announce_availability(row.pk if isinstance(row, Company) else row.company_id)


class ReadOnlyAdmin(CompanyScopedAdmin):
    """Rows that only our own workers write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
