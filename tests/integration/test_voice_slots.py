"""Offers and reservations in a call: the next free slot, slots kept and given back."""

import pytest

from appointments.models import Appointment, Status
from features.flags import Flag
from tests.asking import book
from tests.conftest import at, day
from tests.factories.appointments import CustomerFactory, ServiceFactory
from tests.integration.conftest import LENA, STRANGER, line_to
from tests.integration.test_voice_functions import starts, turn
from voice.models import Offer


def next_start(answer) -> str | None:
    slot = answer["data"]["slot"]
    return slot and slot["starts_at"]


def held_starts(line) -> list:
    held = Appointment.objects.filter(status=Status.HELD, call_id=line.call_id)
    return list(held.order_by("starts_at").values_list("starts_at", flat=True))


def test_the_next_free_slot_is_offered_held_and_booked_by_its_token(line, cut):
    found = line.ask("find_next_available", service=cut.name)

    assert (found["status"], next_start(found)) == ("found", "2030-01-07T12:15:00+01:00")
    slot = found["data"]["slot"]
    assert (slot["option"], slot["type"]) == (1, "next_available")
    assert slot["held_until"] == "2030-01-07T12:03:00+01:00"
    assert held_starts(line) == [at(12, 15, days=-1)]
    assert found["message"] == (
        "Frei wäre heute, am Montag, dem 7. Januar, um 12 Uhr 15. Passt Ihnen das?"
    )
    booked = line.ask("start_booking", slot_token=slot["token"], customer_name="Lena Vogt")
    assert booked["data"]["appointment"]["starts_at"] == "2030-01-07T12:15:00+01:00"


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"after": "morgen um 14 Uhr"}, "2030-01-08T14:00:00+01:00"),
        ({"after": "ab Donnerstag"}, "2030-01-10T09:00:00+01:00"),
        ({"after": "nach Donnerstag"}, "2030-01-11T09:00:00+01:00"),
        ({"after": "nach Samstag"}, "2030-01-14T09:00:00+01:00"),
        ({"after": "nächste Woche"}, "2030-01-14T09:00:00+01:00"),
        ({"after": "ab dem 5. Februar"}, "2030-02-05T09:00:00+01:00"),
        ({"after": "morgen nach 17 Uhr"}, "2030-01-08T17:00:00+01:00"),
        ({"after": "nachmittags"}, "2030-01-07T12:15:00+01:00"),
        ({"date": "morgen", "time": "nachmittags"}, "2030-01-08T12:00:00+01:00"),
        ({"time": "vormittags"}, "2030-01-08T09:00:00+01:00"),
        ({"after": "ab 16 Uhr"}, "2030-01-07T16:00:00+01:00"),
        ({"after": "gestern"}, "2030-01-07T12:15:00+01:00"),
        ({"after": "2030-01-09T10:00:00"}, "2030-01-09T10:00:00+01:00"),
        ({"after": "in zwei Stunden"}, "2030-01-07T14:00:00+01:00"),
    ],
)
def test_from_when_on_is_heard_as_it_is_spoken(line, cut, args, expected):
    assert next_start(line.ask("find_next_available", service=cut.name, **args)) == expected


@pytest.mark.parametrize(
    ("after", "status"),
    [
        ("31. November", "date_not_understood"),
        ("Montag oder Dienstag", "date_ambiguous"),
        ("Mittwoch, der 8. Januar", "weekday_mismatch"),
        ("in drei Monaten", "too_far"),
    ],
)
def test_an_unclear_day_is_asked_back_before_anything_is_offered(line, cut, after, status):
    answer = line.ask("find_next_available", service=cut.name, after=after)

    assert (answer["status"], answer["data"]["slot"]) == (status, None)
    assert held_starts(line) == []


