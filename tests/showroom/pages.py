"""Every page of the back office that somebody looks at, and what is done there first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.urls import reverse

from appointments.models import Appointment, CallbackRequest, Customer, ReviewReason, Staff, Status
from calcom.models import EventMapDrift
from tests.showroom.opening import Showroom
from voice.models import Call

Tab = Any  # the browser's; what has none can still ask for every page
Act = Callable[[Tab], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page.

    Attributes:
        name: of its pictures.
        at: its address.
        who: "reception", "manager", "ops", or "" for nobody who has logged in.
        act: what is done there before the picture is taken.
        whole: whether the picture shows all of the page, however long it is.
    """

    name: str
    at: Callable[[Showroom], str]
    who: str = "manager"
    act: Act | None = None
    whole: bool = False


def _to(name: str, *args: Any, query: str = "") -> str:
    return reverse(name, args=args) + query


def _list(model: str, query: str = "") -> Callable[[Showroom], str]:
    return lambda _room: _to(f"admin:{model}_changelist", query=query)


def _one(
    model: str, pk: Callable[[Showroom], int], page: str = "change"
) -> Callable[[Showroom], str]:
    return lambda room: _to(f"admin:{model}_{page}", pk(room))


def _perm(room: Showroom) -> Appointment:
    """Return Mara's first perm of the day that is looked at."""
    midnight = room.now.replace(hour=0, minute=0)
    perms = Appointment.objects.filter(
        branch=room.branch,
        staff__slug="mara",
        service__slug="dauerwelle",
        starts_at__range=(midnight, midnight + timedelta(days=1)),
    )
    return perms.order_by("starts_at")[0]


def _later_today(room: Showroom) -> int:
    upcoming = Appointment.objects.of(room.branch.company).upcoming(now=room.now)
    tint = upcoming.filter(service__slug="ansatzfaerbung").order_by("starts_at")
    return tint[0].pk


def _review(reason: str) -> Callable[[Showroom], int]:
    return lambda room: (
        Appointment.objects.of(room.branch.company)
        .needing_review()
        .filter(review_reason=reason)
        .order_by("pk")[0]
        .pk
    )


def _call(room: Showroom) -> int:
    """Return a call that shows what a call can be: refused, offered, taken."""
    rows = Call.objects.filter(company=room.branch.company, appointment__status=Status.CONFIRMED)
    rows = rows.filter(function_calls__alternatives__gt=0, ended_at__isnull=False)
    return rows.order_by("-created_at")[0].pk


def _broken_promise(room: Showroom) -> int:
    rows = Call.objects.filter(company=room.branch.company, requires_manual_review=True)
    return rows.order_by("-created_at")[0].pk


def _regular(room: Showroom) -> int:
    rows = Customer.objects.filter(company=room.branch.company).exclude(notes="")
    counted = rows.annotate(visits=Count("appointments")).order_by("-visits", "pk")
    return counted[0].pk


def _callback(room: Showroom) -> int:
    rows = CallbackRequest.objects.filter(company=room.branch.company).still_open()
    return rows.order_by("due_at", "pk")[0].pk


def _drifted(room: Showroom) -> int:
    rows = EventMapDrift.objects.filter(event_map__company=room.branch.company)
    return rows.order_by("pk")[0].event_map_id


def _staff(room: Showroom) -> Staff:
    return room.branch.staff.get(slug="mara")


def _service(room: Showroom) -> int:
    return int(room.branch.company.services.get(slug="dauerwelle").pk)


def _week(room: Showroom) -> str:
    return _to("day", query=f"?staff={_staff(room).pk}&date={room.now:%Y-%m-%d}")


def _booking(room: Showroom) -> str:
    wish = f"?branch={room.branch.pk}&staff={_staff(room).pk}&day={room.now:%Y-%m-%d}&time=17:00"
    return _to("admin:appointments_appointment_add", query=wish)


def _move(room: Showroom) -> str:
    aylin = room.branch.staff.get(slug="aylin")
    wish = f"?day={room.now + timedelta(days=1):%Y-%m-%d}&time=10:00&staff={aylin.pk}"
    return _to("admin:appointments_appointment_move", _later_today(room), query=wish)


def _open_card(tab: Tab) -> None:
    tab.locator(".day-card.is-confirmed:has(.is-gap) > a").last.click()
    tab.locator("#modal-content .day-actions").wait_for()


def _unfold_legend(tab: Tab) -> None:
    tab.locator(".day-legend summary").click()
    tab.locator(".day-legend").scroll_into_view_if_needed()


