"""The way in: who may come in, which salon is meant, and what a repetition hears."""

import json

import pytest

from appointments.models import Appointment
from booking_site.demo.telephone import FUNCTIONS
from tests.factories.appointments import BranchFactory
from tests.integration.conftest import STRANGER, line_to
from voice.models import Agent, Call, FunctionCall
from voice.shapes import KEYS


def stored() -> tuple[int, int]:
    return Call.objects.count(), FunctionCall.objects.count()


@pytest.mark.parametrize("header", ["", "v=1,d=" + "0" * 64, "sha256=abc"])
def test_what_is_not_signed_is_refused_and_leaves_nothing(line, header):
    body = line.envelope("check_customer", {})

    response = line.post(body, **{"X-Retell-Signature": header})

    assert (response.status_code, response.json()) == (401, {"error": "unsigned"})
    assert stored() == (0, 0)


def test_another_companys_key_opens_no_door(line):
    line.key = "key_of_somebody_else"

    response = line.post(line.envelope("check_customer", {}))

    assert response.status_code == 401
    assert stored() == (0, 0)


def test_one_changed_byte_is_refused(line):
    body = line.envelope("check_customer", {})
    signed = line.post(body).wsgi_request.headers["X-Retell-Signature"]

    response = line.post(body + b" ", **{"X-Retell-Signature": signed})

    assert response.status_code == 401


@pytest.mark.parametrize("body", [b"[]", b"null", b"{", b"[" * 100_000])
def test_what_cannot_be_read_is_a_bad_request(line, body):
    assert line.post(body).status_code == 400


def test_a_huge_body_is_refused_unread(line):
    assert line.post(b"x" * (256 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("path", [FUNCTIONS, FUNCTIONS.rstrip("/")])
def test_the_address_works_with_and_without_its_slash(line, path):
    response = line.post(line.envelope("get_current_context", {}), path=path)

    assert response.json()["status"] == "ok"


def test_an_unknown_function_is_answered_in_words(line):
    answer = line.ask("book_flight")

    assert (answer["success"], answer["status"]) == (False, "unknown_function")
    assert (
        answer["message"] == "Dabei kann ich leider nicht helfen. Was kann ich sonst für Sie tun?"
    )


def test_an_unknown_number_with_an_agent_of_nobody_is_no_tenant(line, settings):
    settings.RETELL_API_KEY = "key_fallback"
    line.key, line.to_number, line.agent_id = "key_fallback", "+493023125999", "agent_nobody"

    answer = line.ask("check_customer")

    assert (answer["success"], answer["status"]) == (False, "tenant_unknown")
    assert stored() == (0, 0)


@pytest.mark.parametrize("name", sorted(KEYS))
def test_an_unknown_salon_is_told_with_every_key_and_the_id_of_the_call(line, settings, name):
    settings.RETELL_API_KEY = line.key = "key_fallback"
    line.to_number, line.agent_id = "+493023125999", "agent_nobody"

    answer = line.ask(name)

    assert answer["status"] == "tenant_unknown"
    assert answer["data"] == KEYS[name] | {"call_id": line.call_id}


def test_a_number_and_an_agent_of_different_companies_are_refused(line):
    other = BranchFactory.create()
    line.agent_id = Agent.objects.create(company=other.company, agent_id="agent_other").agent_id

    answer = line.ask("check_customer")

    assert (answer["success"], answer["status"]) == (False, "tenant_unknown")
    assert stored() == (0, 0)


def test_the_agent_alone_names_a_company_with_one_branch(line):
    line.to_number = ""

    assert line.ask("get_current_context")["data"]["salon"]["name"] == "Salon Eins"


def test_a_call_without_an_id_is_unknown(line):
    line.call_id = ""

    answer = line.ask("start_booking", call_id="current")

    assert (answer["success"], answer["status"]) == (False, "call_unknown")
    assert stored() == (0, 0)


def test_a_call_never_changes_its_company(line):
    line.ask("check_customer")
    intruder = line_to(BranchFactory.create(company__slug="salon-drei"), call_id=line.call_id)

    answer = intruder.ask("check_customer")

    assert (answer["success"], answer["status"]) == (False, "tenant_unknown")
    assert Call.objects.get().company.slug == "salon-eins"


def test_a_repeated_invocation_hears_the_stored_answer(line, perm):
    body = line.envelope(
        "start_booking",
        {"service": "Dauerwelle", "datetime": "2030-01-08 10:00", "customer_name": "Lena Vogt"},
    )

    first, again = line.post(body), line.post(body)

    assert first.content == again.content
    assert Appointment.objects.confirmed().count() == 1
    assert FunctionCall.objects.count() == 1


def test_what_is_stored_of_a_function_call_names_nobody(line, cut):
    line.ask(
        "start_booking",
        service="Herrenhaarschnitt",
        datetime="2030-01-08 10:00",
        customer_name="Lena Vogt",
        customer_email="lena at example punkt com",
    )

    row = FunctionCall.objects.get()
    assert row.arguments == {
        "service": "Herrenhaarschnitt",
        "datetime": "2030-01-08 10:00",
        "customer_name": "…",
        "customer_email": "…",
    }
    assert (row.name, row.status) == ("start_booking", "booked")


def test_a_bug_is_one_fixed_apology(line, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("appointments.queries.is_open_on", fail)

    answer = line.ask("get_current_context")

    assert (answer["success"], answer["status"]) == (False, "technical_problem")
    assert "secret" not in json.dumps(answer)


def test_two_salons_in_turn_hear_only_of_themselves(line, branch, perm):
    other = BranchFactory.create(company__name="Salon Drei", company__slug="salon-drei")
    theirs = line_to(other, from_number=STRANGER)

    answers = [(line, "Salon Eins"), (theirs, "Salon Drei"), (line, "Salon Eins")]

    for telephone, name in answers:
        assert telephone.ask("get_current_context")["data"]["salon"]["name"] == name
    assert (
        theirs.ask("check_availability", service="Dauerwelle", datetime="2030-01-08 10:00")[
            "status"
        ]
        == "service_not_found"
    )


@pytest.mark.parametrize("text", ["a\u0000b", "a\ud800b", "a\u202eb", "a\u200bb"])
def test_what_cannot_be_stored_or_seen_is_left_out(line, cut, text):
    line.agent_id += text[1:-1]
    line.call_id += text[1:-1]

    answer = line.ask(
        "start_booking",
        service=cut.name,
        datetime="2030-01-08 10:00",
        customer_name=f"Lena {text}",
        **{f"key{text}": text},
    )

    assert answer["status"] == "booked"
    assert Appointment.objects.get().customer_name == "Lena ab"
    assert FunctionCall.objects.get().arguments["keyab"] == "ab"


def test_nothing_unsigned_reaches_the_database_with_odd_characters(line):
    line.key, line.agent_id = "key_of_somebody_else", "a\ud800\u0000"

    assert line.post(line.envelope("check_customer", {})).status_code == 401


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_json_does_not_know_is_a_bad_request(line, number):
    body = line.envelope("check_customer", {"x": "here"}).replace(b'"here"', number.encode(), 1)

    assert line.post(body.replace(b'"here"', b'"x"')).status_code == 400


def test_a_dead_cache_costs_no_booking(line, cut, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:9/0",
        }
    }

    free = line.ask("check_availability", service=cut.name, datetime="2030-01-08 10:00")
    booked = line.ask("start_booking", time="10 Uhr", customer_name="Lena Vogt")

    assert (free["status"], booked["status"]) == ("available", "booked")
