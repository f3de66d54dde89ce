"""What the event type of a segment should be like: its name over there, and everything else."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.utils.text import slugify

from appointments.models import Branch, Company, Service, ServiceSegment, Staff
from calcom.models import CalcomEventMap, DriftKind
from calcom.payloads import EventTypeDesign

SLOT_INTERVAL_MINUTES = 5  # fine enough for a phase at 10:05
OF = {"de": "von", "en": "of"}
DIGEST_CHARACTERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What an event type is there to book: one hands-on segment with one staff member.

    Attributes:
        number, total: which hands-on segment of its service it is, counted from one.
    """

    company: Company
    branch: Branch
    staff: Staff
    service: Service
    segment: ServiceSegment
    number: int
    total: int

    @classmethod
    def of(cls, *, staff: Staff, service: Service, segment_key: str) -> Self | None:
        """Find a segment in its recipe; None where there is no such hands-on segment.

        Cheap where `staff` knows its branch and company, and `service` its segments.
        """
        hands_on = sorted(
            (row for row in service.segments.all() if row.staff_required),
            key=lambda row: row.position,
        )
        for number, segment in enumerate(hands_on, start=1):
            if segment.key == segment_key:
                return cls(
                    company=staff.company,
                    branch=staff.branch,
                    staff=staff,
                    service=service,
                    segment=segment,
                    number=number,
                    total=len(hands_on),
                )
        return None

    @property
    def title(self) -> str:
        """What people read in Cal.com: "Dauerwelle: Spülen (2 von 4) - Mara - Salon Eins"."""
        what = self.service.name
        if self.total > 1:
            part = self.segment.name or self.segment.key
            what += f": {part} ({self.number} {OF[self.company.locale]} {self.total})"
        return f"{what} - {self.staff.name} - {self.company.name}"

    @property
    def slug(self) -> str:
        """Return what the event type is found again by: always the same for this purpose.

        The digest tells apart what reads the same once hyphens have joined it.
        """
        names = (self.company.slug, self.staff.slug, self.service.slug, self.segment.key)
        digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:DIGEST_CHARACTERS]
        readable = slugify(f"{self.service.slug}-{self.segment.key}-{self.staff.slug}")
        return f"{readable}-{digest}"


def purpose_of(event_map: CalcomEventMap) -> Purpose | None:
    """Return what a map's event type is there for; None if its segment is no more."""
    return Purpose.of(
        staff=event_map.staff, service=event_map.service, segment_key=event_map.segment_key
    )


def design_of(
    purpose: Purpose, event_map: CalcomEventMap, *, host_id: int | None
) -> EventTypeDesign:
    """Return what the event type should be like, with what its map wants differently.

    Args:
        purpose: what it is for.
        event_map: the map, saved or not.
        host_id: whom a team's event type is booked with; None for the key owner's own.
    """
    return EventTypeDesign(
        title=event_map.own_title or purpose.title,
        slug=purpose.slug,
        length_minutes=purpose.segment.minutes,
        hidden=event_map.is_hidden,
        allows_guests=event_map.allows_guests,
        slot_interval_minutes=SLOT_INTERVAL_MINUTES,
        address=f"{purpose.company.name}, {purpose.branch.name}",
        host_id=host_id,
    )


# How Cal.com spells what differs.
SPELLINGS: Mapping[str, str] = {
    DriftKind.WRONG_LENGTH: "lengthInMinutes",
    DriftKind.HOST_MISSING: "hosts",
    DriftKind.HIDDEN: "hidden",
    DriftKind.GUESTS: "disableGuests",
    DriftKind.NOTICE: "minimumBookingNotice",
    DriftKind.WINDOW: "bookingWindow",
    DriftKind.TITLE: "title",
}


def changes_for(design: EventTypeDesign, kinds: set[str]) -> dict[str, Any]:
    """Return the part of a design that puts right what differs, spelled as Cal.com does.

    Nobody but its owner can be the host of a personal event type: nothing to send for that.
    """
    body = design.body()
    return {
        spelling: body[spelling]
        for kind, spelling in SPELLINGS.items()
        if kind in kinds and spelling in body
    }
