"""The caller's own appointments: moved, cancelled, or somebody calls back.

E45 to E55 are the examples of the agent's contract: Monday 23 November 2026, 10 o'clock.
"""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection

from appointments.models import (
    Appointment,
    AppointmentChange,
    CallbackRequest,
    Company,
    Service,
    Status,
    WorkingHours,
)
from features.flags import Flag
from tests.asking import book
from tests.factories.appointments import (
    BranchFactory,
    CustomerFactory,
    ServiceFactory,
    StaffFactory,
)
from tests.integration.conftest import LENA, STRANGER, line_to
from tests.integration.test_voice_functions import turn

MONDAY = datetime.fromisoformat("2026-11-23T10:00:00+01:00")
BEFORE = MONDAY - timedelta(days=1)


def on(day: str, time: str = "10:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{time}:00+01:00")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def branch(salon):
    """Salon Eins of the contract: open Monday to Saturday from 9 to 19."""
    week = {weekday: [("09:00", "19:00")] for weekday in range(6)}
    return BranchFactory.create(company=salon, name="Mitte", slug="mitte", hours=week)


@pytest.fixture
def mara(branch):
    mara = StaffFactory.create(branch=branch, name="Mara Lindt", slug="mara")
    for weekday in range(5):
        for start, end in (("09:00", "13:00"), ("14:00", "19:00")):
            WorkingHours.objects.create(staff=mara, weekday=weekday, from_time=start, to_time=end)
    return mara


@pytest.fixture
def men_s_cut(mara, jonas) -> Service:
    return ServiceFactory.create(
        company=mara.company,
        name="Herrenhaarschnitt",
        recipe=[(55, True)],
        performed_by=[mara, jonas],
    )


@pytest.fixture
def lena(branch):
    return CustomerFactory.create(company=branch.company, name="Lena Vogt", phone=LENA)


@pytest.fixture
def visit(branch, men_s_cut, mara, lena):
    """Book for Lena, with Mara unless somebody else is named, some days ago."""

    def visit(starts_at: datetime, service: Service = men_s_cut, **more) -> Appointment:
        named = {"customer": lena, "staff_id": mara.pk} | more
        return book(service, starts_at, branch=branch, now=BEFORE, **named)

    return visit


@pytest.fixture
def line(branch):
    return line_to(branch)


def starts(answer) -> list[str]:
    return [slot["starts_at"] for slot in answer["data"]["alternatives"]]


def unchanged(*rows: Appointment) -> bool:
    return all(
        Appointment.objects.filter(
            pk=row.pk, starts_at=row.starts_at, staff=row.staff_id, status=row.status, revision=1
        ).exists()
        for row in rows
    )


# --- Moving ---------------------------------------------------------------------------------------


def test_e45_the_only_appointment_moves(line, visit):
    friday = visit(on("2026-11-27"))

    answer = line.ask("reschedule_appointment", new_datum="morgen", new_uhrzeit="16:00")

    assert answer["status"] == "rescheduled"
    moved = answer["data"]["appointment"]
    assert (moved["id"], moved["starts_at"]) == (friday.public_id, "2026-11-24T16:00:00+01:00")
    assert answer["data"]["previous"] == {
        "starts_at": "2026-11-27T10:00:00+01:00",
        "ends_at": "2026-11-27T10:55:00+01:00",
        "date": "2026-11-27",
        "time": "10:00",
        "spoken": "Freitag, 27. November, 10 Uhr",
        "staff": {"id": friday.staff_id, "name": "Mara Lindt"},
    }
    assert answer["message"] == (
        "Ihr Termin ist verschoben: Herrenhaarschnitt morgen, am Dienstag, dem 24. November, "
        "um 16 Uhr bei Mara Lindt. Wir freuen uns auf Sie."
    )
    row = Appointment.objects.get()
    assert (row.starts_at, row.reschedule_count, row.revision) == (on("2026-11-24", "16:00"), 1, 2)


