"""The second factor: setting it up, being asked for it, losing the phone, being required to."""

import re
from base64 import b32decode
from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from appointments.models import AuditEntry, User
from tests.addresses import every_admin_address
from tests.factories.back_office import client_of

PASSWORD = "richtig-und-lang"
OWN = "/admin/two-factor/"
CODE = f"{OWN}code/"
IN_AND_OUT = {"/admin/login/", "/admin/logout/", CODE}


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False) as clock:
        yield clock


def person(company, role, name="", **more):
    name = name or f"{role} von {company.slug}"
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True, company=company, **more)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def mara_logs_in(salon):
    return person(salon, "receptionist", name="mara")


class App:
    """An authenticator app: it has the secret and a clock."""

    def __init__(self, page):
        [shown] = re.findall(r'translate="no">([A-Z2-7 ]+)<', page)
        text = shown.replace(" ", "")
        self.key = b32decode(text + "=" * (-len(text) % 8))

    def code(self):
        return f"{totp(self.key):06}"


def set_up(client):
    """Return the app and the backup codes of somebody who sets up their second factor."""
    client.post(f"{OWN}begin/")
    app = App(client.get(OWN).content.decode())
    page = client.post(f"{OWN}confirm/", {"code": app.code()}).content.decode()
    return app, re.findall(r">([a-z2-7]{4} [a-z2-7]{4})<", page)


def logged_in(user):
    """Return a browser that has given the password, and no more."""
    client = Client()
    client.post("/admin/login/", {"username": user.username, "password": PASSWORD})
    return client


def give(client, code, *, backup=False, to="/admin/day/"):
    return client.post(f"{CODE}?{'backup&' if backup else ''}next={quote(to)}", {"code": code})


def is_in(client):
    return client.get("/admin/day/").status_code == 200


@pytest.fixture
def factor(mara_logs_in, clock, now):
    """Mara's app and backup codes; a minute later, so that the app shows another code."""
    found = set_up(client_of(mara_logs_in))
    clock.move_to(now + timedelta(minutes=1))
    return found


# --- Setting up -------------------------------------------------------------------------------


def test_a_secret_counts_for_nothing_before_a_code_has_proved_it(mara_logs_in):
    client = client_of(mara_logs_in)
    client.post(f"{OWN}begin/")
    refused = client.post(f"{OWN}confirm/", {"code": "000000"})

    assert "Das stimmt nicht" in refused.content.decode()
    assert not TOTPDevice.objects.get().confirmed
    assert is_in(logged_in(mara_logs_in))


def test_the_page_shows_the_secret_as_a_picture_and_as_text_and_only_while_setting_up(mara_logs_in):
    client = client_of(mara_logs_in)
    assert "<svg" not in re.sub(r"<svg[^>]*h-", "", client.get(OWN).content.decode())

    app, _codes = set_up(client)
    device = TOTPDevice.objects.get()

    assert device.bin_key == app.key
    later = client.get(OWN).content.decode()
    assert "It is on." in later or "Sie ist eingeschaltet." in later
    assert "otpauth" not in later
    assert 'role="img"' not in later


def test_ten_backup_codes_are_shown_once(mara_logs_in):
    client = client_of(mara_logs_in)
    _app, codes = set_up(client)

    assert len(set(codes)) == 10
    assert codes[0] not in client.get(OWN).content.decode()
    assert client.post(f"{OWN}confirm/", {"code": "000000"}).status_code == 302
    assert StaticToken.objects.count() == 10


def test_whoever_sets_it_up_stays_in_and_is_asked_everywhere_else(mara_logs_in):
    here, elsewhere = client_of(mara_logs_in), logged_in(mara_logs_in)
    assert is_in(elsewhere)

    set_up(here)

    assert (is_in(here), is_in(elsewhere)) == (True, False)


def test_a_second_set_up_does_not_replace_one_that_is_on(mara_logs_in, factor, clock, now):
    client = logged_in(mara_logs_in)
    give(client, factor[0].code())

    client.post(f"{OWN}begin/")

    assert TOTPDevice.objects.get().confirmed


# --- Being asked ------------------------------------------------------------------------------


