"""The post office: signs events, tries once to deliver each, and remembers what it sent."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import requests

from calcom.simulator.faults import Fault, Faults
from calcom.simulator.webhooks.record import Webhook

TIMEOUT_SECONDS = 5.0
NO_SECRET = "no-secret-provided"  # noqa: S105 -- what the signature says when there is no secret
HEADERS = {"Content-Type": "application/json"}
# Kinds of fault that change what is said, before it is signed.
WITHOUT_EVENT_TYPE = "webhook_without_event_type"


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """One event for one subscriber.

    `statuses` has what the subscriber answered to each attempt, None where nothing came.
    """

    sequence: int
    at: str
    trigger: str
    uid: str
    url: str
    body: str
    signature: str
    version: str
    state: str = "new"  # held, dropped, delayed, overtaken, sent
    statuses: list[int | None] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class PostOffice:
    """Delivers, unless told otherwise once and at once.

    Nobody holds a lock while a subscriber is waited for.

    Args:
        faults: what may happen to an event on its way.
        now: the service's time, spelled.
        is_held: whether events wait to be delivered by hand.
        wait: sleeps so many seconds unless the service closes; tells whether it may go on.
    """

    def __init__(
        self,
        *,
        faults: Faults,
        now: Callable[[], str],
        is_held: Callable[[], bool],
        wait: Callable[[float], bool],
    ) -> None:
        self._faults, self._now, self._is_held, self._wait = faults, now, is_held, wait
        self._deliveries: list[Delivery] = []
        self._sent = 0
        self._lock = threading.Lock()

    def send(
        self,
        webhook: Webhook,
        told: Mapping[str, Any],
        *,
        trigger: str,
        uid: str,
        about: int | None = None,
    ) -> None:
        """Sign an event and deliver it. Whatever the subscriber answers, that was it.

        Args:
            webhook: the subscriber.
            told: what is said.
            trigger: what happened.
            uid: to which booking.
            about: of which event type.
        """
        held = self._is_held()
        fault = None if held else self._faults.take_delivery(trigger, about)
        delivery = self._sign(webhook, told, trigger=trigger, uid=uid, fault=fault)
        if held:
            delivery.state = "held"
        elif fault:
            self._mishandle(delivery, fault)
        else:
            self._attempt(delivery)

    def deliver(self, sequences: Sequence[int]) -> list[dict[str, Any]]:
        """Attempt these deliveries in this order, sent before or not; none: all that is held.

        Raises:
            ValueError: there is no such delivery.
        """
        with self._lock:
            known = {delivery.sequence: delivery for delivery in self._deliveries}
        held = [number for number, delivery in known.items() if delivery.state == "held"]
        unknown = set(sequences) - set(known)
        if unknown:
            message = f"there is no delivery {sorted(unknown)}"
            raise ValueError(message)
        chosen = [known[number] for number in sequences or held]
        for delivery in chosen:
            self._attempt(delivery)
        return [asdict(delivery) for delivery in chosen]

    def read(self, *, trigger: str = "", uid: str = "") -> list[dict[str, Any]]:
        with self._lock:
            return [
                asdict(delivery)
                for delivery in self._deliveries
                if trigger in {"", delivery.trigger} and uid in {"", delivery.uid}
            ]

    def forget(self) -> None:
        """Forget what was sent, and drop what still waits."""
        with self._lock:
            self._deliveries.clear()

    def _sign(
        self,
        webhook: Webhook,
        told: Mapping[str, Any],
        *,
        trigger: str,
        uid: str,
        fault: Fault | None,
    ) -> Delivery:
        if fault and fault.kind == WITHOUT_EVENT_TYPE:
            told = _without_event_type(told)
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        with self._lock:
            self._sent += 1
            delivery = Delivery(
                sequence=self._sent,
                at=self._now(),
                trigger=trigger,
                uid=uid,
                url=webhook.url,
                body=body,
                signature=sign(webhook.secret, body),
                version=webhook.version,
                faults=[fault.kind] if fault else [],
            )
            self._deliveries.append(delivery)
        return delivery

    def _mishandle(self, delivery: Delivery, fault: Fault) -> None:
        if fault.kind == "webhook_dropped":
            delivery.state = "dropped"
        elif fault.kind == "webhook_delayed":
            delivery.state = "delayed"
            self._attempt_later(delivery, fault.seconds)
        elif fault.kind == "webhook_reordered":
            # The next one to the same subscriber overtakes it, if one comes in time.
            delivery.state = "overtaken"
            self._attempt_later(delivery, fault.seconds)
        else:
            self._attempt(delivery)
            if fault.kind == "webhook_doubled":
                self._attempt(delivery)

    def _attempt_later(self, delivery: Delivery, seconds: float) -> None:
        waiting = delivery.state

        def attempt() -> None:
            if self._wait(seconds) and self._claim(delivery, waiting):
                self._post(delivery)

        threading.Thread(target=attempt, daemon=True).start()

    def _attempt(self, delivery: Delivery) -> None:
        delivery.state = "sent"
        self._post(delivery)
        with self._lock:
            overtaken = [one for one in self._deliveries if one.url == delivery.url]
        for other in overtaken:
            if self._claim(other, "overtaken"):
                self._post(other)

    def _claim(self, delivery: Delivery, state: str) -> bool:
        """Take a delivery that waits in a state, so that it leaves once."""
        with self._lock:
            if delivery.state != state or delivery not in self._deliveries:
                return False
            delivery.state = "sent"
        return True

    def _post(self, delivery: Delivery) -> None:
        headers = HEADERS | {
            "X-Cal-Signature-256": delivery.signature,
            "X-Cal-Webhook-Version": delivery.version,
        }
        status = None
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy between here and a subscriber next door
                status = session.post(
                    delivery.url,
                    data=delivery.body.encode(),
                    headers=headers,
                    timeout=TIMEOUT_SECONDS,
                    allow_redirects=False,
                ).status_code
        except requests.RequestException:
            status = None  # it was the one attempt
        delivery.statuses.append(status)


def sign(secret: str | None, body: str) -> str:
    """Sign the exact bytes: hexadecimal HMAC-SHA256, or a fixed word without a secret."""
    if not secret:
        return NO_SECRET
    return hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()


def _without_event_type(told: Mapping[str, Any]) -> dict[str, Any]:
    payload = told.get("payload")
    if not isinstance(payload, dict):
        return {name: value for name, value in told.items() if name != "eventTypeId"}
    kept = {name: value for name, value in payload.items() if name not in {"eventTypeId", "type"}}
    return {**told, "payload": kept}
