"""What the agent's functions answer, on the Monday before the Tuesday all tests live in."""

import pytest

from appointments import actions
from appointments.models import Appointment, Company, Customer, FlagSetting, Status
from calcom import caches
from features.flags import Flag
from features.models import CompanyFlag
from tests.conftest import at, soon
from tests.factories.appointments import CustomerFactory, ServiceFactory
from tests.integration.conftest import LENA, STRANGER, line_to
from voice.functions import FUNCTIONS
from voice.shapes import KEYS

TEN = "2030-01-08T10:00:00+01:00"


def book(branch, service, starts_at, now, **more):
    customer = more.pop("customer", None) or CustomerFactory.create(
        company=branch.company, name="Ida Beispiel"
    )
    order = actions.BookingOrder(
        branch=branch, service=service, starts_at=starts_at, customer=customer, **more
    )
    return actions.book(order=order, now=now, deadline=soon()).appointment


def turn(flag: Flag, company, *, is_on: bool) -> None:
    row = CompanyFlag.objects.get(name=flag.value)
    FlagSetting.objects.update_or_create(flag=row, company=company, defaults={"is_on": is_on})


def starts(answer) -> list[str]:
    return [slot["starts_at"] for slot in answer["data"]["alternatives"]]


@pytest.mark.parametrize("name", sorted(KEYS))
def test_every_answer_holds_every_key_its_function_promises(line, cut, name):
    answer = line.ask(name)

    assert set(answer) == {"success", "status", "message", "data"}
    assert set(KEYS[name]) | {"call_id"} <= set(answer["data"])
    assert answer["data"]["call_id"] == line.call_id


def test_every_function_promises_its_keys():
    assert {function.name for function in FUNCTIONS.values()} == set(KEYS)


def test_the_context_tells_the_day_and_the_salon(line):
    data = line.ask("initialize_call", call_id="call_001")["data"]

    assert (data["date"], data["time"], data["weekday"]) == ("2030-01-07", "12:00", "Montag")
    assert data["tomorrow"] == {
        "date": "2030-01-08",
        "weekday": "Dienstag",
        "spoken": "Dienstag, 8. Januar",
    }
    assert data["day_after_tomorrow"]["date"] == "2030-01-09"
    assert data["next_monday"]["date"] == "2030-01-14"
    assert data["salon"] == {
        "name": "Salon Eins",
        "branch": "Salon Eins Mitte",
        "open_today": True,
    }
    assert data["customer"] is None


def test_a_customer_is_known_by_number_with_their_habits(line, branch, cut, perm, now):
    lena = CustomerFactory.create(company=branch.company, name="Lena Vogt", phone=LENA)
    for days in (-30, -20, -10):
        row = book(branch, cut, at(10), now, customer=lena)
        Appointment.objects.filter(pk=row.pk).update(
            status=Status.COMPLETED, starts_at=at(10, days=days), ends_at=at(11, days=days)
        )
        row.phases.update(released_at=now)
    book(branch, perm, at(9, days=1), now, customer=lena)

    answer = line.ask("check_customer")

    assert answer["status"] == "existing_customer"
    assert answer["data"] == {
        "customer": {"id": lena.pk, "name": "Lena Vogt", "first_name": "Lena"},
        "predicted_service": "Herrenhaarschnitt",
        "service_confidence": 0.75,
        "preferred_staff": "Mara Lindt",
        "upcoming": 1,
        "last_visit": "2029-12-29T11:00:00+01:00",
        "call_id": line.call_id,
    }


@pytest.mark.parametrize(
    ("number", "status"), [(STRANGER, "new_customer"), ("anonymous", "anonymous")]
)
def test_who_is_not_known_is_new_or_anonymous(branch, monday, number, status):
    answer = line_to(branch, from_number=number).ask("check_customer")

    assert (answer["status"], answer["data"]["customer"]) == (status, None)


def test_a_customer_of_another_company_is_nobody_here(line):
    CustomerFactory.create(phone=LENA)

    assert line.ask("check_customer")["status"] == "new_customer"


