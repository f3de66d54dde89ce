"""What people ring a salon for. Each hears what the site really answers, and reacts to it."""

from datetime import datetime
from typing import Any

from appointments.models import Customer, Service, Staff
from tests.showroom.phone import Conversation

MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August"),
    *("September", "Oktober", "November", "Dezember"),
)
DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")


def spoken(moment: datetime) -> str:
    minutes = f" {moment.minute}" if moment.minute else ""
    day = f"{DAYS[moment.weekday()]}, {moment.day}. {MONTHS[moment.month - 1]}"
    return f"{day}, {moment.hour} Uhr{minutes}"


def books(
    call: Conversation,
    *,
    customer: Customer,
    service: Service,
    staff: Staff | None,
    at: datetime,
) -> str:
    """Ask for a time and take it, else one of those offered; return how it ended."""
    local = at.astimezone(call.branch.zone)
    call.use("get_current_context", silently=True)
    call.use("check_customer", silently=True)
    whom = f" bei {staff.name.split()[0]}" if staff else ""
    call.caller(f"Hallo, ich hätte gern einen Termin: {service.name}{whom}, {spoken(local)}.")
    wish: dict[str, Any] = {
        "service": service.name,
        "date": f"{local:%d.%m.%Y}",
        "time": f"{local:%H:%M}",
        **({"staff": staff.name} if staff else {}),
    }
    asked = call.use("check_availability", **wish)
    if asked["status"] == "available":
        call.caller("Ja, das passt, bitte eintragen.")
        booked = call.use("start_booking", **wish, customer_name=customer.name)
    elif asked["data"].get("alternatives"):
        options = len(asked["data"]["alternatives"])
        which = "die zweite" if options > 1 and call.dice.random() < 0.5 else "die erste"
        call.caller(f"Hm, dann nehme ich {which} Zeit.")
        booked = call.use("start_booking", option=which, customer_name=customer.name)
    else:
        return _gives_up(call, service)
    if booked["status"] != "booked":
        return _gives_up(call, service)
    call.caller("Wunderbar, danke schön. Tschüss!")
    call.agent("Gern geschehen. Auf Wiederhören!")
    call.hang_up(
        summary=f"{customer.name} hat einen Termin vereinbart: {service.name}.",
        successful=True,
        sentiment="Positive",
    )
    return "booked"


def _gives_up(call: Conversation, service: Service) -> str:
    if call.dice.random() < 0.5:
        call.caller("Schade. Dann rufen Sie mich bitte zurück, wenn etwas frei wird.")
        call.use(
            "request_callback", reason="nothing_free", notes=f"{service.name}, gern kurzfristig"
        )
    else:
        call.caller("Das ist mir zu spät, dann melde ich mich wieder.")
        call.agent("Sehr gern. Auf Wiederhören!")
    call.hang_up(
        summary=f"Wunsch: {service.name}. Es war nichts Passendes frei.",
        successful=False,
        sentiment="Negative",
    )
    return "nothing"


def cancels(call: Conversation, *, reason: str) -> str:
    """Cancel the next appointment there is."""
    call.use("check_customer", silently=True)
    call.caller(f"Guten Tag, ich muss leider absagen, {reason}.")
    listed = call.use("list_appointments")
    if listed["status"] != "found":
        call.hang_up(summary="Kein Termin gefunden.", successful=False)
        return "none"
    call.caller("Ja, genau den bitte absagen.")
    first = listed["data"]["appointments"][0]
    done = call.use("cancel_appointment", appointment_id=first["id"], reason=reason)
    call.caller("Danke, ich melde mich für einen neuen.")
    call.hang_up(
        summary=f"Absage, {reason}.", successful=done["status"] == "cancelled", sentiment="Neutral"
    )
    return str(done["status"])


def moves(call: Conversation, *, to: datetime) -> str:
    """Move the next appointment there is, if it can be had."""
    local = to.astimezone(call.branch.zone)
    call.use("check_customer", silently=True)
    call.caller(f"Hallo, kann ich meinen Termin auf {spoken(local)} verschieben?")
    moved = call.use(
        "reschedule_appointment", new_date=f"{local:%d.%m.%Y}", new_time=f"{local:%H:%M}"
    )
    if moved["data"].get("alternatives"):
        call.caller("Dann bitte die erste Möglichkeit.")
        moved = call.use("reschedule_appointment", option="die erste")
    call.caller("Super, vielen Dank.")
    call.hang_up(
        summary="Wollte einen Termin verschieben.",
        successful=moved["status"] == "rescheduled",
        sentiment="Positive",
    )
    return str(moved["status"])


def asks(call: Conversation, *, service: Service) -> str:
    """Ask what it costs and when the salon is open; nothing is booked."""
    call.caller(f"Guten Tag, was kostet bei Ihnen {service.name}?")
    call.use("list_services", service=service.name)
    call.caller("Und haben Sie samstags auf?")
    call.use("get_opening_hours", date="Samstag")
    call.caller("Alles klar, danke.")
    call.hang_up(summary=f"Frage nach Preis ({service.name}) und Öffnungszeiten.", successful=True)
    return "asked"


def complains(call: Conversation, *, words: str, reason: str, when: str = "") -> str:
    """Wish to be called back by a person."""
    call.use("check_customer", silently=True)
    call.caller(words)
    call.use("request_callback", reason=reason, preferred_time=when, notes=words)
    call.caller("Gut, danke.")
    call.hang_up(
        summary=f"Bittet um Rückruf: {words}",
        successful=True,
        sentiment="Negative" if reason == "complaint" else "Neutral",
    )
    return "callback"


def is_promised_too_much(call: Conversation, *, at: datetime) -> str:
    """Hear of an appointment that no function made: what must not happen, and sometimes does."""
    local = at.astimezone(call.branch.zone)
    call.use("check_customer", silently=True)
    call.caller(f"Ich nehme dann {spoken(local)}, Damenhaarschnitt bei Mara.")
    call.agent(f"Sehr gern. Ihr Termin am {spoken(local)} ist gebucht. Bis dann!")
    call.caller("Danke, bis dann.")
    call.hang_up(
        summary="Termin für einen Damenhaarschnitt zugesagt.", successful=True, sentiment="Positive"
    )
    return "promised"


def hangs_up(call: Conversation) -> str:
    """Wish to speak to a person, and be gone."""
    call.caller("Oh, ein Computer? Nein danke.")
    call.hang_up(
        summary="Hat sofort aufgelegt.",
        successful=False,
        sentiment="Negative",
        disconnection_reason="user_hangup",
    )
    return "gone"
