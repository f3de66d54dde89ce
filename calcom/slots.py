"""What Cal.com lists as free: cached per event type and local day, and made stale by changes.

The generation of an event type is part of every key, and is read before Cal.com is asked: an
answer that was on its way while something changed is stored where nobody looks any more.
"""

import secrets
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.core.cache import cache

from appointments.domain.intervals import Interval
from appointments.ports import Deadline
from calcom.client import CalcomClient, at_once
from calcom.errors import CalcomError, TransientError, UnknownOutcomeError
from calcom.metrics import cache_invalidations
from calcom.models import BOOKABLE_ID, CalcomEventMap
from calcom.payloads import Slot

log = structlog.get_logger(__name__)
# A file cache looks and then writes; this makes one step of it for the threads of a process.
_adding = threading.Lock()

TTL_SECONDS, EMPTY_TTL_SECONDS = 60, 15
LOCK_SECONDS = 10
POLL_SECONDS = 0.05
# So many failures in a row, and Cal.com is left alone for a while; so many successes heal it.
FAILURES_TO_OPEN, SUCCESSES_TO_CLOSE, OPEN_SECONDS = 5, 2, 60

Starts = list[datetime]
Place = tuple[int, Interval]  # event type id, local day
Stretch = list[Place]  # days of one event type that follow each other


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsQuestion:
    """Which starts to look up.

    Attributes:
        company_id: whose view it is; part of every key.
        event_type_ids: of which event types.
        days: local days as [midnight, next midnight), in order.
        zone: in which zone those are days; Cal.com rounds its grid there.
    """

    company_id: int
    event_type_ids: Sequence[int]
    days: Sequence[Interval]
    zone: str


def get_starts(
    question: SlotsQuestion, *, client: CalcomClient, deadline: Deadline
) -> dict[int, Starts] | None:
    """Return the listed starts by event type, sorted; None when any is not known in time.

    Of several who miss the same day at once one asks Cal.com; the others wait for its
    answer, within their own deadlines.
    """
    keys = _keys_of(question)
    known: dict[Place, Starts] = {}
    while True:
        known |= _read({place: key for place, key in keys.items() if place not in known})
        missing = [place for place in keys if place not in known]
        if not missing:
            return {
                event_type_id: [
                    start for day in question.days for start in known[event_type_id, day]
                ]
                for event_type_id in question.event_type_ids
            }
        if not deadline.left_seconds or _is_circuit_open(question.company_id):
            return None
        locked = [stretch for stretch in _stretches(missing) if _lock(keys[stretch[0]])]
        if not locked:
            time.sleep(min(POLL_SECONDS, deadline.left_seconds))
            continue
        try:
            # Whoever had the lock before may have answered since we looked.
            found = _read({place: keys[place] for stretch in locked for place in stretch})
            ours = [stretch for stretch in locked if any(place not in found for place in stretch)]
            answers = _fetch(ours, question, client=client, deadline=deadline)
            _write({keys[place]: starts for place, starts in answers.items()})
        finally:
            _unlock([keys[stretch[0]] for stretch in locked])
        known |= found | answers
        if any(stretch[0] not in answers for stretch in ours):
            return None


def _stretches(missing: Iterable[Place]) -> Iterator[Stretch]:
    """Join days that follow each other, so that each event type is asked as rarely as can be."""
    stretch: Stretch = []
    for event_type_id, day in missing:
        if stretch and (stretch[-1][0], stretch[-1][1].end) != (event_type_id, day.start):
            yield stretch
            stretch = []
        stretch.append((event_type_id, day))
    if stretch:
        yield stretch


def _fetch(
    stretches: Sequence[Stretch],
    question: SlotsQuestion,
    *,
    client: CalcomClient,
    deadline: Deadline,
) -> dict[Place, Starts]:
    """Ask Cal.com in parallel; what it does not answer in time, or refuses, is left out."""
    calls = {
        number: partial(
            client.get_slots,
            event_type_id=stretch[0][0],
            window=Interval(stretch[0][1].start, stretch[-1][1].end),
            zone=question.zone,
            timeout_seconds=max(deadline.left_seconds, POLL_SECONDS),
        )
        for number, stretch in enumerate(stretches)
    }
    found: dict[Place, Starts] = {}
    for number, answer in at_once(calls, within_seconds=deadline.left_seconds):
        if isinstance(answer, CalcomError):
            log.warning(
                "calcom.slots_failed", event_type_id=stretches[number][0][0], why=str(answer)
            )
        else:
            found |= {place: _within(place[1], answer) for place in stretches[number]}
        _note_health(question.company_id, answer)
    return found


