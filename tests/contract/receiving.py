"""A subscriber to Cal.com's webhooks: it takes what comes, and keeps the bytes."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "s3cret-of-the-salon"


@dataclass(frozen=True, slots=True)
class Event:
    """One delivery as it arrived."""

    body: bytes
    signature: str
    version: str

    @property
    def told(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def trigger(self) -> str:
        return str(self.told["triggerEvent"])

    @property
    def payload(self) -> dict[str, Any]:
        return dict(self.told["payload"])

    def is_signed_with(self, secret: str) -> bool:
        expected = hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, self.signature)


@dataclass(slots=True)
class Receiver:
    """Answers `status`, after `when_told` has been called with the event."""

    url: str = ""
    status: int = 200
    events: list[Event] = field(default_factory=list)
    when_told: Callable[[Event], object] | None = None
    arrived: threading.Condition = field(default_factory=threading.Condition)

    @property
    def triggers(self) -> list[str]:
        return [event.trigger for event in self.events]

    def take(self, event: Event) -> int:
        if self.when_told:
            self.when_told(event)
        with self.arrived:
            self.events.append(event)
            self.arrived.notify_all()
        return self.status

    def wait_for(self, count: int) -> list[Event]:
        """Return the events once there are so many."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.events) >= count, timeout=10)
        return self.events


@contextmanager
def receiving(*, port: int = 0) -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            signature = self.headers.get("X-Cal-Signature-256", "")
            version = self.headers.get("X-Cal-Webhook-Version", "")
            self.send_response(receiver.take(Event(body, signature, version)))
            self.send_header("Location", receiver.url + "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/calcom"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
