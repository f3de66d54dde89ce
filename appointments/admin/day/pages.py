"""The pages: a day of a branch, a week of one person, and what one card says when opened."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from appointments.admin.base import choices_for
from appointments.admin.day.drawing import draw
from appointments.admin.day.words import SYNC_ICONS, Mark, marks_of, price_of, status_of
from appointments.admin.filters import read_day
from appointments.admin.shown import NOTHING, clock, moment, name_of, phone_link
from appointments.models import Appointment, Branch, Staff, Status, SyncStatus
from appointments.queries import Board, get_board

# Who works at two branches should not have to choose theirs every morning.
BRANCH_COOKIE = "day_branch"
A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an address of this page asks for.

    Attributes:
        day: a local day of the branch.
        staff: a week of this person; None for the day of everybody.
        everybody: show who does not work, too.
        cancelled: show what was cancelled, too.
    """

    branch: Branch
    day: date
    staff: Staff | None
    everybody: bool
    cancelled: bool

    @property
    def days(self) -> tuple[date, date]:
        if self.staff is None:
            return self.day, self.day
        monday = self.day - timedelta(days=self.day.weekday())
        return monday, monday + timedelta(days=6)

    def at(self, **changes: Any) -> str:
        """Return this page's address, with something else asked for."""
        asked = {
            "branch": self.branch.pk,
            "date": self.day.isoformat(),
            "staff": self.staff.pk if self.staff else "",
            "all": "1" if self.everybody else "",
            "cancelled": "1" if self.cancelled else "",
        } | changes
        return f"{reverse('day')}?{urlencode({key: it for key, it in asked.items() if it})}"


def day(request: HttpRequest) -> HttpResponse:
    """Show what happens in a branch on a day, or in a week of one person."""
    model_admin: Any = admin.site.get_model_admin(Appointment)
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    branches = list(choices_for(Branch, request).select_related("company"))
    context = {
        **admin.site.each_context(request),
        "title": _("Day view"),
        "branches": [(branch.pk, _name(branch, branches)) for branch in branches],
    }
    request.current_app = admin.site.name
    if not branches:
        return TemplateResponse(request, "admin/appointments/day.html", context)
    wanted = _wanted(request, branches)
    context |= _context(wanted) | {
        "may_add": model_admin.has_add_permission(request),
        "may_change": model_admin.has_change_permission(request),
    }
    response = TemplateResponse(request, "admin/appointments/day.html", context)
    response.set_cookie(
        BRANCH_COOKIE, str(wanted.branch.pk), max_age=A_YEAR, httponly=True, samesite="Lax"
    )
    return response


def _name(branch: Branch, branches: list[Branch]) -> str:
    """Call a branch by its name; with its company, where there are several to choose from."""
    several = len({each.company_id for each in branches}) > 1
    return name_of(branch, bare=not several)


def _wanted(request: HttpRequest, branches: list[Branch]) -> Wanted:
    """Understand an address; what it does not say, or says wrongly, is what is usual."""
    by_key = {str(branch.pk): branch for branch in branches}
    asked = (request.GET.get("branch", ""), request.COOKIES.get(BRANCH_COOKIE, ""))
    branch = next((by_key[key] for key in asked if key in by_key), branches[0])
    staff_id = request.GET.get("staff", "")
    return Wanted(
        branch=branch,
        day=read_day(request.GET.get("date")) or timezone.localdate(timezone=branch.zone),
        staff=(
            Staff.objects.filter(branch=branch, pk=staff_id).first()
            if staff_id.isdecimal()
            else None
        ),
        everybody=bool(request.GET.get("all")),
        cancelled=bool(request.GET.get("cancelled")),
    )


