"""What a person chooses for themselves: the language, and a light or a dark page."""

from playwright.sync_api import Page, expect

from appointments.models import Branch
from tests.conftest import committing

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