def _within(day: Interval, slots: Iterable[Slot]) -> Starts:
    return [slot.starts_at for slot in slots if day.holds(slot.starts_at)]


def invalidate(*, company_id: int) -> None:
    """Forget what is cached for a company, and for whoever shares one of its event types."""
    maps = CalcomEventMap.objects.annotate(books=BOOKABLE_ID)
    shared = (
        maps.filter(books__in=maps.filter(company=company_id).values("books"))
        .values_list("company_id", "books")
        .distinct()
    )
    fresh = {
        _generation_key(company, event_type): _new_generation() for company, event_type in shared
    }
    try:
        cache.set_many(fresh, timeout=None)
    except Exception as error:  # whatever the cache raises when it is down
        log.warning("calcom.cache_failed", exc_info=error)
    cache_invalidations.inc()


# --- All keys, and the cache that may be down: then everything is a miss ------------------


def _generation_key(company_id: int, event_type_id: int) -> str:
    return f"calcom:generation:{company_id}:{event_type_id}"


def _new_generation() -> str:
    """Return one that was never used before, even if the cache has lost the one before it."""
    return f"{time.time_ns()}{secrets.token_hex(4)}"


def _keys_of(question: SlotsQuestion) -> dict[Place, str]:
    """Read the generations, and spell the keys that go with them."""
    generations = {
        event_type_id: _generation(_generation_key(question.company_id, event_type_id))
        for event_type_id in question.event_type_ids
    }
    return {
        (event_type_id, day): (
            f"calcom:slots:{question.company_id}:{event_type_id}:{generation}"
            f":{day.start.timestamp():.0f}-{day.end.timestamp():.0f}:{question.zone}"
        )
        for event_type_id, generation in generations.items()
        for day in question.days
    }


def _generation(key: str) -> str:
    try:
        with _adding:
            return str(cache.get_or_set(key, _new_generation, timeout=None))
    except Exception as error:
        log.warning("calcom.cache_failed", exc_info=error)
        return _new_generation()


def _read(keys: Mapping[Place, str]) -> dict[Place, Starts]:
    try:
        found: dict[str, Any] = cache.get_many(keys.values())
    except Exception as error:
        log.warning("calcom.cache_failed", exc_info=error)
        return {}
    return {place: found[key] for place, key in keys.items() if key in found}


def _write(answers: Mapping[str, Starts]) -> None:
    try:
        for ttl, chosen in (
            (TTL_SECONDS, {key: starts for key, starts in answers.items() if starts}),
            (EMPTY_TTL_SECONDS, {key: starts for key, starts in answers.items() if not starts}),
        ):
            cache.set_many(chosen, timeout=ttl)
    except Exception as error:
        log.warning("calcom.cache_failed", exc_info=error)


def _is_circuit_open(company_id: int) -> bool:
    try:
        return cache.get(f"calcom:circuit:{company_id}:open") is not None
    except Exception as error:
        log.warning("calcom.cache_failed", exc_info=error)
        return False


def _note_health(company_id: int, answer: object) -> None:
    """Count failures in a row, and successes after too many of them.

    A refusal is an answer too: only what was not answered properly speaks of an outage.
    """
    failures, successes = (f"calcom:circuit:{company_id}:{what}" for what in ("bad", "good"))
    failed = isinstance(answer, UnknownOutcomeError | TransientError)
    try:
        if failed:
            cache.delete(successes)
            if _count(failures) >= FAILURES_TO_OPEN:
                cache.set(f"calcom:circuit:{company_id}:open", 1, timeout=OPEN_SECONDS)
                log.warning("calcom.circuit_opened", company_id=company_id)
        elif cache.get(failures, 0) < FAILURES_TO_OPEN or _count(successes) >= SUCCESSES_TO_CLOSE:
            cache.delete_many([failures, successes])
    except Exception as error:
        log.warning("calcom.cache_failed", exc_info=error)


def _count(key: str) -> int:
    cache.add(key, 0)
    return int(cache.incr(key))


def _lock(key: str) -> bool:
    try:
        with _adding:
            return bool(cache.add(f"{key}:asking", 1, timeout=LOCK_SECONDS))
    except Exception as error:
        log.warning("calcom.cache_failed", exc_info=error)
        return True


def _unlock(keys: Iterable[str]) -> None:
    try:
        cache.delete_many([f"{key}:asking" for key in keys])
    except Exception as error:
        log.warning("calcom.cache_failed", exc_info=error)
