"""A telephone line to the salon, and a Cal.com that it syncs with."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
import time_machine
from django.test import Client
from jsonschema import Draft202012Validator

from appointments.models import Appointment, Branch, Company, Service, Staff
from appointments.signals import availability_changed
from booking_site.api.objects import component, ref, schemas
from booking_site.demo.telephone import FUNCTIONS as ADDRESS
from booking_site.demo.telephone import Telephone
from calcom.models import CalcomEventMap
from tests.conftest import at
from tests.factories.appointments import PhoneNumberFactory
from tests.factories.back_office import client_of, receptionist
from tests.factories.calcom import map_service
from tests.syncing import Calcom, appoint, calcom_at
from tests.webhooks import SECRET, Door
from voice.envelope import VERSION
from voice.functions import FUNCTIONS
from voice.models import Agent
from voice.signature import sign

LENA, STRANGER = "+4915111111111", "+4915122222222"


@dataclass(slots=True, kw_only=True)
class Line(Telephone):
    """The telephone of the demo, through Django's test client."""

    client: Client

    def post(self, body: bytes, *, path: str = ADDRESS, **headers: str) -> Any:
        signature = sign(body, key=self.key, now=datetime.now(UTC))
        return self.client.post(
            path,
            data=body,
            content_type="application/json",
            headers={"X-Retell-Signature": signature} | headers,
        )

    def ask(self, function: str, **args: Any) -> dict[str, Any]:
        """Call a function; every answer that is signed is a 200, and as it is described."""
        response = self.post(self.envelope(function, args))
        assert response.status_code == 200, response.content
        answer = response.json()
        assert list(contract_of(function).iter_errors(answer)) == [], (function, answer)
        return answer

    def tell(
        self,
        event: str,
        *,
        path: str = "/api/voice/webhook/",
        beside: Mapping[str, Any] | None = None,
        **facts: Any,
    ) -> Any:
        """Post an event of this call: who calls whom, and the facts in it or `beside` it."""
        body = {"event": event, "call": self.call() | facts} | dict(beside or {})
        return self.post(json.dumps(body, ensure_ascii=False).encode(), path=path)

    def ring(self, *, path: str = "/api/voice/inbound/", **facts: Any) -> Any:
        """Post that this call comes in; the platform has no more to say of it yet."""
        call = {
            "call_id": self.call_id,
            "agent_id": self.agent_id,
            "from_number": self.from_number,
            "to_number": self.to_number,
        }
        body = {"event": "call_inbound", "call_inbound": call | facts}
        return self.post(json.dumps(body).encode(), path=path)


def contract_of(alias: str) -> Draft202012Validator:
    """Return what the API's description says of a function's answers, statuses included."""
    function = FUNCTIONS.get(VERSION.sub("", alias))
    return _contract(function.name if function else "")


@cache
def _contract(name: str) -> Draft202012Validator:
    known = schemas()
    answers = [ref(component(name))] if name else []
    return Draft202012Validator(
        {"anyOf": [*answers, ref("Failure")], "components": {"schemas": known}}
    )


def line_to(branch: Branch, *, from_number: str = LENA, **more: Any) -> Line:
    """Return a new call to a branch, which gets a number and an agent if it has none."""
    company = branch.company
    number = branch.phone_numbers.first() or PhoneNumberFactory.create(branch=branch)
    agent, _ = Agent.objects.get_or_create(company=company, agent_id=f"agent_{company.slug}")
    if not company.retell_api_key:
        Company.objects.filter(pk=company.pk).update(retell_api_key=f"key_{company.slug}")
    return Line(
        url="",
        key=f"key_{company.slug}",
        to_number=number.number,
        agent_id=agent.agent_id,
        from_number=from_number,
        client=Client(),
        **more,
    )


@pytest.fixture
def monday_noon(now: datetime) -> Iterator[None]:
    """Stand still at the moment that `now` is."""
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def desk(salon: Company) -> Client:
    """The reception of the salon, which reads English here."""
    client = client_of(receptionist(salon))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def monday(now: datetime) -> Iterator[datetime]:
    """Let the site's clock stand on the Monday before, at noon."""
    with time_machine.travel(now, tick=False):
        yield now


@pytest.fixture
def line(branch: Branch, monday: datetime) -> Line:
    """A call by somebody with a number, not a customer yet."""
    return line_to(branch)


@pytest.fixture
def calcom(salon: Company, now: datetime, settings: Any) -> Iterator[Calcom]:
    with calcom_at(now, settings, salon) as calcom:
        yield calcom


@pytest.fixture
def cut_maps(cut: Service, mara: Staff, calcom: Calcom) -> dict[str, CalcomEventMap]:
    maps = map_service(cut, mara)
    calcom.seed()
    return maps


@pytest.fixture
def perm_maps(perm: Service, mara: Staff, calcom: Calcom) -> dict[str, CalcomEventMap]:
    maps = map_service(perm, mara)
    calcom.seed()
    return maps


@pytest.fixture
def door(salon: Company, now: datetime) -> Door:
    """Where Cal.com tells this salon what has happened."""
    salon.calcom_webhook_secret = SECRET
    salon.save()
    return Door(salon, now)


@pytest.fixture
def appointment(calcom: Calcom, cut_maps, cut: Service, mara: Staff, now: datetime) -> Appointment:
    """Ours, at ten, in Cal.com too."""
    appointment = appoint(cut, mara, at(10))
    calcom.sync(appointment, now=now)
    calcom.simulator.clear_requests()
    return appointment


@pytest.fixture
def permed(calcom: Calcom, perm_maps, perm: Service, mara: Staff, now: datetime) -> Appointment:
    """Four bookings of ours, from nine on."""
    appointment = appoint(perm, mara, at(9))
    calcom.sync(appointment, now=now)
    calcom.simulator.clear_requests()
    return appointment


@pytest.fixture
def cleared() -> Any:
    """The companies whose cached slots were dropped."""
    companies: list[int] = []

    def keep(*, company_id: int, **_: object) -> None:
        companies.append(company_id)

    availability_changed.connect(keep)
    yield companies
    availability_changed.disconnect(keep)
