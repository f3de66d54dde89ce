"""Listing bookings page by page with a cursor: GET /v2/bookings, version 2026-05-01."""

import base64
import json

from calcom.simulator import booking_output as output
from calcom.simulator.answers import Answer, refused, success
from calcom.simulator.call import Call
from calcom.simulator.listing import (
    FIELDS,
    STATUSES,
    add_late_bounds,
    begin_filter,
    list_bookings,
    sort_of,
)
from calcom.simulator.moments import spell
from calcom.simulator.records import Booking
from calcom.simulator.validation import (
    DIGITS,
    Field,
    Rule,
    enumerate_problems,
    find_problems,
    one_of,
)

VERSION = "2026-05-01"
LIMIT, MOST = 50, 100
CURSOR_FIELDS = (
    *(field for field in FIELDS if field.name not in {"status", "take", "skip"}),
    Field("status", (one_of(*STATUSES),)),
    Field(
        "limit",
        (
            DIGITS,
            Rule("min", "{} must not be less than 1", lambda value: int(value) >= 1),
            Rule("max", f"{{}} must not be greater than {MOST}", lambda value: int(value) <= MOST),
        ),
    ),
)
OF_COLUMN = {"starts_at": "start", "ends_at": "end"}


def list_bookings_of_any_version(call: Call) -> Answer:
    if call.request.version == VERSION:
        return list_by_cursor(call)
    return list_bookings(call)


def list_by_cursor(call: Call) -> Answer:
    """List the account's bookings from the cursor on; without a status the newest come first.

    Source: Cal.com documentation of bookings 2026-05-01, read 2026-11.
    """
    query = {name: value for name, value in call.request.query.items() if value}
    if problems := find_problems(query, CURSOR_FIELDS, forbid_unknown=False):
        raise enumerate_problems(problems)
    chosen = begin_filter(call, query)
    add_late_bounds(call, chosen, query)
    column, direction = sort_of(query) if "status" in query else ("created_at", "desc")
    if "cursor" in query:
        value, booking_id = _read(query["cursor"])
        beyond = ">" if direction == "asc" else "<"
        chosen.add(
            f"({column} {beyond} ? OR ({column} = ? AND id {beyond} ?))", value, value, booking_id
        )
    limit = int(query.get("limit", LIMIT))
    found = call.world.storage.get_bookings(
        chosen.where,
        *chosen.values,
        order=f"{column} {direction}, id {direction}",
        limit=str(limit + 1),
    )
    page, has_more = found[:limit], len(found) > limit
    return success(
        [output.show(call.world.storage, booking) for booking in page],
        pagination={
            "nextCursor": _spell(page[-1], column) if has_more else None,
            "hasMore": has_more,
        },
    )


def _spell(last: Booking, column: str) -> str:
    value = spell(getattr(last, OF_COLUMN.get(column, column)))
    return base64.urlsafe_b64encode(json.dumps([value, last.id]).encode()).decode()


def _read(cursor: str) -> tuple[str, int]:
    try:
        value, booking_id = json.loads(base64.urlsafe_b64decode(cursor))
        return str(value), int(booking_id)
    except (ValueError, TypeError) as error:
        raise refused(400, "Invalid cursor") from error
