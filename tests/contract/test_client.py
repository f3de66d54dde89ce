"""The client: what each answer means, how long it waits, and what it says in the log."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from appointments.domain.intervals import Interval
from calcom.client import CalcomClient, at_once, get_client
from calcom.errors import (
    AuthRejectedError,
    CalcomError,
    ConflictError,
    NotFoundError,
    RejectedError,
    TransientError,
    UnknownOutcomeError,
)
from calcom.payloads import Booking, NewBooking, Reference, Slot
from tests.contract import simulated
from tests.contract.simulated import CUT, KEY, MARA, Salon, simulated_salon

API = "https://api.cal.test"
START = datetime(2030, 1, 8, 9, tzinfo=UTC)
DAY = Interval(START - timedelta(hours=10), START + timedelta(hours=14))

ENVELOPED = {
    "status": "error",
    "timestamp": "2030-01-08T09:00:00.000Z",
    "path": "/v2/bookings",
    "error": {
        "code": "BadRequestException",
        "message": "User either already has booking at this time or is not available",
        "details": {"message": "…", "error": "Bad Request", "statusCode": 400},
    },
}


def new_booking(**changes: Any) -> NewBooking:
    lena: dict[str, Any] = {
        "event_type_id": CUT,
        "starts_at": START,
        "name": "Lena Vogt",
        "email": "lena@example.com",
        "time_zone": "Europe/Berlin",
        "language": "de",
        "title": "Herrenhaarschnitt - A",
        "notes": "",
        "reference": Reference("apt_1", "A"),
        "call_id": "call_1",
        "source": "voice",
    }
    return NewBooking(**lena | changes)


@pytest.fixture
def wire(settings: Any) -> Iterator[responses.RequestsMock]:
    """The network, as a test wants it."""
    settings.CALCOM_API_URL = API
    with responses.RequestsMock() as wire:
        yield wire


@pytest.fixture
def client() -> CalcomClient:
    return get_client(api_key=KEY)


def refusal(wire: responses.RequestsMock, client: CalcomClient, **answer: Any) -> CalcomError:
    wire.post(f"{API}/v2/bookings", **answer)
    with pytest.raises(CalcomError) as caught:
        client.create_booking(new_booking())
    return caught.value


def raw(status: int, message: str) -> dict[str, Any]:
    return {"status": status, "json": {"statusCode": status, "message": message}}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 400, "json": ENVELOPED}, ConflictError),
        (raw(409, "booking_conflict_error"), ConflictError),
        (raw(400, "An error occurred while querying the database."), ConflictError),
        (raw(401, "booking_limit_reached"), ConflictError),
        (raw(422, "Can't book this team event type because it has no hosts."), RejectedError),
        (raw(400, "Invalid event length"), RejectedError),
        ({"status": 302, "headers": {"Location": "https://elsewhere.test"}}, RejectedError),
        (raw(401, "ApiAuthStrategy - api key - Your api key is not valid"), AuthRejectedError),
        (raw(403, "PermissionsGuard - no authentication provided."), AuthRejectedError),
        (raw(404, "Event type with id 3001 not found."), NotFoundError),
        (raw(404, "Cannot POST /v2/bookings"), RejectedError),
        (raw(400, "… is the parent managed event type that can't be booked."), NotFoundError),
        (raw(500, "Internal server error"), UnknownOutcomeError),
        ({"status": 524, "body": "<html>a timeout occurred</html>"}, UnknownOutcomeError),
        ({"status": 201, "body": "<html>hello</html>"}, UnknownOutcomeError),
        ({"status": 201, "json": {"status": "success", "data": {}}}, UnknownOutcomeError),
        ({"status": 200, "json": {"status": "error", "data": {}}}, UnknownOutcomeError),
        ({"status": 201, "json": []}, UnknownOutcomeError),
        ({"body": requests.ConnectionError("reset")}, UnknownOutcomeError),
        ({"body": requests.Timeout()}, UnknownOutcomeError),
        (raw(408, "too slow"), TransientError),
        (raw(429, "CustomThrottlerGuard - Too many requests."), TransientError),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else str(value)[:60],
)
def test_each_answer_means_what_its_status_and_its_words_say(
    wire: responses.RequestsMock, client: CalcomClient, answer: dict[str, Any], kind: type
) -> None:
    error = refusal(wire, client, **answer)

    assert type(error) is kind
    assert str(error).startswith("POST /v2/bookings: ")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"X-RateLimit-Reset-Default": "60"}, 60),
        ({"Retry-After": "7", "X-RateLimit-Reset-Default": "60"}, 7),
        ({"Retry-After": "86400"}, 3600),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_read_from_either_header(
    wire: responses.RequestsMock,
    client: CalcomClient,
    headers: dict[str, str],
    seconds: float | None,
) -> None:
    error = refusal(wire, client, headers=headers, **raw(429, "Too many requests."))

    assert isinstance(error, TransientError)
    assert error.retry_after_seconds == seconds


def test_a_date_to_wait_for_is_read_as_well(
    wire: responses.RequestsMock, client: CalcomClient
) -> None:
    in_a_minute = datetime.now(UTC) + timedelta(seconds=60)
    header = {"Retry-After": in_a_minute.strftime("%a, %d %b %Y %H:%M:%S GMT")}

    error = refusal(wire, client, headers=header, **raw(429, "Too many requests."))

    assert isinstance(error, TransientError)
    assert error.retry_after_seconds == pytest.approx(60, abs=2)


def test_the_words_of_an_error_are_kept_bounded_and_without_personal_data(
    wire: responses.RequestsMock, client: CalcomClient
) -> None:
    error = refusal(
        wire,
        client,
        **raw(400, "No lena.vogt@example.com, +49 151 2345678 or cal_live_1234! " * 3000),
    )

    assert error.status == 400
    assert len(error.message) <= 2000
    assert error.message.startswith("No …, … or …! ")
    assert not {"lena", "2345678", "cal_live"} & set(error.message.split())


def test_the_words_are_found_in_a_list_of_problems(
    wire: responses.RequestsMock, client: CalcomClient
) -> None:
    error = refusal(
        wire,
        client,
        status=400,
        json={
            "status": "error",
            "error": {
                "code": "BadRequestException",
                "message": "Bad Request Exception",
                "details": {"errors": [{"property": "take", "constraints": {"max": "≤ 250"}}]},
            },
        },
    )

    assert error.message.startswith("Bad Request Exception: [{'property': 'take'")


def test_a_create_carries_what_the_service_wants_where_it_wants_it(
    wire: responses.RequestsMock, client: CalcomClient
) -> None:
    order = new_booking(call_id="c" * 501, notes="ohne Föhnen")

    body = order.body()

    assert body == {
        "eventTypeId": CUT,
        "start": "2030-01-08T09:00:00Z",
        "attendee": {
            "name": "Lena Vogt",
            "email": "lena@example.com",
            "timeZone": "Europe/Berlin",
            "language": "de",
        },
        "bookingFieldsResponses": {
            "title": "Herrenhaarschnitt - A",
            "notes": "ohne Föhnen",
            "name": "Lena Vogt",
            "email": "lena@example.com",
        },
        "metadata": {
            "booking_site_appointment": "apt_1",
            "booking_site_segment": "A",
            "booking_site_source": "voice",
            "booking_site_call": "c" * 500,
        },
    }


def test_each_resource_is_asked_in_its_own_version_with_our_key(
    wire: responses.RequestsMock, client: CalcomClient, monkeypatch: Any, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.cal.test login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    wire.get(f"{API}/v2/slots", json={"data": {}})
    wire.get(f"{API}/v2/bookings", json={"status": "success", "data": []})

    client.get_slots(event_type_id=CUT, window=DAY, zone="Europe/Berlin", timeout_seconds=3)
    client.list_bookings(DAY)

    headers = [call.request.headers for call in wire.calls]
    assert [sent["cal-api-version"] for sent in headers] == ["2024-09-04", "2024-08-13"]
    assert {sent["Authorization"] for sent in headers} == {f"Bearer {KEY}"}


def test_one_line_per_request_without_anything_personal(
    wire: responses.RequestsMock, client: CalcomClient
) -> None:
    wire.post(f"{API}/v2/bookings/secret-uid/cancel", **raw(404, "Booking not found"))

    with capture_logs() as lines, pytest.raises(NotFoundError):
        client.cancel_booking("secret-uid", reason="Termin abgesagt")

    [line] = lines
    milliseconds = line.pop("milliseconds")
    assert milliseconds >= 0
    assert line == {
        "event": "calcom.requested",
        "log_level": "info",
        "method": "POST",
        "path": "/v2/bookings/{id}/cancel",
        "status": "404",
    }
    assert REGISTRY.get_sample_value(
        "booking_calcom_request_seconds_count",
        {"method": "POST", "route": "/v2/bookings/{id}/cancel", "status": "404"},
    )


def test_an_unknown_layout_of_slots_is_never_read_as_nothing_free(
    wire: responses.RequestsMock, client: CalcomClient
) -> None:
    for layout in ({"slots": {}}, {"data": {"2030-01-08": [{"time": "09:00"}]}}, {"data": []}):
        wire.get(f"{API}/v2/slots", json=layout)

        with pytest.raises(UnknownOutcomeError):
            client.get_slots(event_type_id=CUT, window=DAY, zone="UTC", timeout_seconds=3)


def test_slots_are_sorted_and_clipped_to_what_was_asked_for(
    wire: responses.RequestsMock, client: CalcomClient
) -> None:
    days = {
        "2030-01-09": [{"start": "2030-01-09T00:15:00.000+01:00"}],
        "2030-01-08": [
            {"start": "2030-01-08T10:00:00.000+01:00"},
            {"start": "2030-01-08T09:00:00.000+01:00"},
            {"start": "2030-01-07T23:45:00.000+01:00"},
        ],
    }
    wire.get(f"{API}/v2/slots", json={"data": days})

    slots = client.get_slots(event_type_id=CUT, window=DAY, zone="UTC", timeout_seconds=3)

    assert slots == [Slot(at("09:00")), Slot(at("10:00"))]


def test_a_server_that_accepts_and_says_nothing_is_left_in_time(
    client: CalcomClient, settings: Any
) -> None:
    settings.CALCOM_BOOKING_TIMEOUT_SECONDS = 0.3
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.CALCOM_API_URL = f"http://127.0.0.1:{server.getsockname()[1]}"
        began = time.monotonic()

        with pytest.raises(UnknownOutcomeError, match="ReadTimeout"):
            client.create_booking(new_booking())

        assert time.monotonic() - began < 1


def test_answers_are_yielded_as_they_arrive_and_late_ones_as_unknown() -> None:
    def answer_after(seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    began = time.monotonic()
    calls = {seconds: lambda seconds=seconds: answer_after(seconds) for seconds in (0.2, 0, 0.7)}
    answers = list(at_once(calls, within_seconds=0.4))

    assert time.monotonic() - began < 0.6
    assert answers[:2] == [(0, 0), (0.2, 0.2)]
    assert answers[2][0] == 0.7
    assert isinstance(answers[2][1], UnknownOutcomeError)


def test_a_bug_in_a_thread_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        list(at_once({1: lambda: 1 / 0}, within_seconds=1))


# --- The same client and a service that behaves like the real one --------------------------


@pytest.fixture
def salon(settings: Any) -> Iterator[Salon]:
    with simulated_salon() as salon:
        settings.CALCOM_API_URL = salon.simulator.url
        yield salon


def at(clock: str, *, day: int = 8) -> datetime:
    return datetime.fromisoformat(simulated.at(clock, day=day))


def test_a_booking_made_is_a_booking_read(salon: Salon, client: CalcomClient) -> None:
    made = client.create_booking(new_booking())

    assert made == Booking(
        uid=made.uid,
        status="accepted",
        starts_at=START,
        ends_at=START + timedelta(minutes=30),
        event_type_id=CUT,
        host_id=MARA,
        reference=Reference("apt_1", "A"),
        rescheduled_from="",
        rescheduled_to="",
    )
    assert client.get_booking(made.uid) == made
    assert client.list_bookings(DAY) == [made]


def test_a_move_gives_a_new_uid_and_kills_the_old_one(salon: Salon, client: CalcomClient) -> None:
    made = client.create_booking(new_booking())

    moved = client.reschedule_booking(made.uid, starts_at=at("15:00"), reason="verschoben")

    assert (moved.rescheduled_from, moved.starts_at) == (made.uid, at("15:00"))
    assert moved.reference == made.reference
    assert not client.get_booking(made.uid).is_live
    with pytest.raises(NotFoundError, match="rescheduled already"):
        client.reschedule_booking(made.uid, starts_at=at("16:00"), reason="verschoben")


def test_what_is_cancelled_cannot_be_cancelled_again(salon: Salon, client: CalcomClient) -> None:
    made = client.create_booking(new_booking())

    assert not client.cancel_booking(made.uid, reason="abgesagt").is_live

    for uid in (made.uid, "unknown"):
        with pytest.raises(NotFoundError):
            client.cancel_booking(uid, reason="abgesagt")


def test_a_taken_time_is_a_conflict(salon: Salon, client: CalcomClient) -> None:
    client.create_booking(new_booking())

    with pytest.raises(ConflictError):
        client.create_booking(new_booking(name="Eva Muster"))


def test_an_unknown_event_type_is_not_found(salon: Salon, client: CalcomClient) -> None:
    with pytest.raises(NotFoundError):
        client.create_booking(new_booking(event_type_id=999))
    with pytest.raises(NotFoundError):
        client.get_slots(event_type_id=999, window=DAY, zone="UTC", timeout_seconds=3)


def test_a_wrong_key_is_rejected(salon: Salon) -> None:
    with pytest.raises(AuthRejectedError):
        get_client(api_key="cal_wrong").list_bookings(DAY)


def test_slots_are_read_as_instants(salon: Salon, client: CalcomClient) -> None:
    slots = client.get_slots(event_type_id=CUT, window=DAY, zone="Europe/Berlin", timeout_seconds=3)

    assert slots[0] == Slot(at("09:00"))
    assert slots[-1] == Slot(at("18:30"))
    assert len(slots) == 20


def test_an_event_type_is_read(salon: Salon, client: CalcomClient) -> None:
    event_type = client.get_event_type(CUT)

    assert (event_type.id, event_type.length_minutes, event_type.host_ids) == (CUT, 30, (MARA,))


def test_the_limit_of_requests_says_when_it_ends(salon: Salon, client: CalcomClient) -> None:
    salon.simulator.switch(rate_limit=True, rate_limit_requests=1)
    client.list_bookings(DAY)

    with pytest.raises(TransientError) as caught:
        client.list_bookings(DAY)

    assert caught.value.retry_after_seconds == pytest.approx(60, abs=1)
