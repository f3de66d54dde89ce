"""How long a request has waited for a thread; pure, for the web server loads it first."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

WORK_SECONDS = 1.5  # of a function's time, kept for doing what it has to do
_queued_seconds: ContextVar[float] = ContextVar("queued_seconds", default=0.0)


@contextmanager
def queued(seconds: float) -> Iterator[None]:
    """Say how long the request that is answered inside has waited for a thread."""
    token = _queued_seconds.set(seconds)
    try:
        yield
    finally:
        _queued_seconds.reset(token)


def queued_seconds() -> float:
    """Return how long the current request waited; 0 where the web server does not say."""
    return _queued_seconds.get()


def comes_too_late(seconds: float) -> bool:
    """Whether a function with this much time has waited so long that it would answer late.

    Then it is better not begun: nobody is kept waiting, and whoever comes next is in time.
    """
    return queued_seconds() > seconds - WORK_SECONDS
