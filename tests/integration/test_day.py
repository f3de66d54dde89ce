"""The day view: what it shows, to whom, and how it leads to the actions."""

import re
from datetime import timedelta
from decimal import Decimal
from html import escape
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models.signals import pre_save
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments import actions
from appointments.admin.day.drawing import Block, Drawing
from appointments.models import (
    Appointment,
    Branch,
    BusyTime,
    CallbackReason,
    CallbackRequest,
    ReviewReason,
    Service,
    Staff,
    Status,
    SyncStatus,
    TimeOff,
    WorkingHours,
)
from tests.conftest import at, day, soon
from tests.factories.appointments import (
    BranchFactory,
    CustomerFactory,
    ServiceFactory,
    StaffFactory,
)
from tests.factories.back_office import client_of, receptionist

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

TO = "\N{EN DASH}"
DAY_ASKS, WEEK_ASKS = 16, 18


def book(service: Service, staff: Staff, start=None, *, name="Lena Vogt", **more) -> Appointment:
    order = actions.BookingOrder(
        branch=staff.branch,
        service=service,
        starts_at=start or at(10),
        staff_id=staff.pk,
        customer=CustomerFactory.create(company=staff.company, name=name),
        **more,
    )
    return actions.book(order=order, now=at(12, days=-1), deadline=soon()).appointment


def show(client: Client, **asked: str | int) -> Drawing:
    response = client.get(reverse("day"), {"date": "2030-01-08", **asked})
    assert response.status_code == 200
    return response.context["drawing"]


def column_of(drawing: Drawing, staff: Staff):
    return next(column for column in drawing.columns if column.staff_id == staff.pk)


def html_of(client: Client, **asked: str | int) -> str:
    return client.get(reverse("day"), {"date": "2030-01-08", **asked}).content.decode()


# --- What it shows ------------------------------------------------------------------------


def test_a_column_per_working_person_from_opening_to_closing(desk, mara, jonas):
    drawing = show(desk)

    assert [column.title for column in drawing.columns] == ["Jonas Brandt", "Mara Lindt"]
    assert (drawing.starts, drawing.minutes) == (9 * 60, 9 * 60)
    assert drawing.hours[0] == (0, "09:00")
    assert drawing.hours[-1] == (540, "18:00")
    assert [column.subtitle for column in drawing.columns] == [f"09:00{TO}18:00"] * 2


def test_a_card_says_who_what_when_and_for_how_much(desk, cut, mara):
    book(cut, mara, notes="Bitte leise")

    (card,) = column_of(show(desk), mara).cards

    assert (card.who, card.what, card.span) == ("Lena Vogt", "Herrenhaarschnitt", f"10:00{TO}10:55")
    assert card.price == "32.00 €"
    assert card.hands == [Block(60, 55)]
    assert [mark.text for mark in card.marks] == ["New customer", "Notes: Bitte leise"]
    assert card.label == (
        f"10:00{TO}10:55, Lena Vogt, Herrenhaarschnitt, confirmed, New customer, Notes: Bitte leise"
    )


def test_gaps_are_drawn_apart_and_hands_that_follow_each_other_as_one(desk, perm, mara):
    book(perm, mara, at(9))

    (card,) = column_of(show(desk), mara).cards

    assert card.hands == [Block(0, 50), Block(65, 5), Block(80, 55)]
    assert card.gaps == [Block(50, 15), Block(70, 10)]


def test_a_trim_in_a_gap_takes_the_whole_width(desk, perm, mara):
    fringe = ServiceFactory.create(
        company=mara.company, recipe=[(15, True)], performed_by=[mara], price=Decimal(12)
    )
    book(perm, mara, at(9))
    book(fringe, mara, at(9, 50), name="Tom")

    assert [(card.lane, card.lanes) for card in column_of(show(desk), mara).cards] == [(0, 1)] * 2


def test_buffers_are_drawn_outside(desk, mara):
    wash = ServiceFactory.create(
        company=mara.company,
        recipe=[(30, True)],
        performed_by=[mara],
        buffer_before_minutes=5,
        buffer_after_minutes=10,
    )
    book(wash, mara)

    (card,) = column_of(show(desk), mara).cards

    assert card.buffers == [Block(55, 5), Block(90, 10)]


