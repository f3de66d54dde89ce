"""Segments at their real time: laid out when booked, shifted when moved."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction

from appointments import actions
from appointments.models import (
    Appointment,
    AppointmentPhase,
    Branch,
    Company,
    Service,
    Staff,
    SyncStatus,
)
from tests.asking import book, hands_on, move
from tests.conftest import at
from tests.factories.appointments import ServiceFactory

BERLIN = ZoneInfo("Europe/Berlin")
PENDING, NOT_APPLICABLE = SyncStatus.PENDING, SyncStatus.NOT_APPLICABLE


@pytest.fixture
def syncing(salon: Company, settings: LazySettings) -> Company:
    """A salon with a calendar that is not asked what is free."""
    settings.FEATURE_DEFAULTS = {"require_event_maps": False, "calcom_live_slots": False}
    salon.calcom_api_key = "cal_test_key"
    salon.save()
    return salon


def rows(appointment: Appointment) -> list[tuple[int, str, datetime, datetime, bool]]:
    return list(
        appointment.phases.order_by("sequence").values_list(
            "sequence", "segment_key", "starts_at", "ends_at", "staff_required"
        )
    )


def berlin(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN)


def test_a8_the_phases_of_a_dauerwelle(
    branch: Branch, mara: Staff, perm: Service, now: datetime
) -> None:
    booked = book(perm, at(9), branch=branch, now=now)

    assert rows(booked) == [
        (1, "A", at(9), at(9, 50), True),
        (2, "A_gap", at(9, 50), at(10, 5), False),
        (3, "B", at(10, 5), at(10, 10), True),
        (4, "B_gap", at(10, 10), at(10, 20), False),
        (5, "C", at(10, 20), at(10, 35), True),
        (6, "D", at(10, 35), at(11, 15), True),
    ]
    assert booked.ends_at == at(11, 15)
    assert set(booked.phases.values_list("staff", flat=True)) == {mara.pk}


def test_a8_creating_twice_leaves_six_phases(branch: Branch, perm: Service, now: datetime) -> None:
    booked = book(perm, at(9), branch=branch, now=now, call_id="call_perm")
    again = book(perm, at(9), branch=branch, now=now, call_id="call_perm")

    assert (again, again.phases.count()) == (booked, 6)
    assert AppointmentPhase.objects.count() == 6


def test_a8_the_database_refuses_a_second_phase_at_one_position(
    branch: Branch, perm: Service, now: datetime
) -> None:
    phase = book(perm, at(9), branch=branch, now=now).phases.get(sequence=2)
    phase.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        phase.save(force_insert=True)


def test_the_phases_to_sync_are_the_hands_on_ones(
    syncing: Company, branch: Branch, perm: Service, now: datetime
) -> None:
    booked = book(perm, at(9), branch=branch, now=now)

    assert booked.sync_status == PENDING
    assert list(booked.phases.order_by("sequence").values_list("sync_status", flat=True)) == [
        PENDING,
        NOT_APPLICABLE,
        PENDING,
        NOT_APPLICABLE,
        PENDING,
        PENDING,
    ]


def test_without_a_calendar_to_sync_with_nothing_applies(
    branch: Branch, perm: Service, now: datetime
) -> None:
    booked = book(perm, at(9), branch=branch, now=now)

    assert booked.sync_status == NOT_APPLICABLE
    assert set(booked.phases.values_list("sync_status", flat=True)) == {NOT_APPLICABLE}


def test_a10_a_move_shifts_the_same_rows_and_keeps_their_booking_uids(
    branch: Branch, perm: Service, now: datetime
) -> None:
    booked = book(perm, at(9), branch=branch, now=now)
    for phase in booked.phases.hands_on():
        phase.calcom_booking_uid = f"uid-{phase.segment_key}"
        phase.save()
    before = list(booked.phases.order_by("sequence").values_list("pk", "calcom_booking_uid"))

    moved = move(booked, at(14), now=now)

    assert rows(moved) == [
        (1, "A", at(14), at(14, 50), True),
        (2, "A_gap", at(14, 50), at(15, 5), False),
        (3, "B", at(15, 5), at(15, 10), True),
        (4, "B_gap", at(15, 10), at(15, 20), False),
        (5, "C", at(15, 20), at(15, 35), True),
        (6, "D", at(15, 35), at(16, 15), True),
    ]
    assert list(moved.phases.order_by("sequence").values_list("pk", "calcom_booking_uid")) == before
    moved.refresh_from_db()
    assert (moved.starts_at, moved.ends_at) == (at(14), at(16, 15))


def test_a10_the_old_time_is_free_and_the_new_one_taken(
    branch: Branch, mara: Staff, tint: Service, now: datetime
) -> None:
    booked = book(tint, at(9), branch=branch, now=now)

    move(booked, at(14), now=now)

    assert hands_on(mara) == [(at(14), at(14, 15)), (at(15, 45), at(16, 15))]


@pytest.mark.parametrize("minutes", [15, 30, 65, -15], ids=lambda n: f"{n} min")
def test_a_perm_moves_onto_its_own_time(
    branch: Branch, perm: Service, now: datetime, minutes: int
) -> None:
    booked = book(perm, at(12), branch=branch, now=now)

    moved = move(booked, at(12, minutes), now=now)

    assert rows(moved)[0] == (1, "A", at(12, minutes), at(12, minutes + 50), True)
    assert rows(moved)[-1] == (6, "D", at(12, minutes + 95), at(12, minutes + 135), True)


def test_a11_a_move_across_the_change_of_clocks_keeps_every_local_time(
    branch: Branch, perm: Service
) -> None:
    now = berlin(2026, 10, 1, 12)
    booked = book(perm, berlin(2026, 10, 23, 10), branch=branch, now=now)
    assert booked.starts_at == datetime(2026, 10, 23, 8, tzinfo=UTC)

    moved = move(booked, berlin(2026, 10, 30, 10), now=now)

    moved.refresh_from_db()
    assert moved.starts_at == datetime(2026, 10, 30, 9, tzinfo=UTC)
    assert [
        f"{start.astimezone(BERLIN):%d %H:%M}"
        for start in moved.phases.order_by("sequence").values_list("starts_at", flat=True)
    ] == ["30 10:00", "30 10:50", "30 11:05", "30 11:10", "30 11:20", "30 11:35"]


def test_a_changed_recipe_concerns_new_appointments_only(
    branch: Branch, perm: Service, now: datetime
) -> None:
    booked = book(perm, at(9), branch=branch, now=now)
    perm.segments.filter(key="D").update(minutes=60)

    moved = move(booked, at(14), now=now)
    new = book(perm, at(9), branch=branch, now=now)

    assert moved.ends_at == at(16, 15)
    assert rows(moved)[-1] == (6, "D", at(15, 35), at(16, 15), True)
    assert new.ends_at == at(11, 35)


def test_a_cancelled_appointment_keeps_its_phases_and_gives_their_time_back(
    branch: Branch, mara: Staff, perm: Service, now: datetime
) -> None:
    booked = book(perm, at(9), branch=branch, now=now)

    actions.cancel(appointment=booked, now=now)

    assert booked.phases.count() == 6
    assert hands_on(mara) == []


def test_the_database_refuses_overlapping_hands_on_phases(
    branch: Branch, mara: Staff, cut: Service, now: datetime
) -> None:
    book(cut, at(10), branch=branch, now=now)
    other = book(cut, at(14), branch=branch, now=now)

    with (
        pytest.raises(IntegrityError, match="phase_takes_staff_once"),
        transaction.atomic(),
    ):
        other.phases.update(starts_at=at(10, 54), ends_at=at(11, 30))


def test_the_database_lets_a_gap_lie_over_somebody_s_work(
    branch: Branch, mara: Staff, gloss: Service, now: datetime
) -> None:
    fringe = ServiceFactory.create(company=mara.company, recipe=[(30, True)], performed_by=[mara])
    book(gloss, at(10), branch=branch, now=now)

    book(fringe, at(10, 15), branch=branch, now=now)

    assert hands_on(mara) == [
        (at(10), at(10, 15)),
        (at(10, 15), at(10, 45)),
        (at(10, 45), at(11)),
    ]
