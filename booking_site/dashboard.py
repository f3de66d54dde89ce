"""The first page of the back office: how the salon is doing, and what to do about it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.admin.base import choices_for, sees_everything
from appointments.models import Company
from booking_site.figures.activity import DAYS, LATENCY_DAYS, get_days, get_latencies
from booking_site.figures.measures import measure_all
from booking_site.figures.open_work import Health, OpenWork, get_open_work

NEEDED = ("appointments.view_appointment", "voice.view_call")

HEALTH_WORDS = {
    Health.OK: (_("All is well"), "check_circle"),
    Health.DEGRADED: (_("Something needs attention"), "warning"),
    Health.CRITICAL: (_("Act now"), "error"),
}
# What is wrong, what to do about it, and on which page.
REMEDIES: dict[str, tuple[Any, Any, str]] = {
    "given_up": (
        _("Appointments have been missing in Cal.com for more than a day: %(given_up)s."),
        _("Open each and retry, or settle it; until then Cal.com may give their time away."),
        "admin:appointments_review_changelist",
    ),
    "stuck": (
        _("Appointments have been waiting for Cal.com for more than an hour: %(stuck)s."),
        _("Does Cal.com answer? Does the worker run? Everything is sent by itself once both do."),
        "admin:calcom_syncstate_changelist",
    ),
    "success": (
        _("Of the syncs of the last 24 hours %(success_percent).0f %% ended well."),
        _("Look at the reasons in the list of reviews: most often it is one and the same."),
        "admin:appointments_review_changelist",
    ),
    "reviews": (
        _("Appointments and calls that need a person: %(reviews)s."),
        _("Work through the list, the earliest start first."),
        "admin:appointments_review_changelist",
    ),
    "overdue": (
        _("Callbacks that should have been made by now: %(overdue)s."),
        _("Call back first those that are marked as urgent."),
        "admin:appointments_callbackrequest_changelist",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that is wrong, in words, and where it is put right."""

    text: str
    remedy: str
    page: str
    is_critical: bool


def show(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the figures, for whoever may see what they are counted from.

    About ten questions, however many companies, days and rows there are.
    """
    companies = list(choices_for(Company, request))
    if not companies or not all(request.user.has_perm(name) for name in NEEDED):
        return context
    now = timezone.now()
    chosen = _chosen(request, companies)
    company_ids = [chosen.pk] if chosen else [company.pk for company in companies]
    work = sum(get_open_work(company_ids=company_ids, now=now).values(), start=OpenWork())
    words, icon = HEALTH_WORDS[work.health]
    return context | {
        "title": _("Overview"),
        "companies": companies if sees_everything(request) else [],
        "company": chosen,
        "work": work,
        "health": work.health.value,
        "health_words": words,
        "health_icon": icon,
        "troubles": _troubles(work),
        "open_tiles": _open_tiles(work),
        "measured": measure_all(get_days(company_ids=company_ids, now=now)),
        "latencies": get_latencies(company_ids=company_ids, now=now),
        "days": DAYS,
        "latency_days": LATENCY_DAYS,
    }


def _chosen(request: HttpRequest, companies: list[Company]) -> Company | None:
    """Return the company whose figures are asked for; None for all that may be seen."""
    if len(companies) == 1:
        return companies[0]
    slug = request.GET.get("company", "")
    return next((company for company in companies if company.slug == slug), None)


def _troubles(work: OpenWork) -> list[Trouble]:
    overdue = ("overdue",) if work.overdue else ()
    facts = {name: getattr(work, name) for name in (*work.__slots__, "success_percent")}
    return [
        Trouble(
            text=str(REMEDIES[name][0]) % facts,
            remedy=str(REMEDIES[name][1]),
            page=reverse(REMEDIES[name][2]),
            is_critical=name in work.critical,
        )
        for name in (*work.critical, *work.degraded, *overdue)
    ]


def _open_tiles(work: OpenWork) -> list[tuple[Any, int, str]]:
    """Return what is open: its name, how much, and the list that shows it."""
    return [
        (_("To review"), work.reviews, reverse("admin:appointments_review_changelist")),
        (
            _("Callbacks to be made"),
            work.callbacks,
            reverse("admin:appointments_callbackrequest_changelist"),
        ),
        (
            _("... of those, overdue"),
            work.overdue,
            reverse("admin:appointments_callbackrequest_changelist") + "?state=overdue",
        ),
        (
            _("Waiting for Cal.com"),
            work.pending,
            reverse("admin:appointments_appointment_changelist") + "?sync_status__exact=pending",
        ),
        (
            _("Orphaned bookings"),
            work.orphans,
            reverse("admin:calcom_orphanedbooking_changelist"),
        ),
    ]
