"""Names of services and staff as they are said on the phone. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

ACCEPTED, ASKED, APART = 0.75, 0.6, 0.1
EXACT, SAME_BUT_FOR_ORDER, CONTAINED = 1.0, 0.95, 0.9
CONTAINED_LETTERS = 4
HALF_HEARD = 0.7  # "Jonas Meier" where only Jonas Brandt works: to be asked
ROUNDING = 1e-9

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
FILLERS = frozenset(
    """
    bitte gern gerne ein eine einen einem einer eines den die das dem der termin fuer zum zur mal
    wieder nur ich moechte haette haett brauche will wuerde machen lassen buchen mich mir mein
    meine meinen und an a the and for appointment please just like would i i'd want need book my
    """.split()  # noqa: SIM905 -- a list of words reads best as words
)
WITH = re.compile(
    r"^(?:(?:bei|beim|mit|von|zu|zum|zur|with|by|frau|herrn?|mrs?|ms|der|dem|die|den)\b\.? *)+"
)
ANYBODY = re.compile(
    r"\b(?:egal|irgend\w*|jeder|jemand|wer (?:gerade |immer )?(?:frei|zeit|da)|wer auch immer"
    r"|keine? (?:praeferenz|wunsch|bestimmte\w*)|niemand bestimmte\w*|any(?:one|body)?|whoever"
    r"|no preference|doesn't matter)\b"
)
NOBODY = re.compile(r"\b(?:nicht|ausser|ohne|not|except|without)\b")
USUAL = re.compile(
    r"\b(?:wie immer|(?:das )?uebliche|wie sonst(?: auch)?|as always|same as (?:always|last time)"
    r"|(?:das ?selbe|das gleiche|nochmal)? ?wie (?:das |beim )?(?:letzte[ns]?|voriges) mal"
    r"|das ?selbe|das gleiche(?: nochmal)?|(?:the )?usual)\b"
)
YES = frozenset(
    """
    ja jawohl jo jep genau gerne gern bitte richtig stimmt korrekt passt klar sicher natuerlich
    doch okay ok gut das yes yeah yep sure right correct exactly please wieder again
    """.split()  # noqa: SIM905 -- a list of words reads best as words
)

# Words that tell two services apart, however alike the rest sounds: by how they begin, so
# that they are found in compounds, or whole.
DISTINGUISHING: tuple[tuple[tuple[str, ...], frozenset[str]], ...] = (
    (
        ("herren", "maenner", "gentlemen"),
        frozenset({"herr", "mann", "man", "men", "mens", "man's", "men's", "gents"}),
    ),
    (
        ("damen", "frauen", "ladies", "women"),
        frozenset({"dame", "frau", "lady", "woman"}),
    ),
    (
        ("kinder", "children", "jungen", "maedchen"),
        frozenset({"kind", "kids", "kid's", "kids'", "child", "child's", "boys", "girls"}),
    ),
)


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
    spoken = _words(said)
    if not spoken:
        return NotFound()
    return _decide([(_service_score(said, spoken, one), one) for one in candidates])


def match_staff(said: str, candidates: Sequence[StaffName]) -> Found | Anybody:
    """Return the staff member meant: by id, full name, first name, part, or likeness."""
    plain = _folded(said)
    spoken = [word for word in re.findall(r"\w+", WITH.sub("", plain)) if word not in FILLERS]
    named = _decide([(_staff_score(said, spoken, one), one) for one in candidates])
    if isinstance(named, NotFound) and ANYBODY.search(plain):
        return Anybody()
    return NotFound() if not spoken or NOBODY.search(plain) else named


def same_kind(said: str, kinds: Sequence[str]) -> list[str]:
    """Return the kinds of service meant: named alike, or with one part of the other."""
    mine = "".join(_words(said))
    return [
        kind
        for kind in kinds
        if (theirs := "".join(_words(kind)))
        and (_contains(mine, theirs) or likeness(mine, theirs) >= ACCEPTED)
    ]


def means_the_usual(said: str) -> bool:
    """Whether somebody asks for what they always have, without naming it."""
    return bool(USUAL.search(_folded(said)))


def without_the_usual(said: str) -> str:
    """Return what else was said beside "wie immer"."""
    return " ".join(USUAL.sub(" ", _folded(said)).split())


def is_a_yes(said: str) -> bool:
    """Whether nothing but a yes was said: "ja genau"."""
    words = re.findall(r"\w+", _folded(said))
    return bool(words) and set(words) <= YES


def likeness(one: str, other: str) -> float:
    """Return 1 - edit distance / longer length."""
    return float(Levenshtein.normalized_similarity(one, other))


def _decide(scored: Iterable[tuple[float, Named]]) -> Found:
    ranked = sorted(
        (pair for pair in scored if pair[0] >= ASKED), key=lambda pair: (-pair[0], pair[1].name)
    )
    if not ranked:
        return NotFound()
    best = ranked[0][0]
    near = [one for score, one in ranked if best - score < APART - ROUNDING]
    exact = [one for score, one in ranked if score >= EXACT]
    if len(exact) == 1:
        return Match(exact[0].id)
    if best >= ACCEPTED and len(near) == 1:
        return Match(near[0].id)
    return Ambiguous(tuple(near))


def _is_id(said: str, candidate: Named) -> bool:
    return said.strip() in {str(candidate.id), candidate.slug}


def _service_score(said: str, spoken: Sequence[str], candidate: ServiceName) -> float:
    if _is_id(said, candidate):
        return EXACT
    names = [(candidate.name, 1.0), *candidate.synonyms]
    return max(_name_score(spoken, _words(name), confidence) for name, confidence in names)


def _name_score(spoken: Sequence[str], name: Sequence[str], confidence: float) -> float:
    mine, theirs = "".join(spoken), "".join(name)
    if mine == theirs:
        return confidence
    if _contains(mine, theirs):
        return CONTAINED * confidence
    kinds = _kinds(spoken), _kinds(name)
    if all(kinds) and not kinds[0] & kinds[1]:
        return 0.0
    if all(kinds) and _without_kinds(spoken) == _without_kinds(name):
        return SAME_BUT_FOR_ORDER * confidence
    return likeness(mine, theirs) * confidence


def _contains(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= CONTAINED_LETTERS and shorter in longer


def _kinds(words: Iterable[str]) -> set[int]:
    """Return for whom a service is, as far as its words say so."""
    groups = range(len(DISTINGUISHING))
    return {group for word in words for group in groups if _told(word, group)}


@lru_cache(maxsize=4096)  # the same few words of a catalogue, in every call
def _told(word: str, group: int) -> str:
    """Return the part of a word that says for whom, even with a letter misheard."""
    beginnings, whole = DISTINGUISHING[group]
    if word in whole:
        return word
    heard = [
        (Levenshtein.distance(word[:length], beginning), word[:length])
        for beginning in beginnings
        for length in (len(beginning) - 1, len(beginning), len(beginning) + 1)
    ]
    distance, part = min(heard)
    return part if distance <= 1 else ""


def _without_kinds(words: Iterable[str]) -> str:
    groups = range(len(DISTINGUISHING))
    return "".join(
        word.removeprefix(max((_told(word, group) for group in groups), key=len)) for word in words
    )


def _staff_score(said: str, spoken: Sequence[str], candidate: StaffName) -> float:
    name = re.findall(r"\w+", _folded(candidate.name))
    if _is_id(said, candidate) or list(spoken) == name or spoken == name[:1]:
        return EXACT
    if "".join(spoken) == "".join(name):
        return EXACT
    heard = [max((likeness(word, part) for part in name), default=0.0) for word in spoken]
    if max(heard, default=0.0) == EXACT:
        return CONTAINED if min(heard) >= ACCEPTED else HALF_HEARD
    alike = max(likeness("".join(spoken), part) for part in ("".join(name), *name))
    return alike if alike >= ACCEPTED else 0.0


def _words(text: str) -> list[str]:
    """Return the words that count: case, umlaut spelling, signs and fillers do not."""
    return [word for word in re.findall(r"[\w']+", _folded(text)) if word not in FILLERS]


def _folded(text: str) -> str:
    return " ".join(text.casefold().translate(UMLAUTS).split())
