"""What a salon file may say, and what is told about everything else."""

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest

from booking_site.salon_file import DocumentError, read_salon_file
from booking_site.salon_file.entries import LEFT_OUT

SALONS = Path(__file__).parents[2] / "salons"

VALID = """\
company:
  slug: salon-eins
  name: Salon Eins
branches:
  - slug: mitte
    name: Salon Eins Mitte
    region: BE
    phone_numbers: ["+493011110001"]
    opening_hours: {mon-sat: ["09:00-19:00"]}
staff:
  - slug: mara
    name: Mara Lindt
    branch: mitte
    time_off: [{from: "2026-12-01", to: "2026-12-05"}]
  - slug: jonas
    name: Jonas Brandt
    branch: mitte
services:
  - slug: cut
    name: Schnitt
    minutes: 55
    price: "32.00"
    synonyms: [Haarschnitt]
    staff: [mara, jonas]
    event_types: {mara: 3001}
  - slug: perm
    name: Dauerwelle
    segments:
      - {key: A, minutes: 50}
      - {key: A_gap, minutes: 15, staff: false}
      - {key: B, minutes: 40}
    price: "95.00"
    staff: [mara]
    event_types: {mara: {A: 3101, B: 3102}}
customers:
  - {name: Lena Vogt, phone: "+4915111111111"}
appointments:
  - {customer: "+4915111111111", service: cut, staff: mara, starts_at: "2026-11-24 10:00"}
"""


def problems_of(text: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        read_salon_file(text=text)
    return [str(problem) for problem in caught.value.problems]


def line_of(part: str, text: str) -> int:
    """Return the line `part` ends on."""
    return text[: text.index(part) + len(part.rstrip())].count("\n") + 1


def edited(old: str, new: str) -> str:
    assert VALID.count(old) == 1
    return VALID.replace(old, new)


def test_what_is_left_out_has_its_default() -> None:
    salon = read_salon_file(text=VALID)

    company, (branch,) = salon.company, salon.branches
    mara, jonas = salon.staff or ()
    cut, _ = salon.services or ()

    assert (company.timezone, company.locale, company.gap_policy) == (
        "Europe/Berlin",
        "de",
        "bookable",
    )
    assert company.booking_notice_minutes is None
    assert (company.horizon_days, company.max_reschedules) == (60, 3)
    assert (company.cancel_deadline_hours, company.reschedule_deadline_hours) == (24, 24)
    assert company.callback_promise_minutes == 120
    assert company.calcom is company.retell is LEFT_OUT
    assert (branch.timezone, branch.booking_notice_minutes, branch.closed_on) == ("", None, None)
    assert (jonas.active, jonas.working_hours, jonas.time_off) == (True, (), None)
    assert [absence.reason for absence in mara.time_off or ()] == [""]
    assert (cut.category, cut.buffer_before_minutes, cut.booking_notice_minutes) == ("", 0, None)
    assert [synonym.confidence for synonym in cut.synonyms or ()] == [1.0]


def test_a_simple_service_is_a_recipe_of_one_segment() -> None:
    cut, perm = read_salon_file(text=VALID).services or ()

    assert [(row.key, row.minutes, row.staff_required) for row in cut.segments] == [("A", 55, True)]
    assert [(row.key, row.minutes, row.staff_required) for row in perm.segments] == [
        ("A", 50, True),
        ("A_gap", 15, False),
        ("B", 40, True),
    ]
    assert [(row.staff, row.segment_key, row.event_type_id) for row in perm.event_types or ()] == [
        ("mara", "A", 3101),
        ("mara", "B", 3102),
    ]


def test_values_need_no_quotes_to_arrive_as_they_are_written() -> None:
    text = edited('price: "32.00"', "price: 32.50").replace('"+493011110001"', "+493011110001")
    text = text.replace('from: "2026-12-01"', "from: 2026-12-01")

    salon = read_salon_file(text=text)

    cut, _ = salon.services or ()
    mara, _ = salon.staff or ()
    assert cut.price == Decimal("32.50")
    assert [number.value for number in salon.branches[0].phone_numbers or ()] == ["+493011110001"]
    assert [absence.first for absence in mara.time_off or ()] == [date(2026, 12, 1)]
    assert salon.appointments[0].starts_at == datetime(2026, 11, 24, 10)  # noqa: DTZ001 -- local


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon: [09:00-10:00]", [0]),
        ("tue-thu: [09:00-10:00]", [1, 2, 3]),
        ('"mon,wed-thu,sun": [09:00-10:00]', [0, 2, 3, 6]),
        ("sun: []", []),
    ],
)
def test_weekdays_are_single_ranges_or_lists(written: str, days: list[int]) -> None:
    text = edited('{mon-sat: ["09:00-19:00"]}', f"{{{written}}}")

    hours = read_salon_file(text=text).branches[0].opening_hours

    assert hours == tuple((day, time(9), time(10)) for day in days)


