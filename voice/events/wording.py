"""The words by which a promise is told from a wish, a question, a condition or a refusal.

German beside English in one pattern: an agent may speak either, and the words do not collide.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from voice.speech import MONTHS


class Claim(StrEnum):
    """What is said to be done with an appointment."""

    BOOKED = "booked"
    MOVED = "rescheduled"
    CANCELLED = "cancelled"
    SOMETHING = "something"


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b", re.IGNORECASE)


DONE: Mapping[Claim, re.Pattern[str]] = {
    Claim.BOOKED: _words(
        r"(?:ein)?gebucht|buchte|eingetragen|reserviert|vereinbart|eingeplant|vorgemerkt",
        r"(?:termin|buchung)(?=.*\b(?:bestätigt|notiert|vermerkt|gespeichert|angelegt)\b)",
        r"termin steht(?! noch)",
        r"steh\w*(?=.*\bim (?:kalender|buch)\b)",
        r"(?:sie haben|du hast) (?:jetzt|nun|damit)\b.*\btermin",
        r"booked|scheduled|reserved|all set|(?:put|got) you down|able to (?:book|schedule)",
        r"(?:appointment|booking)(?=.*\b(?:confirmed|set|made)\b)",
    ),
    Claim.MOVED: _words(
        "verschoben|verschob|umgebucht|verlegt|umgelegt|moved|rescheduled",
        "able to (?:move|reschedule)",
    ),
    Claim.CANCELLED: _words(
        r"storniert|stornierte|abgesagt|gelöscht|gestrichen|gecancell?t|cancell?ed",
        "able to cancel",
    ),
}

# --- What makes a clause no promise ----------------------------------------------------
NOT = re.compile(
    r"\b(?:nicht|nichts|kein\w*|nie|niemand|niemals|ohne|weder|leider|jemand"
    r"|not|no|never|nothing|none|nobody|unable|without|unfortunately|some(?:body|one))\b|n't\b",
    re.IGNORECASE,
)
# What could, should or will be done is not done yet; what had been done, was done before.
NOT_YET = re.compile(
    r"\b(?:wird|werden?|würden?|wollen?|will|wollten?|wäre[nst]*|kann|können|könnten?|muss|müssen"
    r"|müssten?|möcht\w*|mag|soll\w*|darf|dürf\w*|hätten?|hatten?|gleich|versuch\w*|lass\w*"
    r"|would|could|can|cannot|should|shall|must|may|might|wants?|wanted|like|let me|had|try\w*"
    r"|going to|about to|needs? to|to be)\b|'(?:ll|d)\b",
    re.IGNORECASE,
)
# Somebody asks for it, or about it.
ASKED_FOR = _words(r"fragt\w*|erkundigt\w*|bat|wünscht\w*|ask\w*|inquir\w*|request\w*|wish\w*")
# In front of the promise, in any clause of its sentence.
ONLY_IF = _words(
    "wenn|falls|sobald|sofern|ob|bevor|solange",
    "if|once|whether|until|unless|before|as soon as|when",
)
# Somebody else was faster, unless it is the caller's own.
BY_OTHERS = _words("schon|bereits|anderweitig|voll|already|fully|just been")
THE_CALLERS = _words(
    r"ihr|ihren|ihrem|ihnen|für sie|dein\w*|dir|dich|mein\w*|mich|mir|ich",
    r"you|your|you're|i|i've|my|me",
)
# An earlier appointment of the caller's.
ANOTHER_TIME = _words(
    r"(?:sie haben|du hast|you(?:'ve| have)?) (?:schon|bereits|zuletzt|already|last)",
    "beim letzten mal|letztes mal|last time",
)
# Something else than an appointment was written down.
SOMETHING_ELSE = _words(
    r"(?:ruf|telefon|handy|mobil)?nummer|e-?mail\w*|(?:zu)?rückruf\w*|notiz|hinweis|anfrage",
    r"allergie\w*|warteliste|adresse|daten|nachricht|ihren namen|\w*wunsch|anliegen",
    r"callback|call\w* (?:you )?back|(?:phone )?number|message|waiting ?list|address|note|request",
)
# A hold is no appointment: "für drei Minuten reserviert".
FOR_A_WHILE = _words("minuten|kurz|vorübergehend|solange|minutes|briefly|while")

# --- What takes a promise back ---------------------------------------------------------
NOT_DONE: Mapping[Claim, re.Pattern[str]] = {
    Claim.BOOKED: _words(
        r"(?:ein)?(?:ge)?buch(?:en|t)|ein(?:ge)?tragen|reservier\w+|geklappt",
        "book(?:ed)?|schedule[d]?|work(?:ed)?",
    ),
    Claim.MOVED: _words(
        "verschieben|verschoben|umbuchen|umgebucht|geklappt|reschedule[d]?|move[d]?|work(?:ed)?"
    ),
    Claim.CANCELLED: _words(
        "absagen|abgesagt|stornier(?:en|t)|geklappt|cancel(?:l?ed)?|work(?:ed)?"
    ),
}
GONE = _words(
    "vergeben|belegt|schiefgegangen|nicht (?:mehr )?frei",
    "taken|gone wrong|not available|no longer free",
)

# --- Sentences and clauses -------------------------------------------------------------
YES = re.compile(
    r"^\W*(?:ja|jawohl|genau|richtig|natürlich|selbstverständlich|klar|yes|yeah|correct|sure"
    r"|of course|absolutely|exactly)\b",
    re.IGNORECASE,
)
ASKS = re.compile(
    r"^\W*(?:und |and )?(?:ist|sind|hab\w*|hat|soll\w*|darf|möcht\w*|kann|könn\w*|wäre|wurden?"
    r"|passt|wann|wie|was|wer|wo|welche\w*|is|are|has|have|had|did|do|does|shall|should|can|could"
    r"|would|was|were|may|when|what|who|where|which|how)\b(?! (?:gebucht|eingetragen))",
    re.IGNORECASE,
)
_MONTH = "|".join(name for names in MONTHS.values() for name in names)
# Not after the full stop of a date: "am 24. November", "am 24. um 10 Uhr".
SENTENCE_ENDS = re.compile(
    rf"(?<=[!?…])\s*|(?<=[^\W\d]\.)\s+|(?<=\d\.)\s+(?=[A-ZÄÖÜ])(?!(?:{_MONTH})\b)|\n+"
)
CLAUSE_ENDS = re.compile(r"[,;:\u2013\u2014]+|\b(?:und|aber|sondern|and|but)\b", re.IGNORECASE)
# Commas within a date divide nothing: "am Dienstag, dem 24. November, um 10 Uhr".
DATE_COMMA = re.compile(r",(?=\s+(?:de[mnr]|um|at|on|the|\d))", re.IGNORECASE)
# Said before what matters, and no wish, duty or refusal themselves.
FLOURISHES = re.compile(
    r"\b(?:kein problem|keine sorge|no problem|no worries"
    r"|i(?: can| would like to|'d like to)? confirm(?: that)?)\b",
    re.IGNORECASE,
)
# "Konnte gebucht werden" says that it was.
SUCCEEDED = re.compile(r"\bkonnten?\b(.*?\w)\s+werden\b", re.IGNORECASE)

# --- What the platform's analysis calls it, by key of its custom data ------------------
BOOKED_KEYS = frozenset(
    {
        "booked",
        "appointment_booked",
        "appointment_made",
        "appointment_scheduled",
        "booking_confirmed",
        "gebucht",
        "termin_gebucht",
    }
)
# Of a booking as of a move: what our own agent is asked to note, among others.
PROMISED_KEYS = frozenset({"promised", "promised_at", "promised_time", "zugesagte_zeit"})
OUTCOME_KEYS = frozenset({"outcome", "result", "status", "booking_status", "ergebnis"})
OUTCOMES: Mapping[str, Claim] = {
    "booked": Claim.BOOKED,
    "appointment_booked": Claim.BOOKED,
    "gebucht": Claim.BOOKED,
    "rescheduled": Claim.MOVED,
    "moved": Claim.MOVED,
    "verschoben": Claim.MOVED,
    "cancelled": Claim.CANCELLED,
    "canceled": Claim.CANCELLED,
    "storniert": Claim.CANCELLED,
    "abgesagt": Claim.CANCELLED,
}
NOTHING_SAID = frozenset(
    {"", "-", "none", "null", "no", "nein", "false", "unknown", "unbekannt", "n/a", "keine", "0"}
)
