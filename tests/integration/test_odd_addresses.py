"""Whatever somebody types into an address or a form, or a scanner tries: no failure of ours."""

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse

from appointments.models import Appointment, User
from tests.factories.back_office import client_of, sent
from tests.integration.test_role_pages import rows_of

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

NUMBER, DAY = "9" * 20, "9999-12-31"
# As an address spells them: no text, no key, no day, no date in another zone, none of the choices.
ODD = ["%00", NUMBER, "-1", "2026-02-30", DAY, "0001-01-01", "%F0%9F%92%87,[]", "x" * 2000]
HARMFUL = ("%00", NUMBER, DAY, "0001-01-01")
OF_EVERY_LIST = ("q", "o", "p", "all", "_to_field", "_popup", "company", "pk__in")
PAGES = {
    "day/": ("date", "branch", "staff"),
    "search/": ("s", "page"),
    "login/": ("next",),
    "two-factor/code/": ("next",),
    "autocomplete/": ("term", "app_label", "model_name", "field_name"),
    "appointments/customer/choices/": ("term",),
    "appointments/appointment/add/": ("branch", "customer", "day", "time"),
    "appointments/appointment/export/": ("day", "branch__id__exact", "status__exact"),
    "appointments/appointment/walk-in/": ("branch", "service"),
    "appointments/appointment/{appointment}/move/": ("day", "time", "staff"),
    "appointments/busytime/add/": ("staff", "starts_at"),
    "calcom/calcomeventmap/matrix/": ("branch", "page"),
    "features/companyflag/{companyflag}/set/": ("to", "company"),
}
BESIDE = {
    "search/": {"s": "a", "extended": "1"},
    "appointments/appointment/{appointment}/move/": {"day": "2030-01-08", "time": "10:00"},
    "features/companyflag/{companyflag}/set/": {"to": "on"},
}


@pytest.fixture
def rows(salon, cut, branch):
    return rows_of(branch) | {"staff": cut.staff_services.get().staff_id}


@pytest.fixture
def root(db):
    return client_of(User.objects.create_superuser("root"))


def ask(client, address, **asked):
    """Return the status of a page; what the database refuses must not spoil the test's own."""
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    with transaction.atomic():
        answer = client.get(f"{address}?{query}")
        return answer.status_code


@pytest.mark.parametrize("page", PAGES)
def test_a_page_answers_whatever_stands_in_its_address(rows, root, page):
    beside = BESIDE.get(page, {})
    if page.endswith("move/"):
        beside = beside | {"staff": rows["staff"]}
    address = "/admin/" + page.format(**rows)

    said = {
        (name, odd): ask(root, address, **beside | {name: odd})
        for name in PAGES[page]
        for odd in ODD
    }

    assert {asked: status for asked, status in said.items() if status >= 500} == {}


LISTS = sorted(model._meta.label_lower for model in admin.site._registry)  # noqa: SLF001 -- no public way


@pytest.mark.parametrize("label", LISTS)
def test_a_list_answers_whatever_it_is_to_be_filtered_by(rows, root, label):
    address = reverse(f"admin:{label.replace('.', '_')}_changelist")
    filters = root.get(address).context["cl"].filter_specs
    names = [name for each in filters for name in each.expected_parameters()]

    said = {(name, odd): ask(root, address, **{name: odd}) for name in names for odd in HARMFUL}
    said |= {
        (name, odd): ask(root, address, **{name: odd})
        for name in OF_EVERY_LIST
        for odd in ("%00", NUMBER)
    }

    assert {asked: status for asked, status in said.items() if status >= 500} == {}


# --- Forms ------------------------------------------------------------------------------------


def day_in(name, day):
    return {f"{name}_0": day, f"{name}_1": "00:00"}


def filled(page, day):
    """Return what is typed into a page that takes a day."""
    return {
        "appointments/busytime/add/": day_in("starts_at", day) | day_in("ends_at", day),
        "appointments/callbackrequest/add/": day_in("due_at", day),
        "appointments/appointment/add/": {"day": day, "time": "00:00"},
        "appointments/appointment/{appointment}/move/": {"day": day, "time": "00:00"},
        "appointments/branch/{branch}/change/": {"closures-0-closed_on": day},
        "appointments/staff/{staff}/change/": {
            f"time_off-0-{name}": value for name, value in day_in("starts_at", day).items()
        },
    }[page]


INLINES = ("opening_hours", "closures", "phone_numbers", "working_hours", "time_off")
ONE_NEW = {
    f"{name}-{count}_FORMS": number
    for name in INLINES
    for count, number in (("TOTAL", 1), ("INITIAL", 0))
}


@pytest.mark.parametrize("day", ["0001-01-01", DAY])
@pytest.mark.parametrize(
    "page",
    [
        "appointments/busytime/add/",
        "appointments/callbackrequest/add/",
        "appointments/appointment/add/",
        "appointments/appointment/{appointment}/move/",
        "appointments/branch/{branch}/change/",
        "appointments/staff/{staff}/change/",
    ],
)
def test_a_day_that_no_clock_can_show_is_refused_beside_its_field(rows, branch, root, page, day):
    """Written down, it would break every page that lists it."""
    address = "/admin/" + page.format(**rows, branch=branch.pk)

    answer = root.post(address, ONE_NEW | filled(page, day))

    assert answer.status_code == 200
    assert "Mit diesem Jahr kann niemand rechnen" in answer.content.decode()


def test_nobody_looks_for_slots_in_a_thousand_years(rows, salon, root):
    address = f"/admin/appointments/company/{salon.pk}/change/"

    answer = root.post(address, sent(root, address, horizon_days=3651))

    assert "kleiner oder gleich 3650" in answer.content.decode()


@pytest.mark.parametrize("reason", ["a\x00b", "x" * 251])
def test_a_reason_that_cannot_be_kept_cancels_nothing(rows, root, reason):
    chosen = {"action": "cancel_selected", "_selected_action": [rows["appointment"]]}

    answer = root.post(
        "/admin/appointments/appointment/", chosen | {"confirmed": "yes", "reason": reason}
    )

    assert answer.status_code == 200
    assert Appointment.objects.get(pk=rows["appointment"]).status == "confirmed"


@pytest.mark.parametrize("key", ["abc", "\x00", "1.5", ""])
@pytest.mark.parametrize(
    ("page", "act"),
    [
        ("appointment", "complete_selected"),
        ("callbackrequest", "mark_done"),
        ("review", "retry_selected"),
    ],
)
def test_what_is_no_key_was_ticked_on_no_page(rows, root, page, act, key):
    data = {"action": act, "_selected_action": [key]}

    assert root.post(f"/admin/appointments/{page}/", data).status_code == 400


def test_the_database_is_not_asked_for_sessions_it_cannot_hold(db, django_assert_num_queries):
    spelled = 'sessionid="\\000abcdefghijklmnopqrstuvwxyz"'

    with django_assert_num_queries(0):
        answer = Client(headers={"Cookie": spelled}).get("/admin/day/")

    assert answer["Location"].startswith("/admin/login/")
