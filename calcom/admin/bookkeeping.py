"""What Cal.com and we know of each other: event maps, sync progress, orphans, webhooks."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.admin.base import CompanyScopedAdmin, ReadOnlyAdmin
from appointments.admin.filters import ChoicesFilter, DefaultingFilter, OwnRelatedFilter
from appointments.admin.shown import NOTHING, label, link_to, moment
from calcom.inbound.outcomes import Outcome
from calcom.models import CalcomEventMap, OrphanedBooking, SyncState, WebhookDelivery


class EventMapForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A map for a segment that exists."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        service, key = data.get("service"), data.get("segment_key")
        if service and key:
            keys = [segment.key for segment in service.get_segments() if segment.staff_required]
            if key not in keys:
                self.add_error(
                    "segment_key",
                    _("%(service)s has no hands-on segment %(key)s; it has: %(keys)s.")
                    % {"service": service.name, "key": key, "keys": ", ".join(keys)},
                )
        return data


@admin.register(CalcomEventMap)
class EventMapAdmin(CompanyScopedAdmin):
    form = EventMapForm
    affects_availability = True
    list_display = (
        "service_name",
        "segment_key",
        "staff_name",
        "branch_name",
        "bookable",
        "usable",
    )
    list_filter = (
        "is_broken",
        ("branch", OwnRelatedFilter),
        ("staff", OwnRelatedFilter),
        ("service", OwnRelatedFilter),
    )
    list_filter_submit = True
    search_fields = ("service__name", "staff__name", "event_type_id", "child_event_type_id")
    ordering = ("service__name", "staff__name", "segment_key", "pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "company",
                    ("branch", "staff"),
                    ("service", "segment_key"),
                    ("event_type_id", "child_event_type_id"),
                    "usable",
                )
            },
        ),
    )
    readonly_fields = ("usable",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("company", "branch", "service", "staff")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.is_broken = False  # somebody has just corrected it; Cal.com will say if not
        super().save_model(request, obj, form, change)

    def edited_fields(self, form: Any) -> list[str]:
        return [*super().edited_fields(form), "is_broken"]

    @admin.display(description=gettext_lazy("service"), ordering="service__name")
    def service_name(self, row: CalcomEventMap) -> str:
        return row.service.name

    @admin.display(description=gettext_lazy("staff member"), ordering="staff__name")
    def staff_name(self, row: CalcomEventMap) -> str:
        return row.staff.name

    @admin.display(description=gettext_lazy("branch"), ordering="branch__name")
    def branch_name(self, row: CalcomEventMap) -> str:
        return row.branch.name

    @admin.display(description=gettext_lazy("event type"), ordering="event_type_id")
    def bookable(self, row: CalcomEventMap) -> str:
        return str(row.bookable_id)

    @admin.display(description=gettext_lazy("state"), ordering="is_broken")
    def usable(self, row: CalcomEventMap) -> SafeString | str:
        return label(_("broken"), "danger") if row.is_broken else label(_("usable"), "success")


class GivenUpFilter(DefaultingFilter):
    """All, or only what was left to a person."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("", gettext_lazy("All")), ("given_up", gettext_lazy("given up"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(gave_up=True) if self.value() else queryset


@admin.register(SyncState)
class SyncStateAdmin(ReadOnlyAdmin):
    company_path = "appointment__company"
    list_display = ("of", "progress", "tries", "given_up", "next_attempt")
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
class OrphanedBookingAdmin(ReadOnlyAdmin):
    list_display = ("uid", "reason", "of", "attempts", "error", "next_attempt_at", "gone")
    list_filter = ("reason", ("cancelled_at", admin.EmptyFieldListFilter))
    search_fields = ("uid", "appointment__public_id")
    ordering = ("-created_at", "-pk")
    fields = (
        "uid",
        "reason",
        "of",
        "attempts",
        "error",
        "next_attempt_at",
        "cancelled_at",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related(
            "company", "appointment__branch__company", "appointment__service"
        )

    @admin.display(description=gettext_lazy("appointment"))
    def of(self, orphan: OrphanedBooking) -> SafeString | str:
        return _link(orphan.appointment) if orphan.appointment else NOTHING

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
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """What Cal.com has told us, and what came of it."""

    list_display = ("received", "trigger", "uid", "settled", "what_came", "attempts", "error")
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

    @admin.display(description=gettext_lazy("outcome"), ordering="outcome")
    def what_came(self, delivery: WebhookDelivery) -> str:
        return str(Outcome(delivery.outcome).label) if delivery.outcome else NOTHING


def _link(appointment: Any) -> SafeString | str:
    start = moment(appointment.starts_at, appointment.branch)
    return link_to(appointment, f"{start}, {appointment.service.name}")
