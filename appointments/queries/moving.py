"""May this appointment move there? Asking and moving ask here, so they never disagree."""

from datetime import datetime

from appointments.domain.hours import in_utc
from appointments.errors import AlreadyAtThatTimeError, NotChangeableError
from appointments.models import Appointment, Status
from appointments.ports import Deadline
from appointments.queries.availability import Availability, check_availability
from appointments.queries.diary import Search
from appointments.queries.policies import check_may_move


def check_move(
    appointment: Appointment,
    *,
    starts_at: datetime,
    staff_id: int | None,
    now: datetime,
    deadline: Deadline,
    call_id: str = "",
    by_customer: bool = False,
) -> tuple[Search, Availability]:
    """Return what was asked, and the slot it found; arguments and refusals as of `reschedule`."""
    if appointment.status != Status.CONFIRMED:
        raise NotChangeableError
    if by_customer:
        check_may_move(appointment, now=now, call_id=call_id)
    starts_at = in_utc(starts_at)
    staff_id = staff_id or appointment.staff_id
    if (starts_at, staff_id) == (appointment.starts_at, appointment.staff_id):
        raise AlreadyAtThatTimeError
    search = Search(
        branch=appointment.branch,
        service=appointment.service,
        staff_id=staff_id,
        call_id=call_id or appointment.call_id,
        moving=appointment,
    )
    return search, check_availability(search, starts_at, now=now, deadline=deadline)
