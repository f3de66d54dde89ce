"""Who makes users, and that nobody gives, or takes over, more than they have themselves."""

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from appointments.models import AuditEntry, Company, User
from tests.factories.back_office import client_of, sent

PASSWORD = "richtig-und-lang"


@pytest.fixture(autouse=True)
def _monday(now):
    with time_machine.travel(now, tick=False):
        yield


def page(name, *args):
    return reverse(f"admin:appointments_user_{name}", args=args)


def group(name):
    return Group.objects.get(name=name)


def person(company, role, name, **more):
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True, company=company, **more)
    if role:
        user.groups.add(group(role))
    return user


@pytest.fixture
def manager(salon):
    return person(salon, "manager", "chefin")


@pytest.fixture
def mara_logs_in(salon):
    return person(salon, "receptionist", "mara")


@pytest.fixture
def theirs(salon):
    return person(Company.objects.exclude(pk=salon.pk).get(), "receptionist", "zoe")


def new_user(**more):
    return {
        "username": "neu",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "groups": [group("receptionist").pk],
    } | more


def offered(client, address):
    form = client.get(address).context["adminform"].form
    return {each.name for each in form.fields["groups"].queryset}


def can_log_in(name, password=PASSWORD):
    answer = Client().post("/admin/login/?next=/", {"username": name, "password": password})
    return answer.status_code == 302


# --- Making users -----------------------------------------------------------------------------


def test_a_manager_makes_users_of_the_own_company(manager, salon):
    client_of(manager).post(page("add"), new_user())

    user = User.objects.get(username="neu")
    assert (user.company, user.is_staff, user.is_superuser) == (salon, True, False)
    assert [each.name for each in user.groups.all()] == ["receptionist"]
    assert can_log_in("neu")


def test_nobody_is_asked_about_ways_in_that_there_are_not(manager):
    page_of_new = client_of(manager).get(page("add")).content.decode()

    assert "usable_password" not in page_of_new
    assert "LDAP" not in page_of_new


def test_what_a_form_does_not_offer_it_does_not_take(manager, salon, theirs):
    smuggled = {
        "company": theirs.company_id,
        "is_superuser": "on",
        "user_permissions": [each.pk for each in Permission.objects.all()],
    }

    client_of(manager).post(page("add"), new_user(**smuggled))
    user = User.objects.get(username="neu")
    client = client_of(manager)
    address = page("change", user.pk)
    client.post(address, sent(client, address, **smuggled))

    user.refresh_from_db()
    assert (user.company, user.is_superuser) == (salon, False)
    assert not user.user_permissions.exists()


def test_a_role_is_given_up_to_ones_own(manager, salon):
    beyond = Group.objects.create(name="Mehr")
    beyond.permissions.add(Permission.objects.get(codename="change_company"))
    within = Group.objects.create(name="Weniger")
    within.permissions.add(Permission.objects.get(codename="view_customer"))
    ops = person(salon, "ops", "technik")

    assert offered(client_of(manager), page("add")) == {"receptionist", "manager", "Weniger"}
    assert offered(client_of(ops), page("add")) >= {"receptionist", "manager", "ops"}
    client_of(manager).post(page("add"), new_user(groups=[group("ops").pk]))
    assert not User.objects.filter(username="neu").exists()


def test_nobody_raises_themselves(manager):
    client, address = client_of(manager), page("change", manager.pk)

    client.post(address, sent(client, address, groups=[group("ops").pk]))

    assert [each.name for each in manager.groups.all()] == ["manager"]


def test_a_manager_gives_a_role_takes_the_log_in_away_and_sets_a_password(manager, mara_logs_in):
    client, address = client_of(manager), page("change", mara_logs_in.pk)

    client.post(address, sent(client, address, groups=[group("manager").pk]))
    assert [each.name for each in mara_logs_in.groups.all()] == ["manager"]
    new = {"password1": "ganz-anders-und-lang", "password2": "ganz-anders-und-lang"}
    client.post(reverse("admin:auth_user_password_change", args=[mara_logs_in.pk]), new)
    assert can_log_in("mara", "ganz-anders-und-lang")
    data = sent(client, address)
    del data["is_active"]
    client.post(address, data)
    assert not can_log_in("mara", "ganz-anders-und-lang")


def test_managers_delete_nobody(manager, mara_logs_in):
    assert client_of(manager).post(page("delete", mara_logs_in.pk)).status_code == 403


# --- Whom nobody takes over -------------------------------------------------------------------


