"""What the contract checks run against: the simulator always, the real service when it is named.

CALCOM_CONTRACT_KEY           an API key of a throw-away account
CALCOM_CONTRACT_EVENT_TYPE    the id of a personal event type of its owner: hidden, one
                              length of 30 minutes, 120 minutes' notice
CALCOM_CONTRACT_URL           https://api.cal.com unless it says otherwise
CALCOM_CONTRACT_WEBHOOK_URL   a public https address that leads to this machine …
CALCOM_CONTRACT_WEBHOOK_PORT  … at this port
"""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from calcom.simulator import Simulator
from tests.contract.receiving import Receiver, receiving
from tests.contract.simulated import BOOKINGS, SLOTS

BERLIN = "Europe/Berlin"
MINUTES, NOTICE = 30, 120
NOBODY = 999_999_999
UNTIL_SLOTS_ARE_FRESH_SECONDS = 2.5

NAMED = ("CALCOM_CONTRACT_KEY", "CALCOM_CONTRACT_EVENT_TYPE")
REAL = pytest.param(
    "real",
    marks=[
        pytest.mark.enable_socket,
        pytest.mark.skipif(
            not all(os.environ.get(name) for name in NAMED),
            reason=f"the real service is asked only with {' and '.join(NAMED)}",
        ),
    ],
)


@dataclass(slots=True)
class Service:
    """Cal.com, real or simulated, and how to ask it."""

    url: str
    key: str
    event_type_id: int
    simulator: Simulator | None
    made: list[str] = field(default_factory=list)
    session: requests.Session = field(default_factory=requests.Session)

    def now(self) -> datetime:
        if self.simulator:
            return self.simulator.world.clock.now()
        return datetime.now(UTC)

    def ask(
        self,
        method: str,
        path: str,
        *,
        version: str | None = BOOKINGS,
        key: str | None = "",
        **more: Any,
    ) -> requests.Response:
        """Ask with the account's key, another one, or with None without any."""
        key = self.key if key == "" else key
        headers = {"cal-api-version": version, "Authorization": f"Bearer {key}" if key else None}
        sent = {name: value for name, value in headers.items() if value}
        return self.session.request(method, self.url + path, headers=sent, timeout=30, **more)

    def slots(self, *, days: int = 7, **query: Any) -> requests.Response:
        first = (self.now() + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        asked = {
            "eventTypeId": self.event_type_id,
            "start": first.isoformat(),
            "end": (first + timedelta(days=days)).isoformat(),
            "timeZone": BERLIN,
        }
        return self.ask("GET", "/v2/slots", version=SLOTS, key=None, params=asked | query)

    def starts(self, **query: Any) -> list[datetime]:
        answer = self.slots(**query)
        assert answer.status_code == 200, answer.text
        days = answer.json()["data"]
        return sorted(datetime.fromisoformat(slot["start"]) for day in days for slot in days[day])

    def body(self, start: datetime | str, **more: Any) -> dict[str, Any]:
        """Return the body of a create, for an attendee of its own."""
        name = uuid.uuid4().hex[:12]
        booker = {"name": "Eva Muster", "email": f"{name}@example.com", "timeZone": BERLIN}
        spelled = start if isinstance(start, str) else start.astimezone(UTC).isoformat()
        return {"start": spelled, "eventTypeId": self.event_type_id, "attendee": booker} | more

    def create(self, start: datetime | str, **more: Any) -> requests.Response:
        answer = self.ask("POST", "/v2/bookings", json=self.body(start, **more))
        if answer.status_code == 201:
            self.made.append(answer.json()["data"]["uid"])
        return answer

    def booked(self, start: datetime, **more: Any) -> dict[str, Any]:
        answer = self.create(start, **more)
        assert answer.status_code == 201, answer.text
        return dict(answer.json()["data"])

    def get(self, uid: str) -> dict[str, Any]:
        return dict(self.ask("GET", f"/v2/bookings/{uid}").json()["data"])

    def reschedule(self, uid: str, start: datetime, **more: Any) -> requests.Response:
        body = {"start": start.astimezone(UTC).isoformat()} | more
        answer = self.ask("POST", f"/v2/bookings/{uid}/reschedule", json=body)
        if answer.status_code == 201:
            self.made.append(answer.json()["data"]["uid"])
        return answer

    def cancel(self, uid: str, **body: Any) -> requests.Response:
        return self.ask("POST", f"/v2/bookings/{uid}/cancel", json=body)

    def let_slots_expire(self) -> None:
        """Wait until the real service computes the same slots anew; the simulator always does."""
        if self.simulator is None:
            time.sleep(UNTIL_SLOTS_ARE_FRESH_SECONDS)

    def clean_up(self) -> None:
        for uid in self.made:
            self.cancel(uid, cancellationReason="contract check")
        self.session.close()


@contextmanager
def simulated_service() -> Iterator[Service]:
    with Simulator() as simulator:
        simulator.set_clock(datetime(2030, 1, 8, 6, tzinfo=UTC))
        hours = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
        owner = {"id": 7001, "name": "Mara", "username": "mara", "schedule": hours}
        event_type = {
            "id": 3001,
            "title": "Contract",
            "slug": "contract",
            "lengthInMinutes": MINUTES,
            "minimumBookingNotice": NOTICE,
            "ownerId": 7001,
            "hidden": True,
        }
        simulator.seed(users=[owner], event_types=[event_type], api_keys={"cal_contract": 7001})
        yield Service(simulator.url, "cal_contract", 3001, simulator)


def real_service() -> Service:
    url = os.environ.get("CALCOM_CONTRACT_URL", "https://api.cal.com")
    key, event_type = (os.environ[name] for name in NAMED)
    return Service(url, key, int(event_type), None)


@contextmanager
def subscriber_of(service: Service) -> Iterator[Receiver]:
    """Receive what the service delivers; skip where the real one cannot reach this machine."""
    public = os.environ.get("CALCOM_CONTRACT_WEBHOOK_URL", "")
    if service.simulator is None and not public:
        pytest.skip("the real service delivers only to CALCOM_CONTRACT_WEBHOOK_URL")
    port = 0 if service.simulator else int(os.environ["CALCOM_CONTRACT_WEBHOOK_PORT"])
    with receiving(port=port) as receiver:
        if service.simulator is None:
            receiver.url = public
        yield receiver