@pytest.mark.parametrize("name", ["salon-eins", "salon-zwei"])
def test_the_shipped_files_are_right(name: str) -> None:
    salon = read_salon_file(text=(SALONS / f"{name}.yaml").read_text(encoding="utf-8"))

    assert salon.company.slug == name


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        # keys
        ("    name: Schnitt", "    title: Schnitt", "services[cut].title: is not a key"),
        ('    price: "32.00"', '    prize: "32.00"', "did you mean price?"),
        ("    name: Schnitt", "    name: A\n    name: B", "services[cut].name: is already on line"),
        ("customers:", "clients:", "clients: is not a key here; known: company"),
        # single values
        ("    name: Schnitt", "    name: [a]", "services[cut].name: needs a single value"),
        ("    name: Schnitt", "    name:", "services[cut].name: needs a single value"),
        ("    name: Schnitt", f"    name: {'x' * 151}", "services[cut].name: needs 1 to 150"),
        ("slug: jonas", "slug: jo nas", "staff[jo nas].slug: jo nas is not a slug"),
        ("slug: jonas", f"slug: {'x' * 51}", "slug: is longer than 50 characters"),
        ("minutes: 55", 'minutes: "55"', "services[cut].minutes: 55 is not a whole number"),
        ("minutes: 55", "minutes: 5.5", "services[cut].minutes: 5.5 is not a whole number"),
        ("minutes: 55", "minutes: true", "services[cut].minutes: true is not a whole number"),
        ("minutes: 55", "minutes: 4", "services[cut].minutes: 4 is not from 5 to 1440"),
        ("minutes: 55", "minutes: -5", "services[cut].minutes: -5 is not from 5 to 1440"),
        (
            "    minutes: 55",
            "    minutes: 55\n    buffer_after_minutes: 300",
            "services[cut].buffer_after_minutes: 300 is not from 0 to 240",
        ),
        ('price: "32.00"', 'price: "32,00"', "services[cut].price: 32,00 is not a price in euros"),
        ('price: "32.00"', "price: -1", "services[cut].price: -1 is not a price in euros"),
        ('price: "32.00"', 'price: "1.005"', "services[cut].price: 1.005 is not a price"),
        ('price: "32.00"', "price: .nan", "services[cut].price: .nan is not a price"),
        (
            "[Haarschnitt]",
            "[{name: Haarschnitt, confidence: 1.5}]",
            "services[cut].synonyms[0].confidence: 1.5 is not a number from 0 to 1",
        ),
        (
            "[Haarschnitt]",
            "[{name: Haarschnitt, confidence: .inf}]",
            "services[cut].synonyms[0].confidence: .inf is not a number from 0 to 1",
        ),
        ("slug: jonas", "slug: jonas\n    active: 1", "staff[jonas].active: 1 is neither true nor"),
        ("region: BE", "region: XX", "branches[mitte].region: XX is not one of BB, BE"),
        (
            "  name: Salon Eins\n",
            "  name: Salon Eins\n  timezone: Europe/Berlino\n",
            "company.timezone: Europe/Berlino is not a time zone; write it like Europe/Berlin",
        ),
        (
            "  name: Salon Eins\n",
            "  name: Salon Eins\n  gap_policy: open\n",
            "company.gap_policy: open is not one of bookable, blocked",
        ),
        (
            '["+493011110001"]',
            '["030 11110001"]',
            "phone_numbers[0]: 030 11110001 is not in international form; write +493011110001",
        ),
        (
            '["+493011110001"]',
            "[anonymous]",
            "branches[mitte].phone_numbers[0]: anonymous is not a phone number",
        ),
        (
            'phone: "+4915111111111"}',
            'phone: "+4915111111111", email: lena}',
            "customers[0].email: lena is not an e-mail address",
        ),
        ('from: "2026-12-01"', 'from: "1.12."', "staff[mara].time_off[0].from: 1.12. is not a day"),
        ('to: "2026-12-05"', 'to: "2026-11-30"', "staff[mara].time_off[0].to: lies before from"),
        (
            'starts_at: "2026-11-24 10:00"',
            'starts_at: "2026-11-24"',
            "appointments[0].starts_at: 2026-11-24 is not a local time",
        ),
        (
            'starts_at: "2026-11-24 10:00"',
            'starts_at: "2026-11-24T10:00+01:00"',
            "appointments[0].starts_at: 2026-11-24T10:00+01:00 is not a local time",
        ),
        # lists and mappings
        ("[mara, jonas]", "mara", "services[cut].staff: needs a list; write [] for none"),
        ("[mara, jonas]", "", "services[cut].staff: needs a list; write [] for none"),
        ('{mon-sat: ["09:00-19:00"]}', "[mon]", "opening_hours: needs keys with values"),
        # hours
        ("mon-sat", "mon-sam", "opening_hours.mon-sam: mon-sam is not a weekday"),
        ("mon-sat", "sat-mon", "opening_hours.sat-mon: sat-mon runs backwards"),
        (
            "{mon-sat: ",
            '{mon: ["09:00-10:00"], mon-sat: ',
            "opening_hours.mon-sat: mon is already on line",
        ),
        ("09:00-19:00", "19:00-09:00", "mon-sat[0]: 19:00-09:00 runs backwards"),
        ("09:00-19:00", "09:00-24:00", "mon-sat[0]: 09:00-24:00 is not a stretch of a day"),
        ("09:00-19:00", "9 bis 19 Uhr", "mon-sat[0]: 9 bis 19 Uhr is not a stretch of a day"),
        (
            '["09:00-19:00"]',
            '["09:00-13:00", "12:00-19:00"]',
            "opening_hours.mon-sat: 12:00 lies before 13:00",
        ),
        (
            "{key: B, minutes: 40}",
            "{key: B, minutes: 0}",
            "services[perm].segments[B].minutes: 0 is not from 5 to 1440",
        ),
        # what belongs together
        ("slug: jonas", "slug: mara", "staff[mara].slug: mara is already on line"),
        (
            "[Haarschnitt]",
            "[Haarschnitt, Haarschnitt]",
            "services[cut].synonyms[1]: Haarschnitt is already on line",
        ),
        (
            '  - {name: Lena Vogt, phone: "+4915111111111"}',
            '  - {name: Lena, phone: "+4915111111111"}\n  - {name: Max, phone: "+4915111111111"}',
            "customers[1].phone: +4915111111111 is already on line",
        ),
        (
            "name: Jonas Brandt\n    branch: mitte",
            "name: Jonas Brandt\n    branch: nord",
            "staff[jonas].branch: there is no branch nord in this file",
        ),
        (
            "[mara, jonas]",
            "[mara, jonas, zoe]",
            "services[cut].staff[2]: there is no staff member zoe in this file",
        ),
        ("{mara: 3001}", "{zoe: 3001}", "event_types.zoe: zoe is not among the staff of this"),
        ("{mara: 3001}", "{mara: {A: 3001}}", "event_types.mara.A: is not a key here"),
        (
            "{mara: 3001}",
            "{mara: {id: 3001, child: 3001}}",
            "event_types.mara: child is the managed event type itself",
        ),
        (
            "{A: 3101, B: 3102}",
            "{A: 3101}",
            "event_types.mara: has no event type for B; each hands-on segment needs one",
        ),
        (
            "{A: 3101, B: 3102}",
            "{A: 3101, B: 3102, A_gap: 3103}",
            "event_types.mara.A_gap: is not a hands-on segment; these are: A, B",
        ),
        (
            "{A: 3101, B: 3102}",
            "3101",
            "services[perm].event_types.mara: needs keys with values",
        ),
        (
            "service: cut",
            "service: dye",
            "appointments[0].service: there is no service dye in this file",
        ),
        (
            "service: cut, staff: mara",
            "service: perm, staff: jonas",
            "appointments[0].staff: jonas does not perform perm",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line_its_key_and_what_would_be_right(
    old: str, new: str, problem: str
) -> None:
    text = edited(old, new)

    lines = [told.partition(": ")[0] for told in problems_of(text) if problem in told]

    assert lines == [str(line_of(old, VALID) + new.count("\n") - old.count("\n"))]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("key: B,", "key: A,", "Every segment needs a key of its own."),
        (
            "minutes: 15, staff: false}",
            "minutes: 15}",
            "Segment A_gap: keys of gaps, and only those, end in _gap.",
        ),
        (
            "      - {key: B, minutes: 40}\n",
            "",
            "The first and the last segment must be hands-on.",
        ),
        (
            "      - {key: B,",
            "      - {key: B_gap, minutes: 5, staff: false}\n      - {key: B,",
            "A_gap and B_gap are two gaps in a row; make them one.",
        ),
    ],
)
def test_a_recipe_that_cannot_be_carried_out_is_told_with_the_remedy(
    old: str, new: str, problem: str
) -> None:
    text = edited(old, new)

    assert f"{line_of('    segments:', text)}: services[perm].segments: {problem}" in problems_of(
        text
    )


