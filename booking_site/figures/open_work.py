"""What waits for somebody or for Cal.com now, and whether that is an alarm."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Exists, OuterRef, Q

from appointments.models import (
    Appointment,
    AppointmentChange,
    CallbackRequest,
    Company,
    Status,
    SyncStatus,
)
from booking_site.figures.activity import JUDGED, Rows
from calcom.models import OrphanedBooking
from voice.models import Call

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOT_SYNCED = (SyncStatus.PENDING, SyncStatus.FAILED, SyncStatus.CONFLICT)
GIVEN_UP = (SyncStatus.FAILED, SyncStatus.CONFLICT)


class Health(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """More stuck than this, less success, or this many reviews."""

    stuck: int
    success_percent: int
    reviews: int


CRITICAL = Limits(stuck=20, success_percent=50, reviews=20)
DEGRADED = Limits(stuck=5, success_percent=80, reviews=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """What is open in one company.

    Attributes:
        pending: appointments Cal.com does not match yet.
        stuck: of those, the ones for more than an hour.
        given_up: what Cal.com could not be made to match for more than a day.
        judged, synced: appointments of the last 24 hours whose sync has ended, and ended well.
        reviews: appointments and calls that need a person.
        orphans: bookings in Cal.com that should be cancelled.
        callbacks, overdue: still to be made, and those that should have been by now.
    """

    pending: int = 0
    stuck: int = 0
    given_up: int = 0
    judged: int = 0
    synced: int = 0
    reviews: int = 0
    orphans: int = 0
    callbacks: int = 0
    overdue: int = 0

    @property
    def success_percent(self) -> float | None:
        """Of the last 24 hours; None where there was nothing to sync."""
        return 100 * self.synced / self.judged if self.judged else None

    def __add__(self, other: "OpenWork") -> "OpenWork":
        return OpenWork(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__slots__}
        )

    @property
    def critical(self) -> tuple[str, ...]:
        """Name what is critical."""
        given_up = ("given_up",) if self.given_up else ()
        return given_up + self._beyond(CRITICAL)

    @property
    def degraded(self) -> tuple[str, ...]:
        """Name what is not as it should be, without being critical."""
        return tuple(name for name in self._beyond(DEGRADED) if name not in self.critical)

    def _beyond(self, limits: "Limits") -> tuple[str, ...]:
        success = self.success_percent
        beyond = {
            "stuck": self.stuck > limits.stuck,
            "success": success is not None and success < limits.success_percent,
            "reviews": self.reviews >= limits.reviews,
        }
        return tuple(name for name, is_beyond in beyond.items() if is_beyond)

    @property
    def health(self) -> Health:
        if self.critical:
            return Health.CRITICAL
        return Health.DEGRADED if self.degraded else Health.OK


def get_open_work(*, company_ids: Collection[int], now: datetime) -> dict[int, OpenWork]:
    """Count what is open, company by company. Six questions, however many companies."""
    ours = Q(company__in=company_ids)
    works = {company_id: OpenWork() for company_id in company_ids}
    questions = (
        _not_synced(ours, now),
        _last_day(ours, now),
        _reviews(ours),
        _call_reviews(ours),
        _orphans(ours),
        _callbacks(ours, now),
    )
    for rows in questions:
        for row in rows:
            counted = {name: count for name, count in row.items() if name != "company_id"}
            works[row["company_id"]] += OpenWork(**counted)
    return works


def get_open_work_of_all(*, now: datetime) -> dict[Company, OpenWork]:
    """Count what is open in every company there is."""
    companies = Company.objects.in_bulk()
    works = get_open_work(company_ids=list(companies), now=now)
    return {companies[company_id]: work for company_id, work in works.items()}


def _not_synced(ours: Q, now: datetime) -> Rows:
    """Count by how long ago they were booked or last changed: since then they do not match."""
    changes = AppointmentChange.objects.filter(appointment=OuterRef("pk"))
    rows = Appointment.objects.filter(ours, sync_status__in=NOT_SYNCED).annotate(
        changed_in_hour=Exists(changes.filter(changed_at__gte=now - HOUR)),
        changed_in_day=Exists(changes.filter(changed_at__gte=now - DAY)),
    )
    pending = Q(sync_status=SyncStatus.PENDING)
    for_an_hour = Q(created_at__lt=now - HOUR, changed_in_hour=False)
    for_a_day = Q(created_at__lt=now - DAY, changed_in_day=False)
    return (
        rows.values("company_id")
        .annotate(
            pending=Count("pk", filter=pending),
            stuck=Count("pk", filter=pending & for_an_hour),
            given_up=Count("pk", filter=Q(sync_status__in=GIVEN_UP) & for_a_day),
        )
        .order_by()
    )


def _last_day(ours: Q, now: datetime) -> Rows:
    rows = Appointment.objects.filter(
        ours, created_at__gte=now - DAY, sync_status__in=JUDGED
    ).exclude(status=Status.HELD)
    synced = Count("pk", filter=Q(sync_status=SyncStatus.SYNCED))
    return rows.values("company_id").annotate(judged=Count("pk"), synced=synced).order_by()


def _reviews(ours: Q) -> Rows:
    rows = Appointment.objects.needing_review().filter(ours)
    return rows.values("company_id").annotate(reviews=Count("pk")).order_by()


def _call_reviews(ours: Q) -> Rows:
    rows = Call.objects.filter(ours, requires_manual_review=True)
    return rows.values("company_id").annotate(reviews=Count("pk")).order_by()


def _orphans(ours: Q) -> Rows:
    rows = OrphanedBooking.objects.open().filter(ours)
    return rows.values("company_id").annotate(orphans=Count("pk")).order_by()


def _callbacks(ours: Q, now: datetime) -> Rows:
    rows = CallbackRequest.objects.still_open().filter(ours)
    overdue = Count("pk", filter=Q(due_at__lt=now))
    return rows.values("company_id").annotate(callbacks=Count("pk"), overdue=overdue).order_by()
