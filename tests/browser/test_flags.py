"""A flag that is changed in the back office changes the very next answer on the telephone."""

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from appointments.models import Branch, Company, FlagSetting, Service, User
from booking_site.demo.telephone import Answer, Telephone
from features.flags import Flag
from features.models import CompanyFlag
from tests.asking import book
from tests.conftest import at, committing
from tests.factories.appointments import PhoneNumberFactory
from voice.models import Agent

pytestmark = committing


@pytest.fixture
def telephone(live_server: LiveServer, branch: Branch) -> Telephone:
    """Somebody calls the salon: signed requests to the server that the browser looks at, too."""
    Company.objects.filter(pk=branch.company_id).update(retell_api_key="key_salon_eins")
    Agent.objects.create(company=branch.company, agent_id="agent_salon_eins")
    return Telephone(
        url=live_server.url,
        key="key_salon_eins",
        to_number=PhoneNumberFactory.create(branch=branch).number,
        agent_id="agent_salon_eins",
        from_number="+4915111111111",
    )


def test_who_skips_alternatives_in_the_back_office_hears_none_in_the_next_answer(
    page: Page,
    log_in: Callable[[User], None],
    telephone: Telephone,
    cut: Service,
    branch: Branch,
    now: datetime,
) -> None:
    book(cut, at(10), branch=branch, now=now)
    flag = CompanyFlag.objects.get(name=Flag.SKIP_ALTERNATIVES_FOR_VOICE)

    def ask() -> Answer:
        return telephone.use("check_availability", datetime="2030-01-08 10:00", service=cut.name)

    def switch(word: str) -> None:
        page.goto(f"/admin/features/companyflag/{flag.pk}/change/")
        of_salon = page.get_by_role("listitem").filter(has_text="Salon Eins")
        of_salon.get_by_role("link", name=word, exact=True).click()
        page.get_by_role("button", name="Yes, change it").click()
        expect(
            page.get_by_text("is changed, from the next question of a caller on.")
        ).to_be_visible()
        expect(of_salon.get_by_text(f"✓ {word}")).to_be_visible()

    log_in(User.objects.create_superuser("root"))
    before = ask()
    switch("on")
    skipped = ask()
    switch("off")
    after = ask()

    assert [answer.status for answer in (before, skipped, after)] == ["unavailable"] * 3
    assert [len(answer.data["alternatives"]) for answer in (before, skipped, after)] == [2, 0, 2]
    assert skipped.message.endswith("Welche andere Zeit würde Ihnen passen?")
    setting = FlagSetting.objects.get()
    assert (setting.company, setting.is_on) == (branch.company, False)
