"""Leaving Cal.com alone for a while after it failed several times in a row."""

import structlog
from django.core.cache import cache

from calcom.errors import PacedError, TransientError, UnknownOutcomeError
from calcom.forgiving import Forgiving

log = structlog.get_logger(__name__)

# So many failures in a row open it for so long; so many successes close it again.
FAILURES_TO_OPEN, SUCCESSES_TO_CLOSE, OPEN_SECONDS = 5, 2, 60


def is_open(company_id: int) -> bool:
    """Whether Cal.com is not to be asked now: the database decides."""
    with Forgiving():
        return cache.get(_key(company_id, "open")) is not None
    return False


def note(company_id: int, answer: object) -> None:
    """Count failures in a row, and successes after too many of them.

    A refusal is an answer too: only what was not answered properly speaks of an outage. What
    we did not send says nothing.
    """
    if isinstance(answer, PacedError):
        return
    failures, successes = _key(company_id, "bad"), _key(company_id, "good")
    failed = isinstance(answer, UnknownOutcomeError | TransientError)
    with Forgiving():
        if failed:
            cache.delete(successes)
            if _count(failures) >= FAILURES_TO_OPEN:
                cache.set(_key(company_id, "open"), 1, timeout=OPEN_SECONDS)
                log.warning("calcom.circuit_opened", company_id=company_id)
        elif cache.get(failures, 0) < FAILURES_TO_OPEN or _count(successes) >= SUCCESSES_TO_CLOSE:
            cache.delete_many([failures, successes])


def _key(company_id: int, what: str) -> str:
    return f"calcom:circuit:{company_id}:{what}"


def _count(key: str) -> int:
    cache.add(key, 0)
    return int(cache.incr(key))
