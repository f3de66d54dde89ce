"""What there is of a call: appointments booked, changed and callbacks promised in it."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from appointments.admin.shown import link_to, moment, status_label
from appointments.models import Appointment, AppointmentChange, CallbackRequest, Status
from voice.models import Call

LINE = '<p class="mb-2">{} {} {}</p>'


def show_results(call: Call) -> SafeString:
    """Return a line for each thing that the call left behind. Three questions."""
    return format_html_join("", LINE, [*_booked(call), *_changed(call), *_promised(call)])


def _booked(call: Call) -> list[tuple[str, SafeString | str, SafeString | str]]:
    rows = Appointment.objects.filter(company=call.company_id, call_id=call.call_id)
    shown = rows.exclude(status=Status.HELD).select_related("service", "branch__company")
    return [
        (
            _("Booked:"),
            link_to(row, f"{moment(row.starts_at, row.branch)}, {row.service.name}"),
            format_html("{} {}", status_label(row), _review_of(row)),
        )
        for row in shown.order_by("starts_at", "pk")
    ]


def _review_of(row: Appointment) -> SafeString | str:
    if not row.requires_manual_review:
        return ""
    address = reverse("admin:appointments_review_change", args=[row.pk])
    reasons = row.review_in_words
    link = '<a class="text-link" href="{}">{}: {}</a>'
    return format_html(link, address, _("to review"), reasons)


def _changed(call: Call) -> list[tuple[str, SafeString | str, SafeString | str]]:
    changes = AppointmentChange.objects.filter(company=call.company_id, call_id=call.call_id)
    shown = changes.select_related("appointment__branch__company", "appointment__service")
    return [
        (
            f"{change.get_kind_display()}:",
            link_to(
                change.appointment,
                f"{moment(change.starts_at, change.appointment.branch)}, "
                f"{change.appointment.service.name}",
            ),
            f"→ {moment(change.new_starts_at, change.appointment.branch)}"
            if change.new_starts_at
            else "",
        )
        for change in shown.order_by("changed_at", "pk")
    ]


def _promised(call: Call) -> list[tuple[str, SafeString | str, SafeString | str]]:
    callbacks = CallbackRequest.objects.filter(company=call.company_id, call_id=call.call_id)
    shown = callbacks.select_related("branch__company")
    return [
        (
            _("Callback:"),
            link_to(row, f"{_('due')} {moment(row.due_at, row.branch)}"),
            row.get_status_display(),
        )
        for row in shown.order_by("due_at", "pk")
    ]


def wish_of(call: Call) -> str:
    """Return what the caller had settled on, as far as it was understood."""
    day = f"{call.agreed_on:%d.%m.}" if call.agreed_on else ""
    time = f"{call.wished_time:%H:%M}" if call.wished_time else ""
    parts = (
        call.service.name if call.service else "",
        f"{day} {time}".strip(),
        call.staff.name if call.staff else "",
    )
    return ", ".join(filter(None, parts))


def book_address(call: Call) -> str:
    """Return the booking form with all that is known of the wish filled in."""
    known = {
        "branch": call.branch_id,
        "service": call.service_id,
        "staff": call.staff_id,
        "customer": call.customer_id,
        "day": call.agreed_on and call.agreed_on.isoformat(),
        "time": call.wished_time and f"{call.wished_time:%H:%M}",
        "phone": call.from_number if call.customer_id is None else "",
    }
    filled = {name: value for name, value in known.items() if value}
    return f"{reverse('admin:appointments_appointment_add')}?{urlencode(filled)}"
