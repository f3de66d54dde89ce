"""Offering slots: held for the call, remembered with a token, and spoken."""

from collections.abc import Sequence
from datetime import date, datetime, time

from appointments import actions, queries
from appointments.domain.alternatives import NOON, OFFERED, Alternative, SlotType, Wish
from appointments.domain.diary import Slot
from appointments.errors import AppointmentError
from appointments.models import Appointment, Staff
from appointments.ports import Deadline
from features.flags import Flag
from voice import phrases, replies, shapes
from voice.heard import Heard
from voice.metrics import refusals
from voice.models import Offer
from voice.replies import Reply

NEAR_MINUTES = 30
# For a search under a lock: whoever is outside this database is not asked any more.
NOBODY_ELSE = Deadline.after(0)


def search_for(heard: Heard) -> queries.Search:
    """Return whose time is looked at: the branch's, for the wished service and person."""
    known = heard.understood
    if known.service is None:
        msg = "nothing can be searched without a service"
        raise ValueError(msg)
    return queries.Search(
        branch=heard.branch,
        service=known.service,
        staff_id=known.staff.pk if known.staff else None,
        call_id=heard.call.call_id,
        moving=known.moving,
    )


def usual_staff_id(heard: Heard, now: datetime) -> int | None:
    """Return who usually serves the caller, where nobody is wished for."""
    customer = heard.call.customer
    if customer is None or heard.understood.staff:
        return None
    return queries.get_habits(customer, now=now).staff_id


def find_alternatives(heard: Heard, wish: Wish, now: datetime) -> list[dict[str, object]]:
    """Search, hold and remember at most two slots; return them as the answer's objects.

    Flag `skip_alternatives_for_voice`: none, without a search.
    """
    company = heard.company
    if Flag.SKIP_ALTERNATIVES_FOR_VOICE.is_on(company_id=company.pk):
        return []
    search = search_for(heard)
    usual = usual_staff_id(heard, now)
    unwanted = _unwanted(heard, now)

    def look() -> list[Alternative]:
        found = queries.recall_alternatives(
            search, wish, now=now, deadline=heard.deadline, unwanted=unwanted, usual_staff_id=usual
        )
        heard.outside_was_heard = found.is_complete
        return found.alternatives

    def find() -> list[Alternative]:
        return queries.get_alternatives(
            search, wish, now=now, deadline=NOBODY_ELSE, unwanted=unwanted, usual_staff_id=usual
        )

    return _offer(heard, search, look=look, find=find, now=now)


def find_next(heard: Heard, after: datetime, now: datetime) -> list[dict[str, object]]:
    """Hold and remember the first slot from a moment on; one, or none to the horizon."""
    search = search_for(heard)
    usual = usual_staff_id(heard, now)
    unwanted = _unwanted(heard, now)

    def within(deadline: Deadline) -> list[Alternative]:
        slot = queries.get_next_slot(
            search,
            after=after,
            window=heard.understood.window,
            now=now,
            deadline=deadline,
            unwanted=unwanted,
            usual_staff_id=usual,
        )
        return [Alternative(slot, SlotType.NEXT_AVAILABLE)] if slot else []

    return _offer(
        heard,
        search,
        look=lambda: within(heard.deadline),
        find=lambda: within(NOBODY_ELSE),
        now=now,
    )


def find_times(heard: Heard, now: datetime) -> list[dict[str, object]]:
    """Offer two free starts of the wished day: near the time last wished, or one each half."""
    search = search_for(heard)
    unwanted = _unwanted(heard, now)
    on = heard.understood.wish.day

    def within(deadline: Deadline) -> list[Alternative]:
        slots = queries.get_free_slots(search, on, now=now, deadline=deadline, unwanted=unwanted)
        chosen = _two_times(slots, heard)
        return [Alternative(slot, SlotType.REQUESTED) for slot in chosen]

    return _offer(
        heard,
        search,
        look=lambda: within(heard.deadline),
        find=lambda: within(NOBODY_ELSE),
        now=now,
    )


def _two_times(slots: Sequence[Slot], heard: Heard) -> list[Slot]:
    def clock(slot: Slot) -> time:
        return slot.starts_at.astimezone(heard.zone).time()

    wished = heard.call.wished_time
    if wished:
        near = datetime.combine(heard.understood.wish.day, wished, tzinfo=heard.zone)
        return sorted(slots, key=lambda slot: abs(slot.starts_at - near))[:OFFERED]
    morning = [slot for slot in slots if clock(slot) < NOON]
    later = [slot for slot in slots if clock(slot) >= NOON]
    return sorted(
        [*morning[:1], *later[:1], *morning[1:], *later[1:]][:OFFERED],
        key=lambda slot: slot.starts_at,
    )


