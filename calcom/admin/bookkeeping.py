"""What Cal.com and we know of each other: event maps, sync progress, orphans, webhooks."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.admin.acting import action, leave
from appointments.admin.base import ReadOnlyAdmin, is_admitted, within_company
from appointments.admin.filters import ChoicesFilter, DefaultingFilter
from appointments.admin.shown import NOTHING, label, link_to, moment
from appointments.models import Company
from calcom.inbound.outcomes import Outcome
from calcom.models import OrphanedBooking, SyncState, WebhookDelivery


class GivenUpFilter(DefaultingFilter):
    """All, or only what was left to a person."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("", gettext_lazy("All")), ("given_up", gettext_lazy("given up"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(gave_up=True) if self.value() else queryset


class LeadsToConnection(ReadOnlyAdmin):
    """Where people look when Cal.com fails: one click from whether the connection works."""

    actions_list = ("connection",)

    def has_company_permission(self, request: HttpRequest) -> bool:
        return is_admitted(request) and request.user.has_perm("appointments.view_company")

    @action(
        description=gettext_lazy("Connection to Cal.com"),
        icon="network_check",
        permissions=["company"],
        url_path="connection",
    )
    def connection(self, request: HttpRequest) -> HttpResponse:
        """Go to the company's own page of it; where there are several, to the list of them."""
        companies = list(
            within_company(Company.objects.all(), request).values_list("pk", flat=True)
        )
        if len(companies) == 1:
            return leave(request, reverse("admin:appointments_company_connection", args=companies))
        return leave(request, reverse("admin:appointments_company_changelist"))


