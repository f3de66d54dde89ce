"""What staff can do about a case of the queue: look, try again, agree with the customer, settle."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.enums import ActionVariant

from appointments import actions
from appointments.actions import reviews
from appointments.admin.acting import (
    CancelDialog,
    ConfirmDialog,
    NoteDialog,
    NoteForm,
    action,
    leave,
    page,
)
from appointments.admin.base import is_admitted
from appointments.admin.shown import moment
from appointments.models import CallbackReason, Review, ReviewReason, Status, User
from calcom import event_maps, sync
from calcom.admin.side_by_side import SideBySide, level_of
from calcom.event_maps import MapKey
from calcom.models import CalcomEventMap
from calcom.sync.by_hand import Verdict
from calcom.sync.due import LACKS_MAPS
from calcom.sync.retrying import retry

EVENT_MAP_PATH, CREATE_MAP_PATH = "event-map", "create-map"
NEEDS_CALCOM = frozenset({"compare", "verify", "put-back", "retry"})
WHILE_CONFIRMED = frozenset({"move", "cancel-and-call"})


class ReviewActions(SideBySide):
    """Buttons of the queue and of a case's own page."""

    actions = ("retry_selected", "resolve_selected")
    actions_detail = (
        "compare",
        "create_map",
        "resolve",
        {
            "title": gettext_lazy("Customer"),
            "icon": "person",
            "items": ("move", "callback", "cancel_and_call", "appointment"),
        },
        {
            "title": "Cal.com",
            "icon": "sync",
            "items": ("retry", "verify", "put_back", "event_map"),
        },
    )

    def has_callback_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        # Were the permission named by its codename, the theme would look it up in the database
        # whenever the site is checked, before there are tables.
        return is_admitted(request) and request.user.has_perm("appointments.add_callbackrequest")

    def has_event_map_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return is_admitted(request) and request.user.has_perm("calcom.add_calcomeventmap")

    def has_appointment_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return is_admitted(request) and request.user.has_perm("appointments.change_appointment")

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return (
            self.has_change_permission(request)
            and self.has_appointment_permission(request)
            and self.has_callback_permission(request)
        )

    # --- What can be done -------------------------------------------------------------------

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        review = self.get_object(request, str(object_id))
        if review is None or not review.requires_manual_review:
            return []
        buttons: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # the theme's
        left_out: set[str] = set()
        if review.review_reason not in LACKS_MAPS:
            left_out |= {EVENT_MAP_PATH, CREATE_MAP_PATH}
        if not review.company.syncs:
            left_out |= NEEDS_CALCOM
        if review.status != Status.CONFIRMED:
            left_out |= WHILE_CONFIRMED
        return [button for button in buttons if button.path not in left_out]

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
        description=gettext_lazy("Verify now"),
        icon="fact_check",
        permissions=["change"],
        url_path="verify",
        dialog={
            "title": gettext_lazy("Ask Cal.com now?"),
            "description": gettext_lazy(
                "What Cal.com holds under this appointment's name is noted here. Nothing is "
                "booked, moved or cancelled. If both agree, this case closes itself."
            ),
            "form_class": ConfirmDialog,
            "form_submit_text": gettext_lazy("Verify now"),
        },
    )
    def verify(self, request: HttpRequest, _form: ConfirmDialog, object_id: str) -> HttpResponse:
        return self._ask(request, object_id, sync.verify_now, _("Verified: %s"))

    @action(
        description=gettext_lazy("Put back in Cal.com"),
        icon="settings_backup_restore",
        permissions=["change"],
        url_path="put-back",
        dialog={
            "title": gettext_lazy("Put back in Cal.com what stands here?"),
            "description": gettext_lazy(
                "What was moved there is moved back, and what is gone is booked again. Bookings "
                "of others are not touched."
            ),
            "form_class": ConfirmDialog,
            "form_submit_text": gettext_lazy("Put back in Cal.com"),
        },
    )
    def put_back(self, request: HttpRequest, _form: ConfirmDialog, object_id: str) -> HttpResponse:
        return self._ask(request, object_id, sync.put_back, _("Put back in Cal.com: %s"))

    def _ask(
        self, request: HttpRequest, object_id: str, act: Callable[..., Verdict], said: str
    ) -> HttpResponse:
        """Have Cal.com asked about one case, say what came of it, and go back to the case."""
        review = self._get(request, object_id)
        verdict = act(review, now=timezone.now())
        self.log_change(request, review, said % verdict.label)
        self.message_user(request, str(verdict.label), level_of(verdict))
        return leave(request, self._page_of(review))

    @action(
        description=gettext_lazy("Create event map"),
        icon="add_link",
        permissions=["event_map"],
        url_path=CREATE_MAP_PATH,
        dialog={
            "title": gettext_lazy("Create what is missing in Cal.com?"),
            "description": gettext_lazy(
                "For each part of this appointment that lacks one, a hidden event type is made in "
                "Cal.com, or one that is there is used. The sync then starts by itself."
            ),
            "form_class": ConfirmDialog,
            "form_submit_text": gettext_lazy("Create event map"),
        },
    )
    def create_map(
        self, request: HttpRequest, _form: ConfirmDialog, object_id: str
    ) -> HttpResponse:
        review = self._get(request, object_id)
        lacking = event_maps.phases_without_map().filter(appointment=review.pk)
        keys = {
            MapKey(review.branch_id, phase.staff_id, review.service_id, phase.segment_key)
            for phase in lacking
        }
        report = event_maps.create_missing(company=review.company, keys=keys, now=timezone.now())
        # Once, however many of its parts it holds up.
        for problem in dict.fromkeys(each.problem for each in report.failed if each.problem):
            text = f"{capfirst(problem.label)}. {event_maps.remedy_for(problem)}"
            self.message_user(request, text, messages.ERROR)
        if report.done:
            self.log_change(request, review, _("Event map made"))
        if not report.failed:
            # Without this ring the sweep would find it, some seconds later.
            sync.ring(review)
            text = _("All event maps work by now; the sync starts by itself.")
            self.message_user(request, text, messages.SUCCESS)
        return leave(request, self._page_of(review))

    @action(
        description=gettext_lazy("Another time"),
        icon="event_repeat",
        permissions=["appointment"],
        url_path="move",
    )
    def move(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the form that moves it, which says what is free."""
        review = self._get(request, object_id)
        return leave(request, reverse("admin:appointments_appointment_move", args=[review.pk]))

    @action(
        description=gettext_lazy("Cancel and call back"),
        icon="phone_missed",
        permissions=["cancel"],
        url_path="cancel-and-call",
        variant=ActionVariant.DANGER,
        dialog={
            "title": gettext_lazy("Cancel this appointment and call back?"),
            "description": gettext_lazy(
                "Its time becomes free, it is cancelled in Cal.com too, and the customer is on the "
                "list of callbacks: find another time together. This cannot be undone."
            ),
            "form_class": CancelDialog,
            "form_submit_text": gettext_lazy("Yes, cancel and call back"),
        },
    )
    def cancel_and_call(
        self, request: HttpRequest, form: CancelDialog, object_id: str
    ) -> HttpResponse:
        review, now = self._get(request, object_id), timezone.now()
        if review.status != Status.CONFIRMED:
            self.message_user(request, _("It is not confirmed any more."), messages.WARNING)
            return leave(request, self._page_of(review))
        why = review.review_reason
        order = reviews.callback_about(review, ReviewReason(why) if why else CallbackReason.URGENT)
        reason = form.cleaned_data["reason"]
        if actions.cancel(appointment=review, now=now, reason=reason, callback=order):
            self.log_change(request, review, _("Cancelled. %s") % reason)
            text = _("The appointment is cancelled. Its customer is now among the callbacks.")
            self.message_user(request, text, messages.SUCCESS)
        self._resolve(request, [review], note=_("Cancelled; the customer is called back."))
        return leave(request, reverse("admin:appointments_callbackrequest_changelist"))

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
            return leave(request, self._page_of(review))
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
