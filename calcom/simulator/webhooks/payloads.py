"""What a webhook says, field by field (2021-10-20), with its three spellings of a moment."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from calcom.simulator.booking_fields import CAL_VIDEO, SYSTEM
from calcom.simulator.moments import spell
from calcom.simulator.policies import is_disabled, policy_of
from calcom.simulator.records import Booking, EventType, User, attendee_id
from calcom.simulator.storage import Storage

LABELS = {
    "name": "your_name",
    "email": "email_address",
    "title": "what_is_this_meeting_about",
    "notes": "additional_notes",
    "guests": "additional_guests",
    "location": "location",
    "rescheduleReason": "reason_for_reschedule",
    "attendeePhoneNumber": "phone_number",
}
SHOWN_BY_DEFAULT = ("name", "email", "title", "notes", "guests", "rescheduleReason")
HIDDEN = {"title"}
STATUSES = {"BOOKING_REJECTED": "REJECTED", "BOOKING_CANCELLED": "CANCELLED"}
NO_SHOW = "BOOKING_NO_SHOW_UPDATED"

Payload = dict[str, Any]


def tell(
    storage: Storage, trigger: str, booking: Booking, *, at: datetime, facts: Mapping[str, Any]
) -> Payload:
    """Build what subscribers are sent.

    Args:
        storage: where the event type and the host are.
        trigger: the event's name.
        booking: as the change leaves it.
        at: when it happened.
        facts: what only this trigger has, such as `rescheduleUid`, in Cal.com's spelling.

    Source: Cal.com webhooks 2021-10-20, documents and published source, read 2026-11.
    """
    if trigger.startswith("MEETING_"):
        return {"triggerEvent": trigger, **_row(storage, booking)}
    payload = {} if trigger == NO_SHOW else _describe(storage, trigger, booking)
    return {"triggerEvent": trigger, "createdAt": spell(at), "payload": {**payload, **facts}}


def spell_short(moment: datetime) -> str:
    """Spell a moment as most events do: `2030-03-04T09:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def spell_with_offset(moment: datetime) -> str:
    """Spell a moment as cancellations do: `2030-03-04T09:00:00+00:00`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


SPELLINGS: dict[str, Callable[[datetime], str]] = {
    "BOOKING_CANCELLED": spell_with_offset,
    "BOOKING_REJECTED": spell,
}


def _describe(storage: Storage, trigger: str, booking: Booking) -> Payload:
    """Describe a booking as all of its events do, but for what each adds or leaves out."""
    event_type, host = storage.get_event_type(booking.event_type_id), _host(storage, booking)
    spelled = SPELLINGS.get(trigger, spell_short)
    cancelled = trigger == "BOOKING_CANCELLED"
    payload: Payload = {
        "bookerUrl": "https://cal.com",
        "title": booking.title,
        "startTime": spelled(booking.start),
        "endTime": spelled(booking.end),
        "additionalNotes": booking.description,
        "description": booking.description,
        "customInputs": {},
        "responses": _responses(event_type, booking, as_named=cancelled),
        "userFieldsResponses": _custom_responses(event_type, booking),
        "organizer": _organizer(host, booking),
        "attendees": [_person(one, booking, in_parts=not cancelled) for one in booking.attendees],
        "location": booking.location,
        "uid": booking.uid,
        "bookingId": booking.id,
        "iCalUID": booking.ics_uid,
        "iCalSequence": 1 if booking.rescheduled_from else 0,
        "status": STATUSES.get(trigger, booking.status.upper()),
        **_of_event_type(event_type),
        **NOT_HERE,
    }
    if not cancelled:
        payload["metadata"] = _metadata(booking)
    return payload


# Nothing here ever has them, and the real service sends them all the same.
NOT_HERE: Payload = {
    "currency": "usd",
    "price": 0,
    "destinationCalendar": None,
    "hideCalendarNotes": False,
    "hideCalendarEventDetails": False,
    "hideOrganizerEmail": False,
    "seatsPerTimeSlot": None,
    "seatsShowAttendees": True,
    "seatsShowAvailabilityCount": True,
    "customReplyToEmail": None,
    "oneTimePassword": None,
    "hashedLink": None,
    "appsStatus": [],
}


def _of_event_type(event_type: EventType | None) -> Payload:
    if event_type is None:  # it was deleted, its bookings were not
        return {"type": "", "eventTypeId": None, "eventTitle": "", "length": None}
    return {
        "type": event_type.slug,
        "eventTypeId": event_type.id,
        "eventTitle": event_type.title,
        "eventDescription": event_type.further.get("description") or None,
        "length": event_type.length,
        "requiresConfirmation": policy_of(event_type, "confirmationPolicy") is not None,
        "schedulingType": SCHEDULING_TYPES.get(event_type.scheduling_type or ""),
        "disableRescheduling": is_disabled(event_type, "disableRescheduling"),
        "disableCancelling": is_disabled(event_type, "disableCancelling"),
    }


SCHEDULING_TYPES = {"roundRobin": "ROUND_ROBIN", "collective": "COLLECTIVE"}


def _host(storage: Storage, booking: Booking) -> User | None:
    return storage.get_user(booking.host_id)


def _organizer(host: User | None, booking: Booking) -> Payload:
    if host is None:
        return {"id": booking.host_id, "name": "Nameless", "email": "", "timeZone": "UTC"}
    return {
        "id": host.id,
        "name": host.name,
        "email": host.email,
        "username": host.username,
        "usernameInOrg": host.username,
        "timeZone": host.time_zone,
        "language": {"locale": "en"},
        "timeFormat": "HH:mm",
        "utcOffset": _utc_offset(host.time_zone, booking.start),
    }


def _person(given: Mapping[str, Any], booking: Booking, *, in_parts: bool) -> Payload:
    person: Payload = {
        "name": given["name"],
        "email": given["email"],
        "timeZone": given["timeZone"],
        "language": {"locale": given["language"]},
        "utcOffset": _utc_offset(given["timeZone"], booking.start),
    }
    if in_parts:
        first, _, last = given["name"].strip().partition(" ")
        person |= {"firstName": first, "lastName": last.strip()}
    if given.get("phoneNumber"):
        person["phoneNumber"] = given["phoneNumber"]
    return person


def _utc_offset(zone: str, moment: datetime) -> int:
    """Return the zone's minutes ahead of UTC."""
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0


def _metadata(booking: Booking) -> Payload:
    video = {"videoCallUrl": booking.location} if booking.location.startswith(CAL_VIDEO) else {}
    return booking.metadata | video


def _responses(event_type: EventType | None, booking: Booking, *, as_named: bool) -> Payload:
    """Return the answers to the service's own fields, those not answered without a value."""
    custom = _custom_fields(event_type)
    answered = [slug for slug in booking.responses if slug in LABELS and slug not in custom]
    slugs = dict.fromkeys((*SHOWN_BY_DEFAULT, *answered))
    return {
        slug: _response(slug if as_named else LABELS[slug], booking, slug, hidden=slug in HIDDEN)
        for slug in slugs
    }


def _custom_responses(event_type: EventType | None, booking: Booking) -> Payload:
    return {
        slug: _response(str(field.get("label") or slug), booking, slug, hidden=False)
        for slug, field in _custom_fields(event_type).items()
    }


def _custom_fields(event_type: EventType | None) -> dict[str, Payload]:
    fields = event_type.booking_fields if event_type else []
    return {
        str(field["slug"]): field
        for field in fields
        if field.get("slug") and field["slug"] not in {*SYSTEM, "attendeePhoneNumber"}
    }


def _response(label: str, booking: Booking, slug: str, *, hidden: bool) -> Payload:
    value = {"value": booking.responses[slug]} if slug in booking.responses else {}
    return {"label": label, **value, "isHidden": hidden}


def _row(storage: Storage, booking: Booking) -> Payload:
    """Show a booking as the columns it has, which is all a meeting's start and end say."""
    host = _host(storage, booking)
    return {
        "id": booking.id,
        "uid": booking.uid,
        "idempotencyKey": None,
        "userId": booking.host_id,
        "userPrimaryEmail": host.email if host else None,
        "eventTypeId": booking.event_type_id,
        "title": booking.title,
        "description": booking.description,
        "customInputs": {},
        "responses": booking.responses,
        "startTime": spell(booking.start),
        "endTime": spell(booking.end),
        "location": booking.location,
        "createdAt": spell(booking.created_at),
        "updatedAt": spell(booking.updated_at),
        "status": booking.status.upper(),
        "paid": False,
        "cancellationReason": None,
        "rejectionReason": booking.rejection_reason or None,
        "rescheduled": None,
        "fromReschedule": booking.rescheduled_from,
        "metadata": _metadata(booking),
        "iCalUID": booking.ics_uid,
        "iCalSequence": 1 if booking.rescheduled_from else 0,
        "noShowHost": booking.host_absent,
        "user": _user_row(host),
        "attendees": [
            {
                "id": attendee_id(booking, place),
                "email": one["email"],
                "name": one["name"],
                "timeZone": one["timeZone"],
                "phoneNumber": one.get("phoneNumber"),
                "locale": one["language"],
                "bookingId": booking.id,
                "noShow": one["email"] in booking.absent,
            }
            for place, one in enumerate(booking.attendees, 1)
        ],
    }


def _user_row(host: User | None) -> Payload | None:
    if host is None:
        return None
    shown = {"email": host.email, "name": host.name, "username": host.username}
    return shown | {"timeZone": host.time_zone, "locale": "en"}
