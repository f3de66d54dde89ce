"""A whole day of work without a mouse: nothing here points at anything."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from appointments.actions.reviews import flag_for_review
from appointments.models import (
    Appointment,
    Branch,
    Company,
    ReviewReason,
    Service,
    Staff,
    Status,
)
from tests.asking import book, hands_on
from tests.browser.day_view import DayView
from tests.browser.forms import choices_of
from tests.conftest import at, committing
from tests.factories.back_office import receptionist

pytestmark = committing

FAR = 80  # presses of the tabulator: whoever has not arrived then has given up
SHOWN = """() => {
  const box = element => {
    const style = getComputedStyle(element);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
      || style.boxShadow !== "none";
  };
  const it = document.activeElement;
  if (it === document.body) return "nowhere";
  for (let around = it; around && around !== document.body; around = around.parentElement) {
    if (box(around)) return "shown";
  }
  return it.outerHTML.slice(0, 200);
}"""


@pytest.fixture
def tab(page: Page) -> Callable[[Locator], None]:
    """Press the tabulator until something has the focus, which must be seen all the way."""

    def tab(to: Locator) -> None:
        for _press in range(FAR):
            if to.evaluate("it => it === document.activeElement"):
                return
            page.keyboard.press("Tab")
            shown = page.evaluate(SHOWN)
            assert shown in {"shown", "nowhere"}, shown
        pytest.fail(f"{to} is never reached")

    return tab


@pytest.fixture(autouse=True)
def _no_mouse(page: Page) -> Iterator[None]:
    """Fail whatever points at something."""
    pointed: list[str] = []

    def note(element: str) -> None:
        pointed.append(element)

    page.expose_function("pointedAt", note)
    page.add_init_script(
        "addEventListener('pointerdown', event => pointedAt(event.target.outerHTML), true)"
    )
    yield
    assert pointed == []


@pytest.fixture
def booked(cut: Service, branch: Branch, jonas: Staff, now: datetime) -> Appointment:
    """Lena's, with Mara at ten; Jonas could do it as well."""
    cut.staff_services.create(staff=jonas)
    mara = branch.staff.get(slug="mara")
    return book(cut, at(10), branch=branch, now=now, staff_id=mara.pk)


def test_the_first_stop_of_every_page_leads_past_the_menu(
    desk: Page, branch: Branch, tab: Callable[[Locator], None]
) -> None:
    for address in ("/admin/", "/admin/day/", "/admin/appointments/customer/"):
        desk.goto(address)
        desk.keyboard.press("Tab")
        expect(desk.get_by_role("link", name="Skip to the content")).to_be_focused()
        desk.keyboard.press("Enter")
        desk.keyboard.press("Tab")
        assert desk.evaluate("document.activeElement.closest('#content') !== null"), address


def test_somebody_logs_in_by_keyboard(
    page: Page, salon: Company, branch: Branch, mara: Staff, tab: Callable[[Locator], None]
) -> None:
    user = receptionist(salon, "empfang")
    user.set_password("a long word")
    user.save()
    page.goto("/admin/login/?next=/admin/day/")

    tab(page.get_by_label("Username"))
    page.keyboard.type("empfang")
    tab(page.get_by_label("Password"))
    page.keyboard.type("a long word")
    page.keyboard.press("Enter")

    expect(page.get_by_role("region", name="Mara Lindt")).to_be_visible()


def test_somebody_books_by_keyboard(
    day_view: DayView,
    cut: Service,
    mara: Staff,
    jonas: Staff,
    tab: Callable[[Locator], None],
) -> None:
    page, keyboard = day_view.page, day_view.page.keyboard
    day_view.open()

    keyboard.press("ArrowRight")  # from Jonas, who comes first, to Mara
    for _quarter in range(4):
        keyboard.press("ArrowDown")
    tab(page.get_by_role("link", name="Book: Mara Lindt, 10:00"))
    keyboard.press("Enter")
    expect(page.get_by_label("Time")).to_have_value("10:00")
    tab(choices_of(page, "Service"))
    keyboard.press("Enter")
    expect(page.get_by_role("option", name="Herrenhaarschnitt")).to_be_visible()
    keyboard.type("Herren")
    keyboard.press("Enter")
    tab(page.get_by_label("Name of a new customer"))
    keyboard.type("Tilda Neu")
    keyboard.press("Enter")

    day_view.expect_card("Tilda Neu", column="Mara Lindt", begins="10:00", ends="10:55")
    assert hands_on(mara) == [(at(10), at(10, 55))]