def test_e46_of_several_nobody_guesses(line, visit):
    rows = [
        visit(on("2026-11-26")),
        visit(on("2026-11-27")),
        visit(on("2026-11-27", "15:00")),
        visit(on("2026-12-02")),
    ]

    answer = line.ask("reschedule_appointment", new_datum="2026-12-05", new_uhrzeit="16:00")

    assert answer["status"] == "which_one"
    listed = [row["id"] for row in answer["data"]["appointments"]]
    assert listed == [row.public_id for row in rows]
    assert answer["message"].startswith("Um welchen Termin geht es: am Donnerstag, dem 26. Nov")
    assert unchanged(*rows)


def test_of_many_ten_are_listed_and_five_are_said(line, visit):
    for hour in range(12):
        visit(on(f"2026-12-{hour // 3 + 1:02d}", f"{9 + hour % 3}:00".zfill(5)))

    answer = line.ask("reschedule_appointment", new_datum="2026-12-05", new_uhrzeit="16:00")

    assert len(answer["data"]["appointments"]) == 10
    assert answer["message"].count("Herrenhaarschnitt") == 5


def test_e47_without_a_new_time_it_is_asked_for(line, visit):
    friday = visit(on("2026-11-27"))

    answer = line.ask("reschedule_appointment")

    assert (answer["status"], answer["data"]["alternatives"]) == ("new_time_required", [])
    assert answer["message"] == "Auf wann darf ich Ihren Termin verschieben?"
    assert unchanged(friday)


def test_a_new_day_alone_is_answered_with_times_of_that_day(line, visit):
    friday = visit(on("2026-11-27"))

    answer = line.ask("reschedule_appointment", new_date="Mittwoch")

    assert answer["status"] == "new_time_required"
    assert starts(answer) == ["2026-11-25T09:00:00+01:00", "2026-11-25T12:00:00+01:00"]
    assert unchanged(friday)


def test_a_part_of_the_day_is_answered_with_times_inside_it(line, visit):
    friday = visit(on("2026-11-27"))

    answer = line.ask("reschedule_appointment", new_date="Mittwoch", new_time="nachmittags")

    assert answer["status"] == "new_time_required"
    assert starts(answer) == ["2026-11-25T12:00:00+01:00", "2026-11-25T14:00:00+01:00"]
    assert unchanged(friday)


def test_a_week_is_no_day(line, visit):
    visit(on("2026-11-27"))

    answer = line.ask("reschedule_appointment", new_date="nächste Woche", new_time="10 Uhr")

    assert answer["status"] == "date_required"


def test_a_new_time_alone_keeps_the_appointment_s_own_day(line, visit):
    visit(on("2026-11-27"))

    answer = line.ask("reschedule_appointment", new_time="16 Uhr")

    assert answer["data"]["appointment"]["starts_at"] == "2026-11-27T16:00:00+01:00"


def test_a_new_time_alone_means_the_day_agreed_in_this_call(line, visit, men_s_cut):
    visit(on("2026-11-27"))
    line.ask("check_availability", date="Mittwoch", service=men_s_cut.name)

    answer = line.ask("reschedule_appointment", new_time="16 Uhr")

    assert answer["data"]["appointment"]["starts_at"] == "2026-11-25T16:00:00+01:00"


def test_the_one_that_was_named_moves_and_no_other(line, visit, jonas):
    ten, eleven = visit(on("2026-11-27")), visit(on("2026-11-27", "11:00"), staff_id=jonas.pk)

    day_only = line.ask(
        "reschedule_appointment", old_date="Freitag", new_date="Samstag", new_time="12 Uhr"
    )
    named = line.ask(
        "reschedule_appointment",
        old_date="Freitag",
        old_time="elf Uhr",
        new_date="Samstag",
        new_time="12 Uhr",
    )

    assert day_only["status"] == "which_one"
    assert named["data"]["appointment"]["id"] == eleven.public_id
    assert named["data"]["appointment"]["staff"]["name"] == "Jonas Brandt"
    assert unchanged(ten)


def test_of_several_the_service_that_was_said_tells_which(line, visit, perm):
    cut, perm = visit(on("2026-11-27")), visit(on("2026-11-27", "14:00"), perm)

    answer = line.ask("cancel_appointment", date="Freitag", service="die Dauerwelle")

    assert answer["data"]["appointment"]["id"] == perm.public_id
    assert unchanged(cut)


