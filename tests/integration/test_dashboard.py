"""The first page of the back office, and what Prometheus is told: figures from rows."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments import actions
from appointments.actions import reviews
from appointments.models import (
    Appointment,
    Branch,
    CallbackRequest,
    Company,
    DailyTally,
    ReviewReason,
    SyncStatus,
    Tallied,
    User,
)
from booking_site.figures.activity import get_days, get_latencies
from booking_site.figures.charts import Target
from booking_site.figures.days import last_days
from booking_site.figures.measures import measure_all
from booking_site.figures.open_work import Health, OpenWork, get_open_work
from calcom import caches
from tests.asking import book
from tests.conftest import at, soon
from tests.factories.back_office import client_of, fill, receptionist
from voice.models import Call, FunctionCall

# All of this happens on the Monday before, at noon.
pytestmark = pytest.mark.usefixtures("monday_noon")

INDEX = reverse("admin:index")
NOW = at(12, days=-1)


@pytest.fixture
def foreign(salon: Company) -> Branch:
    return Branch.objects.exclude(company=salon).get()


def telephone(branch: Branch, *, began_at: datetime = NOW, **facts) -> Call:
    """A call that began then; the database would say that all began now."""
    number = Call.objects.count()
    call = Call.objects.create(
        company=branch.company, branch=branch, call_id=f"call_{number}", **facts
    )
    Call.objects.filter(pk=call.pk).update(created_at=began_at)
    return call


def asked(call: Call, name: str = "check_availability", **facts) -> FunctionCall:
    return FunctionCall.objects.create(call=call, name=name, **{"started_at": NOW} | facts)


def measured(company: Company, now: datetime = NOW) -> dict[str, tuple[float | None, float | None]]:
    """Return each measure's value of today and of all days."""
    found = measure_all(get_days(company_ids=[company.pk], now=now))
    return {one.measure.name: (one.today, one.overall) for one in found}


# --- What is counted ------------------------------------------------------------------------


def test_a_booking_call_succeeds_where_it_has_an_appointment(cut, branch, foreign):
    appointment = book(cut, at(10), branch=branch, now=NOW)
    for call in (telephone(branch, appointment=appointment), telephone(branch)):
        asked(call)
        asked(call, "start_booking")
    asked(telephone(branch), "get_opening_hours")
    asked(telephone(foreign))

    assert measured(branch.company)["booking_success"] == (50, 50)
    assert measured(branch.company)["calls"] == (3, 3)


def test_a_refusal_without_alternatives_is_counted_against_us(branch, foreign):
    call = telephone(branch)
    for alternatives in (2, 1, 0, None):
        asked(call, alternatives=alternatives)
    asked(telephone(foreign), alternatives=0)

    _, overall = measured(branch.company)["alternatives_offered"]

    assert overall == pytest.approx(100 * 2 / 3)


def test_an_appointment_that_a_person_settled_was_not_synced_by_itself(cut, branch, salon):
    rows = [book(cut, at(hour), branch=branch, now=NOW) for hour in (9, 11, 13, 15)]
    person = User.objects.create_user("chef")
    by_itself, by_hand, taken, waiting = rows
    for row, status, settled_by in (
        (by_itself, SyncStatus.SYNCED, None),
        (by_hand, SyncStatus.SYNCED, person),
        (taken, SyncStatus.CONFLICT, None),
        (waiting, SyncStatus.PENDING, None),
    ):
        Appointment.objects.filter(pk=row.pk).update(
            sync_status=status, review_resolved_by=settled_by
        )

    _, overall = measured(salon)["sync_success"]

    assert overall == pytest.approx(100 / 3)


def test_a_day_without_anything_to_measure_misses_no_target(salon):
    assert measured(salon)["booking_success"] == (None, None)
    assert Target(value=80, above=True).is_met_by(None)


def test_a_share_that_only_reaches_its_target_misses_it():
    assert not Target(value=95, above=True).is_met_by(95)
    assert not Target(value=1, above=False).is_met_by(1)
    assert Target(value=95, above=True).is_met_by(95.1)


def test_days_are_those_of_the_salons_clock(branch):
    """Half past midnight in Berlin is half past eleven, the evening before, in UTC."""
    telephone(branch, began_at=at(0, 30, days=-1))
    telephone(branch, began_at=at(23, 30, days=-2))

    days = get_days(company_ids=[branch.company_id], now=NOW)
    today, before = last_days(2, now=NOW)[::-1]

    assert (days[today]["calls"], days[before]["calls"]) == (1, 1)