def _search_everywhere(tab: Tab) -> None:
    tab.keyboard.press("Control+k")
    tab.locator("#search-input-command").press_sequentially("Anna")
    tab.locator("#command-results a").first.wait_for()


def _compare(tab: Tab) -> None:
    tab.locator("#content button[type=submit], main button").first.click()
    tab.wait_for_load_state()


def _tick(tab: Tab) -> None:
    for box in tab.locator("input[type=checkbox][name=missing]").all()[:2]:
        box.check()


PAGES = (
    Page(name="log-in", at=lambda _: _to("admin:login"), who=""),
    Page(name="dashboard", at=lambda _: _to("admin:index"), whole=True),
    Page(name="day", at=lambda _: _to("day"), who="reception"),
    Page(name="day-card", at=lambda _: _to("day"), who="reception", act=_open_card),
    Page(name="day-legend", at=lambda _: _to("day"), who="reception", act=_unfold_legend),
    Page(name="week", at=_week, who="reception"),
    Page(name="move", at=_move, who="reception"),
    Page(name="book", at=_booking, who="reception", whole=True),
    Page(name="appointments", at=_list("appointments_appointment"), who="reception"),
    Page(
        name="appointment",
        at=_one("appointments_appointment", lambda room: _perm(room).pk),
        who="reception",
        whole=True,
    ),
    Page(name="reviews", at=_list("appointments_review"), who="reception", whole=True),
    Page(
        name="review",
        at=_one("appointments_review", _review(ReviewReason.PARTIAL_BOOKING)),
        who="reception",
        whole=True,
    ),
    Page(
        name="review-both-sides",
        at=_one("appointments_review", _review(ReviewReason.SEGMENT_CHANGED_IN_CALCOM), "compare"),
        who="reception",
        act=_compare,
        whole=True,
    ),
    Page(
        name="review-resolve",
        at=_one("appointments_review", _review(ReviewReason.PARTIAL_BOOKING), "cancel_and_call"),
        who="reception",
    ),
    Page(name="callbacks", at=_list("appointments_callbackrequest"), who="reception"),
    Page(
        name="callback",
        at=_one("appointments_callbackrequest", _callback),
        who="reception",
        whole=True,
    ),
    Page(name="customers", at=_list("appointments_customer"), who="reception"),
    Page(
        name="customer",
        at=_one("appointments_customer", _regular),
        who="reception",
        whole=True,
    ),
    Page(name="customer-erase", at=_one("appointments_customer", _regular, "erase")),
    Page(name="calls", at=_list("voice_call"), who="reception"),
    Page(name="call", at=_one("voice_call", _call), who="reception", whole=True),
    Page(name="call-promise", at=_one("voice_call", _broken_promise), who="reception", whole=True),
    Page(
        name="search", at=lambda _: _to("admin:search", query="?s=mara&extended=1"), who="reception"
    ),
    Page(name="palette", at=lambda _: _to("day"), who="reception", act=_search_everywhere),
    Page(name="busy-times", at=_list("appointments_busytime")),
    Page(name="staff", at=_list("appointments_staff")),
    Page(
        name="staff-member",
        at=_one("appointments_staff", lambda room: _staff(room).pk),
        whole=True,
    ),
    Page(name="services", at=_list("appointments_service")),
    Page(name="service", at=_one("appointments_service", _service), whole=True),
    Page(name="branches", at=_list("appointments_branch")),
    Page(
        name="opening-hours",
        at=_one("appointments_branch", lambda room: room.branch.pk),
        whole=True,
    ),
    Page(
        name="company",
        at=_one("appointments_company", lambda room: room.branch.company_id),
        whole=True,
    ),
    Page(name="event-maps", at=_list("calcom_calcomeventmap")),
    Page(name="event-map", at=_one("calcom_calcomeventmap", _drifted), whole=True),
    Page(
        name="event-map-matrix",
        at=lambda _: _to("admin:calcom_calcomeventmap_matrix"),
        act=_tick,
        whole=True,
    ),
    Page(name="sync-progress", at=_list("calcom_syncstate")),
    Page(name="orphaned-bookings", at=_list("calcom_orphanedbooking")),
    Page(name="webhooks", at=_list("calcom_webhookdelivery")),
    Page(name="audit-trail", at=_list("appointments_auditentry")),
    Page(name="flags", at=_list("features_companyflag"), who="ops"),
    Page(name="users", at=_list("appointments_user"), who="ops"),
    Page(name="companies", at=_list("appointments_company"), who="ops"),
    Page(name="all-salons", at=lambda _: _to("admin:index"), who="ops"),
)
