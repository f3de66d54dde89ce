"""Rows of one company never point at rows of another."""

from datetime import datetime

import pytest
from django.db import IntegrityError, transaction

from appointments.errors import (
    OtherCompanyError,
    SlotTakenError,
)
from appointments.models import (
    Appointment,
    Branch,
    BusyTime,
    CallbackRequest,
    Company,
    Service,
    Staff,
)
from tests.asking import book, wish
from tests.conftest import at
from tests.factories.appointments import CustomerFactory


@pytest.fixture
def elsewhere(salon: Company) -> Branch:
    """The branch of the other company."""
    return Branch.objects.exclude(company=salon).get()


# --- 8. Tenants never touch -----------------------------------------------------------------------


def test_r3_a_branch_of_another_company_is_refused(
    elsewhere: Branch, cut: Service, now: datetime
) -> None:
    with pytest.raises(OtherCompanyError):
        wish(cut, at(10), branch=elsewhere, now=now)

    assert Appointment.objects.count() == 0


def test_r3_a_service_of_another_company_is_refused(
    elsewhere: Branch, branch: Branch, now: datetime
) -> None:
    theirs = Service.objects.get(company=elsewhere.company)

    with pytest.raises(OtherCompanyError):
        wish(theirs, at(10), branch=branch, now=now)


def test_r3_a_customer_of_another_company_is_refused(
    elsewhere: Branch, branch: Branch, cut: Service, now: datetime
) -> None:
    theirs = CustomerFactory.create(company=elsewhere.company)

    with pytest.raises(OtherCompanyError):
        wish(cut, at(10), branch=branch, now=now, customer=theirs)


def test_r3_a_staff_member_of_another_company_serves_nobody_here(
    elsewhere: Branch, branch: Branch, cut: Service, now: datetime
) -> None:
    theirs = Staff.objects.get(branch=elsewhere)

    with pytest.raises(SlotTakenError):
        wish(cut, at(10), branch=branch, now=now, staff_id=theirs.pk)


@pytest.mark.parametrize("field", ["branch", "customer", "service", "staff"])
def test_the_database_refuses_an_appointment_that_points_at_another_company(
    elsewhere: Branch, branch: Branch, cut: Service, now: datetime, field: str
) -> None:
    booked = book(cut, at(10), branch=branch, now=now)
    theirs = {
        "branch": elsewhere,
        "customer": CustomerFactory.create(company=elsewhere.company),
        "service": Service.objects.get(company=elsewhere.company),
        "staff": Staff.objects.get(branch=elsewhere),
    }

    with (
        pytest.raises(IntegrityError, match=f"appointment_{field}_same_company"),
        transaction.atomic(),
    ):
        Appointment.objects.filter(pk=booked.pk).update(**{field: theirs[field]})


@pytest.mark.parametrize("field", ["branch", "customer", "service", "staff"])
def test_the_database_refuses_a_new_row_that_points_at_another_company(
    elsewhere: Branch, branch: Branch, mara: Staff, cut: Service, field: str
) -> None:
    ours = {
        "branch": branch,
        "customer": CustomerFactory.create(company=branch.company),
        "service": cut,
        "staff": mara,
    }
    theirs = {
        "branch": elsewhere,
        "customer": CustomerFactory.create(company=elsewhere.company),
        "service": Service.objects.get(company=elsewhere.company),
        "staff": Staff.objects.get(branch=elsewhere),
    }

    with (
        pytest.raises(IntegrityError, match=f"appointment_{field}_same_company"),
        transaction.atomic(),
    ):
        Appointment.objects.create(
            company=branch.company,
            starts_at=at(10),
            ends_at=at(11),
            **ours | {field: theirs[field]},
        )


def test_the_database_refuses_other_rows_that_point_at_another_company(
    elsewhere: Branch, branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    theirs = Staff.objects.get(branch=elsewhere)
    ours = book(cut, at(10), branch=branch, now=now)
    wrong = [
        lambda: BusyTime.objects.create(
            company=branch.company, staff=theirs, starts_at=at(10), ends_at=at(11)
        ),
        lambda: CallbackRequest.objects.create(
            company=branch.company, branch=elsewhere, due_at=at(10)
        ),
        lambda: CallbackRequest.objects.create(
            company=branch.company, assigned_to=theirs, due_at=at(10)
        ),
        lambda: CallbackRequest.objects.create(
            company=elsewhere.company, appointment=ours, due_at=at(10)
        ),
        lambda: Staff.objects.filter(pk=mara.pk).update(branch=elsewhere),
    ]

    for act in wrong:
        with pytest.raises(IntegrityError, match="same_company"), transaction.atomic():
            act()