def stronger(salon):
    """Return colleagues who can do more than a manager, and some of whom it is not obvious."""
    own = person(salon, "receptionist", "mit-extra")
    own.user_permissions.add(Permission.objects.get(codename="change_flagsetting"))
    return [
        own,
        person(salon, "ops", "technik"),
        person(salon, "ops", "technik-ruht", is_active=False),
        person(salon, None, "root", is_superuser=True),
    ]


def test_whoever_can_do_more_is_not_changed_nor_given_a_password(manager, salon):
    client = client_of(manager)

    for user in stronger(salon):
        before = User.objects.filter(pk=user.pk).values().get()
        new = {"password1": "ganz-anders-und-lang", "password2": "ganz-anders-und-lang"}
        answers = [
            client.post(page("change", user.pk), {"username": user.username, "is_active": "on"}),
            client.post(reverse("admin:auth_user_password_change", args=[user.pk]), new),
            client.post(reverse("admin:appointments_user_reset_two_factor", args=[user.pk])),
            client.post(reverse("admin:appointments_user_unlock_log_in", args=[user.pk])),
        ]
        assert {each.status_code for each in answers} <= {302, 403, 404}, user
        assert User.objects.filter(pk=user.pk).values().get() == before


def test_superusers_and_other_companies_are_not_even_listed(manager, mara_logs_in, theirs, salon):
    person(salon, None, "root", is_superuser=True)

    listed = client_of(manager).get(page("changelist")).context["cl"].result_list

    assert {each.username for each in listed} == {"chefin", "mara"}


@pytest.mark.parametrize("name", ["change", "history", "delete"])
def test_a_user_of_another_company_does_not_exist(manager, theirs, name):
    client = client_of(manager)

    assert client.get(page(name, theirs.pk)).status_code in {302, 403}
    assert client.post(page(name, theirs.pk), {"username": "x"}).status_code in {302, 403}
    assert User.objects.filter(username="zoe").exists()


def test_a_receptionist_finds_no_users(mara_logs_in, manager):
    client = client_of(mara_logs_in)

    for address in (page("changelist"), page("add"), page("change", manager.pk)):
        assert client.get(address).status_code == 403


def test_a_superuser_gives_the_first_user_a_company(salon):
    root = User.objects.create_superuser("root")
    user = person(None, None, "neu")
    client, address = client_of(root), page("change", user.pk)

    client.post(address, sent(client, address, company=salon.pk))

    user.refresh_from_db()
    assert user.company == salon


def test_the_list_asks_as_much_for_three_as_for_one(
    manager, salon, mara_logs_in, django_assert_num_queries
):
    client = client_of(manager)
    client.get(page("changelist"))
    with django_assert_num_queries(12):
        client.get(page("changelist"))
    for name in ("a", "b", "c"):
        person(salon, "receptionist", name)
    with django_assert_num_queries(12):
        client.get(page("changelist"))


# --- A lost phone, and too many wrong passwords -----------------------------------------------


RESET, UNLOCK = "reset_two_factor", "unlock_log_in"


def press(client, button, user):
    address = reverse(f"admin:appointments_user_{button}", args=[user.pk])
    return client.post(address, {"_form_submitted": "on"}).status_code


@pytest.fixture
def phone(mara_logs_in):
    return TOTPDevice.objects.create(user=mara_logs_in, name="app")


def test_a_manager_resets_the_second_factor_of_a_lost_phone(manager, mara_logs_in, phone):
    client = client_of(manager)
    assert "reset-two-factor" in client.get(page("change", mara_logs_in.pk)).content.decode()

    press(client, RESET, mara_logs_in)

    assert not TOTPDevice.objects.exists()
    entry = AuditEntry.objects.about(mara_logs_in).order_by("-pk").first()
    assert (entry.user, entry.changes) == (manager, {"second factor": [True, False]})
    history = client.get(page("history", mara_logs_in.pk)).content.decode()
    assert "Anmeldung in zwei Schritten:" in history


def test_nobody_else_resets_it(salon, theirs, mara_logs_in, phone):
    stranger = person(theirs.company, "ops", "fremd")
    colleague = person(salon, "receptionist", "jonas")

    for user in (stranger, colleague):
        assert press(client_of(user), RESET, mara_logs_in) in {302, 403, 404}
        assert TOTPDevice.objects.filter(user=mara_logs_in).exists()


def test_a_manager_ends_the_pause_after_wrong_passwords(manager, mara_logs_in):
    for _ in range(5):
        can_log_in("mara", "falsch")
    assert not can_log_in("mara")

    press(client_of(manager), UNLOCK, mara_logs_in)

    assert not AccessAttempt.objects.exists()
    assert can_log_in("mara")
    changes = AuditEntry.objects.about(mara_logs_in).order_by("-pk").values_list("changes")
    assert ({"locked out": [True, False]},) in changes
