"""Lists that are taken along as files: the own company's rows, and nobody else's."""

import csv
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Page

from appointments.models import AuditEntry, Branch, Company, Service, Verb
from tests.asking import book
from tests.conftest import at, committing
from tests.factories.appointments import CustomerFactory
from tests.factories.back_office import fill

pytestmark = committing


def download(desk: Page, address: str) -> list[dict[str, str]]:
    """Press the button of a list, and read the file that comes."""
    desk.goto(address)
    with desk.expect_download() as coming:
        desk.get_by_role("link", name="Export as CSV").click()
    text = Path(coming.value.path()).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))


def test_appointments_are_exported_as_the_list_shows_them_and_none_of_another_company(
    desk: Page, cut: Service, branch: Branch, now: datetime
) -> None:
    fill(Branch.objects.exclude(company=branch.company).get())
    lena = CustomerFactory.create(company=branch.company, name="Lena Vogt", phone="+4915111111111")
    booked = book(cut, at(10), branch=branch, now=now, customer=lena, notes="=1+1")

    [row] = download(desk, "/admin/appointments/appointment/")

    assert row == {
        "Public id": booked.public_id,
        "Start": "08.01.2030 10:00",
        "End": "08.01.2030 10:55",
        "Status": "confirmed",
        "Customer": "Lena Vogt",
        "Phone": "'+4915111111111",  # no spreadsheet calculates what somebody typed
        "Service": "Herrenhaarschnitt",
        "Price": "32.00",
        "Staff member": "Mara Lindt",
        "Branch": "Salon Eins Mitte",
        "Source": row["Source"],
        "Notes": "'=1+1",
    }


def test_customers_are_exported_as_the_list_is_filtered_and_none_of_another_company(
    desk: Page, salon: Company
) -> None:
    for name in ("Lena Vogt", "Tom Keller"):
        CustomerFactory.create(company=salon, name=name)
    other = Company.objects.exclude(pk=salon.pk).get()
    CustomerFactory.create(company=other, name="Lena Fremd")

    everybody = download(desk, "/admin/appointments/customer/")
    found = download(desk, "/admin/appointments/customer/?q=Lena")

    assert sorted(row["Name"] for row in everybody) == ["Lena Vogt", "Tom Keller"]
    assert [row["Name"] for row in found] == ["Lena Vogt"]
    noted = AuditEntry.objects.filter(verb=Verb.EXPORTED)
    assert list(noted.values_list("company", "user__username").distinct()) == [
        (salon.pk, "empfang")
    ]
