"""Logging in: what guessing passwords leads to, how long a session lasts, and how it ends."""

from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from appointments.models import AuditEntry, Company, User
from booking_site.tasks import forget_log_ins
from tests.factories.back_office import client_of

RIGHT, WRONG = "richtig-und-lang", "falsch"
LOG_IN = "/admin/login/?next=/admin/"
ATTEMPTS = "/admin/axes/accessattempt/"


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False) as clock:
        yield clock


@pytest.fixture
def mara_logs_in(salon):
    return User.objects.create_user("mara", password=RIGHT, is_staff=True, company=salon)


def person(company, role, name=""):
    name = name or f"{role} von {company.slug}"
    user = User.objects.create_user(name, password=RIGHT, is_staff=True, company=company)
    user.groups.add(Group.objects.get(name=role))
    return user


def log_in(password, *, name="mara", client=None, **headers):
    headers = {"REMOTE_ADDR": "203.0.113.7"} | headers
    return (client or Client()).post(LOG_IN, {"username": name, "password": password}, **headers)


def fail(times, **more):
    return [log_in(WRONG, **more).status_code for _ in range(times)]


def test_who_comes_from_nowhere_finds_the_first_page_behind_the_log_in(mara_logs_in):
    answer = Client().post("/admin/login/", {"username": "mara", "password": RIGHT})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")


def test_the_fifth_wrong_password_ends_in_a_pause_of_a_quarter_of_an_hour(mara_logs_in, clock, now):
    assert fail(5) == [200, 200, 200, 200, 429]

    assert log_in(RIGHT).status_code == 429
    clock.move_to(now + timedelta(minutes=14, seconds=59))
    assert log_in(RIGHT).status_code == 429
    clock.move_to(now + timedelta(minutes=15, seconds=1))
    assert log_in(RIGHT).status_code == 302


def test_the_page_says_when_to_try_again_and_whom_to_ask(mara_logs_in, clock, now):
    fail(5)
    clock.move_to(now + timedelta(minutes=5))
    german = log_in(RIGHT)
    english = log_in(RIGHT, HTTP_ACCEPT_LANGUAGE="en")

    assert "Ab 12:15 Uhr können Sie es wieder versuchen" in german.content.decode()
    assert "You can try again at 12:15" in english.content.decode()
    assert "Ask your manager" in english.content.decode()
    assert german["Retry-After"] == "600"


def test_trying_during_the_pause_does_not_prolong_it(mara_logs_in, clock, now):
    fail(5)
    clock.move_to(now + timedelta(minutes=10))
    fail(20)

    clock.move_to(now + timedelta(minutes=15, seconds=1))
    assert log_in(RIGHT).status_code == 302


def test_neither_a_colleague_nor_another_address_has_to_wait(mara_logs_in, salon):
    person(salon, "manager", name="jonas")
    fail(5)

    assert log_in(RIGHT, name="jonas").status_code == 302
    assert log_in(RIGHT, REMOTE_ADDR="203.0.113.8").status_code == 302


def test_another_browser_and_an_emptied_cache_change_nothing(mara_logs_in):
    """All processes count together: what counts is in the database."""
    for number in range(4):
        assert fail(1, HTTP_USER_AGENT=f"browser {number}") == [200]
        cache.clear()

    assert fail(1, HTTP_USER_AGENT="browser 5") == [429]


def test_a_right_password_forgets_the_wrong_ones_before_it(mara_logs_in):
    fail(4)
    log_in(RIGHT)

    assert fail(4) == [200] * 4


def test_behind_a_proxy_the_client_counts_and_cannot_make_itself_another(mara_logs_in, settings):
    settings.TRUSTED_PROXIES = 1
    forged = [f"198.51.100.{number}, 203.0.113.7" for number in range(5)]

    said = [fail(1, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=each) for each in forged]

    assert said[-1] == [429]
    others = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}
    assert log_in(RIGHT, **others).status_code == 302


@pytest.mark.parametrize("header", ["", "unknown", "203.0.113.7:4711", "'; drop table"])
def test_a_proxy_that_writes_no_address_is_the_client_itself(mara_logs_in, settings, header):
    settings.TRUSTED_PROXIES = 1

    fail(1, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=header)

    assert AccessAttempt.objects.get().ip_address == "10.0.0.1"


def test_without_a_proxy_nobody_is_believed_to_be_somebody_else(mara_logs_in):
    fail(1, HTTP_X_FORWARDED_FOR="198.51.100.1")

    assert AccessAttempt.objects.get().ip_address == "203.0.113.7"


