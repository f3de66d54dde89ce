"""A customer's visits: how many there were, and when the next one is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from appointments.models import Appointment, Customer, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """What can be said of somebody's appointments in one line.

    Attributes:
        completed, no_shows, cancelled: how many.
        upcoming: the next confirmed one.
        latest: the one booked last, whatever became of it: what "book again" means.
    """

    completed: int
    no_shows: int
    cancelled: int
    upcoming: Appointment | None
    latest: Appointment | None


def get_visits(customer: Customer, *, now: datetime) -> Visits:
    """Count somebody's visits, and find the next and the last one. Three questions at most."""
    rows = Appointment.objects.filter(company=customer.company_id, customer=customer)
    counts = rows.aggregate(
        completed=Count("pk", filter=Q(status=Status.COMPLETED)),
        no_shows=Count("pk", filter=Q(status=Status.NO_SHOW)),
        cancelled=Count("pk", filter=Q(status=Status.CANCELLED)),
    )
    loaded = rows.exclude(status=Status.HELD).select_related("branch__company", "service", "staff")
    upcoming = loaded.upcoming(now=now).order_by("starts_at", "pk").first()
    latest = loaded.order_by("-starts_at", "-pk").first()
    return Visits(upcoming=upcoming, latest=latest, **counts)


def with_next_visit(customers: QuerySet[Customer], *, now: datetime) -> QuerySet[Any]:
    """Add `next_visit_at` to each row, None where there is none; and how many `no_shows`."""
    theirs = Appointment.objects.filter(customer=OuterRef("pk"))
    missed = theirs.filter(status=Status.NO_SHOW).order_by().values("customer")
    return customers.annotate(
        next_visit_at=Subquery(
            theirs.upcoming(now=now).order_by("starts_at").values("starts_at")[:1]
        ),
        no_shows=Subquery(missed.annotate(total=Count("pk")).values("total")),
    )
