"""The simulator fails in all the ways it can be told to, and remembers what it did."""

import time
from collections.abc import Iterator

import pytest
import requests

from calcom.simulator import KnobError
from tests.contract.simulated import (
    COLOUR,
    CUT,
    TAKEN,
    Salon,
    at,
    attendee,
    message_of,
    simulated_salon,
    utc,
)


@pytest.fixture
def cal() -> Iterator[Salon]:
    with simulated_salon() as salon:
        yield salon


def stored(cal: Salon) -> list[str]:
    return [booking["start"] for booking in cal.simulator.bookings()]


def test_created_and_then_a_400(cal):
    cal.simulator.add_fault("create_then_400")

    answer = cal.book("10:00")

    assert (answer.status_code, message_of(answer)) == (400, TAKEN)
    assert stored(cal) == [utc("10:00")]
    assert cal.book("11:00").status_code == 201


def test_created_and_then_a_500(cal):
    cal.simulator.add_fault("create_then_500")

    answer = cal.book("10:00")

    assert answer.status_code == 500
    assert answer.json() == {"statusCode": 500, "message": "Internal server error"}
    assert stored(cal) == [utc("10:00")]


def test_created_and_then_silence(cal):
    cal.simulator.add_fault("create_then_timeout")
    body = {"start": utc("10:00"), "eventTypeId": CUT, "attendee": attendee()}

    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{cal.simulator.url}/v2/bookings",
            json=body,
            headers={"cal-api-version": "2024-08-13"},
            timeout=0.3,
        )

    assert stored(cal) == [utc("10:00")]
    (entry,) = cal.simulator.requests(method="POST")
    assert (entry["status"], entry["faults"]) == (None, ["create_then_timeout"])


def test_silence_ends_when_it_is_told_to(cal):
    cal.simulator.add_fault("create_then_timeout", seconds=0.2)

    began = time.monotonic()
    answer = cal.book("10:00")

    assert answer.status_code == 201
    assert time.monotonic() - began >= 0.2


def test_a_create_that_is_refused_does_not_use_up_what_comes_after(cal):
    cal.booked("10:00")
    cal.simulator.add_fault("create_then_500")

    taken, created = cal.book("10:00"), cal.book("11:00")

    assert (taken.status_code, created.status_code) == (400, 500)


def test_failed_before_anything_is_stored(cal):
    cal.simulator.add_fault("fail", path="/v2/bookings$")
    cal.simulator.add_fault("fail", path="/v2/bookings$", status=200, body={"status": "error"})

    first, second, third = cal.book("10:00"), cal.book("10:00"), cal.book("10:00")

    assert first.json() == {"statusCode": 500, "message": "Internal server error"}
    assert (second.status_code, second.json()) == (200, {"status": "error"})
    assert third.status_code == 201
    assert len(stored(cal)) == 1


def test_the_edges_page_is_html(cal):
    cal.simulator.add_fault("html_524")

    answer = cal.ask("GET", "/v2/me")

    assert answer.status_code == 524
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<!DOCTYPE html>")


def test_slow_and_then_as_usual(cal):
    cal.simulator.add_fault("slow", seconds=0.2)

    began = time.monotonic()
    answer = cal.ask("GET", "/v2/me")

    assert answer.status_code == 200
    assert time.monotonic() - began >= 0.2


def test_a_sleeping_request_holds_nobody_up(cal):
    cal.simulator.add_fault("slow", seconds=30, path="/v2/slots")
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{cal.simulator.url}/v2/slots", timeout=0.1)

    began = time.monotonic()
    cal.booked("10:00")

    assert time.monotonic() - began < 5


def test_reset_before_anything_is_stored(cal):
    cal.simulator.add_fault("reset")

    with pytest.raises(requests.ConnectionError):
        cal.book("10:00")

    assert stored(cal) == []
    assert cal.book("10:00").status_code == 201


def test_done_and_then_reset(cal):
    uid = cal.booked("10:00")["uid"]
    cal.simulator.add_fault("commit_then_reset", path="/v2/bookings/[^/]+/cancel")

    with pytest.raises(requests.ConnectionError):
        cal.cancel(uid, cancellationReason="x")

    assert cal.get(uid)["status"] == "cancelled"


