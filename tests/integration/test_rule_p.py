"""Rule P: pairwise, hands-on against hands-on. And what else decides whether a start is free."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from appointments import actions
from appointments.errors import SlotTakenError
from appointments.models import (
    Appointment,
    Branch,
    BusyTime,
    Company,
    GapPolicy,
    Service,
    ServiceSegment,
    Staff,
    Status,
    TimeOff,
    WorkingHours,
    validate_recipe,
)
from tests.asking import book, verdict
from tests.conftest import at
from tests.factories.appointments import ServiceFactory, StaffFactory

Simple = Callable[[int], Service]
Request = tuple[str | int, datetime]


@pytest.fixture
def simple(mara: Staff) -> Simple:
    """A simple service of so many minutes, performed by Mara."""
    return lambda minutes: ServiceFactory.create(
        company=mara.company, recipe=[(minutes, True)], performed_by=[mara]
    )


@pytest.fixture
def service_of(simple: Simple, perm: Service, tint: Service) -> Callable[[str | int], Service]:
    named = {"perm": perm, "tint": tint}
    return lambda what: simple(what) if isinstance(what, int) else named[what]


def block(
    company: Company, start: datetime, end: datetime, *, staff: Staff | None = None
) -> BusyTime:
    return BusyTime.objects.create(company=company, staff=staff, starts_at=start, ends_at=end)


# --- The worked table -----------------------------------------------------------------------

TINT_AT_TEN: list[Request] = [("tint", at(10))]
PERM_AT_NINE: list[Request] = [("perm", at(9))]
BOTH = (GapPolicy.BOOKABLE, GapPolicy.BLOCKED)
GAPS = (GapPolicy.BOOKABLE,)
NEVER: tuple[GapPolicy, ...] = ()

# (row, what exists, what is asked for, the gap policies under which it is free)
RULE_P: list[tuple[str, list[Request], Request, tuple[GapPolicy, ...]]] = [
    ("1", [(55, at(10))], (60, at(10, 30)), NEVER),
    ("2", TINT_AT_TEN, ("tint", at(11)), GAPS),
    ("3", TINT_AT_TEN, ("tint", at(10, 30)), GAPS),
    ("4", [(55, at(10))], ("tint", at(10, 30)), NEVER),
    ("5", TINT_AT_TEN, (55, at(10, 30)), GAPS),
    ("6", TINT_AT_TEN, (30, at(11, 30)), NEVER),
    ("7", [(45, at(11))], ("tint", at(10, 30)), GAPS),
    ("8", PERM_AT_NINE, (15, at(9, 50)), GAPS),
    ("9", PERM_AT_NINE, (10, at(10, 10)), GAPS),
    ("10 simple", [(60, at(10))], (30, at(11)), BOTH),
    ("10 tint", [(60, at(10))], ("tint", at(11)), BOTH),
    ("11", TINT_AT_TEN, ("tint", at(12, 15)), BOTH),
]


@pytest.mark.parametrize("policy", GapPolicy)
@pytest.mark.parametrize(
    ("existing", "request_", "free_under"),
    [row[1:] for row in RULE_P],
    ids=[row[0] for row in RULE_P],
)
def test_the_worked_table_of_rule_p(
    service_of: Callable[[str | int], Service],
    branch: Branch,
    now: datetime,
    existing: list[Request],
    request_: Request,
    free_under: tuple[GapPolicy, ...],
    policy: GapPolicy,
) -> None:
    Company.objects.filter(pk=branch.company_id).update(gap_policy=policy)
    branch.company.refresh_from_db()
    for what, start in existing:
        book(service_of(what), start, branch=branch, now=now)
    wished, start = service_of(request_[0]), request_[1]

    answer = verdict(wished, start, branch=branch, now=now)

    assert answer == ("free" if policy in free_under else "taken")
    assert _is_booked(wished, start, branch=branch, now=now) is (policy in free_under)


def _is_booked(service: Service, start: datetime, *, branch: Branch, now: datetime) -> bool:
    """Whether booking agrees with what checking has said."""
    try:
        book(service, start, branch=branch, now=now)
    except SlotTakenError:
        return False
    return True


@pytest.mark.parametrize("policy", GapPolicy)
def test_row_12_company_level_time_blocks_everybody_who_overlaps_it(
    branch: Branch, mara: Staff, jonas: Staff, simple: Simple, now: datetime, policy: GapPolicy
) -> None:
    branch.company.gap_policy = policy
    branch.company.save()
    block(branch.company, at(8), at(10, 15))
    cut = ServiceFactory.create(company=branch.company, performed_by=[mara, jonas])

    answers = [
        verdict(cut, start, branch=branch, now=now, staff_id=person.pk)
        for person in (mara, jonas)
        for start in (at(9), at(10), at(10, 15))
    ]

    assert answers == ["taken", "taken", "free"] * 2


@pytest.mark.parametrize("policy", GapPolicy)
def test_row_13_a_perm_waits_for_both_of_two_overlapping_blocks(
    branch: Branch, mara: Staff, perm: Service, now: datetime, policy: GapPolicy
) -> None:
    branch.company.gap_policy = policy
    branch.company.save()
    block(branch.company, at(8, 30), at(10, 45), staff=mara)
    block(branch.company, at(10), at(12, 15), staff=mara)

    answers = [
        verdict(perm, start, branch=branch, now=now)
        for start in (at(10, 45), at(11), at(11, 15), at(12, 15))
    ]

    assert answers == ["taken", "taken", "taken", "free"]


# --- Acceptance: availability -----------------------------------------------------------------


def test_a1_an_empty_day_is_free(branch: Branch, simple: Simple, now: datetime) -> None:
    assert verdict(simple(60), at(10), branch=branch, now=now) == "free"


def test_a2_overlapping_is_taken_and_touching_is_free(
    branch: Branch, simple: Simple, now: datetime
) -> None:
    hour = simple(60)
    book(hour, at(10), branch=branch, now=now)

    answers = [
        verdict(hour, start, branch=branch, now=now)
        for start in (at(9), at(9, 1), at(10, 30), at(10, 59), at(11))
    ]

    assert answers == ["free", "taken", "taken", "taken", "free"]


def test_a3_a_fringe_fits_into_a_gloss_s_gap_and_nowhere_over_its_edges(
    branch: Branch, gloss: Service, simple: Simple, now: datetime
) -> None:
    book(gloss, at(10), branch=branch, now=now)
    fringe = simple(15)

    answers = [
        verdict(fringe, start, branch=branch, now=now)
        for start in (at(10, 15), at(10, 5), at(10, 40))
    ]

    assert answers == ["free", "taken", "taken"]


def test_a4_a_service_may_fill_a_gap_completely(
    branch: Branch, gloss: Service, simple: Simple, now: datetime
) -> None:
    book(gloss, at(10), branch=branch, now=now)

    assert verdict(simple(30), at(10, 15), branch=branch, now=now) == "free"
    assert verdict(simple(31), at(10, 15), branch=branch, now=now) == "taken"


def test_a6_two_tints_and_a_long_cut_collide_with_their_hands_on_parts(
    branch: Branch, tint: Service, simple: Simple, now: datetime
) -> None:
    book(tint, at(10), branch=branch, now=now)

    assert verdict(tint, at(10, 5), branch=branch, now=now) == "taken"
    assert verdict(simple(55), at(11), branch=branch, now=now) == "taken"


def test_a7_company_level_time_blocks_its_own_company_only(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    elsewhere = Branch.objects.exclude(company=branch.company).get()
    zoe = Staff.objects.get(branch=elsewhere)
    block(branch.company, at(8), at(10, 15))

    ours = verdict(cut, at(9), branch=branch, now=now)
    theirs = verdict(Service.objects.get(company=zoe.company), at(9), branch=elsewhere, now=now)

    assert (ours, theirs) == ("taken", "free")


def test_a7_company_level_time_blocks_one_person_once_it_is_known_whose_it_is(
    branch: Branch, mara: Staff, jonas: Staff, now: datetime
) -> None:
    cut = ServiceFactory.create(company=branch.company, performed_by=[mara, jonas])
    unknown = block(branch.company, at(8), at(10, 15))
    unknown.staff = jonas
    unknown.save()

    answers = [
        verdict(cut, at(9), branch=branch, now=now, staff_id=person.pk) for person in (mara, jonas)
    ]

    assert answers == ["free", "taken"]


def test_a9_around_a_perm_s_first_gap(
    branch: Branch, perm: Service, simple: Simple, now: datetime
) -> None:
    book(perm, at(9), branch=branch, now=now)

    answers = [
        verdict(simple(15), at(9, 50), branch=branch, now=now),
        verdict(simple(15), at(9, 45), branch=branch, now=now),
        verdict(simple(20), at(9, 50), branch=branch, now=now),
    ]

    assert answers == ["free", "taken", "taken"]


def test_a12_the_hands_are_taken_before_and_after_the_gap(
    branch: Branch, mara: Staff, now: datetime
) -> None:
    colour = ServiceFactory.create(
        company=mara.company, recipe=[(15, True), (25, False), (20, True)], performed_by=[mara]
    )

    booked = book(colour, at(10), branch=branch, now=now)

    assert list(
        booked.phases.hands_on().order_by("sequence").values_list("starts_at", "ends_at")
    ) == [(at(10), at(10, 15)), (at(10, 40), at(11))]


@pytest.mark.parametrize(
    "recipe",
    [
        [],
        [("A", 0, True)],
        [("A", -5, True)],
        [("A", 4, True)],
        [("A_gap", 15, False), ("B", 15, True)],
        [("A", 15, True), ("A_gap", 15, False)],
        [("A_gap", 15, False)],
        [("A", 15, True), ("A_gap", 10, False), ("B_gap", 10, False), ("C", 15, True)],
        [("A", 15, True), ("A", 15, True)],
        [("A", 15, True), ("gap", 15, False), ("B", 15, True)],
        [("A_gap", 15, True)],
        [("B", 15, True)],
    ],
    ids=[
        "nothing",
        "no minutes",
        "negative",
        "under five minutes",
        "leading gap",
        "trailing gap",
        "only gaps",
        "two gaps in a row",
        "one key twice",
        "a gap without a gap's key",
        "hands-on with a gap's key",
        "a simple service without A",
    ],
)
def test_a13_a_recipe_that_cannot_be_carried_out_is_refused(
    recipe: list[tuple[str, int, bool]],
) -> None:
    rows = [
        ServiceSegment(key=key, minutes=minutes, staff_required=staff_required)
        for key, minutes, staff_required in recipe
    ]

    with pytest.raises(ValidationError):
        validate_recipe(rows)


@pytest.mark.parametrize("minutes", [0, 4], ids=["no minutes", "under five"])
def test_a13_the_database_refuses_a_segment_that_is_too_short(cut: Service, minutes: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        cut.segments.update(minutes=minutes)


def test_a13_the_recipes_of_the_catalogue_are_accepted(perm: Service, tint: Service) -> None:
    recipes = [list(service.segments.order_by("position")) for service in (perm, tint)]

    for rows in recipes:
        validate_recipe(rows)
    with pytest.raises(ValidationError):
        validate_recipe(recipes[0][:-1] + recipes[0][1:2])  # the same, ending in its gap


def test_a14_a_buffer_after_moves_the_next_start(
    branch: Branch, simple: Simple, now: datetime
) -> None:
    padded = simple(45)
    padded.buffer_after_minutes = 15
    padded.save()
    book(padded, at(10), branch=branch, now=now)

    answers = [verdict(simple(30), start, branch=branch, now=now) for start in (at(10, 59), at(11))]

    assert answers == ["taken", "free"]


def test_a14_the_buffers_of_both_neighbours_add_up(
    branch: Branch, simple: Simple, now: datetime
) -> None:
    first, second = simple(45), simple(30)
    Service.objects.filter(pk=first.pk).update(buffer_after_minutes=15)
    Service.objects.filter(pk=second.pk).update(buffer_before_minutes=10)
    first.refresh_from_db()
    second.refresh_from_db()
    book(first, at(10), branch=branch, now=now)

    answers = [
        verdict(second, start, branch=branch, now=now) for start in (at(11), at(11, 9), at(11, 10))
    ]

    assert answers == ["taken", "taken", "free"]


def test_a14_buffers_never_narrow_a_gap(
    branch: Branch, gloss: Service, simple: Simple, now: datetime
) -> None:
    Service.objects.filter(pk=gloss.pk).update(buffer_before_minutes=20, buffer_after_minutes=20)
    gloss.refresh_from_db()
    book(gloss, at(10), branch=branch, now=now)

    assert verdict(simple(30), at(10, 15), branch=branch, now=now) == "free"


def test_a14_buffers_count_against_appointments_not_against_closing_time(
    branch: Branch, simple: Simple, now: datetime
) -> None:
    padded = simple(45)
    Service.objects.filter(pk=padded.pk).update(buffer_before_minutes=30, buffer_after_minutes=30)
    padded.refresh_from_db()

    answers = [verdict(padded, start, branch=branch, now=now) for start in (at(9), at(17, 15))]

    assert answers == ["free", "free"]


def test_a14_an_edited_buffer_concerns_new_appointments_only(
    branch: Branch, simple: Simple, now: datetime
) -> None:
    padded = simple(45)
    book(padded, at(10), branch=branch, now=now)
    Service.objects.filter(pk=padded.pk).update(buffer_after_minutes=60)

    assert verdict(simple(30), at(10, 45), branch=branch, now=now) == "free"


def test_a_buffer_reaches_across_midnight(
    salon: Company, branch: Branch, mara: Staff, simple: Simple, now: datetime
) -> None:
    branch.opening_hours.update(from_time="00:00")
    padded = simple(30)
    Service.objects.filter(pk=padded.pk).update(buffer_before_minutes=20)
    padded.refresh_from_db()
    block(salon, at(23, days=-1), at(23, 50, days=-1), staff=mara)

    answers = [verdict(padded, start, branch=branch, now=now) for start in (at(0, 5), at(0, 10))]

    assert answers == ["taken", "free"]


def test_a_buffer_longer_than_the_search_looks_is_refused(cut: Service) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Service.objects.filter(pk=cut.pk).update(buffer_after_minutes=241)


def test_a15_neither_an_appointment_nor_a_gap_lies_over_a_break(
    branch: Branch, mara: Staff, simple: Simple, tint: Service, now: datetime
) -> None:
    for from_time, to_time in (("09:00", "13:00"), ("13:30", "18:00")):
        WorkingHours.objects.create(staff=mara, weekday=1, from_time=from_time, to_time=to_time)

    answers = [
        verdict(simple(60), at(12, 30), branch=branch, now=now),
        verdict(tint, at(12), branch=branch, now=now),
        verdict(tint, at(10, 45), branch=branch, now=now),
        verdict(simple(60), at(13, 30), branch=branch, now=now),
    ]

    assert answers == ["too_long", "too_long", "free", "free"]


def test_a_gap_does_not_lie_over_time_off(
    branch: Branch, mara: Staff, tint: Service, now: datetime
) -> None:
    TimeOff.objects.create(staff=mara, starts_at=at(10, 30), ends_at=at(11))

    answers = [verdict(tint, start, branch=branch, now=now) for start in (at(10), at(11))]

    assert answers == ["too_long", "free"]


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.COMPLETED, Status.NO_SHOW])
def test_a20_what_no_longer_takes_time_does_not_block(
    branch: Branch, simple: Simple, now: datetime, status: Status
) -> None:
    hour = simple(60)
    booked = book(hour, at(10), branch=branch, now=now)
    if status is Status.CANCELLED:
        actions.cancel(appointment=booked, now=now)
    else:
        actions.finish(appointment=booked, status=status, now=now)

    assert verdict(hour, at(10, 30), branch=branch, now=now) == "free"
    assert _is_booked(hour, at(10, 30), branch=branch, now=now)


@pytest.mark.parametrize(
    ("minutes", "answer"), [(-1, "free"), (0, "free"), (1, "taken")], ids=["past", "now", "future"]
)
def test_a20_a_hold_blocks_until_it_runs_out(
    branch: Branch,
    mara: Staff,
    simple: Simple,
    held_slot: Callable[..., Any],
    now: datetime,
    minutes: int,
    answer: str,
) -> None:
    hour = simple(60)
    held_slot(hour, at(10), until=now + timedelta(minutes=minutes))

    assert verdict(hour, at(10, 30), branch=branch, now=now) == answer
    assert _is_booked(hour, at(10, 30), branch=branch, now=now) is (answer == "free")


@pytest.fixture
def held_slot(mara: Staff, branch: Branch) -> Callable[..., Appointment]:
    """A slot held for some other call, as `hold` writes it."""

    def held(service: Service, start: datetime, *, until: datetime) -> Appointment:
        segments = service.get_segments()
        end = segments[-1].at(start).end
        appointment = Appointment.objects.create(
            company=branch.company,
            branch=branch,
            service=service,
            staff=mara,
            starts_at=start,
            ends_at=end,
            status=Status.HELD,
            held_until=until,
            call_id="call_other",
        )
        for sequence, segment in enumerate(segments, start=1):
            appointment.phases.create(
                staff=mara,
                segment_key=segment.key,
                sequence=sequence,
                starts_at=segment.at(start).start,
                ends_at=segment.at(start).end,
                staff_required=segment.staff_required,
            )
        return appointment

    return held


# --- Which staff member -----------------------------------------------------------------------


def test_time_is_taken_per_staff_member(
    branch: Branch, mara: Staff, jonas: Staff, now: datetime
) -> None:
    cut = ServiceFactory.create(company=branch.company, performed_by=[mara, jonas])
    book(cut, at(10), branch=branch, now=now, staff_id=mara.pk)

    answers = [
        verdict(cut, at(10), branch=branch, now=now, staff_id=person.pk) for person in (mara, jonas)
    ]

    assert answers == ["taken", "free"]


def test_whoever_cannot_do_it_is_not_asked(
    branch: Branch, mara: Staff, jonas: Staff, cut: Service, now: datetime
) -> None:
    assert verdict(cut, at(10), branch=branch, now=now, staff_id=jonas.pk) == "staff_absent"


@pytest.mark.parametrize("reason", ["inactive", "elsewhere"])
def test_whoever_has_left_or_works_elsewhere_is_not_asked(
    salon: Company, branch: Branch, mara: Staff, cut: Service, now: datetime, reason: str
) -> None:
    other_branch = Branch.objects.create(company=salon, slug="west", name="West")
    change = {"is_active": False} if reason == "inactive" else {"branch": other_branch}
    Staff.objects.filter(pk=mara.pk).update(**change)

    assert verdict(cut, at(10), branch=branch, now=now) == "staff_absent"


def test_the_usual_one_serves_else_the_least_busy_that_day_else_by_name(
    branch: Branch, mara: Staff, jonas: Staff, now: datetime
) -> None:
    anna = StaffFactory.create(branch=branch, name="Anna Zell")
    everybody = [anna, jonas, mara]
    cut = ServiceFactory.create(company=branch.company, performed_by=everybody)
    book(cut, at(9), branch=branch, now=now, staff_id=anna.pk)
    book(cut, at(9, days=1), branch=branch, now=now, staff_id=jonas.pk)

    by_load_and_name = book(cut, at(15), branch=branch, now=now)
    next_by_load = book(cut, at(15), branch=branch, now=now)
    usual = book(cut, at(16), branch=branch, now=now, usual_staff_id=anna.pk)

    assert [row.staff for row in (by_load_and_name, next_by_load, usual)] == [jonas, mara, anna]


def test_only_hands_on_minutes_count_as_busy(
    branch: Branch, mara: Staff, jonas: Staff, now: datetime
) -> None:
    """45 minutes with a buffer of 30 are less than 50; so are 45 with a gap that is not used."""
    branch.company.gap_policy = GapPolicy.BLOCKED
    branch.company.save()
    gloss = ServiceFactory.create(
        company=branch.company,
        recipe=[(15, True), (60, False), (30, True)],
        buffer_after_minutes=30,
        performed_by=[mara],
    )
    longer = ServiceFactory.create(
        company=branch.company, recipe=[(50, True)], performed_by=[jonas]
    )
    cut = ServiceFactory.create(company=branch.company, performed_by=[mara, jonas])
    book(gloss, at(9), branch=branch, now=now)
    book(longer, at(9), branch=branch, now=now)

    chosen = book(cut, at(15), branch=branch, now=now)

    assert chosen.staff == mara
