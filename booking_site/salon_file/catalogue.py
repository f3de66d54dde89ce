"""Loading services: recipes, synonyms, who performs them, and the event types that book them."""

from collections.abc import Mapping, Sequence

from appointments.models import (
    Appointment,
    Service,
    ServiceSegment,
    ServiceSynonym,
    Staff,
    StaffService,
)
from booking_site.salon_file.entries import ServiceEntry
from booking_site.salon_file.rows import Load, leave_or_prune, put, put_whole
from calcom.models import CalcomEventMap, EventMapDrift

RECIPE = ("position", "key", "name", "minutes", "staff_required")


def load_services(
    entries: Sequence[ServiceEntry] | None, *, staff: Mapping[str, Staff], load: Load
) -> dict[str, Service]:
    """Make or change the services, and return them by slug."""
    services = {}
    for entry in entries or ():
        service = put(
            Service,
            kind="services",
            load=load,
            key={"company": load.company, "slug": entry.slug},
            values={
                "name": entry.name,
                "category": entry.category,
                "price": entry.price,
                "buffer_before_minutes": entry.buffer_before_minutes,
                "buffer_after_minutes": entry.buffer_after_minutes,
                "booking_notice_minutes": entry.booking_notice_minutes,
                "is_active": entry.active,
            },
        )
        services[entry.slug] = service
        _load_recipe(entry, service, load=load)
        _load_synonyms(entry, service, load=load)
        _load_skills(entry, service, staff, load=load)
        _load_event_maps(entry, service, staff, load=load)
    return services


def _load_recipe(entry: ServiceEntry, service: Service, *, load: Load) -> None:
    put_whole(
        service.segments.all(),
        [
            ServiceSegment(
                service=service,
                position=position,
                key=segment.key,
                name=segment.name,
                minutes=segment.minutes,
                staff_required=segment.staff_required,
            )
            for position, segment in enumerate(entry.segments)
        ],
        kind="recipes",
        load=load,
        fields=RECIPE,
    )


def _load_synonyms(entry: ServiceEntry, service: Service, *, load: Load) -> None:
    if entry.synonyms is None:
        return
    for synonym in entry.synonyms:
        put(
            ServiceSynonym,
            kind="synonyms",
            load=load,
            key={"service": service, "name": synonym.name},
            values={"confidence": synonym.confidence},
        )
    named = [synonym.name for synonym in entry.synonyms]
    leave_or_prune(
        service.synonyms.exclude(name__in=named).order_by("name"),
        kind="synonyms",
        load=load,
        name_of=lambda synonym: f"{service.slug}, {synonym.name}",
    )


def _load_skills(
    entry: ServiceEntry, service: Service, staff: Mapping[str, Staff], *, load: Load
) -> None:
    if entry.staff is None:
        return
    performers = [staff[name.value] for name in entry.staff]
    for person in performers:
        put(
            StaffService,
            kind="skills",
            load=load,
            key={"staff": person, "service": service},
            values={},
        )
    surplus = service.staff_services.exclude(staff__in=performers).select_related("staff")
    leave_or_prune(
        surplus.order_by("staff__slug"),
        kind="skills",
        load=load,
        name_of=lambda skill: f"{skill.staff.slug} performs {service.slug}",
    )


def _load_event_maps(
    entry: ServiceEntry, service: Service, staff: Mapping[str, Staff], *, load: Load
) -> None:
    if entry.event_types is None:
        return
    named = []
    for event_type in entry.event_types:
        person = staff[event_type.staff]
        event_map = put(
            CalcomEventMap,
            kind="event maps",
            load=load,
            key={
                "company": load.company,
                "branch": person.branch,
                "service": service,
                "segment_key": event_type.segment_key,
                "staff": person,
            },
            values={
                "event_type_id": event_type.event_type_id,
                "child_event_type_id": event_type.child_event_type_id,
            },
            on_change={"is_broken": False, "checked_at": None},
        )
        named.append(event_map.pk)
    # What was found to differ was found of another event type.
    EventMapDrift.objects.filter(event_map__in=named, event_map__checked_at=None).delete()
    surplus = list(service.event_maps.exclude(pk__in=named).select_related("staff").order_by("pk"))
    needed = [event_map for event_map in surplus if load.prune and _is_needed(event_map)]
    load.kept += [f"event maps: {_name_of(event_map)} (has appointments)" for event_map in needed]
    leave_or_prune(
        [event_map for event_map in surplus if event_map not in needed],
        kind="event maps",
        load=load,
        name_of=_name_of,
    )


def _is_needed(event_map: CalcomEventMap) -> bool:
    """Whether an appointment stands that may still have to be moved or cancelled by this map."""
    return (
        Appointment.objects.confirmed()
        .filter(service=event_map.service_id, staff=event_map.staff_id)
        .exists()
    )


def _name_of(event_map: CalcomEventMap) -> str:
    return f"{event_map.service.slug}, {event_map.segment_key}, {event_map.staff.slug}"
