"""Filters of lists: by people and places of one's own company, and by the calendar."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from appointments.admin.base import ModelAdmin, choices_for, is_reckonable
from appointments.admin.shown import name_of

if TYPE_CHECKING:
    from django.contrib.admin import ChoicesFieldListFilter as ChoicesDropdownFilter
    from django.contrib.admin import RelatedFieldListFilter as RelatedDropdownFilter
    from django.contrib.admin import SimpleListFilter as DropdownFilter
else:
    from unfold.contrib.filters.admin import (
        ChoicesDropdownFilter,
        DropdownFilter,
        RelatedDropdownFilter,
    )
from unfold.widgets import UnfoldAdminTextInputWidget


class OwnRelatedFilter(RelatedDropdownFilter):
    """Offers only what the person may see."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = gettext(str(self.title))

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: ModelAdmin
    ) -> list[tuple[str, Any]]:
        return [(str(row.pk), name_of(row)) for row in choices_for(field.related_model, request)]


class ChoicesFilter(ChoicesDropdownFilter):
    """One of a column's choices."""


class OptionFilter(DropdownFilter):
    """A choice of what no column says by itself."""


class DefaultingFilter(DropdownFilter):
    """A choice whose first one, called "", holds until something else is chosen."""

    all_option = None


class PeriodFilter(DefaultingFilter):
    """From today on, unless something else is chosen, a day is named, or a search runs."""

    title = _("period")
    parameter_name = "period"
    field = "starts_at"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, Any]]:
        return [
            ("", _("From today on")),
            ("today", _("Today")),
            ("tomorrow", _("Tomorrow")),
            ("week", _("Next 7 days")),
            ("past", _("Before today")),
            ("all", _("All")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        chosen = self.value()
        if not chosen and (request.GET.get("q") or request.GET.get(OnDayFilter.parameter_name)):
            return queryset
        first, last = {
            "today": (today, today),
            "tomorrow": (today + timedelta(days=1), today + timedelta(days=1)),
            "week": (today, today + timedelta(days=6)),
            "past": (None, today - timedelta(days=1)),
            "all": (None, None),
        }.get(chosen or "", (today, None))
        return between(queryset, self.field, first, last)


class DayForm(forms.Form):
    """One day, in the browser's own date picker."""

    def __init__(self, *, name: str, label: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        widget = UnfoldAdminTextInputWidget(attrs={"type": "date"})
        self.fields[name] = forms.CharField(label=label, required=False, widget=widget)


class OnDayFilter(DropdownFilter):
    """One day."""

    title = _("day")
    parameter_name = "day"
    field = "starts_at"

    def has_output(self) -> bool:
        return True

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, Any]]:
        return []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        day = read_day(self.value())
        return between(queryset, self.field, day, day) if day else queryset

    def choices(self, changelist: Any) -> Iterator[Any]:
        name = self.parameter_name
        yield {"form": DayForm(name=name, label=str(_("On day")), data={name: self.value()})}


def read_day(text: Any) -> date | None:
    """Return the day that stands in an address; None for what is none, or none to reckon with."""
    try:
        day = parse_date(text or "")
    except ValueError:
        return None  # 31 February, typed into the address
    return day if day and is_reckonable(day) else None


def between(
    rows: QuerySet[Any], field: str, first: date | None, last: date | None
) -> QuerySet[Any]:
    """Keep the rows from the first day to the last, both included; None leaves it open."""
    if first:
        rows = rows.filter(**{f"{field}__gte": _midnight(first)})
    if last:
        rows = rows.filter(**{f"{field}__lt": _midnight(last + timedelta(days=1))})
    return rows


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
