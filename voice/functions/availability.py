"""Is it free, and what else is."""

from dataclasses import replace
from datetime import datetime

from appointments import queries
from appointments.domain.alternatives import SlotType, Wish
from appointments.domain.diary import Reason
from appointments.domain.intervals import Interval
from appointments.domain.starts import duration_of
from appointments.errors import (
    ClosedError,
    OwnAppointmentError,
    PastTimeError,
    SlotTakenError,
    TooSoonError,
)
from appointments.models import Appointment
from voice import phrases, replies
from voice.errors import AskBackError
from voice.functions.offering import (
    find_alternatives,
    find_times,
    instead,
    offer_slot,
    own_appointments,
    say_offer,
    search_for,
    usual_staff_id,
)
from voice.functions.registry import function
from voice.heard import Heard
from voice.replies import Reply
from voice.serializers import WishArguments
from voice.understanding import understand
from voice.wanted import hear_service

# Refusals that are answered with what could be instead.
WITH_ALTERNATIVES = (SlotTakenError, ClosedError, PastTimeError, TooSoonError)


@function("check_availability", arguments=WishArguments)
def check_availability(heard: Heard, now: datetime) -> Reply:
    """Say whether the wished time is free for the whole service; if not, what is."""
    try:
        known = understand(heard, now=now)
    except AskBackError as error:
        return ask_with_times(error, heard, now)
    if known.moment is None:
        return _sourced(in_window(heard, now), heard)
    try:
        found, slot = take_slot(heard, known.moment, now)
    except WITH_ALTERNATIVES as refusal:
        return _sourced(instead(refusal, heard, now), heard)
    message = phrases.say(
        "available",
        locale=heard.locale,
        when=replies.say_moment(known.moment, heard, now=now),
        staff=found.slot.staff_name,
    )
    data = {
        "available": True,
        "slot": slot,
        "source": "local" if found.listing is None else "calcom",
        "understood": replies.understood(heard),
    }
    return Reply("available", message, data)


def _sourced(reply: Reply, heard: Heard) -> Reply:
    """Say whether Cal.com was heard on what is offered."""
    source = "calcom" if heard.outside_was_heard else "local"
    return replace(reply, data={"source": source, **reply.data})


def take_slot(
    heard: Heard, moment: datetime, now: datetime
) -> tuple[queries.Availability, dict[str, object]]:
    """Check the wished moment and hold it; return what was found, and the offered slot.

    Raises:
        AppointmentError: it cannot be had, and why.
    """
    search = search_for(heard)
    queries.check_bookable(search, moment, now=now)
    check_own_appointments(heard, moment)
    found = queries.check_availability(
        search,
        moment,
        now=now,
        deadline=heard.deadline,
        usual_staff_id=usual_staff_id(heard, now),
    )
    slot = offer_slot(heard, found.slot, now)
    if slot is None:
        raise SlotTakenError(reason=Reason.TAKEN)
    return found, slot


@function("get_alternatives", arguments=WishArguments)
def get_alternatives(heard: Heard, now: datetime) -> Reply:
    """Offer slots near a wish; without a time the day's, without a day from now on."""
    try:
        understand(heard, now=now)
    except AskBackError as error:
        named_none = not (heard.said["date"] or heard.said["datetime"])
        if error.status != "time_required" and not (error.status == "date_required" and named_none):
            return ask_with_times(error, heard, now)
    known = heard.understood
    known.service = known.service or hear_service(heard, now=now)
    known.repeats = False  # who asks for others wants others
    if known.on is None and (booked := _booked_in_call(heard, now)):
        return _already_booked(booked, heard, now)
    if known.on:
        queries.check_day(search_for(heard), known.on, now=now)
    if known.on and not known.knows_time:
        alternatives = find_times(heard, now)
    else:
        alternatives = find_alternatives(heard, known.wish if known.on else _soon(heard, now), now)
    data = {"alternatives": alternatives, "understood": replies.understood(heard)}
    status = "found" if alternatives else "none"
    return Reply(status, say_offer(heard, alternatives, now), data)


