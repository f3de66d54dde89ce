"""Teams and who is in them: /v2/teams, /v2/teams/{id}/memberships."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from calcom.simulator import managed
from calcom.simulator.answers import Answer, refused, success
from calcom.simulator.call import Call
from calcom.simulator.shelved import Membership, Team
from calcom.simulator.storage import Storage
from calcom.simulator.validation import (
    BOOLEAN,
    INTEGER,
    Field,
    enumerate_problems,
    find_problems,
    one_of,
    read_page,
)

ADMINS = {"ADMIN", "OWNER"}
ROLE = one_of("MEMBER", "OWNER", "ADMIN")
MOST_EMAILS = 20


def list_teams(call: Call) -> Answer:
    """List the teams of the caller's account, without pages."""
    return success(
        [_show(team) for team in call.world.storage.teams.of_account(call.owner.account)]
    )


def get_team(call: Call) -> Answer:
    return success(_show(find_team(call)))


def list_memberships(call: Call) -> Answer:
    take, skip = read_page(call.request.query)
    found = get_members(call.world.storage, require_admin(call))
    emails = [one.strip() for one in call.request.query.get("emails", "").split(",") if one]
    if len(emails) > MOST_EMAILS:
        message = f"emails must contain no more than {MOST_EMAILS} elements"
        raise refused(400, message)
    shown = [_show_membership(call.world.storage, membership) for membership in found]
    if emails:
        shown = [one for one in shown if one["user"]["email"] in emails]
    return success(shown[skip : skip + take])


def get_membership(call: Call) -> Answer:
    require_admin(call)
    return success(_show_membership(call.world.storage, _find_membership(call)))


def create_membership(call: Call) -> Answer:
    body, team, storage = call.request.json(), require_admin(call), call.world.storage
    _check(body, whole=True)
    user = storage.get_user(body["userId"])
    if user is None or user.account != team.account:
        raise refused(404, f"User with id {body['userId']} not found")
    if any(one.user_id == user.id for one in get_members(storage, team)):
        raise refused(409, f"User with id {user.id} is already a member of team {team.id}")
    made = _apply(
        Membership(
            id=storage.memberships.next_id(),
            account=team.account,
            team_id=team.id,
            user_id=user.id,
            accepted=False,
        ),
        body,
    )
    storage.memberships.save(made)
    if made.accepted:
        _assign(storage, team, user.id)
    return success(_show_membership(storage, made), status=201)


def change_membership(call: Call) -> Answer:
    body = call.request.json()
    require_admin(call)
    _check(body, whole=False)
    changed = _apply(_find_membership(call), body)
    call.world.storage.memberships.save(changed)
    return success(_show_membership(call.world.storage, changed))


def delete_membership(call: Call) -> Answer:
    """Let somebody go, also as a host of the team's event types."""
    team, gone, storage = require_admin(call), _find_membership(call), call.world.storage
    shown = _show_membership(storage, gone)
    storage.memberships.delete(gone.id)
    for event_type in storage.get_event_types(team.account):
        if event_type.team_id == team.id and gone.user_id in event_type.hosts:
            hosts = tuple(host for host in event_type.hosts if host != gone.user_id)
            managed.save(storage, replace(event_type, hosts=hosts))
    return success(shown)


def find_team(call: Call) -> Team:
    """Return the team in the path, if it is the caller's account's."""
    team_id = int(call.parameters["team"])
    team = call.world.storage.teams.get(team_id)
    if team is None or not call.may_manage(team.account):
        raise refused(404, f"Team with id={team_id} not found")
    return team


def require_admin(call: Call) -> Team:
    """Return the team in the path, which the caller has to administer if it has any members."""
    team = find_team(call)
    members = get_members(call.world.storage, team)
    admins = [one.user_id for one in members if one.role in ADMINS]
    if members and call.owner.id not in admins:
        raise refused(
            403,
            f"RolesGuard - User is not an admin of the team with id={team.id}.",
        )
    return team


def get_members(storage: Storage, team: Team) -> list[Membership]:
    of_account = storage.memberships.of_account(team.account)
    return [membership for membership in of_account if membership.team_id == team.id]


def _assign(storage: Storage, team: Team, user_id: int) -> None:
    """Make a new member a host of the event types that all members host."""
    for event_type in storage.get_event_types(team.account):
        if event_type.team_id == team.id and event_type.assign_all:
            managed.save(storage, replace(event_type, hosts=(*event_type.hosts, user_id)))


def _find_membership(call: Call) -> Membership:
    membership_id = int(call.parameters["membership"])
    found = call.world.storage.memberships.get(membership_id)
    if found is None or found.team_id != int(call.parameters["team"]):
        raise refused(404, f"Membership with id {membership_id} not found")
    return found


def _check(body: Mapping[str, Any], *, whole: bool) -> None:
    fields = (
        Field("userId", (INTEGER,), required=whole),
        Field("role", (ROLE,)),
        Field("accepted", (BOOLEAN,)),
        Field("disableImpersonation", (BOOLEAN,)),
    )
    if problems := find_problems(body, fields, forbid_unknown=False):
        raise enumerate_problems(problems)


def _apply(membership: Membership, body: Mapping[str, Any]) -> Membership:
    names = {
        "role": "role",
        "accepted": "accepted",
        "disableImpersonation": "disable_impersonation",
    }
    return replace(
        membership, **{ours: body[theirs] for theirs, ours in names.items() if theirs in body}
    )


def _show(team: Team) -> dict[str, Any]:
    return {
        "id": team.id,
        "name": team.name,
        "slug": team.slug,
        "logoUrl": None,
        "bio": None,
        "parentId": None,
        "isOrganization": False,
        "hideBranding": False,
        "timeZone": "Europe/Berlin",
        "weekStart": "Monday",
        "metadata": {},
    }


def _show_membership(storage: Storage, membership: Membership) -> dict[str, Any]:
    user = storage.get_user(membership.user_id)
    return {
        "id": membership.id,
        "userId": membership.user_id,
        "teamId": membership.team_id,
        "accepted": membership.accepted,
        "role": membership.role,
        "disableImpersonation": membership.disable_impersonation,
        "user": {
            "email": user.email if user else "",
            "username": user.username if user else None,
            "name": user.name if user else None,
            "avatarUrl": None,
            "bio": None,
            "metadata": {},
        },
    }
