"""What the simulator answers has the fields Cal.com publishes.

The published OpenAPI document is not part of this project. Whoever has it names its file in
CALCOM_OPENAPI, and every answer is held against it; a few facts of our own always hold.
"""

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, ValidationError

from tests.contract.simulated import simulated_salon
from tests.contract.tour import Tour, take_tour

DOCUMENT = os.environ.get("CALCOM_OPENAPI", "")

# Where the document itself is wrong, or somebody has seen the service answer otherwise.
# Route, place (without indices), both patterns: why.
KNOWN = {
    (".*", r".*\.rescheduledByEmail"): "null in published answers, where nobody has moved it",
    (".*", r".*\.(bio|.*Url|parentId|.*[cC]olor|theme)"): "null when unset, as observed",
    (".*webhooks.*", r".*\.(payloadTemplate|secret)"): "null when unset, as observed",
    (".*webhooks.*", r".*\.id"): "text in the published source, the key of its table",
    ("GET /v2/slots", r"\$.*"): "describes the days as if they were the envelope",
    (".*reservations/.*", r"\$\.data"): "names itself as its own data",
    (".*reassign.*", r"\$\.data"): "names itself as its own data",
    (".*schedules.*", r".*\.days"): "lists the weekdays as values of the list, not of its items",
    (".*schedules.*", r".*\.(startTime|endTime)"): "its pattern is the name of a constant",
    (".*event-types.*", r".*\.bookingFields\[\]\.isDefault"): "calls a boolean an object",
    (".*event-types.*", r".*\.(users|hosts)\[\]"): "calls people strings",
    (".*event-types.*", r".*\.bookingWindow"): "calls the one window a list",
    ("GET .*/memberships", r"\$\.data"): "calls the list one membership",
    (
        "POST /v2/teams/.*/event-types",
        r"\$\.data",
    ): "a list for managed ones, as tests of it have it",
    ("PATCH /v2/teams/.*/event-types/.*", r"\$\.data"): "calls the one event type a list",
}

ATTENDEE = {"name": str, "email": str, "displayEmail": str, "timeZone": str, "absent": bool}
BOOKING = {
    "id": int,
    "uid": str,
    "title": str,
    "description": str,
    "hosts": list,
    "status": str,
    "cancellationReason": str,
    "start": str,
    "end": str,
    "duration": int,
    "eventTypeId": int,
    "eventType": dict,
    "location": str,
    "absentHost": bool,
    "createdAt": str,
    "updatedAt": str,
    "metadata": dict,
    "icsUid": str,
    "attendees": [ATTENDEE],
    "bookingFieldsResponses": dict,
}
EVENT_TYPE = {
    "id": int,
    "lengthInMinutes": int,
    "title": str,
    "slug": str,
    "locations": list,
    "bookingFields": [{"type": str, "slug": str, "required": bool}],
    "metadata": dict,
    "price": int,
    "currency": str,
    "hidden": bool,
    "users": list,
    "bookingUrl": str,
}
TEAM_EVENT_TYPE = EVENT_TYPE | {
    "teamId": int,
    "schedulingType": str,
    "assignAllTeamMembers": bool,
    "hosts": [{"userId": int, "name": str, "username": str}],
    "team": dict,
}
RESERVATION = {
    "eventTypeId": int,
    "slotStart": str,
    "slotEnd": str,
    "slotDuration": int,
    "reservationUid": str,
    "reservationUntil": str,
}
SCHEDULE = {
    "id": int,
    "ownerId": int,
    "name": str,
    "timeZone": str,
    "availability": [{"days": list, "startTime": str, "endTime": str}],
    "isDefault": bool,
    "overrides": list,
}
MEMBERSHIP = {
    "id": int,
    "userId": int,
    "teamId": int,
    "accepted": bool,
    "role": str,
    "disableImpersonation": bool,
    "user": {"email": str},
}
WEBHOOK = {"id": str, "subscriberUrl": str, "active": bool, "triggers": list}
# What our client and event maps rely on, in our own words: the keys, and their types.
FACTS: dict[str, Any] = {
    "GET /v2/me": {"id": int, "username": str, "email": str, "timeZone": str},
    "POST /v2/bookings": BOOKING | {"isPlatformManagedUserBooking": bool},
    "GET /v2/bookings": [BOOKING],
    "GET /v2/bookings/{bookingUid}": BOOKING,
    "POST /v2/bookings/{bookingUid}/reschedule": BOOKING | {"rescheduledFromUid": str},
    "POST /v2/bookings/{bookingUid}/cancel": BOOKING,
    "POST /v2/bookings/{bookingUid}/reassign": {"bookingUid": str, "reassignedTo": {"id": int}},
    "GET /v2/bookings/{bookingUid}/attendees": [ATTENDEE | {"id": int, "bookingId": int}],
    "GET /v2/event-types": [EVENT_TYPE],
    "POST /v2/event-types": EVENT_TYPE | {"ownerId": int},
    "GET /v2/teams/{teamId}/event-types": [TEAM_EVENT_TYPE],
    "GET /v2/teams": [{"id": int, "name": str, "slug": str}],
    "GET /v2/teams/{teamId}/memberships": [MEMBERSHIP],
    "POST /v2/slots/reservations": RESERVATION | {"reservationDuration": int},
    "GET /v2/slots/reservations/{uid}": RESERVATION,
    "GET /v2/schedules": [SCHEDULE],
    "GET /v2/schedules/default": SCHEDULE,
    "POST /v2/webhooks": WEBHOOK | {"userId": int},
    "POST /v2/event-types/{eventTypeId}/webhooks": WEBHOOK | {"eventTypeId": int},
}


