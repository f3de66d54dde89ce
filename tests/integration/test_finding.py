"""Finding a customer: a number in any spelling, a name as it is heard, from any page."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments.models import Company, Customer, User
from tests.factories.appointments import CustomerFactory
from tests.factories.back_office import client_of

CHOICES = reverse("admin:appointments_customer_choices")
LIST = reverse("admin:appointments_customer_changelist")
ANYWHERE = reverse("admin:search")


@pytest.fixture
def desk(salon: Company) -> Client:
    user = User.objects.create_user("empfang", is_staff=True, company=salon)
    user.groups.add(Group.objects.get(name="receptionist"))
    client = client_of(user)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def people(salon: Company) -> dict[str, Customer]:
    """Customers of the salon, and their doubles in another one, who must never appear."""
    theirs = Company.objects.exclude(pk=salon.pk).get()
    names = {
        "Lena Müller": "+4917112345678",
        "Jörg Meyer": "+4917199999999",
        "Philipp Weiß": "+436601234567",
        "Özlem Yilmaz": "+49491887766",
    }
    for name, phone in names.items():
        CustomerFactory.create(company=theirs, name=f"{name} zwei", phone=phone)
    return {
        name: CustomerFactory.create(company=salon, name=name, phone=phone)
        for name, phone in names.items()
    }


def found(client: Client, said: str) -> set[str]:
    answer = client.get(CHOICES, {"term": said}).json()["results"]
    return {row["text"].split(" · ")[0] for row in answer}


@pytest.mark.parametrize(
    "said",
    [
        "0171 123",
        "0171/123",
        "0171-12345678",
        "+49171123",
        "+49 (0) 171 123",
        "+49 (171) 12345678",
        "0049 171 123",
        "0049171/123 45 678",
        "49171123",
        "171123",
        "12345678",
    ],
)
def test_a_number_is_found_in_any_spelling(desk, people, said) -> None:
    assert found(desk, said) == {"Lena Müller"}


@pytest.mark.parametrize(
    ("said", "name"),
    [("0043 660 123", "Philipp Weiß"), ("+43660", "Philipp Weiß"), ("0491 88", "Özlem Yilmaz")],
    ids=["with two noughts", "with a plus", "an area code that looks like the country's"],
)
def test_numbers_from_abroad_and_of_the_north_are_found_too(desk, people, said, name) -> None:
    assert found(desk, said) == {name}


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("müller", "Lena Müller"),
        ("Mueller", "Lena Müller"),
        ("MÜLLER", "Lena Müller"),
        ("mueller lena", "Lena Müller"),
        ("Miller", "Lena Müller"),
        ("Maier", "Jörg Meyer"),
        ("Joerg Mayr", "Jörg Meyer"),
        ("weiss", "Philipp Weiß"),
        ("Filip Weis", "Philipp Weiß"),
        ("özlem", "Özlem Yilmaz"),
        ("oezlem", "Özlem Yilmaz"),
    ],
)
def test_a_name_is_found_as_it_is_spelled_or_heard(desk, people, said, name) -> None:
    assert found(desk, said) == {name}


@pytest.mark.parametrize("said", ["Lena Meyer", "Schulze", "Mü Yi", "xy", "%", "_"])
def test_what_nobody_is_called_finds_nobody(desk, people, said) -> None:
    assert found(desk, said) == set()


def test_a_name_that_is_written_so_hides_those_that_only_sound_so(desk, people, salon) -> None:
    CustomerFactory.create(company=salon, name="Ida Maier")

    assert found(desk, "Maier") == {"Ida Maier"}


def test_the_list_of_customers_searches_the_same_way(desk, people) -> None:
    [row] = desk.get(LIST, {"q": "Filip"}).context["cl"].result_list

    assert row == people["Philipp Weiß"]


@pytest.mark.parametrize("said", ["0171/123", "Mueller", "Miller"])
def test_a_customer_is_found_from_any_page(desk, people, said) -> None:
    html = desk.get(ANYWHERE, {"s": said, "extended": "1"}).content.decode()

    page = reverse("admin:appointments_customer_change", args=[people["Lena Müller"].pk])
    assert f'href="{page}"' in html
    assert "Lena Müller" in html
    assert "zwei" not in html
    assert "hx-get" in desk.get(reverse("admin:index")).content.decode()


def test_whoever_may_not_see_customers_finds_none(salon, people) -> None:
    user = User.objects.create_user("niemand", is_staff=True, company=salon)

    html = client_of(user).get(ANYWHERE, {"s": "Müller", "extended": "1"}).content.decode()

    assert "Lena Müller" not in html


def test_nobody_is_found_any_more_who_was_erased_a_moment_ago(desk, people, salon) -> None:
    wanted = {"s": "Müller", "extended": "1"}
    assert "Lena Müller" in desk.get(ANYWHERE, wanted).content.decode()
    Customer.objects.filter(company=salon).update(name="gelöschter Kunde")

    assert "Lena Müller" not in desk.get(ANYWHERE, wanted).content.decode()


@pytest.mark.parametrize("page", ["0", "2", "99999999999999999999", "zwei", ""])
def test_a_page_of_results_that_does_not_exist_is_the_nearest(desk, people, page) -> None:
    answer = desk.get(ANYWHERE, {"s": "Müller", "extended": "1", "page": page})

    assert "Lena Müller" in answer.content.decode()


def test_searching_asks_the_same_of_one_customer_and_of_many(desk, salon) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            desk.get(CHOICES, {"term": "Maier"})
        return len(queries)

    CustomerFactory.create(company=salon, name="Ida Meyer")
    count()
    at_one = count()
    for number in range(3):
        CustomerFactory.create(company=salon, name=f"Ida Meyer {number}")

    assert count() == at_one
