"""The JSON objects in answers: slots, appointments, services, staff, days."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from appointments.models import (
    Appointment,
    AppointmentChange,
    Branch,
    CallbackRequest,
    Customer,
    Service,
    Staff,
)
from voice import speech
from voice.models import Offer


def instant(moment: datetime | None, zone: ZoneInfo) -> str | None:
    """Return an instant as ISO 8601 with the branch's offset."""
    return moment.astimezone(zone).isoformat() if moment else None


def service(row: Service) -> dict[str, Any]:
    """Return a service. Its duration costs a query unless the segments are prefetched."""
    return {
        "id": row.pk,
        "name": row.name,
        "duration_minutes": sum(segment.minutes for segment in row.segments.all()),
        "price": str(row.price),
    }


def staff(row: Staff) -> dict[str, Any]:
    return {"id": row.pk, "name": row.name}


def slot(
    offer: Offer, *, branch: Branch, ends_at: datetime, type_: str, held_until: datetime | None
) -> dict[str, Any]:
    """Return an offered slot."""
    zone = branch.zone
    local = offer.starts_at.astimezone(zone)
    return {
        "token": offer.token,
        "option": offer.option,
        "starts_at": instant(offer.starts_at, zone),
        "ends_at": instant(ends_at, zone),
        "date": local.date().isoformat(),
        "time": f"{local:%H:%M}",
        "spoken": speech.spoken_moment(local, locale=branch.company.locale),
        "staff": staff(offer.staff),
        "service": service(offer.service),
        "type": type_,
        "held_until": instant(held_until, zone),
    }


def appointment(row: Appointment) -> dict[str, Any]:
    """Return an appointment; the id is its opaque public one."""
    zone = row.branch.zone
    local = row.starts_at.astimezone(zone)
    return {
        "id": row.public_id,
        "starts_at": instant(row.starts_at, zone),
        "ends_at": instant(row.ends_at, zone),
        "date": local.date().isoformat(),
        "time": f"{local:%H:%M}",
        "spoken": speech.spoken_moment(local, locale=row.branch.company.locale),
        "service": {"id": row.service_id, "name": row.service.name},
        "staff": staff(row.staff),
        "sync_status": row.sync_status,
    }


def previous(change: AppointmentChange, row: Appointment) -> dict[str, Any]:
    """Return where an appointment stood before a move."""
    zone = row.branch.zone
    local = change.starts_at.astimezone(zone)
    return {
        "starts_at": instant(change.starts_at, zone),
        "ends_at": instant(change.ends_at, zone),
        "date": local.date().isoformat(),
        "time": f"{local:%H:%M}",
        "spoken": speech.spoken_moment(local, locale=row.branch.company.locale),
        "staff": staff(change.staff),
    }


def callback(row: CallbackRequest, zone: ZoneInfo) -> dict[str, Any]:
    return {"id": row.pk, "priority": row.priority, "due_at": instant(row.due_at, zone)}


def customer(row: Customer | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {"id": row.pk, "name": row.name, "first_name": first_name(row)}


def first_name(row: Customer) -> str:
    return row.name.split()[0]


def day(on: date, *, locale: str) -> dict[str, str]:
    return {
        "date": on.isoformat(),
        "weekday": speech.weekday(on, locale=locale),
        "spoken": speech.spoken_date(on, locale=locale),
    }


# What each function's data always holds, null or empty when unknown.
WISH: dict[str, Any] = {"understood": None, "candidates": [], "alternatives": []}
BOOKING: dict[str, Any] = WISH | {
    "booked": False,
    "appointment": None,
    "repeated": False,
    "reason": None,
    "slot": None,
    "name_likeness": None,
}
CHANGE: dict[str, Any] = {
    "appointment": None,
    "appointments": [],
    "reason": None,
    "callback": None,
    "understood": None,
    "candidates": [],
}
KEYS: dict[str, dict[str, Any]] = {
    "get_current_context": dict.fromkeys(
        (
            "now",
            "date",
            "time",
            "weekday",
            "tomorrow",
            "day_after_tomorrow",
            "next_monday",
            "timezone",
            "salon",
            "customer",
            "policies",
        )
    ),
    "check_customer": {
        "customer": None,
        "predicted_service": None,
        "service_confidence": 0.0,
        "preferred_staff": None,
        "upcoming": 0,
        "last_visit": None,
    },
    "check_availability": WISH
    | {
        "available": False,
        "slot": None,
        "reason": None,
        "source": "local",
        "appointment": None,
    },
    "get_alternatives": WISH,
    "start_booking": BOOKING,
    "confirm_booking": BOOKING,
    "list_appointments": {"appointments": [], "understood": None},
    "reschedule_appointment": CHANGE | {"previous": None, "alternatives": []},
    "cancel_appointment": CHANGE,
    "request_callback": {"callback": None},
    "find_next_available": WISH | {"slot": None},
    "reserve_slot": WISH | {"slot": None, "reason": None, "appointment": None},
    "release_slot_reservation": {"slot": None, "alternatives": [], "understood": None},
    "list_services": {"services": [], "categories": []},
    "get_opening_hours": {
        "hours": [],
        "understood": None,
        "day": None,
        "reason": None,
        "next_opening": None,
        "week": [],
    },
    "parse_date": {"understood": None, "candidates": []},
}
