"""Text as it arrives, made comparable; the same in every language."""

import re
import unicodedata

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe"})
DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))  # looks of -
CURRENT_DATE_MARK = re.compile(r"\{\{ ?current_date ?\}\}")
RESERVED = str.maketrans({"@": " ", "#": " "})  # stand for what the rules have taken
TEMPLATE_MARK = re.compile(r"\{\{.*?\}\}|<[^>]*>")
NOTHING = frozenset({"none", "null", "undefined", "nan", "n/a", "-", "unknown", "false"})


def folded(text: str | None, *, today_is: str) -> str:
    """Return lower-case text with umlauts spelled out and template marks resolved.

    `{{current_date}}` is the word for today; any other mark was never filled in, so
    nothing was said.
    """
    composed = unicodedata.normalize("NFKC", text or "").casefold()
    composed = CURRENT_DATE_MARK.sub(today_is, composed)
    composed = TEMPLATE_MARK.sub(" ", composed).translate({**UMLAUTS, **DASHES, **RESERVED})
    squeezed = " ".join(composed.split())
    return "" if squeezed in NOTHING else squeezed
