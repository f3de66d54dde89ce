"""What a call script says, as values. Texts still hold their placeholders: `{tuesday 10:00}`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from booking_site.documents.places import Named, Place
from booking_site.salon_file import SalonFile
from features.flags import Flag

LENA = "+4915111111111"  # a customer in both salons' files


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEntry:
    """One telephone call.

    Attributes:
        number: who calls; "anonymous" and its like for a withheld one.
        to, agent: which salon is called; None for the script's own.
        call_id: as sent; None for a new one, "" for none at all.
    """

    place: Place
    number: str = LENA
    to: str | None = None
    agent: str | None = None
    call_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAppointment:
    """An appointment that is there before the call. What has begun counts as completed."""

    place: Place
    called: str
    customer: Named
    service: Named
    staff: Named
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignBooking:
    """A booking somebody made in Cal.com itself, of one segment's event type."""

    place: Place
    service: Named
    staff: Named
    segment: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault of the simulated Cal.com.

    Attributes:
        options: as docs/simulator.md has them, `kind` first of all.
        service, staff, segment: whose event type it meets; all of them where not said.
    """

    place: Place
    options: Mapping[str, Any]
    service: Named | None
    staff: Named | None
    segment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What is true before the first call.

    Attributes:
        salon: the salon the script is played in.
        other_salon: a second company, whose rows must never appear; None for none.
        company: settings that differ from the salon's file, by the file's keys.
        staff_names: other names for some of its staff, by their slugs.
        flags: the company's own.
    """

    place: Place
    salon: SalonFile
    other_salon: SalonFile | None = None
    company: Mapping[str, Any] = field(default_factory=dict)
    staff_names: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[Flag, bool] = field(default_factory=dict)
    appointments: tuple[GivenAppointment, ...] = ()
    other_appointments: tuple[GivenAppointment, ...] = ()
    foreign_bookings: tuple[ForeignBooking, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether any salon will do, as it is: nothing has to be put in place."""
        return not (
            self.other_salon
            or self.company
            or self.staff_names
            or self.flags
            or self.appointments
            or self.foreign_bookings
            or self.faults
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an answer must be.

    Attributes:
        http: the HTTP status; whatever is not 200 has no further answer.
        statuses: how many of several answers have which status.
        data: what `data` must hold at least.
        says, never_says: parts of the message.
        within_ms: None for what the function promises.
    """

    place: Place
    http: int = 200
    status: str | None = None
    statuses: Mapping[str, int] = field(default_factory=dict)
    success: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()
    within_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One thing that happens: a function call, an event of the platform, or time going by.

    Attributes:
        says: what the caller says, for whoever reads along.
        call: which call it happens in.
        function, args: the agent's function call, as the model would fill it in.
        event, fields: an event of the platform, and what its `call` holds besides the usual.
        times: so often, one after the other; the last answer counts.
        at_once: the calls that ask at the same moment.
        retry: the platform sends the last function call again, under the same tool call id.
        signature: "right", "wrong", "stale" or "missing".
        minutes_pass: what is remembered becomes so many minutes older.
        work: background work is done before the next turn.
        called: how later turns name the answer.
        answer: what is expected.
    """

    place: Place
    says: str
    call: Named | None
    function: str
    args: Mapping[str, Any]
    event: str
    fields: Mapping[str, Any]
    times: int
    at_once: tuple[Named, ...]
    retry: bool
    signature: str
    minutes_pass: int
    work: bool
    called: str
    answer: Expected | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAppointment:
    """An appointment as it must be in the end.

    Attributes:
        given: the name of one that was there before; "" for one the calls made.
        values: fields to compare: service, staff, starts_at, status, sync_status, customer, ….
        bookings: segment → clock time of its booking in Cal.com; None to check only that Cal.com
            agrees with us.
    """

    place: Place
    given: Named | None
    values: Mapping[str, Any]
    bookings: Mapping[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Afterwards:
    """What must be true when all is said and the background work is done.

    None means that nothing is said about it; of appointments, that there is nothing new and that
    what was there is as it was.
    """

    place: Place
    appointments: tuple[ExpectedAppointment, ...] = ()
    holds: int | None = None
    callbacks: tuple[Mapping[str, Any], ...] | None = None
    reviews: tuple[str, ...] | None = None
    customers: tuple[Mapping[str, Any], ...] | None = None
    calls: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    calcom_creates: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One script, whole."""

    path: Path
    title: str
    language: str
    given: Given
    calls: Mapping[str, CallEntry]
    turns: tuple[Turn, ...]
    afterwards: Afterwards

    @property
    def name(self) -> str:
        return self.path.stem
