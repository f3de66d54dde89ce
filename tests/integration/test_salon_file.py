"""What a salon file makes of a database, and what an edited one changes."""

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from appointments.models import (
    Appointment,
    Branch,
    Closure,
    Company,
    Customer,
    PhoneNumber,
    Service,
    Staff,
    Status,
    SyncStatus,
    TimeOff,
)
from appointments.signals import appointment_changed, availability_changed
from calcom.models import CalcomEventMap
from tests.conftest import at
from tests.salon_files import (
    EINS,
    EVERYTHING,
    LENA,
    SMALL,
    ZWEI,
    dump,
    edited,
    load,
    with_appointments,
)
from voice.models import Agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung() -> Iterator[list[str]]:
    """Which bells ring."""
    bells: list[str] = []

    def hear_appointment(**_: object) -> None:
        bells.append("appointment")

    def hear_availability(**_: object) -> None:
        bells.append("availability")

    appointment_changed.connect(hear_appointment)
    availability_changed.connect(hear_availability)
    yield bells
    appointment_changed.disconnect(hear_appointment)
    availability_changed.disconnect(hear_availability)


def test_a_file_with_every_key_becomes_a_company() -> None:
    load(EVERYTHING, now=datetime.fromisoformat("2026-11-23T09:00:00+00:00"))

    company = Company.objects.get()
    assert (company.calcom_api_key, company.calcom_webhook_secret) == ("cal_test_…", "…")
    assert (company.calcom_team_id, company.retell_api_key) == (None, "key_…")
    assert list(Agent.objects.values_list("company", "agent_id")) == [(company.pk, "agent_s1")]
    branch = Branch.objects.get()
    assert (branch.region, branch.booking_notice_minutes) == ("BE", 15)
    assert PhoneNumber.objects.get().number == "+493011110001"
    assert Closure.objects.get().closed_on == date(2026, 12, 24)
    assert list(branch.opening_hours.order_by("weekday").values_list("weekday", "to_time")) == [
        (weekday, time(19)) for weekday in range(6)
    ]
    mara = Staff.objects.get(slug="mara")
    assert (mara.calcom_user_id, mara.working_hours.count()) == (7001, 10)
    assert Staff.objects.get(slug="jonas").working_hours.count() == 0
    cut = Service.objects.get(slug="herrenhaarschnitt")
    assert (cut.price, cut.category, cut.booking_notice_minutes) == (Decimal(32), "Herren", 30)
    assert sorted(cut.synonyms.values_list("name", "confidence")) == [
        ("Herrenschnitt", 1.0),
        ("Männerhaarschnitt", 0.9),
    ]
    assert [
        (segment.key, segment.minutes, segment.staff_required)
        for segment in Service.objects.get(slug="dauerwelle").segments.order_by("position")
    ] == [
        ("A", 50, True),
        ("A_gap", 15, False),
        ("B", 5, True),
        ("B_gap", 10, False),
        ("C", 15, True),
        ("D", 40, True),
    ]
    assert sorted(
        CalcomEventMap.objects.values_list(
            "branch__slug",
            "service__slug",
            "segment_key",
            "staff__slug",
            "event_type_id",
            "child_event_type_id",
        )
    ) == [
        ("mitte", "dauerwelle", "A", "mara", 3101, None),
        ("mitte", "dauerwelle", "B", "mara", 3102, None),
        ("mitte", "dauerwelle", "C", "mara", 3103, None),
        ("mitte", "dauerwelle", "D", "mara", 3104, None),
        ("mitte", "herrenhaarschnitt", "A", "jonas", 3002, 3102),
        ("mitte", "herrenhaarschnitt", "A", "mara", 3001, None),
    ]
    lena = Customer.objects.get()
    assert (lena.name, lena.phone, lena.email) == (
        "Lena Vogt",
        "+4915111111111",
        "lena@example.com",
    )
    booked = Appointment.objects.get()
    assert booked.starts_at == datetime.fromisoformat("2026-11-24T10:00:00+01:00")
    assert (booked.status, booked.sync_status) == (Status.CONFIRMED, SyncStatus.PENDING)


def test_credentials_are_encrypted_at_rest() -> None:
    load(EINS)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT calcom_api_key, calcom_webhook_secret, retell_api_key FROM appointments_company"
        )
        assert all(stored.startswith("fernet:") for stored in cursor.fetchone())


def test_time_off_is_whole_local_days_both_included() -> None:
    load(EVERYTHING)

    absence = TimeOff.objects.get()
    assert absence.starts_at == datetime.fromisoformat("2026-12-01T00:00:00+01:00")
    assert absence.ends_at == datetime.fromisoformat("2026-12-06T00:00:00+01:00")
    assert absence.reason == "Urlaub"


