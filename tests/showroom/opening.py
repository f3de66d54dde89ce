"""Opening the showroom: weeks go by in a few minutes, and end at a given moment."""

import random
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from django.conf import settings
from django.core.management import call_command
from django.db.models import Count
from django.test.utils import override_settings

from appointments.models import Branch, Company, Staff, User
from calcom.event_maps import check_maps
from calcom.models import CalcomEventMap
from calcom.seeding import seed_of
from calcom.simulator import Simulator
from features.flags import Flag
from tests.showroom import cast, today
from tests.showroom.cast import Desk
from tests.showroom.clock import clock_at
from tests.showroom.diary import Planner
from tests.showroom.life import Agenda, Life
from tests.showroom.office import Office
from tests.showroom.trouble import Trouble
from voice.models import FunctionCall

SALONS = ("salons/salon-eins.yaml", "salons/salon-zwei.yaml")
DAYS_BEFORE, DAYS_AFTER = 30, 12
LAST_MINUTES = timedelta(minutes=3)
FIRST_EVENT_TYPE = 3101
# What is left to be made: a segment is None where all of the service is meant.
WITHOUT_MAP = frozenset({("pia", "glanzkur"), ("aylin", "balayage:C"), ("aylin", "balayage:D")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Showroom:
    """What there is to look at.

    Attributes:
        desk: who can log in.
        now: when it is looked at.
        happened: how often what did, in both salons.
    """

    branch: Branch
    desk: Desk
    now: datetime
    happened: Mapping[str, int] = field(default_factory=dict)


def open_showroom(
    *,
    now: datetime,
    calcom: Simulator,
    days: int = DAYS_BEFORE,
    ahead: int = DAYS_AFTER,
    seed: int = 7,
) -> Showroom:
    """Fill an empty database, and leave the clock where it was.

    Args:
        now: the moment at which it is looked at: while the salon is open.
        calcom: an empty simulated Cal.com, which `settings.CALCOM_API_URL` names.
        days: how long the salon has been there.
        ahead: how many days from now on people have booked.
        seed: of the dice.
    """
    first = now.date() - timedelta(days=days)
    dice = random.Random(seed)  # noqa: S311 -- repeatable, not secret
    with (
        clock_at(now - timedelta(days=days), calcom) as clock,
        _named_by(seed),
        # What has been is known to have been free.
        override_settings(FEATURE_DEFAULTS={Flag.CALCOM_LIVE_SLOTS.value: False}),
    ):
        for salon in SALONS:
            call_command("load_salon", Path(settings.BASE_DIR) / salon, verbosity=0)
        desk = cast.employ(Company.objects.get(slug="salon-eins"))
        agenda = Agenda(clock=clock, until=now - LAST_MINUTES)
        eins = _life("salon-eins", desk, agenda, dice, customers=380, fullness=0.75)
        zwei = _life("salon-zwei", desk, agenda, dice, customers=25, fullness=0.4)
        for life in (eins, zwei):
            _expect(life, first=first, today=now.date(), ahead=ahead)
        today.expect(eins, now.date())
        Trouble(eins, now.date()).expect()
        Office(eins, now.date()).expect()
        agenda.go_on()
        today.end(eins, now.date())
        _time_functions(dice)
    return Showroom(branch=eins.branch, desk=desk, now=now, happened=eins.happened + zwei.happened)


def find_showroom(*, now: datetime) -> Showroom:
    """Return what was opened before, at the same moment."""
    branch = Branch.objects.select_related("company").get(company__slug="salon-eins")
    users = {user.username: user for user in User.objects.all()}
    desk = Desk(reception=users["jana"], manager=users["carla"], ops=users["ops"])
    return Showroom(branch=branch, desk=desk, now=now)


def _life(
    slug: str, desk: Desk, agenda: Agenda, dice: random.Random, *, customers: int, fullness: float
) -> Life:
    company = Company.objects.get(slug=slug)
    branch = company.branches.select_related("company").get()
    if slug == "salon-eins":
        cast.hire(branch)
        _map(branch)
    agenda.clock.calcom.seed(**seed_of(company))
    check_maps(
        company=company,
        maps=CalcomEventMap.objects.all(),
        now=agenda.clock.now,
        within_seconds=60,
    )
    people = cast.invite(company, dice, count=customers)
    return Life(
        branch=branch,
        desk=desk,
        agenda=agenda,
        planner=Planner(branch=branch, customers=people, dice=dice, fullness=fullness),
        dice=dice,
    )


def _map(branch: Branch) -> None:
    """Give the colleagues their event types, but for those that are still to be made."""
    number = FIRST_EVENT_TYPE
    for person in Staff.objects.filter(branch=branch, event_maps=None).order_by("pk"):
        for row in person.services.select_related("service").order_by("pk"):
            for segment in row.service.get_segments():
                slug = row.service.slug
                wanted = {(person.slug, slug), (person.slug, f"{slug}:{segment.key}")}
                if segment.staff_required and not wanted & WITHOUT_MAP:
                    CalcomEventMap.objects.create(
                        company=branch.company,
                        branch=branch,
                        service=row.service,
                        staff=person,
                        segment_key=segment.key,
                        event_type_id=number,
                    )
                    number += 1


def _expect(life: Life, *, first: date, today: date, ahead: int) -> None:
    for offset in range((today - first).days + ahead + 1):
        day = first + timedelta(days=offset)
        if day != today:
            life.expect_visits(day, opened_on=first)
        if day <= today and life.is_open(day):
            life.expect_others(day)
            life.expect_night(day)


def _named_by(seed: int) -> AbstractContextManager[object]:
    """Let what is drawn to be unguessable be the same in every run: nobody guesses here."""
    dice = random.Random(f"{seed} names")  # noqa: S311 -- repeatable, not secret
    return patch("secrets.token_hex", lambda size=16: f"{dice.getrandbits(8 * size):0{2 * size}x}")


def _time_functions(dice: random.Random) -> None:
    """Let functions have taken what they usually take, not what they took this time."""
    usual = {
        row["name"]: 40 + 30 * number
        for number, row in enumerate(
            FunctionCall.objects.values("name").annotate(Count("pk")).order_by("name")
        )
    }
    rows = list(FunctionCall.objects.order_by("pk"))
    for row in rows:
        row.milliseconds = int(usual[row.name] * dice.lognormvariate(0, 0.5))
    FunctionCall.objects.bulk_update(rows, ["milliseconds"], batch_size=500)
