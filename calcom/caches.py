"""Two layers of what was learnt about free time, and how a change makes both stale at once.

The first layer holds the raw slots of an event type and local day (`calcom.slots`), the second
the alternatives found for a request (`calcom.recall`). Nothing is ever deleted: a *generation*
is part of every key and is read before the work whose result is stored under it. Raising it is
one write, however much is cached, and an answer that was on its way meanwhile is stored where
nobody looks any more.

All keys are made here, and each names its company. A cache that is down is a miss: logged, and
nobody's failure.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import structlog
from django.core.cache import cache
from django.db import DatabaseError
from django.utils import timezone

from appointments.actions import tally
from appointments.domain.intervals import Interval
from appointments.models import Tallied
from calcom.forgiving import Forgiving
from calcom.metrics import cache_invalidations
from calcom.models import BOOKABLE_ID, CalcomEventMap

log = structlog.get_logger(__name__)
# A file cache looks and then writes; this makes one step of it for the threads of a process.
_adding = threading.Lock()

TTL_SECONDS, EMPTY_TTL_SECONDS = 60, 15
LOCK_SECONDS = 10


# --- Making stale -------------------------------------------------------------------------


def invalidate(*, company_id: int) -> None:
    """Make both layers stale for a company, and for whoever shares one of its event types.

    Those others lose the slots of what is shared, and their alternatives. One query, and one
    write as long as nothing is shared; one more counts it.
    """
    sharers = _get_sharers(company_id)
    _raise(
        [
            _company_generation(company_id),
            *(_event_type_generation(*shared) for shared in sharers),
            *(_alternatives_generation(other_id) for other_id, _ in sharers),
        ]
    )
    cache_invalidations.inc()
    log.info("Cleared BOTH cache layers", company_id=company_id)
    try:
        tally(company_id=company_id, what=Tallied.INVALIDATIONS, now=timezone.now())
    except DatabaseError as error:  # statistics: nobody's booking fails for them
        log.warning("calcom.not_tallied", why=str(error))


def invalidate_alternatives(*, company_id: int) -> None:
    """Make the second layer stale: a hold came or went, of which Cal.com knows nothing."""
    _raise([_alternatives_generation(company_id)])


def _get_sharers(company_id: int) -> Collection[tuple[int, int]]:
    """Return which other companies book one of this company's event types: (company, which)."""
    maps = CalcomEventMap.objects.annotate(books=BOOKABLE_ID)
    return list(
        maps.exclude(company=company_id)
        .filter(books__in=maps.filter(company=company_id).values("books"))
        .values_list("company_id", "books")
        .distinct()
    )


# --- Keys ---------------------------------------------------------------------------------


def _company_generation(company_id: int) -> str:
    return f"calcom:generation:{company_id}"


def _event_type_generation(company_id: int, event_type_id: int) -> str:
    """Name what is raised by another company with the same event type."""
    return f"calcom:generation:{company_id}:event-type:{event_type_id}"


def _alternatives_generation(company_id: int) -> str:
    return f"calcom:generation:{company_id}:alternatives"


def slots_keys(
    *, company_id: int, event_type_ids: Iterable[int], days: Collection[Interval], zone: str
) -> dict[tuple[int, Interval], str]:
    """Read the generations, and spell the key of each event type on each local day."""
    whole = _company_generation(company_id)
    shared = {
        event_type_id: _event_type_generation(company_id, event_type_id)
        for event_type_id in event_type_ids
    }
    now = _generations([whole, *shared.values()])
    return {
        (event_type_id, day): (
            f"calcom:slots:{company_id}:{event_type_id}:{now[whole]}:{now[generation]}"
            f":{day.start.timestamp():.0f}-{day.end.timestamp():.0f}:{zone}"
        )
        for event_type_id, generation in shared.items()
        for day in days
    }


def alternatives_key(*, company_id: int, question: str) -> str:
    """Read the generations, and spell the key of one search."""
    whole, alternatives = _company_generation(company_id), _alternatives_generation(company_id)
    now = _generations([whole, alternatives])
    asked = hashlib.blake2b(question.encode(), digest_size=16).hexdigest()
    return f"calcom:alternatives:{company_id}:{now[whole]}:{now[alternatives]}:{asked}"


def _generations(names: Collection[str]) -> dict[str, str]:
    """Return the generations as they are; one that was lost begins anew, never again."""
    now: dict[str, str] = {}
    with Forgiving():
        now |= cache.get_many(names)
    for name in names:
        if name not in now:
            now[name] = _new_generation()
            with Forgiving(), _adding:
                now[name] = str(cache.get_or_set(name, now[name], timeout=None))
    return now


def _raise(names: Iterable[str]) -> None:
    with Forgiving():
        cache.set_many({name: _new_generation() for name in names}, timeout=None)


def _new_generation() -> str:
    """Return one that was never used before, even if the cache has lost the one before it."""
    return f"{time.time_ns()}{secrets.token_hex(4)}"


# --- Reading and writing --------------------------------------------------------------------


def read(keys: Iterable[str]) -> dict[str, Any]:
    """Return what is known of these keys."""
    wanted = list(keys)
    with Forgiving():
        # Redis calls it an error to be asked for nothing.
        return dict(cache.get_many(wanted)) if wanted else {}
    return {}


def write(answers: Mapping[str, Collection[Any]]) -> None:
    """Keep answers, those that hold nothing for a shorter time."""
    full = {key: answer for key, answer in answers.items() if answer}
    empty = {key: answer for key, answer in answers.items() if not answer}
    with Forgiving():
        cache.set_many(full, timeout=TTL_SECONDS)
        cache.set_many(empty, timeout=EMPTY_TTL_SECONDS)


def lock(key: str) -> bool:
    """Take on the work whose result goes under a key, unless somebody else does it already."""
    with Forgiving(), _adding:
        return bool(cache.add(f"{key}:asking", 1, timeout=LOCK_SECONDS))
    return True


def unlock(keys: Iterable[str]) -> None:
    with Forgiving():
        cache.delete_many([f"{key}:asking" for key in keys])
