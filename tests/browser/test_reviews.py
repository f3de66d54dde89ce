"""What software could not settle: a person settles it, and the page says who and when."""

import pytest
from playwright.sync_api import Page, expect

from appointments.models import Appointment, ReviewReason, Service, Staff, SyncStatus
from calcom.models import CalcomEventMap
from tests.conftest import at, committing
from tests.factories.calcom import map_service
from tests.syncing import Calcom, appoint, uids_of

pytestmark = committing

# Whoever waits presses the button of their browser; this asks without it.
SETTLED = """() => fetch(location.href).then(page => page.text()).then(
    text => text.includes("Nothing to review"))"""


@pytest.fixture
def maps(calcom: Calcom, cut: Service, mara: Staff) -> dict[str, CalcomEventMap]:
    maps = map_service(cut, mara)
    calcom.seed()
    return maps


@pytest.fixture
def given_up(calcom: Calcom, maps, cut: Service, mara: Staff, now) -> Appointment:
    """Lena's at ten, which Cal.com would not take as often as it was asked."""
    appointment = appoint(cut, mara, at(10))
    calcom.simulator.add_fault("fail", times=None)
    calcom.sync_to_the_end(appointment, now=now)
    calcom.simulator.clear_faults()
    calcom.simulator.clear_requests()
    assert appointment.review_reason == ReviewReason.RETRIES_EXHAUSTED
    return appointment


def open_case(desk: Page) -> None:
    """Go by the queue, as whoever works through it does."""
    desk.goto("/admin/appointments/review/")
    desk.get_by_role("row", name="Lena Vogt").get_by_role("link").first.click()
    expect(desk.get_by_role("link", name="Resolved")).to_be_visible()


def test_a_booking_that_stands_in_calcom_is_adopted(
    desk: Page, calcom: Calcom, maps, given_up: Appointment
) -> None:
    booking = calcom.simulator.add_foreign_booking(maps["A"].event_type_id, at(10))
    open_case(desk)
    desk.get_by_role("link", name="Look in Cal.com").click()
    desk.get_by_role("button", name="Look now").click()

    adopt = desk.get_by_role("button", name="Adopt this booking")
    desk.get_by_role("checkbox", name="I have checked in Cal.com").check()
    adopt.click()

    expect(desk.get_by_text("The booking is noted as this appointment's.")).to_be_visible()
    expect(desk.get_by_text("as it is here")).to_be_visible()
    expect(adopt).to_have_count(0)
    assert uids_of(given_up) == {"A": booking["uid"]}
    given_up.refresh_from_db()
    assert (given_up.sync_status, given_up.requires_manual_review) == (SyncStatus.SYNCED, False)
    assert calcom.creates() == []


def test_trying_again_books_in_calcom_and_closes_the_case(
    desk: Page, calcom: Calcom, given_up: Appointment, worker: None
) -> None:
    open_case(desk)
    desk.get_by_role("button", name="Cal.com").click()
    desk.get_by_role("link", name="Try again").click()

    desk.get_by_role("dialog").get_by_role("button", name="Try again").click()

    expect(desk.get_by_text("1 appointment is being tried again.")).to_be_visible()

    desk.wait_for_function(SETTLED)
    desk.reload()
    expect(desk.get_by_role("heading", name="Nothing to review")).to_be_visible()
    assert calcom.times(given_up) == {"A": ["2030-01-08T09:00"]}
    given_up.refresh_from_db()
    assert (given_up.sync_status, given_up.requires_manual_review) == (SyncStatus.SYNCED, False)


def test_a_case_resolved_with_a_note_says_who_resolved_it_and_when(
    desk: Page, given_up: Appointment
) -> None:
    open_case(desk)
    desk.get_by_role("link", name="Resolved").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_role("button", name="Resolved").click()
    expect(dialog.get_by_text("This field is required.")).to_be_visible()

    dialog.get_by_label("Note").fill("Lena weiß Bescheid.")
    dialog.get_by_role("button", name="Resolved").click()

    expect(desk.get_by_text("1 case resolved.")).to_be_visible()
    desk.goto(f"/admin/appointments/review/{given_up.pk}/change/")
    for words in ("empfang", "Mon 7 Jan, 12:00", "Lena weiß Bescheid."):
        expect(desk.get_by_role("main").get_by_text(words)).to_be_visible()
    given_up.refresh_from_db()
    assert (
        given_up.requires_manual_review,
        given_up.review_resolved_at,
        given_up.review_resolved_by.username,
        given_up.review_note,
    ) == (False, at(12, days=-1), "empfang", "Lena weiß Bescheid.")
