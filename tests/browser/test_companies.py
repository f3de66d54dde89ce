"""Somebody of another company, who logs in as people do, finds nothing of this one."""

import pytest
from playwright.sync_api import Page, expect

from appointments.models import Appointment, Branch, Company, Service
from tests.conftest import committing
from tests.factories.appointments import CustomerFactory
from tests.factories.back_office import fill, receptionist

pytestmark = committing

PASSWORD = "something nobody guesses"


@pytest.fixture
def ours(branch: Branch, cut: Service) -> Appointment:
    """One of everything of this salon."""
    return fill(branch)


@pytest.fixture
def stranger(page: Page, ours: Appointment) -> Page:
    """Somebody of the other company, logged in by the form."""
    theirs = Company.objects.exclude(pk=ours.company_id).get()
    user = receptionist(theirs, "zoe")
    user.set_password(PASSWORD)
    user.save()
    page.goto("/admin/")
    page.get_by_label("Username").fill("zoe")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="zoe")).to_be_visible()
    return page


@pytest.mark.parametrize("model", ["appointment", "customer", "review", "callbackrequest"])
def test_a_search_finds_nothing_of_another_company(stranger: Page, model: str) -> None:
    for words in ("", "Kundin", "+4915111100000"):
        stranger.goto(f"/admin/appointments/{model}/?q={words}")
        expect(stranger.get_by_text("Kundin von Salon Eins")).to_have_count(0)


def test_what_another_company_has_is_nowhere_to_be_found_by_its_address(
    stranger: Page, ours: Appointment
) -> None:
    for address in (
        f"/admin/appointments/appointment/{ours.pk}/change/",
        f"/admin/appointments/appointment/{ours.pk}/history/",
        f"/admin/appointments/review/{ours.pk}/change/",
        f"/admin/appointments/customer/{ours.customer_id}/change/",
        f"/admin/appointments/staff/{ours.staff_id}/change/",
        f"/admin/appointments/branch/{ours.branch_id}/change/",
        f"/admin/appointments/company/{ours.company_id}/change/",
    ):
        stranger.goto(address)
        expect(stranger.get_by_text("perhaps it was deleted")).to_be_visible()
        expect(stranger.get_by_text("Salon Eins")).to_have_count(0)
    for address in (
        f"/admin/appointments/appointment/{ours.pk}/move",
        f"/admin/appointments/appointment/{ours.pk}/cancel",
        f"/admin/appointments/review/{ours.pk}/compare",
        f"/admin/day/{ours.pk}/",
    ):
        response = stranger.goto(address)
        assert response is not None
        assert response.status == 404


def test_the_day_view_of_another_companys_branch_is_ones_own(
    stranger: Page, ours: Appointment
) -> None:
    stranger.goto(f"/admin/day/?branch={ours.branch_id}&date=2030-01-08&all=1")

    expect(stranger.get_by_role("region", name="Zoe")).to_be_visible()
    for words in ("Mara", "Kundin von Salon Eins", "Salon Eins Mitte"):
        expect(stranger.get_by_text(words)).to_have_count(0)


def found(page: Page, words: str) -> str:
    """Type into the search that is on every page, and return what it finds."""
    page.goto("/admin/")
    page.get_by_role("button", name="Search").first.click()
    with page.expect_response(lambda answer: "/admin/search/" in answer.url) as coming:
        page.get_by_placeholder("Type to search").press_sequentially(words)
    return str(coming.value.text())


def test_the_search_of_every_page_finds_customers_of_ones_own_company_only(
    stranger: Page, ours: Appointment
) -> None:
    theirs = Company.objects.exclude(pk=ours.company_id).get()
    CustomerFactory.create(company=theirs, name="Kundin der anderen")

    answer = found(stranger, "Kundin")

    assert "Kundin der anderen" in answer
    assert "Kundin von Salon Eins" not in answer
