"""Event types of a team: /v2/teams/{id}/event-types, round robin, collective and managed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from calcom.simulator import event_type_inputs as inputs
from calcom.simulator import event_type_output as output
from calcom.simulator import managed
from calcom.simulator.answers import Answer, refused, success
from calcom.simulator.call import Call
from calcom.simulator.event_types import show_deleted
from calcom.simulator.records import EventType
from calcom.simulator.shelved import Team
from calcom.simulator.storage import Storage
from calcom.simulator.teams import get_members, require_admin
from calcom.simulator.validation import (
    ARRAY,
    BOOLEAN,
    Field,
    Rule,
    enumerate_problems,
    find_problems,
)

# Sent in any case, answered in lower camel case.
SCHEDULING_TYPES = {
    "collective": "collective",
    "roundrobin": "roundRobin",
    "round_robin": "roundRobin",
    "managed": "managed",
}
HOST_OPTIONS = ("mandatory", "priority")
SCHEDULING = Rule(
    "isEnum",
    "{} must be one of the following values: collective, roundRobin, managed",
    lambda value: isinstance(value, str) and value.lower() in SCHEDULING_TYPES,
)
HOSTS = Rule(
    "validateHosts",
    "each value in {} needs a userId",
    lambda value: all(isinstance(one, dict) and "userId" in one for one in value),
)


def list_team_event_types(call: Call) -> Answer:
    """List a team's event types to anybody. Of a managed one there is the parent only."""
    query, team = call.request.query, _find_public(call)
    of_account = call.world.storage.get_event_types(team.account)
    found = [one for one in of_account if one.team_id == team.id]
    if slug := query.get("eventSlug"):
        found = [one for one in found if one.slug == slug]
    if query.get("sortCreatedAt") == "desc":
        found.reverse()
    limit = query.get("hostsLimit", "")
    most = int(limit) if limit.isdecimal() else None
    return success([output.show(call.world.storage, one, most_hosts=most) for one in found])


def get_team_event_type(call: Call) -> Answer:
    require_admin(call)
    return success(output.show(call.world.storage, _find(call)))


def create_team_event_type(call: Call) -> Answer:
    """Make one. Of a managed one the answer is a list: the parent, then a child per host."""
    body, team, storage = call.request.json(), require_admin(call), call.world.storage
    _check(body, whole=True)
    blank = inputs.blank(
        id=storage.next_event_type_id(), account=team.account, owner_id=None, hosts=()
    )
    blank = replace(blank, team_id=team.id)
    made = _apply(storage, team, inputs.apply(blank, body), body)
    _require_free_slug(storage, made)
    return success(_save(storage, made), status=201)


def change_team_event_type(call: Call) -> Answer:
    """Change one. Another scheduling type without hosts leaves it without any."""
    body, team, storage = call.request.json(), require_admin(call), call.world.storage
    _check(body, whole=False)
    changed = _apply(storage, team, inputs.apply(_find(call), body), body)
    _require_free_slug(storage, changed)
    return success(_save(storage, changed))


def delete_team_event_type(call: Call) -> Answer:
    require_admin(call)
    gone = _find(call)
    managed.delete(call.world.storage, gone)
    return success(show_deleted(gone))


def _save(storage: Storage, event_type: EventType) -> object:
    children = managed.save(storage, event_type)
    if event_type.scheduling_type != "managed":
        return output.show(storage, event_type)
    return [output.show(storage, one) for one in (event_type, *children)]


def _check(body: Mapping[str, Any], *, whole: bool) -> None:
    inputs.check(body, whole=whole)
    fields = (
        Field("schedulingType", (SCHEDULING,), required=whole),
        Field("hosts", (ARRAY, HOSTS)),
        Field("assignAllTeamMembers", (BOOLEAN,)),
    )
    if problems := find_problems(body, fields, forbid_unknown=False):
        raise enumerate_problems(problems)
    if body.get("hosts") and body.get("assignAllTeamMembers"):
        raise refused(400, "Provide either hosts or assignAllTeamMembers but not both")


def _apply(
    storage: Storage, team: Team, event_type: EventType, body: Mapping[str, Any]
) -> EventType:
    wanted = body.get("schedulingType")
    scheduling = SCHEDULING_TYPES[wanted.lower()] if wanted else event_type.scheduling_type
    changed = scheduling != event_type.scheduling_type
    event_type = replace(event_type, scheduling_type=scheduling)
    members = [one.user_id for one in get_members(storage, team) if one.accepted]
    if body.get("assignAllTeamMembers"):
        return replace(event_type, hosts=tuple(members), host_options={}, assign_all=True)
    if "hosts" not in body:
        return replace(event_type, hosts=(), host_options={}) if changed else event_type
    hosts = {int(one["userId"]): one for one in body["hosts"]}
    # A team that was seeded without members is everybody's in the account.
    strangers = [user_id for user_id in hosts if members and user_id not in members]
    if strangers:
        named = ", ".join(map(str, strangers))
        raise refused(404, f"Invalid hosts: users with ids {named} are not members of the team.")
    options = {
        str(user_id): {name: one[name] for name in HOST_OPTIONS if name in one}
        for user_id, one in hosts.items()
    }
    return replace(event_type, hosts=tuple(hosts), host_options=options, assign_all=False)


def _find_public(call: Call) -> Team:
    team_id = int(call.parameters["team"])
    team = call.world.storage.teams.get(team_id)
    if team is None:
        raise refused(404, f"Team with id={team_id} not found")
    return team


def _find(call: Call) -> EventType:
    event_type_id = int(call.parameters["id"])
    found = call.world.storage.get_event_type(event_type_id)
    if found is None or found.team_id != int(call.parameters["team"]):
        raise refused(404, f"Event type with id {event_type_id} not found")
    return found


def _require_free_slug(storage: Storage, event_type: EventType) -> None:
    for other in storage.get_event_types(event_type.account):
        same = (other.team_id, other.slug) == (event_type.team_id, event_type.slug)
        if same and other.id != event_type.id:
            raise refused(400, "Team already has an event type with this slug.")
