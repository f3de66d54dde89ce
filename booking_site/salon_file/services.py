"""Reading a service: its recipe, and the event types that book it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from django.core.exceptions import ValidationError
from django.utils.translation import override

from appointments.models import ServiceSegment, validate_recipe
from appointments.models.catalogue import SHORTEST_SEGMENT_MINUTES
from booking_site.documents.nodes import (
    At,
    Key,
    Reader,
    WrongValueError,
    list_of,
    named,
    record,
)
from booking_site.documents.places import Named, Place
from booking_site.salon_file.entries import (
    EventTypeEntry,
    SegmentEntry,
    ServiceEntry,
    SynonymEntry,
)
from booking_site.salon_file.values import boolean, or_none, price, share, slug, text, whole

DAY_MINUTES = 24 * 60
# The search for free time looks no further than this beyond the day it is asked about.
LONGEST_BUFFER_MINUTES = 4 * 60
MINUTES = whole(SHORTEST_SEGMENT_MINUTES, DAY_MINUTES)
ONLY_SEGMENT = "A"


def _synonym(at: At) -> SynonymEntry:
    if at.tag == "map":
        return record(SynonymEntry, SYNONYM)(at)
    return SynonymEntry(place=at.place, name=text()(at), confidence=1.0)


def _as_it_stands(at: At) -> At:
    return at


SYNONYM = {"name": Key(text()), "confidence": Key(share, 1.0)}
SEGMENT = {
    "key": Key(text(20)),
    "name": Key(text(100), ""),
    "minutes": Key(MINUTES),
    "staff": Key(boolean, default=True, field="staff_required"),
}
EVENT_TYPE = {
    "id": Key(whole(1), field="event_type_id"),
    "child": Key(or_none(whole(1)), None, field="child_event_type_id"),
}
SERVICE = {
    "slug": Key(slug),
    "name": Key(text()),
    "active": Key(boolean, default=True),
    "category": Key(text(100), ""),
    "minutes": Key(_as_it_stands, None),
    "segments": Key(_as_it_stands, None),
    "price": Key(price),
    "buffer_before_minutes": Key(whole(0, LONGEST_BUFFER_MINUTES), 0),
    "buffer_after_minutes": Key(whole(0, LONGEST_BUFFER_MINUTES), 0),
    "booking_notice_minutes": Key(or_none(whole()), None),
    "synonyms": Key(list_of(_synonym), None),
    "staff": Key(list_of(named(slug)), None),
    "event_types": Key(_as_it_stands, None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A service as it is written. What its event types mean depends on its recipe."""

    place: Place
    slug: str
    name: str
    active: bool
    category: str
    minutes: At | None
    segments: At | None
    price: Decimal
    buffer_before_minutes: int
    buffer_after_minutes: int
    booking_notice_minutes: int | None
    synonyms: tuple[SynonymEntry, ...] | None
    staff: tuple[Named, ...] | None
    event_types: At | None


def read_service(at: At) -> ServiceEntry:
    """Read one entry of `services`."""
    written = record(_Written, SERVICE)(at)
    segments = _recipe(written, at)
    return ServiceEntry(
        place=written.place,
        slug=written.slug,
        name=written.name,
        active=written.active,
        category=written.category,
        price=written.price,
        buffer_before_minutes=written.buffer_before_minutes,
        buffer_after_minutes=written.buffer_after_minutes,
        booking_notice_minutes=written.booking_notice_minutes,
        segments=segments,
        synonyms=written.synonyms,
        staff=written.staff,
        event_types=_event_types(written, segments),
    )


def _recipe(written: _Written, at: At) -> tuple[SegmentEntry, ...]:
    if (written.minutes is None) == (written.segments is None):
        at.complain("needs either minutes, for a simple service, or segments")
        return ()
    if written.minutes is not None:
        minutes = written.minutes.read(MINUTES)
        return (
            SegmentEntry(
                place=written.minutes.place,
                key=ONLY_SEGMENT,
                name="",
                minutes=minutes or SHORTEST_SEGMENT_MINUTES,
                staff_required=True,
            ),
        )
    return (written.segments and written.segments.read(_segments)) or ()


def _segments(at: At) -> tuple[SegmentEntry, ...]:
    """Read a recipe that can be carried out."""
    complaints = len(at.problems)
    segments = list_of(record(SegmentEntry, SEGMENT))(at)
    if len(at.problems) > complaints:
        return segments
    rows = [
        ServiceSegment(key=row.key, minutes=row.minutes, staff_required=row.staff_required)
        for row in segments
    ]
    try:
        validate_recipe(rows)
    except ValidationError as error:
        with override("en"):
            at.complain(" ".join(error.messages))
    return segments


def _event_types(
    written: _Written, segments: Sequence[SegmentEntry]
) -> tuple[EventTypeEntry, ...] | None:
    if written.event_types is None or not segments:
        return None
    keys = [segment.key for segment in segments if segment.staff_required]
    performers = [staff.value for staff in written.staff or ()]
    found: list[EventTypeEntry] = []
    for staff, at in (written.event_types.read(At.entries) or {}).items():
        if written.staff is not None and staff not in performers:
            at.complain(f"{staff} is not among the staff of this service")
        one_each = at.read(_per_segment(keys)) if written.segments else {ONLY_SEGMENT: at}
        for key, of_segment in (one_each or {}).items():
            if entry := of_segment.read(_event_type(staff, key)):
                found.append(entry)
    return tuple(found)


def _per_segment(keys: Sequence[str]) -> Reader[dict[str, At]]:
    """Return a reader of `{A: …, B: …}` with exactly these keys."""

    def read(at: At) -> dict[str, At]:
        found = at.entries()
        for surplus in found.keys() - set(keys):
            found[surplus].complain(f"is not a hands-on segment; these are: {', '.join(keys)}")
        if missing := [key for key in keys if key not in found]:
            at.complain(
                f"has no event type for {', '.join(missing)}; each hands-on segment needs one"
            )
        return found

    return read


def _event_type(staff: str, segment_key: str) -> Reader[EventTypeEntry]:
    """Return a reader of a bare id, or `{id: …, child: …}` for a managed event type."""
    into = partial(EventTypeEntry, staff=staff, segment_key=segment_key)

    def read(at: At) -> EventTypeEntry:
        if at.tag != "map":
            return into(place=at.place, event_type_id=whole(1)(at), child_event_type_id=None)
        entry = record(into, EVENT_TYPE)(at)
        if entry.event_type_id == entry.child_event_type_id is not None:
            msg = "child is the managed event type itself; give the staff member's own"
            raise WrongValueError(msg)
        return entry

    return read
