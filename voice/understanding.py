"""From words to a wish: when, what and with whom, with what the call remembers."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from appointments.models import Appointment
from voice import english, german
from voice.choosing import chosen_offer
from voice.errors import AskBackError
from voice.heard import Confirmation, Heard, Understood
from voice.models import Call, Offer
from voice.wanted import hear_service, hear_staff
from voice.when import Problem, When

LANGUAGES: Mapping[str, Callable[..., When]] = {
    "de": german.understand,
    "en": english.understand,
}


def understand(heard: Heard, *, now: datetime, writes: bool = False) -> Understood:
    """Work out when, what and with whom; what was said before in the call fills the gaps.

    Args:
        heard: the call. Its `understood` is filled as far as things are clear.
        now: the time.
        writes: whether something would be booked; then a day with two readings is asked back.

    Returns:
        the wish. It has a day, a service, and a time or a window.

    Raises:
        AskBackError: the one question that moves the call on. `time_required` comes with
            whatever else was understood, so that free times can be named.
    """
    known = heard.understood
    offers = _load_offers(heard, now=now)
    known.offer = chosen_offer(heard.said, offers)
    if known.offer:
        _take_offer(known, known.offer, heard.zone)
    else:
        try:
            _hear_when(heard, offers, now=now, writes=writes)
        except AskBackError:
            _note_service(heard, now=now)
            raise
    try:
        known.service = hear_service(heard, now=now)
        known.staff = hear_staff(heard, known.service)
    except AskBackError:
        if known.knows_time:
            raise
    known.repeats = _repeats(heard.call, known)
    _remember(heard, known)
    if not known.knows_time:
        raise AskBackError("time_required")
    return known


def _note_service(heard: Heard, *, now: datetime) -> None:
    """Keep the service that was named, although the day is asked first: nobody says it twice."""
    if heard.said["service"] or heard.call.service:
        with suppress(AskBackError):
            heard.understood.service = hear_service(heard, now=now)
            heard.remember(service=heard.understood.service)


def hear_when(heard: Heard, *, now: datetime) -> Understood:
    """Work out when alone, as `understand` does; a day with two readings is asked back.

    Raises:
        AskBackError: the day is missing, or not clear.
    """
    _hear_when(heard, _load_offers(heard, now=now), now=now, writes=True)
    return heard.understood


def read_when(heard: Heard, said: str, *, time_said: str = "", now: datetime) -> When:
    """Return what somebody said about a moment, without what the call remembers."""
    return LANGUAGES[heard.locale](
        date_text=said or None,
        time_text=time_said or None,
        now=now.astimezone(heard.zone),
        zone=heard.zone,
    )


def _load_offers(heard: Heard, *, now: datetime) -> list[Offer]:
    """Load what was offered in this call; return what still stands, as it was numbered."""
    if not heard.call.call_id:
        return []
    rows = (
        Offer.objects.filter(call=heard.call)
        .order_by("option", "pk")
        .select_related("service", "staff")
        .prefetch_related("service__segments")
    )
    known = heard.understood
    known.offers = list(rows)
    return [row for row in known.offers if row.stands(now=now) and _fits(row, known.moving)]


def _fits(offer: Offer, moving: Appointment | None) -> bool:
    """Whether an offer can be meant: for an appointment that moves, one of its service."""
    return moving is None or offer.service_id == moving.service_id


def _take_offer(known: Understood, offer: Offer, zone: ZoneInfo) -> None:
    local = offer.starts_at.astimezone(zone)
    known.offer = offer
    known.on, known.at, known.moment = local.date(), local.time(), offer.starts_at
    known.confirmation = Confirmation.NONE


def _hear_when(heard: Heard, offers: Sequence[Offer], *, now: datetime, writes: bool) -> None:
    when = _read_wish(heard, now=now)
    known = heard.understood
    known.at = when.at
    known.window = (when.window.start, when.window.end) if when.window else None
    known.candidates = when.candidates
    known.days = when.days
    if offer := _meant_offer(heard, when, offers, writes=writes):
        _take_offer(known, offer, heard.zone)
        return
    if when.problem:
        known.on = when.on
        if when.problem is Problem.TIME_REQUIRED:
            known.on = known.on or heard.call.agreed_on
        raise question_about(when)
    known.on = when.on or heard.call.agreed_on or _own_day(known, heard.zone)
    if known.on is None:
        raise AskBackError("date_required")
    if writes and when.ambiguous and heard.call.agreed_on != when.on:
        raise question_about(when)
    known.confirmation = _confirmation(heard.call, when, known.on)
    _settle_moment(known, when, heard.zone)


def _read_wish(heard: Heard, *, now: datetime) -> When:
    """Return what was said about the moment; as an option, "die 10:55" is a time as well."""
    said = heard.said
    days = said["datetime"] or said["date"]
    when = read_when(heard, days, time_said=said["time"], now=now)
    if said["time"] or not said.get("option"):
        return when
    by_option = read_when(heard, days, time_said=said["option"], now=now)
    return by_option if by_option.at else when


def _own_day(known: Understood, zone: ZoneInfo) -> date | None:
    """Return the day of the appointment that moves, for somebody who names only a time."""
    if known.moving is None or not known.knows_time:
        return None
    return known.moving.starts_at.astimezone(zone).date()


def _settle_moment(known: Understood, when: When, zone: ZoneInfo) -> None:
    if known.on is None or known.at is None:
        return
    moment = when.instant or datetime.combine(known.on, known.at, tzinfo=zone)
    known.moment = moment.astimezone(UTC)
    if not when.instant and known.moment.astimezone(zone).time() != known.at:
        # The clocks skip this time; there is no moment to mean.
        known.at = known.moment = None


def _meant_offer(
    heard: Heard, when: When, offers: Sequence[Offer], *, writes: bool
) -> Offer | None:
    """Return the offer a bare time names, or the one a repeated date must mean.

    The agent likes to repeat the date of the wish that was refused beside the time that was
    offered for another day. If just one offer has that time, it is the one that is meant.
    """
    if when.at is None:
        return None
    zone = heard.zone
    at_time = [
        offer
        for offer in offers
        if offer.starts_at.astimezone(zone).time() == when.at and _was_wished(offer, heard)
    ]
    if when.on is None:
        if when.problem not in (None, Problem.DATE_REQUIRED) or len(at_time) < 1:
            return None
        if len(at_time) == 1:
            return at_time[0]
        days = sorted(offer.starts_at.astimezone(zone).date() for offer in at_time)
        raise AskBackError(
            "date_ambiguous",
            facts={"candidates": [day.isoformat() for day in days]},
            spoken={"days": days},
        )
    that_day = [offer for offer in at_time if offer.starts_at.astimezone(zone).date() == when.on]
    if that_day:
        return that_day[0]
    refused = {start.astimezone(zone).date() for start in heard.refused_starts}
    if writes and when.on in refused and len(at_time) == 1:
        return at_time[0]
    return None


def _was_wished(offer: Offer, heard: Heard) -> bool:
    """Whether an offer's time names its staff member too.

    A mere time moves nobody's appointment to somebody else.
    """
    moving = heard.understood.moving
    return moving is None or offer.staff_id in {moving.staff_id, heard.call.staff_id}


def _confirmation(call: Call, when: When, on: date) -> Confirmation:
    """Ask for everything once; after that only what is new needs a word."""
    if call.read_back_on == on and not when.ambiguous and not when.inferred:
        return Confirmation.BRIEF
    return Confirmation.FULL


def question_about(when: When) -> AskBackError:
    """Return the question that a reading leaves open."""
    status = when.problem or Problem.DATE_AMBIGUOUS
    return AskBackError(status.value, facts=_facts(when), spoken=_spoken(when))


def _facts(when: When) -> dict[str, Any]:
    return {"candidates": [day.isoformat() for day in when.candidates]}


def _spoken(when: When) -> dict[str, Any]:
    return {
        "days": list(when.candidates),
        "weekday": when.named_weekday,
        "named_on": when.named_on,
        "on": when.on,
    }


def hear_days(heard: Heard, *, now: datetime) -> tuple[date, date] | None:
    """Return the day or days that were named, first and last; None where none were.

    Raises:
        AskBackError: it cannot be told which.
    """
    said = heard.said["date"]
    if not said:
        return None
    when = read_when(heard, said, now=now)
    known = heard.understood
    known.on, known.candidates, known.days = when.on, when.candidates, when.days
    days = sorted({*when.candidates, *([when.on] if when.on else [])})
    if days:
        return days[0], days[-1]
    if when.days:
        return when.days.first, when.days.last
    raise AskBackError(Problem.DATE_NOT_UNDERSTOOD.value, spoken=_spoken(when))


def _repeats(call: Call, known: Understood) -> bool:
    """Whether the same was wished just before: perhaps a repetition of what nobody heard."""
    return (known.on, _wished_time(call, known)) == (call.agreed_on, call.wished_time)


def _wished_time(call: Call, known: Understood) -> time | None:
    return known.at or (known.window[0] if known.window else call.wished_time)


def _remember(heard: Heard, known: Understood) -> None:
    call = heard.call
    heard.remember(agreed_on=known.on, wished_time=_wished_time(call, known))
    if known.knows_time:
        heard.remember(read_back_on=known.on)
    if known.service:
        unsaid = known.offer or (known.moving and not heard.said["staff"])
        heard.remember(service=known.service, staff=call.staff if unsaid else known.staff)