def test_a_service_is_either_simple_or_composite() -> None:
    text = edited("    minutes: 55\n", "    minutes: 55\n    segments: []\n")

    (told,) = problems_of(text)
    assert told == "19: services[cut]: needs either minutes, for a simple service, or segments"


def test_a_missing_key_is_told_on_the_line_of_its_entry() -> None:
    text = edited("    name: Schnitt\n", "").replace("    minutes: 55\n", "")

    line = line_of("  - slug: cut", text)
    assert problems_of(text) == [
        f"{line}: services[cut]: needs either minutes, for a simple service, or segments",
        f"{line}: services[cut].name: is missing",
    ]


def test_all_problems_are_told_in_the_order_of_the_file() -> None:
    text = VALID
    for old, new in (
        ("region: BE", "region: XX"),
        ("minutes: 55", "minutes: 0"),
        ("staff: [mara]", "staff: [zoe]"),
        ("slug: jonas", "slug: jo nas"),
    ):
        text = text.replace(old, new)

    assert [problem.partition(": ")[2].partition(": ")[0] for problem in problems_of(text)] == [
        "branches[mitte].region",
        "staff[jo nas].slug",
        "services[cut].minutes",
        "services[perm].event_types.mara",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1: file: is empty; start with `company:`"),
        ("- a\n- b\n", "1: file: needs keys with values"),
        ("company: {a: b\n", "2: file: is not YAML: expected ',' or '}', but got '<stream end>'"),
        (
            "a: b\n\tc: d\n",
            "2: file: is not YAML: found character '\\t' that cannot start any token",
        ),
        ("a: \x00\n", "1: file: is not YAML: unacceptable character"),
    ],
    ids=["empty", "a list", "unclosed", "a tab", "a null byte"],
)
def test_what_is_no_salon_file_at_all_is_told_too(text: str, problem: str) -> None:
    (told,) = problems_of(text)

    assert told.startswith(problem)


def test_a_file_without_branches_is_refused() -> None:
    start = VALID.index("  - slug: mitte")
    text = VALID[:start].replace("branches:", "branches: []")

    assert problems_of(text) == ["4: branches: needs at least 1"]
