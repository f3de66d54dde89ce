"""Moving an appointment to another time or another staff member."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from appointments.actions.announcing import announce
from appointments.actions.booking import booking_key, free_slot
from appointments.actions.callbacks import CallbackOrder, request_callback
from appointments.actions.changes import note_move
from appointments.actions.guarding import guarded
from appointments.actions.holds import lock_staff, remove_holds
from appointments.errors import NotChangeableError
from appointments.models import Appointment, AppointmentPhase, Staff, Status, SyncStatus
from appointments.ports import Deadline
from appointments.queries.availability import Availability
from appointments.queries.diary import Search
from appointments.queries.moving import check_move
from appointments.queries.policies import check_may_move


def reschedule(
    *,
    appointment: Appointment,
    starts_at: datetime,
    now: datetime,
    deadline: Deadline,
    staff_id: int | None = None,
    call_id: str = "",
    by_customer: bool = False,
    callback: Callable[[Appointment], CallbackOrder] | None = None,
) -> Appointment:
    """Move an appointment in one swap: the old time is kept until the new one is held.

    Its phases shift with it and keep their rows, lengths and booking uids.

    Args:
        appointment: which one.
        starts_at: exactly this start.
        now: the time.
        deadline: for the question to the outside calendar.
        staff_id: somebody else; None keeps the staff member.
        call_id: the call that asks for it, whose holds give way; empty: the one that booked it.
        by_customer: the customer asks: what the salon allows holds, and the move is counted.
        callback: of the moved appointment, the call that tells the customer, promised with the
            move or not at all.

    Raises:
        DeniedError: the salon does not let its customers do so (any more).
        AlreadyAtThatTimeError: it is there already, with that staff member.
        NotChangeableError: it is no longer confirmed.
        PastTimeError, TooSoonError, TooFarError, ClosedError, SlotTakenError: as for `book`.
    """
    search, availability = check_move(
        appointment,
        starts_at=starts_at,
        staff_id=staff_id,
        now=now,
        deadline=deadline,
        call_id=call_id,
        by_customer=by_customer,
    )
    return _move(
        appointment,
        search,
        availability,
        now=now,
        call_id=call_id,
        by_customer=by_customer,
        callback=callback,
    )


@guarded
def _move(
    appointment: Appointment,
    search: Search,
    availability: Availability,
    *,
    now: datetime,
    call_id: str,
    by_customer: bool,
    callback: Callable[[Appointment], CallbackOrder] | None,
) -> Appointment:
    with transaction.atomic(durable=True):
        staff_ids = {appointment.staff_id, *availability.candidates}
        lock_staff(staff_ids)
        moved = (
            Appointment.objects.select_for_update(of=("self",))
            .select_related("service", "staff", "branch__company", "customer")
            .get(pk=appointment.pk)
        )
        if moved.status != Status.CONFIRMED:
            raise NotChangeableError
        wished = availability.slot
        if (moved.starts_at, moved.staff_id) == (wished.starts_at, wished.staff_id):
            return moved  # the same wish, asked twice at once: its twin has just moved it
        if by_customer:
            check_may_move(moved, now=now, call_id=call_id)  # another move may have come between
        company = moved.branch.company
        remove_holds(company=company, call_id=search.call_id, staff_ids=staff_ids, now=now)
        slot = free_slot(search, wished.starts_at, availability, now=now)
        sync_status = SyncStatus.PENDING if company.syncs else SyncStatus.NOT_APPLICABLE
        shift_phases(
            moved,
            starts_at=slot.starts_at,
            staff_id=slot.staff_id,
            sync_status=sync_status,
            now=now,
        )
        note_move(moved, starts_at=slot.starts_at, staff_id=slot.staff_id, now=now, call_id=call_id)
        moved.starts_at, moved.ends_at = slot.starts_at, slot.ends_at
        moved.staff = Staff.objects.get(company=moved.company_id, pk=slot.staff_id)
        moved.booking_key = key_at(moved, slot.starts_at)
        moved.reschedule_count += by_customer
        moved.revision += 1
        moved.sync_status = sync_status
        moved.save()
        if callback:
            request_callback(order=callback(moved), now=now)
        announce(moved)
    return moved


def key_at(moved: Appointment, starts_at: datetime) -> str:
    """Return the wish that a moved appointment answers from now on.

    None where another one answers it: of two friends who come at the same time, either. What
    came from no call keeps its name: an import must know it again wherever it was moved.
    """
    if not moved.call_id:
        return moved.booking_key
    key = booking_key(moved.call_id, moved.service_id, starts_at)
    standing = Appointment.objects.of(moved.branch.company).confirmed().filter(booking_key=key)
    return "" if standing.exclude(pk=moved.pk).exists() else key


def shift_phases(
    appointment: Appointment,
    *,
    starts_at: datetime,
    staff_id: int,
    sync_status: SyncStatus,
    now: datetime,
) -> None:
    """Shift all phases with their appointment, inside the caller's transaction."""
    phases = list(appointment.phases.order_by("sequence"))
    shift = starts_at - appointment.starts_at
    for phase in phases:
        phase.starts_at += shift
        phase.ends_at += shift
        phase.staff_id = staff_id
        if phase.staff_required:
            phase.sync_status = sync_status
    # Given back first: row by row, a phase may land where its sister still stands.
    appointment.phases.update(released_at=now)
    AppointmentPhase.objects.bulk_update(
        phases, ["starts_at", "ends_at", "staff", "sync_status", "released_at"]
    )
