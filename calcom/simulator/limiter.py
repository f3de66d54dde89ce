"""The rate limiter: so many requests a minute per key or address, then a minute of refusals."""

import time
from dataclasses import dataclass


@dataclass(slots=True)
class Budget:
    """One caller's window, in seconds of the monotonic clock."""

    ends_at: float
    used: int = 0
    blocked_until: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the headers say. The reset is in seconds from now, not a moment."""

    limit: int
    remaining: int
    reset_seconds: int
    exceeded: bool

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit-Default": str(self.limit),
            "X-RateLimit-Remaining-Default": str(self.remaining),
            "X-RateLimit-Reset-Default": str(self.reset_seconds),
        }


class Limiter:
    """Counts by caller. It keeps real time, so that a stopped clock does not stop it.

    Source: Cal.com API v2, rate limits, read 2026-11: 120 in 60 s, then blocked for 60 s,
    no Retry-After.
    """

    def __init__(self) -> None:
        self._budgets: dict[str, Budget] = {}

    def count(self, caller: str, *, limit: int, seconds: float) -> Verdict:
        now = time.monotonic()
        budget = self._budgets.get(caller)
        if budget is None or now >= max(budget.ends_at, budget.blocked_until):
            budget = self._budgets[caller] = Budget(ends_at=now + seconds)
        budget.used += 1
        if budget.used == limit + 1:
            budget.blocked_until = now + seconds
        return Verdict(
            limit=limit,
            remaining=max(0, limit - budget.used),
            reset_seconds=round(max(budget.ends_at, budget.blocked_until) - now),
            exceeded=budget.used > limit,
        )

    def forget(self) -> None:
        self._budgets.clear()
