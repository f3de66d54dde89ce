"""What a webhook of Cal.com says, as much of it as is needed to go and look."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from calcom.payloads import Reference

# Those after which a booking is not there any more.
ENDING = frozenset({"BOOKING_CANCELLED", "BOOKING_REJECTED"})
HANDLED = ENDING | {
    "BOOKING_CREATED",
    "BOOKING_REQUESTED",
    "BOOKING_RESCHEDULED",
    "BOOKING_REASSIGNED",
}
UID = re.compile(r"[\w.-]{1,100}", re.ASCII)
LONGEST_TRIGGER, LONGEST_REASON = 60, 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """That something happened to a booking. What is true of it, Cal.com is asked.

    Nothing about people is kept: no names, addresses or numbers.

    Attributes:
        trigger: in capitals and underscores, however it was spelt.
        uid: of the booking; after a move the new one.
        earlier_uid: the one it had before a move.
        event_type_id: None where it is not said.
        appointment, segment: our reference; cancellations carry none.
        reason: why it was cancelled or rejected.
    """

    trigger: str
    uid: str = ""
    earlier_uid: str = ""
    event_type_id: int | None = None
    appointment: str = ""
    segment: str = ""
    reason: str = ""

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Read a webhook's body. What it does not say, or says oddly, is left empty."""
        payload = body.get("payload")
        payload = payload if isinstance(payload, Mapping) else body
        reference = Reference.of(payload.get("metadata"))
        event_type_id = payload.get("eventTypeId")
        return cls(
            trigger=_text(body.get("triggerEvent"))[:LONGEST_TRIGGER].upper().replace(".", "_"),
            uid=_uid(payload.get("uid")),
            earlier_uid=_uid(payload.get("rescheduleUid")),
            event_type_id=event_type_id if isinstance(event_type_id, int) else None,
            appointment=_uid(reference.appointment) if reference else "",
            segment=_uid(reference.segment) if reference else "",
            reason=_text(payload.get("cancellationReason") or payload.get("rejectionReason"))[
                :LONGEST_REASON
            ],
        )

    def facts(self) -> dict[str, Any]:
        """Return what JSON can keep; `Notice(**facts)` is the way back."""
        return asdict(self)

    @property
    def reference(self) -> Reference | None:
        return Reference(self.appointment, self.segment) if self.appointment else None

    @property
    def uids(self) -> list[str]:
        return [uid for uid in (self.earlier_uid, self.uid) if uid]

    @property
    def is_handled(self) -> bool:
        return self.trigger in HANDLED and bool(self.uid)

    @property
    def is_ending(self) -> bool:
        return self.trigger in ENDING


def _text(value: object) -> str:
    """Return a text that every database stores; "" for anything else."""
    if not isinstance(value, str):
        return ""
    return value.encode(errors="ignore").decode().replace("\x00", "")


def _uid(value: object) -> str:
    return value if isinstance(value, str) and UID.fullmatch(value) else ""
