"""Customers, and the callbacks they were promised."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from appointments.actions import escalating
from appointments.admin.acting import action
from appointments.admin.base import ReadOnlyInline, is_phone_like, within_company
from appointments.admin.booking_forms import CustomerChoiceField, PhoneField
from appointments.admin.callback_actions import CallbackActions
from appointments.admin.columns import AppointmentColumns
from appointments.admin.exporting import ExportsCsv
from appointments.admin.filters import ChoicesFilter, DefaultingFilter, OwnRelatedFilter
from appointments.admin.personal import PersonalDataAdmin
from appointments.admin.shown import (
    CALLBACK_REASONS,
    NOTHING,
    label,
    link_to,
    moment,
    name_of,
    phone_link,
    two_labels,
    two_lines,
)
from appointments.domain.names import spellings_of
from appointments.models import (
    Appointment,
    CallbackReason,
    CallbackRequest,
    Customer,
)
from appointments.queries.visits import get_visits, with_next_visit

CHOICES_AT_ONCE = 20
# Shorter words sound like too much; and more than so many names are no help.
SHORTEST_SOUND, MOST_HEARD = 3, 50


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    phone = PhoneField(label=_("phone"), required=False)

    class Meta:
        model = Customer
        fields = ("company", "name", "phone", "email", "notes")

    def clean_email(self) -> str | None:
        return self.cleaned_data["email"] or None


class CustomerAppointmentInline(AppointmentColumns, ReadOnlyInline):
    model = Appointment
    ordering = ("-starts_at", "-pk")
    fields = readonly_fields = ("page", "what", "whom", "where", "state")
    per_page = 20
    verbose_name_plural = _("appointments, cancelled ones too")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("branch__company", "service", "staff", "customer")

    @admin.display(description=_("start"))
    def page(self, appointment: Appointment) -> SafeString | str:
        return link_to(appointment, moment(appointment.starts_at, appointment.branch))


@admin.register(Customer)
class CustomerAdmin(ExportsCsv, PersonalDataAdmin):
    form = CustomerForm
    list_display = ("name", "number", "email", "next_visit", "missed", "created")
    search_fields = ("name", "phone", "email")
    search_help_text = _("Name, telephone number or e-mail")
    phone_fields = ("phone",)
    ordering = ("name", "pk")
    inlines = (CustomerAppointmentInline,)
    actions_detail = ("book_again", *PersonalDataAdmin.actions_detail)
    fieldsets = (
        (None, {"fields": ("company", "name", ("phone", "email"), "notes")}),
        (_("Visits"), {"fields": (("upcoming", "counted"),)}),
    )
    readonly_fields = ("upcoming", "counted")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_next_visit(super().get_queryset(request), now=timezone.now())

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else fieldsets[:1]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find names however they are spelled: Mueller is Müller, and Maier sounds like Meyer."""
        if not search_term.strip() or is_phone_like(search_term):
            return super().get_search_results(request, queryset, search_term)
        found = queryset
        for word in search_term.split():
            ways = Q(email__icontains=word)
            for spelling in spellings_of(word):
                ways |= Q(name__icontains=spelling)
            found = found.filter(ways)
        if len(search_term.strip()) < SHORTEST_SOUND or found.exists():
            return found, False
        heard = within_company(Customer.objects.sounding_like(search_term), request)
        keys = heard.order_by("sounds", "pk").values_list("pk", flat=True)[:MOST_HEARD]
        return queryset.filter(pk__in=list(keys)), False

    @admin.display(description=_("next visit"), ordering="next_visit_at")
    def next_visit(self, customer: Any) -> str:
        return moment(customer.next_visit_at)

    @admin.display(description=_("did not come"), ordering="no_shows")
    def missed(self, customer: Any) -> SafeString | str:
        return label(customer.no_shows, "warning") if customer.no_shows else NOTHING

    @admin.display(description=_("next visit"))
    def upcoming(self, customer: Customer) -> SafeString | str:
        row = get_visits(customer, now=timezone.now()).upcoming
        if row is None:
            return NOTHING
        return link_to(row, f"{moment(row.starts_at, row.branch)}, {row.service.name}")

    @admin.display(description=_("so far"))
    def counted(self, customer: Customer) -> str:
        visits = get_visits(customer, now=timezone.now())
        text = _("completed: %(completed)s, did not come: %(no_shows)s, cancelled: %(cancelled)s")
        return str(text) % {
            "completed": visits.completed,
            "no_shows": visits.no_shows,
            "cancelled": visits.cancelled,
        }

    @action(
        description=_("Book again"),
        icon="event_repeat",
        permissions=["book"],
        url_path="book-again",
    )
    def book_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the booking form, with what this customer had last filled in."""
        customer = self.get_object(request, object_id)
        if customer is None:
            raise Http404
        last = get_visits(customer, now=timezone.now()).latest
        known = {"customer": customer.pk}
        if last:
            known |= {"branch": last.branch_id, "service": last.service_id, "staff": last.staff_id}
        address = reverse("admin:appointments_appointment_add")
        return HttpResponseRedirect(f"{address}?{urlencode(known)}")

    def has_book_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("appointments.add_appointment")

    @admin.display(description=_("phone"), ordering="phone")
    def number(self, customer: Customer) -> SafeString | str:
        return phone_link(customer.phone)

    @admin.display(description=_("customer since"), ordering="created_at")
    def created(self, customer: Customer) -> str:
        return date_format(timezone.localtime(customer.created_at), "SHORT_DATE_FORMAT")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return super().get_inlines(request, obj) if obj else ()

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.choices)
        return [path("choices/", view, name="appointments_customer_choices"), *super().get_urls()]

    def choices(self, request: HttpRequest) -> JsonResponse:
        """Answer a field in which somebody types a customer's name or number."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows, _doubles = self.get_search_results(
            request,
            self.get_queryset(request).order_by("name", "pk"),
            request.GET.get("term", ""),
        )
        found = list(rows[: CHOICES_AT_ONCE + 1])
        return JsonResponse(
            {
                "results": [
                    {"id": str(row.pk), "text": name_of(row)} for row in found[:CHOICES_AT_ONCE]
                ],
                "pagination": {"more": False},
            }
        )