def test_the_search_goes_on_to_the_horizon_and_no_further(line, branch, cut, mara):
    branch.company.busy_times.create(starts_at=at(0, days=-1), ends_at=at(0, days=30), staff=mara)

    far = line.ask("find_next_available", service=cut.name)
    branch.company.busy_times.create(starts_at=at(0, days=30), ends_at=at(0, days=90), staff=mara)
    none = line.ask("find_next_available", service=cut.name)

    assert next_start(far) == "2030-02-07T09:00:00+01:00"
    assert (none["status"], none["data"]["slot"]) == ("none", None)
    assert none["message"] == (
        "Bis Freitag, 8. März ist leider nichts mehr frei. Sollen wir Sie zurückrufen?"
    )


def test_the_wished_person_is_searched_and_nobody_else(line, branch, mara, jonas):
    cut = ServiceFactory.create(
        company=mara.company, name="Schnitt", recipe=[(55, True)], performed_by=[mara, jonas]
    )
    branch.company.busy_times.create(starts_at=at(0, days=-1), ends_at=at(12), staff=jonas)

    answer = line.ask("find_next_available", service=cut.name, staff="bei Jonas")

    assert next_start(answer) == "2030-01-08T12:00:00+01:00"
    assert answer["data"]["slot"]["staff"]["name"] == "Jonas Brandt"


def test_a_slot_is_reserved_and_the_hold_renewed(line, branch, cut):
    first = line.ask("reserve_slot", datetime="2030-01-08 10:00", service=cut.name)
    again = line.ask("reserve_slot", slot_token=first["data"]["slot"]["token"])

    assert (first["status"], again["status"]) == ("reserved", "reserved")
    assert first["message"] == (
        "Morgen, am Dienstag, dem 8. Januar, um 10 Uhr halte ich drei Minuten für Sie frei. "
        "Soll ich den Termin fest eintragen?"
    )
    assert again["data"]["slot"]["starts_at"] == "2030-01-08T10:00:00+01:00"
    assert held_starts(line) == [at(10)]


def test_what_is_taken_cannot_be_reserved_but_its_neighbours_are_offered(line, branch, cut, now):
    book(cut, at(10), branch=branch, now=now)

    answer = line.ask("reserve_slot", date="morgen", time="10 Uhr", service=cut.name)

    assert (answer["status"], answer["data"]["slot"]) == ("unavailable", None)
    assert starts(answer) == ["2030-01-08T09:00:00+01:00", "2030-01-08T10:55:00+01:00"]


def test_a_day_with_two_readings_is_not_reserved(line, cut):
    answer = line.ask("reserve_slot", date="nächsten Mittwoch", time="10 Uhr", service=cut.name)

    assert answer["status"] == "date_ambiguous"
    assert held_starts(line) == []


def test_without_holds_nothing_is_reserved(line, branch, cut):
    turn(Flag.SLOT_HOLDS, branch.company, is_on=False)

    answer = line.ask("reserve_slot", datetime="2030-01-08 10:00", service=cut.name)

    assert (answer["success"], answer["status"]) == (True, "disabled")
    assert not Appointment.objects.exists()


def test_one_token_gives_back_one_slot_and_none_gives_back_all(line, branch, cut, now):
    book(cut, at(10), branch=branch, now=now)
    offered = line.ask("check_availability", datetime="2030-01-08 10:00", service=cut.name)
    first, _ = offered["data"]["alternatives"]

    one = line.ask("release_slot_reservation", slot_token=first["token"])
    after_one = held_starts(line)
    everything = line.ask("release_slot_reservation")

    assert (one["status"], everything["status"]) == ("released", "released")
    assert after_one == [at(10, 55)]
    assert held_starts(line) == []


@pytest.mark.parametrize("from_number", [STRANGER, LENA])
def test_another_calls_token_gives_back_nothing(line, branch, cut, from_number):
    line.ask("reserve_slot", datetime="2030-01-08 10:00", service=cut.name)
    token = Offer.objects.get().token

    answer = line_to(branch, from_number=from_number).ask(
        "release_slot_reservation", slot_token=token
    )

    assert answer["status"] == "released"
    assert held_starts(line) == [at(10)]