def test_thirty_days_are_looked_at_and_no_more(branch):
    for ago in (29, 30):
        telephone(branch, began_at=NOW - timedelta(days=ago))

    assert measured(branch.company)["calls"] == (0, 1)


def test_the_average_call_leaves_out_calls_whose_end_was_not_heard(branch):
    for milliseconds in (30_000, 60_000, None):
        telephone(branch, duration_ms=milliseconds)

    assert measured(branch.company)["call_seconds"] == (45, 45)


def test_percentiles_are_those_of_the_sorted_times(branch, foreign):
    call = telephone(branch)
    for milliseconds in range(1, 201):
        asked(call, milliseconds=milliseconds)
    asked(call, milliseconds=None)
    asked(call, "start_booking", milliseconds=7)
    asked(call, "start_booking", milliseconds=900, started_at=NOW - timedelta(days=8))
    asked(telephone(foreign), milliseconds=9_999)

    found = get_latencies(company_ids=[branch.company_id], now=NOW)

    assert [(one.function, one.calls, one.p50, one.p95, one.p99) for one in found] == [
        ("check_availability", 200, 100, 190, 198),
        ("start_booking", 1, 7, 7, 7),
    ]


# --- What leaves no row ---------------------------------------------------------------------


def test_what_is_tallied_adds_up_by_day_and_company(salon, foreign):
    for days, count in ((0, 2), (0, 3), (1, 4)):
        actions.tally(
            company_id=salon.pk,
            what=Tallied.VERIFICATIONS,
            now=NOW - timedelta(days=days),
            count=count,
        )
    actions.tally(company_id=foreign.company_id, what=Tallied.VERIFICATIONS, now=NOW)

    assert measured(salon)["verifications"] == (5, 9)
    assert DailyTally.objects.count() == 3


def test_dropping_what_is_cached_is_tallied(salon):
    caches.invalidate(company_id=salon.pk)
    caches.invalidate(company_id=salon.pk)

    assert measured(salon)["invalidations"] == (2, 2)


def test_a_case_is_a_new_review_only_once(cut, branch, salon):
    row = book(cut, at(10), branch=branch, now=NOW)
    for _ in range(2):
        reviews.flag_for_review(
            appointment_id=row.pk, reason=ReviewReason.RETRIES_EXHAUSTED, now=NOW
        )

    assert measured(salon)["reviews"] == (1, 1)


# --- What is open, and whether it is an alarm -------------------------------------------------


@pytest.mark.parametrize(
    ("work", "health"),
    [
        (OpenWork(), Health.OK),
        (OpenWork(stuck=5, pending=99, overdue=3), Health.OK),
        (OpenWork(stuck=6), Health.DEGRADED),
        (OpenWork(stuck=20), Health.DEGRADED),
        (OpenWork(stuck=21), Health.CRITICAL),
        (OpenWork(reviews=1), Health.DEGRADED),
        (OpenWork(reviews=20), Health.CRITICAL),
        (OpenWork(given_up=1), Health.CRITICAL),
        (OpenWork(judged=5, synced=4), Health.OK),
        (OpenWork(judged=100, synced=79), Health.DEGRADED),
        (OpenWork(judged=2, synced=1), Health.DEGRADED),
        (OpenWork(judged=100, synced=49), Health.CRITICAL),
    ],
    ids=str,
)
def test_health_follows_what_is_open(work, health):
    assert work.health == health


def test_what_was_moved_lately_is_not_stuck_yet(cut, branch, salon):
    old, moved = (book(cut, at(hour), branch=branch, now=NOW) for hour in (9, 11))
    Appointment.objects.update(
        sync_status=SyncStatus.PENDING, created_at=NOW - timedelta(minutes=61)
    )
    moved = actions.reschedule(
        appointment=moved,
        starts_at=at(15),
        staff_id=moved.staff_id,
        now=NOW,
        deadline=soon(),
    )
    Appointment.objects.filter(pk=moved.pk).update(sync_status=SyncStatus.PENDING)

    work = get_open_work(company_ids=[salon.pk], now=NOW)[salon.pk]

    assert (work.pending, work.stuck) == (2, 1)
    assert old.pk != moved.pk