def _context(wanted: Wanted) -> dict[str, Any]:
    now = timezone.now()
    first, last = wanted.days
    board = get_board(
        wanted.branch,
        first=first,
        last=last,
        now=now,
        staff_id=wanted.staff.pk if wanted.staff else None,
        cancelled=wanted.cancelled,
    )
    by_day = wanted.staff is not None
    shown = [
        column for column in board.columns if wanted.everybody or by_day or column.has_anything
    ]
    step = timedelta(days=7 if by_day else 1)
    today = timezone.localdate(now, timezone=wanted.branch.zone)
    return {
        "wanted": wanted,
        "heading": _heading(wanted),
        "closed_because": _closed(board, wanted),
        "drawing": draw(board, shown, now=now, by_day=by_day),
        "hidden": len(board.columns) - len(shown),
        "people": _people(board, wanted),
        "is_today": first <= today <= last,
        "today": wanted.at(date=today.isoformat()),
        "previous": wanted.at(date=(wanted.day - step).isoformat()),
        "next": wanted.at(date=(wanted.day + step).isoformat()),
        "one_day": wanted.at(staff=""),
        "toggle_all": wanted.at(all="" if wanted.everybody else "1"),
        "toggle_cancelled": wanted.at(cancelled="" if wanted.cancelled else "1"),
        "here": wanted.at(),
        "legend": _legend(),
        "marks": _marks_explained(),
        "book": reverse("admin:appointments_appointment_add"),
        "change": reverse("admin:appointments_appointment_change", args=[0]),
    }


def _heading(wanted: Wanted) -> str:
    first, last = wanted.days
    if wanted.staff is None:
        return date_format(first, _("l, j F Y"))
    begin, end = date_format(first, _("j F")), date_format(last, _("j F Y"))
    return f"{wanted.staff.name}: {begin} {NOTHING} {end}"


def _closed(board: Board, wanted: Wanted) -> str:
    """Return why nobody works on the day shown; nothing where the branch opens."""
    if board.open or wanted.staff is not None:
        return ""
    reason = board.closed.get(wanted.day, "")
    return _("Closed: %s") % reason if reason else _("Closed on this day.")


def _people(board: Board, wanted: Wanted) -> list[tuple[int, str]]:
    """Return whose weeks can be looked at."""
    if wanted.staff is None:
        return [(column.staff.pk, column.staff.name) for column in board.columns]
    staff = Staff.objects.filter(branch=wanted.branch, is_active=True).order_by("name", "pk")
    return list(staff.values_list("pk", "name"))


def _legend() -> list[tuple[str, str]]:
    """Return the kinds of block there are, and their names."""
    return [
        *((f"is-{status}", str(status.label)) for status in Status),
        ("is-gap", _("waiting time, can be booked")),
        ("is-buffer", _("buffer")),
        ("is-busy", _("busy elsewhere")),
        ("is-closed", _("closed, or not working")),
    ]


def _marks_explained() -> list[Mark]:
    return [
        Mark("flag", _("needs a person"), "danger"),
        *(Mark(icon, f"Cal.com: {status.label}", status) for status, icon in SYNC_ICONS.items()),
        Mark("fiber_new", _("New customer"), "new"),
        Mark("sticky_note_2", _("has notes"), "notes"),
    ]


def card(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell all there is to know about one appointment, and offer what can be done with it."""
    model_admin: Any = admin.site.get_model_admin(Appointment)
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    appointment = model_admin.get_object(request, str(pk))
    if appointment is None:
        raise Http404
    may_change = model_admin.has_change_permission(request, appointment)
    return TemplateResponse(
        request,
        "admin/appointments/card.html",
        {
            "appointment": appointment,
            "when": f"{moment(appointment.starts_at, appointment.branch)} {NOTHING} "
            f"{clock(appointment.ends_at, appointment.branch)}",
            "status": status_of(appointment, appointment.branch),
            "price": price_of(appointment),
            "phone": appointment.customer and phone_link(appointment.customer.phone or ""),
            "marks": [mark for mark in marks_of(appointment) if mark.kind != "notes"],
            "syncs": appointment.sync_status != SyncStatus.NOT_APPLICABLE,
            "actions": _acts(model_admin, request, pk) if may_change else [],
            "page": reverse("admin:appointments_appointment_change", args=[pk]),
            "back": request.GET.get("back", ""),
        },
    )


def _acts(model_admin: Any, request: HttpRequest, pk: int) -> list[tuple[Any, str]]:
    """Return what can still be done with an appointment, as on its own page, and where."""
    return [
        (act, reverse(f"admin:{act.action_name}", args=[pk]))
        for act in model_admin.get_actions_detail(request, pk)
    ]
