"""What a salon file says, as values: one class per kind of entry."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Literal

from booking_site.documents.places import Named, Place

HoursOfWeek = tuple[tuple[int, time, time], ...]  # (weekday, from, to), sorted


class LeftOut(Enum):
    """A key the file does not write where that is not the same as "none"."""

    LEFT_OUT = "left out"


LEFT_OUT: Literal[LeftOut.LEFT_OUT] = LeftOut.LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class CalcomEntry:
    place: Place
    api_key: str
    team_id: int | None
    webhook_secret: str | LeftOut


@dataclass(frozen=True, slots=True, kw_only=True)
class RetellEntry:
    place: Place
    api_key: str
    agent_ids: tuple[Named, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyEntry:
    """The company. Without a `calcom` or `retell` block its stored credentials stay."""

    place: Place
    slug: str
    name: str
    timezone: str
    locale: str
    gap_policy: str
    booking_notice_minutes: int | None
    horizon_days: int
    cancel_deadline_hours: int
    reschedule_deadline_hours: int
    max_reschedules: int
    callback_promise_minutes: int
    calcom: CalcomEntry | LeftOut | None
    retell: RetellEntry | LeftOut | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchEntry:
    place: Place
    slug: str
    name: str
    region: str
    timezone: str
    booking_notice_minutes: int | None
    phone_numbers: tuple[Named, ...] | None
    opening_hours: HoursOfWeek
    closed_on: tuple[date, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOffEntry:
    """Whole local days of the branch, both included."""

    place: Place
    first: date
    last: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffEntry:
    """A staff member; without working hours they work whenever the branch is open."""

    place: Place
    slug: str
    name: str
    branch: Named
    active: bool
    calcom_user_id: int | None
    working_hours: HoursOfWeek
    time_off: tuple[TimeOffEntry, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEntry:
    place: Place
    key: str
    name: str
    minutes: int
    staff_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SynonymEntry:
    place: Place
    name: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTypeEntry:
    """Which event type of Cal.com books one segment with one staff member."""

    place: Place
    staff: str
    segment_key: str
    event_type_id: int
    child_event_type_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceEntry:
    """A service. `minutes: 55` is a recipe of the one segment A."""

    place: Place
    slug: str
    name: str
    active: bool
    category: str
    price: Decimal
    buffer_before_minutes: int
    buffer_after_minutes: int
    booking_notice_minutes: int | None
    segments: tuple[SegmentEntry, ...]
    synonyms: tuple[SynonymEntry, ...] | None
    staff: tuple[Named, ...] | None
    event_types: tuple[EventTypeEntry, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerEntry:
    """A customer. The phone number identifies; a name or an e-mail address never does."""

    place: Place
    name: str
    phone: str
    email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentEntry:
    """An appointment; its start is wall-clock time of the staff member's branch."""

    place: Place
    customer: Named
    service: Named
    staff: Named
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SalonFile:
    """One company, whole. A list that is None is not in the file: nothing is said about it."""

    company: CompanyEntry
    branches: tuple[BranchEntry, ...]
    staff: tuple[StaffEntry, ...] | None
    services: tuple[ServiceEntry, ...] | None
    customers: tuple[CustomerEntry, ...]
    appointments: tuple[AppointmentEntry, ...]
