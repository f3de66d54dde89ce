"""The queue of what software could not settle."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminTextareaWidget

from appointments.actions import reviews
from appointments.admin.acting import ConfirmDialog, NoteDialog, action, leave, page
from appointments.admin.base import CompanyScopedAdmin, is_admitted
from appointments.admin.columns import AppointmentColumns, PhaseInline
from appointments.admin.filters import ChoicesFilter, DefaultingFilter, OwnRelatedFilter
from appointments.admin.reviews import advice, distance, is_soon
from appointments.admin.shown import NOTHING, label, moment
from appointments.models import Review, User
from calcom import event_maps
from calcom.models import CalcomEventMap
from calcom.sync.due import LACKS_MAPS
from calcom.sync.retrying import retry

EVENT_MAP_PATH = "event-map"


class NoteForm(forms.Form):
    """What was decided, for several cases at once."""

    note = forms.CharField(label=gettext_lazy("Note"), widget=UnfoldAdminTextareaWidget)


class ReviewStateFilter(DefaultingFilter):
    """The open ones, unless the settled ones are asked for."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("", gettext_lazy("To review")), ("resolved", gettext_lazy("Resolved"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(requires_manual_review=self.value() != "resolved")


class ReviewPhaseInline(PhaseInline):
    fields = (
        "segment_key",
        "span",
        "hands",
        "synced",
        "sync_error",
        "calcom_booking_uid",
    )
    readonly_fields = fields