def test_same_time_on_another_day_is_a_move(line, visit):
    visit(on("2026-11-27"))

    answer = line.ask("reschedule_appointment", new_date="Mittwoch", new_time="10 Uhr")

    assert answer["data"]["appointment"]["starts_at"] == "2026-11-25T10:00:00+01:00"


@pytest.mark.parametrize("time", ["10:30", "10:55", "9:30"])
def test_an_appointment_is_not_in_its_own_way(line, visit, time):
    visit(on("2026-11-27"))

    answer = line.ask("reschedule_appointment", new_time=time)

    assert answer["status"] == "rescheduled"


def test_where_it_already_is_it_need_not_move(line, visit):
    friday = visit(on("2026-11-27"))

    answer = line.ask("reschedule_appointment", new_date="Freitag", new_time="10 Uhr")

    assert answer["status"] == "already_at_that_time"
    assert answer["message"].endswith("?")
    assert unchanged(friday)


def test_a_taken_time_is_answered_with_others_and_nothing_has_changed(line, visit, branch, mara):
    friday = visit(on("2026-11-27"))
    visit(on("2026-11-25"), customer=CustomerFactory.create(company=branch.company))

    answer = line.ask("reschedule_appointment", new_date="Mittwoch", new_time="10 Uhr")

    assert (answer["status"], answer["data"]["reason"]) == ("unavailable", "taken")
    assert len(starts(answer)) == 2
    assert {slot["staff"]["name"] for slot in answer["data"]["alternatives"]} == {"Mara Lindt"}
    assert unchanged(friday)
    held = Appointment.objects.filter(status=Status.HELD)
    assert set(held.values_list("call_id", flat=True)) == {line.call_id}


def test_an_alternative_is_never_where_the_appointment_is(line, visit, branch, mara):
    visit(on("2026-11-27"))
    for start, end in (("09:00", "10:00"), ("12:00", "19:00")):
        branch.company.busy_times.create(
            staff=mara, starts_at=on("2026-11-27", start), ends_at=on("2026-11-27", end)
        )

    answer = line.ask("reschedule_appointment", new_date="Freitag", new_time="9 Uhr")

    assert answer["status"] == "unavailable"
    assert "2026-11-27T10:00:00+01:00" not in starts(answer)
    assert starts(answer)[0].startswith("2026-11-27T10:")


def test_an_offered_alternative_is_chosen_by_its_number(line, visit, branch):
    visit(on("2026-11-27"))
    visit(on("2026-11-25"), customer=CustomerFactory.create(company=branch.company))
    offered = line.ask("reschedule_appointment", new_date="Mittwoch", new_time="10 Uhr")

    answer = line.ask("reschedule_appointment", option="die zweite")

    assert answer["data"]["appointment"]["starts_at"] == starts(offered)[1]
    assert answer["data"]["understood"]["confirmation"] == "none"
    assert not Appointment.objects.filter(status=Status.HELD).exists()


def test_the_staff_member_stays_unless_another_is_wished(line, visit, men_s_cut, jonas):
    visit(on("2026-11-27"))
    line.ask("check_availability", datetime="2026-11-25 10:00", service=men_s_cut.name)

    kept = line.ask("reschedule_appointment", new_date="Mittwoch", new_time="11 Uhr")
    wished = line.ask(
        "reschedule_appointment", new_date="Mittwoch", new_time="11 Uhr", staff="bei Jonas"
    )

    assert kept["data"]["appointment"]["staff"]["name"] == "Mara Lindt"
    assert wished["data"]["appointment"]["staff"]["name"] == "Jonas Brandt"
    assert wished["data"]["previous"]["staff"]["name"] == "Mara Lindt"


