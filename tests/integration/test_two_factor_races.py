"""One code in several browsers at the same moment: it opens one. With the lock removed, more."""

import threading

import pytest
from django.contrib.auth.models import Group
from django.db import connection  # noqa: F401 -- for the condition below
from django.db.models import QuerySet
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from appointments.models import User
from booking_site.access import second_factor
from tests.conftest import committing
from tests.factories.appointments import CompanyFactory
from tests.factories.back_office import client_of
from tests.integration.test_races import at_once

# All of this happens on the Monday before, at noon.
pytestmark = [committing, pytest.mark.usefixtures("monday_noon")]

CODE = "/admin/two-factor/code/?next=/admin/day/"


@pytest.fixture
def mara_logs_in():
    CompanyFactory.create(slug="salon-zwei")
    user = User.objects.create_user("mara", is_staff=True, company=CompanyFactory.create())
    user.groups.add(Group.objects.get_or_create(name="receptionist")[0])
    TOTPDevice.objects.create(user=user, name="app")
    second_factor.renew_backup_codes(user)
    return user


def opened_at_once(user, code, *, browsers, backup=False):
    """Return how many browsers get in, of those that give one and the same code together."""
    clients = [client_of(user) for _ in range(browsers)]
    address = CODE + "&backup" * backup
    answers = []

    def giving(client):
        return lambda: answers.append(client.post(address, {"code": code}).status_code)

    at_once([giving(client) for client in clients])
    assert set(answers) <= {200, 302}
    return answers.count(302)


def code_of(user):
    return f"{totp(TOTPDevice.objects.get(user=user).bin_key):06}"


def test_a_code_opens_one_of_five_browsers(mara_logs_in):
    assert opened_at_once(mara_logs_in, code_of(mara_logs_in), browsers=5) == 1


def test_a_backup_code_opens_one_of_five_browsers(mara_logs_in):
    code = StaticToken.objects.first().token

    assert opened_at_once(mara_logs_in, code, browsers=5, backup=True) == 1
    assert StaticToken.objects.count() == 9


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no row locks to remove")
def test_without_the_lock_it_opens_both(mara_logs_in, monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
    gate, check = threading.Barrier(2), second_factor._check  # noqa: SLF001 -- where both have looked

    def wait_and_check(device, code):
        gate.wait(timeout=5)
        return check(device, code)

    monkeypatch.setattr(second_factor, "_check", wait_and_check)

    assert opened_at_once(mara_logs_in, code_of(mara_logs_in), browsers=2) == 2
