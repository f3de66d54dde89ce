"""Moving the caller's own appointment."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from appointments import actions, queries
from appointments.errors import AlreadyAtThatTimeError
from appointments.models import Appointment, AppointmentChange, CallbackReason
from features.flags import Flag
from voice import phrases, replies, shapes
from voice.errors import AskBackError, UnknownCallerError
from voice.functions.availability import (
    WITH_ALTERNATIVES,
    ask_for_time,
    ask_with_times,
    check_own_appointments,
)
from voice.functions.calling_back import queue_callback
from voice.functions.offering import instead
from voice.functions.own import find_upcoming, hear_named
from voice.functions.registry import WRITE_SECONDS, function
from voice.heard import Heard
from voice.replies import Reply
from voice.serializers import MoveArguments
from voice.understanding import understand


@function("reschedule_appointment", arguments=MoveArguments, seconds=WRITE_SECONDS)
def reschedule_appointment(heard: Heard, now: datetime) -> Reply:
    """Move the caller's appointment in one step; where that fails, nothing has changed.

    The same move asked for again, in whatever words, is answered as the first was.
    """
    if not Flag.VOICE_RESCHEDULE.is_on(company_id=heard.company.pk):
        return Reply("disabled", phrases.say("moving_disabled", locale=heard.locale))
    said = heard.said
    named = hear_named(heard, date=said["old_date"], time=said["old_time"], now=now)
    try:
        heard.understood.moving = find_upcoming(heard, named, now)
    except UnknownCallerError:
        return queue_callback(heard, now, reason=CallbackReason.MOVE, wish=_wish(heard))
    # From here on the new time is the wish, as for any other function.
    heard.said = {**said, "datetime": "", "date": said["new_date"], "time": said["new_time"]}
    try:
        known = understand(heard, now=now, writes=True)
    except AskBackError as error:
        return _ask_for_new_time(error, heard, now)
    if known.moment is None:
        return _as_new(ask_for_time(heard, now))
    try:
        return _move(heard, heard.understood.moving, known.moment, now)
    except WITH_ALTERNATIVES as refusal:
        return instead(refusal, heard, now)


def _move(heard: Heard, row: Appointment, moment: datetime, now: datetime) -> Reply:
    call_id = heard.call.call_id
    staff_id = heard.understood.staff.pk if heard.understood.staff else row.staff_id
    is_there = (row.starts_at, row.staff_id) == (moment, staff_id)
    trail = queries.get_changes_in_call(heard.company, call_id=call_id)
    if is_there and (earlier := _last_move(row, trail)):
        return _say_moved(heard, row, earlier, now)
    queries.check_may_move(row, now=now, call_id=call_id)
    if is_there:
        raise AlreadyAtThatTimeError
    check_own_appointments(heard, moment)
    moved = actions.reschedule(
        appointment=row,
        starts_at=moment,
        now=now,
        deadline=heard.deadline,
        staff_id=staff_id,
        call_id=call_id,
        by_customer=True,
    )
    heard.remember(appointment=moved, agreed_on=None, wished_time=None, read_back_on=None)
    return _say_moved(heard, moved, queries.get_last_move(moved.pk), now)


def _last_move(row: Appointment, trail: Sequence[AppointmentChange]) -> AppointmentChange | None:
    """Return how this call has brought an appointment to where it is, if it was this call."""
    here = (row.pk, row.starts_at, row.staff_id)
    moves = [
        change
        for change in trail
        if (change.appointment_id, change.new_starts_at, change.new_staff_id) == here
    ]
    return moves[-1] if moves else None


def _say_moved(
    heard: Heard, row: Appointment, change: AppointmentChange | None, now: datetime
) -> Reply:
    message = phrases.say(
        "rescheduled",
        locale=heard.locale,
        service=row.service.name,
        when=replies.say_moment(row.starts_at, heard, now=now),
        staff=row.staff.name,
    )
    data = {
        "appointment": shapes.appointment(row),
        "previous": shapes.previous(change, row) if change else None,
        "understood": replies.understood(heard),
    }
    return Reply("rescheduled", message, data)


def _ask_for_new_time(error: AskBackError, heard: Heard, now: datetime) -> Reply:
    """Ask where to; with free times, if the day is known. A week without a day asks for it."""
    said = heard.said
    if error.status == "date_required" and not (said["date"] or said["time"]):
        return replies.ask_back(AskBackError("new_time_required"), heard, now=now)
    return _as_new(ask_with_times(error, heard, now))


def _as_new(reply: Reply) -> Reply:
    return replace(reply, status="new_time_required") if reply.status == "time_required" else reply


def _wish(heard: Heard) -> str:
    """Say for the salon's people what was wished, in the caller's own words."""
    said = heard.said
    before = " ".join(filter(None, (said["old_date"], said["old_time"])))
    after = " ".join(filter(None, (said["new_date"], said["new_time"])))
    return " → ".join(filter(None, (before, after)))