@pytest.mark.parametrize("retry_after", [None, 7])
def test_told_to_slow_down_with_and_without_when_to_return(cal, retry_after):
    cal.simulator.add_fault("rate_limited", retry_after=retry_after)

    answer = cal.ask("GET", "/v2/me")

    error = answer.json()["error"]
    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == (str(retry_after) if retry_after else None)
    assert error["code"] == "ThrottlerException"
    assert error["message"] == ("CustomThrottlerGuard - Too many requests. Please try again later.")
    assert isinstance(error["details"], str)


def test_booked_at_another_start_than_asked(cal):
    cal.simulator.add_fault("wrong_start", seconds=3600)

    booking = cal.booked("10:00")

    assert (booking["start"], booking["end"]) == (utc("11:00"), utc("11:30"))
    assert cal.get(booking["uid"])["start"] == utc("11:00")


def test_somebody_elses_booking_as_the_answer(cal):
    earlier = cal.booked("10:00", attendee=attendee(email="eva@example.com"))
    cal.simulator.add_fault("stale")

    answer = cal.booked("14:00", metadata={"ours": "1"})

    assert answer == earlier
    assert stored(cal) == [utc("10:00")]
    assert cal.booked("14:00")["start"] == utc("14:00")


def test_somebody_elses_booking_waits_for_there_to_be_one(cal):
    cal.simulator.add_fault("stale")
    lena = cal.booked("10:00")

    assert cal.booked("12:00", attendee=attendee(email="eva@example.com")) == lena


def test_slots_that_have_not_heard_of_the_last_booking(cal):
    cal.booked("10:00")
    cal.simulator.add_fault("stale_slots")

    stale, fresh = cal.starts(), cal.starts()

    assert ("10:00" in stale, "10:00" in fresh) == (True, False)


def test_slots_are_stale_for_so_many_seconds_only(cal):
    cal.booked("10:00")
    cal.simulator.set_clock(cal.simulator.world.clock.now().replace(second=30))
    cal.booked("11:00")
    cal.simulator.add_fault("stale_slots", seconds=10)

    stale = cal.starts()

    assert ("10:00" in stale, "11:00" in stale) == (False, True)


def test_an_answer_without_hosts(cal):
    cal.simulator.add_fault("hosts_missing")

    booking = cal.booked("10:00")

    assert "hosts" not in booking
    assert cal.get(booking["uid"])["hosts"]


def test_a_fault_meets_one_event_type_only(cal):
    cal.simulator.add_fault("create_then_500", event_type_id=COLOUR)
    cal.simulator.add_fault("fail", event_type_id=COLOUR, path=".*/cancel$")

    cut, colour = cal.booked("10:00"), cal.book("12:00", COLOUR)
    uid_of_colour = cal.simulator.bookings()[-1]["uid"]

    assert colour.status_code == 500
    assert cal.cancel(cut["uid"], cancellationReason="x").status_code == 200
    assert cal.cancel(uid_of_colour, cancellationReason="x").status_code == 500


def test_a_fault_meets_one_method_so_many_times_or_until_it_is_cleared(cal):
    cal.simulator.add_fault("fail", method="post", times=2)
    cal.simulator.add_fault("fail", path="/v2/me", times=None, status=503)

    posts = [cal.book("10:00").status_code for _ in range(3)]
    before = [cal.ask("GET", "/v2/me").status_code for _ in range(3)]
    counts = [fault["applied"] for fault in cal.simulator.faults()]
    cal.simulator.clear_faults()

    assert posts == [500, 500, 201]
    assert before == [503, 503, 503]
    assert counts == [2, 3]
    assert cal.ask("GET", "/v2/me").status_code == 200
    assert cal.simulator.faults() == []


def test_a_fault_may_be_a_matter_of_chance(cal):
    cal.simulator.add_fault("fail", times=None, probability=0.5)

    statuses = [cal.ask("GET", "/v2/me").status_code for _ in range(40)]

    assert set(statuses) == {200, 500}