@admin.register(Review)
class ReviewAdmin(AppointmentColumns, CompanyScopedAdmin):
    """The queue: what software could not settle, the next start first."""

    list_display = ("start_soon", "who_and_phone", "what_and_whom", "case", "synced", "created")
    list_filter = (
        ReviewStateFilter,
        ("review_reason", ChoicesFilter),
        ("branch", OwnRelatedFilter),
        ("staff", OwnRelatedFilter),
    )
    list_filter_submit = True
    search_fields = ("customer__name", "customer_name", "customer__phone", "public_id")
    phone_fields = ("customer__phone",)
    ordering = ("starts_at", "pk")
    inlines = (ReviewPhaseInline,)
    actions = ("retry_selected", "resolve_selected")
    actions_detail = ("retry", "event_map", "resolve", "callback", "appointment")
    fieldsets = (
        (None, {"fields": ("case", "start_soon", "error", "attempts")}),
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

    def has_callback_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        # Were the permission named by its codename, the theme would look it up in the database
        # whenever the site is checked, before there are tables.
        return is_admitted(request) and request.user.has_perm("appointments.add_callbackrequest")

    def has_event_map_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return is_admitted(request) and request.user.has_perm("calcom.add_calcomeventmap")

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
        if not review.review_reason:
            return NOTHING
        return format_html(
            '<span class="font-semibold text-important">{}</span>'
            '<div class="hidden whitespace-normal lg:block lg:w-96">{}</div>',
            review.get_review_reason_display(),
            advice(review.review_reason),
        )

    @admin.display(description=gettext_lazy("last error of Cal.com"))
    def error(self, review: Review) -> str:
        return review.sync_error or NOTHING

    @admin.display(description=gettext_lazy("attempts"))
    def attempts(self, review: Review) -> int:
        state = getattr(review, "calcom_state", None)
        return state.attempts if state else 0

    @admin.display(description=gettext_lazy("booked"), ordering="created_at")
    def created(self, review: Review) -> str:
        return moment(review.created_at, review.branch)

    @admin.display(description=gettext_lazy("resolved"))
    def resolved_when(self, review: Review) -> str:
        return moment(review.review_resolved_at, review.branch)

    @admin.display(description=gettext_lazy("resolved by"))
    def resolved_who(self, review: Review) -> str:
        by = review.review_resolved_by
        return (by.get_full_name() or by.get_username()) if by else NOTHING

    # --- What can be done -------------------------------------------------------------------

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        review = self.get_object(request, str(object_id))
        if review is None or not review.requires_manual_review:
            return []
        buttons: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # the theme's
        if review.review_reason in LACKS_MAPS:
            return buttons
        return [button for button in buttons if button.path != EVENT_MAP_PATH]

    @action(
        description=gettext_lazy("Try again"),
        icon="sync",
        permissions=["change"],
        url_path="retry",
        dialog={
            "title": gettext_lazy("Try again?"),
            "description": gettext_lazy(
                "Cal.com is asked what it holds, and what is missing is booked. If that works, "
                "this case closes itself."
            ),
            "form_class": ConfirmDialog,
            "form_submit_text": gettext_lazy("Try again"),
        },
    )
    def retry(self, request: HttpRequest, _form: ConfirmDialog, object_id: str) -> HttpResponse:
        review = self._get(request, object_id)
        self._retry(request, [review])
        return leave(request, reverse("admin:appointments_review_changelist"))

    @action(
        description=gettext_lazy("Event map"),
        icon="link",
        permissions=["event_map"],
        url_path=EVENT_MAP_PATH,
    )
    def event_map(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the event map that is broken, or to a new one for what lacks one."""
        review = self._get(request, object_id)
        phase = event_maps.phases_without_map().filter(appointment=review.pk).first()
        if phase is None:
            text = _("All event maps work by now; the sync starts by itself.")
            self.message_user(request, text, messages.SUCCESS)
            return leave(request, reverse("admin:appointments_review_change", args=[review.pk]))
        known = {
            "branch": review.branch_id,
            "service": review.service_id,
            "staff": phase.staff_id,
            "segment_key": phase.segment_key,
        }
        broken = CalcomEventMap.objects.filter(**known).first()
        if broken:
            page_of_map = reverse("admin:calcom_calcomeventmap_change", args=[broken.pk])
            return leave(request, page_of_map)
        add = reverse("admin:calcom_calcomeventmap_add")
        return leave(request, f"{add}?{urlencode({'company': review.company_id} | known)}")

    @action(
        description=gettext_lazy("Resolved"),
        icon="task_alt",
        permissions=["change"],
        url_path="resolve",
        dialog={
            "title": gettext_lazy("Mark as resolved?"),
            "description": gettext_lazy(
                "The appointment stays as it is here, and Cal.com is left as it is."
            ),
            "form_class": NoteDialog,
            "form_submit_text": gettext_lazy("Resolved"),
        },
    )
    def resolve(self, request: HttpRequest, form: NoteDialog, object_id: str) -> HttpResponse:
        self._resolve(request, [self._get(request, object_id)], note=form.cleaned_data["note"])
        return leave(request, reverse("admin:appointments_review_changelist"))

    @action(
        description=gettext_lazy("Note a callback"),
        icon="phone_callback",
        permissions=["callback"],
        url_path="callback",
    )
    def callback(self, request: HttpRequest, object_id: str) -> HttpResponse:
        review = self._get(request, object_id)
        known = QueryDict(mutable=True)
        known.update(
            {
                "company": str(review.company_id),
                "branch": str(review.branch_id),
                "customer": str(review.customer_id or ""),
                "name": review.customer_name,
                "phone": (review.customer and review.customer.phone) or "",
                "reason": review.review_reason,
                "wish": (
                    f"{review.service.name}, {moment(review.starts_at, review.branch)}, "
                    f"{review.staff.name}"
                ),
                "appointment": str(review.pk),
            }
        )
        add = reverse("admin:appointments_callbackrequest_add")
        return leave(request, f"{add}?{known.urlencode()}")

    @action(
        description=gettext_lazy("Open the appointment"),
        icon="event",
        permissions=["view"],
        url_path="appointment",
    )
    def appointment(self, request: HttpRequest, object_id: str) -> HttpResponse:
        review = self._get(request, object_id)
        return leave(request, reverse("admin:appointments_appointment_change", args=[review.pk]))

    @admin.action(description=gettext_lazy("Try again"), permissions=["change"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Review]) -> None:
        self._retry(request, list(queryset))

    @admin.action(description=gettext_lazy("Mark as resolved …"), permissions=["change"])
    def resolve_selected(
        self, request: HttpRequest, queryset: QuerySet[Review]
    ) -> HttpResponse | None:
        cases = list(queryset)
        form = NoteForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            self._resolve(request, cases, note=form.cleaned_data["note"])
            return None
        return page(
            request,
            self,
            title=_("Mark as resolved"),
            button=_("Resolved"),
            back=request.get_full_path(),
            form=form,
            explanation=_("The appointments stay as they are here, and Cal.com is left as it is."),
            about=[self.in_words(row) for row in cases],
            hidden=[
                ("action", "resolve_selected"),
                ("confirmed", "yes"),
                *((ACTION_CHECKBOX_NAME, row.pk) for row in cases),
            ],
        )

    def _retry(self, request: HttpRequest, cases: list[Review]) -> None:
        tried = [case for case in cases if retry(case)]
        for case in tried:
            self.log_change(request, case, _("Tried again"))
        if tried:
            text = ngettext(
                "%(count)s appointment is being tried again.",
                "%(count)s appointments are being tried again.",
                len(tried),
            )
            self.message_user(request, text % {"count": len(tried)}, messages.SUCCESS)
        if len(tried) < len(cases):
            self.message_user(
                request,
                _("Where Cal.com matches already there is nothing to try again; decide yourself."),
                messages.WARNING,
            )

    def _resolve(self, request: HttpRequest, cases: list[Review], *, note: str) -> None:
        now, by = timezone.now(), request.user
        resolved = [
            case
            for case in cases
            if isinstance(by, User)
            and reviews.resolve_review(appointment_id=case.pk, by=by, note=note, now=now)
        ]
        for case in resolved:
            self.log_change(request, case, _("Resolved: %s") % note)
        text = ngettext("%(count)s case resolved.", "%(count)s cases resolved.", len(resolved))
        self.message_user(request, text % {"count": len(resolved)}, messages.SUCCESS)

    def _get(self, request: HttpRequest, object_id: str) -> Review:
        review = self.get_object(request, object_id)
        if review is None:
            raise Http404
        return review  # type: ignore[no-any-return]  # of this admin's model
