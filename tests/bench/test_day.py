"""What the day view costs, as a ratio to reading the same rows and doing nothing with them."""

from datetime import datetime

import pytest

from appointments.admin.day.drawing import draw
from appointments.models import (
    Appointment,
    AppointmentPhase,
    Branch,
    Customer,
    Staff,
    WorkingHours,
)
from appointments.queries import get_board
from tests.bench.test_floor import median_ms
from tests.conftest import at, day
from tests.factories.appointments import CustomerFactory, ServiceFactory, StaffFactory

PEOPLE, APPOINTMENTS = 12, 150
SEGMENTS = [(15, True), (10, False), (10, True)]


@pytest.fixture
def full_day(branch: Branch) -> Branch:
    """Twelve people with hours of their own, and 150 appointments of three phases each."""
    people = StaffFactory.create_batch(PEOPLE, branch=branch)
    tint = ServiceFactory.create(company=branch.company, recipe=SEGMENTS, performed_by=people)
    for person in people:
        WorkingHours.objects.create(staff=person, weekday=1, from_time="09:00", to_time="18:00")
    for number in range(APPOINTMENTS):
        _insert(branch, people[number % PEOPLE], tint, at(9, 40 * (number // PEOPLE)))
    return branch


def _insert(branch: Branch, staff: Staff, service, starts_at: datetime) -> None:
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


def test_a_full_day_costs_at_most_three_times_its_rows(full_day, now, capsys):
    def read() -> None:
        list(Appointment.objects.filter(branch=full_day))
        list(AppointmentPhase.objects.filter(appointment__branch=full_day))
        list(Customer.objects.filter(company=full_day.company))
        list(Staff.objects.filter(branch=full_day))
        list(WorkingHours.objects.filter(staff__branch=full_day))

    def show() -> None:
        board = get_board(full_day, first=day(), last=day(), now=now)
        drawing = draw(board, board.columns, now=now, by_day=False)
        assert sum(len(column.cards) for column in drawing.columns) == APPOINTMENTS

    floor, shown = median_ms(read), median_ms(show)

    with capsys.disabled():
        print(f"\nrows {floor:.1f} ms · day view {shown:.1f} ms = {shown / floor:.1f} x the rows")
    assert shown / floor < 3