def test_no_password_is_kept_of_what_failed(mara_logs_in):
    fail(2)

    row = AccessAttempt.objects.values().get()
    assert WRONG not in str(row)


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https:evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_a_log_in_leads_to_no_other_site_but_to_the_first_page(mara_logs_in, wanted):
    data = {"username": "mara", "password": RIGHT, "next": wanted}

    assert Client().post("/admin/login/", data)["Location"] == "/admin/"


# --- Who sees it, and lets in again -----------------------------------------------------------


def test_ops_see_who_of_theirs_is_locked_out_and_let_them_in(mara_logs_in, salon):
    theirs = person(Company.objects.exclude(pk=salon.pk).get(), "manager", name="zoe")
    fail(5)
    fail(5, name=theirs.username)
    fail(5, name="nobody")
    ops = client_of(person(salon, "ops"))

    listed = ops.get(ATTEMPTS)
    assert [row.username for row in listed.context["cl"].result_list] == ["mara"]
    assert "gesperrt bis 12:15" in listed.content.decode()
    chosen = [row.pk for row in AccessAttempt.objects.all()]
    ops.post(ATTEMPTS, {"action": "unlock_selected", "_selected_action": chosen})

    assert log_in(RIGHT).status_code == 302
    assert log_in(RIGHT, name="zoe").status_code == 429
    entry = AuditEntry.objects.about(mara_logs_in).order_by("-pk").first()
    assert (entry.actor, entry.changes) == ("staff", {"locked out": [True, False]})


def test_superusers_see_all_and_receptionists_none(mara_logs_in, salon):
    fail(5, name="nobody")

    root = client_of(User.objects.create_superuser("root"))
    assert [row.username for row in root.get(ATTEMPTS).context["cl"].result_list] == ["nobody"]
    for role in ("receptionist", "manager"):
        assert client_of(person(salon, role)).get(ATTEMPTS).status_code == 403


def test_a_manager_of_nobody_lets_nobody_in(mara_logs_in, salon):
    fail(5)
    manager = client_of(person(salon, "manager"))
    chosen = AccessAttempt.objects.get().pk

    manager.post(ATTEMPTS, {"action": "unlock_selected", "_selected_action": chosen})

    assert log_in(RIGHT).status_code == 429


# --- Sessions ---------------------------------------------------------------------------------


def session_of(client):
    return client.cookies["sessionid"]


@pytest.fixture
def logged_in(mara_logs_in, settings):
    settings.SESSION_COOKIE_AGE = 12 * 3600
    mara_logs_in.groups.add(Group.objects.get(name="receptionist"))
    client = Client()
    log_in(RIGHT, client=client)
    return client


def is_in(client):
    return client.get("/admin/day/").status_code == 200


def test_a_session_ends_twelve_hours_after_the_log_in_whatever_is_done_meanwhile(
    logged_in, clock, now
):
    clock.move_to(now + timedelta(hours=11))
    session = logged_in.session
    session["something"] = "written late"
    session.save()

    clock.move_to(now + timedelta(hours=11, minutes=59))
    assert is_in(logged_in)
    clock.move_to(now + timedelta(hours=12, seconds=1))
    assert not is_in(logged_in)


def test_no_script_reads_the_sessions_cookie_and_no_other_site_sends_it(logged_in):
    cookie = session_of(logged_in)

    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert cookie["max-age"] == 12 * 3600


def test_under_https_the_cookie_travels_nowhere_else(mara_logs_in, settings):
    settings.SESSION_COOKIE_SECURE = True
    client = Client()
    log_in(RIGHT, client=client)

    assert session_of(client)["secure"] is True


def test_a_new_password_ends_the_other_sessions_and_not_this_one(logged_in):
    elsewhere = Client()
    log_in(RIGHT, client=elsewhere)
    new = "ganz-anders-und-lang"

    logged_in.post(
        "/admin/password_change/",
        {"old_password": RIGHT, "new_password1": new, "new_password2": new},
    )

    assert (is_in(logged_in), is_in(elsewhere)) == (True, False)


def test_only_a_post_logs_out(logged_in):
    assert logged_in.get("/admin/logout/").status_code == 405
    assert is_in(logged_in)

    logged_in.post("/admin/logout/")

    assert not is_in(logged_in)


def test_at_night_ended_sessions_and_old_failures_are_forgotten(logged_in, clock, now):
    fail(3)
    forget_log_ins()
    assert (Session.objects.count(), AccessAttempt.objects.count()) == (1, 1)

    clock.move_to(now + timedelta(hours=13))
    forget_log_ins()

    assert (Session.objects.count(), AccessAttempt.objects.count()) == (0, 0)


@pytest.mark.parametrize(("address", "queries"), [("/healthz", 0), ("/readyz", 1)])
def test_machines_pay_nothing_for_it(logged_in, address, queries):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        logged_in.get(address)

    assert len(captured) == queries
