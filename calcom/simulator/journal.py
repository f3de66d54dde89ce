"""The log of requests: what arrived, what was answered, and which fault was at work."""

import re
import threading
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

from calcom.simulator.request import Request

LONGEST = 100_000
SHOWN = 4  # characters of a key


@dataclass(slots=True, kw_only=True)
class Entry:
    """One request. `status` is None while it is being answered, or when nothing was answered."""

    sequence: int
    at: str
    method: str
    path: str
    query: dict[str, str]
    version: str
    authorization: str
    body: object
    status: int | None = None
    milliseconds: int | None = None
    faults: list[str] = field(default_factory=list)


class Journal:
    """The requests since the last reset, oldest first; the oldest are dropped past 100,000.

    Attendees' addresses and numbers stay in the bodies, since tests look for them; of a
    key only the last four characters do.
    """

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=LONGEST)
        self._written = 0
        self._lock = threading.Lock()

    def open(self, request: Request, *, at: str) -> Entry:
        """Enter a request when it arrives, so that one still hanging is visible."""
        with self._lock:
            self._written += 1
            entry = Entry(
                sequence=self._written,
                at=at,
                method=request.method,
                path=request.path,
                query=dict(request.query),
                version=request.version,
                authorization=f"…{request.key[-SHOWN:]}" if request.key else "",
                body=request.body_as_sent(),
            )
            self._entries.append(entry)
        return entry

    def read(self, *, path: str = "", method: str = "") -> list[dict[str, Any]]:
        """Return the entries whose path matches (a regular expression, from the start)."""
        with self._lock:
            return [
                asdict(entry)
                for entry in self._entries
                if re.match(path, entry.path) and (not method or entry.method == method.upper())
            ]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
