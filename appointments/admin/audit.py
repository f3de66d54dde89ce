"""The audit trail: looked at, and nothing else."""

from typing import Any

from celery import current_app
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from appointments.admin.base import ReadOnlyAdmin, choices_for, digits_in, within_company
from appointments.admin.filters import ChoicesFilter, OnDayFilter, OptionFilter, OwnRelatedFilter
from appointments.admin.shown import moment, name_of
from appointments.admin.trail import actor_of, customer_of, in_words
from appointments.models import AuditEntry, Customer, User
from appointments.models.audited import AUDITS


class TypeFilter(OptionFilter):
    """What kind of row it was done to."""

    title = _("type")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        named = (
            (model._meta.label_lower, capfirst(gettext(str(model._meta.verbose_name))))
            for model in AUDITS
        )
        return sorted(named, key=lambda each: each[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        return queryset.filter(model=chosen) if chosen else queryset


class CustomerFilter(OptionFilter):
    """One customer: chosen on their page, not from a list of thousands."""

    title = _("customer")
    parameter_name = "customer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        chosen = request.GET.get(self.parameter_name, "")
        if not chosen.isdecimal():
            return []
        return [
            (str(row.pk), name_of(row)) for row in choices_for(Customer, request).filter(pk=chosen)
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if not chosen:
            return queryset
        return queryset.filter(customer=chosen) if chosen.isdecimal() else queryset.none()


class EntryDayFilter(OnDayFilter):
    field = "at"


class EntryList(ChangeList):
    """A page of entries, with what they name looked up for all of them at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = in_words(self.result_list)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("when", "who", "what", "verb", "changed", "customer_name")
    list_display_links = None
    list_filter = (
        ("actor", ChoicesFilter),
        ("user", OwnRelatedFilter),
        TypeFilter,
        ("verb", ChoicesFilter),
        EntryDayFilter,
        CustomerFilter,
    )
    list_filter_submit = True
    search_fields = ("call_id",)  # and more, in `get_search_results`
    search_help_text = _("Customer's name or number, person, call or task")
    ordering = ("-at", "-pk")
    fields = ("when", "who", "what", "verb", "changed", "customer_name")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("company", "user", "customer")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return EntryList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find whom or what is named, and then what they did: the trail is too long to read."""
        term = search_term.strip()
        if not term:
            return queryset, False
        customers = within_company(Customer.objects.all(), request)
        if digits := digits_in(term):
            return queryset.filter(customer__in=customers.filter(phone__contains=digits)), False
        for word in term.split():
            customers = customers.filter(name__icontains=word)
        users = User.objects.filter(username__icontains=term)
        ways = (
            Q(customer__in=customers),
            Q(user__in=list(users.values_list("pk", flat=True))),
            Q(call_id=term),
            Q(task__in=[name for name in current_app.tasks if term in name]),
        )
        first, *others = (queryset.order_by().filter(way).values("pk") for way in ways)
        return queryset.filter(pk__in=first.union(*others)), False

    def in_words(self, row: AuditEntry) -> str:
        return f"{moment(row.at)}, {row.get_verb_display()}"

    def _told(self, entry: AuditEntry) -> AuditEntry:
        """Return an entry in words: those of a list were looked up together."""
        return entry if hasattr(entry, "words") else in_words([entry])[0]

    @admin.display(description=_("when"), ordering="at")
    def when(self, entry: AuditEntry) -> str:
        return moment(entry.at)

    @admin.display(description=_("by"), ordering="actor")
    def who(self, entry: AuditEntry) -> str:
        return actor_of(entry)

    @admin.display(description=_("on"), ordering="model")
    def what(self, entry: AuditEntry) -> SafeString | str:
        return self._told(entry).subject  # type: ignore[attr-defined,no-any-return]  # given by `in_words`

    @admin.display(description=_("changes"))
    def changed(self, entry: AuditEntry) -> SafeString | str:
        return self._told(entry).words  # type: ignore[attr-defined,no-any-return]  # given by `in_words`

    @admin.display(description=_("customer"), ordering="customer__name")
    def customer_name(self, entry: AuditEntry) -> str:
        return customer_of(entry)
