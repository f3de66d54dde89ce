"""Appointments of a salon file: by the rules all others obey."""

import pytest

from appointments import actions
from appointments.models import (
    Appointment,
    Branch,
    Company,
    Customer,
    Service,
    Source,
    Staff,
    Status,
    SyncStatus,
)
from tests.conftest import at, soon
from tests.salon_files import (
    EINS,
    ERIK,
    LENA,
    SMALL,
    dump,
    edited,
    load,
    problems_of,
    with_appointments,
)

pytestmark = pytest.mark.django_db


def test_an_appointment_ahead_is_booked_with_its_phases() -> None:
    load(with_appointments(SMALL, (LENA, "tint", "mara", "2030-01-08 10:00")))

    booked = Appointment.objects.get()
    assert (booked.starts_at, booked.ends_at) == (at(10), at(12, 15))
    assert (booked.status, booked.source, booked.customer_name) == (
        Status.CONFIRMED,
        Source.IMPORT,
        "Lena Vogt",
    )
    assert booked.sync_status == SyncStatus.NOT_APPLICABLE
    assert list(
        booked.phases.order_by("sequence").values_list("segment_key", "starts_at", "ends_at")
    ) == [
        ("A", at(10), at(10, 15)),
        ("A_gap", at(10, 15), at(11, 45)),
        ("B", at(11, 45), at(12, 15)),
    ]
    assert not booked.phases.exclude(released_at=None).exists()


def test_what_has_begun_is_history_and_takes_no_time() -> None:
    text = with_appointments(EINS, (LENA, "dauerwelle", "mara", "2030-01-08 10:00"))

    load(text, now=at(10))

    past = Appointment.objects.get()
    assert (past.status, past.sync_status) == (Status.COMPLETED, SyncStatus.NOT_APPLICABLE)
    assert set(past.phases.values_list("sync_status", flat=True)) == {SyncStatus.NOT_APPLICABLE}
    assert not past.phases.filter(released_at=None).exists()


def test_history_may_lie_outside_of_todays_opening_hours() -> None:
    load(with_appointments(SMALL, (LENA, "cut", "mara", "2030-01-06 22:00")))

    assert Appointment.objects.get().status == Status.COMPLETED


def test_notice_and_horizon_do_not_bind_an_import() -> None:
    load(
        with_appointments(
            SMALL,
            (LENA, "cut", "mara", "2030-01-08 10:00"),
            (ERIK, "cut", "mara", "2030-12-10 10:00"),
        ),
        now=at(9, 59),
    )

    assert Appointment.objects.confirmed().count() == 2


def test_a_company_that_syncs_has_its_imports_synced() -> None:
    text = with_appointments(EINS, (LENA, "dauerwelle", "mara", "2030-01-08 10:00"))

    load(text)

    booked = Appointment.objects.get()
    assert (booked.sync_status, booked.revision) == (SyncStatus.PENDING, 1)
    assert list(booked.phases.order_by("sequence").values_list("sync_status", flat=True)) == [
        "pending",
        "not_applicable",
        "pending",
        "not_applicable",
        "pending",
        "pending",
    ]


def test_an_import_fits_into_a_gap() -> None:
    load(
        with_appointments(
            SMALL,
            (LENA, "tint", "mara", "2030-01-08 10:00"),
            (ERIK, "cut", "mara", "2030-01-08 10:15"),
        )
    )

    assert Appointment.objects.confirmed().count() == 2


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ((ERIK, "cut", "mara", "2030-01-08 10:30"), "Mara Lindt is busy then"),
        (
            (LENA, "cut", "jonas", "2030-01-08 10:30"),
            "the customer has another appointment then",
        ),
        ((ERIK, "cut", "mara", "2030-01-13 10:00"), "the branch is closed then"),
        (
            (ERIK, "cut", "mara", "2030-01-08 17:30"),
            "Mara Lindt does not work long enough after it",
        ),
    ],
    ids=["taken", "same customer", "Sunday", "too long"],
)
def test_an_appointment_that_does_not_fit_is_refused_with_its_line(
    second: tuple[str, str, str, str], why: str
) -> None:
    text = with_appointments(SMALL, (LENA, "cut", "mara", "2030-01-08 10:00"), second)

    assert problems_of(text) == [f"{text.count(chr(10))}: appointments[1]: cannot be booked: {why}"]
    assert not Company.objects.exists()


def test_an_absent_or_unbookable_staff_member_is_told() -> None:
    text = edited(
        with_appointments(
            SMALL,
            (LENA, "cut", "mara", "2030-01-08 10:00"),
            (ERIK, "cut", "jonas", "2030-01-08 10:00"),
        ),
        (
            "Mara Lindt, branch: mitte",
            "Mara Lindt, branch: mitte, time_off: [{from: 2030-01-08, to: 2030-01-08}]",
        ),
        ("Jonas Brandt, branch: mitte", "Jonas Brandt, branch: mitte, active: false"),
    )

    assert [told.partition(": cannot be booked: ")[2] for told in problems_of(text)] == [
        "Mara Lindt does not work then",
        "Jonas Brandt cannot be booked for this service: not active, or without all event types",
    ]


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    text = with_appointments(SMALL, (LENA, "cut", "mara", "2030-03-31 02:30"))
    (told,) = problems_of(text)
    assert told.endswith("appointments[0]: 02:30 does not exist that day: the clocks skip it")


def test_an_unknown_customer_is_told_and_one_of_the_database_will_do() -> None:
    text = with_appointments(SMALL, ('"+491713920044"', "cut", "mara", "2030-01-08 10:00"))
    (told,) = problems_of(text)
    assert told.endswith(
        "appointments[0].customer: there is no customer +491713920044; add one to customers"
    )

    load(with_appointments(SMALL, (LENA, "cut", "mara", "2030-01-09 10:00")))
    Customer.objects.create(company=Company.objects.get(), name="Max", phone="+491713920044")
    load(text)
    assert Appointment.objects.count() == 2


def test_an_import_that_was_cancelled_since_stays_cancelled() -> None:
    text = with_appointments(SMALL, (LENA, "cut", "mara", "2030-01-08 10:00"))
    load(text)
    actions.cancel(appointment=Appointment.objects.get(), now=at(13, days=-1))

    load(text)

    assert Appointment.objects.get().status == Status.CANCELLED


def test_an_import_whose_time_has_come_stays_what_it_is() -> None:
    text = with_appointments(SMALL, (LENA, "cut", "mara", "2030-01-08 10:00"))
    load(text)
    before = dump()

    load(text, now=at(12))

    assert dump() == before


def test_an_import_gives_way_to_a_caller_who_was_first() -> None:
    load(SMALL)
    branch, service = Branch.objects.get(), Service.objects.get(slug="cut")
    actions.book(
        order=actions.BookingOrder(
            branch=branch,
            service=service,
            starts_at=at(10),
            staff_id=Staff.objects.get(slug="mara").pk,
            customer_name="Max",
        ),
        now=at(12, days=-1),
        deadline=soon(),
    )

    (told,) = problems_of(with_appointments(SMALL, (LENA, "cut", "mara", "2030-01-08 10:30")))

    assert told.endswith("cannot be booked: Mara Lindt is busy then")


def test_an_import_that_was_moved_since_stays_where_it_is(now) -> None:
    text = with_appointments(SMALL, (LENA, "tint", "mara", "2030-01-08 10:00"))
    load(text)
    actions.reschedule(
        appointment=Appointment.objects.get(), starts_at=at(14), now=now, deadline=soon()
    )

    load(text)

    assert Appointment.objects.get().starts_at == at(14)
