"""Which of the offers somebody chooses: by its token, its number or its place."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from voice.models import Offer

NUMBERS = {
    **dict.fromkeys(("erste", "ersten", "erster", "erstere", "ersteres", "first"), 1),
    **dict.fromkeys(("zweite", "zweiten", "zweiter", "second"), 2),
}
# Counted only where nothing above was said: "the second one", "die erste von zweien".
COUNTS = {
    **dict.fromkeys(("1", "eins", "one"), 1),
    **dict.fromkeys(("2", "zwei", "zwo", "two"), 2),
}
LAST = frozenset({"letzte", "letzten", "letzter", "letztere", "letzteres", "last"})
EARLIER = frozenset({"frühere", "früheren", "früherer", "fruehere", "frueheren", "earlier"})
LATER = frozenset({"spätere", "späteren", "späterer", "spaetere", "spaeteren", "later"})
# "Um zwei", "halb eins" and "2 Uhr" are times of the day, and no numbers of offers.
OF_THE_CLOCK = re.compile(
    r"\b(?:uhr|um|gegen|ab|halb|(?:drei)?viertel|vor|nach|at|half|quarter|past|o'clock|[ap]\.?m)\b"
    r"|\d\s*[:.]\s*\d",
    re.IGNORECASE,
)


def chosen_offer(said: Mapping[str, Any], offers: Sequence[Offer]) -> Offer | None:
    """Return the offer meant by its token, or by "die zweite".

    Args:
        said: `slot_token` and `option`, as the model wrote them. A token that was not given
            out in this call says nothing.
        offers: those that stand, as they were numbered.
    """
    by_token = next((offer for offer in offers if offer.token == said["slot_token"]), None)
    if by_token or OF_THE_CLOCK.search(said["option"]):
        return by_token
    words = re.findall(r"\w+", said["option"].lower())
    numbers = _numbers(words, NUMBERS) or _numbers(words, COUNTS) or _places(words, offers)
    if len(numbers) != 1:
        return None
    return next((offer for offer in offers if offer.option in numbers), None)


def _numbers(words: Sequence[str], known: Mapping[str, int]) -> set[int]:
    return {known[word] for word in words if word in known}


def _places(words: Sequence[str], offers: Sequence[Offer]) -> set[int]:
    """Return the numbers of the last, the earlier, the later of two offers."""
    if len(offers) != 2:  # noqa: PLR2004 -- of more, or of one, nobody says so
        return set()
    early, late = sorted(offers, key=lambda offer: offer.starts_at)
    return {
        offer.option
        for offer, names in ((offers[-1], LAST), (early, EARLIER), (late, LATER))
        if names & set(words)
    }
