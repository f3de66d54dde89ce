"""Booking what the caller agreed to."""

from datetime import datetime, timedelta

from appointments import actions, queries
from appointments.models import Appointment, Source, Staff
from appointments.phones import to_e164
from features.flags import Flag
from voice import matching, naming, phrases, replies, shapes
from voice.errors import AskBackError
from voice.functions.availability import (
    WITH_ALTERNATIVES,
    ask_for_time,
    ask_with_times,
    take_slot,
)
from voice.functions.offering import instead, usual_staff_id
from voice.functions.registry import WRITE_SECONDS, function
from voice.heard import Confirmation, Heard
from voice.metrics import bookings
from voice.models import PendingBooking
from voice.replies import Reply
from voice.serializers import BookingArguments
from voice.understanding import understand

PENDING_FOR = timedelta(minutes=10)


@function("start_booking", "book_appointment", arguments=BookingArguments, seconds=WRITE_SECONDS)
def start_booking(heard: Heard, now: datetime) -> Reply:
    """Book the slot the caller agreed to; in two steps where the flag says so.

    The platform repeats a call it did not hear back from, and the model repeats a wish in
    other words: the same call, service and start is one appointment, whatever the spelling.
    """
    name = _hear_name(heard)
    try:
        known = understand(heard, now=now, writes=True)
    except AskBackError as error:
        return ask_with_times(error, heard, now)
    if known.moment is None or known.service is None:
        return ask_for_time(heard, now)
    order = actions.BookingOrder(
        branch=heard.branch,
        service=known.service,
        starts_at=known.moment,
        staff_id=known.staff.pk if known.staff else None,
        customer=heard.call.customer,
        customer_name=name,
        phone=to_e164(heard.call.from_number),
        email=naming.parse_email(heard.said["customer_email"]),
        call_id=heard.call.call_id,
        source=Source.VOICE,
        notes=heard.said["notes"],
        additional=heard.said["additional"],
        usual_staff_id=usual_staff_id(heard, now),
    )
    if Flag.TWO_STEP_BOOKING.is_on(company_id=heard.company.pk):
        return ask_to_confirm(heard, order, now)
    return book(heard, order, now)


def book(heard: Heard, order: actions.BookingOrder, now: datetime) -> Reply:
    """Book the order; where it cannot be had, offer what can."""
    try:
        booked = actions.book(order=order, now=now, deadline=heard.deadline)
    except WITH_ALTERNATIVES as refusal:
        return instead(refusal, heard, now)
    if not booked.repeated:
        bookings.labels(heard.company.slug).inc()
    _remember(heard, booked.appointment)
    return say_booked(heard, booked, now)


def ask_to_confirm(heard: Heard, order: actions.BookingOrder, now: datetime) -> Reply:
    """Hold the slot and keep the wish, until the caller has said yes to it once more."""
    if earlier := actions.find_standing(order):
        return say_booked(heard, actions.Booked(earlier, repeated=True), now)
    try:
        found, slot = take_slot(heard, order.starts_at, now)
    except WITH_ALTERNATIVES as refusal:
        return instead(refusal, heard, now)
    PendingBooking.objects.update_or_create(
        call=heard.call,
        defaults={
            "service": order.service,
            "staff_id": found.slot.staff_id,
            "staff_wished": order.staff_id is not None,
            "starts_at": order.starts_at,
            "customer_name": order.customer_name,
            "customer_email": order.email or "",
            "notes": order.notes,
            "additional": order.additional,
            "kept_until": now + PENDING_FOR,
        },
    )
    message = phrases.say(
        "awaiting_confirmation",
        locale=heard.locale,
        service=order.service.name,
        when=replies.say_moment(order.starts_at, heard, now=now),
        staff=found.slot.staff_name,
    )
    data = {"slot": slot, "understood": replies.understood(heard)}
    return Reply("awaiting_confirmation", message, data)


@function("confirm_booking", seconds=WRITE_SECONDS)
def confirm_booking(heard: Heard, now: datetime) -> Reply:
    """Book what the caller was asked to confirm, or repeat what this call has booked.

    The slot is looked at again: a hold that has run out promises nothing. Confirming twice, at
    once or one after the other, is confirming once.
    """
    pending = (
        PendingBooking.objects.select_related("service", "staff").filter(call=heard.call).first()
    )
    if pending is None:
        booked = queries.get_booked_in_call(heard.company, call_id=heard.call.call_id)
        if booked:
            return say_booked(heard, actions.Booked(booked, repeated=True), now)
    if pending is None or pending.kept_until <= now:
        return Reply("nothing_to_confirm", phrases.say("nothing_to_confirm", locale=heard.locale))
    reply = book(heard, _order_of(heard, pending), now)
    # Answered, one way or the other; unless another wish has taken its place meanwhile.
    PendingBooking.objects.filter(pk=pending.pk, kept_until=pending.kept_until).delete()
    return reply


def _order_of(heard: Heard, pending: PendingBooking) -> actions.BookingOrder:
    """Return the order that was kept; what else could be is looked for as it was wished."""
    known, local = heard.understood, pending.starts_at.astimezone(heard.zone)
    known.on, known.at, known.moment = local.date(), local.time(), pending.starts_at
    known.service, known.confirmation = pending.service, Confirmation.NONE
    known.staff = pending.staff if pending.staff_wished else None
    return actions.BookingOrder(
        branch=heard.branch,
        service=pending.service,
        starts_at=pending.starts_at,
        staff_id=pending.staff_id,
        customer=heard.call.customer,
        customer_name=pending.customer_name,
        phone=to_e164(heard.call.from_number),
        email=pending.customer_email or None,
        call_id=heard.call.call_id,
        source=Source.VOICE,
        notes=pending.notes,
        additional=pending.additional,
    )


def _hear_name(heard: Heard) -> str:
    """Return the name for the appointment.

    Raises:
        AskBackError: it is no name, none was given before, and the number is not known either.
    """
    spoken = naming.introduced(heard.said["customer_name"])
    customer = heard.call.customer
    staff = Staff.objects.filter(company=heard.company, is_active=True).order_by("pk")
    named = naming.staff_named(
        spoken,
        [matching.StaffName(id=row.pk, slug=row.slug, name=row.name) for row in staff],
    )
    if named:
        raise AskBackError(
            "staff_named_as_customer",
            facts={"detected_staff": named},
            spoken={"staff": named},
        )
    if naming.is_a_name(spoken):
        return spoken
    if customer:
        return customer.name
    # Whoever corrects the time of what waits to be confirmed is not asked for the name again.
    if pending := PendingBooking.objects.filter(call=heard.call).first():
        return pending.customer_name
    raise AskBackError("customer_name_required")


def _remember(heard: Heard, appointment: Appointment) -> None:
    """Tie the call to what it booked. Its date is used up; its offers stay, for repetitions."""
    heard.remember(
        appointment=appointment,
        customer=appointment.customer,
        agreed_on=None,
        wished_time=None,
        read_back_on=None,
    )


def say_booked(heard: Heard, booked: actions.Booked, now: datetime) -> Reply:
    row = booked.appointment
    message = phrases.say(
        "booked",
        locale=heard.locale,
        service=row.service.name,
        when=replies.say_moment(row.starts_at, heard, now=now),
        staff=row.staff.name,
    )
    data = {
        "booked": True,
        "appointment": shapes.appointment(row),
        "repeated": booked.repeated,
        "name_likeness": naming.name_likeness(row.customer_name, row.customer.name)
        if row.customer
        else None,
        "understood": replies.understood(heard),
    }
    return Reply("booked", message, data)
