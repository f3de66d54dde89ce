"""A user's schedules: /v2/schedules, version 2024-06-11, and those of a team's members."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from calcom.simulator.answers import Answer, refused, success
from calcom.simulator.availability import WEEKDAYS
from calcom.simulator.call import Call
from calcom.simulator.records import User
from calcom.simulator.shelved import Schedule
from calcom.simulator.storage import Storage
from calcom.simulator.validation import (
    BOOLEAN,
    STRING,
    ZONE,
    Field,
    Rule,
    enumerate_problems,
    find_problems,
)

NINE_TO_FIVE = [{"days": list(WEEKDAYS[:5]), "startTime": "09:00", "endTime": "17:00"}]


def _is_clock(value: object) -> bool:
    if not isinstance(value, str):
        return False
    hour, _, minute = value.partition(":")
    digits = (hour + minute).isdecimal() and len(hour) == len(minute) == len("00")
    return digits and int(hour) * 60 + int(minute) <= 24 * 60


def _is_availability(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and set(one.get("days") or ["none"]) <= set(WEEKDAYS)
        and _is_clock(one.get("startTime"))
        and _is_clock(one.get("endTime"))
        for one in value
    )


def _is_overrides(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and isinstance(one.get("date"), str)
        and _is_clock(one.get("startTime"))
        and _is_clock(one.get("endTime"))
        for one in value
    )


AVAILABILITY = Rule(
    "validateAvailability", "{} needs days, startTime and endTime like 09:00", _is_availability
)
OVERRIDES = Rule(
    "validateOverrides", "{} needs date, startTime and endTime like 09:00", _is_overrides
)


def list_schedules(call: Call) -> Answer:
    return success([_show(call, schedule) for schedule in _of_user(call, call.owner)])


def get_default_schedule(call: Call) -> Answer:
    found = call.world.storage.schedules.get(call.owner.default_schedule_id)
    return success(_show(call, found) if found else None)


def get_schedule(call: Call) -> Answer:
    return success(_show(call, _find(call)))


def create_schedule(call: Call) -> Answer:
    body, storage = call.request.json(), call.world.storage
    _check(body, whole=True)
    blank = Schedule(
        id=storage.schedules.next_id(),
        account=call.owner.account,
        user_id=call.owner.id,
        name="",
        time_zone="",
        availability=NINE_TO_FIVE,
    )
    return success(_save(call, _apply(blank, body), body), status=201)


def change_schedule(call: Call) -> Answer:
    body = call.request.json()
    _check(body, whole=False)
    return success(_save(call, _apply(_find(call), body), body))


def delete_schedule(call: Call) -> Answer:
    gone = _find(call)
    if gone.id == call.owner.default_schedule_id:
        raise refused(400, "Can't delete the default schedule")
    call.world.storage.schedules.delete(gone.id)
    return Answer(200, {"status": "success"})


def list_team_schedules(call: Call) -> Answer:
    """List what every member of a team has; the path names a team the caller may see."""
    storage, team_id = call.world.storage, int(call.parameters["team"])
    team = storage.teams.get(team_id)
    if team is None or not call.may_manage(team.account):
        raise refused(404, f"Team with id={team_id} not found")
    members = [
        membership.user_id
        for membership in storage.memberships.of_account(team.account)
        if membership.team_id == team_id
    ]
    return success(
        [
            _show(call, schedule)
            for schedule in storage.schedules.of_account(team.account)
            if schedule.user_id in members
        ]
    )


def save_default(storage: Storage, user: User, schedule: Schedule) -> User:
    """Store a schedule and the user who works by it, and return the user."""
    storage.schedules.save(schedule)
    changed = replace(user, default_schedule_id=schedule.id)
    storage.save_user(changed)
    return changed


def _save(call: Call, schedule: Schedule, body: Mapping[str, Any]) -> dict[str, Any]:
    storage = call.world.storage
    storage.schedules.save(schedule)
    if body.get("isDefault"):
        save_default(storage, call.owner, schedule)
    return _show(call, schedule)


def _check(body: Mapping[str, Any], *, whole: bool) -> None:
    fields = (
        Field("name", (STRING,), required=whole),
        Field("timeZone", (ZONE,), required=whole),
        Field("isDefault", (BOOLEAN,), required=whole),
        Field("availability", (AVAILABILITY,)),
        Field("overrides", (OVERRIDES,)),
    )
    if problems := find_problems(body, fields, forbid_unknown=False):
        raise enumerate_problems(problems)


def _apply(schedule: Schedule, body: Mapping[str, Any]) -> Schedule:
    names = {
        "name": "name",
        "timeZone": "time_zone",
        "availability": "availability",
        "overrides": "overrides",
    }
    given = {ours: body[theirs] for theirs, ours in names.items() if body.get(theirs) is not None}
    return replace(schedule, **given)


def _of_user(call: Call, user: User) -> list[Schedule]:
    of_account = call.world.storage.schedules.of_account(user.account)
    return [schedule for schedule in of_account if schedule.user_id == user.id]


def _find(call: Call) -> Schedule:
    schedule_id = int(call.parameters["id"])
    found = call.world.storage.schedules.get(schedule_id)
    if found is None or found.user_id != call.owner.id:
        raise refused(404, f"Schedule with id={schedule_id} not found")
    return found


def _show(call: Call, schedule: Schedule) -> dict[str, Any]:
    owner = call.world.storage.get_user(schedule.user_id)
    return {
        "id": schedule.id,
        "ownerId": schedule.user_id,
        "name": schedule.name,
        "timeZone": schedule.time_zone,
        "availability": schedule.availability,
        "isDefault": owner is not None and owner.default_schedule_id == schedule.id,
        "overrides": schedule.overrides,
    }
