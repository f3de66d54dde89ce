"""Booking with a mouse: a click into the empty calendar, and a form that says why not."""

from datetime import datetime

from playwright.sync_api import Page, expect

from appointments.models import Appointment, AppointmentPhase, Branch, Service, Staff, Status
from tests.asking import book, hands_on
from tests.browser.day_view import DayView
from tests.browser.forms import choose
from tests.conftest import at, committing
from tests.factories.appointments import ServiceFactory

pytestmark = committing


def fill_in(page: Page, service: Service, name: str) -> None:
    choose(page, "Service", service.name)
    page.get_by_label("Name of a new customer").fill(name)


def send(page: Page) -> None:
    page.get_by_role("button", name="Book", exact=True).click()


def test_a_click_into_the_empty_calendar_books_with_whom_and_when_it_points(
    day_view: DayView, cut: Service, mara: Staff, jonas: Staff
) -> None:
    page = day_view.page
    day_view.open()

    day_view.click("Mara Lindt", "10:20")

    expect(page.get_by_role("combobox", name="Staff member")).to_have_text("Mara Lindt")
    expect(page.get_by_label("Day")).to_have_value("2030-01-08")
    expect(page.get_by_label("Time")).to_have_value("10:15")
    fill_in(page, cut, "Tilda Neu")
    send(page)
    expect(page.get_by_text("Booked: ")).to_contain_text("Tilda Neu")
    day_view.expect_card("Tilda Neu", column="Mara Lindt", begins="10:15", ends="11:10")
    appointment = Appointment.objects.get()
    assert (appointment.starts_at, appointment.staff, appointment.status) == (
        at(10, 15),
        mara,
        Status.CONFIRMED,
    )


def test_a_click_into_a_perms_waiting_time_books_from_its_first_minute(
    day_view: DayView, perm: Service, mara: Staff, branch: Branch, now: datetime
) -> None:
    fringe = ServiceFactory.create(
        company=branch.company, name="Pony", recipe=[(15, True)], performed_by=[mara]
    )
    book(perm, at(9), branch=branch, now=now)
    page = day_view.page
    day_view.open()

    day_view.click("Mara Lindt", "09:52")  # the waiting time begins at 9:50

    expect(page.get_by_label("Time")).to_have_value("09:50")
    fill_in(page, fringe, "Tilda Neu")
    send(page)
    day_view.expect_card("Tilda Neu", column="Mara Lindt", begins="09:50", ends="10:05")
    day_view.expect_card("Lena Vogt", column="Mara Lindt", begins="09:00", ends="11:15")
    assert (at(9, 50), at(10, 5)) in hands_on(mara)


def test_a_slot_that_was_taken_while_the_form_was_open_is_refused_with_the_reason(
    day_view: DayView, cut: Service, mara: Staff, branch: Branch, now: datetime
) -> None:
    page = day_view.page
    day_view.open()
    day_view.click("Mara Lindt", "10:00")
    fill_in(page, cut, "Tilda Neu")
    book(cut, at(10, 30), branch=branch, now=now)  # somebody on the telephone was faster

    send(page)

    expect(page.get_by_text("This time is taken.")).to_be_visible()
    assert Appointment.objects.get().customer_name == "Lena Vogt"
    page.get_by_label("Time").fill("12:00")
    send(page)
    day_view.expect_card("Tilda Neu", column="Mara Lindt", begins="12:00", ends="12:55")
    assert hands_on(mara) == [(at(10, 30), at(11, 25)), (at(12), at(12, 55))]
    assert AppointmentPhase.objects.count() == 2
