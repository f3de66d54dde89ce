"""Booking. Guard, lock, replay, check, write, announce: in that order."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from appointments.actions.announcing import announce
from appointments.actions.guarding import guarded
from appointments.actions.holds import lock_staff, remove_holds
from appointments.actions.phases import phases_of
from appointments.domain.diary import Reason, Slot, choose
from appointments.domain.hours import day_interval, in_utc
from appointments.domain.intervals import Interval
from appointments.domain.starts import duration_of
from appointments.errors import (
    AppointmentError,
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
        walk_in: somebody who gives no number: all of the same name are one customer.
        override_reason: why notice and horizon do not hold this once; "" where they do.
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
    walk_in: bool = False
    override_reason: str = ""

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
            unbound=bool(self.override_reason),
        )

    @property
    def key(self) -> str:
        """Name the wish: the call, the service and the start, in whatever words."""
        return booking_key(
            self.call_id, self.service.pk, self.starts_at, additional=self.additional
        )


@dataclass(frozen=True, slots=True)
class Booked:
    """A standing appointment, and whether an earlier request had already made it."""

    appointment: Appointment
    repeated: bool


def booking_key(
    call_id: str, service_id: int, starts_at: datetime, *, additional: bool = False
) -> str:
    """Name a wish of a call; "" outside calls, where nothing is repeated."""
    if not call_id:
        return ""
    wish = f"{call_id}|{service_id}|{starts_at.timestamp():.0f}|{additional}"
    return hashlib.sha256(wish.encode()).hexdigest()


def book(*, order: BookingOrder, now: datetime, deadline: Deadline) -> Booked:
    """Book the order, or return what this wish has already booked.

    The outside calendar is asked before the transaction. What this database says is asked
    twice: before, so that a hopeless wish waits for no lock, and once more under the lock.

    Raises:
        PastTimeError, TooSoonError, TooFarError, ClosedError: what the rules of time say.
        OwnAppointmentError: the customer already has an appointment at that time.
        SlotTakenError: nobody suitable is free.
        OtherCompanyError: branch, service and customer are not of one company.
    """
    company_id = order.branch.company_id
    if order.service.company_id != company_id:
        raise OtherCompanyError
    if order.customer and order.customer.company_id != company_id:
        raise OtherCompanyError
    order = replace(order, starts_at=in_utc(order.starts_at))
    if earlier := find_standing(order):
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
    except (AppointmentError, IntegrityError) as refusal:
        # Perhaps the same wish, asked twice at once: its twin has just taken the time.
        if earlier := find_standing(order):
            return Booked(earlier, repeated=True)
        # Nobody hears "taken" of a time that is their own.
        if _is_taken(refusal) and (own := _own_appointment(order, _wished(order))):
            raise OwnAppointmentError(appointment=own) from refusal
        raise


def _is_taken(refusal: Exception) -> bool:
    return isinstance(refusal, SlotTakenError) and refusal.reason is Reason.TAKEN


def _wished(order: BookingOrder) -> Interval:
    return Interval(order.starts_at, order.starts_at + duration_of(order.service.get_segments()))


def find_standing(order: BookingOrder) -> Appointment | None:
    """Return what this wish has booked and nobody has given up since.

    Whoever repeats a wish for one more need not say once more that it is one; whoever says so
    after a plain booking wishes one more.
    """
    if not order.key:
        return None
    keys = {order.key, replace(order, additional=True).key}
    wished = Appointment.objects.of(order.company).confirmed().filter(booking_key__in=keys)
    standing = sorted(wished.loaded(), key=lambda row: row.booking_key != order.key)
    for row in standing:
        if order.staff_id in (None, row.staff_id):
            return row
    if standing:
        raise OwnAppointmentError(appointment=standing[0])
    return None


@guarded
def _book(order: BookingOrder, availability: Availability, *, now: datetime) -> Booked:
    with transaction.atomic(durable=True):
        lock_staff(availability.candidates)
        if earlier := find_standing(order):
            return Booked(earlier, repeated=True)
        remove_holds(
            company=order.company,
            call_id=order.call_id,
            staff_ids=availability.candidates,
            now=now,
        )
        slot = free_slot(order.search, order.starts_at, availability, now=now)
        if own := _own_appointment(order, slot.interval):
            raise OwnAppointmentError(appointment=own)
        appointment = _write(order, slot)
        announce(appointment)
    return Booked(appointment, repeated=False)


def free_slot(
    search: Search, starts_at: datetime, availability: Availability, *, now: datetime
) -> Slot:
    """Choose, under the lock, among those who were free before it.

    Raises:
        ClosedError, SlotTakenError: none of them is any more.
    """
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
        minutes=diary.minutes_on(day_interval(day, search.branch.zone)),
        usual_staff_id=None,
    )


def _own_appointment(order: BookingOrder, wished: Interval) -> Appointment | None:
    """Return an appointment that whoever asks already has then, unless one more is wished."""
    if order.additional:
        return None
    theirs = Q()
    if order.customer:
        theirs |= Q(customer=order.customer)
    elif order.phone:
        theirs |= Q(customer__phone=order.phone)
    if order.call_id:
        theirs |= Q(call_id=order.call_id)
    if not theirs:
        return None
    own = Appointment.objects.of(order.company).confirmed().overlapping(wished).filter(theirs)
    return next(iter(own.order_by("starts_at", "pk")[:1].loaded()), None)


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
        override_reason=order.override_reason,
        sync_status=sync_status,
    )
    appointment.save(force_insert=True)
    AppointmentPhase.objects.bulk_create(
        phases_of(appointment, order.service.get_segments(), sync_status=sync_status)
    )
    return appointment


def _customer_of(order: BookingOrder) -> Customer:
    """Find the customer by number, or make one. A known customer is never renamed."""
    email = order.email or None
    if not order.phone:
        if order.walk_in and (known := _nameless(order)):
            return known
        return Customer.objects.create(company=order.company, name=order.customer_name, email=email)
    customer, created = Customer.objects.get_or_create(
        company=order.company,
        phone=order.phone,
        defaults={"name": order.customer_name, "email": email},
    )
    if email and not created and not customer.email:
        Customer.objects.filter(pk=customer.pk, email=None).update(email=email)
    return customer


def _nameless(order: BookingOrder) -> Customer | None:
    """Find who stands for all that walk in: one row, or the list of customers fills with them."""
    nameless = Customer.objects.filter(
        company=order.company, name=order.customer_name, phone=None, email=None
    )
    return nameless.order_by("pk").first()