def ask_with_times(error: AskBackError, heard: Heard, now: datetime) -> Reply:
    """Ask back; where only the time is open, or the day is past, with what is free."""
    known = heard.understood
    if error.status == "time_required" and known.service and known.on:
        if not queries.is_open_on(heard.branch, known.on):
            return instead(ClosedError(), heard, now)
        times = find_times(heard, now)
        reply = replies.ask_back(error, heard, now=now)
        message = say_offer(heard, times, now) if times else reply.message
        return Reply(reply.status, message, {**reply.data, "alternatives": times})
    if error.status == "past_time":
        try:
            known.service = hear_service(heard, now=now)
        except AskBackError:
            return replies.ask_back(error, heard, now=now)
        return instead(PastTimeError(), heard, now, wish=_soon(heard, now))
    return replies.ask_back(error, heard, now=now)


def ask_for_time(heard: Heard, now: datetime) -> Reply:
    """Ask for a clock time; a part of the day is none, but says what to offer."""
    if heard.understood.window is None:
        return ask_with_times(AskBackError("time_required"), heard, now)
    found = in_window(heard, now)
    if found.status != "available":
        return found
    facts = {key: found.data[key] for key in ("alternatives", "understood")}
    return Reply("time_required", found.message, facts)


def in_window(heard: Heard, now: datetime) -> Reply:
    """Answer a wish for a part of the day: with slots inside it, else with what is near."""
    known = heard.understood
    try:
        _check_window(heard, now)
    except WITH_ALTERNATIVES as refusal:
        return instead(refusal, heard, now)
    alternatives = find_alternatives(heard, known.wish, now)
    inside = [slot for slot in alternatives if slot["type"] == SlotType.REQUESTED.value]
    if not inside:
        missed = _missed(heard)
        sentence = "window_closed" if isinstance(missed, ClosedError) else ""
        because = replies.because(missed, heard, now=now, sentence=sentence)
        offer = say_offer(heard, alternatives, now, refused_on=known.on)
        message = f"{because} {offer}"
        return Reply(
            missed.status,
            message,
            {
                **replies.facts(missed, heard),
                "alternatives": alternatives,
                "understood": replies.understood(heard),
            },
        )
    data = {
        "available": True,
        "slot": inside[0],
        "alternatives": inside,
        "understood": replies.understood(heard),
    }
    return Reply("available", say_offer(heard, inside, now), data)


def _check_window(heard: Heard, now: datetime) -> None:
    known = heard.understood
    wish = known.wish
    if wish.window is None:
        msg = "without a moment there is a window"
        raise ValueError(msg)
    ends_at = datetime.combine(wish.day, wish.window[1], tzinfo=heard.zone)
    queries.check_bookable(search_for(heard), ends_at, now=now)
    if not queries.is_open_on(heard.branch, wish.day):
        raise ClosedError


def _missed(heard: Heard) -> ClosedError | SlotTakenError:
    """Return why nothing begins in the wished part of the day: it is after hours, or taken."""
    wish = heard.understood.wish
    if wish.window and not queries.is_open_in(heard.branch, wish.day, wish.window):
        return ClosedError()
    return SlotTakenError(reason=Reason.TAKEN)


def _soon(heard: Heard, now: datetime) -> Wish:
    """Return the wish of somebody who has named no time: as soon as possible."""
    local = now.astimezone(heard.zone)
    return Wish(day=local.date(), at=local.time().replace(second=0, microsecond=0))


def check_own_appointments(heard: Heard, moment: datetime) -> None:
    """Refuse what overlaps an appointment the caller has, unless one more is wished.

    Raises:
        OwnAppointmentError: with the one that is overlapped.
    """
    if heard.said["additional"]:
        return
    search = search_for(heard)
    wished = Interval(
        moment, moment + duration_of((search.moving or search.service).get_segments())
    )
    for row in own_appointments(heard, now=moment):
        if row.interval.overlaps(wished):
            raise OwnAppointmentError(appointment=row)


def _booked_in_call(heard: Heard, now: datetime) -> Appointment | None:
    """Return what this call has booked of the service it asks for again."""
    return next(
        (
            row
            for row in own_appointments(heard, now)
            if row.call_id == heard.call.call_id and row.service == heard.understood.service
        ),
        None,
    )


def _already_booked(row: Appointment, heard: Heard, now: datetime) -> Reply:
    message = phrases.say(
        "already_booked",
        locale=heard.locale,
        service=row.service.name,
        when=replies.say_moment(row.starts_at, heard, now=now),
        staff=row.staff.name,
    )
    return Reply("already_booked", message, {"understood": replies.understood(heard)})
