"""Who works in the showroom's salon and who comes to it. All names and numbers are invented.

The numbers are of the ranges that Germany's regulator keeps free for films.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from itertools import islice

from django.contrib.auth.models import Group

from appointments.models import (
    Branch,
    Company,
    Customer,
    Service,
    Staff,
    StaffService,
    User,
    WorkingHours,
)

WEEK = range(5)
SATURDAY = 5

FIRST = (
    *("Anna", "Leyla", "Clara", "Sophie", "Miriam", "Katrin", "Yasmin", "Johanna", "Birgit"),
    *("Paula", "Elif", "Nadja", "Greta", "Vera", "Ingrid", "Mila", "Samira", "Theresa"),
    *("Jan", "Murat", "Felix", "Oskar", "Henrik", "Emil", "Karim", "Lukas", "Anton"),
)
MEN = frozenset(("Jan", "Murat", "Felix", "Oskar", "Henrik", "Emil", "Karim", "Lukas", "Anton"))
LAST = (
    *("Ahrens", "Bergmann", "Çelik", "Dorn", "Ebert", "Falk", "Grünwald", "Hartung", "Ilić"),
    *("Jäger", "Kowalski", "Lorenz", "Mahler", "Nowak", "Öztürk", "Pohl", "Quandt", "Reuter"),
    *("Sandner", "Thiele", "Uhlig", "Voss", "Wendt", "Şahin", "Zander", "Lindqvist", "Behrens"),
)
NOTES = (
    "Farbformel: 6/73 + 7/0 1:1, 6 %, 30 Minuten",
    "Allergie gegen PPD, nur Pflanzenfarbe",
    "Empfindliche Kopfhaut, lauwarm waschen",
    "Mag keinen Smalltalk, Kaffee schwarz",
    "Kommt mit Kinderwagen, bitte Platz 1",
    "Wirbel am Hinterkopf, nicht zu kurz",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody who works beside those of the salon file.

    Attributes:
        services: slugs.
        hours: of Monday to Friday; on Saturdays only who `works_saturdays`, until four.
    """

    slug: str
    name: str
    calcom_user_id: int
    services: tuple[str, ...]
    hours: tuple[tuple[time, time], ...]
    works_saturdays: bool


COLLEAGUES = (
    Colleague(
        slug="aylin",
        name="Aylin Demir",
        calcom_user_id=7003,
        services=(
            *("damenhaarschnitt", "waschen-schneiden-foehnen", "waschen-styling", "ponyschnitt"),
            *("dauerwelle", "ansatzfaerbung", "balayage", "straehnen", "trockenschnitt"),
        ),
        hours=((time(9), time(13)), (time(13, 30), time(18))),
        works_saturdays=True,
    ),
    Colleague(
        slug="tom",
        name="Tom Berger",
        calcom_user_id=7004,
        services=("herrenhaarschnitt", "bartpflege", "kinderhaarschnitt", "trockenschnitt"),
        hours=((time(10), time(14)), (time(14, 45), time(19))),
        works_saturdays=True,
    ),
    Colleague(
        slug="pia",
        name="Pia Roth",
        calcom_user_id=7005,
        services=("waschen-styling", "ponyschnitt", "kinderhaarschnitt", "glanzkur"),
        hours=((time(9), time(12, 30)), (time(13, 15), time(17))),
        works_saturdays=False,
    ),
)


def hire(branch: Branch) -> None:
    """Give a branch its colleagues, with what they perform and when they work."""
    for colleague in COLLEAGUES:
        person = Staff.objects.create(
            company=branch.company,
            branch=branch,
            slug=colleague.slug,
            name=colleague.name,
            calcom_user_id=colleague.calcom_user_id,
        )
        for service in Service.objects.filter(company=branch.company, slug__in=colleague.services):
            StaffService.objects.create(staff=person, service=service)
        for weekday in WEEK:
            for begins, ends in colleague.hours:
                WorkingHours.objects.create(
                    staff=person, weekday=weekday, from_time=begins, to_time=ends
                )
        if colleague.works_saturdays:
            WorkingHours.objects.create(
                staff=person, weekday=SATURDAY, from_time=time(9), to_time=time(16)
            )


def invite(company: Company, dice: random.Random, *, count: int) -> list[Customer]:
    """Make customers of a company: nearly all with a number, some with mail and notes."""
    customers = list(company.customers.order_by("pk"))
    for number, name in enumerate(islice(_names(dice), count)):
        mail = name.lower().translate(PLAIN).replace(" ", ".")
        customers.append(
            Customer.objects.create(
                company=company,
                name=name,
                phone=_phone(number),
                email=f"{mail}@example.com" if number % 3 == 0 else None,
                notes=NOTES[number // 5 % len(NOTES)] if number % 5 == 0 else "",
            )
        )
    return customers


PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ç": "c", "ć": "c", "ş": "s"})


def is_man(customer: Customer) -> bool:
    return customer.name.split()[0] in MEN


def _names(dice: random.Random) -> Iterator[str]:
    pairs = [f"{first} {last}" for first in FIRST for last in LAST]
    dice.shuffle(pairs)
    yield from pairs


def _phone(number: int) -> str:
    return f"+49176040690{number:02d}" if number < 100 else f"+493023125{number:03d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who logs in.

    Attributes:
        reception, manager: of the salon; the manager may look at what ops do, too.
        ops: of no company, and everywhere.
    """

    reception: User
    manager: User
    ops: User


def employ(company: Company) -> Desk:
    reception = _user("jana", "Jana", "Albers", company=company, roles=("receptionist",))
    manager = _user("carla", "Carla", "Winter", company=company, roles=("manager", "ops"))
    ops = User.objects.create_superuser("ops", first_name="Robin", last_name="Maas")
    return Desk(reception=reception, manager=manager, ops=ops)


def _user(name: str, first: str, last: str, *, company: Company, roles: tuple[str, ...]) -> User:
    user = User.objects.create_user(
        name, first_name=first, last_name=last, is_staff=True, company=company
    )
    user.groups.set(Group.objects.filter(name__in=roles))
    return user
