"""How many questions the database is asked: as many for three as for one."""

from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings
from pytest_django import DjangoAssertNumQueries

from appointments import actions, queries
from appointments.domain.alternatives import Wish
from appointments.models import Appointment, Branch, Company, Service, Staff
from appointments.queries import Search, Unwanted
from calcom.models import CalcomEventMap
from tests.asking import book, slot
from tests.asking import order as _order
from tests.conftest import at, day, soon
from tests.factories.appointments import CustomerFactory, ServiceFactory, StaffFactory

GLOSS = [(15, True), (30, False), (15, True)]
PHONE = "+4915111112222"


@pytest.fixture(params=[1, 3], ids=["one", "three"])
def many(request: pytest.FixtureRequest) -> int:
    """How many people, appointments of each, and holds."""
    return int(request.param)


@pytest.fixture(params=[0, 1], ids=["alone", "syncing"])
def more(request: pytest.FixtureRequest, salon: Company, settings: LazySettings) -> int:
    """One question more, for event maps, where the salon syncs. The network is not asked."""
    if request.param:
        settings.FEATURE_DEFAULTS = {"require_event_maps": True, "calcom_live_slots": False}
        salon.calcom_api_key = "cal_test_key"
        salon.save()
    return int(request.param)


@pytest.fixture
def team(branch: Branch, many: int) -> list[Staff]:
    return StaffFactory.create_batch(many, branch=branch)


@pytest.fixture
def gloss(branch: Branch, team: list[Staff], more: int, many: int, now: datetime) -> Service:
    """A composite service; everybody who performs it is booked and held."""
    gloss = ServiceFactory.create(company=branch.company, recipe=GLOSS, performed_by=team)
    CalcomEventMap.objects.bulk_create(
        CalcomEventMap(
            company=branch.company,
            branch=branch,
            service=gloss,
            staff=person,
            segment_key=key,
            event_type_id=100 * person.pk + n,
        )
        for person in team
        for n, key in enumerate("AB")
    )
    for person in team:
        for n in range(many):
            book(gloss, at(10 + n), branch=branch, now=now, staff_id=person.pk)
        held = slot(person, at(16), at(17))
        search = Search(branch=branch, service=gloss, call_id=f"call_{person.pk}")
        actions.hold(search=search, slots=[held], now=now)
    return gloss


def test_checking_asks_four_questions_and_one_for_event_maps(
    branch: Branch,
    gloss: Service,
    more: int,
    now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    search = Search(branch=branch, service=gloss)

    with django_assert_num_queries(4 + more):
        queries.check_availability(search, at(14), now=now, deadline=soon())


def test_checking_a_move_asks_no_more(
    branch: Branch,
    gloss: Service,
    more: int,
    now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    booked = book(gloss, at(14), branch=branch, now=now)
    search = Search(branch=branch, service=gloss, moving=booked)

    with django_assert_num_queries(4 + more):
        queries.check_availability(search, at(14, 15), now=now, deadline=soon())


def test_two_weeks_of_alternatives_ask_as_much_as_one_check(
    branch: Branch,
    gloss: Service,
    more: int,
    now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    branch.company.busy_times.create(starts_at=at(0), ends_at=at(0, days=14))
    search = Search(branch=branch, service=gloss)

    with django_assert_num_queries(4 + more):
        found = queries.get_alternatives(
            search,
            Wish(day=day(), at=at(10).time()),
            now=now,
            deadline=soon(),
            unwanted=Unwanted(),
        )

    assert len(found) == 2


def test_the_free_slots_of_a_day_ask_as_much_as_one_check(
    branch: Branch,
    gloss: Service,
    more: int,
    now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    search = Search(branch=branch, service=gloss)

    with django_assert_num_queries(4 + more):
        queries.get_free_slots(search, day(), now=now, deadline=soon())


def test_booking_outside_a_call(
    branch: Branch,
    gloss: Service,
    more: int,
    now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    CustomerFactory.create(company=branch.company, phone=PHONE)

    with django_assert_num_queries(19 + 2 * more):
        actions.book(
            order=_order(gloss, at(14), branch=branch, phone=PHONE), now=now, deadline=soon()
        )


def test_booking_what_a_call_holds(
    branch: Branch,
    gloss: Service,
    team: list[Staff],
    more: int,
    now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    CustomerFactory.create(company=branch.company, phone=PHONE)
    order = _order(gloss, at(16), branch=branch, phone=PHONE, call_id=f"call_{team[0].pk}")

    # Every table that points at appointments or phases adds one, when the hold is removed.
    with django_assert_num_queries(28 + 2 * more):
        actions.book(order=order, now=now, deadline=soon())


def test_repeating_a_wish_asks_two_questions(
    branch: Branch,
    gloss: Service,
    now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    order = _order(gloss, at(14), branch=branch, call_id="call_a")
    actions.book(order=order, now=now, deadline=soon())

    with django_assert_num_queries(2):
        actions.book(order=order, now=now, deadline=soon())


def test_holding_one_slot_and_replacing_it_by_two(
    branch: Branch,
    gloss: Service,
    team: list[Staff],
    more: int,
    now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    search = Search(branch=branch, service=gloss, call_id="call_new")
    one = [slot(team[0], at(14), at(15))]
    two = [slot(team[0], at(9), at(10)), slot(team[0], at(14), at(15))]

    with django_assert_num_queries(11 + more):
        actions.hold(search=search, slots=one, now=now)
    with django_assert_num_queries(18 + more):
        actions.hold(search=search, slots=two, now=now)


def test_moving(
    branch: Branch,
    gloss: Service,
    more: int,
    now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    pk = book(gloss, at(14), branch=branch, now=now).pk
    booked = Appointment.objects.select_related("service", "branch__company").get(pk=pk)

    with django_assert_num_queries(21 + 2 * more):
        actions.reschedule(appointment=booked, starts_at=at(14, 30), now=now, deadline=soon())


def test_cancelling(
    branch: Branch,
    gloss: Service,
    now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    booked = book(gloss, at(14), branch=branch, now=now)

    with django_assert_num_queries(8):
        actions.cancel(appointment=booked, now=now)


def test_releasing_expired_holds(
    gloss: Service,
    now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(12):
        actions.release_expired_holds(now=now + timedelta(hours=1))
