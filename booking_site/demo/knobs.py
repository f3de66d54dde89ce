"""The knobs of a simulated Cal.com, over HTTP; docs/simulator.md lists them."""

from dataclasses import dataclass
from typing import Any

import requests

KNOB_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Knobs:
    """What can be set and asked.

    Every method raises `requests.RequestException` where the simulator is not there, or does
    not take it.
    """

    url: str

    def turn(self, knob: str, **body: Any) -> None:
        requests.post(self._url(knob), json=body, timeout=KNOB_TIMEOUT_SECONDS).raise_for_status()

    def forget(self, knob: str) -> None:
        requests.delete(self._url(knob), timeout=KNOB_TIMEOUT_SECONDS).raise_for_status()

    def read(self, knob: str, **query: str) -> list[dict[str, Any]]:
        response = requests.get(self._url(knob), params=query, timeout=KNOB_TIMEOUT_SECONDS)
        response.raise_for_status()
        return list(response.json())

    def _url(self, knob: str) -> str:
        return f"{self.url}/_simulator/{knob}"
