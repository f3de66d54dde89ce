"""Event maps at a glance: what is missing is made by a worker, while the page looks on."""

import pytest
from playwright.sync_api import Page, expect

from appointments.models import Company, Service, Staff
from calcom.admin import event_map_matrix
from calcom.models import CalcomEventMap
from tests.conftest import committing
from tests.syncing import Calcom

pytestmark = committing

MATRIX = "/admin/calcom/calcomeventmap/matrix"


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_map_matrix, "LOOK_AGAIN_SECONDS", 1)


def test_all_that_is_missing_is_made_while_the_page_looks_on(
    desk: Page, calcom: Calcom, perm: Service, mara: Staff, worker: None
) -> None:
    calcom.seed_people()
    desk.goto(MATRIX)
    row = desk.get_by_role("row", name="Dauerwelle")
    expect(row.get_by_text("missing")).to_have_count(4)
    expect(desk.get_by_text("Zoe")).to_have_count(0)

    desk.get_by_role("button", name="Create all that is missing").click()

    expect(desk.get_by_role("status")).to_contain_text("4 of 4 made")
    expect(row.get_by_text("usable")).to_have_count(4)
    maps = dict(CalcomEventMap.objects.values_list("segment_key", "event_type_id"))
    assert sorted(maps) == ["A", "B", "C", "D"]
    assert {each["id"] for each in calcom.event_types()} == set(maps.values())
    assert CalcomEventMap.objects.exclude(company=mara.company).count() == 0


def test_only_what_is_ticked_is_made(
    desk: Page, salon: Company, calcom: Calcom, perm: Service, mara: Staff, worker: None
) -> None:
    calcom.seed_people()
    desk.goto(MATRIX)
    row = desk.get_by_role("row", name="Dauerwelle")

    row.get_by_role("checkbox").nth(1).check()
    desk.get_by_role("button", name="Create those ticked").click()

    expect(desk.get_by_role("status")).to_contain_text("1 of 1 made")
    expect(row.get_by_text("missing")).to_have_count(3)
    assert CalcomEventMap.objects.get().segment_key == "B"
    assert len(calcom.event_types()) == 1
