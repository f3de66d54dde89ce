"""Understanding a create: which event type, for how long, where and for whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from calcom.simulator import booking_inputs as inputs
from calcom.simulator import lookup
from calcom.simulator.answers import refused, refused_by_engine
from calcom.simulator.booking_fields import check_answers, choose_length, choose_location
from calcom.simulator.call import Call
from calcom.simulator.moments import parse_moment
from calcom.simulator.records import EventType
from calcom.simulator.slot_arithmetic import Range
from calcom.simulator.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A create that has passed every check but those on time."""

    event_type: EventType
    time: Range
    attendee: dict[str, Any]
    body: Mapping[str, Any]

    @property
    def zone(self) -> str:
        return str(self.attendee["timeZone"])

    def responses(self) -> dict[str, Any]:
        """Return the answers as a booking keeps them: null is the empty string."""
        given = self.body.get("bookingFieldsResponses") or {}
        answers = {"name": self.attendee["name"], "email": self.attendee["email"]}
        answers |= {slug: "" if answer is None else answer for slug, answer in given.items()}
        if self.attendee.get("phoneNumber"):
            answers["attendeePhoneNumber"] = self.attendee["phoneNumber"]
        answers["displayEmail"] = self.attendee["email"]
        if guests := self.body.get("guests"):
            answers |= {"guests": guests, "displayGuests": guests}
        return answers


def understand(call: Call) -> Wish:
    """Check the body of a create in the real service's order, as far as time does not matter."""
    body = call.request.json()
    inputs.check_create(body)
    event_type = _find_event_type(call.world.storage, body)
    _require_bookable(call, event_type)
    check_answers(event_type, body)
    length = choose_length(event_type, body)
    choose_location(event_type, body, uid="")
    start = parse_moment(body["start"])
    return Wish(
        event_type=event_type,
        time=Range(start, start + timedelta(minutes=length)),
        attendee=understand_attendee(event_type, body["attendee"]),
        body=body,
    )


def understand_attendee(event_type: EventType, attendee: Mapping[str, Any]) -> dict[str, Any]:
    """Complete the booker. A type for phones only ignores an e-mail and makes one up.

    Raises:
        RefusedError: 400 by the engine, the event type requires an e-mail.
    """
    phone = attendee.get("phoneNumber")
    email = attendee.get("email")
    if event_type.phone_only and phone:
        email = phone.removeprefix("+") + "@sms.cal.com"
    if not email:
        raise refused_by_engine(message="responses - {email}error_required_field, ")
    known = {"language": "en"} | {key: value for key, value in attendee.items() if value}
    return known | {"email": email}


def _find_event_type(storage: Storage, body: Mapping[str, Any]) -> EventType:
    if body.get("eventTypeId"):
        event_type_id = inputs.event_type_id_of(body)
        found = storage.get_event_type(event_type_id or 0)
        if found is None:
            raise refused(404, f"Event type with id {event_type_id} not found.")
        return found
    slug, username = body["eventTypeSlug"], body.get("username")
    found = lookup.find_by_slug(storage, slug, username=username, team_slug=body.get("teamSlug"))
    if found is None:
        whose = f"user {username}" if username else f"team {body['teamSlug']}"
        raise refused(404, f"Event type with slug {slug} belonging to {whose} not found.")
    return found


def _require_bookable(call: Call, event_type: EventType) -> None:
    if event_type.requires_authentication and not call.may_manage(event_type.account):
        status = 403 if call.caller else 401
        raise refused(
            status,
            "checkBookingRequiresAuthentication - event type requires the owner, a host or an "
            "admin to be authenticated.",
        )
    if event_type.scheduling_type == "managed":
        raise refused(
            400,
            f"Event type with id={event_type.id} is the parent managed event type that can't be "
            "booked. You have to provide the child event type id aka id of event type that has "
            "been assigned to one of the users.",
        )
    if event_type.is_teams and not event_type.hosts:
        raise refused(422, "Can't book this team event type because it has no hosts.")
