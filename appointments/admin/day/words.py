"""What a card says, and the small marks on it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from appointments.admin.shown import clock
from appointments.models import Appointment, Branch, BusyTime, Status, SyncStatus

SYNC_ICONS = {
    SyncStatus.PENDING: "sync",
    SyncStatus.SYNCED: "cloud_done",
    SyncStatus.FAILED: "cloud_off",
    SyncStatus.CONFLICT: "event_busy",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign on a card: an icon of the theme's font, what it means, and how alarming that is."""

    icon: str
    text: str
    kind: str

    def __str__(self) -> str:
        return self.text


def marks_of(appointment: Appointment) -> list[Mark]:
    """Return the signs of a card, the most urgent first; its `is_first` comes from the board."""
    marks = []
    if appointment.requires_manual_review:
        reasons = appointment.review_in_words
        marks.append(Mark("flag", _("To review: %s") % reasons, "danger"))
    if icon := SYNC_ICONS.get(SyncStatus(appointment.sync_status)):
        text = f"Cal.com: {SyncStatus(appointment.sync_status).label}"
        marks.append(Mark(icon, text, appointment.sync_status))
    if appointment.customer and getattr(appointment, "is_first", False):
        marks.append(Mark("fiber_new", _("New customer"), "new"))
    if notes := _notes(appointment):
        marks.append(Mark("sticky_note_2", _("Notes: %s") % notes, "notes"))
    return marks


def _notes(appointment: Appointment) -> str:
    about = appointment.customer.notes if appointment.customer else ""
    return " · ".join(note for note in (appointment.notes, about) if note)


def name_on(appointment: Appointment) -> str:
    """Return whose appointment it is; a hold is nobody's yet."""
    if appointment.status == Status.HELD:
        return _("being offered")
    return appointment.customer.name if appointment.customer else appointment.customer_name


def busy_with(row: BusyTime) -> str:
    """Return why nobody can be booked then; what is foreign says where it comes from."""
    reason = row.reason or _("blocked")
    if row.source == BusyTime.Source.STAFF:
        return reason
    return f"{row.get_source_display()}: {reason}"


def price_of(appointment: Appointment) -> str:
    return f"{number_format(appointment.service.price, decimal_pos=2)} €"


def status_of(appointment: Appointment, branch: Branch) -> str:
    """Return the status in words; a hold says until when it is kept."""
    text = str(Status(appointment.status).label)
    if appointment.status == Status.HELD and appointment.held_until:
        return _("%(status)s until %(time)s") % {
            "status": text,
            "time": clock(appointment.held_until, branch),
        }
    return text


def describe(parts: Iterable[object]) -> str:
    """Return one line of all that is known, for tooltips and for who cannot see the colours."""
    return ", ".join(text for part in parts if (text := str(part)))
