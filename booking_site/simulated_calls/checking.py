"""What a call script refers to must exist: calls, answers, people, services, days."""

from collections.abc import Collection, Iterator

from booking_site.documents.nodes import At
from booking_site.documents.places import Named, Place
from booking_site.documents.problems import Problem
from booking_site.salon_file import SalonFile
from booking_site.simulated_calls.placeholders import problem_of
from booking_site.simulated_calls.script import (
    Fault,
    ForeignBooking,
    Given,
    GivenAppointment,
    Script,
    Turn,
)

# What every script may refer to: ids of staff and services, the numbers dialled.
FACTS = frozenset({"salon", "other", "staff", "service"})


def check(script: Script, *, at: At) -> None:
    """Complain about whatever the script refers to and nobody knows."""
    for place, message in _complaints(script):
        at.problems.append(Problem(place.line, place.key, message))
    answers = {turn.called for turn in script.turns if turn.called}
    known = FACTS | answers | set(_names(script.given))
    for node in _texts(at):
        if message := problem_of(node.scalar(), known=known):
            node.complain(message)


def _complaints(script: Script) -> Iterator[tuple[Place, str]]:
    given = script.given
    yield from _in_salon(given.appointments, given.salon)
    if given.other_salon:
        yield from _in_salon(given.other_appointments, given.other_salon)
    elif given.other_appointments:
        yield given.place, "has other_appointments without an other_salon to be in"
    rows: list[ForeignBooking | Fault] = [*given.foreign_bookings, *given.faults]
    for row in rows:
        yield from _unknown(row.service, _services(given.salon), "service")
        yield from _unknown(row.staff, _staff(given.salon), "staff member")
    for slug in given.staff_names.keys() - set(_staff(given.salon)):
        yield given.place, f"there is no staff member {slug} to be called otherwise"
    for number, turn in enumerate(script.turns):
        yield from _of_turn(turn, script, first=not any(t.function for t in script.turns[:number]))
    for expected in script.afterwards.appointments:
        yield from _unknown(expected.given, _names(given), "given appointment")
    for name in script.afterwards.calls.keys() - script.calls.keys():
        yield script.afterwards.place, f"{name} is not one of the calls: {', '.join(script.calls)}"


def _of_turn(turn: Turn, script: Script, *, first: bool) -> Iterator[tuple[Place, str]]:
    happens = [turn.function, turn.event, turn.retry, turn.minutes_pass, turn.work]
    if sum(map(bool, happens)) != 1:
        yield turn.place, "needs one of: function, event, retry, minutes_pass, work"
    if turn.retry and first:
        yield turn.place, "repeats a function call, but there is none before it"
    for name in (turn.call, *turn.at_once):
        yield from _unknown(name, script.calls, "call")


def _in_salon(
    appointments: Collection[GivenAppointment], salon: SalonFile
) -> Iterator[tuple[Place, str]]:
    customers = {customer.phone for customer in salon.customers}
    for row in appointments:
        yield from _unknown(row.customer, customers, "customer of the salon's file")
        yield from _unknown(row.service, _services(salon), "service")
        yield from _unknown(row.staff, _staff(salon), "staff member")


def _unknown(name: Named | None, known: Collection[str], what: str) -> Iterator[tuple[Place, str]]:
    if name is not None and name.value not in known:
        yield name.place, f"there is no {what} {name.value}; there are: {', '.join(known)}"


def _services(salon: SalonFile) -> list[str]:
    return [service.slug for service in salon.services or ()]


def _staff(salon: SalonFile) -> list[str]:
    return [person.slug for person in salon.staff or ()]


def _names(given: Given) -> list[str]:
    return [row.called for row in (*given.appointments, *given.other_appointments) if row.called]


def _texts(at: At) -> Iterator[At]:
    """Yield every text of the document."""
    if at.tag == "map":
        for entry in at.entries().values():
            yield from _texts(entry)
    elif at.tag == "seq":
        for item in at.items():
            yield from _texts(item)
    elif at.tag == "str":
        yield at
