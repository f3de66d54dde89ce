"""Slots kept for a caller who has not decided yet."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from appointments.actions.announcing import announce_holds
from appointments.actions.phases import phases_of
from appointments.domain.alternatives import OFFERED, Alternative
from appointments.domain.diary import Diary, Slot
from appointments.domain.hours import in_utc
from appointments.models import Appointment, AppointmentPhase, Company, Source, Staff, Status
from appointments.ports import get_calendar
from appointments.queries.diary import Search, get_diary

HOLD_SECONDS = 180
MINUTE = timedelta(minutes=1)


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
        slots: best first; a call holds no more than two.
        now: the time.

    Returns:
        slot → until when it is held. None: not held, because it overlaps, on the same staff
        member, an earlier slot of the same offer or the appointment that is being moved. A
        slot that is missing was taken meanwhile.
    """
    if not slots:
        return {}
    with transaction.atomic(durable=True):
        _make_room(search, {slot.staff_id for slot in slots}, now=now)
        return _hold_all(search, _get_free(search, slots, now=now)[:OFFERED], now=now)


Find = Callable[[], list[Alternative]]


def hold_alternatives(
    *, search: Search, look: Find, find: Find, now: datetime
) -> dict[Alternative, datetime | None]:
    """Search for alternatives and hold what is found, so that no two callers hear the same.

    Where the outside calendar has a say, the search runs before any lock is taken, and may ask
    it. Under the lock of everybody who could serve, what was found is checked; if some of it
    is gone, the search runs again, from this database and what is known by then.

    Args:
        search: whose call, which branch and service.
        look: the search before the lock; it may ask outside, or remember.
        find: the search under the lock: nobody outside is asked, nothing remembered.
        now: the time.

    Returns:
        alternative → until when it is held, as `hold` says it.
    """
    page = get_calendar().open(service=search.service, branch=search.branch, segments=())
    seen = look() if page.may_be_asked else []
    if page.may_be_asked and not seen:
        return {}
    with transaction.atomic(durable=True):
        capable = Staff.objects.capable_of(service_id=search.service.pk, branch_id=search.branch.pk)
        _make_room(search, list(capable.values_list("pk", flat=True)), now=now)
        still_free = bool(seen) and _are_free(search, [each.slot for each in seen], now=now)
        found = {each.slot: each for each in (seen if still_free else find())}
        held = _hold_all(search, list(found), now=now)
        return {found[slot]: until for slot, until in held.items()}


def _are_free(search: Search, slots: Sequence[Slot], *, now: datetime) -> bool:
    return len(_get_free(search, slots, now=now)) == len(slots)


def _get_free(search: Search, slots: Sequence[Slot], *, now: datetime) -> list[Slot]:
    """Return those of some slots that are free in this database, whoever else holds what."""
    days = [slot.starts_at.astimezone(search.branch.zone).date() for slot in slots]
    diary = get_diary(search, first=min(days), last=max(days), now=now)
    return [slot for slot in slots if slot in _checked(diary, slot.starts_at)]


def _make_room(search: Search, staff_ids: Collection[int], *, now: datetime) -> None:
    company = search.branch.company
    lock_staff(staff_ids)
    remove_holds(company=company, call_id=search.call_id, staff_ids=staff_ids, now=now)


def _checked(diary: Diary, starts_at: datetime) -> list[Slot]:
    free = diary.check(starts_at)
    return free if isinstance(free, list) else []


def _hold_all(
    search: Search, slots: Sequence[Slot], *, now: datetime
) -> dict[Slot, datetime | None]:
    """Hold slots that are free, inside the caller's transaction and under its lock."""
    until = in_utc(now) + timedelta(seconds=HOLD_SECONDS)
    segments = search.moving.get_segments() if search.moving else search.service.get_segments()
    held: dict[Slot, datetime | None] = {}
    for slot in slots:
        held[slot] = None if _is_kept(search, slot, held) else until
    rows = Appointment.objects.bulk_create(
        _held(search, slot, until=until) for slot in slots if held[slot]
    )
    AppointmentPhase.objects.bulk_create(
        phase for row in rows for phase in phases_of(row, segments)
    )
    if rows:
        announce_holds(search.branch.company_id)
    return held


def _is_kept(search: Search, slot: Slot, held: Collection[Slot]) -> bool:
    """Whether another row already keeps others away from (a part of) this slot."""
    rows = [(other.staff_id, other.interval) for other in held]
    if search.moving:
        rows.append((search.moving.staff_id, search.moving.interval))
    return any(
        staff_id == slot.staff_id and interval.overlaps(slot.interval)
        for staff_id, interval in rows
    )


def _held(search: Search, slot: Slot, *, until: datetime) -> Appointment:
    before, after = search.buffers
    return Appointment(
        company=search.branch.company,
        branch=search.branch,
        service=search.service,
        staff_id=slot.staff_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        buffer_before_minutes=before // MINUTE,
        buffer_after_minutes=after // MINUTE,
        status=Status.HELD,
        held_until=until,
        source=Source.VOICE,
        call_id=search.call_id,
    )


def release_holds(*, company: Company, call_id: str, now: datetime) -> int:
    """Give back what a call still holds.

    Returns:
        how many rows went.
    """
    with transaction.atomic(durable=True):
        removed = remove_holds(company=company, call_id=call_id, staff_ids=(), now=now)
        if removed:
            announce_holds(company.pk)
        return removed


def release_hold(*, company: Company, call_id: str, staff_id: int, starts_at: datetime) -> int:
    """Give back one slot a call holds.

    Returns:
        how many rows went: none where the call does not hold it.
    """
    held = Appointment.objects.of(company).filter(status=Status.HELD, call_id=call_id)
    with transaction.atomic(durable=True):
        removed, _ = held.filter(staff=staff_id, starts_at=starts_at).delete()
        if removed:
            announce_holds(company.pk)
    return removed


def release_expired_holds(*, now: datetime) -> int:
    """Remove every hold that has run out, of every company; whoever wants the time also does."""
    with transaction.atomic(durable=True):
        expired = Appointment.objects.expired_holds(now=now)
        rows = list(expired.values_list("staff_id", "company_id"))
        lock_staff({staff_id for staff_id, _ in rows})
        for company_id in {company_id for _, company_id in rows}:
            announce_holds(company_id)
        removed, _ = expired.delete()
    return removed
