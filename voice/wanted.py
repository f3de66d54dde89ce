"""Which of the salon's services and people somebody means."""

from collections.abc import Sequence
from datetime import datetime

from appointments import queries
from appointments.models import Service, Staff
from voice import matching
from voice.errors import AskBackError
from voice.heard import Heard
from voice.models import FunctionCall

LIKELY = 0.8  # from this share on, what somebody always has is asked about


def hear_service(heard: Heard, *, now: datetime) -> Service:
    """Return the service: the one named, else the offer's, else the one checked last.

    That of an appointment that moves stays. What the caller always has is only asked about,
    whether they say "wie immer" or nothing; a yes to that question is an answer.

    Raises:
        AskBackError: none was named, several may be meant, or it is not offered.
    """
    if heard.understood.moving:
        return heard.understood.moving.service
    said = heard.said["service"]
    usual = matching.means_the_usual(said)
    named = matching.without_the_usual(said) if usual else said
    agreed = matching.is_a_yes(named)
    if not named or agreed:
        service = heard.understood.offer and heard.understood.offer.service
        if not usual and (service := service or heard.call.service):
            return service
        return _usual_service(heard, agreed=agreed, now=now)
    rows = offered_services(heard)
    found = match_service(named, rows)
    if usual and isinstance(found, matching.NotFound):
        return _usual_service(heard, agreed=False, now=now)
    by_id = {row.pk: row for row in rows}
    if isinstance(found, matching.Match):
        return by_id[found.id]
    if isinstance(found, matching.Ambiguous):
        some = [by_id[candidate.id] for candidate in found.candidates[:3]]
        raise AskBackError(
            "service_ambiguous",
            facts={"candidates": [{"id": row.pk, "name": row.name} for row in some]},
            spoken={"names": [row.name for row in some]},
        )
    raise AskBackError(
        "service_not_found",
        facts={"offered": [{"id": row.pk, "name": row.name} for row in rows[:5]]},
        spoken={"names": [row.name for row in rows[:3]]},
    )


def _usual_service(heard: Heard, *, agreed: bool, now: datetime) -> Service:
    """Return what the caller always has, if they were asked and say yes.

    Raises:
        AskBackError: they were not asked, or there is no such habit.
    """
    customer = heard.call.customer
    habits = queries.get_habits(customer, now=now) if customer else queries.Habits()
    if habits.confidence < LIKELY:
        raise AskBackError("service_required")
    usual = next((row for row in offered_services(heard) if row.pk == habits.service_id), None)
    if usual is None:
        raise AskBackError("service_required")
    asked = FunctionCall.objects.filter(call=heard.call, status="service_required")
    if agreed and asked.exists():
        return usual
    raise AskBackError(
        "service_required",
        facts={"candidates": [{"id": usual.pk, "name": usual.name}]},
        spoken={"service": usual.name},
    )


def offered_services(heard: Heard) -> list[Service]:
    """Return what somebody in the branch performs, by name. Three queries."""
    return list(
        Service.objects.filter(
            company=heard.company,
            is_active=True,
            staff_services__staff__branch=heard.branch,
            staff_services__staff__is_active=True,
        )
        .distinct()
        .prefetch_related("segments", "synonyms")
        .order_by("name", "pk")
    )


def match_service(said: str, rows: Sequence[Service]) -> matching.Found:
    """Return which of these services is meant."""
    return matching.match_service(
        said,
        [
            matching.ServiceName(
                id=row.pk,
                slug=row.slug,
                name=row.name,
                synonyms=tuple((other.name, other.confidence) for other in row.synonyms.all()),
            )
            for row in rows
        ],
    )


def hear_staff(heard: Heard, service: Service) -> Staff | None:
    """Return the staff member wished for: named now, the offer's, or named before."""
    said = heard.said
    offer = heard.understood.offer
    if not said["staff"]:
        return offer.staff if offer else _staff_so_far(heard, service)
    rows = list(
        Staff.objects.filter(company=heard.company, branch=heard.branch, is_active=True)
        .order_by("name", "pk")
        .prefetch_related("services")
    )
    found = matching.match_staff(
        said["staff"],
        [matching.StaffName(id=row.pk, slug=row.slug, name=row.name) for row in rows],
    )
    if isinstance(found, matching.Anybody):
        heard.remember(staff=None)
        return None
    by_id = {row.pk: row for row in rows}
    capable = [row for row in rows if _performs(row, service)]
    if isinstance(found, matching.Ambiguous):
        some = [by_id[candidate.id] for candidate in found.candidates]
        raise AskBackError(
            "staff_ambiguous",
            facts={"candidates": [{"id": row.pk, "name": row.name} for row in some]},
            spoken={"names": [row.name for row in some]},
        )
    alternative = [{"id": row.pk, "name": row.name} for row in capable[:3]]
    names = [row.name for row in capable[:3]]
    if isinstance(found, matching.NotFound):
        raise AskBackError(
            "staff_not_found", facts={"alternative_staff": alternative}, spoken={"names": names}
        )
    if by_id[found.id] not in capable:
        raise AskBackError(
            "staff_cannot_provide_service",
            facts={"requested_staff": by_id[found.id].name, "alternative_staff": alternative},
            spoken={"staff": by_id[found.id].name, "service": service.name, "names": names},
        )
    return by_id[found.id]


def _performs(row: Staff, service: Service) -> bool:
    return any(skill.service_id == service.pk for skill in row.services.all())


def _staff_so_far(heard: Heard, service: Service) -> Staff | None:
    """Return the wish made earlier in the call, as long as it fits this service.

    Whoever serves an appointment that moves goes on doing so.
    """
    if heard.understood.moving:
        return heard.understood.moving.staff
    staff = heard.call.staff
    if staff and staff.is_active and staff.services.filter(service=service).exists():
        return staff
    return None
