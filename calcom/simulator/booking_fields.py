"""What an event type's booking fields ask of a new booking: answers, lengths, places."""

from collections.abc import Mapping
from typing import Any

from calcom.simulator.answers import refused, refused_by_engine
from calcom.simulator.records import EventType

SYSTEM = ("name", "email", "location", "title", "notes", "guests", "rescheduleReason")
PHONE = "attendeePhoneNumber"
EXPECTED: dict[str, tuple[str, type | tuple[type, ...]]] = {
    "number": ("number", (int, float)),
    "boolean": ("boolean", bool),
    "multiemail": ("array", list),
    "multiselect": ("array", list),
    "checkbox": ("array", list),
}
RECEIVED = {str: "string", bool: "boolean", int: "number", float: "number", list: "array"}
CAL_VIDEO = "https://app.cal.com/video/"


def check_answers(event_type: EventType, body: Mapping[str, Any]) -> None:
    """Check that what the event type requires is answered, and with the right type.

    Raises:
        RefusedError: 400; for the custom fields with a text, for the system's in the
            words of the booking engine, which looks last.
    """
    answers = body.get("bookingFieldsResponses") or {}
    required = [field for field in event_type.booking_fields if field.get("required")]
    if PHONE in _slugs(required) and not body["attendee"].get("phoneNumber"):
        raise refused(
            400,
            "Missing attendee phone number - it is required by the event type. Pass it as "
            '"attendee.phoneNumber" string in the request.',
        )
    for field in event_type.booking_fields:
        if field.get("slug") not in {*SYSTEM, PHONE}:
            _check_custom(event_type, field, answers)
    for slug in _slugs(required):
        if slug in {"title", "notes"} and not answers.get(slug):
            raise refused_by_engine(message=f"responses - {{{slug}}}error_required_field, ")


def _slugs(fields: list[dict[str, Any]]) -> list[str]:
    return [str(field.get("slug")) for field in fields]


def _check_custom(
    event_type: EventType, field: Mapping[str, Any], answers: Mapping[str, Any]
) -> None:
    slug, kind, given = field["slug"], field.get("type", "text"), answers.get(field["slug"])
    if given is None or given == "":
        if field.get("required"):
            raise refused(
                400,
                f"Missing required booking field response: {slug} - it is required by the event "
                "type booking fields, but missing in the bookingFieldsResponses. You can fetch "
                f"the event type with ID {event_type.id} to see the required fields.",
            )
        return
    name, types = EXPECTED.get(kind, ("string", str))
    if not isinstance(given, types) or (isinstance(given, bool) and types is not bool):
        received = RECEIVED.get(type(given), "object")
        raise refused(
            400,
            f"Invalid type for booking field '{slug}'. Expected type {name} (compatible with "
            f"field type '{kind}'), but received {received}.",
        )
    _check_option(field, given)


def _check_option(field: Mapping[str, Any], given: object) -> None:
    options = field.get("options")
    if not options:
        return
    allowed = [option["value"] if isinstance(option, dict) else option for option in options]
    chosen = given if isinstance(given, list) else [given]
    for choice in chosen:
        if choice not in allowed:
            raise refused(
                400,
                f"Invalid option '{choice}' for booking field '{field['slug']}'. Allowed options "
                f"are: {', '.join(map(str, allowed))}.",
            )


def choose_length(event_type: EventType, body: Mapping[str, Any]) -> int:
    """Return the minutes a booking takes."""
    wanted = body.get("lengthInMinutes")
    if not wanted:
        return event_type.length
    if not event_type.lengths:
        raise refused(
            400,
            "Can't specify 'lengthInMinutes' because event type does not have multiple possible "
            "lengths. Please, remove the 'lengthInMinutes' field from the request.",
        )
    if wanted not in event_type.lengths:
        raise refused(
            400,
            "Provided 'lengthInMinutes' is not one of the possible lengths for the event type. "
            f"The possible lengths are: {', '.join(map(str, event_type.lengths))}",
        )
    return int(wanted)


def choose_location(event_type: EventType, body: Mapping[str, Any], *, uid: str) -> str:
    """Return where the booking takes place, in words or as an address to click on."""
    wanted = body.get("location") or body.get("meetingUrl")
    if isinstance(wanted, str):
        return wanted
    offered = event_type.locations
    if not wanted:
        return _place(offered[0], uid=uid) if offered else ""
    matching = [place for place in offered if place.get("type") == wanted["type"]]
    if not matching:
        types = ", ".join(str(place.get("type")) for place in offered)
        raise refused(
            400,
            f"Booking location with type {wanted['type']} not valid for event type with "
            f"id={event_type.id}. The event type supports the following locations: {types}",
        )
    return _place({**matching[0], **wanted}, uid=uid)


def _place(location: Mapping[str, Any], *, uid: str) -> str:
    for name in ("address", "link", "phone", "location"):
        if isinstance(location.get(name), str):
            return str(location[name])
    return CAL_VIDEO + uid