def test_a_free_time_is_available_and_held(line, perm):
    answer = line.ask(
        "check_availability_v17", datum="2030-01-08", uhrzeit="14:00", dienstleistung="Dauerwelle"
    )

    assert answer["status"] == "available"
    slot = answer["data"]["slot"]
    assert slot["starts_at"] == "2030-01-08T14:00:00+01:00"
    assert slot["ends_at"] == "2030-01-08T16:15:00+01:00"
    assert (slot["staff"]["name"], slot["type"]) == ("Mara Lindt", "requested")
    assert slot["service"]["duration_minutes"] == 135
    assert answer["data"]["source"] == "local"
    held = Appointment.objects.get()
    assert (held.status, held.starts_at, held.call_id) == (Status.HELD, at(14), line.call_id)


def test_a_taken_time_is_answered_with_two_that_are_free(line, branch, cut, now):
    book(branch, cut, at(10), now)

    answer = line.ask("check_availability", date="morgen", time="10 Uhr", service=cut.name)

    assert (answer["success"], answer["status"]) == (True, "unavailable")
    assert answer["data"]["reason"] == "taken"
    assert starts(answer) == ["2030-01-08T09:00:00+01:00", "2030-01-08T10:55:00+01:00"]
    assert [slot["option"] for slot in answer["data"]["alternatives"]] == [1, 2]
    assert [slot["type"] for slot in answer["data"]["alternatives"]] == [
        "same_day_earlier",
        "same_day_later",
    ]


def test_the_second_offer_is_booked_by_its_number(line, branch, cut, now):
    book(branch, cut, at(10), now)
    offered = line.ask("check_availability", date="morgen", time="10 Uhr", service=cut.name)

    answer = line.ask("start_booking", option="die zweite", customer_name="Lena Vogt")

    assert answer["status"] == "booked"
    assert answer["data"]["appointment"]["starts_at"] == starts(offered)[1]
    assert answer["data"]["understood"]["confirmation"] == "none"


def test_an_offer_is_booked_by_its_token_and_by_its_time(line, branch, cut, now):
    book(branch, cut, at(10), now)
    slots = line.ask("check_availability", date="morgen", time="10 Uhr", service=cut.name)["data"]

    by_time = line.ask("start_booking", time="10:55", customer_name="Lena Vogt")
    by_token = line.ask(
        "start_booking",
        slot_token=slots["alternatives"][0]["token"],
        customer_name="Lena Vogt",
    )

    assert by_time["data"]["appointment"]["starts_at"] == "2030-01-08T10:55:00+01:00"
    assert by_token["data"]["appointment"]["starts_at"] == "2030-01-08T09:00:00+01:00"


def test_with_the_flag_on_nothing_is_searched(line, branch, cut, now):
    book(branch, cut, at(10), now)
    turn(Flag.SKIP_ALTERNATIVES_FOR_VOICE, branch.company, is_on=True)

    answer = line.ask("check_availability", datetime="2030-01-08 10:00", service=cut.name)

    assert (answer["status"], starts(answer)) == ("unavailable", [])
    assert answer["message"].endswith("Welche andere Zeit würde Ihnen passen?")
    assert not Appointment.objects.filter(status=Status.HELD).exists()


def test_without_holds_slots_are_offered_but_not_kept(line, branch, cut, now):
    book(branch, cut, at(10), now)
    turn(Flag.SLOT_HOLDS, branch.company, is_on=False)

    answer = line.ask("check_availability", datetime="2030-01-08 10:00", service=cut.name)

    assert len(starts(answer)) == 2
    assert [slot["held_until"] for slot in answer["data"]["alternatives"]] == [None, None]
    assert not Appointment.objects.filter(status=Status.HELD).exists()


def test_what_one_caller_is_offered_another_is_not(branch, monday, cut, now):
    book(branch, cut, at(10), now)
    wish = {"datetime": "2030-01-08 10:00", "service": cut.name}

    first = line_to(branch).ask("check_availability", **wish)
    second = line_to(branch, from_number=STRANGER).ask("check_availability", **wish)

    assert len(starts(second)) == 2
    assert not set(starts(first)) & set(starts(second))


