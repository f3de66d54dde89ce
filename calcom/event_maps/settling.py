"""Checking and pushing many event maps, one after the other, for as long as there is time."""

import time
from collections.abc import Sequence
from datetime import datetime

from appointments.models import Company
from calcom.errors import CalcomError
from calcom.event_maps.creating import FINAL
from calcom.event_maps.drifting import check_maps, push, with_purpose
from calcom.event_maps.failures import note_failure
from calcom.event_maps.missing import key_of
from calcom.event_maps.problems import CannotMapError
from calcom.models import CalcomEventMap


def check_each(
    *, company: Company, map_ids: Sequence[int], now: datetime, within_seconds: float
) -> list[int]:
    """Check some maps of a company, and note on each what was in the way.

    Returns:
        those for which there was no time; none if there was not even time for one.
    """
    maps = CalcomEventMap.objects.filter(company=company, pk__in=map_ids)
    try:
        checked = check_maps(company=company, maps=maps, now=now, within_seconds=within_seconds)
    except CalcomError as error:
        _note_on(_unchecked(company, map_ids, now=now), CannotMapError.of(error), now=now)
        return []
    return [row.pk for row in _unchecked(company, map_ids, now=now)] if checked else []


def push_each(
    *, company: Company, map_ids: Sequence[int], now: datetime, within_seconds: float
) -> list[int]:
    """Make the event types of some maps of a company as they should be, each for itself.

    What is in the way is noted on the map; what would be in the way of all, on all.

    Returns:
        those for which there was no time.
    """
    began = time.monotonic()
    maps = CalcomEventMap.objects.filter(company=company, pk__in=map_ids)
    rows = list(with_purpose(maps).order_by("pk"))
    for number, row in enumerate(rows):
        if number and time.monotonic() - began > within_seconds:
            return [left.pk for left in rows[number:]]
        try:
            push(row, now=now)
        except CannotMapError as error:
            if error.problem in FINAL:
                _note_on(rows[number + 1 :], error, now=now)
                return []
    return []


def _unchecked(company: Company, map_ids: Sequence[int], *, now: datetime) -> list[CalcomEventMap]:
    maps = CalcomEventMap.objects.filter(company=company, pk__in=map_ids)
    return [row for row in maps.order_by("pk") if row.checked_at is None or row.checked_at < now]


def _note_on(rows: Sequence[CalcomEventMap], error: CannotMapError, *, now: datetime) -> None:
    for row in rows:
        note_failure(key_of(row), error.problem, error.facts, company_id=row.company_id, now=now)