def _offer(
    heard: Heard,
    search: queries.Search,
    *,
    look: actions.Find,
    find: actions.Find,
    now: datetime,
) -> list[dict[str, object]]:
    if Flag.SLOT_HOLDS.is_on(company_id=heard.company.pk):
        held = actions.hold_alternatives(search=search, look=look, find=find, now=now)
        return _remember(heard, held, now)
    return _remember(heard, dict.fromkeys(look()), now)


def offer_slot(heard: Heard, slot: Slot, now: datetime) -> dict[str, object] | None:
    """Hold and remember the free slot that was asked for; None if it was taken meanwhile."""
    requested = Alternative(slot, SlotType.REQUESTED)
    held_until: datetime | None = None
    if Flag.SLOT_HOLDS.is_on(company_id=heard.company.pk):
        held = actions.hold(search=search_for(heard), slots=[slot], now=now)
        if slot not in held:
            return None
        held_until = held[slot]
    return _remember(heard, {requested: held_until}, now)[0]


def passed_over(heard: Heard, now: datetime) -> frozenset[datetime]:
    """Return what was offered of this service before and not taken, now that more is asked.

    The same wish once more passes nothing over: nobody may have heard the first answer.
    """
    known = heard.understood
    theirs = [offer for offer in known.offers if offer.service == known.service]
    standing = {offer.starts_at for offer in theirs if offer.stands(now=now)}
    return frozenset(offer.starts_at for offer in theirs) - (standing if known.repeats else set())


def _unwanted(heard: Heard, now: datetime) -> queries.Unwanted:
    known = heard.understood
    asked = {known.moment, known.moving and known.moving.starts_at}
    return queries.Unwanted(
        starts=heard.refused_starts
        | heard.declined_starts
        | passed_over(heard, now)
        | {start for start in asked if start},
        intervals=[appointment.interval for appointment in own_appointments(heard, now)],
    )


def own_appointments(heard: Heard, now: datetime) -> list[Appointment]:
    """Return the caller's appointments that are not over, and what this call has booked.

    Without the one that is to move: it is in nobody's way.
    """
    own = queries.get_own_appointments(
        heard.company, customer=heard.call.customer, call_id=heard.call.call_id, now=now
    )
    return [row for row in own if row != heard.understood.moving]


def _remember(
    heard: Heard, offered: dict[Alternative, datetime | None], now: datetime
) -> list[dict[str, object]]:
    """Put new offers in the place of older ones, with a token each."""
    service = heard.understood.service
    rows = [
        Offer(
            call=heard.call,
            option=option,
            service=service,
            staff=Staff(pk=alternative.slot.staff_id, name=alternative.slot.staff_name),
            starts_at=alternative.slot.starts_at,
            offered_at=now,
        )
        for option, alternative in enumerate(offered, start=1)
    ]
    heard.memory.offers = rows
    return [
        shapes.slot(
            row,
            branch=heard.branch,
            ends_at=alternative.slot.ends_at,
            type_=alternative.type.value,
            held_until=held_until,
        )
        for row, (alternative, held_until) in zip(rows, offered.items(), strict=True)
    ]


def instead(
    error: AppointmentError, heard: Heard, now: datetime, *, wish: Wish | None = None
) -> Reply:
    """Answer a refusal with what could be instead."""
    known = heard.understood
    if known.moment:
        heard.remember_refused(known.moment)
    alternatives = find_alternatives(heard, wish or known.wish, now)
    refusals.labels(heard.company.slug, str(len(alternatives))).inc()
    heard.memory.alternatives = len(alternatives)
    offer = say_offer(heard, alternatives, now, refused_on=known.on)
    message = f"{replies.because(error, heard, now=now)} {offer}"
    data = {
        **replies.facts(error, heard),
        "alternatives": alternatives,
        "understood": replies.understood(heard),
    }
    return Reply(error.status, message, data)


def say_offer(
    heard: Heard,
    alternatives: Sequence[dict[str, object]],
    now: datetime,
    *,
    refused_on: date | None = None,
) -> str:
    """Say the slots that are offered, and ask; `refused_on` is the day that was said no to."""
    locale = heard.locale
    if not alternatives:
        skipped = Flag.SKIP_ALTERNATIVES_FOR_VOICE.is_on(company_id=heard.company.pk)
        return phrases.say("another_time" if skipped else "nothing_free", locale=locale)
    moments = [datetime.fromisoformat(str(slot["starts_at"])) for slot in alternatives]
    today = replies.today(heard, now)
    slots = phrases.offered(
        [moment.astimezone(heard.zone) for moment in moments],
        wished_on=refused_on,
        today=today,
        locale=locale,
    )
    key = "offer" if len(alternatives) > 1 else "offer_one"
    wished = heard.understood.moment
    if wished and all(
        abs((moment - wished).total_seconds()) <= NEAR_MINUTES * 60 for moment in moments
    ):
        key = "offer_near"
    return phrases.say(key, locale=locale, slots=slots)
