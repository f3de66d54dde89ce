"""What is stored, one module per aggregate."""

from appointments.models.appointment import (
    TAKES_TIME,
    Appointment,
    AppointmentPhase,
    ReviewReason,
    Source,
    Status,
    SyncStatus,
)
from appointments.models.audit import AuditEntry, Verb
from appointments.models.busy_times import BusyTime
from appointments.models.catalogue import (
    LONGEST_BUFFER_MINUTES,
    Service,
    ServiceSegment,
    ServiceSynonym,
    StaffService,
    validate_recipe,
)
from appointments.models.changes import AppointmentChange
from appointments.models.customers import CallbackReason, CallbackRequest, Customer
from appointments.models.flag_settings import FlagSetting
from appointments.models.reviews import Review
from appointments.models.salon import (
    DEFAULT_NOTICE_MINUTES,
    Branch,
    Closure,
    Company,
    GapPolicy,
    OpeningHours,
    PhoneNumber,
    Staff,
    TimeOff,
    Weekday,
    WorkingHours,
)
from appointments.models.tallies import DailyTally, Tallied
from appointments.models.users import User

__all__ = [
    "DEFAULT_NOTICE_MINUTES",
    "LONGEST_BUFFER_MINUTES",
    "TAKES_TIME",
    "Appointment",
    "AppointmentChange",
    "AppointmentPhase",
    "AuditEntry",
    "Branch",
    "BusyTime",
    "CallbackReason",
    "CallbackRequest",
    "Closure",
    "Company",
    "Customer",
    "DailyTally",
    "FlagSetting",
    "GapPolicy",
    "OpeningHours",
    "PhoneNumber",
    "Review",
    "ReviewReason",
    "Service",
    "ServiceSegment",
    "ServiceSynonym",
    "Source",
    "Staff",
    "StaffService",
    "Status",
    "SyncStatus",
    "Tallied",
    "TimeOff",
    "User",
    "Verb",
    "Weekday",
    "WorkingHours",
    "validate_recipe",
]
