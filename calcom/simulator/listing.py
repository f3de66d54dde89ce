"""Listing bookings: GET /v2/bookings, version 2024-08-13, pages by take and skip."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from calcom.simulator import booking_output as output
from calcom.simulator.answers import Answer, refused_by_handler, success
from calcom.simulator.call import Call
from calcom.simulator.moments import is_moment, parse_moment, spell
from calcom.simulator.teams import find_team
from calcom.simulator.validation import (
    Field,
    Rule,
    enumerate_problems,
    find_problems,
    one_of,
)

STATUSES = ("upcoming", "recurring", "past", "cancelled", "unconfirmed")
STANDING = "status NOT IN ('cancelled', 'rejected')"
# Pending ones are upcoming too, a rejected one counts as cancelled; `?` is now.
OF_STATUS = {
    "upcoming": f"(ends_at >= ? AND {STANDING})",
    "past": f"(ends_at <= ? AND {STANDING})",
    "cancelled": "(? <> '' AND status IN ('cancelled', 'rejected'))",
    "unconfirmed": "(ends_at >= ? AND status = 'pending')",
    "recurring": "(? = '')",  # there are no recurring bookings here
}
# The first one present wins, in this order.
SORTS = {
    "sortStart": "starts_at",
    "sortEnd": "ends_at",
    "sortCreated": "created_at",
    "sortUpdatedAt": "updated_at",
}
BOUNDS = {"afterStart": "starts_at >= ?", "beforeEnd": "ends_at <= ?"}
LATE_BOUNDS = {
    "afterCreatedAt": "created_at >= ?",
    "beforeCreatedAt": "created_at <= ?",
    "afterUpdatedAt": "updated_at >= ?",
    "beforeUpdatedAt": "updated_at <= ?",
}
TAKE, MOST_TAKEN = 100, 250

STATUS = Rule(
    "isEnum",
    "Invalid status. Allowed are upcoming, recurring, past, cancelled, unconfirmed",
    lambda value: all(status.strip() in STATUSES for status in value.split(",")),
)
NUMBER = Rule(
    "isNumber",
    "{} must be a number conforming to the specified constraints",
    lambda value: value.lstrip("-").isdecimal(),
)
NUMBERS = Rule(
    "isNumber",
    "each value in {} must be a number conforming to the specified constraints",
    lambda value: all(part.strip().isdecimal() for part in value.split(",")),
)
FIELDS = (
    Field("status", (STATUS,)),
    *(
        Field(name, (Rule("isIso8601", f"{bound} must be a valid ISO 8601 date.", is_moment),))
        for name, bound in (
            ("afterStart", "fromDate"),
            ("beforeEnd", "toDate"),
            ("afterCreatedAt", "fromDate"),
            ("beforeCreatedAt", "toDate"),
            ("afterUpdatedAt", "fromDate"),
            ("beforeUpdatedAt", "toDate"),
        )
    ),
    *(
        Field(name, (one_of("asc", "desc", message=f'{words} must be either "asc" or "desc".'),))
        for name, words in (
            ("sortStart", "SortStart"),
            ("sortEnd", "SortEnd"),
            ("sortCreated", "SortCreated"),
            ("sortUpdatedAt", "SortCreated"),
        )
    ),
    Field("eventTypeIds", (NUMBERS,)),
    Field("eventTypeId", (NUMBER,)),
    Field("teamsIds", (NUMBERS,)),
    Field("teamId", (NUMBER,)),
    Field(
        "take",
        (
            NUMBER,
            Rule("min", "{} must not be less than 1", lambda value: int(value) >= 1),
            Rule("max", "{} must not be greater than 250", lambda value: int(value) <= MOST_TAKEN),
        ),
    ),
    Field(
        "skip",
        (NUMBER, Rule("min", "{} must not be less than 0", lambda value: int(value) >= 0)),
    ),
)


@dataclass(slots=True)
class Filter:
    """Conditions on columns, all of which must hold, and the values of their `?`."""

    conditions: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)

    def add(self, condition: str, *values: object) -> None:
        self.conditions.append(condition)
        self.values += values

    @property
    def where(self) -> str:
        return " AND ".join(self.conditions)


def list_bookings(call: Call) -> Answer:
    """List the account's bookings.

    Misspelt parameters are ignored, so they return everything; and the totals do not know
    of the filters on creation and update, so only a short page is surely the last.

    Source: Cal.com API v2, bookings 2024-08-13, read 2026-11.
    """
    query = {name: value for name, value in call.request.query.items() if value}
    if problems := find_problems(query, FIELDS, forbid_unknown=False):
        raise enumerate_problems(problems)
    return _list(call, query)


def list_team_bookings(call: Call) -> Answer:
    """List the bookings of a team's event types; when they were made or changed is no filter."""
    team_id = find_team(call).id
    query = {name: value for name, value in call.request.query.items() if value}
    query = {name: value for name, value in query.items() if name not in LATE_BOUNDS}
    if problems := find_problems(query, FIELDS, forbid_unknown=False):
        raise enumerate_problems(problems)
    return _list(call, query, team_id=team_id)