def test_a_mere_time_gives_nobody_s_appointment_to_somebody_else(
    line, visit, men_s_cut, branch, mara
):
    friday = visit(on("2026-11-27"))
    branch.company.busy_times.create(
        staff=mara, starts_at=on("2026-11-25", "09:00"), ends_at=on("2026-11-25", "11:00")
    )
    wish = {"date": "Mittwoch", "time": "10 Uhr"}
    found = line.ask("check_availability", **wish, service=men_s_cut.name)

    answer = line.ask("reschedule_appointment", **wish)

    assert found["data"]["slot"]["staff"]["name"] == "Jonas Brandt"
    assert answer["status"] == "unavailable"
    assert unchanged(friday)


def test_whoever_was_checked_and_wished_serves_the_moved_appointment(line, visit, men_s_cut, jonas):
    visit(on("2026-11-27"))
    line.ask(
        "check_availability", datetime="2026-11-25 10:00", service=men_s_cut.name, staff="Jonas"
    )

    answer = line.ask("reschedule_appointment", new_date="Mittwoch", new_time="10 Uhr")

    assert answer["data"]["appointment"]["staff"]["name"] == "Jonas Brandt"


def test_nobody_who_cannot_do_it_is_given_the_appointment(line, visit, perm, jonas):
    row = visit(on("2026-11-27"), perm)

    answer = line.ask("reschedule_appointment", new_time="14 Uhr", staff="Jonas")

    assert answer["status"] == "staff_cannot_provide_service"
    assert unchanged(row)


def test_a_composite_moves_with_all_its_phases(line, visit, perm):
    row = visit(on("2026-11-27", "14:00"), perm)
    before = list(row.phases.values_list("pk", "starts_at").order_by("sequence"))

    line.ask("reschedule_appointment", new_date="Mittwoch", new_time="15 Uhr")

    after = list(row.phases.values_list("pk", "starts_at").order_by("sequence"))
    shift = on("2026-11-25", "15:00") - on("2026-11-27", "14:00")
    assert after == [(pk, start + shift) for pk, start in before]


def test_onto_another_appointment_of_their_own_nobody_moves_unawares(line, visit, jonas):
    first, second = visit(on("2026-11-26")), visit(on("2026-11-27"))
    wish = {
        "appointment_id": first.public_id,
        "new_date": "Freitag",
        "new_time": "10:30",
        "staff": "Jonas",
    }

    unaware = line.ask("reschedule_appointment", **wish)
    aware = line.ask("reschedule_appointment", **wish, additional=True)

    assert (unaware["status"], aware["status"]) == ("own_appointment", "rescheduled")
    assert unchanged(second)


def test_the_same_move_again_is_the_same_answer_and_counts_once(line, visit):
    visit(on("2026-11-27"))
    first = line.ask("reschedule_appointment", new_datum="morgen", new_uhrzeit="16:00")

    again = [
        line.ask("reschedule_appointment", **wish)
        for wish in (
            {"new_date": "24.11.2026", "new_time": "16 Uhr"},
            {"old_date": "Freitag", "old_time": "10 Uhr", "new_date": "2026-11-24 16:00"},
            {"old_date": "2026-11-27", "new_date": "morgen", "new_time": "16.00 Uhr"},
        )
    ]

    facts = ("appointment", "previous")
    for answer in again:
        assert answer["status"] == "rescheduled"
        assert [answer["data"][key] for key in facts] == [first["data"][key] for key in facts]
        assert answer["message"] == first["message"]
    assert Appointment.objects.get().reschedule_count == 1
    assert AppointmentChange.objects.count() == 1


def test_the_same_move_again_after_the_last_that_was_allowed_is_no_refusal(line, visit):
    visit(on("2026-11-27"))
    Appointment.objects.update(reschedule_count=2)
    wish = {"new_date": "Mittwoch", "new_time": "16 Uhr"}

    answers = [line.ask("reschedule_appointment", **wish)["status"] for _ in range(2)]
    another = line.ask("reschedule_appointment", new_date="Mittwoch", new_time="17 Uhr")

    assert answers == ["rescheduled", "rescheduled"]
    assert (another["status"], another["data"]["reason"]) == ("denied", "limit_reached")


