"""Whether an answer is what a script expects. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from booking_site.simulated_calls.script import Expected

OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer of the site.

    Attributes:
        http: the HTTP status.
        body: the JSON object; empty where there was none.
        milliseconds: how long the caller waited.
    """

    http: int
    milliseconds: float
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        return str(self.body.get("status", ""))

    @property
    def message(self) -> str:
        return str(self.body.get("message", ""))

    @property
    def data(self) -> Mapping[str, Any]:
        return dict(self.body.get("data") or {})

    @property
    def confirmation(self) -> str:
        """How much the agent is to confirm: "full", "brief", "none", "" where nothing is said."""
        return str((self.data.get("understood") or {}).get("confirmation") or "")

    @property
    def asks_confirmation(self) -> bool:
        """Whether a whole wish was understood that the caller has yet to say yes to."""
        wish = self.data.get("understood") or {}
        whole = bool(wish.get("date") and (wish.get("time") or wish.get("window")))
        return whole and self.confirmation in {"full", "brief"}

    @property
    def alternatives(self) -> int:
        return len(self.data.get("alternatives") or ())


def problems_of(
    answers: Sequence[Answered], expected: Expected, *, limit_ms: float | None
) -> Iterator[str]:
    """Yield what is not as expected: of the last answer, and of how many have which status.

    Args:
        answers: at least one.
        expected: with its placeholders replaced.
        limit_ms: how long each may have taken; None where nobody looks at the clock.
    """
    last = answers[-1]
    if expected.statuses:
        found = Counter(answer.status for answer in answers)
        if dict(found) != dict(expected.statuses):
            yield f"statuses are {dict(found)}, not {dict(expected.statuses)}"
    if last.http != expected.http:
        yield f"HTTP {last.http}, not {expected.http}"
    elif expected.http == OK:
        yield from _of_answer(last, expected)
    slowest = max(answer.milliseconds for answer in answers)
    if limit_ms is not None and slowest > limit_ms:
        yield f"took {slowest:.0f} ms, not {limit_ms:.0f}"


def _of_answer(answer: Answered, expected: Expected) -> Iterator[str]:
    if expected.status and answer.status != expected.status:
        yield f"status is {answer.status}, not {expected.status}: {answer.message}"
    if "success" in answer.body and answer.body["success"] != expected.success:
        yield f"success is {answer.body['success']}"
    yield from differences(expected.data, answer.data, path="data")
    for part in expected.says:
        if part.lower() not in answer.message.lower():
            yield f"does not say {part!r}, but: {answer.message}"
    for part in expected.never_says:
        if part.lower() in answer.message.lower():
            yield f"says {part!r}: {answer.message}"


def differences(expected: Any, found: Any, *, path: str) -> Iterator[str]:
    """Yield where something lacks what is expected. Keys that are not expected do not matter."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key, value in expected.items():
            if key in found:
                yield from differences(value, found[key], path=f"{path}.{key}")
            else:
                yield f"{path}.{key} is missing"
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            yield f"{path} has {len(found)} entries, not {len(expected)}: {found}"
        for number, (value, other) in enumerate(zip(expected, found, strict=False)):
            yield from differences(value, other, path=f"{path}.{number}")
    elif expected != found or isinstance(expected, bool) != isinstance(found, bool):
        yield f"{path} is {found!r}, not {expected!r}"
