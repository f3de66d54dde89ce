"""What the bodies of booking requests may hold: create, cancel, reschedule (2024-08-13)."""

from collections.abc import Mapping
from typing import Any

from calcom.simulator.answers import not_simulated, refused_inputs
from calcom.simulator.validation import (
    ARRAY,
    BOOLEAN,
    MAIL,
    MOMENT,
    NUMBER,
    OBJECT,
    STRING,
    STRINGS,
    TELEPHONE,
    ZONE,
    Field,
    Problem,
    Rule,
    find_problems,
    one_of,
    speak,
)

LANGUAGES = (
    "ar ca de es eu he id ja lv pl ro sr th vi az cs el es-419 fi hr it km nl pt ru sv tr zh-CN "
    "bg da en et fr hu iw ko no pt-BR sk ta uk zh-TW bn"
)
MOST_METADATA, LONGEST_KEY, LONGEST_VALUE = 50, 40, 500
METADATA_LIMITS = (
    "Metadata must have at most 50 keys, each key up to 40 characters, and string values up to "
    "500 characters."
)
NO_CONTACT = "Attendee must have at least one contact method (email or phone number)"
NO_EVENT_TYPE = (
    "Either eventTypeId or eventTypeSlug + username or eventTypeSlug + teamSlug must be provided"
)


def _is_metadata(value: object) -> bool:
    return isinstance(value, dict) and (
        len(value) <= MOST_METADATA
        and all(len(key) <= LONGEST_KEY for key in value)
        and all(_is_metadatum(item) for item in value.values())
    )


