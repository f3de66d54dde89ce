"""Names of services, staff and people as they are said on the phone. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

ACCEPTED, ASKED, APART = 0.75, 0.6, 0.1
CONTAINED, CONTAINED_LETTERS = 0.9, 4
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
FILLERS = re.compile(
    r"\b(bitte|gerne?|einen?|eine|den|die|das|termin|fuer|for|an|a|the|appointment|please)\b"
)
WITH = re.compile(r"^(bei|beim|mit|von|zu|zum|zur|with|by)\s+", re.IGNORECASE)
# Words that tell two services apart, however alike the rest sounds.
DISTINGUISHING = (("herren", "maenner", "men"), ("damen", "frauen", "women"), ("kinder", "kids"))
ANYBODY = frozenset({"egal", "irgendwer", "wer frei ist", "anyone", "anybody", "any"})


@dataclass(frozen=True, slots=True)
class ServiceName:
    """A service under every name it goes by; synonyms with their confidence."""

    id: int
    slug: str
    name: str
    synonyms: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class StaffName:
    """A staff member's name."""

    id: int
    slug: str
    name: str


Named = ServiceName | StaffName


@dataclass(frozen=True, slots=True)
class Match:
    """Exactly this one was meant."""

    id: int


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """One of these may have been meant; best first."""

    candidates: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class NotFound:
    """Nothing comes near."""


@dataclass(frozen=True, slots=True)
class Anybody:
    """No wish: whoever is free."""


Found = Match | Ambiguous | NotFound


def match_service(said: str, candidates: Sequence[ServiceName]) -> Found:
    """Return the service meant: accepted from 0.75, asked about from 0.6, else not found.

    Two within 0.1 of each other are asked about. A word that tells services apart (Herren,
    Damen, Kinder) rules likeness out where it differs: the two cuts are 0.765 alike.
    """
    spoken = _plain(said)
    if not spoken:
        return NotFound()
    return _decide([(_service_score(said, spoken, one), one) for one in candidates])


def match_staff(said: str, candidates: Sequence[StaffName]) -> Found | Anybody:
    """Return the staff member meant: by id, full name, first name, part, or likeness."""
    spoken = _plain(WITH.sub("", said.strip()))
    if not spoken:
        return NotFound()
    if spoken in ANYBODY:
        return Anybody()
    return _decide([(_staff_score(said, spoken, one), one) for one in candidates])


def _decide(scored: Iterable[tuple[float, Named]]) -> Found:
    ranked = sorted(
        (pair for pair in scored if pair[0] >= ASKED), key=lambda pair: (-pair[0], pair[1].name)
    )
    if not ranked:
        return NotFound()
    best = ranked[0][0]
    near = [one for score, one in ranked if score > best - APART]
    exact = [one for score, one in ranked if score == 1.0]
    if len(exact) == 1:
        return Match(exact[0].id)
    if best >= ACCEPTED and len(near) == 1:
        return Match(near[0].id)
    return Ambiguous(tuple(near))


def _service_score(said: str, spoken: str, candidate: ServiceName) -> float:
    if said.strip() in (str(candidate.id), candidate.slug):
        return 1.0
    names = [(candidate.name, 1.0), *candidate.synonyms]
    return max(_name_score(spoken, _plain(name), confidence) for name, confidence in names)


def _name_score(spoken: str, name: str, confidence: float) -> float:
    if spoken == name:
        return confidence
    if _told_apart(spoken, name):
        return 0.0
    shorter = min(spoken, name, key=len)
    if len(shorter) >= CONTAINED_LETTERS and (spoken in name or name in spoken):
        return CONTAINED * confidence
    return _likeness(spoken, name) * confidence


def _staff_score(said: str, spoken: str, candidate: StaffName) -> float:
    if said.strip() in (str(candidate.id), candidate.slug):
        return 1.0
    name = _plain(candidate.name, keep_spaces=True)
    words = {name.replace(" ", ""), *name.split()}
    if spoken in words:
        return 1.0
    contained = any(
        len(word) >= CONTAINED_LETTERS and (word in spoken or spoken in word)
        for word in words
        if len(spoken) >= CONTAINED_LETTERS
    )
    return CONTAINED if contained else max(_likeness(spoken, word) for word in words)


def _told_apart(one: str, other: str) -> bool:
    def kinds(name: str) -> set[int]:
        return {
            number
            for number, words in enumerate(DISTINGUISHING)
            if any(word in name for word in words)
        }

    mine, theirs = kinds(one), kinds(other)
    return bool(mine and theirs and mine != theirs)


def _likeness(one: str, other: str) -> float:
    """Return 1 - edit distance / longer length."""
    return float(Levenshtein.normalized_similarity(one, other))


def _plain(text: str, *, keep_spaces: bool = False) -> str:
    """Return letters and digits only: case, umlaut spelling, blanks and fillers do not count."""
    lowered = text.lower().translate(UMLAUTS)
    spaced = re.sub(r"[^\w]+", " ", FILLERS.sub(" ", lowered)).strip()
    return spaced if keep_spaces else spaced.replace(" ", "")