def test_a_booking_is_an_appointment_with_a_new_customer(line, perm):
    answer = line.ask(
        "start_booking",
        datetime="2030-01-08T10:00:00",
        service_name="Dauerwelle",
        customer_name="Lena Vogt",
        notes="<b>Kopfhaut</b> empfindlich",
    )

    row = Appointment.objects.get()
    assert (answer["status"], answer["data"]["booked"], answer["data"]["repeated"]) == (
        "booked",
        True,
        False,
    )
    assert answer["data"]["appointment"]["id"] == row.public_id
    assert answer["message"] == (
        "Gebucht: Dauerwelle morgen, am Dienstag, dem 8. Januar, um 10 Uhr bei Mara Lindt. "
        "Wir freuen uns auf Sie."
    )
    assert (row.customer.phone, row.customer.name) == (LENA, "Lena Vogt")
    assert (row.source, row.call_id, row.notes) == ("voice", line.call_id, "Kopfhaut empfindlich")
    assert row.phases.count() == 6


def test_the_same_wish_in_other_words_is_the_same_appointment(line, cut):
    first = line.ask(
        "start_booking", datetime="2030-01-08 10:00", service=cut.name, customer_name="Lena Vogt"
    )
    again = line.ask(
        "book_appointment",
        datum="08.01.2030",
        uhrzeit="10 Uhr",
        dienstleistung=cut.name,
        name="Lena Vogt",
    )

    assert again["data"]["repeated"] is True
    assert again["data"]["appointment"]["id"] == first["data"]["appointment"]["id"]
    assert Appointment.objects.confirmed().count() == 1


def test_a_hold_becomes_the_appointment(line, perm):
    line.ask("check_availability", datetime="2030-01-08 10:00", service="Dauerwelle")

    line.ask("start_booking", customer_name="Lena Vogt", time="10 Uhr")

    assert [row.status for row in Appointment.objects.all()] == [Status.CONFIRMED]


def test_what_another_call_holds_is_not_free(branch, monday, perm):
    line_to(branch).ask("check_availability", datetime="2030-01-08 10:00", service="Dauerwelle")

    answer = line_to(branch, from_number=STRANGER).ask(
        "start_booking",
        datetime="2030-01-08 10:00",
        service="Dauerwelle",
        customer_name="Ute Muster",
    )

    assert (answer["status"], answer["data"]["booked"]) == ("unavailable", False)
    assert len(starts(answer)) == 2


def test_the_caller_hears_of_their_own_appointment(line, branch, cut, now):
    lena = CustomerFactory.create(company=branch.company, name="Lena Vogt", phone=LENA)
    own = book(branch, cut, at(10), now, customer=lena)

    answer = line.ask("check_availability", datetime="2030-01-08 10:00", service=cut.name)

    assert answer["status"] == "own_appointment"
    assert answer["data"]["appointment"]["id"] == own.public_id


def test_a_withheld_number_books_as_a_new_customer_and_lists_nothing(branch, monday, cut):
    CustomerFactory.create(company=branch.company, name="Max Muster")
    line = line_to(branch, from_number="anonymous")

    line.ask(
        "start_booking",
        datetime="2030-01-08 15:00",
        service=cut.name,
        customer_name="Max Muster",
        customer_email="max at example Punkt com",
    )
    listed = line.ask("list_appointments")

    booked = Appointment.objects.get().customer
    assert (booked.phone, booked.email) == (None, "max@example.com")
    assert Customer.objects.filter(company=branch.company, name="Max Muster").count() == 2
    assert (listed["status"], listed["data"]["appointments"]) == ("anonymous_caller", [])


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Acht Uhr", "customer_name_required"),
        ("", "customer_name_required"),
        ("{{customer_name}}", "customer_name_required"),
        ("bei Mara", "staff_named_as_customer"),
        ("Mara Lindt", "staff_named_as_customer"),
    ],
)
def test_what_is_no_name_is_asked_for_again(branch, monday, cut, name, status):
    answer = line_to(branch, from_number="anonymous").ask(
        "start_booking", datetime="2030-01-08 10:00", service=cut.name, customer_name=name
    )

    assert (answer["status"], answer["data"]["booked"]) == (status, False)
    assert not Appointment.objects.exists()


def test_a_known_customer_needs_no_name_and_is_never_renamed(line, branch, cut):
    CustomerFactory.create(company=branch.company, name="Lena Vogt", phone=LENA)

    line.ask("start_booking", datetime="2030-01-08 10:00", service=cut.name, customer_name="ja")
    line.ask(
        "start_booking",
        datetime="2030-01-08 14:00",
        service=cut.name,
        customer_name="Tim Vogt",
    )

    names = Appointment.objects.order_by("starts_at").values_list("customer_name", flat=True)
    assert list(names) == ["Lena Vogt", "Tim Vogt"]
    assert Customer.objects.get(phone=LENA).name == "Lena Vogt"


