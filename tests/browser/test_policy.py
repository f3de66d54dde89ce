"""No page asks for what its own policy forbids: a real browser would say so."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from appointments.models import Branch, Service, User
from tests.conftest import committing
from tests.factories.back_office import fill, receptionist

pytestmark = committing


@pytest.fixture
def complaints(page: Page) -> list[str]:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    return said


def test_no_page_breaks_its_policy(
    page: Page,
    complaints: list[str],
    log_in: Callable[[User], None],
    branch: Branch,
    cut: Service,
) -> None:
    appointment = fill(branch)
    user = receptionist(branch.company)
    user.is_superuser = True
    user.save()

    page.goto("/admin/login/")
    log_in(user)
    for address in (
        "/admin/",
        "/admin/day/?date=2030-01-08",
        "/admin/appointments/appointment/",
        f"/admin/appointments/appointment/{appointment.pk}/change/",
        "/admin/appointments/appointment/add/",
        f"/admin/appointments/branch/{branch.pk}/change/",
        "/admin/appointments/review/",
        "/admin/calcom/calcomeventmap/matrix",
        "/admin/appointments/auditentry/",
        "/admin/features/companyflag/",
        "/admin/password_change/",
        "/api/docs/",
    ):
        answer = page.goto(address, wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200, address
        assert [words for words in complaints if "Content Security Policy" in words] == [], address
    expect(page.locator("#swagger-ui")).to_contain_text("start_booking")


def test_a_smuggled_script_does_not_run(page: Page, complaints: list[str], db: None) -> None:
    page.goto("/admin/login/")
    page.evaluate(
        "() => { const it = document.createElement('script'); it.textContent = 'window.bad = 1';"
        " document.body.append(it); }"
    )

    assert page.evaluate("() => window.bad") is None
    assert any("Content Security Policy" in words for words in complaints)
