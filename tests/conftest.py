"""One Tuesday, one salon with its people, and a second company whose data must not appear."""

from datetime import UTC, date, datetime, timedelta

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from pytest_django import DjangoDbBlocker

from appointments.models import Branch, Company, Service, Staff
from appointments.ports import Deadline
from tests import flushing
from tests.factories.appointments import (
    BranchFactory,
    CompanyFactory,
    ServiceFactory,
    StaffFactory,
)

# How long examples take to make says how busy the machine is, not whether they hold.
hypothesis.settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any-machine")

# For tests that commit: see tests.flushing for what is done after them.
committing = pytest.mark.django_db(transaction=True)

TUESDAY = datetime(2030, 1, 8, tzinfo=UTC)  # in winter: Berlin is one hour ahead of UTC


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-postgresql",
        action="store_true",
        help="fail, rather than test something else, without PostgreSQL and Redis",
    )
    parser.addoption(
        "--record-examples",
        action="store_true",
        help="write the examples in the API's description anew",
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    engine = settings.DATABASES["default"]["ENGINE"]
    if session.config.getoption("--require-postgresql") and not (
        engine.endswith("postgresql") and settings.REDIS_URL
    ):
        pytest.exit(f"Not PostgreSQL and Redis, but {engine}.", returncode=1)


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """Return a moment on the Tuesday all tests live in, or `days` later. Berlin's clock."""
    return TUESDAY + timedelta(days=days, hours=hour - 1, minutes=minute)


def day(days: int = 0) -> date:
    return (TUESDAY + timedelta(days=days)).date()


def soon() -> Deadline:
    return Deadline.after(3)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Look at the new database before any test has changed it."""
    with django_db_blocker.unblock():
        flushing.what_migrations_left()


@pytest.fixture(autouse=True)
def _no_memories() -> None:
    """Forget cached flags and slots: what a test rolls back, a cache would remember."""
    cache.clear()


@pytest.fixture
def now() -> datetime:
    """The Monday before, at noon."""
    return at(12, days=-1)


@pytest.fixture
def salon(db: None) -> Company:
    """A salon that does not sync. Beside it there is always another company."""
    other = BranchFactory.create(company__name="Salon Zwei", company__slug="salon-zwei")
    someone = StaffFactory.create(branch=other, name="Zoe")
    ServiceFactory.create(company=other.company, name="Schnitt", performed_by=[someone])
    return CompanyFactory.create(name="Salon Eins", slug="salon-eins")


@pytest.fixture
def branch(salon: Company) -> Branch:
    """Open Monday to Saturday from 9 to 18."""
    return BranchFactory.create(company=salon, name="Salon Eins Mitte", slug="mitte")


@pytest.fixture
def mara(branch: Branch) -> Staff:
    return StaffFactory.create(branch=branch, name="Mara Lindt", slug="mara")


@pytest.fixture
def jonas(branch: Branch) -> Staff:
    return StaffFactory.create(branch=branch, name="Jonas Brandt", slug="jonas")


@pytest.fixture
def cut(mara: Staff) -> Service:
    return ServiceFactory.create(
        company=mara.company, name="Herrenhaarschnitt", recipe=[(55, True)], performed_by=[mara]
    )


@pytest.fixture
def perm(mara: Staff) -> Service:
    """50 of work, 15 of waiting, 5, 10 of waiting, 15, 40: four hands-on phases, two gaps."""
    recipe = [(50, True), (15, False), (5, True), (10, False), (15, True), (40, True)]
    return ServiceFactory.create(
        company=mara.company, name="Dauerwelle", recipe=recipe, performed_by=[mara]
    )


@pytest.fixture
def tint(mara: Staff) -> Service:
    return ServiceFactory.create(
        company=mara.company,
        name="Intensivtönung",
        recipe=[(15, True), (90, False), (30, True)],
        performed_by=[mara],
    )


@pytest.fixture
def gloss(mara: Staff) -> Service:
    return ServiceFactory.create(
        company=mara.company,
        name="Glanzkur",
        recipe=[(15, True), (30, False), (15, True)],
        performed_by=[mara],
    )
