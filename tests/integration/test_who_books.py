"""The customer of a booking: found by number, never renamed, never guessed."""

from datetime import datetime

import pytest

from appointments.models import (
    Branch,
    Company,
    Customer,
    Service,
)
from tests.asking import book
from tests.conftest import at
from tests.factories.appointments import CustomerFactory

PHONE = "+4915111112222"


@pytest.fixture
def elsewhere(salon: Company) -> Branch:
    """The branch of the other company."""
    return Branch.objects.exclude(company=salon).get()


def test_a_customer_is_found_by_number_and_never_renamed(
    branch: Branch, cut: Service, now: datetime
) -> None:
    known = CustomerFactory.create(company=branch.company, name="Lena Vogt", phone=PHONE)

    booked = book(cut, at(10), branch=branch, now=now, phone=PHONE, customer_name="Karl")

    known.refresh_from_db()
    assert (booked.customer, booked.customer_name, known.name) == (known, "Karl", "Lena Vogt")


def test_the_same_number_in_another_company_is_somebody_else(
    elsewhere: Branch, branch: Branch, cut: Service, now: datetime
) -> None:
    theirs = CustomerFactory.create(company=elsewhere.company, name="Ute", phone=PHONE)

    booked = book(cut, at(10), branch=branch, now=now, phone=PHONE)

    assert booked.customer != theirs
    assert Customer.objects.filter(phone=PHONE).count() == 2


@pytest.mark.parametrize("none", [None, ""], ids=["none", "empty"])
def test_r2_callers_without_number_and_e_mail_are_always_new_customers(
    branch: Branch, cut: Service, now: datetime, none: str | None
) -> None:
    for hour in (10, 11):
        book(cut, at(hour), branch=branch, now=now, phone=none, email=none)

    assert (
        list(Customer.objects.values_list("name", "phone", "email"))
        == [("Lena Vogt", None, None)] * 2
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, "new@example.org"), ("old@example.org", "old@example.org")],
    ids=["missing", "known"],
)
def test_an_e_mail_address_is_only_added_where_there_is_none(
    branch: Branch, cut: Service, now: datetime, before: str | None, after: str
) -> None:
    known = CustomerFactory.create(company=branch.company, phone=PHONE, email=before)

    book(cut, at(10), branch=branch, now=now, phone=PHONE, email="new@example.org")

    known.refresh_from_db()
    assert known.email == after
