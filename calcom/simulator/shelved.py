"""What the service keeps besides users, event types and bookings."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from calcom.simulator.moments import parse_moment
from calcom.simulator.slot_arithmetic import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    id: int
    account: str
    name: str
    slug: str

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        return cls(**document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Somebody in a team, as MEMBER, ADMIN or OWNER."""

    id: int
    account: str
    team_id: int
    user_id: int
    role: str = "MEMBER"
    accepted: bool = True
    disable_impersonation: bool = False

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        return cls(**document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a user can be booked: wall-clock times in a zone, as Cal.com spells them.

    `availability` has `{"days": ["Monday", …], "startTime": "09:00", "endTime": "17:00"}`,
    `overrides` `{"date": "2030-03-04", "startTime", "endTime"}`, which take the place of
    that date's hours; one that ends when it begins means that nobody is there.
    """

    id: int
    account: str
    user_id: int
    name: str
    time_zone: str
    availability: list[dict[str, Any]] = field(default_factory=list)
    overrides: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        return cls(**document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A slot that is kept for a while. Moments are spelled, minutes are numbers."""

    id: int
    account: str
    event_type_id: int
    host_id: int
    start: str
    end: str
    until: str
    minutes: int

    @property
    def uid(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"reservation {self.id}"))

    @property
    def time(self) -> Range:
        return Range(parse_moment(self.start), parse_moment(self.end))

    def is_live(self, now: datetime) -> bool:
        return parse_moment(self.until) > now

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        return cls(**document)
