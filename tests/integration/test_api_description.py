"""The API as it is described: served, valid, and true of the addresses there are."""

import io
import json
import re

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import resolve

from booking_site.api.generator import Generator
from booking_site.api.objects import DATA, component
from voice import statuses
from voice.agent.flow import VARIABLES
from voice.agent.tools import functions, parameters
from voice.functions import FUNCTIONS
from voice.shapes import KEYS

NAMES = sorted(functions())


@pytest.fixture(scope="module")
def described():
    return Generator().get_schema(public=True)


def operations(described):
    return [
        (path, operation)
        for path, methods in described["paths"].items()
        for operation in methods.values()
    ]


def test_the_description_is_valid_and_warns_of_nothing():
    described = io.StringIO()

    call_command("spectacular", "--validate", "--fail-on-warn", stdout=described)

    assert "/api/voice/functions/start_booking/" in described.getvalue()


@pytest.mark.parametrize("path", ["/api/schema", "/api/schema/", "/api/docs", "/api/docs/"])
def test_it_is_served_with_and_without_the_last_slash(path, db):
    assert Client().get(path).status_code == 200


def test_its_page_asks_no_other_site_for_anything(db):
    page = Client().get("/api/docs/").content.decode()

    assert "swagger-ui" in page
    assert not re.findall(r"https?://", page)


def test_every_described_address_is_served_with_and_without_its_slash(described):
    for path, _operation in operations(described):
        address = re.sub(r"\{\w+\}", "salon-eins", path)
        assert resolve(address).func == resolve(address.rstrip("/")).func


def test_every_address_of_machines_is_described(described):
    served = {
        "/api/voice/functions/",
        "/api/voice/webhook/",
        "/api/voice/inbound/",
        "/api/calcom/webhook/{slug}/",
        *(f"/api/voice/functions/{name}/" for name in NAMES),
    }

    assert served == set(described["paths"])


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_described_as_it_hears_and_answers(described, name):
    operation = described["paths"][f"/api/voice/functions/{name}/"]["post"]
    answer = described["components"]["schemas"][component(name)]["properties"]

    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["args"]["anyOf"][0] == parameters(functions()[name])
    assert answer["status"]["enum"] == list(statuses.of(name))
    assert set(answer["data"]["required"]) == {*KEYS[name], "call_id"}
    assert set(operation["responses"]) == {"200", "400", "401", "413"}


def test_every_key_of_an_answer_has_a_type():
    promised = {key for keys in KEYS.values() for key in keys}

    assert promised - set(DATA) == set()


def test_every_operation_says_who_signs_it(described):
    schemes = described["components"]["securitySchemes"]

    for _path, operation in operations(described):
        assert [set(asked) <= set(schemes) for asked in operation["security"]] == [True]


def test_the_common_address_takes_every_name(described):
    body = described["paths"]["/api/voice/functions/"]["post"]["requestBody"]
    names = body["content"]["application/json"]["schema"]["properties"]["name"]["enum"]

    assert names == list(FUNCTIONS)


def test_every_variable_told_before_a_call_has_a_value_when_it_is_not_told(line):
    told = {"event": "call_inbound", "call_inbound": {"to_number": line.to_number}}

    response = line.post(json.dumps(told).encode(), path="/api/voice/inbound/")

    variables = set(response.json()["call_inbound"]["dynamic_variables"])
    assert variables - set(VARIABLES) == {"current_time"}  # which the platform has itself
