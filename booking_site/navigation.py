"""The menu of the back office: who finds what, and how much of it is waiting."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from appointments.admin.base import within_company
from appointments.models import CallbackRequest, Review
from calcom.models import WebhookDelivery
from voice.models import Call

Item = dict[str, Any]


def count_reviews(request: HttpRequest) -> int:
    return within_company(Review.objects.needing_review(), request).count()


def count_calls(request: HttpRequest) -> int:
    return within_company(Call.objects.filter(requires_manual_review=True), request).count()


def count_callbacks(request: HttpRequest) -> int:
    still_open = CallbackRequest.objects.still_open()
    return within_company(still_open, request).count()


def count_failed_webhooks(request: HttpRequest) -> int:
    failed = WebhookDelivery.objects.filter(state=WebhookDelivery.State.FAILED)
    return within_company(failed, request).count()


Count = Callable[[HttpRequest], int] | None
# title, icon, model, and how many of its rows wait for somebody
GROUPS: tuple[tuple[Any, tuple[tuple[Any, str, str, Count], ...]], ...] = (
    (
        _("Day to day"),
        (
            (_("Appointments"), "calendar_month", "appointments.appointment", None),
            (_("To review"), "error", "appointments.review", count_reviews),
            (_("Callbacks"), "phone_callback", "appointments.callbackrequest", count_callbacks),
            (_("Customers"), "group", "appointments.customer", None),
            (_("Calls"), "call", "voice.call", count_calls),
        ),
    ),
    (
        _("Salon"),
        (
            (_("Busy times"), "event_busy", "appointments.busytime", None),
            (_("Staff"), "badge", "appointments.staff", None),
            (_("Services"), "content_cut", "appointments.service", None),
            (_("Branches"), "storefront", "appointments.branch", None),
            (_("Companies"), "domain", "appointments.company", None),
        ),
    ),
    (
        "Cal.com",
        (
            (_("Event maps"), "link", "calcom.calcomeventmap", None),
            (_("Sync progress"), "sync", "calcom.syncstate", None),
            (_("Orphaned bookings"), "link_off", "calcom.orphanedbooking", None),
            (_("Webhooks"), "webhook", "calcom.webhookdelivery", count_failed_webhooks),
        ),
    ),
    (
        _("System"),
        (
            (_("Audit trail"), "history", "appointments.auditentry", None),
            (_("Flags"), "flag", "features.companyflag", None),
            (_("Users"), "person", "appointments.user", None),
            (_("Groups"), "groups", "auth.group", None),
            (_("Failed log-ins"), "lock_clock", "axes.accessattempt", None),
        ),
    ),
)


def get_house(request: HttpRequest) -> str:
    """Return whose back office this is: the company's, for all who belong to one."""
    company = getattr(request.user, "company", None)
    return company.name if company else "booking_site"


def get_navigation(request: HttpRequest) -> list[Item]:
    """Return the menu for this person: what they may not see is not there."""
    admins = {
        f"{model._meta.app_label}.{model._meta.model_name}": model_admin
        for model, model_admin in admin.site._registry.items()  # noqa: SLF001 -- no public way
    }
    groups: list[Item] = [
        {
            "title": title,
            "separator": True,
            "items": [
                _item(request, name, icon, model, count)
                for name, icon, model, count in items
                if admins[model].has_view_permission(request)
            ],
        }
        for title, items in GROUPS
    ]
    if admins["appointments.appointment"].has_view_permission(request):
        # First of all, and no model's: where they spend the day.
        view = {"title": _("Day view"), "icon": "view_week", "link": reverse("day")}
        groups[0]["items"].insert(0, view)
    return groups


def get_account_links(request: HttpRequest) -> list[Item]:
    """Return what stands in a person's own menu, beside the log-out."""
    links: list[Item] = [{"title": _("Two-factor sign-in"), "link": reverse("two_factor")}]
    if request.user.is_authenticated and request.user.has_usable_password():
        links.insert(0, {"title": _("Change password"), "link": reverse("admin:password_change")})
    return links


FLAGGED = "?requires_manual_review__exact=1"
# Both halves of the queue: what stands wrong, and what was only said. A bare "?" tells these
# addresses from the menu's: else the theme marks both entries of the menu as chosen.
REVIEWS = (
    (_("Appointments to review"), "appointments.review", "?"),
    (_("Calls to review"), "voice.call", FLAGGED),
    (_("All calls"), "voice.call", "?"),
)


def get_tabs(request: HttpRequest) -> list[Item]:
    """Return what stands above both lists of the queue: each leads to the other."""
    path = reverse("admin:voice_call_changelist")
    chosen = request.GET.get("requires_manual_review__exact") == "1"
    items = []
    for title, model, query in REVIEWS:
        page = reverse(f"admin:{model.replace('.', '_')}_changelist")
        here = request.path == page and (page != path or chosen == (query == FLAGGED))
        item = {"title": title, "link": page + query, "active": here}
        items.append(item | {"permission": _may_view(model)})
    return [{"models": ["appointments.review", "voice.call"], "items": items}]


def _may_view(model: str) -> Callable[[HttpRequest], bool]:
    app, _dot, name = model.partition(".")
    return lambda request: request.user.has_perm(f"{app}.view_{name}")


def _item(request: HttpRequest, title: Any, icon: str, model: str, count: Count) -> Item:
    page = reverse(f"admin:{model.replace('.', '_')}_changelist")
    item: Item = {"title": title, "icon": icon, "link": page}
    if count and (waiting := count(request)):
        item |= {"badge": waiting, "badge_variant": "danger"}
    return item
