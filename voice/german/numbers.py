"""German number words: cardinals, ordinals and years as digits."""

import re

ONES = ("null", "eins", "zwei", "drei", "vier", "fuenf", "sechs", "sieben", "acht", "neun")
TEENS = (
    "zehn",
    "elf",
    "zwoelf",
    "dreizehn",
    "vierzehn",
    "fuenfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
)
TENS = {
    20: "zwanzig",
    30: "dreissig",
    40: "vierzig",
    50: "fuenfzig",
    60: "sechzig",
    70: "siebzig",
    80: "achtzig",
    90: "neunzig",
}
IRREGULAR_ORDINALS = {1: "erst", 3: "dritt", 7: "siebt", 8: "acht"}
LAST_ORDINAL, FIRST_LONG_ORDINAL = 31, 20  # der neunzehnte, der zwanzigste
# As they are said in the south, and in Berlin.
SPOKEN_CARDINALS = {
    "dreie": 3,
    "viere": 4,
    "fuenfe": 5,
    "sechse": 6,
    "siebene": 7,
    "neune": 9,
    "zehne": 10,
    "elfe": 11,
    "zwoelfe": 12,
    "fuffzehn": 15,
    "fuffzig": 50,
}
NUMBER_OF_A_UNIT = r"\b(?:ein(?:e[nmrs]?)?)(?= (?:tag|woche|monat|jahr|stunde|minute|uhr))"


def _with_ones(tens: int, word: str) -> dict[str, int]:
    compounds = {
        f"{'ein' if ones == 1 else ONES[ones]}und{word}": tens + ones for ones in range(1, 10)
    }
    return {word: tens, **compounds, f"zwound{word}": tens + 2}


def _cardinals() -> dict[str, int]:
    below_twenty = {word: number for number, word in enumerate((*ONES, *TEENS))}
    compounds = {
        word: number
        for tens, name in TENS.items()
        for word, number in _with_ones(tens, name).items()
    }
    return {**below_twenty, "zwo": 2, **compounds}


def _ordinals() -> dict[str, int]:
    stems = {
        word + ("t" if number < FIRST_LONG_ORDINAL else "st"): number
        for word, number in CARDINALS.items()
        if 0 < number <= LAST_ORDINAL and number not in IRREGULAR_ORDINALS
    }
    return {**stems, **{stem: number for number, stem in IRREGULAR_ORDINALS.items()}}


def _either_of(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


CARDINALS = _cardinals()
ORDINALS = _ordinals()

_NUMBER = _either_of(CARDINALS)
# Words that speech recognition has written in one, or an ordinal in three.
_RUN_TOGETHER = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (rf"\b({_NUMBER})uhr({_NUMBER})?\b", r"\1 uhr \2"),
        (rf"\b(halb|viertel|dreiviertel)({_NUMBER})\b", r"\1 \2"),
        (rf"\bviertel ?(vor|nach) ?({_NUMBER})\b", r"viertel \1 \2"),
        (rf"\b(ein|{'|'.join(ONES[2:])}) und ((?:zwanzig|dreissig)st)(?=e[nmrs]?\b)", r"\1und\2"),
    )
)
_SPOKEN = re.compile(rf"\b({_either_of(SPOKEN_CARDINALS)})\b")
_YEAR = re.compile(rf"\bzweitausend(?:und)?({_either_of(CARDINALS)})\b")
_ORDINAL = re.compile(rf"\b({_either_of(ORDINALS)})e[nmrs]?\b\.?")
_DIGIT_ORDINAL = re.compile(r"\b(\d{1,2})-?s?te[nmrs]?\b")
_AND_A_HALF = re.compile(rf"\b({_either_of(CARDINALS)})(?:und)?einhalb\b")
_CARDINAL = re.compile(rf"\b({_either_of(CARDINALS)})\b")
_ONE_UNIT = re.compile(NUMBER_OF_A_UNIT)


def with_digits(text: str) -> str:
    """Return folded text with every number word as digits, ordinals with their dot.

    "am vierundzwanzigsten zwölften um zehn" becomes "am 24. 12. um 10". The article "ein"
    counts only in front of a unit.
    """
    for pattern, by in _RUN_TOGETHER:
        text = pattern.sub(by, text)
    text = _SPOKEN.sub(lambda match: str(SPOKEN_CARDINALS[match[1]]), text)
    text = _YEAR.sub(lambda match: str(2000 + CARDINALS[match[1]]), text)
    text = _ORDINAL.sub(lambda match: f"{ORDINALS[match[1]]}.", text)
    text = _DIGIT_ORDINAL.sub(r"\1.", text)
    text = _ONE_UNIT.sub("1", text)
    text = _AND_A_HALF.sub(lambda match: f"{CARDINALS[match[1]]} einhalb", text)
    return _CARDINAL.sub(lambda match: str(CARDINALS[match[1]]), text)
