"""Making the event types and maps that are missing: repeatable, and resumable after a crash."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Q

from appointments.actions.announcing import announce_availability
from appointments.models import Company, Service, Staff
from calcom.account import CalcomAccount
from calcom.errors import CalcomError, RejectedError, UnknownOutcomeError
from calcom.event_maps.comparing import compare, record
from calcom.event_maps.designing import Purpose, changes_for, design_of
from calcom.event_maps.discovering import Discovery
from calcom.event_maps.failures import note_failure, settle
from calcom.event_maps.missing import MapKey, MissingMap, get_missing_maps
from calcom.event_maps.problems import CannotMapError, Problem
from calcom.models import CalcomEventMap, DriftKind
from calcom.payloads import EventType, EventTypeDesign

log = structlog.get_logger(__name__)

# After these the next request would end the same way.
FINAL = frozenset({Problem.CREDENTIALS, Problem.NOT_ALLOWED, Problem.BUSY})
UNANSWERED_IN_A_ROW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one missing map.

    Attributes:
        event_type_id: what books it from now on; None if nothing does.
        made: whether a new event type was made for it, rather than one found.
        problem: what was in the way; None if it worked.
        facts: what was in the way, as far as it differs from case to case.
        retry_after_seconds: how long Cal.com asks us to wait, where it said so.
    """

    missing: MissingMap
    event_type_id: int | None = None
    made: bool = False
    problem: Problem | None = None
    facts: str = ""
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of all of them, in the order of the list."""

    outcomes: Sequence[Outcome]

    @property
    def done(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.problem is None]

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.problem is not None]


def create_missing(
    *, company: Company, now: datetime, keys: Collection[MapKey] | None = None
) -> Report:
    """Make the missing event types and maps of a company, each for itself.

    Args:
        company: one that syncs.
        now: the time.
        keys: only these, of what is missing; None for all.
    """
    return Report(tuple(create_each(company=company, now=now, keys=keys)))


def create_each(
    *, company: Company, now: datetime, keys: Collection[MapKey] | None = None
) -> Iterator[Outcome]:
    """Make what `create_missing` makes, and yield each outcome as it is known.

    What was made before a crash is found again by its slug. No transaction is open while
    Cal.com is asked.
    """
    rows = [
        row for row in get_missing_maps(company_ids=[company.pk]) if keys is None or row.key in keys
    ]
    if not rows:
        return
    creation = _Creation.prepare(company, rows, now=now)
    stopped_by: CannotMapError | None = None
    unanswered = 0
    for row in rows:
        try:
            if stopped_by:
                raise stopped_by
            outcome = creation.carry_out(row)
            unanswered = 0
        except CannotMapError as error:
            unanswered = unanswered + 1 if error.problem == Problem.UNREACHABLE else 0
            if error.problem in FINAL or unanswered >= UNANSWERED_IN_A_ROW:
                stopped_by = error
            outcome = Outcome(
                missing=row,
                problem=error.problem,
                facts=error.facts,
                retry_after_seconds=error.retry_after_seconds,
            )
        _log(outcome)
        _note(outcome, now=now)
        yield outcome


def _note(outcome: Outcome, *, now: datetime) -> None:
    row = outcome.missing
    if outcome.problem:
        note_failure(row.key, outcome.problem, outcome.facts, company_id=row.company_id, now=now)
    else:
        settle(row.key, all_well=True)


def _log(outcome: Outcome) -> None:
    key = outcome.missing.key
    facts = {
        "company_id": outcome.missing.company_id,
        "staff_id": key.staff_id,
        "service_id": key.service_id,
        "segment_key": key.segment_key,
    }
    if outcome.problem:
        log.warning("calcom.event_map_not_created", **facts, problem=outcome.problem.value)
    else:
        log.info(
            "calcom.event_map_created",
            **facts,
            event_type_id=outcome.event_type_id,
            made=outcome.made,
        )


@dataclass(kw_only=True)
class _Creation:
    """One run over the missing maps of one company, with all it looks at read beforehand."""

    company: Company
    account: CalcomAccount
    staff: dict[int, Staff]
    services: dict[int, Service]
    broken: dict[MapKey, CalcomEventMap]
    now: datetime
    _discovery: Discovery | None = None

    @classmethod
    def prepare(cls, company: Company, rows: Sequence[MissingMap], *, now: datetime) -> "_Creation":
        """Read people, recipes and maps that do not work: four queries."""
        staff = Staff.objects.filter(pk__in={row.staff_id for row in rows})
        services = Service.objects.filter(pk__in={row.service_id for row in rows})
        broken = CalcomEventMap.objects.filter(company=company, is_broken=True)
        return cls(
            company=company,
            account=CalcomAccount.of(company),
            staff=staff.select_related("branch", "company").in_bulk(),
            services=services.prefetch_related("segments").in_bulk(),
            broken={
                MapKey(row.branch_id, row.staff_id, row.service_id, row.segment_key): row
                for row in broken
            },
            now=now,
        )

    @property
    def discovery(self) -> Discovery:
        """What Cal.com has already; asked when it is first needed."""
        if self._discovery is None:
            self._discovery = Discovery.begin(self.account)
        return self._discovery

    def carry_out(self, row: MissingMap) -> Outcome:
        """Find or make one event type, and map it.

        Raises:
            CannotMapError: what is in the way.
        """
        purpose = Purpose.of(
            staff=self.staff[row.staff_id],
            service=self.services[row.service_id],
            segment_key=row.segment_key,
        )
        if purpose is None:
            msg = f"segment {row.segment_key} of service {row.service_id} is listed and gone"
            raise LookupError(msg)
        event_map = self.broken.get(row.key) or CalcomEventMap(
            company=self.company,
            branch=purpose.branch,
            service=purpose.service,
            staff=purpose.staff,
            segment_key=row.segment_key,
        )
        try:
            event_type, made = self._provide(purpose, event_map)
        except CalcomError as error:
            raise CannotMapError.of(error) from error
        self._save(event_map, event_type)
        return Outcome(missing=row, event_type_id=event_map.bookable_id, made=made)

    def _provide(self, purpose: Purpose, event_map: CalcomEventMap) -> tuple[EventType, bool]:
        """Return the event type that is to be booked, and whether it is new; the map names it."""
        host_id = self._host_id(purpose.staff)
        in_team = self.account.team_id is not None
        design = design_of(purpose, event_map, host_id=host_id if in_team else None)
        found, made = self.discovery.find_by_slug(design.slug), False
        if found is None:
            found, made = self._make(design)
        if not made:
            self._require_unused(found, purpose.service)
        event_map.event_type_id, event_map.child_event_type_id = found.id, None
        if found.is_managed:
            child = self.discovery.find_child(found, host_id=host_id)
            if child is None:
                raise CannotMapError(Problem.NO_CHILD, f"{found.id}")
            event_map.child_event_type_id = child.id
            return self._require_sound(child, event_map), made  # its parent says what it is like
        return self._put_right(found, design, event_map), made

    def _host_id(self, staff: Staff) -> int:
        host_id = staff.calcom_user_id
        if host_id is None:
            raise CannotMapError(Problem.NO_CALCOM_USER)
        if self.account.team_id is None:
            if host_id != self.discovery.owner_id:
                raise CannotMapError(
                    Problem.NEEDS_TEAM, f"{self.discovery.owner_id}, not {host_id}"
                )
        elif self.discovery.members and host_id not in self.discovery.members:
            raise CannotMapError(Problem.NOT_IN_TEAM, f"{host_id}")
        return host_id

    def _make(self, design: EventTypeDesign) -> tuple[EventType, bool]:
        """Create an event type, or find what an unclear answer, or another worker, has left."""
        try:
            made = self.account.create(design)
        except (RejectedError, UnknownOutcomeError):
            self.discovery.look_again()
            found = self.discovery.find_by_slug(design.slug)
            if found is None:
                raise
            return found, False
        self.discovery.note(made)
        return made, True

    def _require_unused(self, event_type: EventType, service: Service) -> None:
        named = Q(event_type_id=event_type.id) | Q(child_event_type_id=event_type.id)
        other = (
            CalcomEventMap.objects.filter(named, company=self.company)
            .exclude(service=service)
            .select_related("service")
            .order_by("pk")
            .first()
        )
        if other:
            raise CannotMapError(Problem.SLUG_TAKEN, f"{event_type.id}, {other.service.name}")

    def _put_right(
        self, event_type: EventType, design: EventTypeDesign, event_map: CalcomEventMap
    ) -> EventType:
        """Give an event type of ours what it lacks; never take one over from somebody else."""
        differing = {difference.kind.value for difference in compare(event_map, event_type)}
        if DriftKind.HOST_MISSING in differing:
            hosts = ", ".join(map(str, event_type.host_ids))
            raise CannotMapError(Problem.OTHER_HOST, f"{event_type.id}, {hosts}")
        changes = changes_for(design, differing)
        if changes:
            event_type = self.account.change(event_type, changes)
            self.discovery.note(event_type)
        return self._require_sound(event_type, event_map)

    def _require_sound(self, event_type: EventType, event_map: CalcomEventMap) -> EventType:
        if any(difference.is_breaking for difference in compare(event_map, event_type)):
            raise CannotMapError(Problem.STILL_DIFFERS, f"{event_type.id}")
        return event_type

    def _save(self, event_map: CalcomEventMap, event_type: EventType) -> None:
        """Store the map, unless somebody was faster: a map that works is never replaced."""
        with transaction.atomic():
            stored, made = CalcomEventMap.objects.select_for_update().get_or_create(
                branch=event_map.branch,
                service=event_map.service,
                segment_key=event_map.segment_key,
                staff=event_map.staff,
                defaults={
                    "company": self.company,
                    "event_type_id": event_map.event_type_id,
                    "child_event_type_id": event_map.child_event_type_id,
                },
            )
            if not made and not stored.is_broken:
                return
            if not made:
                stored.event_type_id = event_map.event_type_id
                stored.child_event_type_id = event_map.child_event_type_id
                stored.save(update_fields=["event_type_id", "child_event_type_id"])
            event_map.pk = stored.pk
            record(event_map, compare(event_map, event_type), now=self.now)
            announce_availability(self.company.pk)
