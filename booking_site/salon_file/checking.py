"""What one part of a salon file must know of another: references, and what may occur once."""

from collections.abc import Collection, Iterable, Mapping

from booking_site.documents.nodes import complain_of_repeats
from booking_site.documents.places import Named
from booking_site.documents.problems import Problem
from booking_site.salon_file.entries import (
    AppointmentEntry,
    SalonFile,
    ServiceEntry,
    StaffEntry,
)


def check(salon: SalonFile, *, problems: list[Problem]) -> None:
    """Add to `problems` whatever does not fit together. Values that were not read are None."""
    _check_repeats(salon, problems)
    branches = {branch.slug for branch in salon.branches or ()}
    services = {service.slug: service for service in salon.services or ()}
    staff = {person.slug for person in salon.staff or ()}
    for person in salon.staff or ():
        _check_known(person.branch, branches, "branch", problems)
        _check_time_off(person, problems)
    for service in services.values():
        for performer in service.staff or ():
            _check_known(performer, staff, "staff member", problems)
    for appointment in salon.appointments or ():
        _check_appointment(appointment, services, staff, problems)


def _check_known(
    name: Named | None, known: Collection[str], what: str, problems: list[Problem]
) -> None:
    # With None among them, one of the known could not be read: perhaps it is the one meant.
    if name is not None and name.value not in known and None not in known:
        problems.append(
            Problem(
                name.place.line, name.place.key, f"there is no {what} {name.value} in this file"
            )
        )


def _check_repeats(salon: SalonFile, problems: list[Problem]) -> None:
    for entries in (salon.branches, salon.staff, salon.services):
        complain_of_repeats(
            ((entry.place, entry.slug) for entry in entries or ()), key="slug", problems=problems
        )
    for service in salon.services or ():
        complain_of_repeats(
            ((synonym.place, synonym.name) for synonym in service.synonyms or ()),
            key="",
            problems=problems,
        )
        _check_named_once(service.staff or (), problems)
    _check_named_once(
        [number for branch in salon.branches or () for number in branch.phone_numbers or ()],
        problems,
    )
    complain_of_repeats(
        ((customer.place, customer.phone) for customer in salon.customers or ()),
        key="phone",
        problems=problems,
    )


def _check_named_once(names: Iterable[Named], problems: list[Problem]) -> None:
    complain_of_repeats(((name.place, name.value) for name in names), key="", problems=problems)


def _check_time_off(person: StaffEntry, problems: list[Problem]) -> None:
    complain_of_repeats(
        ((entry.place, entry.first) for entry in person.time_off or ()),
        key="from",
        problems=problems,
    )
    problems += [
        Problem(entry.place.line, f"{entry.place.key}.to", "lies before from")
        for entry in person.time_off or ()
        if None not in (entry.first, entry.last) and entry.last < entry.first
    ]


def _check_appointment(
    appointment: AppointmentEntry,
    services: Mapping[str, ServiceEntry],
    staff: Collection[str],
    problems: list[Problem],
) -> None:
    _check_known(appointment.service, services, "service", problems)
    _check_known(appointment.staff, staff, "staff member", problems)
    service = services.get(_value_of(appointment.service))
    person = _value_of(appointment.staff)
    if service is None or service.staff is None or person not in staff:
        return
    if person not in {performer.value for performer in service.staff}:
        place = appointment.staff.place
        problems.append(Problem(place.line, place.key, f"{person} does not perform {service.slug}"))


def _value_of(name: Named | None) -> str:
    return name.value if name else ""
