"""One function call on its way, and what is clear of its wish by now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from appointments.domain.alternatives import Wish
from appointments.models import Appointment, Branch, Company, Service, Staff
from appointments.ports import Deadline
from voice.calls import Memory
from voice.models import Call, Offer
from voice.when import DaySpan


class Confirmation(StrEnum):
    """What the agent should have confirmed before it goes on."""

    FULL = "full"
    BRIEF = "brief"
    NONE = "none"


@dataclass(slots=True)
class Understood:
    """What is clear of a wish by now. Filled step by step, so that a question can name it.

    Attributes:
        on, at: the day and the clock time, the branch's.
        window: a part of the day instead of a clock time; from, up to.
        moment: the exact instant, where day and time are known. UTC.
        candidates: two days that may have been meant, earlier first.
        days: a week or month, where that was named instead of a day.
        offer: the offered slot that was chosen.
        offers: all that were made in this call so far.
        repeats: whether day and time are those of the wish before.
        moving: the appointment that is to move; it names service, staff member and, where no
            day was agreed, the day.
    """

    on: date | None = None
    at: time | None = None
    window: tuple[time, time] | None = None
    moment: datetime | None = None
    candidates: Sequence[date] = ()
    days: DaySpan | None = None
    service: Service | None = None
    staff: Staff | None = None
    offer: Offer | None = None
    confirmation: Confirmation = Confirmation.FULL
    offers: Sequence[Offer] = ()
    repeats: bool = False
    moving: Appointment | None = None

    @property
    def knows_time(self) -> bool:
        return self.at is not None or self.window is not None

    @property
    def wish(self) -> Wish:
        """Return the wish for a search; only with a day."""
        if self.on is None:
            msg = "a wish without a day cannot be searched"
            raise ValueError(msg)
        return Wish(day=self.on, at=self.at, window=self.window)


@dataclass(slots=True, kw_only=True)
class Heard:
    """One function call on its way.

    Attributes:
        call: in which it was made; with branch, company and customer loaded.
        said: its arguments under their own names, as its serializer read them.
        deadline: when the caller must have an answer.
        understood: what is clear by now.
        memory: what is written with the answer.
        outside_was_heard: whether alternatives were searched with the outside calendar's help.
    """

    call: Call
    said: Mapping[str, Any]
    deadline: Deadline
    understood: Understood = field(default_factory=Understood)
    memory: Memory = field(default_factory=Memory)
    outside_was_heard: bool = False

    def remember(self, **what: Any) -> None:
        """Remember something for the rest of the call, from now on."""
        for name, value in what.items():
            if getattr(self.call, name) != value:
                setattr(self.call, name, value)
                self.memory.fields[name] = value

    @property
    def refused_starts(self) -> frozenset[datetime]:
        """Starts that were refused in this call; none is offered again."""
        return frozenset(datetime.fromisoformat(start) for start in self.call.refused_starts)

    def remember_refused(self, start: datetime) -> None:
        known = dict.fromkeys([*self.call.refused_starts, start.isoformat()])
        self.remember(refused_starts=list(known))

    @property
    def declined_starts(self) -> frozenset[datetime]:
        """Starts the caller gave back in this call; none is offered again."""
        return frozenset(datetime.fromisoformat(start) for start in self.call.declined_starts)

    def remember_declined(self, start: datetime) -> None:
        known = dict.fromkeys([*self.call.declined_starts, start.isoformat()])
        self.remember(declined_starts=list(known))

    @property
    def branch(self) -> Branch:
        return self.call.branch

    @property
    def company(self) -> Company:
        return self.call.branch.company

    @property
    def locale(self) -> str:
        return self.company.locale

    @property
    def zone(self) -> ZoneInfo:
        return self.branch.zone