@pytest.fixture(scope="module")
def tour() -> Iterator[Tour]:
    with simulated_salon() as cal:
        yield take_tour(cal)


@pytest.mark.parametrize("route", FACTS)
def test_an_answer_has_what_we_rely_on(tour, route):
    answers = [answer.json() for asked, answer in tour.answers if asked == route]

    assert answers
    for answer in answers:
        assert find_lacks(answer["data"], FACTS[route]) == []


def test_what_is_lacking_is_found():
    person = [{"name": "Eva", "age": None}]

    assert find_lacks(person, [{"name": str}]) == []
    assert find_lacks(person, [{"name": str, "age": int, "mail": str}]) == [
        "$[0].age is None",
        "$[0].mail is missing",
    ]
    assert find_lacks([], [{"name": str}]) == ["$ is empty"]


def find_lacks(given: Any, expected: Any, place: str = "$") -> list[str]:
    """Return where a value is not of the type, or lacks the keys, that are expected."""
    if isinstance(expected, type):
        fits = isinstance(given, expected) and isinstance(given, bool) == (expected is bool)
        return [] if fits else [f"{place} is {given!r}"]
    if isinstance(expected, list):
        if not given:
            return [f"{place} is empty"]
        return [
            lack
            for index, item in enumerate(given)
            for lack in find_lacks(item, expected[0], f"{place}[{index}]")
        ]
    lacks = []
    for key, wanted in expected.items():
        if key in given:
            lacks += find_lacks(given[key], wanted, f"{place}.{key}")
        else:
            lacks.append(f"{place}.{key} is missing")
    return lacks


@pytest.mark.skipif(not DOCUMENT, reason="CALCOM_OPENAPI names no document")
def test_every_answer_is_as_published(tour):
    document = as_json_schema(json.loads(Path(DOCUMENT).read_text(encoding="utf-8")))

    disagreements = {
        (route, *found)
        for route, answer in tour.answers
        for found in disagree(document, route, answer)
    }
    unknown = {
        (route, place, said)
        for route, place, said in disagreements
        if not any(
            re.fullmatch(of_route, route) and re.fullmatch(at, place) for of_route, at in KNOWN
        )
    }
    assert unknown == set()


def disagree(document: Any, route: str, answer: Any) -> Iterator[tuple[str, str]]:
    """Yield each place in an answer that is not as published, and what is said of it."""
    method, path = route.split(" ")
    published = document["paths"][path][method.lower()]["responses"][str(answer.status_code)]
    schema = published["content"]["application/json"]["schema"]
    validator = Draft7Validator({**schema, "components": document["components"]})
    for error in validator.iter_errors(answer.json()):
        for leaf in leaves_of(error):
            yield re.sub(r"\[\d+\]", "[]", leaf.json_path), leaf.message[-200:]


def leaves_of(error: ValidationError) -> list[ValidationError]:
    """Return what is wrong with the alternative that fits best."""
    if not error.context:
        return [error]
    alternatives = defaultdict(list)
    for cause in error.context:
        alternatives[cause.schema_path[0]] += leaves_of(cause)
    filled = [found for found in alternatives.values() if found[0].validator_value != "null"]
    return min(filled or alternatives.values(), key=len)


def as_json_schema(node: Any) -> Any:
    """Say what OpenAPI 3.0 says in JSON Schema: what may be null, and one of several, if any."""
    if isinstance(node, list):
        return [as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: as_json_schema(value) for key, value in node.items() if key != "nullable"}
    if isinstance(kept.get("oneOf"), list):
        # Shapes that differ by optional fields only are all matched by what lacks them.
        kept["anyOf"] = kept.pop("oneOf")
    if node.get("nullable") is True:
        return {"anyOf": [{"type": "null"}, kept]}
    return kept
