"""One tour of everything the simulator answers with success, and each answer with its route."""

from dataclasses import dataclass, field
from typing import Any

import requests

from tests.contract.simulated import (
    CUT,
    EVENT_TYPES,
    JONAS,
    MARA,
    SLOTS,
    Salon,
    at,
    attendee,
)

TEAM, ROUND_ROBIN = 50, 3010
OLD_SCHEDULES = "2024-06-11"
EVA = {"name": "Eva", "email": "eva@example.com", "timeZone": "Europe/Berlin"}
HOOK = {"subscriberUrl": "https://salon.example/hook", "triggers": [], "active": True}
SCHEDULE = {"name": "Evenings", "timeZone": "Europe/Berlin", "isDefault": False}


@dataclass(slots=True)
class Tour:
    """The answers so far, by the route as the published document names it."""

    cal: Salon
    answers: list[tuple[str, requests.Response]] = field(default_factory=list)

    def ask(self, route: str, *names: object, **more: Any) -> Any:
        """Ask for a route such as `GET /v2/bookings/{bookingUid}`; names replace its braces."""
        method, template = route.split(" ")
        path = template
        for name in names:
            before, _, after = path.partition("{")
            path = f"{before}{name}{after.partition('}')[2]}"
        answer = self.cal.ask(method, path, **more)
        assert answer.ok, f"{route}: {answer.text}"
        self.answers.append((route, answer))
        return answer.json().get("data")

    def book(self, start: str, event_type: int = CUT, **more: Any) -> str:
        body = {"start": at(start), "eventTypeId": event_type, "attendee": attendee()} | more
        return str(self.ask("POST /v2/bookings", json=body)["uid"])


def take_tour(cal: Salon) -> Tour:
    cal.simulator.seed(
        teams=[{"id": TEAM, "members": [{"userId": MARA}, {"userId": JONAS}]}],
        event_types=[
            {"id": CUT, "confirmationPolicy": {"type": "time", "noticeThreshold": HALF_A_DAY}},
            {
                "id": ROUND_ROBIN,
                "title": "Cut",
                "slug": "cut-anybody",
                "lengthInMinutes": 30,
                "hosts": [MARA, JONAS],
                "teamId": TEAM,
                "schedulingType": "roundRobin",
            },
        ],
    )
    tour = Tour(cal)
    tour.ask("GET /v2/me")
    _see_bookings(tour)
    _see_what_can_be_booked(tour)
    _see_teams(tour)
    for place, names in (
        ("/v2/webhooks", ()),
        ("/v2/event-types/{eventTypeId}/webhooks", (CUT,)),
        ("/v2/teams/{teamId}/event-types/{eventTypeId}/webhooks", (TEAM, ROUND_ROBIN)),
    ):
        _see_webhooks(tour, place, *names)
    return tour


HALF_A_DAY = {"unit": "hours", "count": 12}


def _see_bookings(tour: Tour) -> None:
    one = "/v2/bookings/{bookingUid}"
    uid = tour.book("10:00", metadata={"source": "voice"}, guests=["ida@example.com"])
    tour.ask(f"POST {one}/confirm", uid)
    tour.ask(f"GET {one}", uid)
    tour.ask("GET /v2/bookings", params={"status": "upcoming"})
    tour.ask(f"POST {one}/attendees", uid, json=EVA)
    first = tour.ask(f"GET {one}/attendees", uid)[0]
    tour.ask(f"GET {one}/attendees/{{attendeeId}}", uid, first["id"])
    tour.ask(f"POST {one}/guests", uid, json={"guests": [{"email": "uli@example.com"}]})
    tour.ask(f"PATCH {one}/location", uid, json={"location": {"type": "integration"}})
    moved = tour.ask(f"POST {one}/reschedule", uid, json={"start": at("11:00")})["uid"]
    tour.ask(f"POST {one}/cancel", moved, json={"cancellationReason": "krank"})
    tour.ask(f"POST {one}/decline", tour.book("14:00"), json={"reason": "Urlaub"})
    shared = tour.book("15:00", ROUND_ROBIN)
    tour.ask(f"POST {one}/reassign", shared)
    tour.ask(f"POST {one}/reassign/{{userId}}", shared, MARA, json={"reason": "krank"})
    tour.ask("GET /v2/teams/{teamId}/bookings", TEAM, params={"status": "upcoming"})
    past = tour.cal.simulator.add_foreign_booking(CUT, at("06:30"))["uid"]
    tour.ask(f"POST {one}/mark-absent", past, json={"host": True})


