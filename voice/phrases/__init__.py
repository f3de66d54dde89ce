"""Every sentence the agent can say, in German and English. Nothing else speaks.

A sentence is one or two short ones, ends in the one question that moves the call on, and never
holds an id, a date in figures, or a number or address somebody has stored.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from voice import speech
from voice.phrases.own import OWN

# key → (German, English)
SENTENCES: Mapping[str, tuple[str, str]] = {
    **OWN,
    # answers
    "context": (
        "Heute ist {today}, es ist {time}.",
        "Today is {today}, the time is {time}.",
    ),
    "existing_customer": (
        "Guten Tag, {name}. Was darf ich für Sie tun?",
        "Hello {name}. What can I do for you?",
    ),
    "existing_customer_likely": (
        "Guten Tag, {name}. Geht es wieder um {service}?",
        "Hello {name}. Is it about {service} again?",
    ),
    "existing_customer_often": (
        "Guten Tag, {name}. Sie waren zuletzt oft für {service} da, was darf es heute sein?",
        "Hello {name}. You often came for {service} lately, what would you like today?",
    ),
    "new_customer": (
        "Schön, dass Sie anrufen. Was darf ich für Sie tun?",
        "Thank you for calling. What can I do for you?",
    ),
    "available": (
        "{When} ist bei {staff} frei. Soll ich das für Sie eintragen?",
        "{staff} is free {when}. Shall I book that for you?",
    ),
    "taken": (
        "{When} ist leider schon vergeben.",
        "Unfortunately somebody else is coming {when}.",
    ),
    "staff_absent": (
        "{When} ist leider niemand dafür da.",
        "Unfortunately nobody is in for that {when}.",
    ),
    "wished_staff_absent": (
        "{When} ist {staff} leider nicht da.",
        "Unfortunately {staff} is not in {when}.",
    ),
    "too_long": (
        "{When} reicht die Zeit für {service} leider nicht mehr.",
        "{When} there is not enough time left for {service}.",
    ),
    "closed": (
        "{When} haben wir leider geschlossen.",
        "We are closed {when}.",
    ),
    "too_soon": (
        "Das ist zu kurzfristig, wir brauchen mindestens {notice} Vorlauf.",
        "That is too soon, we need at least {notice} notice.",
    ),
    "too_far": (
        (
            "So weit im Voraus kann ich noch nicht buchen, es geht bis zu {days} Tage im Voraus. "
            "Welcher frühere Tag passt Ihnen?"
        ),
        "I cannot book that far ahead, only up to {days} days. Which earlier day suits you?",
    ),
    "past_time": (
        "Diese Zeit ist schon vorbei, heute ist {today}.",
        "That time has already passed, today is {today}.",
    ),
    "window_missed": (
        "{Window} ist {when}, leider nichts frei.",
        "{Window} nothing is free {when}.",
    ),
    "window_closed": (
        "{Window} haben wir {when}, leider geschlossen.",
        "{Window} we are closed {when}.",
    ),
    "offer": (
        "Frei wäre {slots}. Was passt Ihnen besser?",
        "I could offer {slots}. Which one suits you?",
    ),
    "offer_near": (
        "Ganz in der Nähe hätte ich {slots}. Passt Ihnen das?",
        "Very close to that I have {slots}. Would that suit you?",
    ),
    "offer_one": (
        "Frei wäre {slots}. Passt Ihnen das?",
        "I could offer {slots}. Would that suit you?",
    ),
    "nothing_free": (
        "In den nächsten zwei Wochen ist leider nichts frei. Sollen wir Sie zurückrufen?",
        "Nothing is free in the next two weeks. Shall we call you back?",
    ),
    "nothing_free_until": (
        "Bis {when} ist leider nichts mehr frei. Sollen wir Sie zurückrufen?",
        "Nothing is free until {when}. Shall we call you back?",
    ),
    "reserved": (
        "{When} halte ich drei Minuten für Sie frei. Soll ich den Termin fest eintragen?",
        "I am keeping that time for you for three minutes: {when}. Shall I book it?",
    ),
    "reserving_disabled": (
        "Vormerken kann ich gerade nichts, nur gleich eintragen. Welche Zeit passt Ihnen?",
        "I cannot keep a time at the moment, only book it. Which time suits you?",
    ),
    "released": (
        "Das habe ich wieder freigegeben. Möchten Sie eine andere Zeit?",
        "I have released that. Would you like another time?",
    ),
    "another_time": (
        "Welche andere Zeit würde Ihnen passen?",
        "Which other time would suit you?",
    ),
    "own_appointment": (
        (
            "Sie haben {when} schon einen Termin für {service}. "
            "Möchten Sie ihn verschieben, oder soll es ein weiterer sein?"
        ),
        (
            "You already have an appointment for {service} {when}. "
            "Would you like to move it, or book another one?"
        ),
    ),
    "booked": (
        "Gebucht: {service} {when} bei {staff}. Wir freuen uns auf Sie.",
        "Booked: {service} {when} with {staff}. We look forward to seeing you.",
    ),
    "already_booked": (
        "Ihr Termin steht schon: {service} {when} bei {staff}. Möchten Sie ihn ändern?",
        "Your appointment stands: {service} {when} with {staff}. Would you like to change it?",
    ),
    "appointments": (
        "Sie haben {appointments}. Möchten Sie daran etwas ändern?",
        "You have {appointments}. Would you like to change anything?",
    ),
    "appointments_more": (
        "Sie haben {count} Termine, die nächsten sind {appointments}. Um welchen geht es?",
        "You have {count} appointments, the next ones are {appointments}. Which one is it?",
    ),
    "none": (
        "Dafür sehe ich keinen Termin. Um welchen Termin geht es?",
        "I see no appointment for that. Which appointment is it about?",
    ),
    "no_appointments": (
        "Ich sehe keinen kommenden Termin. Möchten Sie einen buchen?",
        "I see no upcoming appointment. Would you like to book one?",
    ),
    "anonymous_caller": (
        (
            "Ihre Nummer wird nicht übertragen, deshalb darf ich keine Termine nennen. "
            "Soll jemand aus dem Salon zurückrufen?"
        ),
        (
            "Your number is withheld, so I may not name any appointments. "
            "Shall somebody from the salon call you back?"
        ),
    ),
    # about the salon
    "services": (
        "Wir bieten {services} an. Möchten Sie einen Termin dafür?",
        "We offer {services}. Would you like an appointment for that?",
    ),
    "services_more": (
        "Wir haben {count} Leistungen, zum Beispiel {services}. Was davon möchten Sie buchen?",
        "We have {count} services, for example {services}. Which one would you like to book?",
    ),
    "service_categories": (
        "Wir haben {count} Leistungen in den Bereichen {names}. Was interessiert Sie?",
        "We have {count} services: {names}. What are you interested in?",
    ),
    "no_such_service": (
        "Das bieten wir leider nicht an. Was darf es stattdessen sein?",
        "We do not offer that. What would you like instead?",
    ),
    "open_on": (
        "{When} haben wir {hours} geöffnet. Möchten Sie einen Termin?",
        "{When} we are open {hours}. Would you like an appointment?",
    ),
    "open_days": (
        "Geöffnet haben wir {days}. Möchten Sie einen Termin?",
        "We are open {days}. Would you like an appointment?",
    ),
    "closed_on": (
        "{When} haben wir geschlossen. Das nächste Mal öffnen wir {next}. Passt das?",
        "{When} we are closed. We open again {next}. Would that suit you?",
    ),
    "closed_for_holiday": (
        (
            "{When} haben wir wegen {reason} geschlossen. "
            "Das nächste Mal öffnen wir {next}. Passt das?"
        ),
        ("{When} we are closed because of {reason}. We open again {next}. Would that suit you?"),
    ),
    "closed_for_now": (
        "{When} haben wir geschlossen. Sollen wir Sie zurückrufen?",
        "{When} we are closed. Shall we call you back?",
    ),
    "understood_date": (
        "Ich habe {when} verstanden. Ist das richtig?",
        "I understood {when}. Is that right?",
    ),
    # questions
    "date_required": ("An welchem Tag möchten Sie kommen?", "Which day would you like to come?"),
    "time_required": ("Um wie viel Uhr passt es Ihnen?", "What time would suit you?"),
    "date_not_understood": (
        "Den Tag habe ich nicht verstanden, heute ist {today}. Welchen Tag meinen Sie?",
        "I did not understand the day, today is {today}. Which day do you mean?",
    ),
    "time_not_understood": (
        "Die Uhrzeit habe ich nicht verstanden. Um wie viel Uhr möchten Sie kommen?",
        "I did not understand the time. What time would you like to come?",
    ),
    "date_ambiguous": (
        "Meinen Sie {days}?",
        "Do you mean {days}?",
    ),
    "date_ambiguous_open": (
        "Welchen Tag genau meinen Sie? Heute ist {today}.",
        "Which day exactly do you mean? Today is {today}.",
    ),
    "weekday_mismatch": (
        "Der {named_on} ist ein {real}, kein {weekday}. Welchen Tag meinen Sie?",
        "{named_on} is a {real}, not a {weekday}. Which day do you mean?",
    ),
    "service_required": (
        "Was darf es denn sein, zum Beispiel ein Haarschnitt?",
        "What would you like to have done, a haircut for example?",
    ),
    "service_usual": ("Wieder {service}?", "{service} again?"),
    "service_ambiguous": ("Meinen Sie {names}?", "Do you mean {names}?"),
    "service_not_found": (
        "Das bieten wir leider nicht an. Wir haben zum Beispiel {names}. Was darf es sein?",
        "We do not offer that. We have {names}, for example. What would you like?",
    ),
    "staff_ambiguous": ("Meinen Sie {names}?", "Do you mean {names}?"),
    "staff_not_found": (
        "Diesen Namen kenne ich im Team nicht. Möchten Sie zu {names}?",
        "I do not know that name in our team. Would you like {names}?",
    ),
    "staff_cannot_provide_service": (
        "{staff} macht {service} leider nicht. Möchten Sie zu {names}?",
        "{staff} does not do {service}. Would you like {names}?",
    ),
    "customer_name_required": (
        "Auf welchen Namen darf ich den Termin eintragen?",
        "Under which name may I book the appointment?",
    ),
    "staff_named_as_customer": (
        "{staff} arbeitet bei uns im Team. Auf welchen Namen darf ich den Termin eintragen?",
        "{staff} works with us. Under which name may I book the appointment?",
    ),
    # the telephone: greeting, waiting, good-bye
    "greeting": (
        "{salon}, guten Tag! Sie sprechen mit der digitalen Assistentin.",
        "{salon}, hello! You are speaking to the digital assistant.",
    ),
    "looking": ("Einen Moment, ich sehe nach.", "One moment, I will have a look."),
    "entering": ("Einen Moment, ich kümmere mich darum.", "One moment, I will see to it."),
    "putting_through": (
        "Ich verbinde Sie mit dem Salon.",
        "I will put you through to the salon.",
    ),
    "farewell": (
        "Danke für Ihren Anruf. Auf Wiederhören.",
        "Thank you for calling. Good-bye.",
    ),
    # troubles
    "technical_problem": (
        "Da ist bei uns gerade etwas schiefgegangen. Soll jemand aus dem Salon zurückrufen?",
        "Something has just gone wrong on our side. Shall somebody from the salon call back?",
    ),
    "tenant_unknown": (
        "Ich kann Ihren Salon gerade nicht zuordnen. Bitte rufen Sie später noch einmal an.",
        "I cannot tell which salon you are calling. Please try again later.",
    ),
    "unknown_function": (
        "Dabei kann ich leider nicht helfen. Was kann ich sonst für Sie tun?",
        "I cannot help with that. What else can I do for you?",
    ),
    "call_unknown": (
        "Ich habe die Verbindung zu Ihrem Anruf verloren. Bitte rufen Sie noch einmal an.",
        "I have lost track of your call. Please call again.",
    ),
    "rate_limited": (
        "So kommen wir gerade nicht weiter. Soll jemand aus dem Salon Sie zurückrufen?",
        "We are not getting anywhere like this. Shall somebody from the salon call you back?",
    ),
    "try_again_in_a_moment": (
        "Einen kleinen Moment noch, ich bin gleich so weit.",
        "One moment please, I am almost there.",
    ),
}


def say(key: str, *, locale: str, **values: Any) -> str:
    """Return a sentence; names of values that begin with a capital begin a sentence."""
    german, english = SENTENCES[key]
    capitalised = {name.capitalize(): _capitalise(str(value)) for name, value in values.items()}
    said = (english if locale == "en" else german).format(**values, **capitalised)
    return said.replace("..", ".")  # of "3 p.m." at the end of a sentence


def either(words: Sequence[str], *, locale: str) -> str:
    """Join alternatives: "A, B oder C"."""
    *first, last = words
    joint = " or " if locale == "en" else " oder "
    return joint.join([", ".join(first), last]) if first else last


def both(words: Sequence[str], *, locale: str) -> str:
    """Join a list: "A, B und C"."""
    *first, last = words
    joint = " and " if locale == "en" else " und "
    return joint.join([", ".join(first), last]) if first else last


def to(first: str, last: str, *, locale: str) -> str:
    """Say a stretch of days: "Montag bis Freitag", one alone by its name."""
    if first == last:
        return first
    return f"{first} to {last}" if locale == "en" else f"{first} bis {last}"


def priced(name: str, *, price: Decimal, minutes: int, locale: str) -> str:
    """Say what a service costs and takes: "Dauerwelle für 32 Euro, 55 Minuten"."""
    joint = "for" if locale == "en" else "für"
    cost = speech.spoken_price(price, locale=locale)
    return f"{name} {joint} {cost}, {speech.spoken_duration(minutes, locale=locale)}"


def moment(local: datetime, *, today: date, locale: str) -> str:
    """Say a moment inside a sentence: "am Dienstag, dem 24. November, um 10 Uhr"."""
    return speech.sentence_moment(local, locale=locale, today=today)


def offered(
    moments: Sequence[datetime], *, wished_on: date | None, today: date, locale: str
) -> str:
    """Say what is offered, each day once: "am gleichen Tag, …, um 10 Uhr oder um 14 Uhr".

    Args:
        moments: on the branch's clock, in the order they are offered.
        wished_on: the day that was refused, None where none was.
        today: the day of asking.
        locale: the language.
    """
    spoken: list[str] = []
    for number, local in enumerate(moments):
        if number and local.date() == moments[number - 1].date():
            joint = "at" if locale == "en" else "um"
            spoken.append(f"{joint} {speech.spoken_time(local.time(), locale=locale)}")
        elif wished_on:
            spoken.append(
                speech.offered_moment(local, wished_on=wished_on, locale=locale, today=today)
            )
        else:
            spoken.append(moment(local, today=today, locale=locale))
    return either(spoken, locale=locale)


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