def test_what_no_longer_takes_time_stands_beside_what_does(desk, cut, mara):
    left = book(cut, mara)
    actions.finish(appointment=left, status=Status.NO_SHOW, now=at(12, days=-1))
    book(cut, mara, at(10, 30), name="Tom")
    book(cut, mara, at(14), name="Ida")

    cards = column_of(show(desk), mara).cards

    assert [(card.who, card.lane, card.lanes) for card in cards] == [
        ("Lena Vogt", 0, 2),
        ("Tom", 1, 2),
        ("Ida", 0, 1),
    ]


def test_hours_breaks_and_absences_shade_a_column(desk, mara, jonas):
    for begin, end in (("10:00", "12:00"), ("13:00", "17:00")):
        WorkingHours.objects.create(staff=mara, weekday=1, from_time=begin, to_time=end)
    TimeOff.objects.create(staff=mara, starts_at=at(16), ends_at=at(20), reason="Arzt")

    column = column_of(show(desk), mara)

    assert column.closed == [Block(0, 60), Block(180, 60), Block(420, 120)]
    assert [(note.top, note.minutes, note.text) for note in column.absences] == [(420, 120, "Arzt")]


def test_foreign_busy_time_names_its_source_and_a_block_its_reason(desk, mara, jonas):
    company = mara.company
    BusyTime.objects.create(
        company=company, staff=mara, starts_at=at(9), ends_at=at(10), source="calcom", reason="Yoga"
    )
    BusyTime.objects.create(company=company, starts_at=at(12), ends_at=at(13), reason="Probe")

    drawing = show(desk)

    assert [note.text for note in column_of(drawing, mara).busy] == ["Cal.com: Yoga", "Probe"]
    assert [note.text for note in column_of(drawing, jonas).busy] == ["Probe"]


def test_a_hold_is_being_offered_until_it_runs_out(desk, cut, mara):
    held = book(cut, mara)
    until = at(12, 3, days=-1)
    Appointment.objects.filter(pk=held.pk).update(
        status=Status.HELD, held_until=until, customer=None
    )

    (card,) = column_of(show(desk), mara).cards
    with time_machine.travel(until, tick=False):
        later = column_of(show(desk), mara).cards

    assert (card.who, card.status, card.movable) == ("being offered", "held", False)
    assert "held until 12:03" in card.label
    assert later == []


def test_cancelled_ones_are_shown_on_demand(desk, cut, mara):
    actions.cancel(appointment=book(cut, mara), now=at(12, days=-1))

    assert column_of(show(desk), mara).cards == []
    assert [card.status for card in column_of(show(desk, cancelled=1), mara).cards] == ["cancelled"]


@pytest.mark.parametrize(
    ("sync_status", "kinds"),
    [
        (SyncStatus.NOT_APPLICABLE, ["new"]),
        (SyncStatus.PENDING, ["pending", "new"]),
        (SyncStatus.SYNCED, ["synced", "new"]),
        (SyncStatus.FAILED, ["danger", "failed", "new"]),
        (SyncStatus.CONFLICT, ["danger", "conflict", "new"]),
    ],
)
def test_a_card_says_what_cal_com_holds(desk, cut, mara, sync_status, kinds):
    review = "danger" in kinds
    Appointment.objects.filter(pk=book(cut, mara).pk).update(
        sync_status=sync_status,
        requires_manual_review=review,
        review_reason=ReviewReason.SLOT_CONFLICT if review else "",
    )

    (card,) = column_of(show(desk), mara).cards

    assert [mark.kind for mark in card.marks] == kinds


def test_only_the_first_appointment_of_a_customer_is_new(desk, cut, mara):
    first = book(cut, mara)
    order = actions.BookingOrder(
        branch=mara.branch,
        service=cut,
        starts_at=at(14),
        staff_id=mara.pk,
        customer=first.customer,
        additional=True,
    )
    actions.book(order=order, now=at(12, days=-1), deadline=soon())

    cards = column_of(show(desk), mara).cards

    assert [[mark.kind for mark in card.marks] for card in cards] == [["new"], []]


def test_a_cancelled_visit_does_not_make_a_regular(desk, cut, mara):
    first = book(cut, mara)
    actions.cancel(appointment=first, now=at(12, days=-1))
    order = actions.BookingOrder(
        branch=mara.branch,
        service=cut,
        starts_at=at(14),
        staff_id=mara.pk,
        customer=first.customer,
    )
    actions.book(order=order, now=at(12, days=-1), deadline=soon())

    (card,) = column_of(show(desk), mara).cards

    assert [mark.kind for mark in card.marks] == ["new"]


