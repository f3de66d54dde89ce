"""Who may do what, walked over every page there is: of each role, and of another company."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from appointments.admin.base import path_to_company
from appointments.models import Appointment, Branch, Company, User
from booking_site.roles import ROLES, put_up_roles
from tests.factories.back_office import client_of, fill

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

ADMINS = admin.site._registry  # noqa: SLF001 -- no public way
# What no role has, on purpose: whatever concerns every company, and what roles are.
FOR_SUPERUSERS = {"auth.group", "features.companyflag"}


def label(model):
    return model._meta.label_lower


MODELS = sorted(ADMINS, key=label)


def page(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def person(company, role):
    user = User.objects.create_user(f"{role} von {company}", is_staff=True, company=company)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def ours(cut, branch):
    return fill(branch)


@pytest.fixture
def theirs(salon):
    branch = Branch.objects.exclude(company=salon).get()
    User.objects.create_user("zoe", is_staff=True, company=branch.company)
    return fill(branch)


def test_every_page_is_some_roles_or_a_superusers_on_purpose():
    """Whoever registers a model says here whose it is."""
    given = set().union(*ROLES.values())

    assert {label(model) for model in MODELS} - given == FOR_SUPERUSERS


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("model", MODELS, ids=label)
def test_each_role_opens_the_pages_it_has_and_no_other(salon, ours, theirs, role, model):
    client = client_of(person(salon, role))
    powers = ROLES[role].get(label(model), frozenset())

    assert client.get(page(model, "changelist")).status_code == (200 if powers else 403)
    response = client.get(page(model, "add"))
    if "add" not in powers:
        assert response.status_code == 403
    elif ADMINS[model].has_add_permission(response.wsgi_request):
        assert response.status_code == 200


def test_a_receptionist_sees_no_credentials_flags_or_trail(salon):
    names = set(ROLES["receptionist"])

    assert not names & {
        "appointments.company",
        "appointments.flagsetting",
        "appointments.auditentry",
        "calcom.calcomeventmap",
        "voice.agent",
    }
    assert not {"export", "erase"} & set().union(*ROLES["receptionist"].values())


def test_each_role_can_do_what_the_one_before_it_can():
    receptionist, manager, ops = ROLES.values()

    for less, more in ((receptionist, manager), (manager, ops)):
        assert all(verbs <= more[name] for name, verbs in less.items())


def test_only_ops_enter_credentials(salon):
    address = reverse("admin:appointments_company_change", args=[salon.pk])
    pages = {role: client_of(person(salon, role)).get(address) for role in ROLES}

    seen = {role: "calcom_api_key_new" in each.content.decode() for role, each in pages.items()}

    assert {role: each.status_code for role, each in pages.items()} == {
        "receptionist": 403,
        "manager": 200,
        "ops": 200,
    }
    assert seen == {"receptionist": False, "manager": False, "ops": True}


def test_every_permission_of_a_role_exists(db):
    for name, powers in ROLES.items():
        granted = Group.objects.get(name=name).permissions
        assert granted.count() == sum(len(verbs) for verbs in powers.values()), name


def test_migrating_again_gives_roles_what_is_theirs_and_leaves_other_groups_alone(db):
    own = Group.objects.create(name="Azubis")
    own.permissions.set(Permission.objects.all()[:1])
    Group.objects.get(name="receptionist").permissions.set(Permission.objects.all())

    put_up_roles()

    granted = Group.objects.get(name="receptionist").permissions
    assert granted.count() == sum(map(len, ROLES["receptionist"].values()))
    assert own.permissions.count() == 1


def test_roles_are_only_shown_to_superusers_too(db):
    root = client_of(User.objects.create_superuser("root"))
    role, own = Group.objects.get(name="ops"), Group.objects.create(name="Azubis")

    changes = [
        root.post(page(Group, "change", group.pk), {"name": "anders"}).status_code
        for group in (role, own)
    ]

    assert changes == [403, 302]
    assert "Technik" in root.get(page(Group, "changelist")).content.decode()


# --- Another company ------------------------------------------------------------------------


@pytest.fixture
def all_powers(salon):
    """Somebody of our company whom nothing but the company holds back."""
    user = User.objects.create_user("alles", is_staff=True, company=salon)
    user.user_permissions.set(Permission.objects.all())
    return client_of(user)


def rows_of(model, company):
    path = ADMINS[model].company_path if hasattr(ADMINS[model], "company_path") else None
    path = path or path_to_company(model)
    return model._default_manager.filter(**{path: company.pk}) if path else None


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_rows_of_another_company_do_not_exist(salon, ours, theirs, all_powers, model):
    rows = rows_of(model, theirs.company)
    if rows is None or label(model) in FOR_SUPERUSERS:
        assert all_powers.get(page(model, "changelist")).status_code in {200, 403}
        return
    row = rows.order_by("pk").first()
    assert row is not None, "fill() knows nothing of this model: add one"

    for name in ("change", "history", "delete"):
        for ask in (all_powers.get, all_powers.post):
            response = ask(page(model, name, row.pk))
            assert response.status_code in {302, 403, 404}, (name, ask)
    listed = all_powers.get(page(model, "changelist"))
    assert row.pk not in {each.pk for each in listed.context["cl"].result_list}
    assert rows.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_forms_offer_nothing_of_another_company(salon, ours, theirs, all_powers, model):
    response = all_powers.get(page(model, "add"))
    if response.status_code != 200 or "adminform" not in response.context:
        return
    forms = [response.context["adminform"].form]
    forms += [each.formset.empty_form for each in response.context["inline_admin_formsets"]]
    offered = [
        row
        for form in forms
        for field in form.fields.values()
        for row in getattr(field, "queryset", None) or ()
    ]

    assert not [row for row in offered if getattr(row, "company_id", salon.pk) != salon.pk]


def test_another_company_is_not_written_to(salon, ours, theirs, all_powers):
    before = Appointment.objects.get(pk=theirs.pk).notes
    all_powers.post(page(Appointment, "change", theirs.pk), {"notes": "fremd"})
    all_powers.post(page(Company, "change", theirs.company_id), {"name": "fremd"})

    assert Appointment.objects.get(pk=theirs.pk).notes == before
    assert not Company.objects.filter(name="fremd").exists()
