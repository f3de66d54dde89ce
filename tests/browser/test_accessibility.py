"""Every page of the back office, as axe-core sees it."""

from collections.abc import Callable, Iterator

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Page, expect

from appointments.models import Appointment, Branch, Company, Service, Staff, User
from features.models import CompanyFlag
from tests.browser.accessibility import violations
from tests.conftest import committing
from tests.factories.back_office import fill
from tests.syncing import Calcom

pytestmark = [committing, pytest.mark.timeout(240)]


@pytest.fixture
def root(page: Page, log_in: Callable[[User], None], branch: Branch, cut: Service) -> Page:
    """Somebody who may see every page, and one of everything to see."""
    fill(branch)
    AccessAttempt.objects.create(username="empfang", failures_since_start=5)
    log_in(User.objects.create_superuser("root"))
    return page


def addresses(kind: str) -> Iterator[str]:
    for model in admin.site._registry:  # noqa: SLF001 -- no public way
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}"
        if kind in {"changelist", "add"}:
            yield reverse(name)
        else:
            yield reverse(name, args=[model._default_manager.order_by("pk").last().pk])


def seen(page: Page, *addresses: str) -> dict[str, list[str]]:
    """Look at pages, and return what is wrong with which; no page may be missing."""
    wrong = {}
    for address in addresses:
        response = page.goto(address)
        assert response is not None
        assert response.ok, (address, response.status)
        if found := violations(page):
            wrong[address] = found
    return wrong


@pytest.mark.parametrize("kind", ["changelist", "add", "change", "history", "delete"])
def test_no_page_of_any_model_shuts_anybody_out(root: Page, kind: str) -> None:
    allowed = [address for address in addresses(kind) if root.request.get(address).status != 403]

    assert seen(root, *allowed) == {}
    assert len(allowed) > 3


def test_no_page_of_a_day_shuts_anybody_out(root: Page, branch: Branch, mara: Staff) -> None:
    case = Appointment.objects.get()
    day = f"/admin/day/?branch={branch.pk}&date=2030-01-08"

    assert (
        seen(
            root,
            day,
            f"{day}&staff={mara.pk}",
            f"/admin/appointments/appointment/add/?branch={branch.pk}&staff={mara.pk}",
            f"/admin/appointments/appointment/{case.pk}/move",
        )
        == {}
    )


def test_no_page_of_figures_and_flags_shuts_anybody_out(root: Page, salon: Company) -> None:
    flag = CompanyFlag.objects.order_by("pk").first()

    assert (
        seen(
            root,
            "/admin/",
            f"/admin/?company={salon.slug}",
            f"/admin/features/companyflag/{flag.pk}/set/?company={salon.slug}&to=on",
            "/admin/password_change/",
            "/admin/two-factor/",
        )
        == {}
    )


def test_no_page_about_calcom_shuts_anybody_out(
    root: Page, calcom: Calcom, perm: Service, mara: Staff
) -> None:
    case = Appointment.objects.get()
    calcom.seed_people()
    matrix = "/admin/calcom/calcomeventmap/matrix"
    wanted = f"{mara.branch_id}-{mara.pk}-{perm.pk}-A"

    found = seen(
        root,
        matrix,
        f"{matrix}?since=1&wanted={wanted}",
        "/admin/calcom/calcomeventmap/create-missing",
        f"/admin/appointments/company/{mara.company_id}/connection",
        f"/admin/appointments/review/{case.pk}/compare",
    )
    root.get_by_role("button", name="Look now").click()
    found["after looking"] = violations(root)

    assert found == {"after looking": []}


def test_no_dialog_shuts_anybody_out(root: Page, branch: Branch) -> None:
    case = Appointment.objects.get()
    wrong = {}
    for page, opener in (
        (f"/admin/day/?branch={branch.pk}&date=2030-01-08", f"Kundin von {branch.company.name}"),
        (f"/admin/appointments/appointment/{case.pk}/change/", "Cancel appointment"),
        (f"/admin/appointments/review/{case.pk}/change/", "Resolved"),
    ):
        root.goto(page)
        root.get_by_role("link", name=opener).click()
        expect(root.get_by_role("dialog")).to_be_visible()
        wrong[opener] = violations(root)

    assert not any(wrong.values()), wrong


def test_the_log_in_shuts_nobody_out(page: Page, salon: Company) -> None:
    assert seen(page, "/admin/login/") == {}
    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Please enter the correct")).to_be_visible()
    assert violations(page) == []
