"""Cal.com's JSON and our values, in both directions.

Source: Cal.com API v2, bookings 2024-08-13, slots 2024-09-04, event types 2024-06-14,
read 2026-11.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.conf import settings

from appointments.domain.intervals import Interval
from appointments.models import Appointment, AppointmentPhase

APPOINTMENT_KEY = "booking_site_appointment"
SEGMENT_KEY = "booking_site_segment"
CALL_KEY = "booking_site_call"
SOURCE_KEY = "booking_site_source"
LONGEST_VALUE = 500
LIVE = frozenset({"accepted", "pending"})


@dataclass(frozen=True, slots=True)
class Reference:
    """How a booking says that it is ours: the appointment's public id, and the segment's key."""

    appointment: str
    segment: str

    @classmethod
    def of(cls, metadata: object) -> Self | None:
        """Read it from a booking's metadata, None if it is not complete there."""
        if not isinstance(metadata, Mapping):
            return None
        appointment, segment = metadata.get(APPOINTMENT_KEY), metadata.get(SEGMENT_KEY)
        if not (isinstance(appointment, str) and isinstance(segment, str)):
            return None
        return cls(appointment, segment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A booking as Cal.com shows it. Times in UTC.

    Attributes:
        event_type_id, host_id: None where Cal.com does not know them any more.
        rescheduled_from: the uid it had before it was moved.
        rescheduled_to: the uid it has since it was moved away.
        cancellation_reason: in the words of whoever cancelled it.
    """

    uid: str
    status: str
    starts_at: datetime
    ends_at: datetime
    event_type_id: int | None
    host_id: int | None
    reference: Reference | None
    rescheduled_from: str
    rescheduled_to: str
    cancellation_reason: str = ""

    @property
    def is_live(self) -> bool:
        """Whether it takes the host's time."""
        return self.status in LIVE

    @property
    def interval(self) -> Interval:
        return Interval(self.starts_at, self.ends_at)

    @classmethod
    def of(cls, data: Any) -> Self:
        """Read a booking.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        return cls(
            uid=_text(data["uid"]),
            status=_text(data["status"]).lower(),
            starts_at=parse_moment(data["start"]),
            ends_at=parse_moment(data["end"]),
            event_type_id=_number((data.get("eventType") or {}).get("id"))
            or _number(data.get("eventTypeId")),
            host_id=_first_id(data.get("hosts")),
            reference=Reference.of(data.get("metadata")),
            rescheduled_from=data.get("rescheduledFromUid") or "",
            rescheduled_to=data.get("rescheduledToUid") or "",
            cancellation_reason=data.get("cancellationReason") or "",
        )


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One start Cal.com lists as free. UTC."""

    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """What Cal.com can book: as much of it as an event map depends on.

    Attributes:
        allows_guests: whether whoever books may bring others, who then get mail.
        owner_id: whose it is; None for a team's.
        team_id: which team's it is; None for a person's own.
        parent_id: the managed event type this is one host's child of; not always told.
        host_ids: who may be booked with it; for a person's own that person.
        usernames: of hosts, by user id, where Cal.com says them.
        notice_minutes: how long before its start something can still be booked.
        is_limited: whether it can be booked on some days to come only.
    """

    id: int
    title: str
    slug: str
    length_minutes: int
    hidden: bool
    allows_guests: bool
    scheduling_type: str
    has_managed_config: bool
    owner_id: int | None
    team_id: int | None
    parent_id: int | None
    host_ids: tuple[int, ...]
    usernames: Mapping[int, str]
    notice_minutes: int = 0
    is_limited: bool = False

    @property
    def is_managed(self) -> bool:
        """Whether it is only the template of its hosts' own event types: never bookable."""
        is_parent = self.has_managed_config and self.owner_id is None and self.parent_id is None
        return self.scheduling_type.lower() == "managed" or is_parent

    @classmethod
    def of(cls, data: Any) -> Self:
        """Read an event type.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        hosts = [_number(host.get("userId")) for host in data.get("hosts") or ()]
        owner = _number(data.get("ownerId"))
        return cls(
            id=int(data["id"]),
            title=_text(data["title"]),
            slug=data.get("slug") or "",
            length_minutes=int(data["lengthInMinutes"]),
            hidden=bool(data.get("hidden")),
            allows_guests=not data.get("disableGuests"),
            scheduling_type=data.get("schedulingType") or "",
            has_managed_config=bool((data.get("metadata") or {}).get("managedEventConfig")),
            owner_id=owner,
            team_id=_number(data.get("teamId")),
            parent_id=_number(data.get("parentEventTypeId")),
            host_ids=tuple(host for host in hosts or [owner] if host is not None),
            usernames=_usernames(data),
            notice_minutes=_number(data.get("minimumBookingNotice")) or 0,
            is_limited=not (data.get("bookingWindow") or {"disabled": True}).get("disabled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTypeDesign:
    """What an event type of ours should be like: hidden, one host, nothing to confirm.

    Attributes:
        host_id: with whom; None for one of the key's owner, which has no other host.
        slot_interval_minutes: how fine the listed starts are.
        address: where the customer comes to.
    """

    title: str
    slug: str
    length_minutes: int
    hidden: bool
    allows_guests: bool
    slot_interval_minutes: int
    address: str
    host_id: int | None

    def body(self) -> dict[str, Any]:
        """Spell it as JSON, for a person's own or, with a host, for a team's."""
        body: dict[str, Any] = {
            "title": self.title,
            "slug": self.slug,
            "lengthInMinutes": self.length_minutes,
            "hidden": self.hidden,
            "disableGuests": not self.allows_guests,
            "slotInterval": self.slot_interval_minutes,
            "minimumBookingNotice": 0,
            "bookingWindow": {"disabled": True},
            "beforeEventBuffer": 0,
            "afterEventBuffer": 0,
            "confirmationPolicy": {"disabled": True},
            "locations": [{"type": "address", "address": self.address, "public": True}],
        }
        if self.host_id is not None:
            body |= {"schedulingType": "roundRobin", "hosts": [{"userId": self.host_id}]}
        return body


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account: who a key belongs to, or a member of a team."""

    id: int
    username: str

    @classmethod
    def of(cls, data: Any) -> Self:
        return cls(int(data["id"]), data.get("username") or "")

    @classmethod
    def of_membership(cls, data: Any) -> Self:
        return cls(int(data["userId"]), (data.get("user") or {}).get("username") or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that Cal.com tells of what happens to bookings."""

    url: str
    is_active: bool
    triggers: frozenset[str]
    secret: str = field(repr=False)

    @classmethod
    def of(cls, data: Any) -> Self:
        return cls(
            url=_text(data["subscriberUrl"]),
            is_active=bool(data.get("active")),
            triggers=frozenset(data.get("triggers") or ()),
            secret=data.get("secret") or "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBooking:
    """What we ask Cal.com to book for one hands-on phase."""

    event_type_id: int
    starts_at: datetime
    name: str
    email: str
    time_zone: str
    language: str
    title: str
    notes: str
    reference: Reference
    call_id: str
    source: str

    @classmethod
    def of(
        cls,
        appointment: Appointment,
        phase: AppointmentPhase,
        *,
        event_type_id: int,
        segment_name: str,
    ) -> Self:
        """Say it for one phase of an appointment that has a customer.

        No phone number: a badly formed one would have the whole booking refused.
        """
        customer = appointment.customer
        if customer is None:
            msg = f"appointment {appointment.pk} has no customer: a hold is never booked"
            raise ValueError(msg)
        return cls(
            event_type_id=event_type_id,
            starts_at=phase.starts_at,
            # Never empty: Cal.com refuses that.
            name=appointment.customer_name.strip() or customer.name.strip() or f"#{customer.pk}",
            email=customer.email or placeholder_email(customer.pk),
            time_zone=appointment.branch.zone.key,
            language=appointment.company.locale,
            title=f"{appointment.service.name} - {segment_name or phase.segment_key}",
            notes=appointment.notes,
            reference=Reference(appointment.public_id, phase.segment_key),
            call_id=appointment.call_id,
            source=appointment.source,
        )

    def body(self) -> dict[str, Any]:
        """Spell it as JSON: no `end`, and the title is an answer to a booking field."""
        metadata = {
            APPOINTMENT_KEY: self.reference.appointment,
            SEGMENT_KEY: self.reference.segment,
            SOURCE_KEY: self.source,
            CALL_KEY: self.call_id,
        }
        return {
            "eventTypeId": self.event_type_id,
            "start": spell(self.starts_at),
            "attendee": {
                "name": self.name,
                "email": self.email,
                "timeZone": self.time_zone,
                "language": self.language,
            },
            # Name and e-mail once more, for event types that demand them as fields.
            "bookingFieldsResponses": {
                "title": self.title,
                "notes": self.notes,
                "name": self.name,
                "email": self.email,
            },
            "metadata": {key: value[:LONGEST_VALUE] for key, value in metadata.items() if value},
        }


def placeholder_email(customer_id: int) -> str:
    """Return the address a customer without one is booked under: always the same."""
    return f"customer-{customer_id}@{settings.CALCOM_PLACEHOLDER_EMAIL_DOMAIN}"


def parse_slots(data: Any) -> list[Slot]:
    """Read the answer to a slots query, sorted: its days come in no promised order.

    Raises:
        KeyError, TypeError, ValueError: another layout; never read as "nothing free".
    """
    return sorted(Slot(parse_moment(slot["start"])) for day in data.values() for slot in day)


def parse_moment(text: str) -> datetime:
    """Read any of Cal.com's spellings of a moment; one without an offset is UTC."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def spell(moment: datetime) -> str:
    """Write an instant as Cal.com does, in UTC and to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def same_moment(one: datetime, other: datetime) -> bool:
    """Whether two starts are one: Cal.com cuts what is below the second."""
    return abs(one - other) < timedelta(seconds=1)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        msg = f"expected a text, not {type(value).__name__}"
        raise TypeError(msg)
    return value


def _usernames(data: Any) -> dict[int, str]:
    """Read them from a team's hosts or from a person's own event type."""
    hosts = [(host.get("userId"), host.get("username")) for host in data.get("hosts") or ()]
    users = [(user.get("id"), user.get("username")) for user in data.get("users") or ()]
    return {id_: name for id_, name in [*users, *hosts] if _number(id_) and name}


def _first_id(people: Any) -> int | None:
    return _number(people[0].get("id")) if people else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