def _see_what_can_be_booked(tour: Tour) -> None:
    types, one = "/v2/event-types", "/v2/event-types/{eventTypeId}"
    perm = {"title": "Perm", "slug": "perm", "lengthInMinutes": 60}
    made = tour.ask(f"POST {types}", version=EVENT_TYPES, json=perm)["id"]
    tour.ask(f"GET {types}", version=EVENT_TYPES)
    tour.ask(f"PATCH {one}", made, version=EVENT_TYPES, json={"hidden": True})
    tour.ask(f"GET {one}", made, version=EVENT_TYPES)
    tour.ask(f"DELETE {one}", made, version=EVENT_TYPES)
    day = {"eventTypeId": CUT, "start": at("12:00"), "end": at("18:00")}
    for form in ("time", "range"):
        tour.ask("GET /v2/slots", version=SLOTS, params=day | {"format": form})
    kept, slot = "/v2/slots/reservations", {"eventTypeId": CUT, "slotStart": at("16:00")}
    uid = tour.ask(f"POST {kept}", version=SLOTS, json=slot)["reservationUid"]
    tour.ask(f"GET {kept}/{{uid}}", uid, version=SLOTS)
    tour.ask(f"PATCH {kept}/{{uid}}", uid, version=SLOTS, json=slot)
    tour.ask(f"DELETE {kept}/{{uid}}", uid, version=SLOTS)
    hours, one = "/v2/schedules", "/v2/schedules/{scheduleId}"
    made = tour.ask(f"POST {hours}", version=OLD_SCHEDULES, json=SCHEDULE)["id"]
    tour.ask(f"GET {hours}", version=OLD_SCHEDULES)
    tour.ask(f"GET {hours}/default", version=OLD_SCHEDULES)
    tour.ask(f"PATCH {one}", made, version=OLD_SCHEDULES, json={"name": "Late"})
    tour.ask(f"GET {one}", made, version=OLD_SCHEDULES)
    tour.ask(f"DELETE {one}", made, version=OLD_SCHEDULES)


def _see_teams(tour: Tour) -> None:
    team, members = "/v2/teams/{teamId}", "/v2/teams/{teamId}/memberships"
    tour.cal.simulator.seed(users=[{"id": 7003, "name": "Ida"}])
    tour.ask("GET /v2/teams")
    tour.ask(f"GET {team}", TEAM)
    tour.ask(f"GET {team}/schedules", TEAM)
    made = tour.ask(f"POST {members}", TEAM, json={"userId": 7003})["id"]
    tour.ask(f"GET {members}", TEAM)
    tour.ask(f"PATCH {members}/{{membershipId}}", TEAM, made, json={"role": "ADMIN"})
    tour.ask(f"GET {members}/{{membershipId}}", TEAM, made)
    tour.ask(f"DELETE {members}/{{membershipId}}", TEAM, made)
    types = f"{team}/event-types"
    perm = {"title": "Perm", "slug": "perm", "lengthInMinutes": 60, "schedulingType": "collective"}
    hosts = [{"userId": MARA, "mandatory": True, "priority": "medium"}]
    made = tour.ask(f"POST {types}", TEAM, json=perm | {"hosts": hosts})["id"]
    tour.ask(f"GET {types}", TEAM)
    tour.ask(f"PATCH {types}/{{eventTypeId}}", TEAM, made, json={"title": "Big perm"})
    tour.ask(f"GET {types}/{{eventTypeId}}", TEAM, made)
    tour.ask(f"DELETE {types}/{{eventTypeId}}", TEAM, made)
    managed = perm | {"slug": "managed", "schedulingType": "managed", "hosts": hosts}
    tour.ask(f"POST {types}", TEAM, json=managed)


def _see_webhooks(tour: Tour, place: str, *names: object) -> None:
    made = tour.ask(f"POST {place}", *names, json=HOOK)["id"]
    tour.ask(f"GET {place}", *names)
    tour.ask(f"PATCH {place}/{{webhookId}}", *names, made, json={"active": False})
    tour.ask(f"GET {place}/{{webhookId}}", *names, made)
    tour.ask(f"DELETE {place}/{{webhookId}}", *names, made)
