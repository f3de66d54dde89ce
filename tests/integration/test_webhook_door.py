"""The way in for Cal.com: what is kept, and what is turned away."""

import json

import pytest
from kombu.exceptions import OperationalError

from appointments.models import Company
from calcom.models import WebhookDelivery
from calcom.tasks import process_webhook
from tests.webhooks import Door

PING = json.dumps({"triggerEvent": "PING", "createdAt": "2030-01-07T11:00:00.000Z"}).encode()


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The messages that would have gone to the broker."""
    ids: list[int] = []
    monkeypatch.setattr(process_webhook, "delay", ids.append)
    return ids


@pytest.mark.parametrize("slash", ["", "/"])
def test_what_is_signed_is_kept_and_answered_at_once(
    door: Door, slash: str, rung, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        response = door.post(PING, slash=slash)

    assert (response.status_code, response.json()) == (200, {"status": "accepted"})
    delivery = WebhookDelivery.objects.get()
    assert (delivery.company, delivery.trigger, delivery.state) == (
        door.company,
        "PING",
        "received",
    )
    assert rung == [delivery.pk]


def test_the_same_body_twice_is_one_delivery(door: Door, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answers = [door.post(PING).json() for _ in range(2)]

    assert answers == [{"status": "accepted"}, {"status": "duplicate"}]
    assert WebhookDelivery.objects.count() == len(rung) == 1


@pytest.mark.parametrize("signature", ["", "0" * 64, "no-secret-provided", "sha256=ä"], ids=str)
def test_what_is_not_signed_is_refused_and_leaves_nothing(door: Door, signature: str):
    response = door.post(PING, **{"X-Cal-Signature-256": signature})

    assert (response.status_code, response.json()) == (401, {"error": "unsigned"})
    assert WebhookDelivery.objects.count() == 0


def test_without_a_secret_nobody_comes_in(door: Door):
    Company.objects.filter(pk=door.company.pk).update(calcom_webhook_secret="")
    door.secret = ""

    assert door.post(PING).status_code == 401
    assert WebhookDelivery.objects.count() == 0


def test_another_companys_secret_opens_no_door(door: Door):
    other = Company.objects.get(slug="salon-zwei")
    other.calcom_webhook_secret = "whsec_salon_zwei"
    other.save()
    door.secret = "whsec_salon_zwei"

    assert door.post(PING).status_code == 401
    assert Door(other, door.now, "whsec_salon_zwei").post(PING).status_code == 200


def test_one_changed_byte_is_refused(door: Door):
    signed = door.post(PING).wsgi_request.headers["X-Cal-Signature-256"]

    assert door.post(PING + b" ", **{"X-Cal-Signature-256": signed}).status_code == 401


def test_an_unknown_company_is_not_found(door: Door):
    door.company = Company(slug="salon-drei")

    assert door.post(PING).status_code == 404


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000], ids=repr)
def test_what_cannot_be_read_is_a_bad_request(door: Door, raw: bytes):
    assert door.post(raw).status_code == 400
    assert WebhookDelivery.objects.count() == 0


def test_a_huge_body_is_refused_unread(door: Door):
    assert door.post(b"x" * (256 * 1024 + 1)).status_code == 413


def test_only_a_post_comes_in(door: Door, client):
    assert client.get(f"/api/calcom/webhook/{door.company.slug}/").status_code == 405


def test_what_no_database_stores_is_left_out(door: Door):
    body = {"triggerEvent": "BOOKING\x00_CREATED\ud800", "payload": {"uid": "a\x00", "metadata": 7}}

    assert door.post(json.dumps(body).encode()).status_code == 200

    assert WebhookDelivery.objects.get().facts == {
        "trigger": "BOOKING_CREATED",
        "uid": "",
        "earlier_uid": "",
        "event_type_id": None,
        "appointment": "",
        "segment": "",
        "reason": "",
    }


def test_a_broker_that_is_down_does_not_turn_a_webhook_away(
    door: Door, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
):
    def refuse(_: int) -> None:
        raise OperationalError

    monkeypatch.setattr(process_webhook, "delay", refuse)

    with django_capture_on_commit_callbacks(execute=True):
        response = door.post(PING)

    assert response.status_code == 200
    assert WebhookDelivery.objects.count() == 1
