"""A script that expects what is not so must fail, and only a salon of its own is touched."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from appointments.models import Appointment, Company, SyncStatus
from booking_site.demo.knobs import Knobs
from booking_site.simulated_calls.backstage import Backstage, Visitor
from booking_site.simulated_calls.playing import Player
from booking_site.simulated_calls.reading import read_script
from booking_site.simulated_calls.reports import to_json
from calcom.simulator import Simulator
from tests.conftest import committing
from tests.salon_files import EINS, load

ROOT = Path(__file__).parents[2]

BOOKS = """\
title: Lena books
turns:
  - says: "Am {tuesday, spoken} um zehn."
    function: start_booking
    args: {service: Bartpflege, datetime: "{tuesday 10:00}", customer_name: Lena, staff: Mara}
    answer: {status: booked}
afterwards:
  appointments: [{service: bartpflege, staff: mara, starts_at: "{tuesday 10:00}"}]
"""
KEEPS = """\
title: Lena has a slot kept
turns:
  - function: reserve_slot
    args: {service: Bartpflege, datetime: "{tuesday 10:00}", staff: Mara}
    answer: {status: reserved}
"""
pytestmark = committing


@pytest.fixture(scope="module")
def simulator():
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def play(tmp_path, simulator, live_server, settings):
    """Play the text of a script in a salon of its own."""
    settings.CALCOM_API_URL = simulator.url
    backstage = Backstage(Knobs(simulator.url))

    def play_text(text, *, work=backstage.work):
        path = tmp_path / "script.yaml"
        path.write_text(text)
        player = Player(
            url=live_server.url,
            open_scene=backstage.open_scene,
            work=work,
            knobs=backstage.knobs,
            judges_time=False,
        )
        return player.play(read_script(path=path, root=ROOT))

    play_text.work = backstage.work
    yield play_text
    simulator.reset()


@pytest.fixture
def visit(tmp_path, live_server):
    """Play the text of a script in a salon that is there, and does not sync."""
    load(EINS)
    Company.objects.update(calcom_api_key="")

    def play_text(text):
        path = tmp_path / "visit.yaml"
        path.write_text(text)
        visitor = Visitor(Company.objects.get(slug="salon-eins"))
        player = Player(
            url=live_server.url, open_scene=visitor.open_scene, work=visitor.work, judges_time=False
        )
        return player.play(read_script(path=path, root=ROOT))

    return play_text


def problems_of(played):
    return [problem for turn in played.turns for problem in turn.problems] + played.problems


def test_what_is_as_expected_passes(play):
    played = play(BOOKS)

    assert played.passed
    assert problems_of(played) == []
    assert played.turns[0].says.startswith("Am Dienstag, ")
    assert played.confirmations == 1


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("status: booked", "status: unavailable", "status is booked, not unavailable"),
        ('starts_at: "{tuesday 10:00}"', 'starts_at: "{tuesday 11:00}"', "starts_at is '20"),
        ("{service: bartpflege,", "{service: ponyschnitt,", "service is 'bartpflege'"),
        ("{service: bartpflege,", '{bookings: {A: "11:00"},', "Cal.com has {'A': ['10:00']}"),
        ("{service: bartpflege,", "{status: cancelled,", "status is 'confirmed'"),
        (
            "afterwards:\n",
            "afterwards:\n  calcom_creates: 2\n",
            "Cal.com was asked to book 1 times",
        ),
        ("afterwards:\n", "afterwards:\n  holds: 1\n", "0 slots are held, not 1"),
        ("afterwards:\n", "afterwards:\n  callbacks: [{}]\n", "callbacks has 0 entries, not 1"),
        ("afterwards:\n", "afterwards:\n  reviews: [retries_exhausted]\n", "reviews has 0 entries"),
        ("afterwards:\n", "afterwards:\n  customers: [{}]\n", "customers has 0 entries, not 1"),
        ("afterwards:\n", "afterwards:\n  calls: {call: {to_number: x}}\n", "call.to_number is"),
        ("\n  appointments: [{service: ", " {} #", "1 appointments were made, not 0"),
        (
            "datetime: ",
            'datetime: "{salon.none}", x: ',
            "to its end: {salon.none}: there is no",
        ),
    ],
)
def test_what_is_not_as_expected_fails(play, old, new, problem):
    assert old in BOOKS

    played = play(BOOKS.replace(old, new))

    assert not played.passed
    assert any(problem in found for found in problems_of(played)), problems_of(played)


def test_a_booking_that_calcom_has_lost_is_noticed(play, simulator):
    def work():
        play.work()
        for booking in simulator.bookings():
            simulator.cancel_foreign_booking(booking["uid"])

    played = play(BOOKS, work=work)

    assert any("Cal.com has {}, we have {'A'" in found for found in problems_of(played))


def test_an_appointment_that_should_have_stayed_is_noticed(play):
    given = """\
given:
  appointments:
    - called: hers
      customer: "+4915111111111"
      service: ponyschnitt
      staff: jonas
      at: "{friday 10:00}"
