"""Whether event types are still what their maps need, and settling it where they are not."""

import time
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from appointments.actions.announcing import announce_availability
from appointments.actions.recipes import change_minutes
from appointments.models import Company, User
from calcom.account import CalcomAccount
from calcom.errors import CalcomError, NotFoundError
from calcom.event_maps.comparing import Difference, compare, record
from calcom.event_maps.creating import create_missing
from calcom.event_maps.designing import changes_for, design_of, purpose_of
from calcom.event_maps.discovering import Discovery
from calcom.event_maps.failures import note_failure, settle
from calcom.event_maps.missing import key_of
from calcom.event_maps.problems import CannotMapError, Problem
from calcom.models import BREAKING, CalcomEventMap, CalcomEventMapQuerySet, DriftKind, EventMapDrift
from calcom.payloads import EventType

log = structlog.get_logger(__name__)

# Checked once a night: by the next night it is due again.
CHECKED_FOR = timedelta(hours=20)
TAKEN_AS_THEY_ARE = frozenset(
    {
        DriftKind.GONE,
        DriftKind.TITLE,
        DriftKind.HIDDEN,
        DriftKind.GUESTS,
        DriftKind.WRONG_LENGTH,
    }
)


def due_maps(*, now: datetime) -> CalcomEventMapQuerySet:
    """Keep what could be booked with and was not checked of late, the longest unchecked first."""
    return (
        CalcomEventMap.objects.filter(
            Q(checked_at=None) | Q(checked_at__lte=now - CHECKED_FOR),
            staff__is_active=True,
            service__is_active=True,
        )
        .exclude(company__calcom_api_key="")
        .order_by(F("checked_at").asc(nulls_first=True), "pk")
    )


def check_maps(
    *, company: Company, maps: QuerySet[CalcomEventMap], now: datetime, within_seconds: float
) -> int:
    """Ask Cal.com about the event types of some maps, and remember in what they differ.

    Args:
        company: whose maps; others are not looked at.
        maps: which.
        now: the time.
        within_seconds: after this no further map is begun.

    Returns:
        how many were checked.

    Raises:
        CalcomError: Cal.com did not say what it has. What was checked before is remembered.
    """
    began = time.monotonic()
    rows = list(with_purpose(maps.filter(company=company)))
    if not rows:
        return 0
    discovery = Discovery.begin(CalcomAccount.of(company))
    checked = 0
    for row in rows:
        if time.monotonic() - began > within_seconds:
            break
        differences = compare(row, discovery.find(row.bookable_id))
        checked += record(row, differences, now=now)
    log.info("calcom.event_maps_checked", company_id=company.pk, checked=checked, of=len(rows))
    return checked


def with_purpose(maps: QuerySet[CalcomEventMap]) -> QuerySet[CalcomEventMap]:
    """Read along what a comparison looks at. Two queries."""
    return maps.select_related(
        "company", "branch", "service", "staff__branch", "staff__company"
    ).prefetch_related("service__segments")


def push(event_map: CalcomEventMap, *, now: datetime) -> list[Difference]:
    """Make the event type in Cal.com what this map needs and wants it to be.

    One that is gone is made anew; where a managed one is named, this host's own is looked up.

    Args:
        event_map: of `with_purpose`.
        now: the time.

    Returns:
        in what they differ now: nothing, or what Cal.com keeps, such as whose a personal
        event type is.

    Raises:
        CannotMapError: what is in the way.
    """
    key, company_id = key_of(event_map), event_map.company_id
    try:
        remaining = _push(event_map, CalcomAccount.of(event_map.company), now=now)
    except CalcomError as answer:
        error = CannotMapError.of(answer)
        note_failure(key, error.problem, error.facts, company_id=company_id, now=now)
        raise error from answer
    except CannotMapError as error:
        note_failure(key, error.problem, error.facts, company_id=company_id, now=now)
        raise
    if remaining:
        kinds = ", ".join(difference.kind.value for difference in remaining)
        note_failure(key, Problem.STILL_DIFFERS, kinds, company_id=company_id, now=now)
    else:
        settle(key, all_well=True)
    return remaining


def _push(event_map: CalcomEventMap, account: CalcomAccount, *, now: datetime) -> list[Difference]:
    try:
        event_type = account.get(event_map.bookable_id)
    except NotFoundError:
        return _make_anew(event_map, now=now)
    if event_type.is_managed:
        event_type = _name_child(event_map, event_type, account)
    kinds = {difference.kind.value for difference in compare(event_map, event_type)}
    purpose = purpose_of(event_map)
    if purpose and kinds:
        host_id = None if event_type.team_id is None else event_map.staff.calcom_user_id
        changes = changes_for(design_of(purpose, event_map, host_id=host_id), kinds)
        if changes:
            event_type = account.change(event_type, changes)
    remaining = compare(event_map, event_type)
    record(event_map, remaining, now=now)
    return remaining


