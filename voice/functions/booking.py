"""Booking what the caller agreed to."""

from datetime import datetime

from appointments import actions
from appointments.models import Appointment, Source, Staff
from appointments.phones import to_e164
from voice import matching, naming, phrases, replies, shapes
from voice.errors import AskBackError
from voice.functions.availability import WITH_ALTERNATIVES, ask_for_time, ask_with_times
from voice.functions.offering import instead, usual_staff_id
from voice.functions.registry import WRITE_SECONDS, function
from voice.heard import Heard
from voice.metrics import bookings
from voice.replies import Reply
from voice.serializers import BookingArguments
from voice.understanding import understand


@function("start_booking", "book_appointment", arguments=BookingArguments, seconds=WRITE_SECONDS)
def start_booking(heard: Heard, now: datetime) -> Reply:
    """Book the slot the caller agreed to.

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
    try:
        booked = actions.book(
            order=actions.BookingOrder(
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
            ),
            now=now,
            deadline=heard.deadline,
        )
    except WITH_ALTERNATIVES as refusal:
        return instead(refusal, heard, now)
    if not booked.repeated:
        bookings.labels(heard.company.slug).inc()
    _remember(heard, booked.appointment)
    return _say_booked(heard, booked, now)


def _hear_name(heard: Heard) -> str:
    """Return the name for the appointment.

    Raises:
        AskBackError: it is no name, and the caller is not known by number either.
    """
    spoken = heard.said["customer_name"]
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
        return str(spoken)
    if customer:
        return customer.name
    raise AskBackError("customer_name_required")


def _remember(heard: Heard, appointment: Appointment) -> None:
    """Tie the call to what it booked. Its date is used up; its offers stay, for repetitions."""
    heard.remember(
        appointment=appointment,
        customer=appointment.customer,
        agreed_on=None,
        wished_time=None,
    )


def _say_booked(heard: Heard, booked: actions.Booked, now: datetime) -> Reply:
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
        "understood": replies.understood(heard),
    }
    return Reply("booked", message, data)
