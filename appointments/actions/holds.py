"""Slots kept for a caller who has not decided yet."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from appointments.actions.announcing import announce_availability
from appointments.actions.phases import phases_of
from appointments.domain.diary import Slot
from appointments.models import Appointment, AppointmentPhase, Company, Source, Staff, Status
from appointments.queries.diary import Search, get_diary

HOLD_SECONDS = 180


def lock_staff(staff_ids: Collection[int]) -> None:
    """Lock these people's time until the transaction ends: one booking at a time.

    In sorted order, so that two transactions never wait for each other. SQLite ignores the
    row lock; there a transaction is already alone (`transaction_mode` in the settings).
    """
    list(
        Staff.objects.select_for_update(no_key=True)
        .filter(pk__in=staff_ids)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def remove_holds(
    *, company: Company, call_id: str, staff_ids: Collection[int], now: datetime
) -> int:
    """Remove the call's own holds, and those of the locked people that have run out.

    Inside the caller's transaction, before anything is inserted: a hold that has run out
    counts for nothing, but its rows would still stand in the way.
    """
    unwanted = Q(held_until__lte=now, staff__in=staff_ids)
    if call_id:
        unwanted |= Q(call_id=call_id)
    removed, _ = Appointment.objects.of(company).filter(unwanted, status=Status.HELD).delete()
    return removed


def hold(*, search: Search, slots: Sequence[Slot], now: datetime) -> dict[Slot, datetime | None]:
    """Hold the slots offered in a call, in place of what the call held before.

    Args:
        search: whose call, which branch and service.
        slots: at most two, best first.
        now: the time.

    Returns:
        slot → until when it is held. None: not held, because an earlier slot of the same
        offer overlaps it on the same staff member. A slot that is missing was taken meanwhile.
    """
    if not slots:
        return {}
    until = now + timedelta(seconds=HOLD_SECONDS)
    zone = search.branch.zone
    days = [slot.starts_at.astimezone(zone).date() for slot in slots]
    held: dict[Slot, datetime | None] = {}
    with transaction.atomic(durable=True):
        staff_ids = {slot.staff_id for slot in slots}
        lock_staff(staff_ids)
        remove_holds(
            company=search.branch.company, call_id=search.call_id, staff_ids=staff_ids, now=now
        )
        diary = get_diary(search, first=min(days), last=max(days), now=now)
        for slot in slots:
            free = diary.check(slot.starts_at)
            if not isinstance(free, list) or slot not in free:
                continue
            held[slot] = until if _hold_one(search, slot, held, until=until) else None
        announce_availability(search.branch.company_id)
    return held


def _hold_one(search: Search, slot: Slot, held: Collection[Slot], *, until: datetime) -> bool:
    if any(
        other.staff_id == slot.staff_id and other.interval.overlaps(slot.interval) for other in held
    ):
        return False
    appointment = Appointment.objects.create(
        company=search.branch.company,
        branch=search.branch,
        service=search.service,
        staff_id=slot.staff_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        buffer_before_minutes=search.service.buffer_before_minutes,
        buffer_after_minutes=search.service.buffer_after_minutes,
        status=Status.HELD,
        held_until=until,
        source=Source.VOICE,
        call_id=search.call_id,
    )
    AppointmentPhase.objects.bulk_create(phases_of(appointment))
    return True


def release_holds(*, company: Company, call_id: str, now: datetime) -> int:
    """Give back what a call still holds.

    Returns:
        how many rows went.
    """
    with transaction.atomic(durable=True):
        removed = remove_holds(company=company, call_id=call_id, staff_ids=(), now=now)
        if removed:
            announce_availability(company.pk)
    return removed


def release_expired_holds(*, now: datetime) -> int:
    """Remove every hold that has run out, of every company; whoever wants the time also does."""
    with transaction.atomic(durable=True):
        expired = Appointment.objects.expired_holds(now=now)
        lock_staff(set(expired.values_list("staff_id", flat=True)))
        removed, _ = expired.delete()
    return removed
