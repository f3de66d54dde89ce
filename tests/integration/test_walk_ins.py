"""Somebody stands at the desk: who is free soonest; and exceptions to notice, with a reason."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from appointments import actions
from appointments.errors import PastTimeError, SlotTakenError, TooFarError, TooSoonError
from appointments.models import (
    Appointment,
    AuditEntry,
    Branch,
    Company,
    Customer,
    Service,
    Staff,
    TimeOff,
    User,
)
from tests.asking import book
from tests.conftest import at, soon
from tests.factories.appointments import CustomerFactory
from tests.factories.back_office import client_of

ADD = reverse("admin:appointments_appointment_add")
WALK_IN = reverse("admin:appointments_appointment_walk_in")


@pytest.fixture(autouse=True)
def _tuesday():
    """Three minutes past ten; the salon is open, and wants 15 minutes' notice."""
    with time_machine.travel(at(10, 3), tick=False):
        yield


def somebody(company: Company, role: str) -> Client:
    user = User.objects.create_user(role, is_staff=True, company=company)
    user.groups.add(Group.objects.get(name=role))
    client = client_of(user)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def reception(salon: Company) -> Client:
    return somebody(salon, "receptionist")


@pytest.fixture
def manager(salon: Company) -> Client:
    return somebody(salon, "manager")


def wish_of(response: Any) -> dict[str, str]:
    """Return what the form that a press led to is filled in with."""
    assert urlsplit(response.url).path == ADD, response.url
    return {name: value for name, [value] in parse_qs(urlsplit(response.url).query).items()}


def press(client: Client, service: Service, branch: Branch) -> Any:
    return client.get(WALK_IN, {"branch": branch.pk, "service": service.pk})


def send(client: Client, wish: dict[str, Any], **changes: Any) -> Any:
    return client.post(ADD, wish | changes)


# --- Now ----------------------------------------------------------------------------------


def test_each_service_is_one_press_and_nothing_of_another_company_is_there(
    reception, branch, cut: Service, perm: Service
) -> None:
    html = reception.get(WALK_IN, {"branch": branch.pk, "back": "/admin/day/"}).content.decode()

    theirs = Service.objects.exclude(company=branch.company_id).get()
    assert cut.name in html
    assert perm.name in html
    assert f"service={theirs.pk}" not in html
    assert press(reception, theirs, branch).status_code == 404


def test_the_form_has_the_first_allowed_start_and_who_is_free_then(
    reception, branch, cut: Service, mara: Staff, jonas: Staff
) -> None:
    book(cut, at(10, 30), branch=branch, staff_id=mara.pk, now=at(9))
    jonas.services.get_or_create(service=cut)

    wish = wish_of(press(reception, cut, branch))

    assert {name: wish[name] for name in ("service", "staff", "day", "time")} == {
        "service": str(cut.pk),
        "staff": str(jonas.pk),
        "day": "2030-01-08",
        "time": "10:30",
    }
    assert "override_reason" not in wish


def test_a_walk_in_without_a_name_is_booked_and_all_of_them_are_one_customer(
    reception, salon, branch, cut: Service, mara: Staff
) -> None:
    before = Customer.objects.count()
    for _ in range(2):
        assert send(reception, wish_of(press(reception, cut, branch))).status_code == 302

    first, second = Appointment.objects.order_by("starts_at")
    assert first.customer == second.customer
    assert (first.customer_name, first.customer.phone) == ("Laufkundschaft", None)
    assert first.customer.company == salon
    assert (first.starts_at, second.starts_at) == (at(10, 30), at(11, 25))
    assert Customer.objects.count() == before + 1


def test_a_walk_in_with_a_name_is_a_customer_of_their_own(reception, branch, cut, mara) -> None:
    wish = wish_of(press(reception, cut, branch))

    send(reception, wish, customer_name="Ida Roth")

    assert Appointment.objects.get().customer.name == "Ida Roth"
    assert not Customer.objects.filter(name="Laufkundschaft").exists()


def test_those_who_walk_in_elsewhere_are_not_this_companys(reception, branch, cut, mara) -> None:
    theirs = Company.objects.exclude(pk=branch.company_id).get()
    other = CustomerFactory.create(company=theirs, name="Laufkundschaft", phone=None, email=None)

    send(reception, wish_of(press(reception, cut, branch)))

    assert Appointment.objects.get().customer != other


def test_when_nobody_is_free_today_the_next_start_is_told(
    reception, branch, cut: Service, mara: Staff
) -> None:
    TimeOff.objects.create(staff=mara, starts_at=at(9), ends_at=at(20))

    html = press(reception, cut, branch).content.decode()

    assert "any more today; next: Wed 9 Jan" in html
    assert "with Mara Lindt" in html


