"""Forms as a person fills them in."""

from playwright.sync_api import Locator, Page, expect


def choices_of(page: Page, label: str) -> Locator:
    """Find a list of choices, closed.

    It is a native one until the theme's script has put its own in front of it, and what was
    found too early lies behind that.
    """
    choices = page.get_by_role("combobox", name=label)
    expect(choices).to_have_attribute("aria-expanded", "false")
    return choices


def choose(page: Page, label: str, option: str) -> None:
    """Open a list of choices and pick one."""
    choices_of(page, label).click()
    page.get_by_role("option", name=option).click()
