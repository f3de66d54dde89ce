"""What the service keeps: users, event types and bookings, as values."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self

from calcom.simulator.moments import parse_moment, spell


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who hosts, by default at the hours of a schedule."""

    id: int
    account: str
    name: str
    email: str
    username: str
    time_zone: str
    default_schedule_id: int = 0

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        return cls(**document)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """Something that can be booked. All lengths are minutes.

    A personal type has an owner, who is its only host. A team's type has no owner and
    says in `scheduling_type` (roundRobin, collective, managed) what several hosts mean; a
    managed one has a child for each host, a personal type that names it in `parent_id`.
    `policies` are limits and conditions in the service's own spelling, see `policies.py`;
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
    parent_id: int | None = None
    assign_all: bool = False
    host_options: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: dict[str, Any] = field(default_factory=dict)
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
    """A booking, in whatever state: accepted, pending, cancelled or rejected.

    `attendee` is the booker, `others` whoever attends besides; `absent` are addresses.
    `idempotency_key` is what no two bookings share, and only those made accepted have.
    """

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
    others: list[dict[str, Any]] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    host_absent: bool = False
    idempotency_key: str | None = None
    rejection_reason: str = ""
    cancellation_reason: str = ""
    cancelled_by: str = ""
    rescheduling_reason: str | None = None
    rescheduled_by: str | None = None
    rescheduled_from: str | None = None
    rescheduled_to: str | None = None
    foreign: bool = False

    @property
    def attendees(self) -> list[dict[str, Any]]:
        """Whoever attends: the booker first, then guests and who was added later."""
        return [self.attendee, *self.others]

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


def attendee_id(booking: Booking, place: int) -> int:
    """Return the number of an attendee, by the place among them from 1 on."""
    return booking.id * MOST_ATTENDEES + place


MOST_ATTENDEES = 1000
