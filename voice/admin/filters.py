"""What the list of calls is narrowed to: a day, an outcome, a length."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from appointments.admin.filters import OnDayFilter, OptionFilter


class CallDayFilter(OnDayFilter):
    field = "created_at"


class OutcomeFilter(OptionFilter):
    """Whether a call ended in an appointment."""

    title = _("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("appointment", _("with an appointment")), ("none", _("without one"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        outcomes = {"appointment": False, "none": True}
        chosen = outcomes.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(appointment__isnull=chosen)


class LengthFilter(OptionFilter):
    """Calls that took longer than calls should."""

    title = _("duration")
    parameter_name = "longer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("60", _("over a minute")), ("180", _("over three minutes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        seconds = {"60": 60, "180": 180}.get(self.value() or "")
        return queryset.filter(duration_ms__gt=1000 * seconds) if seconds else queryset
