"""Booking, moving and cancelling. Guard, lock, replay, check, write, announce: in that order."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F, Q

from appointments.actions.announcing import announce
from appointments.actions.holds import lock_staff, remove_holds
from appointments.actions.phases import phases_of
from appointments.domain.diary import Reason, Slot, choose
from appointments.domain.hours import day_interval
from appointments.errors import (
    AlreadyAtThatTimeError,
    AppointmentError,
    NotChangeableError,
    OtherCompanyError,
    OwnAppointmentError,
    SlotTakenError,
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
from appointments.ports import Deadline
from appointments.queries.availability import (
    Availability,
    check_availability,
    free_slots,
    keep_listed,
)
from appointments.queries.diary import Search, get_diary

TAKEN_TWICE = "phase_takes_staff_once"
DEADLOCK = "40P01"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingOrder:
    """What somebody asked for, before it is an appointment.

    Attributes:
        branch, service: of one company.
        starts_at: exactly this start.
        staff_id: only this person; None for whoever is free.
        customer: who comes, where that is known; else a customer is made of name and phone.
        customer_name: as spoken; it belongs to the appointment, never to a known customer.
        phone: E.164 or None; with a number the customer is found or made, without always made.
        call_id: the call that wishes this. The same wish of one call is one appointment.
        additional: one more, although the customer has one at that time.
        usual_staff_id: preferred where nobody is wished.
    """

    branch: Branch
    service: Service
    starts_at: datetime
    staff_id: int | None = None
    customer: Customer | None = None
    customer_name: str = ""
    phone: str | None = None
    email: str | None = None
    call_id: str = ""
    source: Source = Source.STAFF
    notes: str = ""
    additional: bool = False
    usual_staff_id: int | None = None

    @property
    def company(self) -> Company:
        return self.branch.company

    @property
    def search(self) -> Search:
        return Search(
            branch=self.branch,
            service=self.service,
            staff_id=self.staff_id,
            call_id=self.call_id,
        )

    @property
    def key(self) -> str:
        """Name the wish: the call, the service and the start, in whatever words."""
        return _key(self.call_id, self.service.pk, self.starts_at, additional=self.additional)


@dataclass(frozen=True, slots=True)
class Booked:
    """A standing appointment, and whether an earlier request had already made it."""

    appointment: Appointment
    repeated: bool


def _key(call_id: str, service_id: int, starts_at: datetime, *, additional: bool = False) -> str:
    if not call_id:
        return ""
    wish = f"{call_id}|{service_id}|{starts_at.timestamp():.0f}|{additional}"
    return hashlib.sha256(wish.encode()).hexdigest()


Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def _guarded(act: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Say what the database refused in our words, and try a deadlocked transaction again once."""

    @wraps(act)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            try:
                return act(*args, **kwargs)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") != DEADLOCK:
                    raise
                return act(*args, **kwargs)
        except IntegrityError as error:
            if TAKEN_TWICE in str(error):
                raise SlotTakenError(reason=Reason.TAKEN) from error
            raise

    return guarded


def book(*, order: BookingOrder, now: datetime, deadline: Deadline) -> Booked:
    """Book the order, or return what this wish has already booked.

    The outside calendar is asked before the transaction. What this database says is asked
    twice: before, so that a hopeless wish waits for no lock, and once more under the lock.

    Raises:
        PastTimeError, TooSoonError, TooFarError, ClosedError: what the rules of time say.
        OwnAppointmentError: the customer already has an appointment at that time.
        SlotTakenError: nobody suitable is free.
    """
    if order.service.company_id != order.branch.company_id:
        raise OtherCompanyError
    if earlier := _standing(order):
        return Booked(earlier, repeated=True)
    try:
        availability = check_availability(
            order.search,
            order.starts_at,
            now=now,
            deadline=deadline,
            usual_staff_id=order.usual_staff_id,
        )
        return _book(order, availability, now=now)
    except (AppointmentError, IntegrityError):
        # Perhaps the same wish, asked twice at once: its twin has just taken the time.
        if earlier := _standing(order):
            return Booked(earlier, repeated=True)
        raise


