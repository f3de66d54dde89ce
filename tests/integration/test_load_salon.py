"""The command, and two companies beside each other."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from appointments.models import (
    Company,
    Service,
)
from calcom.models import CalcomEventMap
from tests.salon_files import (
    EINS,
    ERIK,
    LENA,
    SALONS,
    SMALL,
    ZWEI,
    dump,
    edited,
    load,
    problems_of,
    with_appointments,
    without_service,
)

pytestmark = pytest.mark.django_db


def test_two_companies_never_mix() -> None:
    load(EINS)
    load(ZWEI)
    eins, zwei = Company.objects.order_by("slug")
    assert (eins.services.count(), zwei.services.count()) == (16, 4)
    assert (eins.staff.count(), zwei.staff.count()) == (2, 2)
    theirs = {table: rows for table, rows in dump(without=zwei.pk).items() if rows}
    before = dump()

    load(without_service(ZWEI, "kinderhaarschnitt"), prune=True)

    assert dump(without=zwei.pk).keys() >= theirs.keys()
    after = dump()
    assert {table for table in before if before[table] != after[table]} == {
        "appointments_auditentry",
        "appointments_service",
        "appointments_servicesegment",
        "appointments_servicesynonym",
        "appointments_staffservice",
        "calcom_calcomeventmap",
    }
    assert eins.services.count() == 16
    assert CalcomEventMap.objects.filter(company=eins).count() == 38
    load(EINS)
    assert dump() == after


def test_a_number_of_another_company_is_refused_and_nothing_is_half_loaded() -> None:
    load(EINS)
    before = dump()
    text = edited(ZWEI, ("+498911110002", "+493011110001"))

    (told,) = problems_of(text)
    assert told == (
        f"{text[: text.index('phone_numbers')].count(chr(10)) + 1}: "
        "branches[schwabing].phone_numbers[0]: +493011110001 already belongs to Salon Eins; "
        "a number leads to one company only"
    )
    assert dump() == before


def test_all_that_the_database_refuses_is_told_at_once() -> None:
    load(EINS)
    text = edited(
        with_appointments(
            SMALL,
            (LENA, "cut", "mara", "2030-01-13 10:00"),
            (ERIK, "cut", "mara", "2030-01-13 11:00"),
        ),
        ("slug: salon-eins", "slug: salon-drei"),
        ("    name: Salon Eins Mitte\n", '    name: Mitte\n    phone_numbers: ["+493011110001"]\n'),
    )

    assert len(problems_of(text)) == 3
    assert Company.objects.count() == 1


def run(file: Path, *flags: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("load_salon", str(file), *flags, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_loads_the_shipped_files_and_counts() -> None:
    for name in ("salon-eins", "salon-zwei"):
        out, err = run(SALONS / f"{name}.yaml")
        assert "services" in out
        assert err == ""

    assert Company.objects.count() == 2


def test_the_command_names_what_it_left(tmp_path: Path) -> None:
    run(SALONS / "salon-zwei.yaml")
    file = tmp_path / "salon.yaml"
    file.write_text(without_service(ZWEI, "kinderhaarschnitt"), encoding="utf-8")

    out, _ = run(file)
    assert "Not in the file, and left as it is (--prune removes it):" in out
    assert "  services: kinderhaarschnitt\n" in out

    out, _ = run(file, "--prune")
    assert "kinderhaarschnitt" not in out
    assert Service.objects.count() == 3


def test_the_command_lists_all_problems_by_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "salon.yaml"
    file.write_text(
        edited(SMALL, ("minutes: 60", "minutes: 0"), ('"+491713920011"', '"0171 3920011"')),
        encoding="utf-8",
    )
    err = StringIO()

    with pytest.raises(CommandError) as caught:
        call_command("load_salon", str(file), stderr=err)

    assert caught.value.returncode == 1
    assert err.getvalue().splitlines() == [
        f"{file}:12: services[cut].minutes: 0 is not from 5 to 1440",
        (
            f"{file}:25: customers[1].phone: 0171 3920011 is not in international form; "
            "write +491713920011"
        ),
    ]
    assert not Company.objects.exists()


def test_the_command_says_that_a_file_cannot_be_read(tmp_path: Path) -> None:
    binary = tmp_path / "salon.yaml"
    binary.write_bytes(b"\xff\xfe")

    for file in (tmp_path / "none.yaml", binary, tmp_path):
        with pytest.raises(CommandError, match="cannot be read"):
            run(file)