def test_appointments_are_listed_with_their_public_ids(line, branch, cut, perm, now):
    lena = CustomerFactory.create(company=branch.company, name="Lena Vogt", phone=LENA)
    first = book(branch, cut, at(10), now, customer=lena)
    second = book(branch, perm, at(9, days=1), now, customer=lena)

    answer = line.ask("get_customer_appointments")
    filtered = line.ask("list_appointments", date="übermorgen")

    assert answer["status"] == "found"
    assert [row["id"] for row in answer["data"]["appointments"]] == [
        first.public_id,
        second.public_id,
    ]
    assert [row["id"] for row in filtered["data"]["appointments"]] == [second.public_id]


@pytest.mark.parametrize(
    ("args", "status"),
    [
        ({"service": "Haarschnitt", "datetime": "2030-01-08 10:00"}, "service_ambiguous"),
        ({"service": "Rückenmassage", "datetime": "2030-01-08 10:00"}, "service_not_found"),
        ({"datetime": "2030-01-08 10:00"}, "service_required"),
        ({"service": "Herrenhaarschnitt"}, "date_required"),
        ({"service": "Herrenhaarschnitt", "time": "14 Uhr"}, "date_required"),
        ({"service": "Herrenhaarschnitt", "date": "morgen"}, "time_required"),
        ({"service": "Herrenhaarschnitt", "date": "2023-06-13", "time": "10:00"}, "past_time"),
        ({"service": "Herrenhaarschnitt", "datetime": "2030-01-07 12:10"}, "too_soon"),
        ({"service": "Herrenhaarschnitt", "datetime": "2030-06-03 10:00"}, "too_far"),
        ({"service": "Herrenhaarschnitt", "datetime": "2030-01-13 10:00"}, "closed"),
        ({"service": "Herrenhaarschnitt", "datetime": "2030-01-08 17:30"}, "unavailable"),
        (
            {"service": "Dauerwelle", "datetime": "2030-01-08 10:00", "staff": "bei Jonas"},
            "staff_cannot_provide_service",
        ),
        (
            {"service": "Herrenhaarschnitt", "datetime": "2030-01-08 10:00", "staff": "Xaver"},
            "staff_not_found",
        ),
    ],
)
def test_nothing_is_invented(line, cut, perm, jonas, args, status):
    ServiceFactory.create(
        company=cut.company, name="Damenhaarschnitt", recipe=[(45, True)], performed_by=[jonas]
    )

    answer = line.ask("check_availability", **args)

    assert (answer["success"], answer["status"]) == (True, status)
    assert answer["message"].endswith("?")
    assert not Appointment.objects.confirmed().exists()


def test_too_soon_says_by_how_much(line, cut):
    data = line.ask("check_availability", datetime="2030-01-07 12:10", service=cut.name)["data"]

    assert data["minimum_notice_minutes"] == 15
    assert data["earliest_bookable"] == "2030-01-07T12:15:00+01:00"
    assert len(data["alternatives"]) == 2


def test_a_day_alone_is_answered_with_a_time_in_each_half(line, cut):
    answer = line.ask("check_availability", date="Mittwoch", service=cut.name)

    assert answer["status"] == "time_required"
    assert starts(answer) == ["2030-01-09T09:00:00+01:00", "2030-01-09T12:00:00+01:00"]


def test_a_part_of_the_day_is_answered_inside_it(line, cut):
    answer = line.ask("check_availability", date="morgen", time="nachmittags", service=cut.name)

    assert answer["status"] == "available"
    assert starts(answer) == ["2030-01-08T12:00:00+01:00", "2030-01-08T12:15:00+01:00"]


def test_only_a_new_time_keeps_the_day_that_was_agreed(line, branch, cut, now):
    book(branch, cut, at(10), now)
    line.ask("check_availability", date="morgen", time="10 Uhr", service=cut.name)

    answer = line.ask("check_availability", time="15 Uhr")

    assert answer["status"] == "available"
    assert answer["data"]["understood"]["date"] == "2030-01-08"
    assert answer["data"]["understood"]["confirmation"] == "brief"


