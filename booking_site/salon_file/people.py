"""Loading branches and staff: who works where and when."""

from collections.abc import Mapping, Sequence

from appointments.domain.hours import day_interval
from appointments.models import (
    Branch,
    Closure,
    OpeningHours,
    PhoneNumber,
    Staff,
    TimeOff,
    WorkingHours,
)
from booking_site.salon_file.entries import BranchEntry, StaffEntry
from booking_site.salon_file.rows import Load, leave_or_prune, put, put_whole

HOURS = ("weekday", "from_time", "to_time")


def load_branches(entries: Sequence[BranchEntry], *, load: Load) -> dict[str, Branch]:
    """Make or change the branches, and return them by slug."""
    branches = {}
    for entry in entries:
        branch = put(
            Branch,
            kind="branches",
            load=load,
            key={"company": load.company, "slug": entry.slug},
            values={
                "name": entry.name,
                "region": entry.region,
                "own_timezone": entry.timezone,
                "booking_notice_minutes": entry.booking_notice_minutes,
            },
        )
        branches[entry.slug] = branch
        put_whole(
            branch.opening_hours.all(),
            [
                OpeningHours(branch=branch, weekday=weekday, from_time=opens, to_time=closes)
                for weekday, opens, closes in entry.opening_hours
            ],
            kind="opening hours",
            load=load,
            fields=HOURS,
        )
        _load_closures(entry, branch, load=load)
    _load_phone_numbers(entries, branches, load=load)
    return branches


def _load_closures(entry: BranchEntry, branch: Branch, *, load: Load) -> None:
    if entry.closed_on is None:
        return
    for day in entry.closed_on:
        put(
            Closure,
            kind="closed days",
            load=load,
            key={"branch": branch, "closed_on": day},
            values={},
        )
    today = load.now.astimezone(branch.zone).date()
    surplus = branch.closures.filter(closed_on__gte=today).exclude(closed_on__in=entry.closed_on)
    leave_or_prune(
        surplus.order_by("closed_on", "pk"),
        kind="closed days",
        load=load,
        name_of=lambda closure: f"{branch.slug}, {closure.closed_on}",
    )


def _load_phone_numbers(
    entries: Sequence[BranchEntry], branches: Mapping[str, Branch], *, load: Load
) -> None:
    """After all branches are there: a number may have moved from one to another."""
    named: set[str] = set()
    for entry in entries:
        for number in entry.phone_numbers or ():
            named.add(number.value)
            owner = (
                PhoneNumber.objects.filter(number=number.value)
                .exclude(branch__company=load.company)
                .select_related("branch__company")
                .first()
            )
            if owner:
                load.complain(
                    number.place,
                    f"{number.value} already belongs to {owner.branch.company.name}; "
                    "a number leads to one company only",
                )
                continue
            put(
                PhoneNumber,
                kind="phone numbers",
                load=load,
                key={"number": number.value},
                values={"branch_id": branches[entry.slug].pk},
            )
    described = [branches[entry.slug] for entry in entries if entry.phone_numbers is not None]
    surplus = PhoneNumber.objects.filter(branch__in=described).exclude(number__in=named)
    leave_or_prune(
        surplus.order_by("number"),
        kind="phone numbers",
        load=load,
        name_of=lambda number: number.number,
    )


def load_staff(
    entries: Sequence[StaffEntry] | None, *, branches: Mapping[str, Branch], load: Load
) -> dict[str, Staff]:
    """Make or change the staff, and return them by slug."""
    staff = {}
    for entry in entries or ():
        branch = branches[entry.branch.value]
        person = put(
            Staff,
            kind="staff",
            load=load,
            key={"company": load.company, "slug": entry.slug},
            values={
                "branch_id": branch.pk,
                "name": entry.name,
                "is_active": entry.active,
                "calcom_user_id": entry.calcom_user_id,
            },
        )
        person.branch = branch
        staff[entry.slug] = person
        put_whole(
            person.working_hours.all(),
            [
                WorkingHours(staff=person, weekday=weekday, from_time=begins, to_time=ends)
                for weekday, begins, ends in entry.working_hours
            ],
            kind="working hours",
            load=load,
            fields=HOURS,
        )
        _load_time_off(entry, person, load=load)
    return staff


def _load_time_off(entry: StaffEntry, person: Staff, *, load: Load) -> None:
    """Time off is known by its first day: a longer or shorter holiday is the same one."""
    if entry.time_off is None:
        return
    zone = person.branch.zone
    first_moments = []
    for absence in entry.time_off:
        starts_at = day_interval(absence.first, zone).start
        first_moments.append(starts_at)
        put(
            TimeOff,
            kind="time off",
            load=load,
            key={"staff": person, "starts_at": starts_at},
            values={"ends_at": day_interval(absence.last, zone).end, "reason": absence.reason},
        )
    surplus = person.time_off.filter(ends_at__gt=load.now).exclude(starts_at__in=first_moments)
    leave_or_prune(
        surplus.order_by("starts_at", "pk"),
        kind="time off",
        load=load,
        name_of=lambda absence: f"{person.slug}, {absence.starts_at.astimezone(zone):%Y-%m-%d}",
    )
