"""What loading a salon file leaves, and what it removes when asked to."""

from datetime import datetime

import pytest

from appointments.models import (
    Appointment,
    BusyTime,
    Closure,
    Customer,
    PhoneNumber,
    Service,
    Staff,
    TimeOff,
)
from calcom.models import CalcomEventMap
from tests.conftest import at
from tests.salon_files import (
    EINS,
    EVERYTHING,
    LENA,
    SMALL,
    dump,
    edited,
    load,
    with_appointments,
    without_service,
)
from voice.models import Agent

pytestmark = pytest.mark.django_db


def test_nothing_is_deleted_unless_asked_and_what_is_left_is_named() -> None:
    load(EINS)
    before = dump()

    loaded = load(
        edited(
            without_service(EINS, "bartpflege"),
            ("synonyms: [Pony schneiden, ", "synonyms: ["),
            (
                "staff: [mara, jonas]\n    event_types: {mara: 3012, jonas: 3013}",
                "staff: [mara]\n    event_types: {mara: 3012}",
            ),
        )
    )

    assert dump() == before
    assert loaded.surplus == (
        "synonyms: ponyschnitt, Pony schneiden",
        "skills: jonas performs ponyschnitt",
        "event maps: ponyschnitt, A, jonas",
        "services: bartpflege",
    )


def test_pruning_removes_what_the_file_no_longer_names() -> None:
    load(EVERYTHING)
    numbers = '["+493011110001"]'
    start, end = EVERYTHING.index("  - slug: dauerwelle"), EVERYTHING.index("customers:")
    text = edited(
        EVERYTHING[:start] + EVERYTHING[end:],
        ("[agent_s1]", "[agent_s9]"),
        (numbers, '["+493011110009"]'),
        ('["2026-12-24"]', "[]"),
        ('[{from: "2026-12-01", to: "2026-12-05", reason: Urlaub}]', "[]"),
        ("[Herrenschnitt, ", "["),
        ("staff: [mara, jonas]", "staff: [mara]"),
        (", jonas: {id: 3002, child: 3102}}", "}"),
        ("  - {slug: jonas, name: Jonas Brandt, branch: mitte, calcom_user_id: 7002}\n", ""),
    )

    loaded = load(text, prune=True, now=datetime.fromisoformat("2026-11-23T09:00:00+00:00"))

    assert {kind: counts.pruned for kind, counts in loaded.counts.items() if counts.pruned} == {
        "agents": 1,
        "closed days": 1,
        "phone numbers": 1,
        "time off": 1,
        "synonyms": 1,
        "skills": 1,
        "event maps": 1,
        "services": 1,
        "staff": 1,
    }
    assert loaded.surplus == loaded.kept == ()
    assert Agent.objects.get().agent_id == "agent_s9"
    assert PhoneNumber.objects.get().number == "+493011110009"
    assert Staff.objects.get().slug == "mara"
    assert Service.objects.get().slug == "herrenhaarschnitt"
    assert CalcomEventMap.objects.get().event_type_id == 3001


def test_pruning_keeps_and_names_what_something_depends_on() -> None:
    load(with_appointments(SMALL, (LENA, "tint", "mara", "2030-01-08 10:00")))
    jonas = Staff.objects.get(slug="jonas")
    BusyTime.objects.create(
        company=jonas.company, staff=jonas, starts_at=at(9, days=7), ends_at=at(10, days=7)
    )
    start, end = SMALL.index("staff:"), SMALL.index("customers:")
    west = (
        "staff:\n  - {slug: zoe, name: Zoe, branch: mitte}\n"
        "services:\n  - {slug: wash, name: Waschen, minutes: 30, price: 20, staff: [zoe]}\n"
    )

    loaded = load(SMALL[:start] + west + SMALL[end:], prune=True)

    assert loaded.kept == (
        "services: tint (has appointments)",
        "staff: jonas (has busy times)",
        "staff: mara (has appointments, phases)",
    )
    assert sorted(Service.objects.values_list("slug", flat=True)) == ["tint", "wash"]
    assert Appointment.objects.get().phases.count() == 3
    assert Customer.objects.count() == 2


def test_pruning_keeps_event_maps_that_standing_appointments_need() -> None:
    now = datetime.fromisoformat("2026-11-23T09:00:00+00:00")
    load(EVERYTHING, now=now)
    text = edited(
        EVERYTHING,
        ("{mara: 3001, jonas: {id: 3002, child: 3102}}", "{}"),
    )

    loaded = load(text, prune=True, now=now)

    assert loaded.kept == ("event maps: herrenhaarschnitt, A, mara (has appointments)",)
    assert loaded.counts["event maps"].pruned == 1
    assert CalcomEventMap.objects.filter(event_type_id=3001).exists()


def test_pruning_leaves_alone_what_the_file_does_not_speak_of() -> None:
    load(EINS)
    glanzkur = Service.objects.get(slug="glanzkur")
    mara = Staff.objects.get(slug="mara")
    CalcomEventMap.objects.create(
        company=mara.company,
        branch=mara.branch,
        service=glanzkur,
        segment_key="A",
        staff=mara,
        event_type_id=9001,
    )
    TimeOff.objects.create(staff=mara, starts_at=at(0, days=7), ends_at=at(0, days=8))
    Customer.objects.create(company=mara.company, name="Max", phone="+491713920099")
    before = dump()

    load(EINS, prune=True)

    assert dump() == before


def test_pruning_takes_a_section_that_is_left_out_for_silence_and_an_empty_one_at_its_word() -> (
    None
):
    load(EINS)
    before = dump()
    text = EINS[: EINS.index("staff:\n")]

    load(text, prune=True)
    assert dump() == before

    load(f"{text}services: []\n", prune=True)
    assert Service.objects.count() == 0
    assert Staff.objects.count() == 2


def test_pruning_leaves_the_past_alone() -> None:
    load(EVERYTHING)
    text = edited(
        EVERYTHING,
        ('["2026-12-24"]', "[]"),
        ('[{from: "2026-12-01", to: "2026-12-05", reason: Urlaub}]', "[]"),
    )

    load(text, prune=True, now=at(12))

    assert Closure.objects.count() == TimeOff.objects.count() == 1
