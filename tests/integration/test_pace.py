"""Staying below Cal.com's rate limit, and what happens to whatever has to wait."""

from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.core.cache import cache

from appointments.domain.hours import day_interval
from appointments.domain.intervals import Interval
from appointments.models import Service, Staff
from calcom import circuit, pace
from calcom.client import get_client
from calcom.errors import PacedError
from tests.conftest import at, day
from tests.syncing import KEY, Calcom, appoint, state_of

DAY = Interval(at(0), at(23))
pytestmark = pytest.mark.usefixtures("cut_maps")


@pytest.fixture
def minute(now: datetime) -> Any:
    """Stop the clock at the beginning of one of the limiter's minutes."""
    with time_machine.travel(now, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def _eight_a_minute(settings: Any) -> None:
    settings.CALCOM_REQUESTS_PER_MINUTE = 8


def list_bookings(times: int, *, key: str = KEY) -> None:
    for _ in range(times):
        get_client(api_key=key).list_bookings(DAY)


def test_one_request_too_many_is_not_sent(calcom: Calcom, minute: Any) -> None:
    list_bookings(8)

    with pytest.raises(PacedError) as refused:
        list_bookings(1)

    assert len(calcom.lists()) == 8
    assert refused.value.retry_after_seconds == 60


def test_another_key_has_a_limit_of_its_own(calcom: Calcom, minute: Any) -> None:
    calcom.simulator.seed(account="other", users=[{"id": 9001}], api_keys={"cal_other": 9001})

    list_bookings(8)
    list_bookings(8, key="cal_other")

    assert len(calcom.lists()) == 16


def test_the_minute_slides(calcom: Calcom, minute: Any) -> None:
    list_bookings(8)
    minute.shift(60 + 30)  # half of those eight lie in the last minute

    list_bookings(4)

    with pytest.raises(PacedError):
        list_bookings(1)


def test_what_is_only_asked_for_leaves_room_for_what_has_been_promised(
    calcom: Calcom, cut_maps: Any, mara: Staff, minute: Any
) -> None:
    client = get_client(api_key=KEY)

    def get_slots() -> object:
        return client.get_slots(
            event_type_id=cut_maps["A"].bookable_id,
            window=day_interval(day(), mara.branch.zone),
            zone="Europe/Berlin",
            timeout_seconds=3,
        )

    for _ in range(6):
        get_slots()
    with pytest.raises(PacedError):
        get_slots()
    list_bookings(2)


def test_what_we_did_not_send_opens_no_circuit(calcom: Calcom, salon: Any, minute: Any) -> None:
    for _ in range(2 * circuit.FAILURES_TO_OPEN):
        circuit.note(salon.pk, PacedError("wait"))

    assert not circuit.is_open(salon.pk)


def test_an_appointment_waits_its_turn_as_often_as_it_takes(
    calcom: Calcom, cut: Service, cut_maps: Any, mara: Staff, now: datetime, minute: Any
) -> None:
    appointment = appoint(cut, mara, at(10))
    list_bookings(8)

    for _ in range(6):  # more often than a failure would be tried again
        again_at = calcom.sync(appointment, now=now)
        assert again_at is not None
        now = again_at
    assert (appointment.sync_status, state_of(appointment).attempts) == ("pending", 0)

    minute.shift(120)
    calcom.sync(appointment, now=now)
    assert appointment.sync_status == "synced"


def test_without_a_cache_requests_are_sent(
    calcom: Calcom, minute: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object, **__: object) -> None:
        message = "the cache is down"
        raise ConnectionError(message)

    for name in ("get_many", "add", "incr"):
        monkeypatch.setattr(f"{pace.__name__}.cache.{name}", down)

    list_bookings(9)

    assert len(calcom.lists()) == 9


def test_no_limit_is_no_count(calcom: Calcom, now: datetime, minute: Any, settings: Any) -> None:
    settings.CALCOM_REQUESTS_PER_MINUTE = 0

    list_bookings(9)

    assert len(calcom.lists()) == 9
    assert cache.get(pace._key(KEY, int(now.timestamp() // 60))) is None  # noqa: SLF001