def test_a_correction_by_the_old_time_moves_on_what_was_moved(line, visit):
    friday = visit(on("2026-11-27"))
    line.ask("reschedule_appointment", old_date="Freitag", new_date="Mittwoch", new_time="16 Uhr")

    answer = line.ask(
        "reschedule_appointment", old_date="Freitag", new_date="Mittwoch", new_time="17 Uhr"
    )

    assert answer["data"]["appointment"]["id"] == friday.public_id
    assert answer["data"]["previous"]["time"] == "16:00"


def test_e51_after_three_moves_the_salon_decides(line, visit):
    visit(on("2026-11-27"))
    Appointment.objects.update(reschedule_count=3)

    answer = line.ask("reschedule_appointment", new_datum="Freitag", new_uhrzeit="16:00")

    assert (answer["status"], answer["data"]["reason"]) == ("denied", "limit_reached")
    assert "zurückrufen?" in answer["message"]


def test_too_late_to_move_is_said_with_the_hours(line, visit, clock):
    visit(on("2026-11-24", "10:00"))
    exactly = line.ask("reschedule_appointment", new_date="Freitag", new_time="16 Uhr")
    visit(on("2026-11-24", "15:00"))
    clock.move_to(on("2026-11-23", "15:01"))

    late = line_to(Appointment.objects.first().branch).ask(
        "reschedule_appointment", old_date="morgen", new_date="Freitag", new_time="16 Uhr"
    )

    assert exactly["status"] == "rescheduled"
    assert (late["status"], late["data"]["reason"]) == ("denied", "deadline_missed")
    assert late["message"].startswith("Am Telefon kann ich Termine nur bis 24 Stunden vorher")


def test_what_this_call_booked_may_be_moved_at_once(line, men_s_cut, branch):
    Company.objects.update(max_reschedules=0)
    booked = line.ask(
        "start_booking",
        datetime="2026-11-23 15:00",
        service=men_s_cut.name,
        customer_name="Lena Vogt",
    )

    answer = line.ask("reschedule_appointment", new_uhrzeit="16 Uhr")

    assert answer["status"] == "rescheduled"
    assert answer["data"]["appointment"]["id"] == booked["data"]["appointment"]["id"]


def test_the_one_made_in_this_call_is_meant_before_older_ones(line, visit, men_s_cut):
    older = visit(on("2026-11-27"))
    made = line.ask("start_booking", datetime="2026-11-25 10:00", service=men_s_cut.name)["data"][
        "appointment"
    ]

    moved = line.ask("reschedule_appointment", new_date="Mittwoch", new_time="16 Uhr")

    assert moved["data"]["appointment"]["id"] == made["id"]
    assert unchanged(older)


def test_booked_in_one_call_it_moves_in_the_next(branch, men_s_cut, line):
    line.ask("start_booking", datetime="2026-11-27 10:00", service=men_s_cut.name, name="Lena Vogt")

    answer = line_to(branch).ask("reschedule_appointment", new_date="Mittwoch", new_time="16 Uhr")

    assert answer["status"] == "rescheduled"
    assert Appointment.objects.confirmed().count() == 1


@pytest.mark.parametrize("function", ["reschedule_appointment", "cancel_appointment"])
@pytest.mark.parametrize("whose", ["another customer", "another company", "nobody"])
def test_e49_what_is_not_the_caller_s_is_not_there(line, visit, branch, lena, function, whose):
    own = visit(on("2026-11-27"))
    foreign = {
        "another customer": lambda: (
            visit(
                on("2026-11-25"), customer=CustomerFactory.create(company=branch.company)
            ).public_id
        ),
        "another company": lambda: _elsewhere(branch).public_id,
        "nobody": lambda: "apt_0000000000000000",
    }[whose]()

    answer = line.ask(function, appointment_id=foreign, new_date="morgen", new_time="16 Uhr")

    assert (answer["status"], answer["data"]["appointment"]) == ("none", None)
    assert answer["message"] == "Dafür sehe ich keinen Termin. Um welchen Termin geht es?"
    assert unchanged(own)
    assert Appointment.objects.filter(status=Status.CANCELLED).count() == 0


def _elsewhere(branch) -> Appointment:
    company = Company.objects.exclude(pk=branch.company_id).get()
    zoe = company.staff.get()
    lena = CustomerFactory.create(company=company, phone=LENA)
    service = company.services.get()
    return book(service, on("2026-11-25"), branch=zoe.branch, now=BEFORE, customer=lena)


