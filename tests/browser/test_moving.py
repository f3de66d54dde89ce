"""Moving with a mouse: a card is dragged, and a page asks whether really, or says why not."""

from datetime import datetime

import pytest
from playwright.sync_api import expect

from appointments.models import Appointment, Branch, Service, Staff
from tests.asking import book, hands_on
from tests.browser.day_view import DayView
from tests.conftest import at, committing

pytestmark = committing


@pytest.fixture
def permed(perm: Service, jonas: Staff, branch: Branch, now: datetime) -> Appointment:
    """A perm with Mara from nine on; Jonas could do it as well."""
    perm.staff_services.create(staff=jonas)
    mara = branch.staff.get(slug="mara")
    return book(perm, at(9), branch=branch, now=now, staff_id=mara.pk)


def phases(appointment: Appointment) -> list[tuple[str, datetime, datetime, str]]:
    rows = appointment.phases.order_by("sequence")
    return list(rows.values_list("segment_key", "starts_at", "ends_at", "staff__slug"))


def test_a_card_dragged_to_another_time_and_person_moves_with_all_its_phases(
    day_view: DayView, permed: Appointment, mara: Staff, jonas: Staff
) -> None:
    page = day_view.page
    day_view.open()

    day_view.drag("Lena Vogt", to=("Jonas Brandt", "13:30"))

    expect(page.get_by_role("listitem").filter(has_text="Now: ")).to_contain_text("09:00")
    then = page.get_by_role("listitem").filter(has_text="Then: ")
    expect(then).to_contain_text("13:30, Dauerwelle, Jonas Brandt, Lena Vogt")
    assert hands_on(jonas) == []  # asked, not done
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("Moved: ")).to_contain_text("13:30")
    day_view.expect_card("Lena Vogt", column="Jonas Brandt", begins="13:30", ends="15:45")
    assert phases(permed) == [
        ("A", at(13, 30), at(14, 20), "jonas"),
        ("A_gap", at(14, 20), at(14, 35), "jonas"),
        ("B", at(14, 35), at(14, 40), "jonas"),
        ("B_gap", at(14, 40), at(14, 50), "jonas"),
        ("C", at(14, 50), at(15, 5), "jonas"),
        ("D", at(15, 5), at(15, 45), "jonas"),
    ]
    assert hands_on(mara) == []


def test_who_goes_back_instead_of_confirming_has_moved_nothing(
    day_view: DayView, permed: Appointment
) -> None:
    before = phases(permed)
    page = day_view.page
    day_view.open()

    day_view.drag("Lena Vogt", to=("Jonas Brandt", "13:30"))
    page.get_by_role("link", name="Back", exact=True).click()

    day_view.expect_card("Lena Vogt", column="Mara Lindt", begins="09:00", ends="11:15")
    assert phases(permed) == before


def test_a_drop_onto_another_appointment_is_refused_before_anybody_confirms(
    day_view: DayView, permed: Appointment, cut: Service, branch: Branch, now: datetime
) -> None:
    before = phases(permed)
    book(cut, at(14), branch=branch, now=now, customer_name="Tom Keller")
    page = day_view.page
    day_view.open()

    day_view.drag("Lena Vogt", to=("Mara Lindt", "13:30"))

    expect(page.get_by_text("This time is taken.")).to_be_visible()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("This time is taken.")).to_be_visible()
    assert phases(permed) == before


def test_escape_while_dragging_puts_the_card_back(day_view: DayView, permed: Appointment) -> None:
    page = day_view.page
    day_view.open()
    address = page.url

    day_view.drag("Lena Vogt", to=("Jonas Brandt", "13:30"), drop=False)
    page.keyboard.press("Escape")
    page.mouse.up()

    day_view.expect_card("Lena Vogt", column="Mara Lindt", begins="09:00", ends="11:15")
    expect(day_view.column("Jonas Brandt").get_by_role("article")).to_have_count(0)
    assert page.url == address