def test_an_early_appointment_stretches_the_page(desk, cut, mara):
    early = book(cut, mara)
    Appointment.objects.filter(pk=early.pk).update(starts_at=at(7, 30), ends_at=at(8, 25))
    early.phases.update(starts_at=at(7, 30), ends_at=at(8, 25))

    drawing = show(desk)

    assert (drawing.starts, drawing.minutes) == (7 * 60, 11 * 60)
    assert column_of(drawing, mara).cards[0].hands == [Block(30, 55)]


def test_the_line_of_now_is_drawn_on_its_own_day_only(desk, mara):
    assert show(desk, date="2030-01-07").now == 180
    assert show(desk).now is None


def test_who_does_not_work_is_shown_on_demand(desk, mara, jonas):
    WorkingHours.objects.create(staff=jonas, weekday=4, from_time="09:00", to_time="12:00")

    assert [column.title for column in show(desk).columns] == ["Mara Lindt"]
    assert [column.title for column in show(desk, all=1).columns] == ["Jonas Brandt", "Mara Lindt"]


def test_who_has_left_is_shown_as_long_as_somebody_is_booked_with_them(desk, cut, mara, jonas):
    book(cut, mara)
    Staff.objects.update(is_active=False)

    assert [column.title for column in show(desk, all=1).columns] == ["Mara Lindt"]
    assert show(desk, all=1, date="2030-01-09").columns == []


def test_a_week_of_one_person_has_a_column_per_day(desk, cut, mara, jonas):
    book(cut, mara)

    drawing = show(desk, staff=mara.pk)

    assert [column.title for column in drawing.columns][:2] == ["Mon 7 Jan", "Tue 8 Jan"]
    assert [len(column.cards) for column in drawing.columns] == [0, 1, 0, 0, 0, 0, 0]
    assert drawing.columns[6].subtitle == "not working"


@pytest.mark.parametrize("date", ["2030-03-31", "2030-10-27"])
def test_the_night_the_clocks_change_moves_nothing_on_the_wall(desk, cut, mara, branch, date):
    branch.opening_hours.create(weekday=6, from_time="09:00", to_time="18:00")
    start = at(10, days=82 if date < "2030-06" else 292)
    start -= timedelta(hours=date < "2030-06")
    Appointment.objects.filter(pk=book(cut, mara).pk).update(
        starts_at=start, ends_at=start + timedelta(minutes=55)
    )

    (card,) = column_of(show(desk, date=date), mara).cards

    assert card.span == f"10:00{TO}10:55"


@pytest.mark.parametrize(
    "asked",
    [
        {"date": "2030-02-31"},
        {"date": "gestern"},
        {"date": "0001-01-01"},
        {"date": "9999-12-31"},
        {"branch": "x"},
        {"branch": "9" * 30},
        {"staff": "9" * 30},
        {"staff": "²"},
    ],
)
def test_an_address_that_makes_no_sense_shows_today(desk, mara, asked):
    response = desk.get(reverse("day"), asked)

    assert response.status_code == 200
    assert [column.day for column in response.context["drawing"].columns] == ["2030-01-07"]


def test_the_branch_chosen_last_is_remembered(desk, mara, branch):
    west = BranchFactory.create(company=branch.company, name="A West")
    ida = StaffFactory.create(branch=west, name="Ida")

    assert [column.title for column in show(desk).columns] == ["Ida"]
    show(desk, branch=branch.pk)

    assert [column.title for column in show(desk).columns] == ["Mara Lindt"]
    assert ida.name not in html_of(desk)


def test_a_public_holiday_is_named(desk, branch, mara):
    Branch.objects.filter(pk=branch.pk).update(region="BE")

    response = desk.get(reverse("day"), {"date": "2030-12-25", "all": 1})

    assert response.context["closed_because"].startswith("Closed: ")
    assert response.context["drawing"].columns[0].closed == [Block(0, 540)]


# --- To whom ------------------------------------------------------------------------------