def _standing(order: BookingOrder) -> Appointment | None:
    """Return what this wish has booked and nobody has given up since."""
    if not order.key:
        return None
    standing = (
        Appointment.objects.of(order.company)
        .confirmed()
        .filter(booking_key=order.key)
        .select_related("service", "staff", "branch__company", "customer")
        .first()
    )
    if standing and order.staff_id not in (None, standing.staff_id):
        raise OwnAppointmentError(appointment=standing)
    return standing


@_guarded
def _book(order: BookingOrder, availability: Availability, *, now: datetime) -> Booked:
    with transaction.atomic(durable=True):
        lock_staff(availability.candidates)
        if earlier := _standing(order):
            return Booked(earlier, repeated=True)
        remove_holds(
            company=order.company,
            call_id=order.call_id,
            staff_ids=availability.candidates,
            now=now,
        )
        slot = _free_slot(order.search, order.starts_at, availability, now=now)
        if not order.additional and (own := _own_appointment(order, slot)):
            raise OwnAppointmentError(appointment=own)
        appointment = _write(order, slot)
        announce(appointment)
    return Booked(appointment, repeated=False)


def _free_slot(
    search: Search, starts_at: datetime, availability: Availability, *, now: datetime
) -> Slot:
    """Choose, under the lock, among those who were free before it."""
    day = starts_at.astimezone(search.branch.zone).date()
    diary = get_diary(search, first=day, last=day, now=now)
    slots = [
        slot
        for slot in keep_listed(
            free_slots(diary, starts_at), diary=diary, listing=availability.listing
        )
        if slot.staff_id in availability.candidates
    ]
    if not slots:
        raise SlotTakenError(reason=Reason.TAKEN)
    if availability.slot in slots:
        return availability.slot
    return choose(
        slots,
        people=diary.people,
        day=day_interval(day, search.branch.zone),
        usual_staff_id=None,
    )


def _own_appointment(order: BookingOrder, slot: Slot) -> Appointment | None:
    """Return an appointment that whoever asks already has during this slot."""
    theirs = Q()
    if order.customer:
        theirs |= Q(customer=order.customer)
    elif order.phone:
        theirs |= Q(customer__phone=order.phone)
    if order.call_id:
        theirs |= Q(call_id=order.call_id)
    if not theirs:
        return None
    return (
        Appointment.objects.of(order.company)
        .confirmed()
        .overlapping(slot.interval)
        .filter(theirs)
        .select_related("service", "staff", "branch__company")
        .order_by("starts_at", "pk")
        .first()
    )


def _write(order: BookingOrder, slot: Slot) -> Appointment:
    sync_status = SyncStatus.PENDING if order.company.syncs else SyncStatus.NOT_APPLICABLE
    customer = order.customer or _customer_of(order)
    appointment = Appointment(
        company=order.company,
        branch=order.branch,
        customer=customer,
        service=order.service,
        staff=Staff.objects.get(company=order.company, pk=slot.staff_id),
        booking_key=order.key,
        customer_name=order.customer_name or customer.name,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        buffer_before_minutes=order.service.buffer_before_minutes,
        buffer_after_minutes=order.service.buffer_after_minutes,
        source=order.source,
        call_id=order.call_id,
        notes=order.notes,
        sync_status=sync_status,
    )
    appointment.save(force_insert=True)
    AppointmentPhase.objects.bulk_create(phases_of(appointment, sync_status=sync_status))
    return appointment


def _customer_of(order: BookingOrder) -> Customer:
    """Find the customer by number, or make one. A known customer is never renamed."""
    if not order.phone:
        return Customer.objects.create(
            company=order.company, name=order.customer_name, email=order.email
        )
    customer, created = Customer.objects.get_or_create(
        company=order.company,
        phone=order.phone,
        defaults={"name": order.customer_name, "email": order.email},
    )
    if order.email and not created and not customer.email:
        Customer.objects.filter(pk=customer.pk, email=None).update(email=order.email)
    return customer


