"""Filling the service: users, event types and keys with the ids they are given."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from calcom.simulator import event_type_inputs as inputs
from calcom.simulator import managed
from calcom.simulator.answers import RefusedError
from calcom.simulator.availability import WEEKDAYS
from calcom.simulator.moments import is_zone
from calcom.simulator.records import EventType, User
from calcom.simulator.schedules import save_default
from calcom.simulator.shelved import Membership, Schedule, Team
from calcom.simulator.storage import Storage
from calcom.simulator.webhooks import subscriptions
from calcom.simulator.webhooks.record import TOLD, Webhook

Given = Mapping[str, Any]

ACCOUNT = "default"
WEBHOOK = {"subscriberUrl", "triggers", "active", "secret", "version"}
USER = {"id", "name", "email", "username", "timeZone", "api_key", "schedule", "overrides"}
TEAM = {"id", "name", "slug", "members"}
SHORT_DAYS = dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), WEEKDAYS, strict=True))
ALWAYS = [{"days": list(WEEKDAYS), "startTime": "00:00", "endTime": "24:00"}]
OF_EVENT_TYPES_ONLY_HERE = {"id", "hosts", "ownerId", "teamId", "schedulingType", "phoneOnly"}
SCHEDULING_TYPES = {None, "roundRobin", "collective", "managed"}


class SeedError(ValueError):
    """What was given cannot be seeded; nothing of it was."""


def seed(storage: Storage, given: Given) -> dict[str, int]:
    """Create or update what is given, and return how much of each it was.

    An account is what a key can see: its users, event types and bookings. A record that
    is given again keeps what it is not given anew.

    Args:
        storage: where to.
        given: `account` (a name, default "default"), `users`, `event_types`, `api_keys`
            (key → id of its owner), `teams`, `webhooks`; see docs/simulator.md.

    Raises:
        SeedError: an unknown key, a missing or impossible value.
    """
    _require_known(given, {"account", *SEEDS}, "seed")
    account = str(given.get("account") or ACCOUNT)
    try:
        with storage.transaction():
            for part, save in SEEDS.items():
                save(storage, given.get(part) or (), account)
    except (KeyError, TypeError, AttributeError, sqlite3.Error) as error:
        message = f"cannot be seeded: {type(error).__name__} {error}"
        raise SeedError(message) from error
    return {part: len(given.get(part) or ()) for part in SEEDS}


def _seed_users(storage: Storage, users: Sequence[Given], account: str) -> None:
    for user in users:
        _seed_user(storage, user, account=account)
        if user.get("api_key"):
            storage.save_key(user["api_key"], user["id"])


def _seed_keys(storage: Storage, keys: Mapping[str, int], _: str) -> None:
    for key, user_id in dict(keys).items():
        _require_user(storage, user_id)
        storage.save_key(key, user_id)


def _seed_teams(storage: Storage, teams: Sequence[Given], account: str) -> None:
    for team in teams:
        _seed_team(storage, team, account=account)


def _seed_event_types(storage: Storage, event_types: Sequence[Given], account: str) -> None:
    for event_type in event_types:
        storage.save_event_type(_event_type_of(storage, event_type, account=account))
    for event_type in event_types:  # their children take what ids are left
        seeded = storage.get_event_type(event_type["id"])
        if seeded:
            managed.save(storage, seeded)


def _seed_webhooks(storage: Storage, webhooks: Sequence[Given], account: str) -> None:
    for webhook in webhooks:
        storage.webhooks.save(_webhook_of(storage, webhook, account=account))


# In this order, since the later ones name the earlier.
SEEDS: dict[str, Callable[[Storage, Any, str], None]] = {
    "users": _seed_users,
    "api_keys": _seed_keys,
    "teams": _seed_teams,
    "event_types": _seed_event_types,
    "webhooks": _seed_webhooks,
}


def _seed_user(storage: Storage, given: Given, *, account: str) -> None:
    _require_known(given, USER, "user")
    user_id = given["id"]
    known = storage.get_user(user_id) or User(
        id=user_id,
        account=account,
        name=f"User {user_id}",
        email=f"user{user_id}@example.com",
        username=f"user{user_id}",
        time_zone="Europe/Berlin",
    )
    names = {"name": "name", "email": "email", "username": "username", "timeZone": "time_zone"}
    changes = {ours: given[theirs] for theirs, ours in names.items() if theirs in given}
    user = replace(known, account=account, **changes)
    if not is_zone(user.time_zone):
        message = f"user {user_id}: {user.time_zone!r} is no time zone"
        raise SeedError(message)
    save_default(storage, user, _schedule_of(storage, user, given))


def _schedule_of(storage: Storage, user: User, given: Given) -> Schedule:
    """Return the user's default schedule, in the user's zone: without any given, always."""
    known = storage.schedules.get(user.default_schedule_id) or Schedule(
        id=storage.schedules.next_id(),
        account=user.account,
        user_id=user.id,
        name="Working hours",
        time_zone=user.time_zone,
        availability=ALWAYS,
    )
    hours = given.get("schedule")
    if unknown := set(hours or {}) - set(SHORT_DAYS):
        message = f"user {user.id}: a schedule has {', '.join(SHORT_DAYS)}, not {sorted(unknown)}"
        raise SeedError(message)
    availability = known.availability
    if "schedule" in given:
        availability = _spell_hours(hours) if hours is not None else ALWAYS
    return replace(
        known,
        account=user.account,
        time_zone=user.time_zone,
        availability=availability,
        overrides=given.get("overrides", known.overrides),
    )


def _spell_hours(hours: Mapping[str, list[list[str]]]) -> list[dict[str, Any]]:
    return [
        {"days": [SHORT_DAYS[day]], "startTime": opens, "endTime": closes}
        for day, ranges in hours.items()
        for opens, closes in ranges
    ]


def _seed_team(storage: Storage, given: Given, *, account: str) -> None:
    """Save a team and its members: `{"userId", "role"}` each, ADMIN if it does not say."""
    _require_known(given, TEAM, "team")
    team_id = given["id"]
    known = storage.teams.get(team_id) or Team(
        id=team_id, account=account, name=f"Team {team_id}", slug=f"team-{team_id}"
    )
    changes = {name: given[name] for name in ("name", "slug") if name in given}
    storage.teams.save(replace(known, account=account, **changes))
    of_team = [one for one in storage.memberships.of_account(account) if one.team_id == team_id]
    members = {one.user_id: one for one in of_team}
    for member in given.get("members") or []:
        user_id = member["userId"]
        _require_user(storage, user_id)
        known_member = members.get(user_id) or Membership(
            id=storage.memberships.next_id(), account=account, team_id=team_id, user_id=user_id
        )
        storage.memberships.save(replace(known_member, role=member.get("role", "ADMIN")))


def _event_type_of(storage: Storage, given: Given, *, account: str) -> EventType:
    allowed = {*inputs.NAMES, *inputs.REPEATED, *inputs.POLICIES, *OF_EVENT_TYPES_ONLY_HERE}
    _require_known(given, allowed, "event type")
    known = storage.get_event_type(given["id"])
    _check_event_type(given, whole=known is None)
    if known is None:
        blank = inputs.blank(id=given["id"], account=account, owner_id=None, hosts=())
        known = replace(blank, notice=0)
    known = replace(known, account=account, phone_only=given.get("phoneOnly", known.phone_only))
    return _with_hosts(storage, inputs.apply(known, given), given)


def _with_hosts(storage: Storage, known: EventType, given: Given) -> EventType:
    """Decide whose it is: one host's own, or a team's when it names a team or several."""
    hosts = tuple(given.get("hosts") or known.hosts)
    if given.get("ownerId"):
        hosts = (given["ownerId"],)
    for user_id in hosts:
        _require_user(storage, user_id)
    team_id = given.get("teamId", known.team_id)
    scheduling_type = given.get("schedulingType", known.scheduling_type)
    if scheduling_type not in SCHEDULING_TYPES:
        message = f"event type {known.id}: there is no scheduling type {scheduling_type!r}"
        raise SeedError(message)
    if team_id is not None and storage.teams.get(team_id) is None:
        _seed_team(storage, {"id": team_id}, account=known.account)
    if scheduling_type is None and (team_id is not None or len(hosts) != 1):
        scheduling_type = "collective"
    return replace(
        known,
        hosts=hosts,
        owner_id=None if scheduling_type else hosts[0],
        team_id=team_id,
        scheduling_type=scheduling_type,
    )


def _webhook_of(storage: Storage, given: Given, *, account: str) -> Webhook:
    """Subscribe an address to all of the account's bookings, or change what it hears."""
    _require_known(given, WEBHOOK, "webhook")
    try:
        subscriptions.check({"triggers": list(TOLD), "active": True, **given}, whole=True)
    except RefusedError as error:
        message = f"webhook: {error.error}"
        raise SeedError(message) from error
    place = (given["subscriberUrl"], None, None)
    for known in storage.webhooks.of_account(account):
        if (known.url, known.user_id, known.event_type_id) == place:
            return subscriptions.apply(known, given)
    blank = Webhook(id=storage.webhooks.next_id(), account=account, url="", triggers=TOLD)
    return subscriptions.apply(blank, given)


def _check_event_type(given: Given, *, whole: bool) -> None:
    try:
        inputs.check(given, whole=whole)
    except RefusedError as error:
        message = f"event type {given['id']}: {error.error}"
        raise SeedError(message) from error


def _require_user(storage: Storage, user_id: int) -> None:
    if storage.get_user(user_id) is None:
        message = f"there is no user {user_id}"
        raise SeedError(message)


def _require_known(given: Given, allowed: set[str], what: str) -> None:
    if unknown := set(given) - allowed:
        message = (
            f"{what}: unknown {', '.join(sorted(unknown))}; known: {', '.join(sorted(allowed))}"
        )
        raise SeedError(message)