def test_people_see_their_own_company_only(desk, cut, mara):
    theirs = Branch.objects.exclude(company=mara.company).get()
    zoe = Staff.objects.get(branch=theirs)
    foreign = book(zoe.services.get().service, zoe, name="Fremde Kundin")
    BusyTime.objects.create(
        company=theirs.company, starts_at=at(9), ends_at=at(10), reason="Geheim"
    )
    book(cut, mara)

    html = html_of(desk, branch=theirs.pk, staff=zoe.pk, all=1)

    assert "Lena Vogt" in html_of(desk)
    for secret in (theirs.name, "Zoe", "Fremde Kundin", "Geheim"):
        assert secret not in html
    assert desk.get(reverse("day_card", args=[foreign.pk])).status_code == 404


def test_a_superuser_picks_any_branch_by_its_company(admin_client, mara):
    theirs = Branch.objects.exclude(company=mara.company).get()

    html = html_of(admin_client, branch=theirs.pk)

    assert "Zoe" in html
    assert "Mara Lindt" not in html
    assert f"{theirs.name} · Salon Zwei" in html


def test_who_may_not_see_appointments_sees_no_day(salon, cut, mara):
    user = receptionist(salon)
    user.user_permissions.set(Permission.objects.exclude(codename="view_appointment"))
    user.user_permissions.remove(*Permission.objects.filter(codename="change_appointment"))
    client = client_of(user)
    appointment = book(cut, mara)

    assert client.get(reverse("day")).status_code == 403
    assert client.get(reverse("day_card", args=[appointment.pk])).status_code == 403
    assert reverse("day") not in client.get(reverse("admin:index")).content.decode()
    assert Client().get(reverse("day")).status_code == 302


def test_who_may_only_look_is_offered_nothing_to_do(salon, cut, mara):
    user = receptionist(salon)
    user.user_permissions.set(Permission.objects.filter(codename="view_appointment"))
    appointment = book(cut, mara)
    client = client_of(user)

    board = client.get(reverse("day"), {"date": "2030-01-08"}).content.decode()
    card = client.get(reverse("day_card", args=[appointment.pk])).context

    assert 'data-book=""' in board
    assert 'data-move=""' in board
    assert card["actions"] == []


def test_a_company_without_branches_is_told_so(salon):
    client = client_of(receptionist(salon))
    client.cookies["django_language"] = "de"

    assert "noch keine Filiale" in client.get(reverse("day")).content.decode()


def test_it_is_the_first_of_the_menu(desk, mara):
    html = desk.get(reverse("admin:index")).content.decode()

    appointments = reverse("admin:appointments_appointment_changelist")
    assert 0 < html.index(reverse("day")) < html.index(appointments)


# --- How it leads to the actions ------------------------------------------------------------


def back() -> str:
    return f"{reverse('day')}?date=2030-01-08"


def test_a_booking_begun_on_the_day_view_ends_there(desk, branch, cut, mara):
    asked = {"branch": branch.pk, "staff": mara.pk, "day": "2030-01-08", "time": "11:15"}
    address = reverse("admin:appointments_appointment_add", query=asked | {"back": back()})

    form = desk.get(address).context["form"]
    wish = asked | {"service": cut.pk, "customer_name": "Ida", "phone": ""}
    response = desk.post(address, wish)

    assert {name: form[name].value() for name in asked} == {k: str(v) for k, v in asked.items()}
    assert response.url == back()
    assert Appointment.objects.get().starts_at == at(11, 15)


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_a_way_back_never_leaves_the_site(desk, branch, cut, mara, elsewhere):
    address = reverse("admin:appointments_appointment_add", query={"back": elsewhere})
    wish = {
        "branch": branch.pk,
        "service": cut.pk,
        "day": "2030-01-08",
        "time": "10:00",
        "customer_name": "Ida",
    }

    page = desk.get(address)
    response = desk.post(address, wish)

    assert page.context["back"] == reverse("admin:appointments_appointment_changelist")
    appointment = Appointment.objects.get()
    assert response.url == reverse("admin:appointments_appointment_change", args=[appointment.pk])


def move_address(appointment: Appointment, staff: Staff, time: str) -> str:
    query = {"day": "2030-01-08", "time": time, "staff": staff.pk, "back": back()}
    return reverse("admin:appointments_appointment_move", args=[appointment.pk], query=query)


def test_a_drop_is_confirmed_before_anything_changes(desk, cut, mara, jonas):
    cut.staff_services.create(staff=jonas)
    appointment = book(cut, mara)

    page = desk.get(move_address(appointment, jonas, "14:30"))

    assert page.context["about"] == [
        "Now: Tue 8 Jan, 10:00, Herrenhaarschnitt, Mara Lindt, Lena Vogt",
        "Then: Tue 8 Jan, 14:30, Herrenhaarschnitt, Jonas Brandt, Lena Vogt",
    ]
    assert page.context["explanation"] == "Nothing is sent to the customer."
    assert page.context["form"].errors == {}
    appointment.refresh_from_db()
    assert (appointment.starts_at, appointment.staff, appointment.revision) == (at(10), mara, 1)


