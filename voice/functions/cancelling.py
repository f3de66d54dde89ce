"""Cancelling the caller's own appointment."""

from datetime import datetime

from appointments import actions
from appointments.models import Appointment, CallbackReason
from features.flags import Flag
from voice import phrases, replies, shapes
from voice.errors import AskBackError, UnknownCallerError
from voice.functions.calling_back import queue_callback
from voice.functions.own import Named, find_cancelled, find_upcoming, hear_named
from voice.functions.registry import WRITE_SECONDS, function
from voice.heard import Heard
from voice.replies import Reply
from voice.serializers import CancelArguments


@function("cancel_appointment", arguments=CancelArguments, seconds=WRITE_SECONDS)
def cancel_appointment(heard: Heard, now: datetime) -> Reply:
    """Cancel the caller's appointment. What is cancelled already is said so, not done again."""
    if not Flag.VOICE_CANCEL.is_on(company_id=heard.company.pk):
        return Reply("disabled", phrases.say("cancelling_disabled", locale=heard.locale))
    said = heard.said
    named = hear_named(heard, date=said["date"], time=said["time"], now=now)
    if named.says_nothing and (gone := find_cancelled(heard, named, now)):
        # Perhaps a repetition: nobody loses another appointment by it.
        return _say("already_cancelled", heard, gone, now)
    try:
        row = find_upcoming(heard, named, now)
    except (AskBackError, UnknownCallerError) as error:
        return _not_found(error, heard, named, now)
    done = actions.cancel(
        appointment=row,
        now=now,
        reason=said["reason"],
        call_id=heard.call.call_id,
        by_customer=True,
    )
    row.refresh_from_db(fields=["starts_at", "ends_at", "sync_status"])
    heard.remember(agreed_on=None, wished_time=None, read_back_on=None)
    return _say("cancelled" if done else "already_cancelled", heard, row, now)


def _not_found(
    error: AskBackError | UnknownCallerError, heard: Heard, named: Named, now: datetime
) -> Reply:
    """Say of what stands no more that it is cancelled; else ask, or have somebody call back."""
    is_gone = isinstance(error, UnknownCallerError) or error.status != "which_one"
    if is_gone and (gone := find_cancelled(heard, named, now)):
        return _say("already_cancelled", heard, gone, now)
    if isinstance(error, AskBackError):
        raise error
    said = heard.said
    wish = " ".join(filter(None, (said["date"], said["time"], said["reason"])))
    return queue_callback(heard, now, reason=CallbackReason.CANCEL, wish=wish)


def _say(status: str, heard: Heard, row: Appointment, now: datetime) -> Reply:
    message = phrases.say(
        status,
        locale=heard.locale,
        service=row.service.name,
        when=replies.say_moment(row.starts_at, heard, now=now),
        staff=row.staff.name,
    )
    data = {"appointment": shapes.appointment(row), "understood": replies.understood(heard)}
    return Reply(status, message, data)
