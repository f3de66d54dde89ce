"""Filling the service: users, event types and keys with the ids they are given."""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from calcom.simulator import event_type_inputs as inputs
from calcom.simulator.answers import RefusedError
from calcom.simulator.moments import is_zone
from calcom.simulator.records import ALWAYS, WEEKDAYS, EventType, User
from calcom.simulator.storage import Storage
from calcom.simulator.webhooks import subscriptions
from calcom.simulator.webhooks.record import TOLD, Webhook

ACCOUNT = "default"
PARTS = {"account", "users", "event_types", "api_keys", "webhooks"}
WEBHOOK = {"subscriberUrl", "triggers", "active", "secret", "version"}
USER = {"id", "name", "email", "username", "timeZone", "api_key", "schedule"}
OF_EVENT_TYPES_ONLY_HERE = {"id", "hosts", "ownerId", "teamId", "schedulingType", "phoneOnly"}
SCHEDULING_TYPES = {None, "roundRobin", "collective", "managed"}


class SeedError(ValueError):
    """What was given cannot be seeded; nothing of it was."""


def seed(storage: Storage, given: Mapping[str, Any]) -> dict[str, int]:
    """Create or update what is given, and return how much of each it was.

    An account is what a key can see: its users, event types and bookings. A record that
    is given again keeps what it is not given anew.

    Args:
        storage: where to.
        given: `account` (a name, default "default"), `users`, `event_types`, `api_keys`
            (key → id of its owner), `webhooks`; see docs/simulator.md.

    Raises:
        SeedError: an unknown key, a missing or impossible value.
    """
    _require_known(given, PARTS, "seed")
    account = str(given.get("account") or ACCOUNT)
    users, event_types = given.get("users") or [], given.get("event_types") or []
    webhooks = given.get("webhooks") or []
    keys: dict[str, int] = dict(given.get("api_keys") or {})
    try:
        with storage.transaction():
            for user in users:
                storage.save_user(_user_of(storage, user, account=account))
                if user.get("api_key"):
                    keys[user["api_key"]] = user["id"]
            for key, user_id in keys.items():
                _require_user(storage, user_id)
                storage.save_key(key, user_id)
            for event_type in event_types:
                storage.save_event_type(_event_type_of(storage, event_type, account=account))
            for webhook in webhooks:
                storage.webhooks.save(_webhook_of(storage, webhook, account=account))
    except (KeyError, TypeError, AttributeError, sqlite3.Error) as error:
        message = f"cannot be seeded: {type(error).__name__} {error}"
        raise SeedError(message) from error
    return {
        "users": len(users),
        "event_types": len(event_types),
        "api_keys": len(keys),
        "webhooks": len(webhooks),
    }


def _user_of(storage: Storage, given: Mapping[str, Any], *, account: str) -> User:
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
    if "schedule" in given:
        changes["schedule"] = given["schedule"] or ALWAYS
    user = replace(known, account=account, **changes)
    if not is_zone(user.time_zone):
        message = f"user {user_id}: {user.time_zone!r} is no time zone"
        raise SeedError(message)
    if unknown := set(user.schedule) - set(WEEKDAYS):
        message = f"user {user_id}: a schedule has {', '.join(WEEKDAYS)}, not {sorted(unknown)}"
        raise SeedError(message)
    return user


def _event_type_of(storage: Storage, given: Mapping[str, Any], *, account: str) -> EventType:
    allowed = {*inputs.NAMES, *inputs.REPEATED, *OF_EVENT_TYPES_ONLY_HERE}
    _require_known(given, allowed, "event type")
    known = storage.get_event_type(given["id"])
    _check_event_type(given, whole=known is None)
    if known is None:
        blank = inputs.blank(id=given["id"], account=account, owner_id=None, hosts=())
        known = replace(blank, notice=0)
    known = replace(known, account=account, phone_only=given.get("phoneOnly", known.phone_only))
    return _with_hosts(storage, inputs.apply(known, given), given)


def _with_hosts(storage: Storage, known: EventType, given: Mapping[str, Any]) -> EventType:
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
    if scheduling_type is None and (team_id is not None or len(hosts) != 1):
        scheduling_type = "collective"
    return replace(
        known,
        hosts=hosts,
        owner_id=None if scheduling_type else hosts[0],
        team_id=team_id,
        scheduling_type=scheduling_type,
    )


def _webhook_of(storage: Storage, given: Mapping[str, Any], *, account: str) -> Webhook:
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


def _check_event_type(given: Mapping[str, Any], *, whole: bool) -> None:
    try:
        inputs.check(given, whole=whole)
    except RefusedError as error:
        message = f"event type {given['id']}: {error.error}"
        raise SeedError(message) from error


def _require_user(storage: Storage, user_id: int) -> None:
    if storage.get_user(user_id) is None:
        message = f"there is no user {user_id}"
        raise SeedError(message)


def _require_known(given: Mapping[str, Any], allowed: set[str], what: str) -> None:
    if unknown := set(given) - allowed:
        message = (
            f"{what}: unknown {', '.join(sorted(unknown))}; known: {', '.join(sorted(allowed))}"
        )
        raise SeedError(message)