def test_a_confirmed_drop_moves_and_leads_back(desk, cut, mara, jonas):
    cut.staff_services.create(staff=jonas)
    appointment = book(cut, mara)
    wish = {"day": "2030-01-08", "time": "14:30", "staff": jonas.pk}

    response = desk.post(move_address(appointment, jonas, "14:30"), wish)

    appointment.refresh_from_db()
    assert response.url == back()
    assert (appointment.starts_at, appointment.staff, appointment.revision) == (
        at(14, 30),
        jonas,
        2,
    )
    assert not CallbackRequest.objects.exists()


def test_a_drop_on_somebody_who_does_not_do_this_is_refused_with_the_reason(desk, cut, mara, jonas):
    appointment = book(cut, mara)

    page = desk.get(move_address(appointment, jonas, "14:30"))

    assert page.context["form"].errors == {
        "staff": ["They do not do this: Herrenhaarschnitt. The list names who does."]
    }


def test_a_drop_on_somebody_elses_time_is_refused_at_once(desk, cut, mara):
    appointment = book(cut, mara)
    book(cut, mara, at(14), name="Tom")

    page = desk.get(move_address(appointment, mara, "14:30"))

    assert "This time is taken" in str(page.context["form"].errors["time"])
    appointment.refresh_from_db()
    assert (appointment.starts_at, appointment.revision) == (at(10), 1)


def test_a_drop_on_somebody_who_cannot_is_refused_at_once(desk, cut, mara, jonas):
    appointment = book(cut, mara)

    page = desk.get(move_address(appointment, jonas, "14:30"))

    assert list(page.context["form"].errors) == ["staff"]


def test_a_customer_who_does_not_know_is_called(desk, cut, mara):
    appointment = book(cut, mara)
    wish = {"day": "2030-01-08", "time": "14:30", "staff": mara.pk, "tell": "on"}

    desk.post(move_address(appointment, mara, "14:30"), wish)

    callback = CallbackRequest.objects.get()
    assert (callback.reason, callback.appointment, callback.customer) == (
        CallbackReason.MOVED,
        appointment,
        appointment.customer,
    )
    assert callback.priority == CallbackRequest.Priority.HIGH
    assert callback.phone == appointment.customer.phone
    assert "14:30" in callback.wish


def test_nothing_is_moved_without_the_promised_call(desk, cut, mara):
    appointment = book(cut, mara)
    wish = {"day": "2030-01-08", "time": "14:30", "staff": mara.pk, "tell": "on"}

    def crash(**_):
        msg = "the power went off"
        raise RuntimeError(msg)

    pre_save.connect(crash, sender=CallbackRequest)
    try:
        with pytest.raises(RuntimeError, match="the power went off"):
            desk.post(move_address(appointment, mara, "14:30"), wish)
    finally:
        pre_save.disconnect(crash, sender=CallbackRequest)

    before = appointment.starts_at
    appointment.refresh_from_db()
    assert (appointment.starts_at, appointment.reschedule_count) == (before, 0)
    assert appointment.phases.get().starts_at == before


def test_an_opened_card_offers_what_can_be_done_and_leads_back(desk, cut, mara):
    appointment = book(cut, mara)
    address = reverse("day_card", args=[appointment.pk], query={"back": back()})

    html = desk.get(address).content.decode()
    with time_machine.travel(at(10, 5), tick=False):
        begun = desk.get(address).content.decode()
    actions.cancel(appointment=appointment, now=at(12, days=-1))
    cancelled = desk.get(address).content.decode()

    assert appointment.customer.phone in html
    for act, before, during in (
        ("move", True, True),
        ("cancel", True, True),
        ("complete", False, True),
        ("no-show", False, True),
    ):
        page = f"/admin/appointments/appointment/{appointment.pk}/{act}"
        assert (page in html, page in begun, page in cancelled) == (before, during, False)
    links = re.findall(r'hx-get="([^"]+)"', html)
    assert [parse_qs(urlsplit(link).query)["back"] for link in links] == [[back()]]


