"""Calls: what was said, what became of it, and which need a person."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from appointments.admin.acting import NoteDialog, NoteForm, action, leave, page
from appointments.admin.base import CompanyScopedAdmin, ScopedTabularInline
from appointments.admin.filters import ChoicesFilter, OwnRelatedFilter
from appointments.admin.reviews import advice
from appointments.admin.salon import CompanyAdmin
from appointments.admin.shown import (
    NOTHING,
    label,
    link_to,
    moment,
    phone_link,
    two_labels,
    two_lines,
    who,
)
from appointments.models import User
from appointments.phones import written
from voice import events
from voice.admin import timeline
from voice.admin.filters import CallDayFilter, LengthFilter, OutcomeFilter
from voice.admin.results import book_address, show_results, wish_of
from voice.admin.words import end_in_words
from voice.calls import settle_review
from voice.events import NO_END
from voice.models import Agent, Call

# They always say something, and ask the database for it.
ALWAYS_SHOWN = frozenset({"results", "went"})


class AgentInline(ScopedTabularInline):
    model = Agent


# The company's page lies below and knows no telephone.
CompanyAdmin.inlines = [AgentInline, *CompanyAdmin.inlines]


@admin.register(Call)
class CallAdmin(CompanyScopedAdmin):
    """Calls are written by the telephone; staff only settle what needs a person."""

    list_display = (
        "when",
        "who_and_number",
        "outcome",
        "length_and_cost",
        "state_and_review",
    )
    list_filter = (
        "requires_manual_review",
        CallDayFilter,
        OutcomeFilter,
        LengthFilter,
        ("state", ChoicesFilter),
        ("branch", OwnRelatedFilter),
    )
    list_filter_submit = True
    search_fields = ("customer__name", "from_number", "call_id")
    search_help_text = _("Name, telephone number or call id")
    phone_fields = ("from_number",)
    ordering = ("-created_at", "-pk")
    actions_detail = ("settle_this",)
    actions = ("settle", "audit_again")

    class Media:
        css = {"all": ("voice/timeline.css",)}

    fieldsets = (
        (None, {"fields": ("when", "caller", "number_called", "customer_link", "branch_name")}),
        (None, {"fields": ("state_label", "results", "to_review", "promised", "what_to_do")}),
        (_("Resolved"), {"fields": ("resolved_when", "resolved_who", "review_note")}),
        (_("What was said and done"), {"fields": ("summary", "went", "recording")}),
        (
            _("Agreed so far"),
            {"fields": ("service_name", "staff_name", "agreed_on", "wished_time", "book_it")},
        ),
        (
            _("Length and cost"),
            {"fields": ("began", "ended", "duration", "cost", "ended_because", "transferred")},
        ),
        (_("Response times"), {"fields": ("latency",)}),
        (_("Origin"), {"fields": ("direction_label", "call_id", "agent_id")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [name for _title, options in self.fieldsets for name in options["fields"]]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what is not known of a call: half of most calls."""
        if obj is None:
            return self.fieldsets
        known = (
            (title, tuple(name for name in options["fields"] if self._says(str(name), obj)))
            for title, options in self.fieldsets
        )
        return [(title, {"fields": fields}) for title, fields in known if fields]

    def _says(self, name: str, call: Call) -> bool:
        if name in ALWAYS_SHOWN:
            return True
        shown = getattr(self, name, None)
        value = shown(call) if shown else getattr(call, name)
        return value not in {None, "", NOTHING}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related(
            "company",
            "review_resolved_by",
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

    def has_settle_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer to settle what is not settled."""
        call = self.get_object(request, str(object_id))
        if call is None or not call.requires_manual_review:
            return []
        return super().get_actions_detail(request, object_id)  # type: ignore[misc, no-any-return]  # the theme's

    @action(
        description=_("Review is settled"),
        icon="task_alt",
        permissions=["settle"],
        url_path="settle",
        dialog={
            "title": _("Is the review settled?"),
            "description": _("The caller was reached, or nothing has to be done."),
            "form_class": NoteDialog,
            "form_submit_text": _("Yes, it is settled"),
        },
    )
    def settle_this(self, request: HttpRequest, form: NoteDialog, object_id: str) -> HttpResponse:
        if not self.has_settle_permission(request):
            raise PermissionDenied
        mine = self.get_queryset(request).filter(pk=object_id)
        if not mine.exists():
            raise Http404
        self._settle(request, mine, note=form.cleaned_data["note"])
        return leave(request, reverse("admin:voice_call_change", args=[object_id]))

    def in_words(self, row: Call) -> str:
        return f"{moment(row.created_at, row.branch)}, {written(row.from_number) or NOTHING}"

    @admin.display(description=_("time"), ordering="created_at")
    def when(self, call: Call) -> SafeString:
        one = '<span class="whitespace-nowrap">{}</span>'
        return format_html(one, moment(call.created_at, call.branch))

    @admin.display(description=_("caller"), ordering="from_number")
    def caller(self, call: Call) -> SafeString | str:
        return phone_link(call.from_number)

    @admin.display(description=_("number called"))
    def number_called(self, call: Call) -> str:
        return written(call.to_number) or NOTHING

    @admin.display(description=_("caller"), ordering="customer__name")
    def who_and_number(self, call: Call) -> SafeString | str:
        number = self.caller(call)
        return two_lines(call.customer.name, number) if call.customer else number

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

    @admin.display(description=_("appointment, or what was wanted"))
    def outcome(self, call: Call) -> SafeString | str:
        appointment = call.appointment
        if appointment is None:
            wish = wish_of(call)
            return format_html('<span class="text-subtle">{}</span>', wish) if wish else NOTHING
        start = moment(appointment.starts_at, appointment.branch)
        return link_to(appointment, f"{start} {appointment.service.name}")

    @admin.display(description=_("state"), ordering="state")
    def state_label(self, call: Call) -> SafeString:
        running = call.state in {Call.State.INBOUND, Call.State.ONGOING}
        return label(call.get_state_display(), "info" if running else "default")

    @admin.display(description=_("duration"), ordering="duration_ms")
    def duration(self, call: Call) -> str:
        if call.duration_ms is None:
            return NOTHING
        minutes, seconds = divmod(round(call.duration_ms / 1000), 60)
        return f"{minutes}:{seconds:02d}"

    @admin.display(description=_("cost"), ordering="cost_cents")
    def cost(self, call: Call) -> str:
        if call.cost_cents is None:
            return NOTHING
        return f"{number_format(call.cost_cents / 100, decimal_pos=2)} $"

    @admin.display(description=_("duration"), ordering="duration_ms")
    def length_and_cost(self, call: Call) -> SafeString | str:
        duration, cost = self.duration(call), self.cost(call)
        return duration if cost == NOTHING else two_lines(duration, cost)

    @admin.display(description=_("state"), ordering="requires_manual_review")
    def state_and_review(self, call: Call) -> SafeString:
        return two_labels(self.state_label(call), self.to_review(call))

    @admin.display(description=_("started"))
    def began(self, call: Call) -> str:
        return moment(call.started_at, call.branch)

    @admin.display(description=_("ended"))
    def ended(self, call: Call) -> str:
        return moment(call.ended_at, call.branch)

    @admin.display(description=_("ended because"))
    def ended_because(self, call: Call) -> str:
        if call.disconnection_reason == NO_END:
            return str(_("its end was never heard of"))
        return end_in_words(call.disconnection_reason) or NOTHING

    @admin.display(description=_("transferred to"))
    def transferred(self, call: Call) -> SafeString | str:
        return phone_link(call.transferred_to)

    @admin.display(description=_("direction"))
    def direction_label(self, call: Call) -> str:
        return call.get_direction_display() or NOTHING

    @admin.display(description=_("response times (ms): half and 95 of 100 are faster"))
    def latency(self, call: Call) -> str:
        parts = (
            f"{part}: {round(shares.get('p50', 0))} / {round(shares.get('p95', 0))}"
            for part, shares in sorted(call.latency_ms.items())
        )
        return ", ".join(parts) or NOTHING

    @admin.display(description=_("summary"))
    def summary(self, call: Call) -> str:
        return call.analysis.get("summary") or NOTHING

    @admin.display(description=_("how it went"))
    def went(self, call: Call) -> SafeString | str:
        return timeline.show(call) or NOTHING

    @admin.display(description=_("what there is"))
    def results(self, call: Call) -> SafeString | str:
        return show_results(call) or str(_("Nothing was booked, changed or promised."))

    @admin.display(description="")
    def book_it(self, call: Call) -> SafeString | str:
        if call.appointment_id:
            return NOTHING
        link = '<a class="text-link" href="{}">{}</a>'
        return format_html(link, book_address(call), _("Book what was wanted"))

    @admin.display(description=_("recording"))
    def recording(self, call: Call) -> SafeString | str:
        if not call.recording_url:
            return NOTHING
        page = '<a class="text-link" href="{}" rel="noreferrer" target="_blank">{}</a>'
        return format_html(page, call.recording_url, _("Listen"))

    @admin.display(description=_("what was promised"))
    def promised(self, call: Call) -> str:
        return call.promise or NOTHING

    @admin.display(description=_("review"), ordering="requires_manual_review")
    def to_review(self, call: Call) -> SafeString | str:
        if not call.requires_manual_review:
            return NOTHING
        reason = call.get_review_reason_display() or _("to review")
        return label(reason, "danger", title=advice(call.review_reason))

    @admin.display(description=_("resolved"))
    def resolved_when(self, call: Call) -> str:
        return moment(call.review_resolved_at, call.branch)

    @admin.display(description=_("resolved by"))
    def resolved_who(self, call: Call) -> str:
        return who(call.review_resolved_by)

    @admin.display(description=_("what to do"))
    def what_to_do(self, call: Call) -> str:
        return advice(call.review_reason) if call.requires_manual_review else NOTHING

    @admin.action(description=_("Review is settled …"), permissions=["settle"])
    def settle(self, request: HttpRequest, queryset: QuerySet[Call]) -> HttpResponse | None:
        calls = queryset.filter(requires_manual_review=True)
        form = NoteForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            self._settle(request, calls, note=form.cleaned_data["note"])
            return None
        rows = list(calls)
        return page(
            request,
            self,
            title=_("Is the review settled?"),
            button=_("Yes, it is settled"),
            back=request.get_full_path(),
            form=form,
            explanation=_("The caller was reached, or nothing has to be done."),
            about=[self.in_words(call) for call in rows],
            hidden=[
                ("action", "settle"),
                ("confirmed", "yes"),
                *((ACTION_CHECKBOX_NAME, call.pk) for call in rows),
            ],
        )

    def _settle(self, request: HttpRequest, calls: QuerySet[Call], *, note: str) -> None:
        by, now = request.user, timezone.now()
        settled = [
            call
            for call in calls
            if isinstance(by, User) and settle_review(call, by=by, note=note, now=now)
        ]
        for call in settled:
            self.log_change(request, call, str(_("Review is settled")))
        text = ngettext("%(count)s call settled.", "%(count)s calls settled.", len(settled))
        self.message_user(request, text % {"count": len(settled)}, messages.SUCCESS)

    @admin.action(description=_("Compare promises again"), permissions=["change"])
    def audit_again(self, request: HttpRequest, queryset: QuerySet[Call]) -> None:
        calls = list(queryset)
        events.audit_again(calls, now=timezone.now())
        text = ngettext("%(count)s call compared.", "%(count)s calls compared.", len(calls))
        self.message_user(request, text % {"count": len(calls)}, messages.SUCCESS)
