"""Which of the caller's own appointments is meant. Nobody else's ever can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appointments import queries
from appointments.models import Appointment, AppointmentChange
from voice import matching, replies, shapes
from voice.errors import AskBackError, UnknownCallerError
from voice.functions.offering import own_appointments
from voice.heard import Heard
from voice.understanding import question_about, read_when
from voice.wanted import match_service
from voice.when import Problem, When

LISTED, SPOKEN = 10, 5
# What a model writes where it knows no id.
NO_ID = frozenset({"", "none", "null", "undefined", "unknown"})
# Readings that still say which appointment, if just one is there.
READABLE = {None, Problem.DATE_REQUIRED, Problem.DATE_AMBIGUOUS, Problem.PAST_TIME}


@dataclass(frozen=True, slots=True)
class Named:
    """What was said of an appointment that exists: its id, its day, its time, or nothing."""

    appointment_id: str
    when: When

    @property
    def says_nothing(self) -> bool:
        return not self.appointment_id and self.when.says_nothing

    def means(self, row: Appointment, starts_at: datetime) -> bool:
        """Whether this was said of an appointment that stands, or stood, at `starts_at`."""
        if self.appointment_id == row.public_id:
            return True
        if self.when.says_nothing:
            return False
        local = starts_at.astimezone(row.branch.zone)
        when, day = self.when, local.date()
        days = {*when.candidates, *([when.on] if when.on else [])}
        on_day = (
            day in days if days else when.days is None or (when.days.first <= day <= when.days.last)
        )
        at_time = when.at in (None, local.time())
        in_window = when.window is None or when.window.start <= local.time() < when.window.end
        return on_day and at_time and in_window


def hear_named(heard: Heard, *, date: str, time: str, now: datetime) -> Named:
    """Return how an appointment was named.

    Raises:
        AskBackError: its day or time cannot be told.
    """
    said_id = heard.said["appointment_id"]
    when = read_when(heard, date, time_said=time, now=now)
    if when.problem not in READABLE:
        raise question_about(when)
    return Named("" if said_id.lower() in NO_ID else said_id, when)


def find_upcoming(heard: Heard, named: Named, now: datetime) -> Appointment:
    """Return the caller's appointment that is meant: the one named, else this call's, else theirs.

    Raises:
        AskBackError: `which_one` of several, or `none`; whether somebody else has one there
            is never told.
        UnknownCallerError: a withheld number, and this call has booked no such appointment.
    """
    own = [row for row in own_appointments(heard, now) if row.starts_at > now]
    trail = queries.get_changes_in_call(heard.company, call_id=heard.call.call_id)
    if named.says_nothing:
        rows = _of_this_call(own, trail, heard) or own
    else:
        rows = _by_id(own, named) or _named(own, trail, named)
    rows = _of_service(rows, heard)
    if len(rows) == 1:
        return rows[0]
    if rows:
        raise _which_one(rows, heard, now)
    if not heard.call.from_number:
        raise UnknownCallerError
    raise AskBackError("none", spoken={} if own else {"sentence": "no_appointments"})


def find_cancelled(heard: Heard, named: Named, now: datetime) -> Appointment | None:
    """Return the caller's cancelled appointment that is meant, if one is.

    Without a name it is what this call has cancelled, unless it has done something else since.
    """
    gone = queries.get_cancelled(
        heard.company, customer=heard.call.customer, call_id=heard.call.call_id, now=now
    )
    if not named.says_nothing:
        rows = [row for row in gone if named.means(row, row.starts_at)]
        return rows[-1] if rows else None
    call_id = heard.call.call_id
    trail = queries.get_changes_in_call(heard.company, call_id=call_id)
    if not trail or trail[-1].kind != AppointmentChange.Kind.CANCELLED:
        return None
    last = trail[-1]
    booked = queries.get_booked_in_call(heard.company, call_id=call_id)
    if booked and booked.created_at > last.changed_at:
        return None
    return next((row for row in gone if row.pk == last.appointment_id), None)


def _by_id(own: Sequence[Appointment], named: Named) -> list[Appointment]:
    return [row for row in own if row.public_id == named.appointment_id]


def _named(
    own: Sequence[Appointment], trail: Sequence[AppointmentChange], named: Named
) -> list[Appointment]:
    """Return what stands where it was named; else what this call has moved away from there."""
    standing = [row for row in own if named.means(row, row.starts_at)]
    if standing:
        return standing
    return [
        row
        for row in own
        if any(
            change.appointment_id == row.pk and named.means(row, change.starts_at)
            for change in trail
        )
    ]


def _of_this_call(
    own: Sequence[Appointment], trail: Sequence[AppointmentChange], heard: Heard
) -> list[Appointment]:
    """Return what this call has booked, else what it has moved: "doch lieber um fünf"."""
    booked = [row for row in own if row.call_id == heard.call.call_id]
    moved = {change.appointment_id for change in trail}
    return booked or [row for row in own if row.pk in moved]


def _of_service(rows: Sequence[Appointment], heard: Heard) -> list[Appointment]:
    """Return, of several, those of the service that was said, if any are."""
    said = heard.said["service"]
    if len(rows) <= 1 or not said:
        return list(rows)
    found = match_service(said, list({row.service_id: row.service for row in rows}.values()))
    if not isinstance(found, matching.Match):
        return list(rows)
    return [row for row in rows if row.service_id == found.id]


def _which_one(rows: Sequence[Appointment], heard: Heard, now: datetime) -> AskBackError:
    return AskBackError(
        "which_one",
        facts={"appointments": [shapes.appointment(row) for row in rows[:LISTED]]},
        spoken={
            "names": [
                f"{replies.say_moment(row.starts_at, heard, now=now)} {row.service.name}"
                for row in rows[:SPOKEN]
            ]
        },
    )
