"""The day view, as the receptionist has it in front of her all day."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from appointments.models import Branch, Staff, User
from tests.conftest import committing
from tests.factories.back_office import receptionist

pytestmark = committing


def test_the_day_has_a_column_for_each_of_the_staff_and_none_of_another_salons(
    page: Page, log_in: Callable[[User], None], branch: Branch, mara: Staff, jonas: Staff
) -> None:
    log_in(receptionist(branch.company))
    page.goto("/admin/day/")
    expect(page.locator("body")).to_contain_text("Mara Lindt")
    expect(page.locator("body")).to_contain_text("Jonas Brandt")
    expect(page.locator("body")).not_to_contain_text("Zoe")