def test_a_branch_may_lie_in_another_time_zone() -> None:
    text = edited(
        with_appointments(SMALL, (LENA, "cut", "mara", "2030-01-08 10:00")),
        ("    name: Salon Eins Mitte\n", "    name: Porto\n    timezone: Europe/Lisbon\n"),
    )

    load(text)

    assert Appointment.objects.get().starts_at == at(11)


def test_a_company_without_a_calcom_block_does_not_sync() -> None:
    load(SMALL)

    assert not Company.objects.get().syncs


def test_salon_eins_is_the_acceptance_salon() -> None:
    load(EINS)

    company = Company.objects.get()
    services = company.services.prefetch_related("segments")
    minutes = {
        service.name: sum(segment.minutes for segment in service.segments.all())
        for service in services
    }
    assert minutes == {
        "Dauerwelle": 135,
        "Ansatzfärbung": 130,
        "Ansatz und Längenausgleich": 155,
        "Umfärbung / Blondierung": 165,
        "Balayage": 150,
        "Intensivtönung": 135,
        "Glanzkur": 60,
        "Herrenhaarschnitt": 55,
        "Damenhaarschnitt": 45,
        "Waschen-Schneiden-Föhnen": 60,
        "Waschen und Styling": 45,
        "Kinderhaarschnitt": 30,
        "Trockenschnitt": 30,
        "Ponyschnitt": 15,
        "Strähnen": 115,
        "Bartpflege": 20,
    }
    assert {service.category for service in services} == {"Herren", "Damen", "Farbe", "Kinder"}
    mara, jonas = company.staff.order_by("calcom_user_id")
    assert mara.services.count() == 16
    assert set(jonas.services.values_list("service__category", flat=True)) == {
        "Herren",
        "Damen",
        "Kinder",
    }
    without_maps = [service.name for service in services if not service.event_maps.exists()]
    assert without_maps == ["Glanzkur"]
    ids = CalcomEventMap.objects.values_list("event_type_id", flat=True)
    assert sorted(ids) == list(range(3001, 3039))


@pytest.mark.parametrize("text", [EINS, ZWEI, EVERYTHING], ids=["eins", "zwei", "everything"])
@pytest.mark.parametrize("prune", [False, True])
def test_loading_twice_changes_nothing(
    text: str,
    prune: bool,  # noqa: FBT001 -- a parameter of the test
    rung: list[str],
    django_capture_on_commit_callbacks: Any,
) -> None:
    now = datetime.fromisoformat("2026-11-23T09:00:00+00:00")
    load(text, now=now)
    before = dump()

    with django_capture_on_commit_callbacks(execute=True):
        again = load(text, now=now, prune=prune)

    assert dump() == before
    assert rung == []
    assert {
        (counts.created, counts.updated, counts.pruned) for counts in again.counts.values()
    } == {(0, 0, 0)}