def _list(call: Call, query: Mapping[str, str], *, team_id: int | None = None) -> Answer:
    storage = call.world.storage
    chosen = begin_filter(call, query)
    if team_id is not None:
        _filter_team(call, chosen, [team_id])
    total = storage.count_bookings(chosen.where, chosen.values)
    add_late_bounds(call, chosen, query)
    take, skip = int(query.get("take", TAKE)), int(query.get("skip", 0))
    column, direction = sort_of(query)
    found = storage.get_bookings(
        chosen.where,
        *chosen.values,
        order=f"{column} {direction}, id",
        limit=f"{take} OFFSET {skip}",
    )
    return success(
        [output.show(storage, booking) for booking in found],
        pagination=_paginate(total=total, returned=len(found), take=take, skip=skip),
    )


def begin_filter(call: Call, query: Mapping[str, str]) -> Filter:
    """Return the conditions of a query, but for those on creation and update."""
    chosen = Filter()
    owner = call.owner
    chosen.add("(account = ? OR attendee_email = ?)", owner.account, owner.email)
    _filter_status(chosen, query, now=spell(call.world.clock.now()))
    _filter_event_types(call, chosen, query)
    if "attendeeEmail" in query:
        # A plus sent bare arrives as a space, and the service takes it back for one.
        chosen.add("attendee_email = ?", query["attendeeEmail"].strip().replace(" ", "+"))
    if "attendeeName" in query:
        chosen.add("attendee_name = ?", query["attendeeName"].strip())
    if "bookingUid" in query:
        chosen.add("uid = ?", query["bookingUid"].strip())
    _filter_teams(call, chosen, query)
    for name, condition in BOUNDS.items():
        if name in query:
            chosen.add(condition, spell(parse_moment(query[name])))
    return chosen


def add_late_bounds(call: Call, chosen: Filter, query: Mapping[str, str]) -> None:
    for name, condition in LATE_BOUNDS.items():
        if name in query:
            chosen.add(condition, spell(parse_moment(query[name])))
    if call.suffers("stale_bookings"):
        chosen.add("created_at <= ?", spell(call.knows_until))


def _filter_status(chosen: Filter, query: Mapping[str, str], *, now: str) -> None:
    if "status" in query:
        statuses = [status.strip() for status in query["status"].split(",")]
        either = " OR ".join(OF_STATUS[status] for status in statuses)
        chosen.add(f"({either})", *([now] * len(statuses)))


def _filter_event_types(call: Call, chosen: Filter, query: Mapping[str, str]) -> None:
    named = query.get("eventTypeIds") or query.get("eventTypeId")
    if named is None:
        return
    ids = [int(part) for part in named.split(",")]
    storage = call.world.storage
    if not any(map(storage.get_event_type, ids)):
        raise refused_by_handler(400, "The requested event-types do not exist.")
    # A managed parent stands for its children.
    ids += [child.id for parent in ids for child in storage.get_children(parent)]
    chosen.add(f"event_type_id IN ({', '.join('?' * len(ids))})", *ids)


def _filter_teams(call: Call, chosen: Filter, query: Mapping[str, str]) -> None:
    named = query.get("teamsIds") or query.get("teamId")
    if named is None:
        return
    _filter_team(call, chosen, [int(part) for part in named.split(",")])


def _filter_team(call: Call, chosen: Filter, teams: list[int]) -> None:
    storage = call.world.storage
    of_account = storage.get_event_types(call.owner.account)
    ids = [event_type.id for event_type in of_account if event_type.team_id in teams]
    ids += [child.id for parent in ids for child in storage.get_children(parent)]
    chosen.add(f"event_type_id IN ({', '.join('?' * len(ids))})", *ids)


def sort_of(query: Mapping[str, str]) -> tuple[str, str]:
    """Return the column and the direction a query is sorted by."""
    for name, column in SORTS.items():
        if name in query:
            return column, query[name]
    newest_first = query.get("status") in {"past", "cancelled"}
    return "starts_at", "desc" if newest_first else "asc"


def _paginate(*, total: int, returned: int, take: int, skip: int) -> dict[str, int | bool]:
    pages = math.ceil(total / take)
    # Nought when nothing was found, although the published schema says one at least.
    page = skip // take + 1 if total else 0
    return {
        "returnedItems": returned,
        "totalItems": total,
        "itemsPerPage": take,
        "remainingItems": max(0, total - skip - returned),
        "currentPage": page,
        "totalPages": pages,
        "hasNextPage": page < pages,
        "hasPreviousPage": page > 1,
    }