def test_two_faults_of_different_stages_meet_the_same_request(cal):
    cal.simulator.add_fault("slow", seconds=0.1)
    cal.simulator.add_fault("create_then_500")

    answer = cal.book("10:00")

    (entry,) = cal.simulator.requests()
    assert answer.status_code == 500
    assert entry["faults"] == ["slow", "create_then_500"]
    assert entry["milliseconds"] >= 100


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "nonsense"},
        {"kind": "fail", "minutes": 3},
        {"kind": "fail", "times": "twice"},
        {"kind": "fail", "path": "("},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(cal, options):
    with pytest.raises(KnobError):
        cal.simulator.add_fault(**options)

    assert cal.simulator.faults() == []


@pytest.mark.parametrize("path", [".*/cancel$", ".*/reschedule$"])
def test_done_and_then_a_500_for_whatever_is_posted(cal, path):
    uid = cal.booked("10:00")["uid"]
    cal.simulator.add_fault("commit_then_500", path=path)

    change = path.removeprefix(".*/").removesuffix("$")
    body = {"start": at("11:00")} if change == "reschedule" else {"cancellationReason": "x"}
    answer = cal.ask("POST", f"/v2/bookings/{uid}/{change}", json=body)

    assert answer.status_code == 500
    assert cal.get(uid)["status"] == "cancelled"


def test_silence_before_anything_is_stored(cal):
    cal.simulator.add_fault("timeout", seconds=0.1)

    answer = cal.book("10:00")

    assert (answer.status_code, answer.headers["Content-Type"]) == (504, "text/html; charset=utf-8")
    assert stored(cal) == []


def test_reads_that_do_not_know_of_the_newest_bookings(cal):
    old = cal.booked("10:00")["uid"]
    cal.simulator.set_clock(cal.simulator.world.clock.now().replace(second=30))
    new = cal.booked("11:00")["uid"]
    cal.simulator.add_fault("stale_bookings", times=2, seconds=10)

    listed = cal.uids(status="upcoming")
    read = cal.ask("GET", f"/v2/bookings/{new}")

    assert (listed, read.status_code) == ([old], 404)
    assert cal.uids(status="upcoming") == [old, new]


def test_the_dice_fall_the_same_way_after_the_same_seed(cal):
    cal.simulator.add_fault("fail", path="/v2/me", times=None, probability=0.5)

    def play(seed: int) -> list[int]:
        cal.simulator.switch(seed=seed)
        return [cal.ask("GET", "/v2/me").status_code for _ in range(20)]

    first = play(7)

    assert set(first) == {200, 500}
    assert play(7) == first
    assert play(8) != first


def test_a_mixture_of_everything_falls_the_same_way_after_the_same_seed(cal):
    def play(seed: int) -> list[int | None]:
        cal.simulator.clear_faults()
        cal.simulator.mix_faults(seed=seed, probability=0.2, longest_seconds=0.01)
        return [status_of(cal) for _ in range(30)]

    first = play(7)

    assert len(set(first)) > 2
    assert play(7) == first
    assert play(8) != first


def status_of(cal: Salon) -> int | None:
    try:
        return cal.ask("GET", "/v2/me").status_code
    except requests.ConnectionError:
        return None


def test_a_mixture_has_the_kinds_that_are_asked_for_and_waits_no_longer_than_allowed(cal):
    chosen = cal.simulator.mix_faults(
        probability=0.1, kinds=["slow", "wrong_start"], longest_seconds=0.5
    )
    every = cal.simulator.mix_faults(probability=0.1)

    assert [(fault["kind"], fault["seconds"]) for fault in chosen] == [
        ("slow", 0.5),
        ("wrong_start", 900),
    ]
    assert {fault["probability"] for fault in every} == {0.1}
    assert {"stale", "create_then_500", "webhook_dropped"} <= {fault["kind"] for fault in every}
    with pytest.raises(KnobError):
        cal.simulator.mix_faults(probability=0.1, kinds=["nonsense"])


def test_five_of_some_calls_a_minute_are_enough(cal):
    cal.simulator.switch(rate_limit=True)
    uid = cal.booked("10:00")["uid"]

    def add(number: int) -> int:
        guests = {"guests": [{"email": f"g{number}@example.com"}]}
        return cal.ask("POST", f"/v2/bookings/{uid}/guests", json=guests).status_code

    assert [add(number) for number in range(6)] == [200, 200, 200, 200, 200, 429]
    assert cal.ask("GET", "/v2/me").status_code == 200