def reschedule(
    *,
    appointment: Appointment,
    starts_at: datetime,
    now: datetime,
    deadline: Deadline,
    staff_id: int | None = None,
    by_customer: bool = False,
) -> Appointment:
    """Move an appointment in one swap: the old time is kept until the new one is held.

    Its phases shift with it and keep their rows, lengths and booking uids.

    Args:
        appointment: which one.
        starts_at: exactly this start.
        now: the time.
        deadline: for the question to the outside calendar.
        staff_id: somebody else; None keeps the staff member.
        by_customer: count it against the moves a customer may make.

    Raises:
        AlreadyAtThatTimeError: it is there already, with that staff member.
        NotChangeableError: it is no longer confirmed.
        PastTimeError, TooSoonError, TooFarError, ClosedError, SlotTakenError: as for `book`.
    """
    staff_id = staff_id or appointment.staff_id
    if (starts_at, staff_id) == (appointment.starts_at, appointment.staff_id):
        raise AlreadyAtThatTimeError
    search = Search(
        branch=appointment.branch,
        service=appointment.service,
        staff_id=staff_id,
        call_id=appointment.call_id,
        moving=appointment,
    )
    availability = check_availability(search, starts_at, now=now, deadline=deadline)
    return _move(appointment, search, availability, now=now, by_customer=by_customer)


@_guarded
def _move(
    appointment: Appointment,
    search: Search,
    availability: Availability,
    *,
    now: datetime,
    by_customer: bool,
) -> Appointment:
    with transaction.atomic(durable=True):
        staff_ids = {appointment.staff_id, *availability.candidates}
        lock_staff(staff_ids)
        moved = (
            Appointment.objects.select_for_update(of=("self",))
            .select_related("service", "staff", "branch__company", "customer")
            .get(pk=appointment.pk)
        )
        if moved.status != Status.CONFIRMED:
            raise NotChangeableError
        remove_holds(company=moved.company, call_id=moved.call_id, staff_ids=staff_ids, now=now)
        slot = _free_slot(search, availability.slot.starts_at, availability, now=now)
        _shift_phases(moved, slot, now=now)
        moved.starts_at, moved.ends_at = slot.starts_at, slot.ends_at
        moved.staff = Staff.objects.get(company=moved.company_id, pk=slot.staff_id)
        moved.booking_key = _key(moved.call_id, moved.service_id, slot.starts_at)
        moved.reschedule_count += by_customer
        moved.revision += 1
        moved.sync_status = SyncStatus.PENDING if moved.company.syncs else SyncStatus.NOT_APPLICABLE
        moved.save()
        announce(moved)
    return moved


def _shift_phases(appointment: Appointment, slot: Slot, *, now: datetime) -> None:
    phases = list(appointment.phases.order_by("sequence"))
    shift = slot.starts_at - appointment.starts_at
    for phase in phases:
        phase.starts_at += shift
        phase.ends_at += shift
        phase.staff_id = slot.staff_id
        if phase.staff_required and appointment.company.syncs:
            phase.sync_status = SyncStatus.PENDING
    # Given back first: row by row, a phase may land where its sister still stands.
    appointment.phases.update(released_at=now)
    AppointmentPhase.objects.bulk_update(
        phases, ["starts_at", "ends_at", "staff", "sync_status", "released_at"]
    )


def cancel(*, appointment: Appointment, now: datetime, reason: str = "") -> bool:
    """Cancel an appointment and give its time back. Cancelling twice is cancelling once.

    Returns:
        whether this call did it.
    """
    sync_status = SyncStatus.PENDING if appointment.company.syncs else SyncStatus.NOT_APPLICABLE
    with transaction.atomic(durable=True):
        changed = (
            Appointment.objects.confirmed()
            .filter(pk=appointment.pk)
            .update(
                status=Status.CANCELLED,
                cancelled_at=now,
                cancel_reason=reason[:250],
                revision=F("revision") + 1,
                sync_status=sync_status,
            )
        )
        if changed:
            appointment.phases.update(released_at=now)
            announce(appointment)
    return bool(changed)


def finish(*, appointment: Appointment, status: Status, now: datetime) -> bool:
    """Record that the customer came (`completed`) or did not (`no_show`).

    Cal.com keeps its bookings: nothing about the time has changed.

    Returns:
        whether this call did it.
    """
    with transaction.atomic(durable=True):
        changed = Appointment.objects.confirmed().filter(pk=appointment.pk).update(status=status)
        if changed:
            appointment.phases.update(released_at=now)
            announce(appointment)
    return bool(changed)
