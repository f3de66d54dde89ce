"""What people give as their name and e-mail address on the phone. Pure."""

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from appointments.domain.names import sounds_of
from voice.english.wishes import heard as english
from voice.german.numbers import CARDINALS
from voice.german.wishes import heard as german
from voice.matching import StaffName, is_a_yes, likeness

EQUAL, SAME_SOUND = 1.0, 0.85
SHORTEST_NAME = 2
# Nobody is called by these words alone, however many of them there are.
NOT_NAMES = frozenset(
    """
    anonymous anonym unbekannt unbekannte unbekannter unknown private privat withheld gast guest
    kunde kundin kunden customer client user caller anrufer anruferin neue neuer neukunde
    neukundin name namen customer_name kundenname none null undefined test assistant assistent
    assistentin agent keine kein angabe no n na n.n. n/a -
    ja jo nein nee ne yes okay ok genau bitte danke dankeschön dankeschoen hallo hi hey moin servus
    grüß gruess grüss gott tschüss tschüs guten schönen schoenen tag morgen abend hm hmm mhm äh
    ähm aeh nicht ahnung egal mir mich für fuer ich selbst selber auf mein meine meinen
    wie immer vielleicht später spaeter gleich sofort erste ersten zweite zweiten der die das den
    dem gleiche gleichen einen eine ein termin haarschnitt herr herren frau damen und herrn
    mister mr mrs ms the my me i a an same usual know dont don't idea
    heute today tomorrow tonight noon morning afternoon evening monday tuesday wednesday thursday
    friday saturday sunday one two three four five six seven eight nine ten eleven twelve at
    """.split()  # noqa: SIM905 -- a list of words reads best as words
)
# Whole answers that begin like this are a yes, a no, a greeting or a time.
NOT_A_NAME = re.compile(
    r"^(ja|nein|nee|nö|na gut|okay|ok|genau|yes|no|guten (tag|morgen|abend)|hallo|mir nicht"
    r"|gleich fertig|halb|viertel|dreiviertel|(ich )?wei(ß|ss) (ich )?nicht"
    r"|mein(e[mn]?)? (mann|frau|sohn|tochter))\b"
    r"|\b(uhr|o'clock|a\.?m\.?|p\.?m\.?|woche|monat)\b|\d|\{|\}",
    re.IGNORECASE,
)
# "August" is missing on purpose: it is a first name, too.
TIME_WORDS = re.compile(
    r"^(am |um |an |gegen )?(montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag"
    r"|januar|februar|april|juni|juli|september|oktober|november|dezember"
    r"|vormittags?|nachmittags?|abends?|mittags?|übermorgen"
    rf"|{'|'.join(sorted(CARDINALS))}|fünf|zwölf)$",
    re.IGNORECASE,
)
ANY_ZONE = ZoneInfo("UTC")  # only the words matter, not the moment
FORM_OF_ADDRESS = re.compile(r"(?:frau|herrn?)\b", re.IGNORECASE)  # Frau Sommer, Herr Montag
WITH_STAFF = re.compile(r"^(bei|beim|mit|zu|zum|zur|with)\s+", re.IGNORECASE)
EMAIL = re.compile(r"[a-z0-9_%+-]+(\.[a-z0-9_%+-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
INTRODUCED = re.compile(
    r"^(?:(?:ja|also|okay|yes),? )?(?:(?:mein|der) name ist|ich hei(?:ß|ss)e|ich bin(?: der| die)?"
    r"|hier (?:ist|spricht)|auf den namen|(?:my|the) name is|i am|i'm|this is)\s+",
    re.IGNORECASE,
)
SPOKEN_SIGNS = (
    (re.compile(r"\s+(at|ät|et|klammeraffe)\s+", re.IGNORECASE), "@"),
    (re.compile(r"\s*\b(punkt|dot)\b\s*", re.IGNORECASE), "."),
    (re.compile(r"\s*\b(minus|binde ?strich|dash)\b\s*", re.IGNORECASE), "-"),
    (re.compile(r"\s*\b(unter ?strich|underscore)\b\s*", re.IGNORECASE), "_"),
)


def is_a_name(said: str) -> bool:
    """Whether somebody could be called this: no "Acht Uhr", no "ja genau", no template mark."""
    name = said.strip()
    letters = sum(character.isalpha() for character in name)
    words = re.findall(r"[^\s,;!?]+", name.lower())
    if letters < SHORTEST_NAME or name.lower() in NOT_NAMES:
        return False
    # "Frau Morgen" is a name, "guten Morgen" none.
    if NOT_NAMES.issuperset(words) and not FORM_OF_ADDRESS.match(name):
        return False
    return not (
        NOT_A_NAME.search(name) or TIME_WORDS.search(name) or is_a_yes(name) or _is_a_moment(name)
    )


def _is_a_moment(name: str) -> bool:
    """Whether every word is about a date or time: "Montag um zehn", but not "Anna Montag"."""
    if " " not in name or FORM_OF_ADDRESS.match(name):
        return False
    return any(
        wishes and all((wish.dates or wish.times) and not wish.unknown for wish in wishes)
        for wishes in (german(name, zone=ANY_ZONE), english(name, zone=ANY_ZONE))
    )


def introduced(said: str) -> str:
    """Return the name without the words it was introduced with: "Mein Name ist Lena Vogt"."""
    return INTRODUCED.sub("", said.strip())


def name_likeness(one: str, other: str) -> float:
    """Return how alike two people's names are, 0 to 1: from 0.65 on one may be misheard.

    Equal is 1, of the same sound 0.85 (Müller and Mueller, Meyer and Maier), else as they are
    written. It identifies nobody and blocks nothing: "Mario" and "Mara" sound the same.
    """
    mine, theirs = " ".join(one.casefold().split()), " ".join(other.casefold().split())
    if mine == theirs:
        return EQUAL
    return SAME_SOUND if sounds_of(mine) == sounds_of(theirs) else round(likeness(mine, theirs), 2)


def staff_named(said: str, staff: Sequence[StaffName]) -> str | None:
    """Return the staff member somebody gave as their own name, None if it is their own.

    "Bei Mara" names one even where nobody is called so; without the preposition only a full
    name does: a customer may share a first name.
    """
    spoken = said.strip()
    bare = WITH_STAFF.sub("", spoken)
    for member in staff:
        full = member.name.lower()
        if bare.lower() == full or (bare != spoken and bare.lower() in full.split()):
            return member.name
    return bare if bare != spoken else None


def parse_email(said: str) -> str | None:
    """Return an address as it was spoken, None where it is none: then it is not needed."""
    address = f" {said.strip()} "
    for spoken, sign in SPOKEN_SIGNS:
        address = spoken.sub(sign, address)
    address = re.sub(r"\s+", "", address).lower().rstrip(".,;!?")
    return address if EMAIL.fullmatch(address) else None
