"""How Cal.com and we can disagree, and what is to be done about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from appointments.models import AppointmentPhase
from calcom.payloads import Reference


class Kind(StrEnum):
    """What is different."""

    MISSING = "missing"  # ours is not there
    CANCELLED = "cancelled"  # ours was cancelled there
    MOVED = "moved"  # ours stands elsewhere, or under another uid
    WRONG_HOST = "wrong_host"  # ours is with somebody else there
    WRONG_LENGTH = "wrong_length"  # ours is longer or shorter there
    EXTRA = "extra"  # it names an appointment that is cancelled, or that nobody knows here
    ORPHAN = "orphan"  # it names an appointment that has its booking already
    FOREIGN = "foreign"  # a foreign booking, or the end of one, that is unknown here


class Remedy(StrEnum):
    """What brings both sides together."""

    FOLLOW = "follow"  # as a webhook would have told us
    SYNC = "sync"  # book again what lacks
    CANCEL = "cancel"  # cancel what is too much
    REVIEW = "review"  # a person must look at it
    WAITING = "waiting"  # the sync is on its way
    WITH_PERSON = "with_person"  # it is in the review queue


SAFE = frozenset({Remedy.FOLLOW, Remedy.SYNC, Remedy.CANCEL, Remedy.REVIEW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing on which the two calendars disagree.

    Attributes:
        uid: of the booking; "" where none is known.
        starts_at: when it begins, here if it is here, else there.
        phase: of ours, where there is one.
        reference: what the booking says of itself.
        detail: in words, for whoever reads the list.
    """

    kind: Kind
    remedy: Remedy
    uid: str
    starts_at: datetime
    phase: AppointmentPhase | None = None
    reference: Reference | None = None
    detail: str = ""

    @property
    def appointment(self) -> str:
        """The public id of the appointment, "" where there is none."""
        if self.phase:
            return self.phase.appointment.public_id
        return self.reference.appointment if self.reference else ""

    @property
    def segment(self) -> str:
        if self.phase:
            return self.phase.segment_key
        return self.reference.segment if self.reference else ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes a difference found later the same one."""
        return self.kind, self.uid, self.appointment, self.segment