def test_a_refusal_stands_beside_its_field(reception, branch, cut: Service, mara) -> None:
    wish = wish_of(press(reception, cut, branch))
    book(cut, at(10, 30), branch=branch, staff_id=mara.pk, now=at(9))

    response = send(reception, wish)

    assert list(response.context["form"].errors) == ["time"]
    assert Appointment.objects.count() == 1


def test_the_day_view_leads_there_by_a_link_and_by_a_key(reception, branch) -> None:
    html = reception.get(reverse("day")).content.decode()

    assert f'href="{WALK_IN}?branch={branch.pk}&amp;back=' in html
    assert 'data-key="now"' in html


def test_whoever_may_not_book_walks_nobody_in(salon, branch, cut) -> None:
    user = User.objects.create_user("niemand", is_staff=True, company=salon)

    assert press(client_of(user), cut, branch).status_code == 403


# --- Exceptions ---------------------------------------------------------------------------


def order(branch: Branch, cut: Service, **more: Any) -> actions.BookingOrder:
    return actions.BookingOrder(branch=branch, service=cut, customer_name="Ida", **more)


def test_with_a_reason_notice_does_not_hold_and_the_reason_is_kept(branch, cut, mara) -> None:
    with pytest.raises(TooSoonError):
        actions.book(order=order(branch, cut, starts_at=at(10, 5)), now=at(10, 3), deadline=soon())

    exception = order(branch, cut, starts_at=at(10, 5), override_reason="Steht vor uns")
    booked = actions.book(order=exception, now=at(10, 3), deadline=soon()).appointment

    assert (booked.starts_at, booked.override_reason) == (at(10, 5), "Steht vor uns")
    entry = AuditEntry.objects.get(model="appointments.appointment", object_id=booked.pk)
    assert "override_reason" in entry.changes


def test_with_a_reason_the_horizon_does_not_hold(branch, cut, mara) -> None:
    far = at(10, days=91)
    with pytest.raises(TooFarError):
        actions.book(order=order(branch, cut, starts_at=far), now=at(9), deadline=soon())

    exception = order(branch, cut, starts_at=far, override_reason="Hochzeit")
    assert actions.book(order=exception, now=at(9), deadline=soon()).appointment.starts_at == far


@pytest.mark.parametrize(
    ("starts_at", "refusal"),
    [(at(10, 30), SlotTakenError), (at(10, 2), PastTimeError)],
    ids=["taken", "past"],
)
def test_no_reason_books_anybody_twice_or_in_the_past(
    branch, cut, mara, starts_at, refusal
) -> None:
    book(cut, at(10, 15), branch=branch, staff_id=mara.pk, now=at(9))
    exception = order(
        branch, cut, staff_id=mara.pk, starts_at=starts_at, override_reason="Unbedingt"
    )

    with pytest.raises(refusal):
        actions.book(order=exception, now=at(10, 3), deadline=soon())

    assert Appointment.objects.count() == 1


def test_a_managers_walk_in_begins_at_once_and_says_why(manager, branch, cut, mara) -> None:
    wish = wish_of(press(manager, cut, branch))
    page = reverse("admin:appointments_appointment_change", args=[0])

    response = send(manager, wish)

    appointment = Appointment.objects.get()
    assert wish["override_reason"] == "Walk-in"
    assert appointment.starts_at == at(10, 15)
    assert appointment.override_reason == "Walk-in"
    shown = manager.get(page.replace("/0/", f"/{appointment.pk}/")).content.decode()
    assert response.status_code == 302
    assert "Walk-in" in shown


def test_who_may_not_make_exceptions_makes_none_by_typing_one(reception, branch, cut, mara) -> None:
    wish = wish_of(press(reception, cut, branch)) | {"time": "10:05"}

    response = send(reception, wish, override_reason="Trotzdem")

    assert "override_reason" not in response.context["form"].fields
    assert list(response.context["form"].errors) == ["time"]
    assert not Appointment.objects.exists()


def test_the_reason_of_an_exception_is_forgotten_with_its_customer(branch, cut, mara) -> None:
    exception = order(branch, cut, starts_at=at(10, 5), override_reason="Ihre Mutter ist krank")
    booked = actions.book(order=exception, now=at(10, 3), deadline=soon()).appointment

    assert booked.customer
    actions.erase_customer(customer=booked.customer, now=at(12) + timedelta(days=1))

    booked.refresh_from_db()
    assert booked.override_reason == ""
