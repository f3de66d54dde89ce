"""What is said of the caller's own appointments, of callbacks and of what is to be confirmed."""

from collections.abc import Mapping

# key → (German, English)
OWN: Mapping[str, tuple[str, str]] = {
    "rescheduled": (
        "Ihr Termin ist verschoben: {service} {when} bei {staff}. Wir freuen uns auf Sie.",
        "Your appointment is moved: {service} {when} with {staff}. We look forward to seeing you.",
    ),
    "already_at_that_time": (
        "Ihr Termin für {service} ist schon {when}. Welche andere Zeit möchten Sie?",
        "Your appointment for {service} already is {when}. Which other time would you like?",
    ),
    "cancelled": (
        "Ihr Termin ist abgesagt: {service} {when} bei {staff}. Kann ich sonst etwas für Sie tun?",
        "Your appointment is cancelled: {service} {when} with {staff}. Anything else I can do?",
    ),
    "already_cancelled": (
        "Ihr Termin für {service} {when} ist schon abgesagt. Geht es um einen anderen Termin?",
        "Your appointment for {service} {when} is already cancelled. Is it about another one?",
    ),
    "deadline_missed": (
        (
            "Am Telefon kann ich Termine nur bis {notice} vorher ändern oder absagen. "
            "Soll jemand aus dem Salon zurückrufen?"
        ),
        (
            "On the phone I can only change or cancel appointments up to {notice} ahead. "
            "Shall somebody from the salon call you back?"
        ),
    ),
    "limit_reached": (
        (
            "Noch einmal verschieben kann ich diesen Termin am Telefon leider nicht. "
            "Soll jemand aus dem Salon zurückrufen?"
        ),
        (
            "I cannot move this appointment once more on the phone. "
            "Shall somebody from the salon call you back?"
        ),
    ),
    "moving_disabled": (
        "Verschieben kann ich am Telefon leider nicht. Soll jemand aus dem Salon zurückrufen?",
        "I cannot move appointments on the phone. Shall somebody from the salon call you back?",
    ),
    "cancelling_disabled": (
        "Absagen kann ich am Telefon leider nicht. Soll jemand aus dem Salon zurückrufen?",
        "I cannot cancel appointments on the phone. Shall somebody from the salon call you back?",
    ),
    "callback_queued": (
        "Das habe ich notiert. Jemand aus dem Salon ruft Sie zurück, spätestens {when}.",
        "I have noted that. Somebody from the salon will call you back, {when} at the latest.",
    ),
    "callback_without_number": (
        (
            "Ihre Nummer wird nicht übertragen, deshalb kümmert sich jemand aus dem Salon darum. "
            "Unter welcher Nummer dürfen wir Sie zurückrufen?"
        ),
        (
            "Your number is withheld, so somebody from the salon will see to it. "
            "Which number may we call you back on?"
        ),
    ),
    "awaiting_confirmation": (
        "{service} {when} bei {staff} habe ich für Sie vorgemerkt. Soll ich das so buchen?",
        "I have put {service} {when} with {staff} on hold for you. Shall I book that?",
    ),
    "nothing_to_confirm": (
        "Gerade ist nichts vorgemerkt, das ich buchen könnte. Welchen Termin möchten Sie?",
        "Nothing is on hold that I could book. Which appointment would you like?",
    ),
    # questions
    "new_time_required": (
        "Auf wann darf ich Ihren Termin verschieben?",
        "When would you like to move your appointment to?",
    ),
    "which_one": (
        "Um welchen Termin geht es: {names}?",
        "Which appointment is it about: {names}?",
    ),
    "phone_required": (
        "Unter welcher Nummer dürfen wir Sie zurückrufen?",
        "Which number may we call you back on?",
    ),
}