class CallbackStatusFilter(DefaultingFilter):
    """What is still to be done, unless something else is chosen or a search runs."""

    title = _("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("", _("To be done")),
            ("overdue", _("Overdue")),
            ("escalated", _("Escalated")),
            ("over", _("Done or expired")),
            ("all", _("All")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or ("all" if request.GET.get("q") else "")
        still_open = Q(status__in=CallbackRequest.STILL_OPEN)
        return {
            "all": queryset,
            "over": queryset.exclude(still_open),
            "overdue": queryset.filter(still_open, due_at__lt=timezone.now()),
            "escalated": queryset.filter(still_open, escalated_at__isnull=False),
        }.get(chosen, queryset.filter(still_open))


class CallbackForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    phone = PhoneField(label=_("phone"), required=False)
    # Who writes a promise down says why in these words; the rest is said by what failed.
    reason = forms.ChoiceField(
        label=_("reason"), choices=CallbackReason.choices, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given: Any = self.data.get("reason") if self.is_bound else self.initial.get("reason")
        if given in CALLBACK_REASONS and given not in CallbackReason.values:
            reason: Any = self.fields["reason"]
            reason.choices = [(given, CALLBACK_REASONS[given]), *CallbackReason.choices]

    def clean_phone(self) -> str:
        return self.cleaned_data["phone"] or ""


# Written by the clock and by the actions below.
ALARMS = ("touched_at", "alarm", "failed_attempts", "escalated_at", "escalation_reason")


@admin.register(CallbackRequest)
class CallbackRequestAdmin(CallbackActions):
    form = CallbackForm
    list_display = (
        "due",
        "urgency_and_waiting",
        "who_and_number",
        "concern",
        "state_and_assignee",
    )
    list_filter = (
        CallbackStatusFilter,
        ("priority", ChoicesFilter),
        ("assigned_to", OwnRelatedFilter),
    )
    list_filter_submit = True
    search_fields = ("name", "customer__name", "phone", "wish")
    named_with = ("branch__company", "customer")
    phone_fields = ("phone",)
    ordering = ("due_at", "pk")
    change_list_template = "admin/appointments/queue.html"
    nothing_waits = (_("Nobody to call back"), _("Whoever was promised a call has had it."))
    fieldsets = (
        (None, {"fields": ("company", "branch", "customer", ("name", "phone"))}),
        (None, {"fields": ("reason", "wish", "about", "appointment")}),
        (None, {"fields": (("status", "assigned_to"), "priority", "due_at")}),
        (_("History"), {"fields": ("created_at", *ALARMS, "call_id")}),
    )
    readonly_fields = ("about", "created_at", *ALARMS, "call_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related(
            "company", "branch__company", "customer", "assigned_to", "appointment__branch__company"
        )

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:  # type: ignore[type-arg]  # not subscriptable at run time
        if db_field.name == "customer":
            kwargs["form_class"] = CustomerChoiceField
        if db_field.name == "appointment":  # set by the page that this one was opened from
            kwargs["widget"] = forms.HiddenInput()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def in_words(self, row: CallbackRequest) -> str:
        return f"{moment(row.due_at, row.branch)}, {self.who(row)}"

    @admin.display(description=_("due"), ordering="due_at")
    def due(self, callback: CallbackRequest) -> SafeString | str:
        due = moment(callback.due_at, callback.branch)
        if callback.status in CallbackRequest.STILL_OPEN and callback.due_at < timezone.now():
            return label(due, "danger", icon="alarm", title=str(_("overdue")))
        return due

    def urgency(self, callback: CallbackRequest) -> SafeString:
        colours = {"urgent": "danger", "high": "warning"}
        return label(callback.get_priority_display(), colours.get(callback.priority, "default"))

    def waiting(self, callback: CallbackRequest) -> SafeString | str:
        """Say that it was escalated, or that nobody has touched it for too long."""
        if callback.status not in CallbackRequest.STILL_OPEN:
            return NOTHING
        if callback.escalated_at:
            reason = callback.get_escalation_reason_display()
            return label(_("escalated"), "danger", icon="priority_high", title=reason)
        if callback.alarm and not callback.touched_at:
            colour = "warning" if callback.alarm == CallbackRequest.Alarm.WARNING else "danger"
            return label(callback.get_alarm_display(), colour, icon="hourglass_bottom")
        return NOTHING

    @admin.display(description=_("priority"), ordering="priority")
    def urgency_and_waiting(self, callback: CallbackRequest) -> SafeString:
        return two_labels(self.urgency(callback), self.waiting(callback))

    @admin.display(description=_("name"), ordering="name")
    def who(self, callback: CallbackRequest) -> str:
        return callback.name or (callback.customer.name if callback.customer else NOTHING)

    @admin.display(description=_("phone"), ordering="phone")
    def number(self, callback: CallbackRequest) -> SafeString | str:
        return phone_link(callback.phone) if callback.phone else label(_("no number"), "warning")

    @admin.display(description=_("name"), ordering="name")
    def who_and_number(self, callback: CallbackRequest) -> SafeString:
        return two_lines(self.who(callback), self.number(callback))

    @admin.display(description=_("concern"), ordering="reason")
    def concern(self, callback: CallbackRequest) -> SafeString:
        one = (
            '<div><span class="font-semibold text-important">{}</span>'
            '<div class="told">{}</div></div>'
        )
        return format_html(one, self.why(callback), callback.wish)

    @admin.display(description=_("appointment"))
    def about(self, callback: CallbackRequest) -> SafeString | str:
        row = callback.appointment
        return link_to(row, moment(row.starts_at, row.branch)) if row else NOTHING

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, callback: CallbackRequest) -> str:
        return str(CALLBACK_REASONS.get(callback.reason, callback.reason))

    def state(self, callback: CallbackRequest) -> SafeString:
        colours = {"open": "info", "assigned": "info", "done": "success"}
        return label(callback.get_status_display(), colours.get(callback.status, "default"))

    @admin.display(description=_("status"), ordering="status")
    def state_and_assignee(self, callback: CallbackRequest) -> SafeString:
        """Say who has it in hand; that it was assigned goes without saying then."""
        if callback.assigned_to is None or callback.status != CallbackRequest.Status.ASSIGNED:
            return self.state(callback)
        return label(callback.assigned_to.name, "info")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        if change:
            escalating.note_touched(callback=obj, now=timezone.now())
