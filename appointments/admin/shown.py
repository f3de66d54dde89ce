"""How things look in the admin: names, moments, coloured labels, links to call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from appointments.models import (
    Appointment,
    Branch,
    CallbackReason,
    ReviewReason,
    Status,
    SyncStatus,
    User,
)
from appointments.phones import written

NOTHING = "\N{EN DASH}"

STATUS_COLOURS = {
    Status.HELD: "default",
    Status.CONFIRMED: "info",
    Status.COMPLETED: "success",
    Status.CANCELLED: "default",
    Status.NO_SHOW: "warning",
}
SYNC_COLOURS = {
    SyncStatus.PENDING: "warning",
    SyncStatus.SYNCED: "success",
    SyncStatus.FAILED: "danger",
    SyncStatus.CONFLICT: "danger",
    SyncStatus.NOT_APPLICABLE: "default",
}

# What a callback is about: a wish, or what failed.
CALLBACK_REASONS: Mapping[str, Any] = {
    **dict(CallbackReason.choices),
    **dict(ReviewReason.choices),
}


def name_of(row: Model, *, bare: bool = False) -> str:
    """Return what people call a row: its name, without the number that logs need.

    Not `bare`: with what tells it from its namesakes, a telephone number or the company.
    """
    name = str(getattr(row, "name", None) or row)
    if bare:
        return name
    phone = getattr(row, "phone", None)
    # Only where it is at hand: a list of choices must not ask for every row's company.
    company = row._state.fields_cache.get("company")  # noqa: SLF001 -- asks without a query
    parts = (name, phone and written(phone), company and company.name)
    return " · ".join(str(part) for part in parts if part)


def moment(
    at: datetime | None, branch: Branch | None = None, *, zone: ZoneInfo | None = None
) -> str:
    """Write a moment as the branch's clock shows it, weekday first; this year goes unsaid."""
    if at is None:
        return NOTHING
    local = timezone.localtime(at, branch.zone if branch else zone)
    if local.year == timezone.localdate().year:
        return date_format(local, pgettext("moment", "D j M, H:i"))
    return date_format(local, pgettext("moment", "D j M Y, H:i"))


def clock(at: datetime, branch: Branch) -> str:
    return date_format(at.astimezone(branch.zone), "H:i")


def label(text: object, colour: str = "default", *, icon: str = "", title: str = "") -> SafeString:
    """Return a coloured label in the theme's own markup."""
    return render_to_string(
        "unfold/helpers/label.html",
        {"text": text, "type": colour, "icon": icon, "label_title": title},
    )


def two_lines(first: object, second: object) -> SafeString:
    """Return a cell of two lines; the second one matters less."""
    return format_html('{}<br><span class="text-subtle">{}</span>', first, second)


def two_labels(first: object, second: object) -> SafeString:
    """Return a cell of one label below the other; nothing stands for itself."""
    labels = (each for each in (first, second) if each != NOTHING)
    lines = format_html_join("", "<span>{}</span>", ((each,) for each in labels))
    return format_html('<span class="stacked">{}</span>', lines or NOTHING)


def status_label(appointment: Appointment) -> SafeString:
    """Return the status; a hold says until when it is kept."""
    if appointment.status == Status.HELD and appointment.held_until:
        until = clock(appointment.held_until, appointment.branch)
        return label(f"{appointment.get_status_display()} → {until}", icon="hourglass_top")
    return label(appointment.get_status_display(), STATUS_COLOURS[Status(appointment.status)])


def sync_label(row: Any) -> SafeString | str:
    """Return the Cal.com state of an appointment or a phase; nothing where there is none."""
    if row.sync_status == SyncStatus.NOT_APPLICABLE:
        return NOTHING
    return label(
        row.get_sync_status_display(),
        SYNC_COLOURS[SyncStatus(row.sync_status)],
        title=row.sync_error,
    )


def who(user: User | None) -> str:
    """Return what people call somebody who works here."""
    return (user.get_full_name() or user.get_username()) if user else NOTHING


def phone_link(phone: str | None) -> SafeString | str:
    """Return a number that a click calls."""
    if not phone:
        return NOTHING
    return format_html(
        '<a class="text-link whitespace-nowrap" href="tel:{}">{}</a>', phone, written(phone)
    )


def link_to(row: Model | None, text: str = "") -> SafeString | str:
    """Return a link to a row's own page."""
    if row is None:
        return NOTHING
    page = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a class="text-link" href="{}">{}</a>', page, text or name_of(row))
