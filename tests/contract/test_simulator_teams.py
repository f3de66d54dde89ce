"""Teams in the simulator: who is in them, what they offer, and the children of managed types."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.contract.receiving import receiving
from tests.contract.simulated import (
    BOOKINGS,
    EVENT_TYPES,
    JONAS,
    MARA,
    SLOTS,
    Salon,
    at,
    attendee,
    message_of,
    simulated_salon,
)

TEAM = 50
OF_JONAS = "cal_test_jonas"
PERM = {"title": "Perm", "slug": "perm", "lengthInMinutes": 60}


@pytest.fixture
def cal() -> Iterator[Salon]:
    with simulated_salon() as salon:
        salon.simulator.seed(
            teams=[
                {
                    "id": TEAM,
                    "name": "Salon",
                    "slug": "salon",
                    "members": [{"userId": MARA, "role": "OWNER"}, {"userId": JONAS}],
                }
            ],
            users=[{"id": 7003, "name": "Ida", "api_key": "cal_test_ida"}],
            api_keys={OF_JONAS: JONAS},
        )
        salon.simulator.seed(account="other", users=[{"id": 9001, "api_key": "cal_other"}])
        yield salon


def ask(cal: Salon, method: str, path: str = "", **more: Any) -> requests.Response:
    return cal.ask(method, "/v2/teams" + path, version=None, **more)


def make(cal: Salon, scheduling_type: str, *hosts: int, **more: Any) -> Any:
    given = PERM | {"schedulingType": scheduling_type} | more
    if hosts:
        given["hosts"] = [{"userId": host} for host in hosts]
    answer = ask(cal, "POST", f"/{TEAM}/event-types", json=given)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def child_of(cal: Salon, username: str) -> Any:
    query = {"username": username, "eventSlug": "perm"}
    answer = cal.ask("GET", "/v2/event-types", version=EVENT_TYPES, key=None, params=query)
    found = answer.json()["data"]
    return found[0] if found else None


def test_a_key_lists_its_accounts_teams(cal):
    (team,) = ask(cal, "GET").json()["data"]

    assert (team["id"], team["name"], team["slug"]) == (TEAM, "Salon", "salon")
    assert ask(cal, "GET", f"/{TEAM}").json()["data"] == team
    assert ask(cal, "GET", key="cal_other").json()["data"] == []
    assert ask(cal, "GET", f"/{TEAM}", key="cal_other").status_code == 404


def test_an_admin_lists_the_members_in_pages_and_by_e_mail(cal):
    members = ask(cal, "GET", f"/{TEAM}/memberships").json()["data"]
    second = ask(cal, "GET", f"/{TEAM}/memberships", params={"take": 1, "skip": 1})
    by_mail = ask(cal, "GET", f"/{TEAM}/memberships", params={"emails": "jonas@salon.example"})
    too_many = ask(cal, "GET", f"/{TEAM}/memberships", params={"take": 251})

    assert [(each["userId"], each["role"]) for each in members] == [
        (MARA, "OWNER"),
        (JONAS, "ADMIN"),
    ]
    assert members[0]["user"]["username"] == "mara"
    assert second.json()["data"] == by_mail.json()["data"] == members[1:]
    assert too_many.status_code == 400


def test_members_come_change_and_go(cal):
    path = f"/{TEAM}/memberships"

    made = ask(cal, "POST", path, json={"userId": 7003, "role": "MEMBER", "accepted": True})
    again = ask(cal, "POST", path, json={"userId": 7003})
    stranger = ask(cal, "POST", path, json={"userId": 9001})
    one = f"{path}/{made.json()['data']['id']}"
    by_member = ask(cal, "GET", path, key="cal_test_ida")
    changed = ask(cal, "PATCH", one, json={"role": "ADMIN"})
    by_admin = ask(cal, "GET", path, key="cal_test_ida")
    gone = ask(cal, "DELETE", one)

    assert (made.status_code, again.status_code, stranger.status_code) == (201, 409, 404)
    assert (by_member.status_code, by_admin.status_code) == (403, 200)
    assert changed.json()["data"]["role"] == "ADMIN"
    assert gone.json()["data"]["userId"] == 7003
    assert ask(cal, "GET", one).status_code == 404


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("collective", "collective"), ("COLLECTIVE", "collective"), ("ROUND_ROBIN", "roundRobin")],
)
def test_a_teams_event_type_is_made_with_its_hosts(cal, sent, shown):
    made = make(cal, sent, MARA, JONAS)

    assert (made["teamId"], made["ownerId"], made["parentEventTypeId"]) == (TEAM, None, None)
    assert made["schedulingType"] == shown
    assert [host["userId"] for host in made["hosts"]] == [MARA, JONAS]
    assert made["team"]["slug"] == "salon"
    public = ask(cal, "GET", f"/{TEAM}/event-types", key=None)
    assert public.json()["data"] == [made]
    assert ask(cal, "GET", f"/{TEAM}/event-types/{made['id']}").json()["data"] == made


def test_a_teams_event_types_are_checked(cal):
    def refused(**changes: Any) -> int:
        given = PERM | {"schedulingType": "collective"} | changes
        return ask(cal, "POST", f"/{TEAM}/event-types", json=given).status_code

    make(cal, "collective", MARA)

    assert refused(slug="other", schedulingType="sometimes") == 400
    assert refused(slug="other", hosts=[{"userId": MARA}], assignAllTeamMembers=True) == 400
    assert refused(slug="other", hosts=[{"userId": 7003}]) == 404
    assert refused(hosts=[{"userId": MARA}]) == 400  # the slug is taken


def test_only_an_admin_makes_changes_and_removes_a_teams_event_types(cal):
    path = f"/{TEAM}/event-types/{make(cal, 'collective', MARA)['id']}"

    by_nobody = ask(cal, "PATCH", path, key="cal_test_ida", json={"title": "x"})
    gone = ask(cal, "DELETE", path, key=OF_JONAS)

    assert by_nobody.status_code == 403
    assert gone.json()["data"]["title"] == "Perm"
    assert ask(cal, "GET", path).status_code == 404


def test_another_scheduling_type_without_hosts_has_none_and_cannot_be_booked(cal):
    made = make(cal, "collective", MARA, JONAS)
    path = f"/{TEAM}/event-types/{made['id']}"

    changed = ask(cal, "PATCH", path, json={"schedulingType": "roundRobin"})

    assert changed.json()["data"]["hosts"] == []
    assert cal.book("10:00", made["id"]).status_code == 422


def test_all_members_host_what_is_assigned_to_all_also_those_who_join_later(cal):
    made = make(cal, "roundRobin", assignAllTeamMembers=True)
    joined = {"userId": 7003, "accepted": True}
    ask(cal, "POST", f"/{TEAM}/memberships", json=joined)

    (shown,) = ask(cal, "GET", f"/{TEAM}/event-types", params={"hostsLimit": 2}).json()["data"]

    assert [host["userId"] for host in made["hosts"]] == [MARA, JONAS]
    assert len(shown["hosts"]) == 2
    assert len(shown["users"]) == 3


def test_slots_and_bookings_find_a_teams_event_type_by_slug(cal):
    made = make(cal, "roundRobin", MARA, JONAS)
    query = {"eventTypeSlug": "perm", "teamSlug": "salon", "start": at("09:00"), "end": at("19:00")}

    slots = cal.ask("GET", "/v2/slots", version=SLOTS, params=query)
    booked = cal.book("10:00", 0, eventTypeId=None, eventTypeSlug="perm", teamSlug="salon")
    unknown = cal.book("10:00", 0, eventTypeId=None, eventTypeSlug="perm", teamSlug="none")

    assert "2030-01-08" in slots.json()["data"]
    assert booked.json()["data"]["eventTypeId"] == made["id"]
    assert (unknown.status_code, message_of(unknown)) == (404, "Team with slug none not found")


def test_a_team_lists_its_bookings(cal):
    made = make(cal, "managed", MARA)
    cal.booked("10:00")
    uid = cal.booked("12:00", made[1]["id"])["uid"]

    listed = ask(cal, "GET", f"/{TEAM}/bookings", params={"afterUpdatedAt": "2031-01-01"})

    assert [booking["uid"] for booking in listed.json()["data"]] == [uid]


def test_a_managed_type_is_made_as_a_list_of_parent_and_children(cal):
    parent, *children = make(cal, "MANAGED", MARA, JONAS)

    assert parent["schedulingType"] == "managed"
    assert [child["ownerId"] for child in children] == [MARA, JONAS]
    assert {child["slug"] for child in children} == {"perm"}
    (listed,) = ask(cal, "GET", f"/{TEAM}/event-types").json()["data"]
    assert listed == parent
    assert child_of(cal, "jonas")["id"] == children[1]["id"]


def test_a_child_can_be_booked_and_its_parent_cannot(cal):
    parent, child, _ = make(cal, "managed", MARA, JONAS)

    refused = cal.book("10:00", parent["id"])
    booked = cal.booked("10:00", child["id"], attendee=attendee(email="eva@example.com"))

    assert refused.status_code == 400
    assert "is the parent managed event type that can't be booked" in message_of(refused)
    assert booked["hosts"][0]["id"] == MARA
    assert cal.uids(eventTypeId=parent["id"]) == [booked["uid"]]


def test_what_the_parent_becomes_its_children_become(cal):
    parent, child, _ = make(cal, "managed", MARA, JONAS)

    changed = ask(
        cal, "PATCH", f"/{TEAM}/event-types/{parent['id']}", json={"lengthInMinutes": 75}
    ).json()["data"]

    assert [each["lengthInMinutes"] for each in changed] == [75, 75, 75]
    assert cal.booked("10:00", child["id"])["duration"] == 75


def test_a_host_who_goes_and_comes_back_has_another_child(cal):
    parent, _, child = make(cal, "managed", MARA, JONAS)
    path = f"/{TEAM}/event-types/{parent['id']}"

    ask(cal, "PATCH", path, json={"hosts": [{"userId": MARA}]})
    vanished = cal.book("10:00", child["id"])
    ask(cal, "PATCH", path, json={"hosts": [{"userId": MARA}, {"userId": JONAS}]})

    assert vanished.status_code == 404
    assert child_of(cal, "jonas")["id"] not in {child["id"], None}


def test_who_leaves_the_team_loses_their_child(cal):
    make(cal, "managed", MARA, JONAS)
    members = ask(cal, "GET", f"/{TEAM}/memberships").json()["data"]

    ask(cal, "DELETE", f"/{TEAM}/memberships/{members[1]['id']}")

    assert child_of(cal, "jonas") is None
    assert child_of(cal, "mara") is not None


def test_a_removed_parent_takes_its_children_along_and_leaves_their_bookings(cal):
    parent, child, _ = make(cal, "managed", MARA, JONAS)
    uid = cal.booked("10:00", child["id"])["uid"]

    ask(cal, "DELETE", f"/{TEAM}/event-types/{parent['id']}")

    assert child_of(cal, "mara") is None
    assert cal.get(uid)["eventType"] is None


def test_a_managed_type_can_be_seeded_with_its_children(cal):
    cal.simulator.seed(
        event_types=[
            PERM | {"id": 3500, "teamId": TEAM, "schedulingType": "managed", "hosts": [MARA]},
            PERM | {"id": 3501, "slug": "other", "ownerId": MARA},
        ]
    )

    assert child_of(cal, "mara")["id"] == 3502


def test_the_parents_webhook_hears_of_the_childrens_bookings(cal):
    parent, child, _ = make(cal, "managed", MARA, JONAS)
    with receiving() as receiver:
        given = {"subscriberUrl": receiver.url, "triggers": ["BOOKING_CREATED"], "active": True}
        path = f"/{TEAM}/event-types/{parent['id']}/webhooks"
        made = ask(cal, "POST", path, json=given)
        uid = cal.booked("10:00", child["id"])["uid"]

    assert made.json()["data"]["eventTypeId"] == parent["id"]
    assert [event.payload["uid"] for event in receiver.events] == [uid]


def test_a_moved_round_robin_may_go_to_another_host_unless_it_keeps_the_same(cal):
    made = make(cal, "roundRobin", MARA, JONAS)
    cal.booked("12:00")  # Mara's
    first = cal.booked("10:00", made["id"])
    kept = cal.reschedule(first["uid"], "12:00", rescheduleWithSameHost=True)
    moved = cal.reschedule(first["uid"], "12:00")

    assert first["hosts"][0]["id"] == MARA
    assert kept.status_code == 400
    assert moved.json()["data"]["hosts"][0]["id"] == JONAS


def test_an_exhausted_round_robin_can_be_a_500(cal):
    made = make(cal, "roundRobin", MARA)
    cal.booked("10:00")
    cal.simulator.switch(round_robin_500=True)

    answer = cal.book("10:00", made["id"])

    assert answer.json() == {"statusCode": 500, "message": "Internal server error"}
    assert cal.ask("GET", "/v2/bookings", version=BOOKINGS).json()["pagination"]["totalItems"] == 1