@pytest.mark.parametrize("function", ["reschedule_appointment", "cancel_appointment"])
def test_somebody_without_appointments_hears_so(branch, function, men_s_cut):
    _elsewhere(branch)

    answer = line_to(branch).ask(function, new_date="morgen", new_time="16 Uhr")

    assert answer["status"] == "none"
    assert answer["message"].startswith("Ich sehe keinen kommenden Termin.")


def test_what_is_past_can_neither_be_moved_nor_cancelled(line, visit, clock):
    visit(on("2026-11-24"))
    clock.move_to(on("2026-11-24", "10:30"))

    moved = line.ask("reschedule_appointment", new_date="Freitag", new_time="16 Uhr")
    cancelled = line.ask("cancel_appointment")

    assert (moved["status"], cancelled["status"]) == ("none", "none")


# --- Cancelling -----------------------------------------------------------------------------------


def test_e52_the_only_appointment_is_cancelled_once(line, visit):
    friday = visit(on("2026-11-27"))

    first = line.ask("cancel_appointment", reason="Bin verreist")
    again = [
        line.ask("cancel_appointment", **named)
        for named in ({}, {"date": "Freitag"}, {"appointment_id": friday.public_id})
    ]

    assert (first["status"], first["data"]["appointment"]["id"]) == ("cancelled", friday.public_id)
    assert first["message"].startswith("Ihr Termin ist abgesagt: Herrenhaarschnitt am Freitag")
    assert [answer["status"] for answer in again] == ["already_cancelled"] * 3
    assert {answer["data"]["appointment"]["id"] for answer in again} == {friday.public_id}
    row = Appointment.objects.get()
    assert (row.status, row.cancel_reason, row.revision) == ("cancelled", "Bin verreist", 2)
    assert row.cancelled_at == MONDAY


def test_a_repetition_costs_nobody_another_appointment(line, visit):
    friday, monday = visit(on("2026-11-27")), visit(on("2026-11-30"))
    line.ask("cancel_appointment", date="Freitag")

    unnamed = line.ask("cancel_appointment")
    named = line.ask("cancel_appointment", date="2026-11-27", time="10 Uhr")

    assert [answer["data"]["appointment"]["id"] for answer in (unnamed, named)] == [
        friday.public_id,
        friday.public_id,
    ]
    assert unchanged(monday)


def test_what_was_booked_after_a_cancellation_can_be_cancelled_too(line, visit, men_s_cut, clock):
    visit(on("2026-11-27"))
    line.ask("cancel_appointment")
    clock.shift(60)
    booked = line.ask("start_booking", datetime="2026-11-26 10:00", service=men_s_cut.name)

    answer = line.ask("cancel_appointment")

    assert answer["status"] == "cancelled"
    assert answer["data"]["appointment"]["id"] == booked["data"]["appointment"]["id"]


def test_e50_too_late_to_cancel(line, visit, jonas):
    row = visit(on("2026-11-23", "13:00"), staff_id=jonas.pk)

    answer = line.ask("cancel_appointment")

    assert (answer["status"], answer["data"]["reason"]) == ("denied", "deadline_missed")
    assert unchanged(row)


def test_why_it_was_cancelled_is_kept_from_the_log_of_functions(line, visit):
    visit(on("2026-11-27"))

    line.ask("cancel_appointment", reason="Krankenhaus")

    call = Appointment.objects.get().calls.model.objects.get()
    assert call.function_calls.get().arguments == {"reason": "…"}


@pytest.mark.parametrize(
    ("function", "flag"),
    [
        ("reschedule_appointment", Flag.VOICE_RESCHEDULE),
        ("cancel_appointment", Flag.VOICE_CANCEL),
    ],
)
def test_with_the_flag_off_a_callback_is_offered(line, visit, branch, function, flag):
    row = visit(on("2026-11-27"))
    turn(flag, branch.company, is_on=False)

    answer = line.ask(function, new_date="Mittwoch", new_time="16 Uhr")

    assert (answer["success"], answer["status"]) == (True, "disabled")
    assert answer["message"].endswith("zurückrufen?")
    assert unchanged(row)


