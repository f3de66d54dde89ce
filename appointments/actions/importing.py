"""Taking over appointments that were made elsewhere, by the rules all others obey."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from appointments.actions.announcing import announce
from appointments.actions.holds import lock_staff, remove_holds
from appointments.actions.phases import phases_of
from appointments.domain.intervals import Interval
from appointments.domain.starts import duration_of
from appointments.errors import (
    CannotProvideServiceError,
    OtherCompanyError,
    OwnAppointmentError,
)
from appointments.models import (
    Appointment,
    AppointmentPhase,
    Branch,
    Company,
    Customer,
    Service,
    Source,
    Staff,
    Status,
    SyncStatus,
)
from appointments.queries.availability import free_slots
from appointments.queries.diary import Search, get_diary


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """An appointment as another system had it. All of one company."""

    branch: Branch
    service: Service
    staff: Staff
    customer: Customer
    starts_at: datetime

    @property
    def company(self) -> Company:
        return self.branch.company

    @property
    def key(self) -> str:
        """Name what is imported, so that importing it twice is importing it once."""
        parts = (self.customer.pk, self.service.pk, self.staff.pk, self.starts_at.timestamp())
        wish = "|".join(("import", *map(str, parts)))
        return hashlib.sha256(wish.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Imported:
    """An appointment, and whether an earlier import had already made it."""

    appointment: Appointment
    repeated: bool


def import_appointment(*, order: ImportOrder, now: datetime) -> Imported:
    """Record the appointment, or return what an earlier import made of it.

    What has begun is history: it is recorded as completed, whoever was where, and does not
    sync. What lies ahead is booked where it is free; notice and horizon bind callers only. One
    that was cancelled since stays cancelled.

    Joins the caller's transaction. Whoever imports several locks all their staff first
    (`lock_staff`), lest two transactions wait for each other.

    Raises:
        OtherCompanyError: not all of one company.
        CannotProvideServiceError: the staff member does not perform the service there.
        ClosedError, SlotTakenError: not free, and why.
        OwnAppointmentError: the customer has another appointment at that time.
    """
    owners = {order.service.company_id, order.staff.company_id, order.customer.company_id}
    if owners != {order.company.pk}:
        raise OtherCompanyError
    with transaction.atomic():
        lock_staff([order.staff.pk])
        if earlier := Appointment.objects.of(order.company).filter(booking_key=order.key).first():
            return Imported(earlier, repeated=True)
        if order.starts_at <= now:
            return Imported(_record(order, now=now), repeated=False)
        remove_holds(company=order.company, call_id="", staff_ids=[order.staff.pk], now=now)
        _check_free(order, now=now)
        appointment = _book(order)
        announce(appointment)
    return Imported(appointment, repeated=False)


def _check_free(order: ImportOrder, *, now: datetime) -> None:
    search = Search(branch=order.branch, service=order.service, staff_id=order.staff.pk)
    day = order.starts_at.astimezone(order.branch.zone).date()
    diary = get_diary(search, first=day, last=day, now=now)
    if not diary.people:
        raise CannotProvideServiceError(requested_staff=order.staff.name, alternative_staff=())
    free_slots(diary, order.starts_at)
    own = (
        Appointment.objects.of(order.company)
        .confirmed()
        .filter(customer=order.customer)
        .overlapping(Interval(order.starts_at, order.starts_at + diary.duration))
        .order_by("starts_at", "pk")
        .first()
    )
    if own:
        raise OwnAppointmentError(appointment=own)


def _book(order: ImportOrder) -> Appointment:
    sync_status = SyncStatus.PENDING if order.company.syncs else SyncStatus.NOT_APPLICABLE
    appointment = _appointment(order, status=Status.CONFIRMED, sync_status=sync_status)
    appointment.save(force_insert=True)
    AppointmentPhase.objects.bulk_create(
        phases_of(appointment, order.service.get_segments(), sync_status=sync_status)
    )
    return appointment


def _record(order: ImportOrder, *, now: datetime) -> Appointment:
    appointment = _appointment(
        order, status=Status.COMPLETED, sync_status=SyncStatus.NOT_APPLICABLE
    )
    appointment.save(force_insert=True)
    phases = phases_of(appointment, order.service.get_segments())
    for phase in phases:
        phase.released_at = now
    AppointmentPhase.objects.bulk_create(phases)
    return appointment


def _appointment(order: ImportOrder, *, status: Status, sync_status: SyncStatus) -> Appointment:
    return Appointment(
        company=order.company,
        branch=order.branch,
        customer=order.customer,
        service=order.service,
        staff=order.staff,
        booking_key=order.key,
        customer_name=order.customer.name,
        starts_at=order.starts_at,
        ends_at=order.starts_at + duration_of(order.service.get_segments()),
        buffer_before_minutes=order.service.buffer_before_minutes,
        buffer_after_minutes=order.service.buffer_after_minutes,
        status=status,
        source=Source.IMPORT,
        sync_status=sync_status,
    )
