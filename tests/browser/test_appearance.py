"""What a person chooses for themselves, and whether all of a list can be seen."""

import pytest
from playwright.sync_api import Page, expect

from appointments.models import Branch, CallbackRequest, Service, Staff
from tests.conftest import at, committing
from tests.factories.back_office import fill

pytestmark = committing


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.getElementById('main')).backgroundColor"))


def test_the_language_is_changed_in_the_menu_of_a_person_and_stays(
    desk: Page, branch: Branch
) -> None:
    html = desk.locator("html")
    desk.goto("/admin/appointments/customer/")
    expect(html).to_have_attribute("lang", "en")

    desk.get_by_role("button", name="empfang").click()
    desk.get_by_role("button", name="Deutsch").click()

    expect(html).to_have_attribute("lang", "de")
    expect(desk.get_by_role("link", name="Tagesansicht")).to_be_visible()
    desk.goto("/admin/day/")
    expect(desk.get_by_role("link", name="Heute")).to_be_visible()
    desk.get_by_role("button", name="empfang").click()
    desk.get_by_role("button", name="English").click()
    expect(desk.get_by_role("link", name="Today")).to_be_visible()


def test_a_page_is_dark_where_the_desktop_is_or_where_somebody_says_so(
    desk: Page, branch: Branch
) -> None:
    html = desk.locator("html")
    desk.goto("/admin/day/")
    light = background(desk)
    desk.emulate_media(color_scheme="dark")
    desk.reload()
    expect(html).to_have_class("dark")
    assert background(desk) != light

    desk.get_by_role("button", name="empfang").click()
    desk.get_by_role("button", name="Light").click()

    expect(html).to_have_class("light")
    desk.goto("/admin/appointments/customer/")
    expect(html).to_have_class("light")  # remembered
    assert background(desk) == light


@pytest.mark.parametrize(
    "name", ["appointments/callbackrequest", "appointments/review", "voice/call"]
)
def test_a_list_of_work_is_seen_whole_on_a_small_desktop(
    desk: Page, branch: Branch, cut: Service, mara: Staff, name: str
) -> None:
    fill(branch)
    CallbackRequest.objects.update(
        priority="urgent", escalated_at=at(9), wish="So bald wie möglich, gern bei Mara. " * 3
    )
    desk.set_viewport_size({"width": 1280, "height": 800})
    desk.goto(f"/admin/{name}/")

    around = desk.locator(".simplebar-content-wrapper:has(#result_list)")

    expect(desk.locator("#result_list .data-row").first).to_be_visible()
    assert around.evaluate("it => it.scrollWidth - it.clientWidth") == 0
