"""What a call script may say, and what is told about everything else."""

from pathlib import Path

import pytest

from booking_site.documents.problems import DocumentError
from booking_site.simulated_calls.reading import read_script
from booking_site.simulated_calls.script import LENA
from features.flags import Flag

ROOT = Path(__file__).parents[2]

VALID = """\
title: Einer bucht
given:
  flags: {slot_holds: no}
  company: {max_reschedules: 0}
  appointments:
    - called: hers
      customer: "+4915111111111"
      service: dauerwelle
      staff: mara
      at: "{tuesday 10:00}"
  faults: [{kind: slow, seconds: 1.5, times: null, service: dauerwelle, staff: mara, segment: B}]
calls: {lena: "+4915111111111", unbekannt: {number: anonymous, call_id: ""}}
turns:
  - says: "Geht {tuesday, spoken}?"
    call: lena
    function: check_availability
    args: {date: "{tuesday}", additional: true}
    called: offer
    answer: {status: own_appointment, data: {appointment: {id: "{hers.id}"}}, says: Ja}
  - retry: true
  - minutes_pass: 4
  - {function: start_booking, args: {slot_token: "{offer.data.slot.token}"}, at_once: [lena, lena]}
afterwards:
  appointments: [{given: hers, status: confirmed}]
"""


def read(tmp_path, text):
    path = tmp_path / "script.yaml"
    path.write_text(text)
    return read_script(path=path, root=ROOT)


def edited(old, new):
    assert VALID.count(old) == 1, old
    return VALID.replace(old, new)


def test_a_script_is_read_whole(tmp_path):
    script = read(tmp_path, VALID)

    assert (script.name, script.title, script.language) == ("script", "Einer bucht", "de")
    assert script.given.flags == {Flag.SLOT_HOLDS: False}
    assert script.given.company == {"max_reschedules": 0}
    assert script.given.faults[0].options == {"kind": "slow", "seconds": 1.5, "times": None}
    assert [call.number for call in script.calls.values()] == [LENA, "anonymous"]
    assert script.turns[0].args == {"date": "{tuesday}", "additional": True}
    assert script.turns[0].answer.says == ("Ja",)
    assert script.afterwards.appointments[0].values == {"status": "confirmed"}


def test_a_script_needs_no_more_than_a_title_and_one_turn(tmp_path):
    script = read(tmp_path, "title: Kurz\nturns: [{function: check_customer}]\n")

    assert script.given.is_nothing
    assert script.given.salon.company.slug == "salon-eins"
    assert [call.number for call in script.calls.values()] == [LENA]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("title: Einer", "titel: Einer", "1: titel: is not a key here; did you mean title?"),
        ("slot_holds: no", "slot_hold: no", "3: given.flags.slot_hold: slot_hold is not a flag"),
        ("max_reschedules: 0", "slug: x", "4: given.company.slug: is not a key here"),
        (
            "service: dauerwelle\n",
            "service: perm\n",
            "8: given.appointments[0].service: there",
        ),
        ('customer: "+4915111111111"', 'customer: "+49301"', "there is no customer"),
        ("{kind: slow, ", "{", "11: given.faults[0]: needs a kind"),
        ("staff: mara, segment: B", "staff: max, segment: B", "there is no staff member max"),
        ("call: lena", "call: lisa", "15: turns[0].call: there is no call lisa; there are: lena"),
        ("at_once: [lena, lena]", "at_once: [lena, egon]", "there is no call egon"),
        ("    function: check_avail", "    event: x\n    function: check_avail", "needs one of: f"),
        ("{tuesday, spoken}?", "{dienstag}?", "14: turns[0].says: {dienstag} is neither a day"),
        ("{offer.data", "{offre.data", "22: turns[3].args.slot_token: {offre.data.slot.token}"),
        ("status: own_appointment", "status: [a]", "turns[0].answer.status: needs a single value"),
        ("{given: hers", "{given: his", "24: afterwards.appointments[0].given: there is no given"),
        (
            "given:\n  flags",
            "given:\n  salon: x.yaml\n  flags",
            "3: given.salon: there is no file x",
        ),
        (
            "given:\n  flags",
            "language: fr\ngiven:\n  flags",
            "2: language: fr is not one of",
        ),
        ("  - retry: true\n", "  - {retry: true, signature: odd}\n", "odd is not one of right"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_its_key_and_what_would_be_right(
    tmp_path, old, new, problem
):
    with pytest.raises(DocumentError) as caught:
        read(tmp_path, edited(old, new))

    assert any(problem in str(found) for found in caught.value.problems), caught.value


def test_all_problems_are_told_at_once(tmp_path):
    text = edited("title: Einer", "titel: Einer").replace("status: own", "satus: own")

    with pytest.raises(DocumentError) as caught:
        read(tmp_path, text)

    assert [problem.line for problem in caught.value.problems] == [1, 1, 19]


def test_a_repetition_needs_something_to_repeat(tmp_path):
    with pytest.raises(DocumentError, match="there is none before it"):
        read(tmp_path, "title: Kurz\nturns: [{retry: true}]\n")


def test_a_salon_file_beside_the_script_comes_first(tmp_path):
    salon = (ROOT / "salons/salon-zwei.yaml").read_text()
    (tmp_path / "mine.yaml").write_text(salon)

    script = read(tmp_path, "title: x\ngiven: {salon: mine.yaml}\nturns: [{function: x}]\n")

    assert script.given.salon.company.slug == "salon-zwei"
