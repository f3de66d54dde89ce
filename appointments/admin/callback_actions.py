"""What staff do about a callback: call, book what was wanted, hand it on, tick it off."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminSelect2Widget

from appointments.actions import escalating
from appointments.actions.callbacks import assign_callback
from appointments.admin.acting import ConfirmDialog, action, leave, page
from appointments.admin.base import CompanyScopedAdmin, NamedChoiceField, choices_for, is_admitted
from appointments.models import CallbackRequest, Service, Staff


class AssignForm(forms.Form):
    """Who is to call."""

    def __init__(self, *args: Any, staff: QuerySet[Staff], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["staff"] = NamedChoiceField(
            queryset=staff,
            label=_("Who calls"),
            widget=UnfoldAdminSelect2Widget(),
            empty_label=None,
        )


class CallbackActions(CompanyScopedAdmin):
    """Buttons of the list of callbacks, of its rows, and of a callback's own page."""

    actions = ("mark_done", "take_in_hand", "assign_selected", "not_reached", "escalate")
    actions_detail = actions_row = ("book", "done", "assign", "unreached")

    def has_booking_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return is_admitted(request) and request.user.has_perm("appointments.add_appointment")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer nothing for what is done."""
        callback = self.get_object(request, str(object_id))
        if callback is None or callback.status not in CallbackRequest.STILL_OPEN:
            return []
        return super().get_actions_detail(request, object_id)  # type: ignore[misc, no-any-return]  # the theme's

    # --- One callback -----------------------------------------------------------------------

    @action(
        description=_("Book what was wanted"),
        icon="calendar_add_on",
        permissions=["booking"],
        url_path="book",
    )
    def book(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the booking form with all that is known of the wish."""
        add = reverse("admin:appointments_appointment_add")
        return leave(request, f"{add}?{urlencode(_known(self._one(request, object_id)))}")

    @action(
        description=_("Done"),
        icon="task_alt",
        permissions=["change"],
        url_path="done",
        dialog={
            "title": _("Mark as done?"),
            "description": _("The customer was reached, and knows what comes next."),
            "form_class": ConfirmDialog,
            "form_submit_text": _("Done"),
        },
    )
    def done(self, request: HttpRequest, _form: ConfirmDialog, object_id: str) -> HttpResponse:
        callback = self._one(request, object_id)
        self.mark_done(request, CallbackRequest.objects.filter(pk=callback.pk))
        return self._to_list(request)

    @action(
        description=_("Nobody was reached"),
        icon="phone_missed",
        permissions=["change"],
        url_path="unreached",
        dialog={
            "title": _("Nobody was reached?"),
            "description": _("It stays on the list. After the third time it is escalated."),
            "form_class": ConfirmDialog,
            "form_submit_text": _("Nobody was reached"),
        },
    )
    def unreached(self, request: HttpRequest, _form: ConfirmDialog, object_id: str) -> HttpResponse:
        callback = self._one(request, object_id)
        self.not_reached(request, CallbackRequest.objects.filter(pk=callback.pk))
        return self._to_list(request)

    @action(description=_("Assign"), icon="person_add", permissions=["change"], url_path="assign")
    def assign(self, request: HttpRequest, object_id: str) -> HttpResponse:
        callback = self._one(request, object_id)
        form = self._assign_form(request, [callback])
        if form.is_valid():
            self._assign(request, [callback], form.cleaned_data["staff"])
            return self._to_list(request)
        return self._ask_whom(request, [callback], form)

    # --- Several ----------------------------------------------------------------------------

    @admin.action(description=_("Mark as done"), permissions=["change"])
    def mark_done(self, request: HttpRequest, queryset: QuerySet[CallbackRequest]) -> None:
        still_open = queryset.filter(status__in=CallbackRequest.STILL_OPEN)
        done = list(still_open)
        still_open.update(status=CallbackRequest.Status.DONE)
        for row in done:
            self.log_change(request, row, str(CallbackRequest.Status.DONE.label))
        text = ngettext("%(count)s callback done.", "%(count)s callbacks done.", len(done))
        self.message_user(request, text % {"count": len(done)}, messages.SUCCESS)

    @admin.action(description=_("Assign …"), permissions=["change"])
    def assign_selected(
        self, request: HttpRequest, queryset: QuerySet[CallbackRequest]
    ) -> HttpResponse | None:
        rows = list(queryset)
        if len({row.company_id for row in rows}) > 1:
            self.message_user(request, _("Choose callbacks of one company."), messages.WARNING)
            return None
        form = self._assign_form(request, rows)
        if "confirmed" in request.POST and form.is_valid():
            self._assign(request, rows, form.cleaned_data["staff"])
            return None
        hidden = [
            ("action", "assign_selected"),
            ("confirmed", "yes"),
            *((ACTION_CHECKBOX_NAME, row.pk) for row in rows),
        ]
        return self._ask_whom(request, rows, form, hidden=hidden)

    @admin.action(description=_("Take in hand"), permissions=["change"])
    def take_in_hand(self, request: HttpRequest, queryset: QuerySet[CallbackRequest]) -> None:
        self._act(request, queryset, escalating.note_touched, _("In hand"))

    @admin.action(description=_("Nobody was reached"), permissions=["change"])
    def not_reached(self, request: HttpRequest, queryset: QuerySet[CallbackRequest]) -> None:
        self._act(request, queryset, escalating.note_failed_attempt, _("Not reached"))

    @admin.action(description=_("Escalate"), permissions=["change"])
    def escalate(self, request: HttpRequest, queryset: QuerySet[CallbackRequest]) -> None:
        self._act(request, queryset, escalating.escalate_by_hand, _("Escalated"))

    def _act(
        self, request: HttpRequest, queryset: QuerySet[Any], act: Callable[..., bool], noted: Any
    ) -> None:
        """Do something to each that is still to be done, and write it into its history."""
        rows = [row for row in queryset if act(callback=row, now=timezone.now())]
        for row in rows:
            self.log_change(request, row, str(noted))
        text = ngettext(
            "%(noted)s: %(count)s callback.", "%(noted)s: %(count)s callbacks.", len(rows)
        )
        facts = {"noted": noted, "count": len(rows)}
        self.message_user(request, text % facts, messages.SUCCESS)

    # --- Handing on -------------------------------------------------------------------------

    def _assign_form(self, request: HttpRequest, rows: Sequence[CallbackRequest]) -> AssignForm:
        own = choices_for(Staff, request).filter(is_active=True)
        staff = own.filter(company__in={row.company_id for row in rows})
        asked = request.method == "POST" and "staff" in request.POST
        return AssignForm(request.POST if asked else None, staff=staff)

    def _assign(self, request: HttpRequest, rows: Sequence[CallbackRequest], staff: Staff) -> None:
        assigned = [row for row in rows if assign_callback(callback=row, staff=staff)]
        for row in assigned:
            self.log_change(request, row, str(_("Assigned to %s")) % staff.name)
        text = ngettext(
            "%(count)s callback assigned to %(name)s.",
            "%(count)s callbacks assigned to %(name)s.",
            len(assigned),
        )
        facts = {"count": len(assigned), "name": staff.name}
        self.message_user(request, text % facts, messages.SUCCESS)

    def _ask_whom(
        self,
        request: HttpRequest,
        rows: Sequence[CallbackRequest],
        form: AssignForm,
        hidden: Sequence[tuple[str, Any]] = (),
    ) -> HttpResponse:
        return page(
            request,
            self,
            title=_("Assign callbacks"),
            button=_("Assign"),
            back=reverse("admin:appointments_callbackrequest_changelist"),
            form=form,
            about=[self.in_words(row) for row in rows],
            hidden=hidden,
        )

    def _one(self, request: HttpRequest, object_id: str) -> CallbackRequest:
        callback = self.get_object(request, object_id)
        if callback is None:
            raise Http404
        return callback  # type: ignore[no-any-return]  # of this admin's model

    def _to_list(self, request: HttpRequest) -> HttpResponse:
        return leave(request, reverse("admin:appointments_callbackrequest_changelist"))


def _known(callback: CallbackRequest) -> dict[str, Any]:
    """Return what the booking form can be told of a wish; a person looks over it anyway."""
    about = callback.appointment
    service_id = about.service_id if about else _service_named_in(callback)
    known: dict[str, Any] = {
        "branch": callback.branch_id or (about and about.branch_id),
        "service": service_id,
        "staff": about and about.staff_id,
        "customer": callback.customer_id,
    }
    if callback.customer_id is None:
        known |= {"customer_name": callback.name, "phone": callback.phone}
    return {name: value for name, value in known.items() if value}


def _service_named_in(callback: CallbackRequest) -> int | None:
    """Return the service a wish names; the longest name, where one contains another."""
    wish = callback.wish.lower()
    offered = Service.objects.filter(company=callback.company_id, is_active=True)
    named = [row for row in offered if row.name.lower() in wish]
    return max(named, key=lambda row: (len(row.name), row.pk)).pk if named else None