def test_loading_rings_once_it_is_committed(
    rung: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        load(with_appointments(SMALL, (LENA, "cut", "mara", "2030-01-08 10:00")))
        assert rung == []

    assert len(callbacks) == 2
    assert rung == ["appointment", "availability", "availability"]


def test_an_edited_file_changes_what_was_edited_and_nothing_else() -> None:
    load(EINS)
    before = dump()

    loaded = load(edited(EINS, ('price: "12.00"', 'price: "13.50"')))

    after = dump()
    changed = {table for table in before if before[table] != after[table]}
    assert changed == {"appointments_service", "appointments_auditentry"}
    assert Service.objects.get(slug="ponyschnitt").price == Decimal("13.50")
    assert loaded.counts["services"].updated == 1
    assert loaded.counts["services"].unchanged == 15


def test_everything_that_can_be_edited_is_changed() -> None:
    load(EVERYTHING)
    pk = Company.objects.get().pk

    load(
        edited(
            EVERYTHING,
            ("name: Salon Eins\n  timezone", "name: Salon Uno\n  timezone"),
            ("cancel_deadline_hours: 24", "cancel_deadline_hours: 0"),
            ("name: Salon Eins Mitte", "name: Mitte"),
            ("opening_hours: {mon-sat:", "opening_hours: {tue-sat:"),
            ("name: Mara Lindt", "name: Mara Lindt-Vogt"),
            ('["09:00-13:00", "14:00-19:00"]', '["10:00-16:00"]'),
            ('to: "2026-12-05"', 'to: "2026-12-03"'),
            ("active: true ", "active: false"),
            ("confidence: 0.9", "confidence: 0.8"),
            ("mara: 3001", "mara: 3009"),
            ("name: Lena Vogt", "name: Lena Lindt"),
        )
    )

    company = Company.objects.get()
    assert (company.pk, company.name, company.cancel_deadline_hours) == (pk, "Salon Uno", 0)
    branch = Branch.objects.get()
    assert branch.name == "Mitte"
    assert sorted(branch.opening_hours.values_list("weekday", flat=True)) == [1, 2, 3, 4, 5]
    mara = Staff.objects.get(slug="mara")
    assert (mara.name, mara.working_hours.count()) == ("Mara Lindt-Vogt", 5)
    assert TimeOff.objects.get().ends_at == datetime.fromisoformat("2026-12-04T00:00:00+01:00")
    cut = Service.objects.get(slug="herrenhaarschnitt")
    assert not cut.is_active
    assert cut.synonyms.get(name="Männerhaarschnitt").confidence == 0.8
    assert cut.event_maps.get(staff=mara).event_type_id == 3009
    assert Customer.objects.get().name == "Lena Lindt"


def test_a_setting_that_is_left_out_has_its_default_again() -> None:
    load(EVERYTHING)

    load(
        edited(
            EVERYTHING,
            ("  horizon_days: 60\n", ""),
            ("  cancel_deadline_hours: 24        # 0 = any time\n", ""),
            ("    booking_notice_minutes: 30     # optional, beats the company\n", ""),
            ("    category: Herren\n", ""),
            (
                (
                    '    working_hours: {mon-fri: ["09:00-13:00", "14:00-19:00"]}   '
                    "# default: the branch's hours\n"
                ),
                "",
            ),
        )
    )

    cut = Service.objects.get(slug="herrenhaarschnitt")
    assert (cut.booking_notice_minutes, cut.category) == (None, "")
    assert Staff.objects.get(slug="mara").working_hours.count() == 0


def test_credentials_that_are_left_out_are_kept_and_null_removes_them() -> None:
    block = EINS[EINS.index("  calcom:") : EINS.index("branches:")]
    load(EINS)

    load(edited(EINS, (block, "\n")))
    company = Company.objects.get()
    assert company.syncs
    assert company.retell_api_key == "key_local_salon_eins"
    assert Agent.objects.count() == 1

    load(edited(EINS, (block, "  calcom: {api_key: cal_new}\n\n")))
    company.refresh_from_db()
    assert company.calcom_api_key == "cal_new"
    assert company.calcom_webhook_secret == "webhook_local_salon_eins"

    load(edited(EINS, (block, "  calcom: null\n  retell: null\n\n")))
    bare = Company.objects.get()
    assert not bare.syncs
    assert (bare.calcom_webhook_secret, bare.retell_api_key) == ("", "")


def test_a_changed_recipe_leaves_existing_appointments_their_phases() -> None:
    text = with_appointments(SMALL, (LENA, "tint", "mara", "2030-01-08 10:00"))
    load(text)
    booked = Appointment.objects.get()
    phases = list(booked.phases.order_by("sequence").values())

    loaded = load(
        edited(text, ("minutes: 90", "minutes: 45"), ("key: B, minutes: 30", "key: B, minutes: 20"))
    )

    assert [
        segment.minutes
        for segment in Service.objects.get(slug="tint").segments.order_by("position")
    ] == [15, 45, 20]
    assert list(booked.phases.order_by("sequence").values()) == phases
    booked.refresh_from_db()
    assert (booked.ends_at, booked.revision) == (at(12, 15), 1)
    assert (loaded.counts["recipes"].updated, loaded.counts["recipes"].unchanged) == (1, 1)


def test_an_edited_name_or_price_leaves_the_recipe_alone() -> None:
    load(EINS)
    segments = dump()["appointments_servicesegment"]

    load(edited(EINS, ('price: "95.00"', 'price: "99.00"'), ("name: Balayage", "name: Ballayage!")))

    assert dump()["appointments_servicesegment"] == segments


def test_a_new_event_type_mends_a_broken_map_and_the_same_one_does_not() -> None:
    load(EVERYTHING)
    maps = CalcomEventMap.objects.filter(event_type_id__in=[3001, 3101])
    maps.update(is_broken=True)

    load(edited(EVERYTHING, ("mara: 3001", "mara: 3009")))

    assert not CalcomEventMap.objects.get(event_type_id=3009).is_broken
    assert CalcomEventMap.objects.get(event_type_id=3101).is_broken


def test_a_number_moves_to_another_branch_of_the_company() -> None:
    load(EVERYTHING)
    numbers = '    phone_numbers: ["+493011110001"]\n'
    hours = '    opening_hours: {mon-sat: ["09:00-19:00"], sun: []}\n'
    west = f"  - slug: west\n    name: Salon Eins West\n{numbers}{hours}staff:\n"

    load(edited(EVERYTHING, (numbers, ""), ("staff:\n  - slug: mara", f"{west}  - slug: mara")))

    assert PhoneNumber.objects.get().branch.slug == "west"


def test_an_address_told_on_the_phone_is_kept() -> None:
    load(SMALL)
    Customer.objects.filter(name="Lena Vogt").update(email="lena@example.com")

    load(SMALL)

    assert Customer.objects.get(name="Lena Vogt").email == "lena@example.com"
