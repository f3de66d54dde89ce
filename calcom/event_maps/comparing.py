"""In what an event type differs from what its map needs it to be, and remembering that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from appointments.actions.announcing import announce_availability
from calcom.event_maps.designing import purpose_of
from calcom.event_maps.failures import settle
from calcom.event_maps.missing import key_of
from calcom.models import BREAKING, CalcomEventMap, DriftKind, EventMapDrift
from calcom.payloads import EventType

LONGEST_TEXT = 255


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which an event type is not as it should be.

    Attributes:
        ours, theirs: as text; numbers of people, lengths in minutes, "True" or "False".
    """

    kind: DriftKind
    ours: str = ""
    theirs: str = ""

    @property
    def is_breaking(self) -> bool:
        return self.kind in BREAKING


def compare(event_map: CalcomEventMap, event_type: EventType | None) -> list[Difference]:
    """Return in what they differ, what matters most first.

    Args:
        event_map: whose staff member, company and recipe are at hand, saved or not.
        event_type: the one that would be booked, as Cal.com shows it; None if it shows none.
    """
    if event_type is None:
        return [Difference(DriftKind.GONE, str(event_map.bookable_id))]
    if event_type.is_managed:
        return [Difference(DriftKind.MANAGED, theirs=str(event_type.id))]
    return list(_differences(event_map, event_type))


def _differences(event_map: CalcomEventMap, event_type: EventType) -> Iterator[Difference]:
    purpose = purpose_of(event_map)
    host_id = event_map.staff.calcom_user_id
    # Whoever has no number in Cal.com cannot be told from anybody there.
    if host_id is not None and event_type.host_ids != (host_id,):
        hosts = ", ".join(map(str, event_type.host_ids))
        yield Difference(DriftKind.HOST_MISSING, str(host_id), hosts[:LONGEST_TEXT])
    if purpose and event_type.length_minutes != purpose.segment.minutes:
        yield Difference(
            DriftKind.WRONG_LENGTH, str(purpose.segment.minutes), str(event_type.length_minutes)
        )
    for kind, ours, theirs in (
        (DriftKind.HIDDEN, event_map.is_hidden, event_type.hidden),
        (DriftKind.GUESTS, event_map.allows_guests, event_type.allows_guests),
        (DriftKind.NOTICE, 0, event_type.notice_minutes),
        (DriftKind.WINDOW, False, event_type.is_limited),
        (DriftKind.TITLE, event_map.own_title or (purpose and purpose.title), event_type.title),
    ):
        if ours is not None and ours != theirs:
            yield Difference(kind, str(ours)[:LONGEST_TEXT], str(theirs)[:LONGEST_TEXT])


def record(event_map: CalcomEventMap, differences: Sequence[Difference], *, now: datetime) -> bool:
    """Remember what was found: it breaks the map, or mends it.

    What differs as it did keeps its date, and stays ignored if it was.

    Returns:
        whether it was remembered: not if the map names another event type by now.
    """
    with transaction.atomic():
        stored = (
            CalcomEventMap.objects.select_for_update()
            .filter(
                pk=event_map.pk,
                event_type_id=event_map.event_type_id,
                child_event_type_id=event_map.child_event_type_id,
            )
            .first()
        )
        if stored is None:
            return False
        _keep(stored, differences, now=now)
        was_broken, stored.is_broken = (
            stored.is_broken,
            any(each.is_breaking for each in differences),
        )
        stored.checked_at = now
        stored.save(update_fields=["is_broken", "checked_at"])
        settle(key_of(stored), all_well=not differences)
        if was_broken != stored.is_broken:
            announce_availability(stored.company_id)
    event_map.is_broken, event_map.checked_at = stored.is_broken, stored.checked_at
    return True


def _keep(stored: CalcomEventMap, differences: Sequence[Difference], *, now: datetime) -> None:
    known = {drift.kind: drift for drift in stored.drifts.all()}
    for difference in differences:
        drift = known.pop(difference.kind, None)
        if drift is None:
            drift = EventMapDrift(event_map=stored, kind=difference.kind)
        elif (drift.ours, drift.theirs) == (difference.ours, difference.theirs):
            continue
        drift.ours, drift.theirs = difference.ours, difference.theirs
        drift.found_at, drift.ignored_at = now, None
        drift.ignored_by, drift.ignored_note = None, ""
        drift.save()
    stored.drifts.filter(pk__in=[drift.pk for drift in known.values()]).delete()
