"""Is this start free? Checking, searching and booking all ask here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from appointments.domain.diary import Diary, Reason, Slot, choose
from appointments.domain.hours import day_interval, in_utc
from appointments.domain.listing import Listing
from appointments.errors import (
    ClosedError,
    PastTimeError,
    SlotTakenError,
    TooFarError,
    TooSoonError,
)
from appointments.ports import Deadline
from appointments.queries.diary import (
    Search,
    last_bookable_day,
    notice_of,
    open_diary,
)


@dataclass(frozen=True, slots=True)
class Availability:
    """A free slot, and what was known when it was found so.

    Attributes:
        slot: with the staff member who would serve it.
        candidates: everybody who could.
        listing: the outside calendar's answer; None when it had no say.
    """

    slot: Slot
    candidates: frozenset[int]
    listing: Listing | None


def check_bookable(search: Search, starts_at: datetime, *, now: datetime) -> None:
    """Refuse a start that the rules of time forbid, whoever is free. No query.

    Raises:
        PastTimeError: not after `now`.
        TooSoonError: before now plus notice.
        TooFarError: after the last day of the horizon.
    """
    starts_at, now = in_utc(starts_at), in_utc(now)
    if starts_at <= now:
        raise PastTimeError
    if search.unbound:
        return
    notice = notice_of(search.branch, search.service)
    if starts_at < now + notice:
        raise TooSoonError(
            minimum_notice_minutes=int(notice.total_seconds() // 60),
            earliest_bookable=now + notice,
        )
    if starts_at.astimezone(search.branch.zone).date() > last_bookable_day(search.branch, now=now):
        raise TooFarError(horizon_days=search.branch.company.horizon_days)


def check_day(search: Search, day: date, *, now: datetime) -> None:
    """Refuse a day on which nothing can be booked yet, or any more. No query.

    Raises:
        PastTimeError, TooFarError: before today, or after the last day of the horizon.
    """
    if day < now.astimezone(search.branch.zone).date():
        raise PastTimeError
    if day > last_bookable_day(search.branch, now=now):
        raise TooFarError(horizon_days=search.branch.company.horizon_days)


def check_availability(
    search: Search,
    starts_at: datetime,
    *,
    now: datetime,
    deadline: Deadline,
    usual_staff_id: int | None = None,
) -> Availability:
    """Return the slot at exactly `starts_at`, with the staff member who would serve it.

    Six queries at most; the outside calendar is asked only about a start that is free here.

    Raises:
        PastTimeError, TooSoonError, TooFarError, ClosedError: what the rules of time say.
        SlotTakenError: with the reason that really failed.
    """
    starts_at, now = in_utc(starts_at), in_utc(now)
    check_bookable(search, starts_at, now=now)
    day = starts_at.astimezone(search.branch.zone).date()
    diary, page = open_diary(search, first=day, last=day, now=now)
    slots = free_slots(diary, starts_at)
    listing = page.get_listing(
        staff_ids=[slot.staff_id for slot in slots],
        days=[day],
        moving=search.moving,
        deadline=deadline,
    )
    listed = keep_listed(slots, diary=diary, listing=listing)
    if not listed:
        raise SlotTakenError(reason=Reason.TAKEN)
    slot = choose(
        listed,
        minutes=diary.minutes_on(day_interval(day, search.branch.zone)),
        usual_staff_id=usual_staff_id,
    )
    return Availability(slot, frozenset(free.staff_id for free in listed), listing)


def free_slots(diary: Diary, starts_at: datetime) -> list[Slot]:
    """Return who is free at `starts_at` as far as this database knows.

    Raises:
        ClosedError, SlotTakenError: nobody, and why.
    """
    verdict = diary.check(starts_at)
    if verdict is Reason.CLOSED:
        raise ClosedError
    if isinstance(verdict, Reason):
        raise SlotTakenError(reason=verdict)
    return verdict


def keep_listed(slots: Sequence[Slot], *, diary: Diary, listing: Listing | None) -> list[Slot]:
    """Keep the slots whose every hands-on segment the outside calendar lists, if it is known."""
    if listing is None:
        return list(slots)
    return [
        slot
        for slot in slots
        if listing.covers(diary.segments, start=slot.starts_at, staff_id=slot.staff_id)
    ]
