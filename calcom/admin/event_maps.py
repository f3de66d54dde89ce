"""Event maps: which event type books what with whom, and whether it still does."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.admin.base import ReadOnlyInline, company_id_of
from appointments.admin.filters import DefaultingFilter, OwnRelatedFilter
from appointments.admin.shown import NOTHING, label, moment, two_lines, who
from appointments.admin.steps import step_of
from appointments.models import Company
from calcom import event_maps
from calcom.admin.event_map_cells import side
from calcom.admin.event_map_forms import EventMapForm
from calcom.admin.event_map_matrix import EventMapMatrix
from calcom.event_maps.comparing import compare, record
from calcom.event_maps.validating import LookedUp, look_up
from calcom.models import BREAKING, CalcomEventMap, EventMapDrift

LONGEST_NUMBER = 10


class StateFilter(DefaultingFilter):
    """Broken, not yet checked, or different from Cal.com in something that does not break it."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("", gettext_lazy("All")),
            ("broken", gettext_lazy("broken")),
            ("unverified", gettext_lazy("not checked yet")),
            ("differs", gettext_lazy("differs from Cal.com")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        open_drifts = EventMapDrift.objects.filter(ignored_at=None).exclude(kind__in=BREAKING)
        match self.value():
            case "broken":
                return queryset.filter(is_broken=True)
            case "unverified":
                return queryset.filter(checked_at=None)
            case "differs":
                return queryset.filter(pk__in=open_drifts.values("event_map"))
        return queryset


class DriftInline(ReadOnlyInline):
    model = EventMapDrift
    ordering = ("kind",)
    fields = ("kind", "here", "there", "since", "ignored", "by", "ignored_note")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("event_map__branch__company", "ignored_by")

    @admin.display(description=gettext_lazy("here"))
    def here(self, drift: EventMapDrift) -> str:
        return side(drift.ours)

    @admin.display(description=gettext_lazy("in Cal.com"))
    def there(self, drift: EventMapDrift) -> str:
        return side(drift.theirs)

    @admin.display(description=gettext_lazy("since"))
    def since(self, drift: EventMapDrift) -> str:
        return moment(drift.found_at, drift.event_map.branch)

    @admin.display(description=gettext_lazy("ignored"))
    def ignored(self, drift: EventMapDrift) -> str:
        return moment(drift.ignored_at, drift.event_map.branch)

    @admin.display(description=gettext_lazy("ignored by"))
    def by(self, drift: EventMapDrift) -> str:
        return who(drift.ignored_by)


@admin.register(CalcomEventMap)
class EventMapAdmin(EventMapMatrix):
    """Which event type books what with whom, and whether it still does."""

    form = EventMapForm
    affects_availability = True
    list_display = (
        "what_and_step",
        "whom_and_where",
        "bookable",
        "state",
        "differences",
    )
    list_filter = (
        StateFilter,
        ("branch", OwnRelatedFilter),
        ("staff", OwnRelatedFilter),
        ("service", OwnRelatedFilter),
    )
    named_with = ("service", "staff")
    named_along = ("service__segments",)
    list_filter_submit = True
    search_fields = ("service__name", "staff__name", "event_type_id", "child_event_type_id")
    ordering = ("service__name", "staff__name", "segment_key", "pk")
    inlines = (DriftInline,)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "company",
                    ("branch", "staff"),
                    ("service", "segment_key"),
                    ("event_type_id", "child_event_type_id"),
                    ("state", "checked"),
                )
            },
        ),
        (
            gettext_lazy("What the event type should be like"),
            {"fields": ("own_title", ("is_hidden", "allows_guests"))},
        ),
    )
    readonly_fields = ("state", "checked")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return event_maps.with_purpose(rows).prefetch_related("drifts")

    def in_words(self, row: CalcomEventMap) -> str:
        return f"{row.service.name}: {step_of(row.service, row.segment_key)}, {row.staff.name}"

    # --- Columns ----------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("service"), ordering="service__name")
    def what_and_step(self, row: CalcomEventMap) -> SafeString:
        return two_lines(row.service.name, step_of(row.service, row.segment_key))

    @admin.display(description=gettext_lazy("staff member"), ordering="staff__name")
    def whom_and_where(self, row: CalcomEventMap) -> SafeString:
        return two_lines(row.staff.name, row.branch.name)

    @admin.display(description=gettext_lazy("event type"), ordering="event_type_id")
    def bookable(self, row: CalcomEventMap) -> str:
        return str(row.bookable_id)

    @admin.display(description=gettext_lazy("state"), ordering="is_broken")
    def state(self, row: CalcomEventMap) -> SafeString | str:
        if row.is_broken:
            return label(_("broken"), "danger")
        if row.checked_at is None:
            return label(_("not checked yet"), "warning")
        noticed = [drift for drift in row.drifts.all() if drift.ignored_at is None]
        if any(drift.is_high for drift in noticed):
            return label(_("differs from Cal.com"), "warning")
        if noticed:
            return label(_("differs from Cal.com"), "info")
        return label(_("usable"), "success")

    @admin.display(description=gettext_lazy("differences"))
    def differences(self, row: CalcomEventMap) -> SafeString | str:
        lines = [
            (drift.get_kind_display(), side(drift.ours), side(drift.theirs))
            for drift in row.drifts.all()
            if drift.ignored_at is None
        ]
        one = '<div class="told">{}: {} / {}</div>'
        return format_html_join("", one, lines) or NOTHING

    @admin.display(description=gettext_lazy("checked"))
    def checked(self, row: CalcomEventMap) -> str:
        return moment(row.checked_at, row.branch) if row.checked_at else NOTHING

    # --- Entering one -----------------------------------------------------------------------

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Ask Cal.com first: everything after this happens within a transaction."""
        if request.method == "POST" and self.has_module_permission(request):
            request.looked_up = self._look_up(request, object_id)  # type: ignore[attr-defined]  # ours, for the form
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _look_up(self, request: HttpRequest, object_id: str | None) -> LookedUp | None:
        row = self.get_object(request, object_id) if object_id else None
        typed = {
            name: _number(request.POST.get(name))
            for name in ("company", "staff", "event_type_id", "child_event_type_id")
        }
        company_id = row.company_id if row else company_id_of(request) or typed["company"]
        syncing = Company.objects.exclude(calcom_api_key="")
        company = syncing.filter(pk=company_id).first() if company_id else None
        if company is None or typed["event_type_id"] is None:
            return None
        return look_up(
            company=company,
            staff=company.staff.filter(pk=typed["staff"] or 0).first(),
            event_type_id=typed["event_type_id"],
            child_event_type_id=typed["child_event_type_id"],
        )

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.looked_up = getattr(request, "looked_up", None)
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        looked_up: LookedUp | None = form.looked_up
        if change and looked_up is None and not form.changed_data:
            return
        # Somebody has just corrected it; Cal.com has said so, or will say if not.
        obj.is_broken, obj.checked_at = False, None
        super().save_model(request, obj, form, change)
        if looked_up:
            record(obj, compare(obj, looked_up.bookable), now=timezone.now())
            return
        obj.drifts.all().delete()
        if obj.company.syncs:
            text = _("Cal.com did not answer: this event map is checked tonight, or when you ask.")
            self.message_user(request, text, messages.WARNING)

    def edited_fields(self, form: Any) -> list[str]:
        return [*super().edited_fields(form), "is_broken", "checked_at"]


def _number(text: str | None) -> int | None:
    """Read what the form's own field will read, or refuse."""
    return int(text) if text and text.isdecimal() and len(text) <= LONGEST_NUMBER else None
