"""What the service keeps: users, event types and bookings, as values."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self

from calcom.simulator.moments import parse_moment, spell

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = {day: [["00:00", "24:00"]] for day in WEEKDAYS}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who hosts. The schedule holds wall-clock pairs per weekday, in the user's zone."""

    id: int
    account: str
    name: str
    email: str
    username: str
    time_zone: str
    schedule: dict[str, list[list[str]]] = field(default_factory=lambda: ALWAYS)

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        return cls(**document)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """Something that can be booked. All lengths are minutes.

    A personal type has an owner, who is its only host. A team's type has no owner and
    says in `scheduling_type` (roundRobin, collective, managed) what several hosts mean.
    `further` is what the service was told and only repeats.
    """

    id: int
    account: str
    owner_id: int | None
    hosts: tuple[int, ...]
    title: str
    slug: str
    length: int
    lengths: tuple[int, ...] = ()
    slot_interval: int | None = None
    notice: int = 0
    buffer_before: int = 0
    buffer_after: int = 0
    offset: int = 0
    hidden: bool = False
    first_slot_only: bool = False
    requires_authentication: bool = False
    phone_only: bool = False
    team_id: int | None = None
    scheduling_type: str | None = None
    locations: list[dict[str, Any]] = field(default_factory=list)
    booking_fields: list[dict[str, Any]] = field(default_factory=list)
    further: dict[str, Any] = field(default_factory=dict)

    @property
    def is_teams(self) -> bool:
        return self.scheduling_type is not None

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        tuples = {name: tuple(document[name]) for name in ("hosts", "lengths")}
        return cls(**(document | tuples))


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A booking, in whatever state: accepted, pending, cancelled or rejected."""

    id: int
    uid: str
    account: str
    event_type_id: int
    host_id: int
    start: datetime
    end: datetime
    status: str
    title: str
    description: str
    attendee: dict[str, Any]
    responses: dict[str, Any]
    metadata: dict[str, Any]
    location: str
    ics_uid: str
    created_at: datetime
    updated_at: datetime
    guests: list[str] | None = None
    cancellation_reason: str = ""
    cancelled_by: str = ""
    rescheduling_reason: str | None = None
    rescheduled_by: str | None = None
    rescheduled_from: str | None = None
    rescheduled_to: str | None = None
    foreign: bool = False

    @property
    def duration(self) -> int:
        return int((self.end - self.start).total_seconds() // 60)

    def document(self) -> dict[str, Any]:
        moments = {name: spell(getattr(self, name)) for name in MOMENTS}
        return asdict(self) | moments

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        return cls(**(document | {name: parse_moment(document[name]) for name in MOMENTS}))


MOMENTS = ("start", "end", "created_at", "updated_at")
