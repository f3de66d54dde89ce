"""A simulator with one salon in it, and a way of talking to it over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

from calcom.simulator import Simulator

KEY = "cal_test_salon"
SLOTS = "2024-09-04"
BOOKINGS = "2024-08-13"
EVENT_TYPES = "2024-06-14"
TAKEN = "User either already has booking at this time or is not available"

MARA, JONAS = 7001, 7002
CUT, COLOUR, CUT_OF_JONAS = 3001, 3002, 3003

# The Tuesday these tests live in begins at seven in the morning, Berlin's clock.
NOW = datetime(2030, 1, 8, 6, tzinfo=UTC)


def at(clock: str, *, day: int = 8) -> str:
    """Spell a moment of that Tuesday, or of another day of January 2030, on Berlin's clock."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2030, 1, day, hour - 1, minute, tzinfo=UTC).isoformat()


def utc(clock: str, *, day: int = 8) -> str:
    """Spell the same moment as Cal.com does."""
    return at(clock, day=day).replace("+00:00", ".000Z")


def attendee(**changes: Any) -> dict[str, Any]:
    lena = {"name": "Lena Vogt", "email": "lena@example.com", "timeZone": "Europe/Berlin"}
    return lena | changes


@dataclass(slots=True)
class Salon:
    """Mara and Jonas, who work from nine to seven, and what a client asks Cal.com about them."""

    simulator: Simulator
    session: requests.Session = field(default_factory=requests.Session)

    def ask(
        self,
        method: str,
        path: str,
        *,
        version: str | None = BOOKINGS,
        key: str | None = KEY,
        **more: Any,
    ) -> requests.Response:
        headers = {"cal-api-version": version, "Authorization": f"Bearer {key}" if key else None}
        sent = {name: value for name, value in headers.items() if value is not None}
        return self.session.request(
            method, self.simulator.url + path, headers=sent, timeout=10, **more
        )

    def slots(self, *, version: str | None = SLOTS, **query: Any) -> requests.Response:
        day = {"start": at("09:00"), "end": at("19:00"), "timeZone": "Europe/Berlin"}
        asked = {"eventTypeId": CUT} | day | query
        return self.ask("GET", "/v2/slots", version=version, key=None, params=asked)

    def starts(self, **query: Any) -> list[str]:
        """Return the clock times of a day's slots, such as `09:00`."""
        days = self.slots(**query).json()["data"]
        return [slot["start"][11:16] for day in days.values() for slot in day]

    def book(
        self,
        start: str = "10:00",
        event_type: int = CUT,
        *,
        key: str | None = KEY,
        **more: Any,
    ) -> requests.Response:
        moment = at(start) if len(start) == len("10:00") else start
        body = {"start": moment, "eventTypeId": event_type, "attendee": attendee()} | more
        return self.ask("POST", "/v2/bookings", key=key, json=body)

    def booked(self, *args: Any, **more: Any) -> dict[str, Any]:
        """Book, and return the booking."""
        answer = self.book(*args, **more)
        assert answer.status_code == 201, answer.text
        return dict(answer.json()["data"])

    def get(self, uid: str) -> dict[str, Any]:
        return dict(self.ask("GET", f"/v2/bookings/{uid}").json()["data"])

    def cancel(self, uid: str, *, key: str | None = KEY, **body: Any) -> requests.Response:
        return self.ask("POST", f"/v2/bookings/{uid}/cancel", key=key, json=body)

    def reschedule(self, uid: str, start: str, **more: Any) -> requests.Response:
        body = {"start": at(start)} | more
        return self.ask("POST", f"/v2/bookings/{uid}/reschedule", json=body)

    def listed(self, **query: Any) -> dict[str, Any]:
        answer = self.ask("GET", "/v2/bookings", params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def uids(self, **query: Any) -> list[str]:
        return [booking["uid"] for booking in self.listed(**query)["data"]]


def message_of(answer: requests.Response) -> str:
    """Return the text of an error in the normal envelope."""
    return str(answer.json()["error"]["message"])


def seed(simulator: Simulator, **changes: Any) -> None:
    """Fill in the salon. The changes are for the cut: a slot interval, a notice, …."""
    hours = {day: [["09:00", "19:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
    simulator.seed(
        users=[
            {
                "id": MARA,
                "name": "Mara",
                "email": "mara@salon.example",
                "username": "mara",
                "timeZone": "Europe/Berlin",
                "schedule": hours,
            },
            {
                "id": JONAS,
                "name": "Jonas",
                "email": "jonas@salon.example",
                "username": "jonas",
                "timeZone": "Europe/Berlin",
                "schedule": hours,
            },
        ],
        event_types=[
            {"id": CUT, "title": "Cut", "slug": "cut", "lengthInMinutes": 30, "hosts": [MARA]}
            | changes,
            {
                "id": COLOUR,
                "title": "Colour",
                "slug": "colour",
                "lengthInMinutes": 60,
                "hosts": [MARA],
            },
            {
                "id": CUT_OF_JONAS,
                "title": "Cut",
                "slug": "cut",
                "lengthInMinutes": 30,
                "ownerId": JONAS,
            },
        ],
        api_keys={KEY: MARA},
    )


@contextmanager
def simulated_salon() -> Iterator[Salon]:
    with Simulator() as simulator:
        simulator.set_clock(NOW)
        seed(simulator)
        salon = Salon(simulator)
        try:
            yield salon
        finally:
            salon.session.close()