def test_an_offer_that_was_given_back_is_not_made_again(line, branch, cut, now):
    book(cut, at(10), branch=branch, now=now)
    wish = {"datetime": "2030-01-08 10:00", "service": cut.name}
    first, _ = line.ask("check_availability", **wish)["data"]["alternatives"]
    line.ask("release_slot_reservation", slot_token=first["token"])

    again = line.ask("check_availability", **wish)

    assert first["starts_at"] not in starts(again)
    assert len(starts(again)) == 2


def test_who_asks_for_others_hears_others(line, branch, cut, now):
    book(cut, at(10), branch=branch, now=now)
    wish = {"datetime": "2030-01-08 10:00", "service": cut.name}
    heard = [starts(line.ask("check_availability", **wish))]

    heard += [starts(line.ask("get_alternatives", **wish)) for _ in range(2)]

    assert len({start for answer in heard for start in answer}) == 6


def test_a_wish_that_is_only_repeated_hears_the_same_offers(line, branch, cut, now):
    book(cut, at(10), branch=branch, now=now)

    answers = [
        line.ask("check_availability", service=cut.name, **when)
        for when in (
            {"datetime": "2030-01-08 10:00"},
            {"date": "morgen", "time": "zehn Uhr"},
            {"date": "08.01.2030", "time": "10:00"},
        )
    ]

    assert starts(answers[0]) == starts(answers[1]) == starts(answers[2]) != []


def test_another_wish_passes_over_what_was_offered(line, branch, cut, now):
    book(cut, at(10), branch=branch, now=now)
    book(cut, at(12), branch=branch, now=now)
    first = line.ask("check_availability", datetime="2030-01-08 10:00", service=cut.name)

    second = line.ask("check_availability", time="12 Uhr")

    assert second["status"] == "unavailable"
    assert len(starts(second)) == 2
    assert not set(starts(first)) & set(starts(second))


def test_when_nothing_else_is_free_that_is_said_and_not_made_up(line, branch, cut, mara):
    branch.company.busy_times.create(starts_at=at(10), ends_at=at(0, days=90), staff=mara)
    branch.company.busy_times.create(starts_at=at(0, days=-1), ends_at=at(9), staff=mara)
    wish = {"date": "morgen", "time": "9 Uhr", "service": cut.name}

    first = line.ask("get_alternatives", service=cut.name, date="morgen", time="10 Uhr")
    second = line.ask("get_alternatives", **wish)

    assert starts(first) == ["2030-01-08T09:00:00+01:00"]
    assert (second["status"], starts(second)) == ("none", [])


def test_an_offer_of_half_an_hour_ago_is_none(line, branch, cut, now):
    book(cut, at(10), branch=branch, now=now)
    line.ask("check_availability", datetime="2030-01-08 10:00", service=cut.name)
    Offer.objects.update(offered_at=at(11, 30, days=-1))

    answer = line.ask("start_booking", option="die zweite", customer_name="Lena Vogt")

    assert answer["status"] != "booked"
    assert not Appointment.objects.filter(status=Status.CONFIRMED, call_id=line.call_id).exists()


def test_a_day_without_a_time_is_agreed_on_for_the_time_to_come(line, cut):
    line.ask("check_availability", date="am Freitag", service=cut.name)

    answer = line.ask("check_availability", time="14 Uhr")

    assert answer["status"] == "available"
    assert answer["data"]["slot"]["starts_at"] == "2030-01-11T14:00:00+01:00"
    assert answer["data"]["understood"]["confirmation"] == "full"


def test_the_callers_own_appointment_is_not_offered_as_next(line, branch, cut, now):
    lena = CustomerFactory.create(company=branch.company, phone=LENA)
    branch.company.busy_times.create(starts_at=at(0, days=-1), ends_at=at(9))
    book(cut, at(9), branch=branch, now=now, customer=lena)

    assert next_start(line.ask("find_next_available", service=cut.name)) == (
        "2030-01-08T09:55:00+01:00"
    )
    assert day().isoformat() == "2030-01-08"
