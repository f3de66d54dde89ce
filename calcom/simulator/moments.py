"""How moments are read and spelled: ISO 8601 in, UTC with milliseconds or a zone's offset out."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def parse_moment(text: str) -> datetime:
    """Read an ISO 8601 date or datetime as UTC; without an offset it is UTC already.

    Raises:
        ValueError: it is neither.
    """
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_moment(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parse_moment(value)
    except ValueError:
        return False
    return True


def is_zone(value: object) -> bool:
    if not isinstance(value, str) or not value:
        return False
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):  # ZoneInfo's three ways of not knowing a name
        return False
    return True


def spell(moment: datetime) -> str:
    """Spell a moment as Cal.com spells instants: `2030-03-04T09:00:00.000Z`."""
    in_utc = moment.astimezone(UTC).replace(tzinfo=None)
    return in_utc.isoformat(timespec="milliseconds") + "Z"


def spell_local(moment: datetime, zone: str) -> str:
    """Spell a moment with the zone's offset, or with `Z` when the zone is UTC itself."""
    if zone == "UTC":
        return spell(moment)
    return moment.astimezone(ZoneInfo(zone)).isoformat(timespec="milliseconds")
