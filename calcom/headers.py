"""What an answer of Cal.com says beside its data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self

LONGEST_WAIT_SECONDS = 3600.0
# The names end in that of the limit that was met, such as "-Default".
RATE_LIMIT = {
    "limit": "x-ratelimit-limit",
    "remaining": "x-ratelimit-remaining",
    "reset_seconds": "x-ratelimit-reset",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an answer says beside its data. None where it does not say.

    Attributes:
        limit, remaining: requests that the rate limit allows, and how many are left of them.
        reset_seconds: until it counts anew.
        clock_ahead_seconds: how far Cal.com's clock is ahead of ours, to the second.
    """

    limit: int | None = None
    remaining: int | None = None
    reset_seconds: int | None = None
    clock_ahead_seconds: int | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Self:
        told = {name.lower(): value for name, value in headers.items()}
        limits = {
            name: next(
                (
                    int(value)
                    for key, value in told.items()
                    if key.startswith(start) and value.isdecimal()
                ),
                None,
            )
            for name, start in RATE_LIMIT.items()
        }
        date = told.get("date", "")
        return cls(**limits, clock_ahead_seconds=round(_seconds_until(date)) if date else None)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Read how long to wait: from Retry-After, else from Cal.com's own header, in seconds."""
    told = headers.get("Retry-After") or next(
        (value for name, value in headers.items() if name.lower().startswith("x-ratelimit-reset")),
        "",
    )
    try:
        seconds = float(told)
    except ValueError:
        seconds = _seconds_until(told)
    return min(seconds, LONGEST_WAIT_SECONDS) if seconds > 0 else None


def _seconds_until(date: str) -> float:
    try:
        return (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        return 0.0
