"""Refusals: a "no" the caller can be told about. A status and facts, no prose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from appointments.domain.diary import Reason
    from appointments.models import Appointment


class AppointmentError(Exception):
    """A refusal. `status` is the word the agent branches on; the facts are attributes."""

    status: ClassVar[str]


class PastTimeError(AppointmentError):
    """The start lies in the past."""

    status = "past_time"


@dataclass
class TooSoonError(AppointmentError):
    """The start is nearer than the booking notice allows."""

    status = "too_soon"
    minimum_notice_minutes: int
    earliest_bookable: datetime


@dataclass
class TooFarError(AppointmentError):
    """The start lies beyond the booking horizon."""

    status = "too_far"
    horizon_days: int


class ClosedError(AppointmentError):
    """The branch is not open at that time."""

    status = "closed"


@dataclass
class SlotTakenError(AppointmentError):
    """Nobody suitable is free: taken, absent, or too long for the time left."""

    status = "unavailable"
    reason: "Reason"


@dataclass
class OwnAppointmentError(AppointmentError):
    """The customer already has an appointment then."""

    status = "own_appointment"
    appointment: "Appointment"


class NotChangeableError(AppointmentError):
    """The appointment is no longer confirmed, so that it cannot be moved."""

    status = "none"


class AlreadyAtThatTimeError(AppointmentError):
    """A move to where the appointment already is."""

    status = "already_at_that_time"


class DenialReason(StrEnum):
    """What the salon does not allow a caller."""

    DEADLINE_MISSED = "deadline_missed"
    LIMIT_REACHED = "limit_reached"


@dataclass
class DeniedError(AppointmentError):
    """The salon does not let a caller change this any more; its people still can.

    Attributes:
        reason: which rule says so.
        allowed: hours before the start for a deadline, moves for a limit.
    """

    status = "denied"
    reason: DenialReason
    allowed: int


@dataclass
class CannotProvideServiceError(AppointmentError):
    """The wished staff member does not perform the service."""

    status = "staff_cannot_provide_service"
    requested_staff: str
    alternative_staff: Sequence[tuple[int, str]]


class OtherCompanyError(AppointmentError):
    """Parts of an order belong to different companies: a bug or an attack, never a wish."""

    status = "technical_problem"
