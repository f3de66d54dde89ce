"""What Cal.com lists as free, kept per event type and local day: the first cache layer."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from appointments.domain.intervals import Interval
from appointments.ports import Deadline
from calcom import caches, circuit
from calcom.client import CalcomClient, at_once
from calcom.errors import CalcomError
from calcom.payloads import Slot

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.05

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
    keys = caches.slots_keys(
        company_id=question.company_id,
        event_type_ids=question.event_type_ids,
        days=question.days,
        zone=question.zone,
    )
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
        if not deadline.left_seconds or circuit.is_open(question.company_id):
            return None
        locked = [stretch for stretch in _stretches(missing) if caches.lock(keys[stretch[0]])]
        if not locked:
            time.sleep(min(POLL_SECONDS, deadline.left_seconds))
            continue
        try:
            # Whoever had the lock before may have answered since we looked.
            found = _read({place: keys[place] for stretch in locked for place in stretch})
            ours = [stretch for stretch in locked if any(place not in found for place in stretch)]
            answers = _fetch(ours, question, client=client, deadline=deadline)
            caches.write({keys[place]: starts for place, starts in answers.items()})
        finally:
            caches.unlock([keys[stretch[0]] for stretch in locked])
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
        circuit.note(question.company_id, answer)
    return found


def _within(day: Interval, slots: Iterable[Slot]) -> Starts:
    return [slot.starts_at for slot in slots if day.holds(slot.starts_at)]


def _read(keys: Mapping[Place, str]) -> dict[Place, Starts]:
    found = caches.read(keys.values())
    return {place: found[key] for place, key in keys.items() if key in found}