def test_after_the_password_the_code_is_asked_for_and_leads_where_one_wanted_to_go(
    mara_logs_in, factor
):
    app, _codes = factor
    client = logged_in(mara_logs_in)
    asked = client.get("/admin/day/?date=2030-01-08")
    assert asked["Location"] == f"{CODE}?next={quote('/admin/day/?date=2030-01-08', safe='')}"

    answer = client.post(asked["Location"], {"code": app.code()})

    assert answer["Location"] == "/admin/day/?date=2030-01-08"
    assert is_in(client)


def test_the_code_page_leads_to_no_other_site(mara_logs_in, factor):
    client = logged_in(mara_logs_in)

    answer = give(client, factor[0].code(), to="https://salon.example.org/")

    assert answer["Location"] == "/admin/"


def test_codes_are_read_as_apps_show_them(mara_logs_in, factor):
    client, code = logged_in(mara_logs_in), factor[0].code()

    give(client, f" {code[:3]} {code[3:]} ")

    assert is_in(client)


def test_a_code_works_once(mara_logs_in, factor):
    code = factor[0].code()
    first, second = logged_in(mara_logs_in), logged_in(mara_logs_in)
    give(first, code)

    answer = give(second, code)

    assert "schon verwendet" in answer.content.decode()
    assert (is_in(first), is_in(second)) == (True, False)


def test_a_session_that_has_proved_itself_gets_a_new_key(mara_logs_in, factor):
    client = logged_in(mara_logs_in)
    before = client.cookies["sessionid"].value

    give(client, factor[0].code())

    assert client.cookies["sessionid"].value != before


def test_a_backup_code_works_once_however_it_is_written(mara_logs_in, factor):
    _app, codes = factor
    client, again = logged_in(mara_logs_in), logged_in(mara_logs_in)

    give(client, codes[0].upper().replace(" ", "-"), backup=True)
    give(again, codes[0], backup=True)

    assert (is_in(client), is_in(again)) == (True, False)
    assert StaticToken.objects.count() == 9


def test_the_code_of_a_colleague_is_not_mine(mara_logs_in, factor, salon, clock, now):
    jonas = person(salon, "receptionist", name="jonas")
    app, codes = set_up(client_of(jonas))
    clock.move_to(now + timedelta(minutes=3))
    client = logged_in(mara_logs_in)

    give(client, app.code())
    clock.move_to(now + timedelta(minutes=4))
    give(client, codes[0], backup=True)

    assert not is_in(client)


def test_wrong_codes_have_to_be_waited_for_longer_and_longer(mara_logs_in, factor, clock, now):
    client, start = logged_in(mara_logs_in), now + timedelta(minutes=1)
    for seconds in (0, 2, 5, 10):
        clock.move_to(start + timedelta(seconds=seconds))
        assert "Das stimmt nicht" in give(client, "000000").content.decode()

    answer = give(client, factor[0].code())
    assert "Bitte warten Sie 9 Sekunden" in answer.content.decode()
    assert not is_in(client)
    clock.move_to(start + timedelta(seconds=19))
    give(client, factor[0].code())
    assert is_in(client)


# --- Every page there is ----------------------------------------------------------------------


def test_the_walk_finds_pages_of_all_kinds():
    found = set(every_admin_address())

    assert len(found) > 150
    assert {
        "/admin/",
        "/admin/day/",
        "/admin/day/1/",
        "/admin/search/",
        "/admin/appointments/appointment/export/",
        "/admin/calcom/calcomeventmap/matrix/",
        "/admin/features/companyflag/1/set/",
        "/admin/appointments/customer/1/erase/",
        "/admin/appointments/user/1/password/",
    } <= found


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_the_code_no_page_of_the_back_office_opens(mara_logs_in, salon, factor, method):
    User.objects.update(is_superuser=True)  # nobody is too important
    client = logged_in(mara_logs_in)

    for address in every_admin_address():
        if address in IN_AND_OUT:
            continue
        answer = getattr(client, method)(address)
        assert answer.status_code == 302, address
        assert answer["Location"].startswith(f"{CODE}?next="), address