"""

    def work():
        play.work()
        Appointment.objects.filter(service__slug="ponyschnitt").update(status="no_show")

    played = play(given + BOOKS, work=work)

    assert problems_of(played) == ["hers has changed: its status is no_show, and was confirmed"]


def test_a_repetition_that_is_answered_otherwise_is_noticed(play):
    text = BOOKS.replace("afterwards:", "  - retry: true\nafterwards:")

    assert problems_of(play(text)) == []
    work_between = text.replace("  - retry: true\n", "  - minutes_pass: 1500\n  - retry: true\n")
    assert "the repetition was answered otherwise than the first time" in problems_of(
        play(work_between)
    )


def test_two_scripts_share_neither_salon_nor_calendar(play):
    first, second = play(BOOKS), play(BOOKS)

    assert (problems_of(first), problems_of(second)) == ([], [])
    companies = {row.company.slug for row in Appointment.objects.select_related("company")}
    assert len(companies) == 2


def test_only_the_scripts_own_salon_becomes_older(play, visit):
    visit(KEEPS)
    before = Appointment.objects.values_list("held_until", flat=True).get()

    played = play(f"{KEEPS}  - minutes_pass: 4\nafterwards: {{holds: 0}}\n")

    assert problems_of(played) == []
    assert Appointment.objects.values_list("held_until", flat=True).get() == before


def test_a_salon_is_visited_as_it_is(visit):
    played = visit(BOOKS)

    assert problems_of(played) == []
    assert Appointment.objects.get().sync_status == SyncStatus.NOT_APPLICABLE


@pytest.mark.parametrize("need", ["flags: {slot_holds: no}", "other_salon: salons/salon-zwei.yaml"])
def test_nothing_is_put_in_place_in_a_salon_that_is_visited(visit, need):
    played = visit(f"given: {{{need}}}\n{BOOKS}")

    assert played.skipped == "line 1: what is given needs a salon of its own"
    assert not Appointment.objects.exists()
    assert Company.objects.count() == 1


def test_time_does_not_pass_in_a_salon_that_is_visited(visit):
    visit(KEEPS)
    before = Appointment.objects.values_list("held_until", flat=True).get()

    played = visit("title: x\nturns:\n  - minutes_pass: 4\n")

    assert played.skipped == "line 3: time passes only in a salon of its own"
    assert Appointment.objects.values_list("held_until", flat=True).get() == before


def test_a_report_can_be_read_by_a_program(play):
    played = play(BOOKS)

    report = json.loads(to_json([played]))

    assert report["total"]["passed"] == 1
    assert report["scripts"][0]["result"] == "passed"
    assert report["scripts"][0]["confirmations"] == 1
    assert report["scripts"][0]["turns"][0]["answers"][0]["status"] == "booked"


def test_the_command_lists_every_script(capsys):
    call_command("simulate_call", "--list")

    listed = capsys.readouterr().out
    for path in (ROOT / "call_scripts").rglob("*.yaml"):
        assert path.stem in listed


def test_the_command_finds_scripts_by_name_and_by_folder(capsys):
    call_command("simulate_call", "perm-into-calcom", "calendar", "--list")

    listed = capsys.readouterr().out
    assert "perm-into-calcom" in listed
    assert "calcom-is-down" in listed
    assert "known-caller-in-two-turns" not in listed


def test_the_command_plays_nothing_where_one_script_is_broken(tmp_path, capsys):
    (tmp_path / "good.yaml").write_text(BOOKS)
    (tmp_path / "broken.yaml").write_text(BOOKS.replace("title:", "titel:"))

    with pytest.raises(CommandError, match="Nothing was played"):
        call_command("simulate_call", str(tmp_path), "--url", "http://127.0.0.1:9")

    assert "broken.yaml:1: titel: is not a key here" in capsys.readouterr().out


def test_the_command_says_where_scripts_are_found():
    with pytest.raises(CommandError, match="There is no script nobody-wrote-this"):
        call_command("simulate_call", "nobody-wrote-this")


def test_the_command_visits_only_a_company_it_is_told():
    with pytest.raises(CommandError, match="--url needs --company"):
        call_command("simulate_call", "perm-into-calcom", "--url", "http://127.0.0.1:9")


def test_the_command_says_where_nothing_listens():
    load(EINS)

    with pytest.raises(CommandError, match=r"127\.0\.0\.1:9 does not answer; .* make run"):
        call_command(
            "simulate_call",
            "perm-into-calcom",
            *("--url", "http://127.0.0.1:9/", "--company", "salon-eins"),
        )


def test_the_command_ends_with_1_where_something_is_not_as_expected(
    tmp_path, live_server, capsys, simulator, settings
):
    settings.CALCOM_API_URL = simulator.url
    load(EINS)
    Company.objects.update(calcom_api_key="")
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("title: x\nturns: [{function: check_customer}]\n")
    bad.write_text(BOOKS.replace("status: booked", "status: unavailable"))
    site = ("--url", live_server.url, "--company", "salon-eins")

    with pytest.raises(SystemExit) as passed:
        call_command("simulate_call", str(good), *site)
    with pytest.raises(SystemExit) as failed:
        call_command("simulate_call", str(good), str(bad), *site)

    assert (passed.value.code, failed.value.code) == (0, 1)
    assert "1 passed, 1 failed" in capsys.readouterr().out
