"""Whatever the description allows, and more, is answered: no 5xx, and no apology for a bug.

The same requests in every run; without `derandomize`, others.
"""

import hashlib
import hmac
import json
from itertools import count
from typing import Any

import schemathesis
from django.test import Client
from hypothesis import HealthCheck, settings

from appointments.models import Company
from booking_site.api.generator import Generator
from tests.integration.conftest import Line, contract_of
from tests.webhooks import SECRET

EXAMPLES = 10  # per operation; all of them within a minute
# Each request a call of its own: what one call may ask is limited.
CALL_IDS = (f"call_{number:028x}" for number in count(1))
API = schemathesis.openapi.from_dict(Generator().get_schema(public=True))


def fuzzed(operations: Any) -> Any:
    bounded = settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: operations.parametrize()(bounded(test))


@fuzzed(API.include(path_regex="^/api/voice/functions/"))
def test_a_function_answers_whatever_it_is_asked(case, line: Line, cut, perm):
    body = case.body
    if isinstance(body, dict) and isinstance(body.get("call"), dict):
        # The salon's own call, so that the arguments come as far as the function.
        known = {"to_number": line.to_number, "from_number": line.from_number}
        body = body | {"call": body["call"] | known | {"call_id": next(CALL_IDS)}}

    response = line.post(_bytes(body), path=case.formatted_path)

    assert response.status_code in {200, 400, 401}
    if response.status_code == 200:
        answer = response.json()
        assert answer["status"] != "technical_problem", body
        name = case.formatted_path.removeprefix("/api/voice/functions/").strip("/")
        if name:
            assert list(contract_of(name).iter_errors(answer)) == []


@fuzzed(API.include(path_regex="^/api/voice/(webhook|inbound)/"))
def test_an_event_of_a_call_is_answered_whatever_it_holds(case, line: Line):
    body = case.body
    for key in ("call", "call_inbound"):
        if isinstance(body, dict) and isinstance(body.get(key), dict):
            body = body | {key: body[key] | {"to_number": line.to_number}}

    response = line.post(_bytes(body), path=case.formatted_path)

    assert response.status_code in {200, 204, 400, 401}


@fuzzed(API.include(path_regex="^/api/calcom/"))
def test_a_webhook_of_cal_com_is_answered_whatever_it_holds(case, salon: Company):
    Company.objects.filter(pk=salon.pk).update(calcom_webhook_secret=SECRET)
    raw = _bytes(case.body)
    digest = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()

    response = Client().post(
        f"/api/calcom/webhook/{salon.slug}/",
        data=raw,
        content_type="application/json",
        headers={"X-Cal-Signature-256": digest},
    )

    assert response.status_code in {200, 400}


def _bytes(body: Any) -> bytes:
    # Nothing at all is something that may come, too.
    return json.dumps(body).encode("utf-8", "surrogatepass") if _is_json(body) else b""


def _is_json(body: Any) -> bool:
    return isinstance(body, dict | list | str | int | float | bool | None)
