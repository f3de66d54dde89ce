"""Moving an appointment: a page that says what would change, and whether it can, before it does."""

from collections.abc import Callable
from datetime import datetime
from functools import partial, wraps
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import actions
from appointments.actions.callbacks import CallbackOrder
from appointments.admin.acting import action, back_to, leave, page
from appointments.admin.base import ModelAdmin
from appointments.admin.booking_forms import MoveForm
from appointments.admin.refusals import explain
from appointments.admin.shown import moment
from appointments.errors import AppointmentError
from appointments.models import Appointment, CallbackReason, Staff, Status
from appointments.ports import Deadline
from appointments.queries import check_move

# Somebody waits at the screen, but nobody on the line.
PATIENCE_SECONDS = 5.0
WHERE_TO = ("day", "time", "staff")

Act = TypeVar("Act", bound=Callable[..., HttpResponse])
Attempt = Callable[[HttpRequest, MoveForm], bool]


def line_about(
    appointment: Appointment, *, at: datetime | None = None, staff: Staff | None = None
) -> str:
    """Return an appointment in a line; `at` another time, or with other `staff`, if given."""
    who = appointment.customer.name if appointment.customer else appointment.customer_name
    return (
        f"{moment(at or appointment.starts_at, appointment.branch)}, {appointment.service.name}, "
        f"{(staff or appointment.staff).name}, {who}"
    )


def while_confirmed(act: Act) -> Act:
    """Let an act happen only while there is something to end or move.

    A page may have been open for an hour; meanwhile the customer has called.
    """

    @wraps(act)
    def inner(self: "Moving", request: HttpRequest, object_id: str) -> HttpResponse:
        appointment = self.get_changeable(request, object_id)
        if appointment.status == Status.CONFIRMED:
            return act(self, request, object_id=object_id)
        words = _("Nothing was changed: this appointment is “%s” meanwhile.")
        self.message_user(request, words % appointment.get_status_display(), messages.WARNING)
        return leave(request, back_to(request, self.page_of(appointment)))

    return inner  # type: ignore[return-value]  # the same signature, as `wraps` says


class Moving(ModelAdmin):
    """The part of the appointments' admin that moves them."""

    def get_changeable(self, request: HttpRequest, object_id: str) -> Appointment:
        """Return what this person may see and change; nobody else learns that it exists."""
        appointment = self.get_object(request, object_id)
        if appointment is None:
            raise Http404
        if not self.has_change_permission(request, appointment):
            raise PermissionDenied
        return appointment  # type: ignore[no-any-return]  # of this admin's model

    def page_of(self, appointment: Appointment) -> str:
        return reverse("admin:appointments_appointment_change", args=[appointment.pk])

    @while_confirmed
    @action(
        description=gettext_lazy("Move"),
        icon="event_repeat",
        permissions=["change"],
        url_path="move",
    )
    def move(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask where to, or, of an address that says so, whether really; then move."""
        appointment = self.get_changeable(request, object_id)
        proposed = request.GET if all(name in request.GET for name in WHERE_TO) else None
        form = MoveForm(request.POST or proposed, request=request, appointment=appointment)
        back = back_to(request, self.page_of(appointment))
        # Refused at once, not only when somebody has agreed to it.
        attempt = self._move if request.method == "POST" else self._ask
        if form.is_valid() and self._tried(request, form, attempt):
            return leave(request, back)
        return page(
            request,
            self,
            title=_("Move an appointment"),
            button=_("Move"),
            back=back,
            form=form,
            explanation=_who_is_told(appointment),
            about=_before_and_after(form),
        )

    def _tried(self, request: HttpRequest, form: MoveForm, attempt: Attempt) -> bool:
        """Do it, and return whether it was done; a refusal stands beside its field."""
        try:
            return attempt(request, form)
        except AppointmentError as refusal:
            form.add_error(*explain(refusal, form.appointment.branch.zone))
            return False

    def _ask(self, _request: HttpRequest, form: MoveForm) -> bool:
        check_move(form.appointment, **_wish(form))
        return False

    def _move(self, request: HttpRequest, form: MoveForm) -> bool:
        before, tell = form.appointment, form.cleaned_data["tell"]
        callback = partial(_news, before) if tell else None
        moved = actions.reschedule(appointment=before, callback=callback, **_wish(form))
        self.log_change(request, moved, _("Moved from %s") % line_about(before))
        self.message_user(request, _("Moved: %s") % line_about(moved), messages.SUCCESS)
        if tell:
            self.message_user(request, _("A call to the customer is on the list of callbacks."))
        return True


def _wish(form: MoveForm) -> dict[str, Any]:
    return {
        "starts_at": form.cleaned_data["starts_at"],
        "staff_id": form.cleaned_data["staff"].pk,
        "now": timezone.now(),
        "deadline": Deadline.after(PATIENCE_SECONDS),
    }


def _before_and_after(form: MoveForm) -> list[str]:
    """Return what changes, old and new; only the old where no new one is known yet."""
    lines = [_("Now: %s") % line_about(form.appointment)]
    data = form.cleaned_data if form.is_bound else {}
    if data.get("starts_at") and data.get("staff"):
        new = line_about(form.appointment, at=data["starts_at"], staff=data["staff"])
        lines.append(_("Then: %s") % new)
    return lines


def _who_is_told(appointment: Appointment) -> str:
    """Return whether the customer hears of it by itself: only by Cal.com, and by e-mail."""
    if appointment.branch.company.syncs and appointment.customer and appointment.customer.email:
        return _("Cal.com writes an e-mail to the customer.")
    return _("Nothing is sent to the customer.")


def _news(before: Appointment, moved: Appointment) -> CallbackOrder:
    """Return the callback in which the customer hears of the move."""
    customer = moved.customer
    return CallbackOrder(
        branch=moved.branch,
        reason=CallbackReason.MOVED,
        customer=customer,
        appointment=moved,
        phone=(customer and customer.phone) or "",
        name=customer.name if customer else moved.customer_name,
        wish=f"{line_about(before)} → {line_about(moved)}",
        staff_id=moved.staff_id,
    )