@admin.register(SyncState)
class SyncStateAdmin(LeadsToConnection):
    company_path = "appointment__company"
    list_display = ("of", "progress", "tries", "given_up", "next_attempt")
    list_display_links = ("progress",)  # the first one leads to the appointment
    list_filter = (GivenUpFilter,)
    search_fields = ("appointment__public_id", "appointment__customer__name")
    ordering = ("-next_attempt_at", "-pk")
    fields = (
        "of",
        "progress",
        "tries",
        "given_up",
        "next_attempt",
        "in_work_until",
        "doubt",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("appointment__branch__company", "appointment__service")

    @admin.display(description=gettext_lazy("appointment"))
    def of(self, state: SyncState) -> SafeString | str:
        return _link(state.appointment)

    @admin.display(description=gettext_lazy("revision in Cal.com / here"))
    def progress(self, state: SyncState) -> SafeString:
        ours = state.appointment.revision
        colour = "success" if state.revision == ours else "warning"
        return label(f"{state.revision} / {ours}", colour)

    @admin.display(description=gettext_lazy("attempts"), ordering="attempts")
    def tries(self, state: SyncState) -> int:
        return state.attempts

    @admin.display(description=gettext_lazy("state"), ordering="gave_up")
    def given_up(self, state: SyncState) -> SafeString | str:
        return label(_("given up"), "danger") if state.gave_up else NOTHING

    @admin.display(description=gettext_lazy("next attempt"), ordering="next_attempt_at")
    def next_attempt(self, state: SyncState) -> str:
        return _if_ahead(state.next_attempt_at, state)

    @admin.display(description=gettext_lazy("in work until"))
    def in_work_until(self, state: SyncState) -> str:
        return _if_ahead(state.leased_until, state)

    @admin.display(description=gettext_lazy("answers open for"))
    def doubt(self, state: SyncState) -> str:
        if state.doubt_from is None:
            return NOTHING
        branch = state.appointment.branch
        return f"{moment(state.doubt_from, branch)} {NOTHING} {moment(state.doubt_until, branch)}"


def _if_ahead(at: datetime, state: SyncState) -> str:
    return moment(at, state.appointment.branch) if at > timezone.now() else NOTHING


@admin.register(OrphanedBooking)
class OrphanedBookingAdmin(LeadsToConnection):
    list_display = ("reason", "of", "gone", "attempts", "next_attempt", "last_error")
    list_filter = ("reason", ("cancelled_at", admin.EmptyFieldListFilter))
    search_fields = ("uid", "appointment__public_id")
    ordering = ("-created_at", "-pk")
    fields = (
        "uid",
        "reason",
        "of",
        "gone",
        "attempts",
        "next_attempt",
        "error",
        "gone_when",
        "found",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related(
            "company", "appointment__branch__company", "appointment__service"
        )

    def in_words(self, row: OrphanedBooking) -> str:
        if row.appointment is None:
            return str(row.get_reason_display())
        start = moment(row.appointment.starts_at, row.appointment.branch)
        return f"{start}, {row.get_reason_display()}"

    @admin.display(description=gettext_lazy("appointment"))
    def of(self, orphan: OrphanedBooking) -> SafeString | str:
        return _link(orphan.appointment) if orphan.appointment else NOTHING

    @admin.display(description=gettext_lazy("next attempt"), ordering="next_attempt_at")
    def next_attempt(self, orphan: OrphanedBooking) -> str:
        """Say when it is tried again; one that was never tried is due at once."""
        if orphan.cancelled_at:
            return NOTHING
        if orphan.next_attempt_at <= timezone.now():
            return _("now")
        return moment(orphan.next_attempt_at, zone=ZoneInfo(orphan.company.timezone))

    @admin.display(description=gettext_lazy("last error of Cal.com"), ordering="error")
    def last_error(self, orphan: OrphanedBooking) -> SafeString | str:
        return _in_a_column(orphan.error)

    @admin.display(description=gettext_lazy("cancelled"))
    def gone_when(self, orphan: OrphanedBooking) -> str:
        return moment(orphan.cancelled_at, zone=ZoneInfo(orphan.company.timezone))

    @admin.display(description=gettext_lazy("found"))
    def found(self, orphan: OrphanedBooking) -> str:
        return moment(orphan.created_at, zone=ZoneInfo(orphan.company.timezone))

    @admin.display(description=gettext_lazy("state"), ordering="cancelled_at")
    def gone(self, orphan: OrphanedBooking) -> SafeString:
        if orphan.cancelled_at:
            return label(_("cancelled"), "success")
        return label(_("still stands"), "danger")


DELIVERY_COLOURS = {
    WebhookDelivery.State.RECEIVED: "warning",
    WebhookDelivery.State.DONE: "success",
    WebhookDelivery.State.IGNORED: "default",
    WebhookDelivery.State.FAILED: "danger",
}


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(LeadsToConnection):
    """What Cal.com has told us, and what came of it."""

    list_display = ("received", "trigger", "settled", "what_came", "attempts", "last_error")
    list_filter = (("state", ChoicesFilter), ("trigger", admin.AllValuesFieldListFilter))
    search_fields = ("uid", "trigger")
    ordering = ("-received_at", "-pk")
    fields = (
        "received",
        "trigger",
        "uid",
        "settled",
        "what_came",
        "attempts",
        "error",
        "processed",
        "facts",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("company")

    @admin.display(description=gettext_lazy("received"), ordering="received_at")
    def received(self, delivery: WebhookDelivery) -> str:
        return moment(delivery.received_at, zone=ZoneInfo(delivery.company.timezone))

    @admin.display(description=gettext_lazy("processed"), ordering="processed_at")
    def processed(self, delivery: WebhookDelivery) -> str:
        return moment(delivery.processed_at, zone=ZoneInfo(delivery.company.timezone))

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def settled(self, delivery: WebhookDelivery) -> SafeString:
        colour = DELIVERY_COLOURS[WebhookDelivery.State(delivery.state)]
        return label(delivery.get_state_display(), colour)

    @admin.display(description=gettext_lazy("last error of Cal.com"), ordering="error")
    def last_error(self, delivery: WebhookDelivery) -> SafeString | str:
        return _in_a_column(delivery.error)

    @admin.display(description=gettext_lazy("outcome"), ordering="outcome")
    def what_came(self, delivery: WebhookDelivery) -> str:
        return str(Outcome(delivery.outcome).label) if delivery.outcome else NOTHING


def _in_a_column(error: str) -> SafeString | str:
    """Let a long text be as wide as can be read, and no wider."""
    one = '<span class="told block">{}</span>'
    return format_html(one, error) if error else NOTHING


def _link(appointment: Any) -> SafeString | str:
    start = moment(appointment.starts_at, appointment.branch)
    return link_to(appointment, f"{start}, {appointment.service.name}")