def test_alternatives_without_a_wish_are_the_next_ones(line, cut):
    answer = line.ask("get_alternatives", service=cut.name)

    assert answer["status"] == "found"
    assert starts(answer) == ["2030-01-07T12:15:00+01:00", "2030-01-07T12:30:00+01:00"]


def test_after_a_booking_alternatives_are_not_offered_again(line, cut):
    line.ask("start_booking", datetime=TEN, service=cut.name, customer_name="Lena Vogt")

    assert line.ask("get_alternatives", service=cut.name)["status"] == "already_booked"


def test_an_english_salon_speaks_english(line, branch, cut):
    Company.objects.filter(pk=branch.company_id).update(locale="en")

    answer = line.ask("check_availability", date="tomorrow", time="3 pm", service=cut.name)

    assert answer["message"] == (
        "Mara Lindt is free tomorrow, on Tuesday, 8 January, at 3 p.m. Shall I book that for you?"
    )


@pytest.mark.parametrize("period", ["nächste Woche", "nächsten Monat", "diese Woche"])
def test_a_period_is_no_day(line, cut, period):
    answer = line.ask("get_alternatives", service=cut.name, date=period)

    assert answer["status"] == "date_required"
    assert starts(answer) == []


def test_a_booking_for_a_part_of_the_day_offers_inside_it(line, branch, cut, now):
    answer = line.ask(
        "start_booking",
        date="morgen",
        time="nachmittags",
        service=cut.name,
        customer_name="Lena Vogt",
    )

    assert (answer["status"], answer["data"]["booked"]) == ("time_required", False)
    assert starts(answer) == ["2030-01-08T12:00:00+01:00", "2030-01-08T12:15:00+01:00"]


def test_a_part_of_the_day_with_nothing_free_is_named_first(line, branch, cut, mara, now):
    branch.company.busy_times.create(starts_at=at(9), ends_at=at(13), staff=mara)

    answer = line.ask("check_availability", date="morgen", time="vormittags", service=cut.name)

    assert answer["status"] == "unavailable"
    assert answer["message"].startswith(
        "Zwischen 8 Uhr und 12 Uhr ist morgen, am Dienstag, dem 8. Januar, leider nichts frei."
    )


@pytest.mark.parametrize("period", ["spät", "zwischen 18 und 20 Uhr", "ab 18 Uhr"])
def test_a_part_of_the_day_after_hours_is_closed_and_not_taken(line, cut, period):
    answer = line.ask("check_availability", date="morgen", time=period, service=cut.name)

    assert (answer["status"], answer["data"]["reason"]) == ("closed", None)
    assert "haben wir morgen, am Dienstag, dem 8. Januar, leider geschlossen." in answer["message"]
    assert len(starts(answer)) == 2


def test_a_day_without_an_appointment_is_not_a_customer_without_one(line, branch, cut, now):
    lena = CustomerFactory.create(company=branch.company, name="Lena Vogt", phone=LENA)
    book(branch, cut, at(10), now, customer=lena)

    other_day = line.ask("list_appointments", date="2030-01-09")
    this_week = line.ask("list_appointments", date="diese Woche")
    nonsense = line.ask("list_appointments", date="quatsch")

    assert other_day["status"] == "none"
    assert other_day["message"] == "Dafür sehe ich keinen Termin. Um welchen Termin geht es?"
    assert len(this_week["data"]["appointments"]) == 1
    assert nonsense["status"] == "date_not_understood"


def test_a_day_at_the_end_of_time_is_too_far(line, cut):
    answer = line.ask("get_alternatives", service=cut.name, date="9999-12-31")

    assert answer["status"] == "too_far"


def test_an_answer_says_whether_cal_com_was_heard_on_what_it_offers(
    calcom, cut_maps, line, branch, cut, now
):
    book(branch, cut, at(10), now)
    asked = {"service": cut.name, "date": "08.01.2030", "time": "10 Uhr"}

    heard = line.ask("check_availability", **asked)
    calcom.simulator.add_fault("fail", path="/v2/slots$", times=None)
    caches.invalidate(company_id=branch.company_id)
    unheard = line.ask("check_availability", **asked)

    assert (heard["status"], heard["data"]["source"]) == ("unavailable", "calcom")
    assert (unheard["status"], unheard["data"]["source"]) == ("unavailable", "local")
