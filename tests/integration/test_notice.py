"""The rules of time: notice, horizon, closed days. And which rule is said to have failed."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from appointments import queries
from appointments.errors import PastTimeError, TooFarError, TooSoonError
from appointments.models import Branch, Closure, Company, Service, Staff, TimeOff, WorkingHours
from appointments.queries import Search
from appointments.queries.diary import get_branch_hours
from tests.asking import verdict
from tests.conftest import at, day, soon
from tests.factories.appointments import BranchFactory, ServiceFactory, StaffFactory

BERLIN = ZoneInfo("Europe/Berlin")


def ask(service: Service, start: datetime, *, branch: Branch, now: datetime) -> None:
    queries.check_availability(
        Search(branch=branch, service=service), start, now=now, deadline=soon()
    )


def noon(on: date) -> datetime:
    return datetime.combine(on, time(12), tzinfo=BERLIN)


# --- Notice -----------------------------------------------------------------------------------


def test_a16_a_start_is_allowed_from_now_plus_notice(branch: Branch, cut: Service) -> None:
    answers = [
        verdict(cut, start, branch=branch, now=at(10))
        for start in (at(10, 10), at(10, 14), at(10, 15), at(10, 16))
    ]

    assert answers == ["too_soon", "too_soon", "free", "free"]


def test_a16_too_soon_says_from_when_on(branch: Branch, cut: Service) -> None:
    with pytest.raises(TooSoonError) as refusal:
        ask(cut, at(10, 10), branch=branch, now=at(10))

    assert refusal.value == TooSoonError(minimum_notice_minutes=15, earliest_bookable=at(10, 15))


def test_a16_a_second_less_than_the_notice_is_too_soon(branch: Branch, cut: Service) -> None:
    now = at(18, 52, days=-1) + timedelta(seconds=7)
    branch.opening_hours.update(to_time="21:00")

    answers = [
        verdict(cut, start, branch=branch, now=now)
        for start in (at(19, 0, days=-1), at(19, 7, days=-1), at(19, 8, days=-1))
    ]

    assert answers == ["too_soon", "too_soon", "free"]


def test_what_is_not_after_now_is_past(branch: Branch, cut: Service) -> None:
    for start in (at(9, 30), at(10)):
        with pytest.raises(PastTimeError):
            ask(cut, start, branch=branch, now=at(10))


@pytest.mark.parametrize(
    ("of_branch", "of_service", "of_company", "minutes"),
    [
        (120, 60, 30, 120),
        (None, 60, 30, 60),
        (None, None, 30, 30),
        (None, None, None, 15),
        (0, 60, 30, 0),
    ],
    ids=["branch (A17)", "service", "company", "default", "none at all is a setting too"],
)
def test_a17_the_first_notice_that_is_set_wins(
    branch: Branch,
    cut: Service,
    of_branch: int | None,
    of_service: int | None,
    of_company: int | None,
    minutes: int,
) -> None:
    branch.booking_notice_minutes = of_branch
    cut.booking_notice_minutes = of_service
    branch.company.booking_notice_minutes = of_company

    assert queries.notice_of(branch, cut) == timedelta(minutes=minutes)


def test_a17_two_hours_of_the_branch_refuse_half_past_eleven_at_ten(
    branch: Branch, cut: Service
) -> None:
    branch.booking_notice_minutes = 120
    cut.booking_notice_minutes = 60

    with pytest.raises(TooSoonError) as refusal:
        ask(cut, at(11, 30), branch=branch, now=at(10))

    assert refusal.value.minimum_notice_minutes == 120


def test_notice_is_elapsed_time_when_the_clocks_change(salon: Company) -> None:
    """Saturday 22:30 to Sunday 9:30 are ten hours on the spring night."""
    branch = BranchFactory.create(company=salon, hours={6: [("09:00", "18:00")]})
    branch.booking_notice_minutes = 10 * 60
    someone = StaffFactory.create(branch=branch)
    cut = ServiceFactory.create(company=salon, performed_by=[someone])
    now = datetime(2030, 3, 30, 22, 30, tzinfo=BERLIN)

    answers = [
        verdict(cut, datetime(2030, 3, 31, 9, minute, tzinfo=BERLIN), branch=branch, now=now)
        for minute in (29, 30)
    ]

    assert answers == ["too_soon", "free"]


# --- Horizon ----------------------------------------------------------------------------------


def test_the_last_day_of_the_horizon_can_be_booked_and_the_next_cannot(
    branch: Branch, cut: Service
) -> None:
    branch.company.horizon_days = 7

    answers = [
        verdict(cut, start, branch=branch, now=at(23, 59))
        for start in (at(17, days=7), at(9, days=8))
    ]

    assert answers == ["free", "too_far"]


def test_the_horizon_is_sixty_days_unless_set(branch: Branch, cut: Service, now: datetime) -> None:
    with pytest.raises(TooFarError) as refusal:
        ask(cut, at(10, days=60), branch=branch, now=now)

    assert refusal.value == TooFarError(horizon_days=60)


def test_the_free_slots_of_a_day_keep_notice_and_horizon(branch: Branch, cut: Service) -> None:
    branch.company.horizon_days = 1
    search = Search(branch=branch, service=cut)

    starts = {
        days: [
            slot.starts_at
            for slot in queries.get_free_slots(search, day(days), now=at(16, 30), deadline=soon())
        ]
        for days in (-1, 0, 1, 2)
    }

    assert starts[-1] == []
    assert starts[0] == [at(16, 45), at(17)]
    assert (starts[1][0], starts[1][-1]) == (at(9, days=1), at(17, days=1))
    assert starts[2] == []


# --- Closed days --------------------------------------------------------------------------------


def test_outside_opening_hours_the_branch_is_closed(
    branch: Branch, cut: Service, now: datetime
) -> None:
    answers = [
        verdict(cut, start, branch=branch, now=now)
        for start in (at(8, 59), at(9), at(18), at(12, days=5))
    ]

    assert answers == ["closed", "free", "closed", "closed"]


def test_a_closure_closes_its_day_only(branch: Branch, cut: Service, now: datetime) -> None:
    Closure.objects.create(branch=branch, closed_on=day(), reason="Betriebsausflug")

    answers = [verdict(cut, at(10, days=days), branch=branch, now=now) for days in (0, 1)]

    assert answers == ["closed", "free"]


def test_a_closure_of_one_branch_leaves_the_others_open(
    salon: Company, branch: Branch, now: datetime
) -> None:
    west = BranchFactory.create(company=salon)
    cut = ServiceFactory.create(company=salon, performed_by=[StaffFactory.create(branch=west)])
    Closure.objects.create(branch=branch, closed_on=day())

    assert verdict(cut, at(10), branch=west, now=now) == "free"


@pytest.mark.parametrize(
    ("region", "on", "answer"),
    [
        ("BB", date(2028, 10, 31), "closed"),
        ("BE", date(2028, 10, 31), "free"),
        ("BE", date(2028, 3, 8), "closed"),
        ("BB", date(2028, 3, 8), "free"),
        ("BY", date(2028, 3, 8), "free"),
        ("BY", date(2028, 1, 6), "closed"),
        ("BE", date(2028, 1, 6), "free"),
        ("BE", date(2028, 12, 25), "closed"),
        ("", date(2028, 12, 25), "free"),
    ],
    ids=[
        "Reformationstag in Brandenburg",
        "Reformationstag in Berlin",
        "Frauentag in Berlin",
        "Frauentag in Brandenburg",
        "Frauentag in Bayern",
        "Dreikönig in Bayern",
        "Dreikönig in Berlin",
        "Weihnachten in Berlin",
        "no federal state, no holidays",
    ],
)
def test_public_holidays_are_those_of_the_branch_s_federal_state(
    branch: Branch, cut: Service, region: str, on: date, answer: str
) -> None:
    branch.region = region
    start = noon(on)

    assert verdict(cut, start, branch=branch, now=start - timedelta(days=2)) == answer


def test_closed_days_carry_their_names(branch: Branch) -> None:
    branch.region = "BE"
    Closure.objects.create(branch=branch, closed_on=date(2030, 12, 27), reason="Inventur")

    hours = get_branch_hours(branch, first=date(2030, 12, 24), last=date(2031, 1, 1))

    assert hours.closed == {
        date(2030, 12, 25): "Erster Weihnachtstag",
        date(2030, 12, 26): "Zweiter Weihnachtstag",
        date(2030, 12, 27): "Inventur",
        date(2031, 1, 1): "Neujahr",
    }


# --- The reason told is the rule that failed ----------------------------------------------------


@pytest.fixture
def mara_works_mornings(mara: Staff) -> Staff:
    WorkingHours.objects.create(staff=mara, weekday=1, from_time="09:00", to_time="13:00")
    return mara


def test_too_long_for_the_time_left_is_not_closed(
    branch: Branch, cut: Service, now: datetime
) -> None:
    answers = [verdict(cut, start, branch=branch, now=now) for start in (at(17, 5), at(17, 6))]

    assert answers == ["free", "too_long"]


def test_whoever_does_not_work_then_is_absent(
    branch: Branch, mara_works_mornings: Staff, cut: Service, now: datetime
) -> None:
    answers = [
        verdict(cut, start, branch=branch, now=now)
        for start in (at(12, 5), at(12, 30), at(13), at(10, days=1))
    ]

    assert answers == ["free", "too_long", "staff_absent", "staff_absent"]


def test_whoever_has_the_day_off_is_absent(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    TimeOff.objects.create(staff=mara, starts_at=at(0), ends_at=at(0, days=1))

    answers = [verdict(cut, at(10, days=days), branch=branch, now=now) for days in (0, 1)]

    assert answers == ["staff_absent", "free"]


def test_of_several_reasons_the_one_nearest_to_free_is_told(
    branch: Branch, mara: Staff, jonas: Staff, now: datetime
) -> None:
    """Jonas is absent; Mara's time is too short, or taken."""
    cut = ServiceFactory.create(company=branch.company, performed_by=[mara, jonas])
    TimeOff.objects.create(staff=jonas, starts_at=at(0), ends_at=at(0, days=1))
    TimeOff.objects.create(staff=mara, starts_at=at(15), ends_at=at(16))
    branch.company.busy_times.create(staff=mara, starts_at=at(10), ends_at=at(11))

    answers = [
        verdict(cut, start, branch=branch, now=now)
        for start in (at(15, 30), at(14, 30), at(10), at(12))
    ]

    assert answers == ["staff_absent", "too_long", "taken", "free"]


@pytest.mark.parametrize(
    ("start", "utc_hour"),
    [(datetime(2030, 1, 9, 14), 13), (datetime(2030, 7, 10, 14), 12)],  # noqa: DTZ001 -- Berlin's
    ids=["winter", "summer"],
)
def test_conflicts_are_found_in_winter_and_in_summer(
    branch: Branch, mara: Staff, cut: Service, start: datetime, utc_hour: int
) -> None:
    two = start.replace(tzinfo=BERLIN)
    utc = two.astimezone(ZoneInfo("UTC"))
    assert utc.hour == utc_hour
    branch.company.busy_times.create(staff=mara, starts_at=utc, ends_at=utc + timedelta(minutes=55))

    answers = [
        verdict(cut, two + timedelta(minutes=minutes), branch=branch, now=two - timedelta(days=3))
        for minutes in (-55, -54, 0, 30, 54, 55)
    ]

    assert answers == ["free", "taken", "taken", "taken", "taken", "free"]
