"""How a booking is spelled (2024-08-13), empty strings and absent keys included."""

from typing import Any

from calcom.simulator.moments import spell
from calcom.simulator.records import Booking
from calcom.simulator.storage import Storage

UNKNOWN_HOST = {"id": "unknown", "name": "unknown", "email": "unknown", "username": "unknown"}


def show(storage: Storage, booking: Booking) -> dict[str, Any]:
    """Spell a booking as GET, list and cancel do.

    Source: Cal.com API v2, BookingOutput 2024-08-13, read 2026-11.
    """
    event_type = storage.get_event_type(booking.event_type_id)
    shown = {
        "id": booking.id,
        "uid": booking.uid,
        "title": booking.title,
        "description": booking.description,
        "hosts": [_show_host(storage, booking)],
        "status": booking.status,
        "cancellationReason": booking.cancellation_reason,
        "cancelledByEmail": booking.cancelled_by,
        "reschedulingReason": booking.rescheduling_reason,
        "rescheduledByEmail": booking.rescheduled_by,
        "rescheduledFromUid": booking.rescheduled_from,
        "rescheduledToUid": booking.rescheduled_to,
        "start": spell(booking.start),
        "end": spell(booking.end),
        "duration": booking.duration,
        "eventTypeId": event_type.id if event_type else None,
        "eventType": {"id": event_type.id, "slug": event_type.slug} if event_type else None,
        "meetingUrl": booking.location,
        "location": booking.location,
        "absentHost": booking.host_absent,
        "createdAt": spell(booking.created_at),
        "updatedAt": spell(booking.updated_at),
        "metadata": booking.metadata,
        "icsUid": booking.ics_uid,
        "attendees": [show_attendee(booking, one) for one in booking.attendees],
        "guests": booking.guests,
        "bookingFieldsResponses": booking.responses,
    }
    absent = ("reschedulingReason", "rescheduledFromUid", "rescheduledToUid", "guests")
    return {key: value for key, value in shown.items() if value is not None or key not in absent}


def show_new(storage: Storage, booking: Booking) -> dict[str, Any]:
    """Spell a booking as create and reschedule do."""
    return show(storage, booking) | {"isPlatformManagedUserBooking": False}


def _show_host(storage: Storage, booking: Booking) -> dict[str, Any]:
    host = storage.get_user(booking.host_id)
    if host is None:
        return {**UNKNOWN_HOST, "displayEmail": "unknown", "timeZone": "unknown"}
    return {
        "id": host.id,
        "name": host.name,
        "email": host.email,
        "displayEmail": host.email,
        "username": host.username,
        "timeZone": host.time_zone,
    }


def show_attendee(booking: Booking, given: dict[str, Any]) -> dict[str, Any]:
    shown = {
        "name": given["name"],
        "email": given["email"],
        "displayEmail": given["email"],
        "timeZone": given["timeZone"],
        "language": given["language"],
        "absent": given["email"] in booking.absent,
    }
    if given.get("phoneNumber"):
        shown["phoneNumber"] = given["phoneNumber"]
    return shown