def _is_metadatum(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_VALUE
    return isinstance(value, int | float)  # which a boolean is as well


ATTENDEE = (
    Field("name", (STRING,), required=True),
    Field("timeZone", (ZONE,), required=True),
    Field("phoneNumber", (TELEPHONE,)),
    Field("language", (one_of(*LANGUAGES.split(" ")),)),
    Field("email", (MAIL,)),
)
LOCATION = Rule(
    "isLocation",
    "{} must be a location object or a string",
    lambda value: isinstance(value, str) or (isinstance(value, dict) and "type" in value),
)
FLAGS = tuple(
    Field(name, (BOOLEAN,))
    for name in ("allowConflicts", "allowBookingOutOfBounds", "skipBookingLimits")
)
CREATE = (
    Field("start", (MOMENT,), required=True),
    Field("attendee", (OBJECT,), required=True, children=ATTENDEE),
    Field("bookingFieldsResponses", (OBJECT,)),
    Field("eventTypeId", (NUMBER,)),
    Field("eventTypeSlug", (STRING,)),
    Field("username", (STRING,)),
    Field("teamSlug", (STRING,)),
    Field("organizationSlug", (STRING,)),
    Field("guests", (STRINGS,)),
    Field("meetingUrl", (STRING,)),
    Field("location", (LOCATION,)),
    Field("metadata", (Rule("validateMetadata", METADATA_LIMITS, _is_metadata),)),
    Field("lengthInMinutes", (NUMBER,)),
    Field("routing", (OBJECT,)),
    Field("emailVerificationCode", (STRING,)),
    Field("instant", (BOOLEAN,)),
    Field("recurrenceCount", (NUMBER,)),
    Field("rrHostSubsetIds"),
    *FLAGS,
)
# Would decide who is booked or whether, so they must not be taken and then ignored.
NOT_SIMULATED = (
    "routing",
    "instant",
    "recurrenceCount",
    "rrHostSubsetIds",
)
CANCEL = (
    Field("cancellationReason", (STRING,)),
    Field("cancelSubsequentBookings", (BOOLEAN,)),
    Field("seatUid", (STRING,)),
)
RESCHEDULE = (
    Field("start", (MOMENT,), required=True),
    Field("rescheduledBy", (MAIL,)),
    Field("reschedulingReason", (STRING,)),
    Field("emailVerificationCode", (STRING,)),
    Field("seatUid", (STRING,)),
    Field("rescheduleWithSameHost", (BOOLEAN,)),
    *FLAGS,
)
DECLINE = (Field("reason", (STRING,)),)
ABSENCE = (Field("host", (BOOLEAN,)), Field("attendees", (ARRAY,)))
PLACE = (Field("location", (LOCATION,), required=True),)
LANGUAGE = Field("language", (one_of(*LANGUAGES.split(" ")),))
ADDED = (
    Field("name", (STRING,), required=True),
    Field("timeZone", (ZONE,), required=True),
    Field("phoneNumber", (TELEPHONE,)),
    LANGUAGE,
    Field("email", (MAIL,), required=True),
)
MOST_GUESTS_AT_ONCE = 10
GUESTS = (
    Field(
        "guests",
        (
            ARRAY,
            Rule("arrayNotEmpty", "{} should not be empty", bool),
            Rule(
                "arrayMaxSize",
                f"{{}} must contain no more than {MOST_GUESTS_AT_ONCE} elements",
                lambda value: len(value) <= MOST_GUESTS_AT_ONCE,
            ),
        ),
        required=True,
    ),
)
GUEST = (
    Field("email", (MAIL,), required=True),
    Field("name", (STRING,)),
    Field("timeZone", (ZONE,)),
    Field("phoneNumber", (TELEPHONE,)),
    LANGUAGE,
)
ABSENT = (Field("email", (STRING,), required=True), Field("absent", (BOOLEAN,), required=True))
LEGACY_CREATE = (
    Field("start", (STRING,), required=True),
    Field("eventTypeId", (NUMBER,), required=True),
    Field("timeZone", (ZONE,), required=True),
    Field("language", (STRING,), required=True),
    Field("metadata", (OBJECT,), required=True),
)


def check_create(body: Mapping[str, Any]) -> None:
    """Check the body of a create.

    Raises:
        RefusedError: 400 with the text of all problems; 501 for what is not simulated.
    """
    problems = find_problems(body, CREATE)
    problems += _contact_problems(body.get("attendee"))
    if not _names_event_type(body):
        problems.append(Problem("eventTypeId", {"eventTypeIdentification": NO_EVENT_TYPE}))
    if problems:
        raise speak(problems)
    _refuse_not_simulated(body, NOT_SIMULATED)


def check_cancel(body: Mapping[str, Any]) -> None:
    if problems := find_problems(body, CANCEL):
        raise speak(problems)
    _refuse_not_simulated(body, ("cancelSubsequentBookings", "seatUid"))


def check_reschedule(body: Mapping[str, Any]) -> None:
    if problems := find_problems(body, RESCHEDULE):
        raise speak(problems)
    _refuse_not_simulated(body, ("seatUid",))


def check_decline(body: Mapping[str, Any]) -> None:
    """Check the body of a decline, or of a reassignment, which is the same: a reason."""
    if problems := find_problems(body, DECLINE):
        raise speak(problems)


def check_absence(body: Mapping[str, Any]) -> None:
    if problems := find_problems(body, ABSENCE) or _problems_inside(body, "attendees", ABSENT):
        raise speak(problems)


def check_location(body: Mapping[str, Any]) -> None:
    if problems := find_problems(body, PLACE):
        raise speak(problems)


def check_attendee(body: Mapping[str, Any]) -> None:
    if problems := find_problems(body, ADDED):
        raise speak(problems)


def check_guests(body: Mapping[str, Any]) -> None:
    if problems := find_problems(body, GUESTS) or _problems_inside(body, "guests", GUEST):
        raise speak(problems)


def _problems_inside(
    body: Mapping[str, Any], name: str, fields: tuple[Field, ...]
) -> list[Problem]:
    """Check the objects of a list, each named by its place."""
    found = [
        Problem(str(place), {}, tuple(problems))
        for place, item in enumerate(body.get(name) or [])
        if (problems := find_problems(item if isinstance(item, dict) else {}, fields))
    ]
    return [Problem(name, {}, tuple(found))] if found else []


def check_legacy_create(body: Mapping[str, Any]) -> None:
    """Check a create that names no version, as the oldest version of the service does."""
    if problems := find_problems(body, LEGACY_CREATE, forbid_unknown=False):
        raise refused_inputs(problem.listed() for problem in problems)


def event_type_id_of(body: Mapping[str, Any]) -> int | None:
    """The event type a body names by id. An integer, though JSON may spell it 1.0."""
    named = body.get("eventTypeId")
    return int(named) if isinstance(named, int | float) else None


def _contact_problems(attendee: object) -> list[Problem]:
    if not isinstance(attendee, dict) or attendee.get("email") or attendee.get("phoneNumber"):
        return []
    missing = Problem("email", {"hasContactMethod": NO_CONTACT})
    return [Problem("attendee", {}, (missing,))]


def _names_event_type(body: Mapping[str, Any]) -> bool:
    by_slug = body.get("eventTypeSlug") and (body.get("username") or body.get("teamSlug"))
    return bool(body.get("eventTypeId") or by_slug)


def _refuse_not_simulated(body: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if body.get(name):
            raise not_simulated(what=f"`{name}` of a booking")
