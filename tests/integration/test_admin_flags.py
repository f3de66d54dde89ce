"""Flags in the back office: what holds where, who may change it, and that it takes effect."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments import actions
from appointments.models import Branch, Company, FlagSetting, User
from features.flags import Flag
from features.models import CompanyFlag
from tests.asking import book
from tests.conftest import at, committing
from tests.factories.appointments import CompanyFactory
from tests.factories.back_office import client_of, receptionist
from tests.integration.conftest import line_to

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

SLOT_HOLDS, SKIP = Flag.SLOT_HOLDS, Flag.SKIP_ALTERNATIVES_FOR_VOICE


@pytest.fixture
def root(salon: Company) -> Client:
    client = client_of(User.objects.create_superuser("root"))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def other(salon: Company) -> Company:
    return Company.objects.exclude(pk=salon.pk).get()


def row_of(flag: Flag) -> CompanyFlag:
    return CompanyFlag.objects.get(name=flag)


def setting(flag: Flag, to: str, company: Company | None = None) -> str:
    address = reverse("admin:features_companyflag_set", args=[row_of(flag).pk])
    return f"{address}?to={to}" + (f"&company={company.slug}" if company else "")


def holds(flag: Flag, company: Company) -> bool:
    return flag.is_on(company_id=company.pk)


# --- Changing ---------------------------------------------------------------------------------


def test_nothing_changes_before_the_question_is_answered(salon, root):
    page = root.get(setting(SLOT_HOLDS, "off"))

    assert page.status_code == 200
    assert "Change a flag?" in page.content.decode()
    assert "offered slots are not kept" in page.content.decode()
    assert holds(SLOT_HOLDS, salon)
    assert not LogEntry.objects.exists()


@pytest.mark.django_db
def test_ops_set_a_flag_for_everyone_and_take_it_back(salon, other, root):
    actions.set_flag(flag=row_of(SLOT_HOLDS), company=salon, to=True)

    root.post(setting(SLOT_HOLDS, "off"))
    assert (row_of(SLOT_HOLDS).everyone, _stored(SLOT_HOLDS)) == (False, {salon.slug: True})
    root.post(setting(SLOT_HOLDS, "unset"))

    assert (row_of(SLOT_HOLDS).everyone, _stored(SLOT_HOLDS)) == (None, {salon.slug: True})


def test_a_company_is_set_on_its_own_and_follows_everyone_again(salon, other, root):
    stored = []
    for word in ("off", "on", "unset"):
        root.post(setting(SLOT_HOLDS, word, salon))
        stored.append(_stored(SLOT_HOLDS))

    assert stored == [{salon.slug: False}, {salon.slug: True}, {}]


def _stored(flag: Flag) -> dict[str, bool]:
    return dict(FlagSetting.objects.filter(flag__name=flag).values_list("company__slug", "is_on"))


@pytest.mark.parametrize("word", ["", "maybe", "None"])
def test_an_unknown_setting_is_not_found(salon, root, word):
    assert root.post(setting(SLOT_HOLDS, word)).status_code == 404


def test_a_flag_that_no_code_knows_cannot_be_set(salon, root):
    old = CompanyFlag.objects.create(name="long_gone")
    address = reverse("admin:features_companyflag_set", args=[old.pk])

    assert root.post(f"{address}?to=on").status_code == 404


# --- Who may ------------------------------------------------------------------------------------


def test_staff_set_flags_of_their_own_company_and_no_others(salon, other, desk):
    statuses = [
        desk.post(setting(SLOT_HOLDS, "off", company)).status_code
        for company in (salon, other, None)
    ]

    assert statuses == [302, 404, 403]
    assert _stored(SLOT_HOLDS) == {salon.slug: False}
    assert row_of(SLOT_HOLDS).everyone is None


def test_who_may_not_change_settings_is_offered_no_change(salon):
    user = receptionist(salon, "leserin")
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    reader = client_of(user)

    page = reader.get(reverse("admin:appointments_company_change", args=[salon.pk]))
    refused = reader.post(setting(SLOT_HOLDS, "off", salon))

    assert [row.choices for row in page.context["rows"]] == [[]] * len(Flag)
    assert refused.status_code == 403
    assert _stored(SLOT_HOLDS) == {}


# --- What is shown ------------------------------------------------------------------------------


def test_a_flag_says_what_holds_where_why_and_who_changed_it(salon, other, root):
    root.post(setting(SLOT_HOLDS, "off", salon))

    page = root.get(reverse("admin:features_companyflag_change", args=[row_of(SLOT_HOLDS).pk]))

    html = page.content.decode()
    assert "set for this company" in html
    assert html.count("root, Mon 7 Jan, 12:00") == 1
    assert "as for everyone" in html


def test_what_is_set_for_everyone_is_said_to_overrule_a_company(salon, other, root):
    root.post(setting(SLOT_HOLDS, "on", salon))
    root.post(setting(SLOT_HOLDS, "off"))

    page = root.get(reverse("admin:appointments_company_change", args=[salon.pk]))

    rows = {row.title: row for row in page.context["rows"]}
    assert set(rows) == set(Flag)
    assert rows[SLOT_HOLDS].because == "set for everyone"
    assert "off" in rows[SLOT_HOLDS].state
    assert [choice.text for choice in rows[SLOT_HOLDS].choices if choice.is_current] == ["on"]
    assert not holds(SLOT_HOLDS, salon)


def test_the_list_names_who_changed_a_flag_last(salon, root):
    root.post(setting(SLOT_HOLDS, "off", salon))
    root.post(setting(SLOT_HOLDS, "unset"))

    html = root.get(reverse("admin:features_companyflag_changelist")).content.decode()

    assert html.count("root, Mon 7 Jan, 12:00") == 1


@pytest.mark.parametrize("page", ["flag", "company"])
def test_pages_of_flags_ask_as_much_for_three_companies_as_for_one(salon, root, page):
    address = (
        reverse("admin:features_companyflag_change", args=[row_of(SLOT_HOLDS).pk])
        if page == "flag"
        else reverse("admin:appointments_company_change", args=[salon.pk])
    )

    def count() -> int:
        root.get(address)
        with CaptureQueriesContext(connection) as queries:
            root.get(address)
        return len(queries)

    root.post(setting(SLOT_HOLDS, "off", salon))
    before = count()
    for company in CompanyFactory.create_batch(2):
        root.post(setting(SLOT_HOLDS, "off", company))
    root.post(setting(SKIP, "on", salon))

    assert count() == before


# --- Taking effect -------------------------------------------------------------------------------


@committing
def test_skipping_alternatives_holds_from_the_next_function_call_of_the_same_call_on(
    cut, branch: Branch, root
):
    """Through the admin on one side and the signed door on the other, as it happens at night."""
    line = line_to(branch)
    book(cut, at(10), branch=branch, now=at(12, days=-1))
    wish = {"service": cut.name, "date": "morgen", "time": "10:00"}

    before = line.ask("check_availability", **wish)
    root.post(setting(SKIP, "on", branch.company))
    during = line.ask("check_availability", **wish)
    root.post(setting(SKIP, "unset", branch.company))
    after = line_to(branch, call_id="call_later").ask("check_availability", **wish)

    offered = [len(answer["data"]["alternatives"]) for answer in (before, during, after)]
    assert [answer["status"] for answer in (before, during, after)] == ["unavailable"] * 3
    assert offered == [2, 0, 2]
