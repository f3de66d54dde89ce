"""Names of people as others write and hear them. Pure."""

from functools import lru_cache

from cologne_phonetics import encode  # type: ignore[import-untyped]  # has no stubs

# How the same letters are written: Müller and Mueller, Weiß and Weiss.
SPELLINGS = (("ae", "ä"), ("oe", "ö"), ("ue", "ü"), ("ss", "ß"))
MOST_SPELLINGS = 8


def spellings_of(word: str) -> list[str]:
    """Return the ways in which a word of a name may be written, the given one first.

    Capitalised too: a database that knows no capital umlauts tells "özil" from "Özil".
    """
    ways = [word]
    for plain, umlaut in SPELLINGS:
        ways += [way.replace(plain, umlaut) for way in ways if plain in way.casefold()]
        ways += [way.replace(umlaut, plain) for way in ways if umlaut in way.casefold()]
    ways = [*dict.fromkeys(ways)][:MOST_SPELLINGS]
    return [*dict.fromkeys(form for way in ways for form in (way, way.capitalize()))]


def sounds_of(name: str) -> list[str]:
    """Return Cologne phonetics word by word; for letters without such a sound, themselves."""
    return [sound for word in name.split() for sound in _sounds_of_word(word)]


@lru_cache(maxsize=65_536)
def _sounds_of_word(word: str) -> tuple[str, ...]:
    return tuple(code or part for part, code in encode(word))


def written_sounds(name: str) -> str:
    """Return the sounds of a name as one text in which each can be searched for.

    Each stands between two blanks: in " 56 67 " there is " 67 ", and no " 6 ".
    """
    return "".join(f" {sound}" for sound in dict.fromkeys(sounds_of(name))) + " "
