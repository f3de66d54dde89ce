"""English number words: cardinals and ordinals as digits."""

import re

ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS = (
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
TENS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty"}
IRREGULAR_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fifth": 5,
    "eighth": 8,
    "ninth": 9,
    "twelfth": 12,
    "twentieth": 20,
    "thirtieth": 30,
}
LAST_ORDINAL = 31


def _cardinals() -> dict[str, int]:
    below_twenty = {word: number for number, word in enumerate((*ONES, *TEENS))}
    tens = {word: number for number, word in TENS.items()}
    compounds = {
        f"{word}{joint}{ones}": number + ONES.index(ones)
        for number, word in TENS.items()
        for ones in ONES[1:]
        for joint in ("-", " ")
    }
    return {**below_twenty, **tens, **compounds}


def _ordinals() -> dict[str, int]:
    below_twenty = {
        f"{word}th": number
        for number, word in enumerate((*ONES, *TEENS))
        if number and number not in IRREGULAR_ORDINALS.values()
    }
    simple = {**below_twenty, **IRREGULAR_ORDINALS}
    compounds = {
        f"{word}{joint}{ones}": tens + number
        for tens, word in TENS.items()
        for ones, number in simple.items()
        for joint in ("-", " ")
        if number < len(ONES) and tens + number <= LAST_ORDINAL
    }
    return {**simple, **compounds}


def _either_of(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


CARDINALS = _cardinals()
ORDINALS = _ordinals()

_ORDINAL = re.compile(rf"\b({_either_of(ORDINALS)})\b")
_DIGIT_ORDINAL = re.compile(r"\b(\d{1,2}) ?(?:st|nd|rd|th)\b")
_CARDINAL = re.compile(rf"\b({_either_of(CARDINALS)})\b")
_A_UNIT = re.compile(r"\ban?\b(?= (?:day|week|month|year|hour|minute|fortnight))")


def with_digits(text: str) -> str:
    """Return folded text with number words as digits, ordinals as `24th`."""
    text = _ORDINAL.sub(lambda match: f"{ORDINALS[match[1]]}th", text)
    text = _DIGIT_ORDINAL.sub(r"\1th", text)
    text = _A_UNIT.sub("1", text)
    return _CARDINAL.sub(lambda match: str(CARDINALS[match[1]]), text)
