"""The queue of what software could not settle."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from appointments.admin.columns import AppointmentColumns, PhaseInline
from appointments.admin.filters import DefaultingFilter, OptionFilter, OwnRelatedFilter
from appointments.admin.reviews import advice, distance, is_soon
from appointments.admin.shown import NOTHING, label, moment, who
from appointments.models import Review, ReviewReason
from calcom.admin.review_actions import ReviewActions


class ReviewStateFilter(DefaultingFilter):
    """The open ones, unless the settled ones are asked for."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("", gettext_lazy("To review")), ("resolved", gettext_lazy("Resolved"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(requires_manual_review=self.value() != "resolved")


class ReasonFilter(OptionFilter):
    """One of the reasons, beside whatever else is in the way."""

    title = gettext_lazy("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(ReviewReason.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        reason = self.value()
        if not reason:
            return queryset
        among_others = Q(further_review_reasons__contains=reason)
        return queryset.filter(Q(review_reason=reason) | among_others)


@admin.register(Review)
class ReviewAdmin(AppointmentColumns, ReviewActions):
    """The queue: what software could not settle, the next start first."""

    change_list_template = "admin/appointments/queue.html"
    nothing_waits = (
        gettext_lazy("Nothing to review"),
        gettext_lazy("Every appointment stands in Cal.com as it stands here."),
    )
    list_display = (
        "start_soon",
        "who_and_phone",
        "what_and_whom",
        "case",
        "synced",
        "age",
    )
    list_filter = (
        ReviewStateFilter,
        ReasonFilter,
        ("branch", OwnRelatedFilter),
        ("staff", OwnRelatedFilter),
    )
    list_filter_submit = True
    search_fields = ("customer__name", "customer_name", "customer__phone", "public_id")
    phone_fields = ("customer__phone",)
    ordering = ("starts_at", "pk")
    inlines = (PhaseInline,)
    fieldsets = (
        (None, {"fields": ("case", "start_soon", "age", "attempts", "error")}),
        (None, {"fields": ("customer_link", "phone", "what", "whom", "where", "state", "synced")}),
        (gettext_lazy("Resolved"), {"fields": ("resolved_when", "resolved_who", "review_note")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [name for _title, options in self.fieldsets for name in options["fields"]]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        resolved = obj is not None and obj.review_resolved_at
        return self.fieldsets if resolved else self.fieldsets[:2]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.filter(
            Q(requires_manual_review=True) | Q(review_resolved_at__isnull=False)
        ).select_related(
            "company",
            "branch__company",
            "customer",
            "service",
            "staff",
            "calcom_state",
            "review_resolved_by",
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Cases are acted upon, not edited: a given one is only shown."""
        return not isinstance(obj, Review) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def in_words(self, row: Review) -> str:
        return f"{moment(row.starts_at, row.branch)}, {self.who(row)}"

    @admin.display(description=gettext_lazy("start"), ordering="starts_at")
    def start_soon(self, review: Review) -> SafeString:
        now = timezone.now()
        start = moment(review.starts_at, review.branch)
        urgent = review.requires_manual_review and is_soon(review.starts_at, now=now)
        return format_html(
            '<span class="whitespace-nowrap">{}</span>'
            '<span class="hidden text-subtle lg:block">{}</span>',
            label(start, "danger") if urgent else start,
            distance(review.starts_at, now=now),
        )

    @admin.display(description=gettext_lazy("reason"), ordering="review_reason")
    def case(self, review: Review) -> SafeString | str:
        one = (
            '<div><span class="font-semibold text-important">{}</span>'
            '<div class="told told-if-opened">{}</div></div>'
        )
        cases = ((reason.label, advice(reason)) for reason in review.review_reasons)
        return format_html_join("", one, cases) or NOTHING

    @admin.display(description=gettext_lazy("attempts"))
    def attempts(self, review: Review) -> int:
        state = getattr(review, "calcom_state", None)
        return state.attempts if state else 0

    @admin.display(description=gettext_lazy("in the queue since"), ordering="review_since")
    def age(self, review: Review) -> str:
        since = review.review_since
        return distance(since, now=timezone.now()) if since else NOTHING

    @admin.display(description=gettext_lazy("resolved"))
    def resolved_when(self, review: Review) -> str:
        return moment(review.review_resolved_at, review.branch)

    @admin.display(description=gettext_lazy("resolved by"))
    def resolved_who(self, review: Review) -> str:
        return who(review.review_resolved_by)
