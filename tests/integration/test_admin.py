"""The back office: every page for every role and language, and what can be done on them."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments.models import (
    Appointment,
    Branch,
    BusyTime,
    CallbackRequest,
    Company,
    Customer,
    Review,
    Service,
    Staff,
    Status,
    User,
)
from calcom.models import CalcomEventMap, OrphanedBooking, SyncState, WebhookDelivery
from tests.factories.back_office import client_of, fill, receptionist, sent
from voice.models import Call

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

# Whatever is another company's says so, in a word that nothing of ours contains.
FOREIGN = "Salon Zwei"


@pytest.fixture
def ours(cut: Service, branch: Branch) -> Appointment:
    return fill(branch)


@pytest.fixture
def theirs(salon: Company) -> Appointment:
    zwei = Branch.objects.exclude(company=salon).get()
    zwei.name = "Filiale Zwei"
    zwei.save()
    zwei.staff.update(name="Zoe Zwei")
    Service.objects.filter(company=zwei.company).update(name="Schnitt Zwei")
    return fill(zwei)


@pytest.fixture
def root(db: None) -> Client:
    return client_of(User.objects.create_superuser("root"))


@pytest.fixture
def staff_user(salon: Company) -> User:
    return receptionist(salon)


@pytest.fixture
def desk(staff_user: User) -> Client:
    return client_of(staff_user)


ADMINS = admin.site._registry  # noqa: SLF001 -- no public way


@pytest.fixture
def reader(salon: Company) -> Client:
    """Somebody who may look at everything of their company, and touch nothing."""
    user = receptionist(salon, "leserin")
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return client_of(user)


def models() -> list[type]:
    return sorted(ADMINS, key=lambda model: model._meta.label)


def page(model: type, name: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def text_of(response: object) -> str:
    return response.content.decode()


# --- Every page ---------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["root", "desk", "reader"])
@pytest.mark.parametrize("model", models(), ids=lambda model: model._meta.label)
def test_every_page_renders_empty_and_full_for_every_role(request, salon, staff_user, model, who):
    client = request.getfixturevalue(who)
    for_superusers = model._meta.label in {"auth.Group", "features.CompanyFlag"}
    expected = 403 if who != "root" and for_superusers else 200

    assert client.get(page(model, "changelist")).status_code == expected
    request.getfixturevalue("ours")
    request.getfixturevalue("theirs")
    pages = [page(model, "changelist"), page(model, "changelist") + "?q=4915"]
    model_admin = ADMINS[model]
    request_of = client.get(reverse("admin:index")).wsgi_request
    if model_admin.has_add_permission(request_of):
        pages.append(page(model, "add"))
    if row := model_admin.get_queryset(request_of).order_by("pk").first():
        pages += [page(model, "change", row.pk), page(model, "history", row.pk)]
    for address in pages:
        for language in ("de", "en"):
            client.cookies["django_language"] = language
            response = client.get(address)
            assert response.status_code == expected, address
            assert who == "root" or FOREIGN not in text_of(response), address


@pytest.mark.parametrize("model", models(), ids=lambda model: model._meta.label)
def test_a_user_without_company_sees_nothing(ours, model):
    response = client_of(receptionist(None)).get(page(model, "changelist"))

    assert response.status_code == 403


def test_who_may_not_see_something_does_not_find_it_in_the_menu(ours, staff_user, desk):
    staff_user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_appointment", "view_review"])
    )

    html = text_of(desk.get(reverse("admin:index")))

    assert page(Appointment, "changelist") in html
    assert page(Review, "changelist") in html
    assert page(Company, "changelist") not in html
    assert page(User, "changelist") not in html


def test_the_back_office_is_called_like_the_salon_and_ours_where_it_is_for_all(ours, theirs, desk):
    root = client_of(User.objects.create_superuser("root"))

    [own, all_] = [client.get(reverse("admin:index")) for client in (desk, root)]

    assert own.context["site_header"] == own.context["site_title"] == "Salon Eins"
    assert all_.context["site_header"] == "booking_site"


# --- Whose rows ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["change", "delete", "history"])
@pytest.mark.parametrize(
    "model",
    [
        Appointment,
        Review,
        Branch,
        Staff,
        Service,
        Company,
        Customer,
        CallbackRequest,
        BusyTime,
        Call,
        CalcomEventMap,
        OrphanedBooking,
        SyncState,
        WebhookDelivery,
    ],
    ids=lambda model: model.__name__,
)
def test_a_foreign_row_is_not_found(ours, theirs, desk, model, name):
    path = ADMINS[model].company_path or "company"
    row = model.objects.filter(**{path: theirs.company_id}).first()

    response = desk.get(page(model, name, row.pk))

    assert response.status_code in {302, 403}
    assert FOREIGN not in text_of(response)


@pytest.mark.parametrize("act", ["move", "cancel", "complete", "no_show"])
def test_nothing_is_done_to_a_foreign_appointment(ours, theirs, desk, act):
    address = reverse(f"admin:appointments_appointment_{act}", args=[theirs.pk])

    assert desk.get(address).status_code in {200, 404}
    assert desk.post(address, {"_form_submitted": "on"}).status_code == 404

    theirs.refresh_from_db()
    assert theirs.status == Status.CONFIRMED


def test_a_row_never_moves_to_another_company(ours, theirs, desk):
    customer = ours.customer
    foreign = theirs.company_id
    edit, add = page(Customer, "change", customer.pk), page(Customer, "add")

    desk.post(edit, sent(desk, edit, company=foreign, name="Lena"))
    desk.post(add, sent(desk, add, company=foreign, name="Neu"))

    customer.refresh_from_db()
    assert (customer.name, customer.company_id) == ("Lena", ours.company_id)
    assert Customer.objects.get(name="Neu").company_id == ours.company_id


@pytest.mark.parametrize("who", ["root", "desk"])
@pytest.mark.parametrize(
    "model",
    [Branch, Staff, Service, Customer, CallbackRequest, BusyTime, CalcomEventMap],
    ids=lambda model: model.__name__,
)
def test_nobody_moves_any_row_to_another_company(request, ours, theirs, model, who):
    client = request.getfixturevalue(who)
    row = model.objects.filter(company=ours.company_id).order_by("pk").first()
    address = page(model, "change", row.pk)

    company = client.get(address).context["adminform"].form.fields["company"]
    client.post(address, sent(client, address, company=theirs.company_id))

    row.refresh_from_db()
    assert company.disabled
    assert row.company_id == ours.company_id


def test_a_foreign_key_takes_no_foreign_row(ours, theirs, desk, root):
    form = {
        "company": ours.company_id,
        "staff": theirs.staff_id,
        "starts_at_0": "2030-01-09",
        "starts_at_1": "10:00",
        "ends_at_0": "2030-01-09",
        "ends_at_1": "11:00",
        "reason": "",
    }

    refused = [client.post(page(BusyTime, "add"), form) for client in (desk, root)]

    assert [response.status_code for response in refused] == [200, 200]
    assert all("staff" in response.context["adminform"].form.errors for response in refused)
    assert BusyTime.objects.filter(company=ours.company_id).count() == 1


def test_customers_are_offered_by_name_and_by_number_in_any_spelling(ours, theirs, desk):
    Customer.objects.filter(pk=ours.customer_id).update(phone="+4915123456789")
    address = reverse("admin:appointments_customer_choices")

    answers = [
        desk.get(address, {"term": term}).json()["results"]
        for term in ("kundin", "0151 234", "+49 (151) 23456789", "Zwei")
    ]

    found = [{"id": str(ours.customer_id), "text": "Kundin von Salon Eins 10 · 01512 3456789"}]
    assert answers == [found, found, found, []]


def test_lists_ask_a_constant_number_of_queries(ours, branch, mara, cut, root):
    def count(model: type) -> int:
        root.get(page(model, "changelist"))
        with CaptureQueriesContext(connection) as queries:
            root.get(page(model, "changelist") + "?period=all&state=")
        return len(queries)

    at_one = {model: count(model) for model in models()}
    for hour in (14, 16):
        fill(branch, hour=hour)
        _another_salon(str(hour))
    at_three = {model: count(model) for model in models()}

    assert at_one == at_three


def _another_salon(name: str) -> None:
    company = Company.objects.create(name=name, slug=name)
    branch = Branch.objects.create(company=company, name=name, slug=name)
    Staff.objects.create(company=company, branch=branch, name=name, slug=name)
    Service.objects.create(company=company, name=name, slug=name, price=1)
    User.objects.create_user(name, company=company)
    Group.objects.create(name=name)
