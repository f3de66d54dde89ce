"""The back office on a telephone: held in one hand, used with a thumb."""

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from appointments.actions.reviews import flag_for_review
from appointments.models import Branch, CallbackRequest, ReviewReason, Service, Staff
from tests.asking import book, hands_on
from tests.browser.day_view import DayView, box_of
from tests.browser.forms import choose
from tests.conftest import at, committing
from tests.factories.appointments import CustomerFactory, StaffFactory
from tests.factories.back_office import fill
from tests.syncing import Calcom

pytestmark = committing

WIDTH = 390


@pytest.fixture
def window(windows: Callable[..., BrowserContext]) -> BrowserContext:
    """A telephone: it has no mouse, and touches instead of hovering."""
    return windows(viewport={"width": WIDTH, "height": 844}, has_touch=True, is_mobile=True)


def is_as_wide_as_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_touch_into_the_day_books(day_view: DayView, cut: Service, mara: Staff) -> None:
    page = day_view.page
    day_view.open()
    assert is_as_wide_as_the_screen(page)

    page.touchscreen.tap(*day_view.place("Mara Lindt", "10:05"))

    expect(page.get_by_label("Time")).to_have_value("10:00")
    assert is_as_wide_as_the_screen(page)
    choose(page, "Service", cut.name)
    page.get_by_label("Name of a new customer").fill("Tilda Neu")
    page.get_by_role("button", name="Book", exact=True).tap()
    day_view.expect_card("Tilda Neu", column="Mara Lindt", begins="10:00", ends="10:55")
    assert hands_on(mara) == [(at(10), at(10, 55))]


def test_a_card_is_opened_and_moved_with_a_finger(
    day_view: DayView, cut: Service, branch: Branch, mara: Staff, now: datetime
) -> None:
    book(cut, at(10), branch=branch, now=now)
    page = day_view.page
    day_view.open()

    day_view.card("Lena Vogt").tap()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Herrenhaarschnitt")
    box = box_of(dialog)
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= WIDTH
    dialog.get_by_role("link", name="Move").tap()
    page.get_by_label("Time").fill("12:00")
    page.get_by_role("button", name="Move", exact=True).tap()

    day_view.expect_card("Lena Vogt", column="Mara Lindt", begins="12:00", ends="12:55")
    assert hands_on(mara) == [(at(12), at(12, 55))]


def test_a_list_is_one_card_below_the_other(desk: Page, branch: Branch) -> None:
    CustomerFactory.create(company=branch.company, name="Lena Vogt", phone="+4915111100000")
    CustomerFactory.create(company=branch.company, name="Tom Keller", phone=None)
    desk.goto("/admin/appointments/customer/")

    first, second = (
        box_of(desk.get_by_role("link", name=name)) for name in ("Lena Vogt", "Tom Keller")
    )
    phone = box_of(desk.get_by_role("link", name="01511"))

    assert is_as_wide_as_the_screen(desk)
    assert first["y"] < phone["y"] < second["y"]
    assert phone["x"] + phone["width"] <= WIDTH


def test_the_menu_opens_leads_somewhere_and_closes(desk: Page, branch: Branch) -> None:
    desk.goto("/admin/day/")
    customers = desk.get_by_role("link", name="Customers")
    expect(customers).to_be_hidden()
    menu = desk.get_by_role("button", name="Menu", exact=True)

    menu.tap()
    expect(customers).to_be_visible()
    desk.get_by_role("button", name="Close the menu").tap()
    expect(customers).to_be_hidden()
    menu.tap()
    customers.tap()

    expect(desk).to_have_url("/admin/appointments/customer/")


def test_a_case_can_be_resolved_with_a_thumb(
    desk: Page, cut: Service, branch: Branch, now: datetime
) -> None:
    case = book(cut, at(10), branch=branch, now=now)
    flag_for_review(appointment_id=case.pk, reason=ReviewReason.SLOT_CONFLICT, now=now)
    desk.goto(f"/admin/appointments/review/{case.pk}/change/")

    desk.get_by_role("button", name="More actions").tap()
    desk.get_by_role("link", name="Resolved").tap()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("Note").fill("Umgebucht")
    dialog.get_by_role("button", name="Resolved").tap()

    expect(desk.get_by_text("1 case resolved.")).to_be_visible()
    case.refresh_from_db()
    assert not case.requires_manual_review


def test_all_that_a_callback_is_about_and_all_ways_on_are_seen(
    desk: Page, branch: Branch, cut: Service, mara: Staff
) -> None:
    fill(branch)
    CallbackRequest.objects.update(
        priority="urgent", escalated_at=at(9), wish="So bald wie möglich, gern bei Mara. " * 3
    )
    desk.goto("/admin/appointments/callbackrequest/")

    cells = desk.locator("#result_list .data-row > td")

    expect(cells.first).to_be_visible()
    hidden = cells.evaluate_all("all => all.map(it => it.scrollHeight - it.clientHeight)")
    assert max(hidden) == 0
    desk.goto("/admin/appointments/review/")
    expect(desk.locator("#tabs-items a")).to_have_text(
        ["Appointments to review", "Calls to review", "All calls"]
    )


def test_the_matrix_scrolls_sideways_in_its_own_frame_and_not_with_the_page(
    desk: Page, branch: Branch, perm: Service, mara: Staff, calcom: Calcom
) -> None:
    for person in StaffFactory.create_batch(5, branch=branch):
        perm.staff_services.create(staff=person)
    desk.goto("/admin/calcom/calcomeventmap/matrix")

    expect(desk.get_by_role("row", name="Dauerwelle")).to_be_visible()
    page = desk.locator("html")
    assert page.evaluate("it => it.scrollWidth - it.clientWidth") == 0