# --- Withheld numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "reason"),
    [("reschedule_appointment", "move"), ("cancel_appointment", "cancel")],
)
@pytest.mark.parametrize("knows_id", [True, False])
def test_e48_a_withheld_number_changes_nothing_and_is_called_back(
    branch, visit, function, reason, knows_id
):
    row = visit(on("2026-11-27"))
    line = line_to(branch, from_number="anonymous")
    named = {"appointment_id": row.public_id} if knows_id else {}

    answers = [line.ask(function, **named, old_date="Freitag", date="Samstag") for _ in range(2)]

    assert [answer["status"] for answer in answers] == ["callback_queued"] * 2
    assert answers[0]["data"]["appointment"] is None
    assert answers[0]["message"].endswith("Unter welcher Nummer dürfen wir Sie zurückrufen?")
    callback = CallbackRequest.objects.get()
    assert (callback.reason, callback.phone, callback.customer) == (reason, "", None)
    assert "Samstag" in callback.wish
    assert unchanged(row)


def test_a_withheld_number_hears_the_same_whether_there_is_an_appointment_or_not(branch, visit):
    empty = line_to(branch, from_number="anonymous").ask("cancel_appointment", date="Freitag")
    visit(on("2026-11-27"))
    there = line_to(branch, from_number="anonymous").ask("cancel_appointment", date="Freitag")

    for answer in (empty, there):
        answer["data"].pop("call_id")
        answer["data"]["callback"].pop("id")
    assert empty == there


def test_what_a_withheld_caller_has_just_booked_is_theirs(branch, men_s_cut):
    line = line_to(branch, from_number="anonymous")
    booked = line.ask(
        "start_booking",
        datetime="2026-11-27 10:00",
        service=men_s_cut.name,
        customer_name="Max Muster",
    )["data"]["appointment"]

    moved = line.ask("reschedule_appointment", new_time="16 Uhr")
    other = line.ask("cancel_appointment", date="Donnerstag")
    cancelled = line.ask("cancel_appointment")

    assert moved["data"]["appointment"]["id"] == booked["id"]
    assert other["status"] == "callback_queued"
    assert (cancelled["status"], cancelled["data"]["appointment"]["id"]) == (
        "cancelled",
        booked["id"],
    )


def test_a_number_given_afterwards_completes_the_queued_callback(branch, men_s_cut):
    line = line_to(branch, from_number="anonymous")
    line.ask("cancel_appointment", date="Freitag", reason="Krank")

    answer = line.ask("request_callback", customer_name="Max Muster", phone="0151 33333333")

    row = CallbackRequest.objects.get()
    assert answer["data"]["callback"]["id"] == row.pk
    assert (row.phone, row.name, row.reason) == ("+4915133333333", "Max Muster", "cancel")
    assert row.wish == "Freitag Krank"


# --- Callbacks ------------------------------------------------------------------------------------


def test_e54_a_failed_booking_is_called_back_about_soon(line, lena):
    answer = line.ask("request_callback", customer_name="Lena Vogt", reason="booking_failed")

    assert (answer["status"], answer["data"]["callback"]["priority"]) == ("callback_queued", "high")
    assert answer["data"]["callback"]["due_at"] == "2026-11-23T12:00:00+01:00"
    assert answer["message"] == (
        "Das habe ich notiert. Jemand aus dem Salon ruft Sie zurück, spätestens heute, am Montag, "
        "dem 23. November, um 12 Uhr."
    )
    row = CallbackRequest.objects.get()
    assert (row.phone, row.customer, row.call_id) == (LENA, lena, line.call_id)
    assert (row.reason, row.wish) == ("booking_failed", "")  # the reason is no words of hers


@pytest.mark.parametrize(
    ("reason", "wish"),
    [("booking_failed", "Ansatz"), ("Frage zur Rechnung", "Frage zur Rechnung\nAnsatz")],
)
def test_a_wish_is_in_the_callers_words_and_not_in_ours(line, lena, reason, wish):
    line.ask("request_callback", reason=reason, notes="Ansatz")

    assert CallbackRequest.objects.get().wish == wish


