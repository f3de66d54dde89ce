"""What lists and pages say about an appointment and its phases."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.admin.base import ReadOnlyInline
from appointments.admin.shown import (
    NOTHING,
    clock,
    link_to,
    moment,
    phone_link,
    status_label,
    sync_label,
    two_lines,
)
from appointments.admin.steps import step_of
from appointments.models import Appointment, AppointmentChange, AppointmentPhase


class AppointmentColumns:
    """What every list and page says about an appointment."""

    @admin.display(description=gettext_lazy("start"), ordering="starts_at")
    def start(self, appointment: Appointment) -> SafeString:
        start = moment(appointment.starts_at, appointment.branch)
        return format_html('<span class="whitespace-nowrap">{}</span>', start)

    @admin.display(description=gettext_lazy("time"))
    def time_span(self, appointment: Appointment) -> str:
        begin, end = appointment.starts_at, appointment.ends_at
        minutes = int((end - begin).total_seconds() // 60)
        until = clock(end, appointment.branch)
        return f"{moment(begin, appointment.branch)} {NOTHING} {until} ({minutes} min)"

    @admin.display(description=gettext_lazy("customer"), ordering="customer__name")
    def who(self, appointment: Appointment) -> str:
        if appointment.customer is None:
            return appointment.customer_name or NOTHING
        return appointment.customer.name

    @admin.display(description=gettext_lazy("phone"))
    def phone(self, appointment: Appointment) -> SafeString | str:
        return phone_link(appointment.customer.phone if appointment.customer else None)

    @admin.display(description=gettext_lazy("customer"), ordering="customer__name")
    def who_and_phone(self, appointment: Appointment) -> SafeString:
        return two_lines(self.who(appointment), self.phone(appointment))

    @admin.display(description=gettext_lazy("service"), ordering="service__name")
    def what_and_whom(self, appointment: Appointment) -> SafeString:
        return two_lines(self.what(appointment), self.whom(appointment))

    @admin.display(description=gettext_lazy("service"), ordering="service__name")
    def what(self, appointment: Appointment) -> str:
        return appointment.service.name

    @admin.display(description=gettext_lazy("staff member"), ordering="staff__name")
    def whom(self, appointment: Appointment) -> str:
        return appointment.staff.name

    @admin.display(description=gettext_lazy("branch"), ordering="branch__name")
    def where(self, appointment: Appointment) -> str:
        return appointment.branch.name

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, appointment: Appointment) -> SafeString:
        return status_label(appointment)

    @admin.display(description="Cal.com", ordering="sync_status")
    def synced(self, appointment: Appointment) -> SafeString | str:
        return sync_label(appointment)

    @admin.display(description=gettext_lazy("customer"))
    def customer_link(self, appointment: Appointment) -> SafeString | str:
        customer = appointment.customer
        return link_to(customer, customer.name) if customer else NOTHING

    @admin.display(description=gettext_lazy("synced"))
    def synced_when(self, appointment: Appointment) -> str:
        return moment(appointment.synced_at, appointment.branch)

    @admin.display(description=gettext_lazy("last error of Cal.com"))
    def error(self, appointment: Appointment) -> SafeString | str:
        """Keep Cal.com's own words folded: the reason has said it in ours."""
        if not appointment.sync_error:
            return NOTHING
        return format_html(
            '<details><summary class="cursor-pointer">{}</summary>'
            '<pre class="mt-2 text-xs whitespace-pre-wrap">{}</pre></details>',
            _("Show"),
            appointment.sync_error,
        )

    @admin.display(description=gettext_lazy("changed in Cal.com"))
    def changed_outside(self, appointment: Appointment) -> str:
        return moment(appointment.changed_outside_at, appointment.branch)


class PhaseInline(ReadOnlyInline):
    """The phases as they were computed, each with what Cal.com holds of it."""

    model = AppointmentPhase
    ordering = ("sequence",)
    fields: ClassVar[tuple[str, ...]] = (
        "step",
        "span",
        "hands",
        "synced",
        "calcom_booking_uid",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related(
            "appointment__branch__company", "appointment__service", "staff"
        ).prefetch_related("appointment__service__segments")

    @admin.display(description=gettext_lazy("segment"))
    def step(self, phase: AppointmentPhase) -> str:
        return step_of(phase.appointment.service, phase.segment_key)

    @admin.display(description=gettext_lazy("time"))
    def span(self, phase: AppointmentPhase) -> str:
        branch = phase.appointment.branch
        return f"{clock(phase.starts_at, branch)} {NOTHING} {clock(phase.ends_at, branch)}"

    @admin.display(description=gettext_lazy("hands-on"))
    def hands(self, phase: AppointmentPhase) -> str:
        return phase.staff.name if phase.staff_required else _("waiting time")

    @admin.display(description="Cal.com")
    def synced(self, phase: AppointmentPhase) -> SafeString | str:
        return sync_label(phase)


class ChangeInline(ReadOnlyInline):
    """What became of an appointment, and in which call."""

    model = AppointmentChange
    ordering = ("changed_at", "pk")
    fields: ClassVar[tuple[str, ...]] = ("when", "kind", "before", "after", "call_id")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("appointment__branch__company", "staff", "new_staff")

    @admin.display(description=gettext_lazy("when"))
    def when(self, change: AppointmentChange) -> str:
        return moment(change.changed_at, change.appointment.branch)

    @admin.display(description=gettext_lazy("before"))
    def before(self, change: AppointmentChange) -> str:
        return f"{moment(change.starts_at, change.appointment.branch)}, {change.staff.name}"

    @admin.display(description=gettext_lazy("after"))
    def after(self, change: AppointmentChange) -> str:
        if change.new_staff is None:
            return NOTHING
        new = moment(change.new_starts_at, change.appointment.branch)
        return f"{new}, {change.new_staff.name}"
