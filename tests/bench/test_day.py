"""What the day view costs: a day of 12 people and 150 appointments, and a week of one person.

The measure is a bare read. A salon of five people with a day as full (62 appointments) is read
from its tables, one after the other, as rows made into objects and nothing done with them; that,
divided by its rows, is the price of a row. What the day view does for so many rows may cost three
times as much: from the question to what a template needs, and also all that its page costs beyond
what every page of the back office does (session, rights, menu with its counts, the theme's frame),
which is a page that shows nothing else. Both are asked through the whole stack, logged in as a
receptionist; the salon of five is at the same time the other company, whose rows never appear.

Everything is timed by turns in one run, so that a busy machine is busy for all of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from appointments.admin.day.drawing import draw
from appointments.models import (
    Appointment,
    AppointmentPhase,
    Branch,
    Customer,
    Service,
    Staff,
    WorkingHours,
)
from appointments.queries import get_board
from tests.bench.test_floor import medians_ms
from tests.conftest import at, day
from tests.factories.appointments import (
    BranchFactory,
    CustomerFactory,
    ServiceFactory,
    StaffFactory,
)
from tests.factories.back_office import client_of, receptionist

PEOPLE, APPOINTMENTS = 12, 150
FEW_PEOPLE, FEW_APPOINTMENTS = 5, 62
SEGMENTS = [(15, True), (10, False), (10, True)]
AT_MOST = 3  # times the bare read of as many rows
# The page with its frame: what a person waits for. The frame alone is about as much as the day.
WITH_FRAME_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds of each, and the bare price of all rows of the full day."""

    bare: float
    board: float
    page: float
    week: float
    frame: float


def fill_day(branch: Branch, *, people: int, appointments: int) -> Branch:
    """Give a branch people with hours of their own, and appointments of three phases each."""
    staff = StaffFactory.create_batch(people, branch=branch)
    tint = ServiceFactory.create(company=branch.company, recipe=SEGMENTS, performed_by=staff)
    for person in staff:
        WorkingHours.objects.create(staff=person, weekday=1, from_time="09:00", to_time="18:00")
    for number in range(appointments):
        _insert(branch, staff[number % people], tint, at(9, 40 * (number // people)))
    return branch


def _insert(branch: Branch, staff: Staff, service: Service, starts_at: datetime) -> None:
    segments = service.get_segments()
    appointment = Appointment.objects.create(
        company=branch.company,
        branch=branch,
        service=service,
        staff=staff,
        customer=CustomerFactory.create(company=branch.company),
        starts_at=starts_at,
        ends_at=starts_at + segments[-1].offset + segments[-1].duration,
    )
    AppointmentPhase.objects.bulk_create(
        AppointmentPhase(
            appointment=appointment,
            staff=staff,
            segment_key=segment.key,
            sequence=sequence,
            starts_at=starts_at + segment.offset,
            ends_at=starts_at + segment.offset + segment.duration,
            staff_required=segment.staff_required,
        )
        for sequence, segment in enumerate(segments)
    )


@pytest.fixture
def full_day(branch: Branch) -> Branch:
    return fill_day(branch, people=PEOPLE, appointments=APPOINTMENTS)


@pytest.fixture
def five() -> Branch:
    """Another company, of five people."""
    return fill_day(BranchFactory.create(), people=FEW_PEOPLE, appointments=FEW_APPOINTMENTS)


def read(branch: Branch) -> int:
    """Read a day bare, and return how many rows it is."""
    return sum(
        len(list(rows))
        for rows in (
            Appointment.objects.filter(branch=branch),
            AppointmentPhase.objects.filter(appointment__branch=branch),
            Customer.objects.filter(company=branch.company_id),
            Staff.objects.filter(branch=branch),
            WorkingHours.objects.filter(staff__branch=branch),
        )
    )


def show(branch: Branch, now: datetime) -> None:
    board = get_board(branch, first=day(), last=day(), now=now)
    drawing = draw(board, board.columns, now=now, by_day=False)
    assert sum(len(column.cards) for column in drawing.columns) == APPOINTMENTS


def page_of(client: Client, address: str, *, cards: int) -> Callable[[], None]:
    def get() -> None:
        response = client.get(address)
        assert response.content.decode().count("<article") == cards

    return get


@pytest.fixture
def costs(full_day: Branch, five: Branch, now: datetime) -> Costs:
    client = client_of(receptionist(full_day.company))
    person = full_day.staff.latest("pk")
    address = f"{reverse('day')}?date={day()}"
    theirs = person.appointments.count()
    bare, board, page, week, frame = medians_ms(
        partial(read, five),
        partial(show, full_day, now),
        page_of(client, address, cards=APPOINTMENTS),
        page_of(client, f"{address}&staff={person.pk}", cards=theirs),
        page_of(client, reverse("admin:password_change"), cards=0),
    )
    a_row = bare / read(five)
    return Costs(bare=a_row * read(full_day), board=board, page=page, week=week, frame=frame)


def test_a_full_day_costs_at_most_three_times_its_rows(costs, capsys):
    own = costs.page - costs.frame
    with capsys.disabled():
        print(
            f"\nrows {costs.bare:.1f} ms · board {costs.board:.1f} ms = "
            f"{costs.board / costs.bare:.1f} x · page {costs.page:.1f} ms = "
            f"{costs.page / costs.bare:.1f} x, {own / costs.bare:.1f} x without its frame "
            f"({costs.frame:.1f} ms) · week {costs.week:.1f} ms"
        )
    assert costs.board / costs.bare <= AT_MOST
    assert own / costs.bare <= AT_MOST
    assert costs.page / costs.bare <= WITH_FRAME_AT_MOST
    assert costs.week <= costs.page
