"""Calls: what was said, what became of it, and which need a person."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from appointments.admin.base import CompanyScopedAdmin, ReadOnlyInline, ScopedTabularInline
from appointments.admin.filters import ChoicesFilter, OnDayFilter, OwnRelatedFilter
from appointments.admin.reviews import advice
from appointments.admin.salon import CompanyAdmin
from appointments.admin.shown import NOTHING, label, link_to, moment, phone_link
from voice.models import Agent, Call, FunctionCall


class AgentInline(ScopedTabularInline):
    model = Agent


# The company's page lies below and knows no telephone.
CompanyAdmin.inlines = [AgentInline, *CompanyAdmin.inlines]


class FunctionCallInline(ReadOnlyInline):
    model = FunctionCall
    ordering = ("started_at", "pk")
    fields = readonly_fields = ("when", "name", "arguments", "status", "milliseconds")

    @admin.display(description=_("started"))
    def when(self, call: FunctionCall) -> str:
        return moment(call.started_at)


class CallDayFilter(OnDayFilter):
    field = "created_at"


@admin.register(Call)
class CallAdmin(CompanyScopedAdmin):
    """Calls are written by the telephone; staff only settle what needs a person."""

    list_display = ("when", "caller", "customer_name", "outcome", "state_label", "to_review")
    list_filter = (
        "requires_manual_review",
        CallDayFilter,
        ("state", ChoicesFilter),
        ("branch", OwnRelatedFilter),
    )
    list_filter_submit = True
    search_fields = ("customer__name", "from_number", "call_id")
    search_help_text = _("Name, telephone number or call id")
    phone_fields = ("from_number",)
    ordering = ("-created_at", "-pk")
    inlines = (FunctionCallInline,)
    actions = ("settle",)
    fieldsets = (
        (None, {"fields": ("when", "caller", "number_called", "customer_link", "branch_name")}),
        (None, {"fields": ("state_label", "outcome", "to_review", "what_to_do")}),
        (
            _("Agreed so far"),
            {"fields": ("service_name", "staff_name", "agreed_on", "wished_time")},
        ),
        (_("Origin"), {"fields": ("call_id", "agent_id")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [name for _title, options in self.fieldsets for name in options["fields"]]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related(
            "company",
            "branch__company",
            "customer",
            "appointment__service",
            "appointment__branch__company",
            "service",
            "staff",
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def in_words(self, row: Call) -> str:
        return f"{moment(row.created_at, row.branch)}, {row.from_number or NOTHING}"

    @admin.display(description=_("time"), ordering="created_at")
    def when(self, call: Call) -> str:
        return moment(call.created_at, call.branch)

    @admin.display(description=_("caller"), ordering="from_number")
    def caller(self, call: Call) -> SafeString | str:
        return phone_link(call.from_number)

    @admin.display(description=_("number called"))
    def number_called(self, call: Call) -> str:
        return call.to_number or NOTHING

    @admin.display(description=_("customer"), ordering="customer__name")
    def customer_name(self, call: Call) -> str:
        return call.customer.name if call.customer else NOTHING

    @admin.display(description=_("customer"))
    def customer_link(self, call: Call) -> SafeString | str:
        return link_to(call.customer)

    @admin.display(description=_("branch"))
    def branch_name(self, call: Call) -> str:
        return call.branch.name

    @admin.display(description=_("service"))
    def service_name(self, call: Call) -> str:
        return call.service.name if call.service else NOTHING

    @admin.display(description=_("staff member"))
    def staff_name(self, call: Call) -> str:
        return call.staff.name if call.staff else NOTHING

    @admin.display(description=_("appointment"))
    def outcome(self, call: Call) -> SafeString | str:
        appointment = call.appointment
        if appointment is None:
            return NOTHING
        start = moment(appointment.starts_at, appointment.branch)
        return link_to(appointment, f"{start} {appointment.service.name}")

    @admin.display(description=_("state"), ordering="state")
    def state_label(self, call: Call) -> SafeString:
        running = call.state in {Call.State.INBOUND, Call.State.ONGOING}
        return label(call.get_state_display(), "info" if running else "default")

    @admin.display(description=_("review"), ordering="requires_manual_review")
    def to_review(self, call: Call) -> SafeString | str:
        if not call.requires_manual_review:
            return NOTHING
        reason = call.get_review_reason_display() or _("to review")
        return label(reason, "danger", title=advice(call.review_reason))

    @admin.display(description=_("what to do"))
    def what_to_do(self, call: Call) -> str:
        return advice(call.review_reason) if call.requires_manual_review else NOTHING

    @admin.action(description=_("Review is settled"), permissions=["change"])
    def settle(self, request: HttpRequest, queryset: QuerySet[Call]) -> None:
        settled = list(queryset.filter(requires_manual_review=True))
        queryset.filter(requires_manual_review=True).update(requires_manual_review=False)
        for call in settled:
            self.log_change(request, call, str(_("Review is settled")))
        text = ngettext("%(count)s call settled.", "%(count)s calls settled.", len(settled))
        self.message_user(request, text % {"count": len(settled)}, messages.SUCCESS)