def test_a_dialog_is_left_for_the_code_page_too(mara_logs_in, factor):
    answer = logged_in(mara_logs_in).get("/admin/day/1/", headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"].startswith(CODE)


def test_with_the_code_they_open(mara_logs_in, factor):
    client = logged_in(mara_logs_in)
    give(client, factor[0].code())

    for address in ("/admin/", "/admin/day/", "/admin/appointments/appointment/", OWN):
        assert client.get(address).status_code == 200, address


def test_whoever_has_no_second_factor_notices_nothing(mara_logs_in):
    client = logged_in(mara_logs_in)

    assert is_in(client)
    assert client.get(CODE)["Location"] == "/admin/"


# --- Switching off, and new backup codes ------------------------------------------------------


@pytest.fixture
def inside(mara_logs_in, factor, clock, now):
    client = logged_in(mara_logs_in)
    give(client, factor[0].code())
    clock.move_to(now + timedelta(minutes=2))
    return client


@pytest.mark.parametrize("proof", ["password", "code"])
def test_it_is_switched_off_with_the_password_or_a_code(inside, factor, mara_logs_in, proof):
    said = PASSWORD if proof == "password" else factor[0].code()

    inside.post(f"{OWN}off/", {"proof": said})

    assert not TOTPDevice.objects.exists()
    assert not StaticToken.objects.exists()
    assert is_in(logged_in(mara_logs_in))


@pytest.mark.parametrize("proof", ["", "falsch", "000000"])
@pytest.mark.parametrize("page", ["off/", "backup-codes/"])
def test_an_open_browser_is_no_proof(inside, page, proof):
    before = set(StaticToken.objects.values_list("token"))

    inside.post(OWN + page, {"proof": proof})

    assert TOTPDevice.objects.get().confirmed
    assert set(StaticToken.objects.values_list("token")) == before


def test_passwords_are_not_guessed_here_either(inside):
    said = [inside.post(f"{OWN}off/", {"proof": "falsch"}).status_code for _ in range(5)]

    assert said == [200, 200, 200, 200, 429]
    assert inside.post(f"{OWN}off/", {"proof": PASSWORD}).status_code == 429


def test_new_backup_codes_replace_the_old_ones(inside, factor, mara_logs_in):
    page = inside.post(f"{OWN}backup-codes/", {"proof": PASSWORD}).content.decode()

    new = re.findall(r">([a-z2-7]{4} [a-z2-7]{4})<", page)
    assert len(new) == 10
    assert not {*new} & {*factor[1]}
    client = logged_in(mara_logs_in)
    give(client, factor[1][0], backup=True)
    assert not is_in(client)


def test_the_trail_tells_and_keeps_no_secret(inside, mara_logs_in):
    inside.post(f"{OWN}backup-codes/", {"proof": PASSWORD})
    inside.post(f"{OWN}off/", {"proof": PASSWORD})

    entries = AuditEntry.objects.about(mara_logs_in).filter(user=mara_logs_in).order_by("pk")
    assert [entry.changes for entry in entries] == [
        {"second factor": [False, True]},
        {"backup codes": None},
        {"second factor": [True, False]},
    ]


# --- Nobody sees another's secret -------------------------------------------------------------


def test_secrets_are_nobodys_to_look_at(factor, salon):
    root = client_of(User.objects.create_superuser("root"))

    assert not [model for model in admin.site._registry if "otp" in model._meta.app_label]  # noqa: SLF001 -- no public way
    for lookup in ("totpdevice__key__startswith=a", "staticdevice__token_set__token=a"):
        answer = root.get(f"/admin/appointments/user/?{lookup}")
        assert answer.status_code == 400, lookup


# --- Required ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("required", "led"),
    [
        ("nobody", set()),
        ("ops", {"ops", "root"}),
        ("everyone", {"receptionist", "manager", "ops", "root"}),
    ],
)
def test_of_whom_it_is_required_is_led_to_setting_it_up(salon, settings, required, led):
    settings.TWO_FACTOR_REQUIRED = required
    people = {role: person(salon, role) for role in ("receptionist", "manager", "ops")}
    people["root"] = User.objects.create_superuser("root")

    answers = {role: client_of(user).get("/admin/day/") for role, user in people.items()}

    assert {role for role, it in answers.items() if it.get("Location") == OWN} == led
    assert {it.status_code for role, it in answers.items() if role not in led} <= {200}


def test_nothing_else_opens_before_it_is_set_up(mara_logs_in, settings):
    settings.TWO_FACTOR_REQUIRED = "everyone"
    client = logged_in(mara_logs_in)
    own = {OWN, *(OWN + name for name in ("begin/", "confirm/", "backup-codes/", "off/"))}

    for address in set(every_admin_address()) - own - {"/admin/login/", "/admin/logout/"}:
        assert client.get(address).get("Location") == OWN, address

    assert client.get(OWN).status_code == 200
    set_up(client)
    assert is_in(client)
