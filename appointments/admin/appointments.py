"""Appointments: looked at here, changed only through actions."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.enums import ActionVariant

from appointments import actions
from appointments.admin.acting import (
    CancelDialog,
    ConfirmDialog,
    ReasonForm,
    action,
    back_to,
    leave,
    page,
)
from appointments.admin.base import choices_for
from appointments.admin.booking_forms import BookingForm
from appointments.admin.columns import AppointmentColumns, ChangeInline, PhaseInline
from appointments.admin.exporting import ExportsCsv
from appointments.admin.filters import ChoicesFilter, OnDayFilter, OwnRelatedFilter, PeriodFilter
from appointments.admin.moving import PATIENCE_SECONDS, Moving, line_about, while_confirmed
from appointments.admin.refusals import explain
from appointments.admin.shown import NOTHING, moment
from appointments.admin.walking_in import WalkingIn
from appointments.errors import AppointmentError
from appointments.models import Appointment, Branch, Status
from appointments.ports import Deadline


@admin.register(Appointment)
class AppointmentAdmin(WalkingIn, Moving, AppointmentColumns, ExportsCsv):
    """The list of appointments, and everything staff can do with one."""

    list_display = ("start", "who_and_phone", "what_and_whom", "where", "state", "synced")
    list_filter = (
        PeriodFilter,
        OnDayFilter,
        ("status", ChoicesFilter),
        ("sync_status", ChoicesFilter),
        ("branch", OwnRelatedFilter),
        ("staff", OwnRelatedFilter),
    )
    list_filter_submit = True
    search_fields = ("customer__name", "customer_name", "customer__phone", "public_id")
    search_help_text = gettext_lazy("Name or telephone number")
    named_with = ("branch__company", "customer")
    phone_fields = ("customer__phone",)
    ordering = ("starts_at", "pk")
    inlines = (PhaseInline, ChangeInline)
    actions = ("cancel_selected", "complete_selected", "no_show_selected")
    actions_detail = ("move", "cancel", "complete", "no_show")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("time_span", "state"),
                    ("customer_link", "phone"),
                    ("what", "whom"),
                    ("where", "customer_name"),
                    "notes",
                )
            },
        ),
        (
            gettext_lazy("Cal.com"),
            {"fields": (("synced", "synced_when"), "error", "review", "changed_outside")},
        ),
        (
            gettext_lazy("History"),
            {
                "fields": (
                    ("source", "created"),
                    "override_reason",
                    "reschedule_count",
                    ("cancelled", "cancel_reason"),
                )
            },
        ),
        (
            gettext_lazy("For whoever runs the site"),
            {"classes": ("collapse",), "fields": ("call_id", "public_id", "version")},
        ),
    )
    # Everything but the notes: the rest belongs to the actions.
    readonly_fields = (
        "time_span",
        "customer_link",
        "customer_name",
        "phone",
        "what",
        "whom",
        "where",
        "state",
        "synced",
        "synced_when",
        "error",
        "review",
        "changed_outside",
        "source",
        "call_id",
        "created",
        "reschedule_count",
        "cancelled",
        "cancel_reason",
        "override_reason",
        "public_id",
        "version",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("company", "branch__company", "customer", "service", "staff")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "notes" and field:
            field.widget.attrs["rows"] = 3
        return field

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def in_words(self, row: Appointment) -> str:
        return f"{moment(row.starts_at, row.branch)}, {self.who(row)}"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Holds belong to a caller who is still deciding: nobody edits them."""
        held = isinstance(obj, Appointment) and obj.status == Status.HELD
        return not held and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # cancelled, not deleted: the calendars must agree, and history stays

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        several = choices_for(Branch, request).count() > 1
        return [name for name in columns if several or name != "where"]

    @admin.display(description=gettext_lazy("created"))
    def created(self, appointment: Appointment) -> str:
        return moment(appointment.created_at, appointment.branch)

    @admin.display(description=gettext_lazy("cancelled"))
    def cancelled(self, appointment: Appointment) -> str:
        return moment(appointment.cancelled_at, appointment.branch)

    @admin.display(description=gettext_lazy("version"))
    def version(self, appointment: Appointment) -> int:
        return appointment.revision

    @admin.display(description=gettext_lazy("review"))
    def review(self, appointment: Appointment) -> SafeString | str:
        if not appointment.requires_manual_review:
            return appointment.review_note or NOTHING
        return format_html(
            '<a class="text-link" href="{}">{}</a>',
            reverse("admin:appointments_review_change", args=[appointment.pk]),
            appointment.review_in_words,
        )

    # --- Booking: a page of its own, as moving has in `moving.py` ---------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Book. Outside the admin's own transaction: the action opens, and ends, its own."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = BookingForm(
            request.POST or None,
            request=request,
            initial=dict(request.GET.items()),
            may_override=self.has_override_permission(request),
        )
        if form.is_valid() and (appointment := self._book(request, form)):
            return leave(request, back_to(request, self.page_of(appointment)))
        return page(
            request,
            self,
            title=_("Book an appointment"),
            button=_("Book"),
            back=back_to(request, reverse("admin:appointments_appointment_changelist")),
            form=form,
        )

    def _book(self, request: HttpRequest, form: BookingForm) -> Appointment | None:
        order = form.order()
        try:
            booked = actions.book(
                order=order, now=timezone.now(), deadline=Deadline.after(PATIENCE_SECONDS)
            )
        except AppointmentError as refusal:
            form.add_error(*explain(refusal, order.branch.zone))
            return None
        appointment = booked.appointment
        self.log_addition(request, appointment, [{"added": {}}])
        self.message_user(request, _("Booked: %s") % line_about(appointment), messages.SUCCESS)
        return appointment

    # --- Ending: dialogs on the page, actions on the list ----------------------------------

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer only what can still be done."""
        appointment = self.get_object(request, str(object_id))
        if appointment is None or appointment.status != Status.CONFIRMED:
            return []
        begun = appointment.starts_at <= timezone.now()
        buttons = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # the theme's
        return [
            button
            for button in buttons
            if begun or not button.action_name.endswith(("_complete", "_no_show"))
        ]

    @while_confirmed
    @action(
        description=gettext_lazy("Cancel appointment"),
        icon="event_busy",
        permissions=["change"],
        url_path="cancel",
        variant=ActionVariant.DANGER,
        dialog={
            "title": gettext_lazy("Cancel this appointment?"),
            "description": gettext_lazy(
                "Its time becomes free, and it is cancelled in Cal.com too. This cannot be undone."
            ),
            "form_class": CancelDialog,
            "form_submit_text": gettext_lazy("Yes, cancel the appointment"),
        },
    )
    def cancel(self, request: HttpRequest, form: CancelDialog, object_id: str) -> HttpResponse:
        appointment = self.get_changeable(request, object_id)
        self._cancel(request, [appointment], reason=form.cleaned_data["reason"])
        return leave(request, back_to(request, self.page_of(appointment)))

    @while_confirmed
    @action(
        description=gettext_lazy("Customer came"),
        icon="done_all",
        permissions=["change"],
        url_path="complete",
        dialog={
            "title": gettext_lazy("Mark as completed?"),
            "description": gettext_lazy("The customer was here and was served."),
            "form_class": ConfirmDialog,
            "form_submit_text": gettext_lazy("Completed"),
        },
    )
    def complete(self, request: HttpRequest, _form: ConfirmDialog, object_id: str) -> HttpResponse:
        appointment = self.get_changeable(request, object_id)
        self._finish(request, [appointment], Status.COMPLETED)
        return leave(request, back_to(request, self.page_of(appointment)))

    @while_confirmed
    @action(
        description=gettext_lazy("Customer did not come"),
        icon="person_off",
        permissions=["change"],
        url_path="no-show",
        dialog={
            "title": gettext_lazy("Mark as no-show?"),
            "description": gettext_lazy("The customer did not come and did not cancel."),
            "form_class": ConfirmDialog,
            "form_submit_text": gettext_lazy("No-show"),
        },
    )
    def no_show(self, request: HttpRequest, _form: ConfirmDialog, object_id: str) -> HttpResponse:
        appointment = self.get_changeable(request, object_id)
        self._finish(request, [appointment], Status.NO_SHOW)
        return leave(request, back_to(request, self.page_of(appointment)))

    @admin.action(description=gettext_lazy("Cancel appointments …"), permissions=["change"])
    def cancel_selected(
        self, request: HttpRequest, queryset: QuerySet[Appointment]
    ) -> HttpResponse | None:
        form = ReasonForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            self._cancel(request, list(queryset), reason=form.cleaned_data["reason"])
            return None
        appointments = list(queryset)
        chosen = [(ACTION_CHECKBOX_NAME, row.pk) for row in appointments]
        return page(
            request,
            self,
            title=_("Cancel appointments"),
            button=_("Cancel appointments"),
            back=request.get_full_path(),
            form=form,
            explanation=_(
                "Their time becomes free, and they are cancelled in Cal.com too. "
                "This cannot be undone."
            ),
            about=[line_about(row) for row in appointments],
            hidden=[("action", "cancel_selected"), ("confirmed", "yes"), *chosen],
            variant="danger",
        )

    @admin.action(description=gettext_lazy("Mark as completed"), permissions=["change"])
    def complete_selected(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        self._finish(request, list(queryset), Status.COMPLETED)

    @admin.action(description=gettext_lazy("Mark as no-show"), permissions=["change"])
    def no_show_selected(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        self._finish(request, list(queryset), Status.NO_SHOW)

    def _cancel(self, request: HttpRequest, rows: list[Appointment], *, reason: str) -> None:
        cancelled = [
            row
            for row in rows
            if actions.cancel(appointment=row, now=timezone.now(), reason=reason)
        ]
        for row in cancelled:
            self.log_change(request, row, _("Cancelled. %s") % reason)
        text = ngettext(
            "%(count)s appointment cancelled.", "%(count)s appointments cancelled.", len(cancelled)
        )
        self._report(request, text % {"count": len(cancelled)}, skipped=len(rows) - len(cancelled))

    def _finish(self, request: HttpRequest, rows: list[Appointment], status: Status) -> None:
        now = timezone.now()
        done = [
            row
            for row in rows
            if row.starts_at <= now and actions.finish(appointment=row, status=status, now=now)
        ]
        for row in done:
            self.log_change(request, row, str(status.label))
        text = ngettext(
            "%(count)s appointment marked: %(status)s.",
            "%(count)s appointments marked: %(status)s.",
            len(done),
        )
        self._report(
            request,
            text % {"count": len(done), "status": status.label},
            skipped=len(rows) - len(done),
        )

    def _report(self, request: HttpRequest, text: str, *, skipped: int) -> None:
        self.message_user(request, text, messages.SUCCESS)
        if skipped:
            left = ngettext(
                "%(count)s was left as it is: not confirmed any more, or not begun yet.",
                "%(count)s were left as they are: not confirmed any more, or not begun yet.",
                skipped,
            )
            self.message_user(request, left % {"count": skipped}, messages.WARNING)
