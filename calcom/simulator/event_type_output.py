"""How an event type is spelled (2024-06-14), personal or a team's."""

from typing import Any

from calcom.simulator.event_type_inputs import NAMES
from calcom.simulator.records import EventType, User
from calcom.simulator.storage import Storage

Shown = dict[str, Any]
DEFAULTS = {
    "description": "",
    "disableGuests": False,
    "scheduleId": None,
    "lockTimeZoneToggleOnBookingPage": False,
    "forwardParamsSuccessRedirect": None,
    "successRedirectUrl": None,
    "bookingLimitsCount": {"disabled": True},
    "bookingLimitsDuration": {"disabled": True},
    "bookerActiveBookingsLimit": {"disabled": True},
    "bookingWindow": {"disabled": True},
    "confirmationPolicy": {"disabled": True},
}


def show(storage: Storage, event_type: EventType, *, most_hosts: int | None = None) -> Shown:
    """Spell an event type as the service does (2024-06-14)."""
    hosts = [user for user in map(storage.get_user, event_type.hosts) if user]
    shown: Shown = {theirs: getattr(event_type, ours) for theirs, ours in NAMES.items()}
    del shown["lengthInMinutesOptions"]
    if event_type.lengths:
        shown["lengthInMinutesOptions"] = list(event_type.lengths)
    owner = hosts[0] if hosts and not event_type.is_teams else None
    shown |= {
        "id": event_type.id,
        "ownerId": event_type.owner_id,
        "bookingFields": [*_default_fields(event_type), *event_type.booking_fields],
        "recurrence": None,
        "seatsPerTimeSlot": None,
        "price": 0,
        "currency": "usd",
        "metadata": {},
        "isInstantEvent": False,
        "users": [_show_user(host) for host in hosts],
        "bookingUrl": f"https://cal.com/{owner.username}/{event_type.slug}" if owner else "",
    }
    if event_type.is_teams:
        shown |= _show_team(storage, event_type, hosts[:most_hosts])
    return DEFAULTS | shown | event_type.policies | event_type.further


def _show_user(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "name": user.name,
        "username": user.username,
        "avatarUrl": None,
        "brandColor": None,
        "darkBrandColor": None,
        "metadata": {},
    }


def _show_team(storage: Storage, event_type: EventType, hosts: list[User]) -> dict[str, Any]:
    return {
        "teamId": event_type.team_id,
        "parentEventTypeId": event_type.parent_id,
        "schedulingType": event_type.scheduling_type,
        "assignAllTeamMembers": event_type.assign_all,
        "hosts": [_show_host(event_type, host) for host in hosts],
        "team": _team_of(storage, event_type),
    }


def _show_host(event_type: EventType, host: User) -> dict[str, Any]:
    return {
        "userId": host.id,
        "name": host.name,
        "username": host.username,
        "avatarUrl": None,
        **event_type.host_options.get(str(host.id), {}),
    }


def _team_of(storage: Storage, event_type: EventType) -> dict[str, Any] | None:
    team = storage.teams.get(event_type.team_id) if event_type.team_id is not None else None
    if team is None:
        return None
    looks = ("bannerUrl", "logoUrl", "brandColor", "darkBrandColor", "theme")
    named = {"id": team.id, "name": team.name, "slug": team.slug, "weekStart": "Monday"}
    return named | dict.fromkeys(looks)


def _default_fields(event_type: EventType) -> list[dict[str, Any]]:
    own = {field.get("slug") for field in event_type.booking_fields}
    fields = [
        {"type": "name", "slug": "name", "required": True},
        {
            "type": "email",
            "slug": "email",
            "required": not event_type.phone_only,
            "hidden": event_type.phone_only,
        },
        {"type": "title", "slug": "title", "required": True, "hidden": True},
        {"type": "notes", "slug": "notes", "required": False},
        {"type": "guests", "slug": "guests", "required": False},
        {"type": "rescheduleReason", "slug": "rescheduleReason", "required": False},
    ]
    return [{"isDefault": True, **field} for field in fields if field["slug"] not in own]
