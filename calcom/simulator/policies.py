"""An event type's limits and conditions, in the service's own spelling, and what they mean."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calcom.simulator.answers import refused, refused_raw
from calcom.simulator.moments import parse_moment, spell
from calcom.simulator.records import EventType
from calcom.simulator.slot_arithmetic import Range
from calcom.simulator.storage import Storage

DAY = timedelta(days=1)
SATURDAY = 5
MINUTES_OF = {"minutes": 1, "hours": 60, "days": 24 * 60}
TOO_MANY_OF_BOOKER = (
    "Attendee with this email can't book because the maximum number of active bookings has been "
    "reached."
)


def policy_of(event_type: EventType, name: str) -> Mapping[str, Any] | None:
    """Return a policy that is set and not disabled."""
    policy = event_type.policies.get(name)
    if not isinstance(policy, dict) or policy.get("disabled") is True:
        return None
    return policy or None


def is_disabled(event_type: EventType, name: str) -> bool:
    """Tell whether `disableCancelling` or `disableRescheduling` forbids it outright."""
    return (event_type.policies.get(name) or {}).get("disabled") is True


def needs_confirmation(event_type: EventType, start: datetime, *, now: datetime) -> bool:
    """Tell whether a new booking waits for the host's yes: always, or if it is at short notice."""
    policy = policy_of(event_type, "confirmationPolicy")
    if policy is None:
        return False
    threshold = policy.get("noticeThreshold")
    if policy.get("type") != "time" or not threshold:
        return True
    minutes = threshold["count"] * MINUTES_OF[threshold["unit"]]
    return start - now <= timedelta(minutes=minutes)


def blocks_unconfirmed(event_type: EventType) -> bool:
    policy = policy_of(event_type, "confirmationPolicy")
    return bool(policy and policy.get("blockUnconfirmedBookingsInBooker"))


def get_window(event_type: EventType, *, now: datetime, zone: str, home: str) -> Range | None:
    """Return when bookings may start, None when there is no such limit.

    Days are counted on the booker's clock from today on, dates are read on the host's.

    Args:
        event_type: whose `bookingWindow` it is.
        now: the moment.
        zone: the booker's, IANA.
        home: the host's, IANA.
    """
    policy = policy_of(event_type, "bookingWindow")
    if policy is None:
        return None
    if policy["type"] == "range":
        first, last = (parse_moment(str(day)).date() for day in policy["value"])
        start = datetime.combine(first, time(), ZoneInfo(home))
        return Range(start.astimezone(UTC), _end_of(last, home))
    days = int(policy["value"])
    local = now.astimezone(ZoneInfo(zone)).date()
    while days > 0:
        local += DAY
        if policy["type"] == "calendarDays" or local.weekday() < SATURDAY:
            days -= 1
    return Range(datetime.min.replace(tzinfo=UTC), _end_of(local, zone))


def _end_of(day: Any, zone: str) -> datetime:
    return datetime.combine(day + DAY, time(), ZoneInfo(zone)).astimezone(UTC)


def is_rolling(event_type: EventType) -> bool:
    """Tell whether the window means days that have slots. Such a one limits slots only."""
    return bool((policy_of(event_type, "bookingWindow") or {}).get("rolling"))


def count_rolling_days(event_type: EventType) -> int:
    return int((policy_of(event_type, "bookingWindow") or {}).get("value") or 0)


def find_limit_reached(
    storage: Storage, event_type: EventType, time_range: Range, *, home: str, but: str = ""
) -> str | None:
    """Return in the engine's words which limit of bookings or of minutes a booking exceeds.

    Args:
        storage: where the bookings are.
        event_type: whose accepted bookings count.
        time_range: the booking's time.
        home: the zone in which days, weeks, months and years begin.
        but: the uid of a booking that does not count, the one that is moved.
    """
    minutes = int((time_range.end - time_range.start).total_seconds() // 60)
    for name, word in LIMITS.items():
        for unit, most in (policy_of(event_type, name) or {}).items():
            if unit not in UNITS:
                continue
            period = _period(time_range.start, unit, home)
            found = storage.get_bookings(
                "status = 'accepted' AND event_type_id = ? AND starts_at >= ? AND starts_at < ?"
                " AND uid <> ?",
                event_type.id,
                spell(period.start),
                spell(period.end),
                but,
            )
            counts = name == "bookingLimitsCount"
            used = len(found) if counts else sum(booking.duration for booking in found)
            if used + (1 if counts else minutes) > most:
                return word
    return None


LIMITS = {
    "bookingLimitsCount": "booking_limit_reached",
    "bookingLimitsDuration": "duration_limit_reached",
}
UNITS = ("day", "week", "month", "year")


def _period(moment: datetime, unit: str, zone: str) -> Range:
    """Return the day, the week from Monday, the month or the year of a moment."""
    first = moment.astimezone(ZoneInfo(zone)).date()
    if unit == "week":
        first -= timedelta(days=first.weekday())
        after = first + timedelta(days=7)
    elif unit == "day":
        after = first + DAY
    else:
        first = first.replace(day=1, month=first.month if unit == "month" else 1)
        far = first + timedelta(days=31 if unit == "month" else 366)
        after = far.replace(day=1, month=far.month if unit == "month" else 1)
    zoned = ZoneInfo(zone)
    start, end = (datetime.combine(day, time(), zoned).astimezone(UTC) for day in (first, after))
    return Range(start, end)


def require_active_bookings_left(
    storage: Storage, event_type: EventType, email: str, *, now: datetime
) -> None:
    """Refuse who has as many coming bookings of this type as one may have.

    Raises:
        RefusedError: 400, with the uid of a booking to move instead if that is on offer.
    """
    policy = policy_of(event_type, "bookerActiveBookingsLimit")
    if policy is None:
        return
    active = storage.get_bookings(
        "status = 'accepted' AND event_type_id = ? AND attendee_email = ? AND starts_at >= ?",
        event_type.id,
        email,
        spell(now),
        order="starts_at DESC",
    )
    if len(active) < policy["maximumActiveBookings"]:
        return
    hint = f" You can reschedule your existing booking ({active[0].uid}) to a new time."
    raise refused(400, TOO_MANY_OF_BOOKER + (hint if policy.get("offerReschedule") else ""))


def require_cancellable(event_type: EventType | None) -> None:
    if event_type and is_disabled(event_type, "disableCancelling"):
        raise refused_raw(400, "This event type does not allow cancellations")


def require_movable(
    event_type: EventType, start: datetime, *, now: datetime, by_host: bool
) -> None:
    """Refuse a move that the event type forbids: always, or to bookers at short notice."""
    if is_disabled(event_type, "disableRescheduling"):
        raise refused_raw(400, "This event type does not allow rescheduling")
    policy = policy_of(event_type, "disableRescheduling") or {}
    minutes = policy.get("minutesBefore")
    if minutes and not by_host and start - now < timedelta(minutes=minutes):
        raise refused_raw(
            403, f"Rescheduling is not allowed within {minutes} minutes before the event"
        )