def test_e55_without_any_number_one_is_asked_for(branch):
    line = line_to(branch, from_number="anonymous")

    answers = [
        line.ask("request_callback", customer_name="Max", phone=phone) for phone in ("", "zwölf")
    ]

    assert [answer["status"] for answer in answers] == ["phone_required"] * 2
    assert answers[0]["data"]["callback"] is None
    assert not CallbackRequest.objects.exists()


@pytest.mark.parametrize(
    ("said", "priority", "due"),
    [
        ({"reason": "Beschwerde über die Farbe"}, "urgent", "2026-11-23T12:00:00+01:00"),
        ({"priority": "dringend"}, "urgent", "2026-11-23T12:00:00+01:00"),
        ({"reason": "es war nichts frei"}, "high", "2026-11-23T14:00:00+01:00"),
        ({"priority": "high"}, "high", "2026-11-23T14:00:00+01:00"),
        ({"reason": "Frage zu Produkten", "priority": "normal"}, "normal", None),
    ],
)
def test_what_is_said_decides_how_soon(line, branch, said, priority, due):
    Company.objects.update(callback_promise_minutes=24 * 60)

    callback = line.ask("request_callback", **said)["data"]["callback"]

    assert callback["priority"] == priority
    assert callback["due_at"] == (due or "2026-11-24T10:00:00+01:00")


def test_all_that_was_said_is_passed_on(line, branch, men_s_cut, mara, jonas):
    line.ask(
        "request_callback",
        reason="Frage",
        notes="Allergie gegen Haarfarbe",
        preferred_time="morgen Vormittag",
        customer_email="lena at example Punkt com",
        staff="bei Jonas",
    )

    row = CallbackRequest.objects.get()
    assert row.wish.split("\n") == [
        "Frage",
        "Allergie gegen Haarfarbe",
        "morgen Vormittag",
        "lena@example.com",
    ]
    assert row.assigned_to == jonas


def test_the_service_last_spoken_of_says_who_should_call(line, perm, mara, jonas):
    line.ask("check_availability", datetime="2026-11-27 14:00", service=perm.name)

    line.ask("request_callback")

    assert CallbackRequest.objects.get().assigned_to == mara


def test_a_second_wish_of_the_call_is_the_same_callback(line):
    first = line.ask("request_callback", reason="Frage")
    second = line.ask("request_callback", reason="Beschwerde", phone=STRANGER)

    assert first["data"]["callback"]["id"] == second["data"]["callback"]["id"]
    row = CallbackRequest.objects.get()
    assert (row.priority, row.phone, row.wish) == ("urgent", STRANGER, "Frage\nBeschwerde")


def test_no_stored_number_is_said(line, lena):
    answer = line.ask("request_callback")

    assert "151" not in answer["message"]


# --- What it costs --------------------------------------------------------------------------------

# PostgreSQL is told twice that a note need not wait for the disk.
NOTES = 2 * (connection.vendor == "postgresql")


@pytest.mark.parametrize("several", [2, 4])
def test_asking_which_one_costs_the_same_for_two_and_four(
    line, visit, several, django_assert_num_queries
):
    for day in range(several):
        visit(on(f"2026-12-0{day + 1}"))
    line.ask("check_customer")

    with django_assert_num_queries(19 + NOTES):
        line.ask("cancel_appointment")
    assert line.ask("cancel_appointment")["status"] == "which_one"


@pytest.mark.parametrize("others", [0, 2])
def test_moving_and_cancelling_cost_the_same_however_many_there_are(
    line, visit, others, django_assert_num_queries
):
    friday = visit(on("2026-11-27"))
    for day in range(others):
        visit(on(f"2026-12-0{day + 1}"))
    line.ask("check_customer")
    named = {"appointment_id": friday.public_id}

    with django_assert_num_queries(45 + NOTES):
        line.ask("reschedule_appointment", **named, new_date="Mittwoch", new_time="16 Uhr")
    with django_assert_num_queries(24 + NOTES):
        line.ask("cancel_appointment", **named)
