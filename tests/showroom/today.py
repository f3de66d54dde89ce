"""The day that is looked at: everything a day view can show, once at least."""

from datetime import date, timedelta

from appointments import actions
from appointments.domain.intervals import Interval
from appointments.models import Appointment, BusyTime, Status, TimeOff
from tests.showroom.diary import Visit
from tests.showroom.life import Life


def expect(life: Life, day: date) -> None:
    """Have today's visits booked, around what must be seen."""
    life.planner.kept.extend(
        (staff, Interval(life.at(day, *begins), life.at(day, *ends)))
        for staff, begins, ends in (
            ("mara", (10, 0), (12, 15)),
            ("mara", (14, 0), (16, 10)),
            ("aylin", (9, 0), (9, 45)),
            ("jonas", (12, 0), (13, 20)),
            ("jonas", (15, 0), (16, 0)),
            ("jonas", (17, 0), (17, 30)),
            ("pia", (10, 0), (10, 30)),
            ("tom", (16, 0), (17, 0)),
            ("tom", (17, 30), (18, 0)),
        )
    )
    _expect_fixed(life, day)
    opened_on = day - timedelta(days=6)
    for number, visit in enumerate(life.planner.plan(day)):
        booked_at = life.at(opened_on + timedelta(days=number % 5), 11, number % 60)
        act = life.book_at_desk if number % 3 else life.ring_to_book
        life.agenda.expect(booked_at, lambda act=act, visit=visit: act(visit))


def _expect_fixed(life: Life, day: date) -> None:
    """Have booked first, before anybody else takes the time."""
    before = life.at(day - timedelta(days=8), 10)
    regulars = life.planner.customers
    for staff, service, customer, at, notes, came in (
        ("mara", "dauerwelle", regulars[0], life.at(day, 10), "Längen nur leicht wellen", None),
        ("mara", "ponyschnitt", regulars[2], life.at(day, 10, 50), "", None),
        ("mara", "ansatzfaerbung", regulars[8], life.at(day, 14), "Farbe 6/73 + 7/0", None),
        ("jonas", "herrenhaarschnitt", regulars[1], life.at(day, 12), "", None),
        ("jonas", "bartpflege", regulars[1], life.at(day, 13), "", None),
        ("aylin", "damenhaarschnitt", regulars[5], life.at(day, 9), "", Status.NO_SHOW),
    ):
        visit = Visit(
            staff=life.branch.staff.get(slug=staff),
            service=life.branch.company.services.get(slug=service),
            customer=customer,
            starts_at=at,
        )
        life.agenda.expect(
            before,
            lambda visit=visit, notes=notes, came=came: life.book_at_desk(
                visit, notes=notes, came=came
            ),
        )
    life.agenda.expect(before, lambda: _block(life, day))
    life.agenda.expect(before, lambda: _leave(life, day))
    life.agenda.expect(before, lambda: _book_in_calcom(life, day))


def _block(life: Life, day: date) -> None:
    with life.reception():
        BusyTime.objects.create(
            company=life.branch.company,
            staff=life.branch.staff.get(slug="tom"),
            starts_at=life.at(day, 16),
            ends_at=life.at(day, 17),
            reason="Produktschulung",
        )


def _leave(life: Life, day: date) -> None:
    with life.reception():
        for staff, starts_at, ends_at, reason in (
            ("pia", life.at(day, 14, 30), life.at(day, 17), "Berufsschule"),
            ("jonas", life.at(day + timedelta(5), 0), life.at(day + timedelta(9), 0), "Urlaub"),
        ):
            TimeOff.objects.create(
                staff=life.branch.staff.get(slug=staff),
                starts_at=starts_at,
                ends_at=ends_at,
                reason=reason,
            )


def _book_in_calcom(life: Life, day: date) -> None:
    """Book in Cal.com itself, as somebody does who has the link; the night finds it."""
    jonas = life.branch.staff.get(slug="jonas")
    event_map = jonas.event_maps.get(service__slug="herrenhaarschnitt", segment_key="A")
    life.clock.calcom.add_foreign_booking(event_map.bookable_id, life.at(day, 15))


def end(life: Life, day: date) -> None:
    """Add what lasts only a moment: what Cal.com has not heard yet, and a call that goes on."""
    _cancel_one(life, day)
    regulars = life.planner.customers
    life.book_somewhere(
        staff="jonas", service="trockenschnitt", customer=regulars[11], day=day, hour=17
    )
    _keep_a_slot(life, day)


def _cancel_one(life: Life, day: date) -> None:
    upcoming = (
        Appointment.objects.of(life.branch.company)
        .upcoming(now=life.clock.now)
        .filter(starts_at__lt=life.at(day, 19), staff__slug="tom")
        .order_by("-starts_at")
    )
    with life.reception():
        actions.cancel(
            appointment=upcoming[0], now=life.clock.now, reason="Kundin krank, meldet sich"
        )
    life.sync()


def _keep_a_slot(life: Life, day: date) -> None:
    """Let somebody be on the telephone, who has not made up her mind."""
    call = life.ring(life.planner.customers[30].phone or "anonymous")
    call.use("check_customer", silently=True)
    call.caller("Haben Sie heute noch etwas frei, Trockenschnitt?")
    for hour in (17, 18, 16):
        kept = call.use(
            "reserve_slot",
            service="Trockenschnitt",
            date=f"{day:%d.%m.%Y}",
            time=f"{hour}:30",
            silently=True,
        )
        if kept["status"] == "reserved":
            break
