"""An account's event types and people, as the simulated Cal.com answers for them."""

from collections.abc import Iterator, Sequence

import pytest
import responses
from django.conf import LazySettings

from calcom.account import CalcomAccount
from calcom.client import get_client
from calcom.errors import AuthRejectedError, NotFoundError, RejectedError, UnknownOutcomeError
from calcom.payloads import EventType, EventTypeDesign, User
from tests.contract.simulated import (
    COLOUR,
    CUT,
    CUT_OF_JONAS,
    JONAS,
    KEY,
    MARA,
    Salon,
    simulated_salon,
)

TEAM = 5
API = "https://api.cal.test"


@pytest.fixture
def salon(settings: LazySettings) -> Iterator[Salon]:
    with simulated_salon() as salon:
        settings.CALCOM_API_URL = salon.simulator.url
        members = [{"userId": MARA, "role": "OWNER"}, {"userId": JONAS, "role": "MEMBER"}]
        salon.simulator.seed(
            teams=[{"id": TEAM, "members": members}], api_keys={"cal_test_jonas": JONAS}
        )
        yield salon


@pytest.fixture
def account(salon: Salon) -> CalcomAccount:
    return CalcomAccount(get_client(api_key=KEY), TEAM)


@pytest.fixture
def alone(salon: Salon) -> CalcomAccount:
    """The same key, in no team."""
    return CalcomAccount(get_client(api_key=KEY), None)


def design(host_id: int | None = None) -> EventTypeDesign:
    return EventTypeDesign(
        title="Perm",
        slug="perm",
        length_minutes=50,
        hidden=True,
        allows_guests=False,
        slot_interval_minutes=5,
        address="Salon, Mitte",
        host_id=host_id,
    )


def ids(event_types: list[EventType]) -> list[int]:
    return [event_type.id for event_type in event_types]


def test_whose_key_it_is_and_who_is_in_the_team(account: CalcomAccount) -> None:
    assert account.get_me() == User(MARA, "mara")
    assert account.list_members() == [User(MARA, "mara"), User(JONAS, "jonas")]


def test_without_a_team_there_are_no_members_and_no_event_types_of_it(
    alone: CalcomAccount,
) -> None:
    assert alone.list_members() == []
    assert alone.list_of_team() == []


def test_only_admins_of_a_team_see_who_is_in_it(salon: Salon) -> None:
    with pytest.raises(AuthRejectedError):
        CalcomAccount(get_client(api_key="cal_test_jonas"), TEAM).list_members()


def test_own_and_others_event_types_are_listed(account: CalcomAccount) -> None:
    assert ids(account.list_own()) == [CUT, COLOUR]
    assert ids(account.list_of_user("jonas")) == [CUT_OF_JONAS]
    assert ids(account.list_of_user("jonas", slug="colour")) == []
    assert ids(account.list_of_user("nobody")) == []


def test_a_personal_event_type_is_made_hidden_without_guests_or_notice(
    salon: Salon, alone: CalcomAccount
) -> None:
    made = alone.create(design())

    assert alone.get(made.id) == made
    assert (made.owner_id, made.team_id, made.host_ids) == (MARA, None, (MARA,))
    assert (made.hidden, made.allows_guests, made.length_minutes) == (True, False, 50)
    assert not made.is_managed
    shown = salon.ask("GET", f"/v2/event-types/{made.id}", version="2024-06-14").json()["data"]
    assert (shown["minimumBookingNotice"], shown["slotInterval"]) == (0, 5)
    assert shown["locations"][0]["address"] == "Salon, Mitte"


def test_a_teams_event_type_has_the_one_host_it_was_made_with(account: CalcomAccount) -> None:
    made = account.create(design(host_id=JONAS))

    assert (made.owner_id, made.team_id, made.host_ids) == (None, TEAM, (JONAS,))
    assert made.scheduling_type == "roundRobin"
    assert made.usernames == {JONAS: "jonas"}
    assert ids(account.list_of_team()) == [made.id]
    assert account.change(made, {"hidden": False}).hidden is False


def test_a_second_one_with_the_same_slug_is_rejected(account: CalcomAccount) -> None:
    account.create(design(host_id=JONAS))

    with pytest.raises(RejectedError, match="slug"):
        account.create(design(host_id=MARA))


def test_of_a_managed_one_the_team_lists_the_parent_and_the_host_the_child(
    salon: Salon, account: CalcomAccount
) -> None:
    salon.simulator.seed(
        event_types=[
            {
                "id": 4711,
                "title": "Perm",
                "slug": "perm",
                "lengthInMinutes": 50,
                "teamId": TEAM,
                "schedulingType": "managed",
                "hosts": [JONAS],
            }
        ]
    )

    [parent] = account.list_of_team()
    [child] = account.list_of_user("jonas", slug="perm")

    assert (parent.id, parent.is_managed, parent.usernames) == (4711, True, {JONAS: "jonas"})
    assert (child.is_managed, child.owner_id, child.host_ids) == (False, JONAS, (JONAS,))


def test_a_parent_is_told_by_its_metadata_too() -> None:
    shown = {"id": 1, "title": "Perm", "slug": "perm", "lengthInMinutes": 50}
    config = {"metadata": {"managedEventConfig": {"unlockedFields": {}}}}

    parent = EventType.of(shown | config)
    child = EventType.of(shown | config | {"ownerId": JONAS})

    assert (parent.is_managed, child.is_managed) == (True, False)


def test_what_this_key_may_not_see_is_not_found(account: CalcomAccount) -> None:
    with pytest.raises(NotFoundError):
        account.get(999_999)


@responses.activate
def test_members_are_read_page_by_page_and_not_for_ever(settings: LazySettings) -> None:
    settings.CALCOM_API_URL = API
    page = [{"userId": number, "user": {"username": f"u{number}"}} for number in range(250)]
    path = f"{API}/v2/teams/{TEAM}/memberships"
    responses.get(path, json={"status": "success", "data": page})
    responses.get(path, json={"status": "success", "data": page[:1]})
    account = CalcomAccount(get_client(api_key=KEY), TEAM)

    assert len(account.list_members()) == 251

    with pytest.raises(UnknownOutcomeError, match="pages of members"):
        _endless(account, page)


def _endless(account: CalcomAccount, page: Sequence[object]) -> None:
    responses.reset()
    path = f"{API}/v2/teams/{TEAM}/memberships"
    responses.get(path, json={"status": "success", "data": page})
    account.list_members()
