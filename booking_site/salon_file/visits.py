"""Loading customers and their appointments."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any

from appointments.actions.importing import ImportOrder, import_appointment
from appointments.domain.diary import Reason
from appointments.domain.hours import local_instant
from appointments.errors import (
    AppointmentError,
    CannotProvideServiceError,
    ClosedError,
    OwnAppointmentError,
    SlotTakenError,
)
from appointments.models import Customer, Service, Staff
from booking_site.salon_file.entries import AppointmentEntry, CustomerEntry
from booking_site.salon_file.rows import Load, put

REASONS = {
    Reason.CLOSED: "the branch is closed then",
    Reason.STAFF_ABSENT: "{staff} does not work then",
    Reason.TOO_LONG: "{staff} does not work long enough after it",
    Reason.TAKEN: "{staff} is busy then",
}
REFUSALS: dict[type[AppointmentError], Callable[[Any], str]] = {
    ClosedError: lambda _: REASONS[Reason.CLOSED],
    SlotTakenError: lambda refusal: REASONS[refusal.reason],
    CannotProvideServiceError: lambda _: (
        "{staff} cannot be booked for this service: not active, or without all event types"
    ),
    OwnAppointmentError: lambda _: "the customer has another appointment then",
}


def load_customers(entries: Sequence[CustomerEntry], *, load: Load) -> dict[str, Customer]:
    """Make or change the customers, and return them by number.

    An address that is not in the file may have been told on the phone: it stays.
    """
    return {
        entry.phone: put(
            Customer,
            kind="customers",
            load=load,
            key={"company": load.company, "phone": entry.phone},
            values={"name": entry.name} | ({"email": entry.email} if entry.email else {}),
        )
        for entry in entries
    }


def load_appointments(
    entries: Sequence[AppointmentEntry],
    *,
    services: Mapping[str, Service],
    staff: Mapping[str, Staff],
    customers: Mapping[str, Customer],
    load: Load,
) -> None:
    """Import the appointments in the order of the file, so that a later one gives way."""
    for entry in entries:
        customer = customers.get(entry.customer.value) or _known_customer(entry, load=load)
        if customer is None:
            load.complain(
                entry.customer.place,
                f"there is no customer {entry.customer.value}; add one to customers",
            )
            continue
        person, service = staff[entry.staff.value], services[entry.service.value]
        _import(entry, customer=customer, person=person, service=service, load=load)


def _known_customer(entry: AppointmentEntry, *, load: Load) -> Customer | None:
    return Customer.objects.filter(company=load.company, phone=entry.customer.value).first()


def _import(
    entry: AppointmentEntry, *, customer: Customer, person: Staff, service: Service, load: Load
) -> None:
    local = entry.starts_at
    starts_at = local_instant(local.date(), local.time(), person.branch.zone)
    if starts_at is None:
        load.complain(entry.place, f"{local:%H:%M} does not exist that day: the clocks skip it")
        return
    order = ImportOrder(
        branch=person.branch,
        service=service,
        staff=person,
        customer=customer,
        starts_at=starts_at.astimezone(UTC),
    )
    try:
        imported = import_appointment(order=order, now=load.now)
    except AppointmentError as refusal:
        why = REFUSALS[type(refusal)](refusal).format(staff=person.name)
        load.complain(entry.place, f"cannot be booked: {why}")
        return
    if imported.repeated:
        load.counts["appointments"].unchanged += 1
    else:
        load.counts["appointments"].created += 1
