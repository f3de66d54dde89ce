"""What a CSV file costs, as a ratio to reading the same values and doing nothing with them."""

import time
import tracemalloc

import pytest
import time_machine
from django.urls import reverse

from appointments.admin.exporting import appointment_columns, customer_columns
from appointments.models import Appointment, Customer
from tests.conftest import at
from tests.factories.appointments import StaffFactory
from tests.factories.back_office import client_of, fill, receptionist
from tests.volume import grow_old

NOW = at(12, days=-1)
ROWS = 20_000
AT_MOST = 6
# Held at once; all of it would be several times as much.
MEGABYTES = 4


@pytest.mark.parametrize(
    ("model", "columns", "order", "query"),
    [
        (Appointment, appointment_columns, "starts_at", "?period=all"),
        (Customer, customer_columns, "name", ""),
    ],
    ids=["appointments", "customers"],
)
def test_an_export_costs_little_more_than_its_values(
    branch, cut, mara, capsys, model, columns, order, query
):
    fill(branch)
    people = StaffFactory.create_batch(3, branch=branch)
    grow_old(branch, people, rows=ROWS, now=NOW, entries_each=1)
    address = reverse(f"admin:appointments_{model._meta.model_name}_export") + query
    reads = {name for column in columns() for name in column.reads}
    rows = model.objects.filter(company=branch.company_id).order_by(order, "pk")

    with time_machine.travel(NOW):
        client = client_of(receptionist(branch.company))
        began = time.perf_counter()
        many = sum(1 for _ in rows.values_list(*reads).iterator(chunk_size=500))
        read = time.perf_counter()
        written = sum(part.count(b"\n") for part in client.get(address).streaming_content)
        bare, export = read - began, time.perf_counter() - read
        peak = _peak_megabytes(client.get(address).streaming_content)

    with capsys.disabled():
        print(
            f"\n{many} rows bare {bare:.2f} s · exported {export:.2f} s = {export / bare:.1f} x, "
            f"{peak:.1f} MB at once"
        )
    assert written == many + 1
    assert export / bare <= AT_MOST
    assert peak <= MEGABYTES


def _peak_megabytes(stream) -> float:
    tracemalloc.start()
    for _part in stream:
        pass
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6
