"""A simulator that runs on a thread of this process, and its knobs as methods."""

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlencode

from calcom.simulator.knobs import PREFIX, turn_knob
from calcom.simulator.moments import spell
from calcom.simulator.request import request_of
from calcom.simulator.server import SimulatorServer
from calcom.simulator.webhooks.meetings import keep_announcing
from calcom.simulator.world import World

POLL_SECONDS = 0.02
MEETING_SECONDS = 1.0

Body = dict[str, Any]


class KnobError(ValueError):
    """A knob was turned the wrong way; the text is what HTTP would have answered."""


class Simulator:
    """The simulated Cal.com, listening from `with` on.

    Each method is one knob of docs/simulator.md, with the same names and values as over
    HTTP, turned directly.

    Args:
        host: the address to listen on.
        port: 0 picks a free one; `url` says which.
        storage: a file that survives a restart, or ":memory:".

    Raises:
        OSError: the port is in use, or the address is not ours.
        sqlite3.Error: the file cannot be used.
    """

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, storage: str = ":memory:"
    ) -> None:
        self.world = World(storage)
        try:
            self._server = SimulatorServer(host, port, self.world)
        except OSError:
            self.world.close()
            raise
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True
        )
        self._meetings = threading.Thread(
            target=keep_announcing,
            args=(self.world,),
            kwargs={"every_seconds": MEETING_SECONDS},
            daemon=True,
        )
        self.url = f"http://{host}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._thread.start()
        self._meetings.start()

    def stop(self) -> None:
        """Stop listening, hang up, and wake whoever still sleeps. Call once, after `start`."""
        self._server.shutdown()
        self._thread.join()
        self.world.closing.set()
        self._meetings.join()  # before the storage it reads is gone
        self._server.close()
        self.world.close()

    def reset(self) -> None:
        self._turn("POST", "/reset")

    def seed(
        self,
        *,
        users: Sequence[Mapping[str, Any]] = (),
        event_types: Sequence[Mapping[str, Any]] = (),
        api_keys: Mapping[str, int] | None = None,
        teams: Sequence[Mapping[str, Any]] = (),
        webhooks: Sequence[Mapping[str, Any]] = (),
        account: str | None = None,
    ) -> None:
        """Create or update users, teams, event types, keys and subscribers of an account."""
        self._turn(
            "POST",
            "/seed",
            users=list(users),
            event_types=list(event_types),
            api_keys=dict(api_keys or {}),
            teams=list(teams),
            webhooks=list(webhooks),
            account=account,
        )

    def add_fault(self, kind: str, **options: Any) -> Body:
        """Add a fault; the options are the fields of `faults.Fault`, and the answer is it."""
        return dict(self._turn("POST", "/faults", kind=kind, **options))

    def mix_faults(self, **options: Any) -> list[Body]:
        """Add a fault of each kind; see `faults.mixture`, and `seed` for the dice."""
        return list(self._turn("POST", "/faults/mix", **options))

    def faults(self) -> list[Body]:
        return list(self._turn("GET", "/faults"))

    def clear_faults(self) -> None:
        self._turn("DELETE", "/faults")

    def add_foreign_booking(
        self,
        event_type_id: int,
        start: datetime | str,
        *,
        attendee: Mapping[str, Any] | None = None,
    ) -> Body:
        """Book as somebody in Cal.com itself would, past all checks, and return the booking."""
        spelled = start if isinstance(start, str) else spell(start)
        return dict(
            self._turn(
                "POST",
                "/foreign_bookings",
                event_type_id=event_type_id,
                start=spelled,
                attendee=dict(attendee or {}),
            )
        )

    def move_foreign_booking(self, uid: str, start: datetime | str) -> Body:
        """Move any booking as somebody in Cal.com itself would, and return the new one."""
        spelled = start if isinstance(start, str) else spell(start)
        return dict(self._turn("POST", f"/foreign_bookings/{uid}/move", start=spelled))

    def cancel_foreign_booking(self, uid: str, *, request_reschedule: bool = False) -> Body:
        """Cancel any booking as somebody in Cal.com itself would."""
        body = {"request_reschedule": request_reschedule}
        return dict(self._turn("DELETE", f"/foreign_bookings/{uid}", **body))

    def deliveries(self, *, trigger: str = "", uid: str = "") -> list[Body]:
        """Return the events for subscribers, oldest first, and what became of them."""
        return list(self._turn("GET", "/deliveries?" + urlencode({"trigger": trigger, "uid": uid})))

    def clear_deliveries(self) -> None:
        self._turn("DELETE", "/deliveries")

    def deliver(self, *sequences: int) -> list[Body]:
        """Deliver these events in this order, again if need be; without any, all held ones."""
        return list(self._turn("POST", "/deliveries", sequences=sequences))

    def requests(self, *, path: str = "", method: str = "") -> list[Body]:
        """Return the log, oldest first. The path is a regular expression, from the start."""
        return list(self._turn("GET", "/requests?" + urlencode({"path": path, "method": method})))

    def clear_requests(self) -> None:
        self._turn("DELETE", "/requests")

    def bookings(self) -> list[Body]:
        return list(self._turn("GET", "/bookings"))

    def set_clock(self, now: datetime | None) -> None:
        self._turn("POST", "/clock", now=spell(now) if now else None)

    def switch(self, **switches: Any) -> None:
        self._turn("POST", "/switches", **switches)

    def _turn(self, method: str, knob: str, /, **body: Any) -> Any:
        answer = turn_knob(
            self.world,
            request_of(
                method=method,
                target=PREFIX + knob,
                headers={},
                content=json.dumps(body).encode(),
                peer="",
            ),
        )
        if not answer.succeeded:
            raise KnobError(answer.body)
        return answer.body