def test_work_is_counted_for_the_company_it_belongs_to(cut, branch, foreign, salon):
    fill(branch)
    fill(foreign)
    fill(foreign, hour=14)
    Appointment.objects.update(created_at=NOW - timedelta(hours=25))
    CallbackRequest.objects.filter(company=salon).update(due_at=NOW - timedelta(minutes=1))

    works = get_open_work(company_ids=[salon.pk, foreign.company_id], now=NOW)

    ours, theirs = works[salon.pk], works[foreign.company_id]
    assert ours == OpenWork(given_up=1, reviews=2, orphans=1, callbacks=1, overdue=1)
    assert theirs == OpenWork(given_up=2, reviews=4, orphans=2, callbacks=2)


def test_prometheus_hears_what_is_open_and_how_each_company_is(cut, branch, foreign):
    fill(branch)
    Appointment.objects.update(created_at=NOW - timedelta(hours=25))

    lines = Client().get("/metrics").content.decode().splitlines()

    assert {
        "booking_sync_pending 0.0",
        "booking_sync_stuck 0.0",
        "booking_sync_given_up 1.0",
        "booking_manual_review_open 2.0",
        "booking_orphans_open 1.0",
        "booking_callbacks_open 1.0",
        "booking_callbacks_overdue 0.0",
        'booking_health{company="salon-eins"} 2.0',
        'booking_health{company="salon-zwei"} 0.0',
    } <= set(lines)


def test_prometheus_hears_the_figures_of_the_day_and_no_share_of_nothing(cut, branch, foreign):
    appointment = book(cut, at(10), branch=branch, now=NOW)
    asked(telephone(branch, appointment=appointment, duration_ms=30_000), "start_booking")
    asked(telephone(foreign), "start_booking")
    telephone(branch, began_at=NOW - timedelta(days=1), duration_ms=90_000)

    lines = Client().get("/metrics").content.decode().splitlines()

    assert {
        'booking_today{figure="calls"} 2.0',
        'booking_today{figure="bookings"} 1.0',
        'booking_today{figure="booking_success"} 50.0',
        'booking_today{figure="call_seconds"} 30.0',
    } <= set(lines)
    assert not [line for line in lines if "alternatives_offered" in line]


# --- The page ---------------------------------------------------------------------------------


def test_the_first_page_says_what_is_wrong_and_where_to_go(cut, branch, desk):
    fill(branch)

    html = desk.get(INDEX).content.decode()

    assert "Something needs attention" in html or "Act now" in html
    assert "Appointments and calls that need a person: 2." in html
    assert reverse("admin:appointments_review_changelist") in html


def test_all_is_well_in_german_too(cut, branch, desk):
    desk.cookies["django_language"] = "de"

    html = desk.get(INDEX).content.decode()

    assert "Alles in Ordnung" in html
    assert "Buchungsanrufe, die mit einem Termin enden" in html


def test_staff_see_figures_of_their_own_company_only(cut, branch, foreign, desk):
    fill(foreign)
    telephone(foreign)

    response = desk.get(INDEX, {"company": foreign.company.slug})

    assert response.context["company"] == branch.company
    assert response.context["work"] == OpenWork()
    assert "Zwei" not in response.content.decode()


def test_a_superuser_sees_all_or_chooses_one(cut, branch, foreign):
    fill(branch)
    fill(foreign)
    root = client_of(User.objects.create_superuser("root"))

    everything, one, unknown = (
        root.get(INDEX, query).context["work"].reviews
        for query in ({}, {"company": "salon-zwei"}, {"company": "nobody"})
    )

    assert (everything, one, unknown) == (4, 2, 4)


def test_who_may_not_see_calls_sees_no_figures(salon, cut):
    user = receptionist(salon)
    user.user_permissions.set(Permission.objects.filter(codename="view_appointment"))

    response = client_of(user).get(INDEX)

    assert response.status_code == 200
    assert "work" not in response.context


def test_the_first_page_asks_as_much_for_three_as_for_one(cut, branch, foreign, salon):
    def count(client: Client) -> int:
        client.get(INDEX)
        with CaptureQueriesContext(connection) as queries:
            client.get(INDEX)
        return len(queries)

    desk = client_of(receptionist(salon))
    root = client_of(User.objects.create_superuser("root"))
    fill(branch)
    at_one = count(desk), count(root)
    for hour in (14, 16):
        fill(branch, hour=hour)
        fill(foreign, hour=hour)
    for days in range(5):
        asked(telephone(branch, began_at=NOW - timedelta(days=days)), milliseconds=days)

    assert (count(desk), count(root)) == at_one
    assert at_one[1] <= 20