def test_a_dialog_of_the_day_view_leads_back_to_it(desk, cut, mara):
    appointment = book(cut, mara)
    address = reverse(
        "admin:appointments_appointment_cancel", args=[appointment.pk], query={"back": back()}
    )

    response = desk.post(
        address, {"_form_submitted": "on", "reason": "krank"}, headers={"HX-Request": "true"}
    )

    appointment.refresh_from_db()
    assert response.headers["HX-Redirect"] == back()
    assert (appointment.status, appointment.cancel_reason) == (Status.CANCELLED, "krank")


@pytest.mark.parametrize("act", ["move", "cancel", "complete", "no_show"])
def test_nothing_is_asked_about_what_is_cancelled_already(desk, cut, mara, act):
    appointment = book(cut, mara)
    actions.cancel(appointment=appointment, now=at(12, days=-1))
    address = reverse(f"admin:appointments_appointment_{act}", args=[appointment.pk])

    response = desk.get(address, follow=True)

    assert "this appointment is “cancelled” meanwhile" in response.content.decode()
    assert "dialog-form" not in response.content.decode()


def test_a_dialog_can_be_left_by_a_button_that_does_not_say_cancel(desk, cut, mara):
    appointment = book(cut, mara)
    desk.cookies["django_language"] = "de"

    html = desk.get(
        reverse("admin:appointments_appointment_cancel", args=[appointment.pk])
    ).content.decode()

    assert "Ja, Termin absagen" in html
    assert "Zurück" in html
    assert "Abbrechen" not in html


def test_a_dialog_in_a_tab_of_its_own_is_a_page_that_leads_back(desk, cut, mara):
    appointment = book(cut, mara)
    address = reverse("admin:appointments_appointment_cancel", args=[appointment.pk])

    alone = desk.get(address).content.decode()
    inside = desk.get(address, headers={"HX-Request": "true"}).content.decode()

    assert alone.lstrip().startswith("<!DOCTYPE html>")
    assert "<html" not in inside
    assert urljoin(address, "../change/") == reverse(
        "admin:appointments_appointment_change", args=[appointment.pk]
    )
    assert 'href="../change/"' in alone


# --- Cost and language ----------------------------------------------------------------------


def asks(client: Client, **asked: str | int) -> int:
    show(client, **asked)  # what is looked up once per process has been
    with CaptureQueriesContext(connection) as queries:
        show(client, **asked)
    return len(queries)


@pytest.mark.parametrize("people", [1, 3, 12])
@pytest.mark.parametrize("each", [1, 3])
def test_a_day_and_a_week_ask_the_same_however_many_people_and_appointments(
    desk, cut, mara, branch, people, each
):
    staff = [mara, *StaffFactory.create_batch(people - 1, branch=branch)]
    for number, person in enumerate(staff):
        if person != mara:
            cut.staff_services.create(staff=person)
        WorkingHours.objects.create(staff=person, weekday=1, from_time="09:00", to_time="18:00")
        TimeOff.objects.create(staff=person, starts_at=at(17), ends_at=at(18))
        BusyTime.objects.create(
            company=person.company, staff=person, starts_at=at(16), ends_at=at(17)
        )
        for hour in range(each):
            book(cut, person, at(9 + hour), name=f"Kundin {number} {hour}")

    drawing = show(desk)

    assert [len(column.cards) for column in drawing.columns] == [each] * people
    assert (asks(desk), asks(desk, staff=mara.pk)) == (DAY_ASKS, WEEK_ASKS)


@pytest.mark.parametrize(
    "who", ["<script>alert(1)</script>", "\"><img src=x onerror='x'>", "A & B"]
)
def test_what_somebody_is_called_is_text_on_a_card_and_nothing_else(desk, cut, perm, mara, who):
    cut.name = perm.name = f"Schnitt {who}"
    cut.save()
    perm.save()
    book(perm, mara, at(9), name=who, notes=who)
    book(cut, mara, at(14), name=f"Ida {who}")

    html = html_of(desk)

    assert escape(who) in html
    assert who not in html


def test_the_page_is_german_for_a_german(desk, cut, mara):
    book(cut, mara)
    desk.cookies["django_language"] = "de"

    html = html_of(desk)

    for words in ("Dienstag, 8. Januar 2030", "Neuer Kunde", "32,00 €", "Alle Mitarbeiter"):
        assert words in html
    assert day().isoformat() in html