def test_somebody_moves_an_appointment_by_keyboard(
    day_view: DayView, booked: Appointment, jonas: Staff, tab: Callable[[Locator], None]
) -> None:
    page, keyboard = day_view.page, day_view.page.keyboard
    day_view.open()

    tab(day_view.card("Lena Vogt"))
    keyboard.press("m")
    expect(page.get_by_role("button", name="Move", exact=True)).to_be_visible()
    tab(page.get_by_label("Time"))
    keyboard.type("1330")
    tab(choices_of(page, "Staff member"))
    keyboard.press("Enter")
    expect(page.get_by_role("option", name="Jonas Brandt")).to_be_visible()
    keyboard.type("Jonas")
    keyboard.press("Enter")
    tab(page.get_by_role("button", name="Move", exact=True))
    keyboard.press("Enter")

    day_view.expect_card("Lena Vogt", column="Jonas Brandt", begins="13:30", ends="14:25")
    assert hands_on(jonas) == [(at(13, 30), at(14, 25))]


def test_somebody_cancels_by_keyboard(
    day_view: DayView, booked: Appointment, tab: Callable[[Locator], None]
) -> None:
    page, keyboard = day_view.page, day_view.page.keyboard
    day_view.open()

    tab(day_view.card("Lena Vogt"))
    keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    tab(dialog.get_by_role("link", name="Cancel appointment"))
    keyboard.press("Enter")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    keyboard.type("Krank")
    tab(dialog.get_by_role("button", name="Yes, cancel the appointment"))
    keyboard.press("Enter")

    expect(page.get_by_text("1 appointment cancelled.")).to_be_visible()
    booked.refresh_from_db()
    assert (booked.status, booked.cancel_reason) == (Status.CANCELLED, "Krank")


@pytest.mark.parametrize("way", ["Escape", "Back"])
def test_a_dialog_keeps_the_focus_and_gives_it_back_to_where_it_was_opened(
    day_view: DayView, booked: Appointment, tab: Callable[[Locator], None], way: str
) -> None:
    page = day_view.page
    day_view.open()
    tab(day_view.card("Lena Vogt"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    tab(dialog.get_by_role("link", name="Cancel appointment"))
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Reason")).to_be_focused()

    for _press in range(8):  # round the dialog, more than once
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('#page')")
    if way == "Back":
        tab(dialog.get_by_role("link", name="Back"))
        page.keyboard.press("Enter")
    else:
        page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(day_view.card("Lena Vogt")).to_be_focused()
    booked.refresh_from_db()
    assert booked.status == Status.CONFIRMED


def test_the_menu_of_a_person_opens_by_keyboard_and_escape_closes_it(
    desk: Page, branch: Branch, tab: Callable[[Locator], None]
) -> None:
    desk.goto("/admin/day/")
    person = desk.get_by_role("button", name="empfang")

    tab(person)
    desk.keyboard.press("Enter")

    expect(desk.get_by_role("button", name="Log out")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("button", name="Log out")).to_be_hidden()
    expect(person).to_be_focused()


def test_the_buttons_behind_a_button_of_a_case_are_reached_by_keyboard(
    desk: Page, booked: Appointment, now: datetime, tab: Callable[[Locator], None]
) -> None:
    flag_for_review(appointment_id=booked.pk, reason=ReviewReason.SLOT_CONFLICT, now=now)
    desk.goto(f"/admin/appointments/review/{booked.pk}/change/")

    tab(desk.get_by_role("button", name="Customer"))
    desk.keyboard.press("Enter")
    tab(desk.get_by_role("link", name="Another time"))
    desk.keyboard.press("Enter")

    expect(desk.get_by_role("button", name="Move", exact=True)).to_be_visible()
