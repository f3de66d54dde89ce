"""Faults: which there are, which requests they meet, and how often they still will."""

import random
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from calcom.simulator.request import Request

CREATES = "/v2/bookings$"


class Stage(StrEnum):
    """When a fault acts: before the request is looked at, while, or after it succeeded.

    Or when subscribers are told of it.
    """

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of fault. `method` and `path` are whom it meets when it does not say."""

    stage: Stage
    means: str
    method: str = ""
    path: str = "/v2/"
    seconds: float = 0.0


KINDS = {
    "fail": Kind(stage=Stage.BEFORE, means="`status` and `body`, default 500; nothing is stored"),
    "html_524": Kind(stage=Stage.BEFORE, means="the edge's HTML page, 524 or `status`"),
    "slow": Kind(stage=Stage.BEFORE, means="wait `seconds`, then as usual", seconds=1.0),
    "reset": Kind(stage=Stage.BEFORE, means="connection reset, nothing is stored"),
    "rate_limited": Kind(stage=Stage.BEFORE, means="429, with Retry-After if `retry_after`"),
    "timeout": Kind(
        stage=Stage.BEFORE,
        means="`seconds` of silence, then the edge's 504 or `status`; nothing is stored",
        seconds=30.0,
    ),
    "stale": Kind(
        stage=Stage.DURING,
        means="201 with the newest other booking, nothing is stored; waits for there to be one",
        method="POST",
        path=CREATES,
    ),
    "stale_slots": Kind(
        stage=Stage.DURING,
        means="slots that know nothing of bookings of the last `seconds` (0: of any)",
        method="GET",
        path="/v2/slots$",
    ),
    "stale_bookings": Kind(
        stage=Stage.DURING,
        means="reads that know nothing of bookings of the last `seconds` (0: of any)",
        method="GET",
        path="/v2/bookings(/[^/]+)?$",
    ),
    "create_then_400": Kind(
        stage=Stage.AFTER,
        means="stored, then 400 `User either already has booking…`",
        method="POST",
        path=CREATES,
    ),
    "create_then_500": Kind(
        stage=Stage.AFTER, means="stored, then 500 or `status`", method="POST", path=CREATES
    ),
    "create_then_timeout": Kind(
        stage=Stage.AFTER,
        means="stored, then `seconds` of silence before the answer",
        method="POST",
        path=CREATES,
        seconds=30.0,
    ),
    "commit_then_500": Kind(stage=Stage.AFTER, means="done, then 500 or `status`", method="POST"),
    "commit_then_timeout": Kind(
        stage=Stage.AFTER,
        means="done, then `seconds` of silence before the answer",
        method="POST",
        seconds=30.0,
    ),
    "commit_then_reset": Kind(
        stage=Stage.AFTER, means="done, then the connection is reset", method="POST"
    ),
    "wrong_start": Kind(
        stage=Stage.DURING,
        means="stored and answered `seconds` later than asked",
        method="POST",
        path=CREATES,
        seconds=900.0,
    ),
    "hosts_missing": Kind(
        stage=Stage.AFTER, means="the answer lacks `hosts`", method="POST", path=CREATES
    ),
    "webhook_dropped": Kind(stage=Stage.DELIVERY, means="the event never leaves"),
    "webhook_doubled": Kind(stage=Stage.DELIVERY, means="the same bytes are delivered twice"),
    "webhook_delayed": Kind(
        stage=Stage.DELIVERY, means="delivered `seconds` later, on its own", seconds=1.0
    ),
    "webhook_reordered": Kind(
        stage=Stage.DELIVERY,
        means="delivered after the subscriber's next event, or `seconds` later",
        seconds=5.0,
    ),
    "webhook_without_event_type": Kind(
        stage=Stage.DELIVERY, means="the event does not say of which event type it is"
    ),
}


NUMBERS = {"event_type_id", "times", "probability", "seconds", "status", "retry_after"}


@dataclass(slots=True, kw_only=True)
class Fault:
    """A fault that waits for its requests. `times` None: until it is cleared.

    Those of deliveries are met by a `trigger` (any when empty), not by a method and a path.
    """

    kind: str
    method: str
    path: str
    event_type_id: int | None = None
    trigger: str = ""
    times: int | None = 1
    probability: float = 1.0
    seconds: float = 0.0
    status: int | None = None
    body: object = None
    retry_after: int | None = None
    id: int = 0
    applied: int = 0

    @property
    def stage(self) -> Stage:
        return KINDS[self.kind].stage

    @property
    def exhausted(self) -> bool:
        return self.times is not None and self.applied >= self.times

    def meets(self, request: Request, event_type_id: int | None) -> bool:
        return (
            not self.exhausted
            and self.stage is not Stage.DELIVERY
            and self.method in {"", request.method}
            and re.match(self.path, request.path) is not None
            and self.event_type_id in {None, event_type_id}
        )

    def meets_delivery(self, trigger: str, event_type_id: int | None) -> bool:
        return (
            not self.exhausted
            and self.stage is Stage.DELIVERY
            and self.trigger in {"", trigger}
            and self.event_type_id in {None, event_type_id}
        )


def fault_of(kind: str, **options: Any) -> Fault:
    """Build a fault, with its kind's defaults.

    Raises:
        ValueError: unknown kind, unknown option, or a path that is no regular expression.
        TypeError: something else than a number where one is needed.
    """
    if kind not in KINDS:
        message = f"unknown kind {kind!r}; there are {', '.join(KINDS)}"
        raise ValueError(message)
    defaults = KINDS[kind]
    given: dict[str, Any] = {
        "method": defaults.method,
        "path": defaults.path,
        "seconds": defaults.seconds,
    }
    # Who names a path or a method means exactly that, not the kind's usual prey as well.
    if "path" in options and "method" not in options:
        given["method"] = ""
    try:
        fault = Fault(kind=kind, **(given | options))
        re.compile(fault.path)
    except (TypeError, re.error) as error:
        raise ValueError(str(error)) from error
    for name in NUMBERS & set(options):
        if not isinstance(options[name], int | float | None):
            message = f"{name} is a number or null, not {options[name]!r}"
            raise TypeError(message)
    fault.method = fault.method.upper()
    return fault


# Kinds whose `seconds` are waited; those of the others say how far or how old.
WAITING = {
    "slow",
    "timeout",
    "create_then_timeout",
    "commit_then_timeout",
    "webhook_delayed",
    "webhook_reordered",
}


def mixture(
    *, probability: float, kinds: Sequence[str] = (), longest_seconds: float | None = None
) -> list[Fault]:
    """Return a fault of each kind, which stays and meets each of its requests by chance.

    Args:
        probability: of each, from 0 to 1.
        kinds: which; all of them by default.
        longest_seconds: what no wait exceeds; by default each waits as it usually does.

    Raises:
        ValueError: an unknown kind.
    """
    faults = []
    for kind in kinds or KINDS:
        fault = fault_of(kind, times=None, probability=probability)
        if longest_seconds is not None and kind in WAITING:
            fault.seconds = min(fault.seconds, longest_seconds)
        faults.append(fault)
    return faults


@dataclass(slots=True)
class Faults:
    """All faults, in the order they were added; at most one of each stage meets a request."""

    waiting: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _added: int = 0
    # A seed of its own: "half of the requests" are the same half in every run.
    _dice: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 -- no secret

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._added += 1
            fault.id = self._added
            self.waiting.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self.waiting.clear()

    def take(self, request: Request, event_type_id: int | None) -> dict[Stage, Fault]:
        """Claim the faults that meet a request, and count them as applied.

        Claimed on arrival, so that of two parallel requests only one meets a fault that
        acts once. Whoever could not apply one gives it back.
        """
        met: dict[Stage, Fault] = {}
        with self._lock:
            for fault in self.waiting:
                if fault.stage in met or not fault.meets(request, event_type_id):
                    continue
                if self._dice.random() < fault.probability:
                    fault.applied += 1
                    met[fault.stage] = fault
        return met

    def take_delivery(self, trigger: str, event_type_id: int | None) -> Fault | None:
        """Claim the oldest fault that meets an event on its way to a subscriber."""
        with self._lock:
            for fault in self.waiting:
                if not fault.meets_delivery(trigger, event_type_id):
                    continue
                if self._dice.random() < fault.probability:
                    fault.applied += 1
                    return fault
        return None

    def throw_again(self, seed: int) -> None:
        """Begin the row of dice anew, so that a campaign can be played again."""
        with self._lock:
            self._dice.seed(seed)

    def give_back(self, faults: Sequence[Fault]) -> None:
        with self._lock:
            for fault in faults:
                fault.applied -= 1