def _make_anew(event_map: CalcomEventMap, *, now: datetime) -> list[Difference]:
    gone = compare(event_map, None)
    record(event_map, gone, now=now)
    report = create_missing(company=event_map.company, keys={key_of(event_map)}, now=now)
    for outcome in report.failed:
        if outcome.problem:
            raise CannotMapError(outcome.problem, outcome.facts)
    return [] if report.done else gone  # nobody offers it any more: nothing to make


def _name_child(event_map: CalcomEventMap, parent: EventType, account: CalcomAccount) -> EventType:
    """Find a host's own event type of a managed one, and let the map name it."""
    host_id = event_map.staff.calcom_user_id
    if host_id is None:
        raise CannotMapError(Problem.NO_CALCOM_USER)
    child = Discovery.begin(account).find_child(parent, host_id=host_id)
    if child is None:
        raise CannotMapError(Problem.NO_CHILD, f"{parent.id}")
    CalcomEventMap.objects.filter(pk=event_map.pk).update(
        event_type_id=parent.id, child_event_type_id=child.id
    )
    event_map.event_type_id, event_map.child_event_type_id = parent.id, child.id
    return child


def take_theirs(
    event_map: CalcomEventMap, *, kinds: Collection[DriftKind] = tuple(DriftKind)
) -> list[EventMapDrift]:
    """Let what Cal.com was found to have be what is wanted from now on.

    A title, whether it is hidden and whether guests are allowed are wanted for this map only.
    A length becomes the segment's, for everybody who performs the service. The map of an event
    type that is gone goes too, and then counts as missing. Whose an event type is cannot be
    taken over: that is another person. Nor can limits of what can be booked when: those are ours.

    Args:
        event_map: of `with_purpose`.
        kinds: only these differences.

    Returns:
        what was taken over.

    Raises:
        ValidationError: the service could not be carried out with that length.
    """
    with transaction.atomic():
        taken = [
            drift
            for drift in event_map.drifts.all()
            if drift.kind in kinds and _take(event_map, drift)
        ]
        if DriftKind.GONE in {drift.kind for drift in taken}:
            event_map.delete()
        elif taken:
            _settle(event_map, taken)
        if taken:
            announce_availability(event_map.company_id)
    return taken


def _take(event_map: CalcomEventMap, drift: EventMapDrift) -> bool:
    match drift.kind:
        case DriftKind.TITLE:
            event_map.own_title = drift.theirs
        case DriftKind.HIDDEN:
            event_map.is_hidden = drift.theirs == str(True)
        case DriftKind.GUESTS:
            event_map.allows_guests = drift.theirs == str(True)
        case DriftKind.WRONG_LENGTH:
            return _take_length(event_map, minutes=int(drift.theirs))
    return drift.kind in TAKEN_AS_THEY_ARE


def _take_length(event_map: CalcomEventMap, *, minutes: int) -> bool:
    purpose = purpose_of(event_map)
    if purpose is None:
        return False
    change_minutes(segment_id=purpose.segment.pk, minutes=minutes)
    # Whoever else performs it is looked at next: their event types have another length now.
    others = CalcomEventMap.objects.filter(
        service=event_map.service_id, segment_key=event_map.segment_key
    )
    others.exclude(pk=event_map.pk).update(checked_at=None)
    return True


def _settle(event_map: CalcomEventMap, taken: Sequence[EventMapDrift]) -> None:
    event_map.drifts.filter(pk__in=[drift.pk for drift in taken]).delete()
    if any(drift.is_breaking for drift in taken):
        event_map.is_broken = event_map.drifts.filter(kind__in=BREAKING).exists()
    event_map.save(update_fields=["own_title", "is_hidden", "allows_guests", "is_broken"])


def ignore(
    event_maps: Iterable[CalcomEventMap], *, by: User | None, note: str, now: datetime
) -> int:
    """Leave differences as they are, and speak of them no more until they change.

    Args:
        event_maps: which.
        by: who knows of it.
        note: why it may stay so.
        now: the time.

    Returns:
        how many; those that keep a map from being booked cannot be ignored.
    """
    drifts = EventMapDrift.objects.filter(event_map__in=list(event_maps), ignored_at=None)
    return drifts.exclude(kind__in=BREAKING).update(
        ignored_at=now, ignored_by=by, ignored_note=note
    )
