"""The words of English speech around a date: which mean nothing, and which ask for care."""

# See the German list: where no date was found, a word that is not here is better asked about.
FILLERS = frozenset(
    """
    a about actually after all already also an and any appointment appointments are around as at
    available be been before book booking by can come could day do does fine for free from get
    give go good got great half have hello hi how i i'd i'll i'm if in is it it's just kindly
    know let let's like look looking make maybe me my need no of ok okay on one or our perhaps
    please possible possibly prefer preferably rather right say schedule see should slot so some
    something sorry suit suits sure thank thanks that that's the then there think this time to
    today um uh until up us want wanted we we'd we're well what what's when will with works work
    would yeah yes you your wondering sometime anytime whenever flexible any
    around roughly approximately exactly fit fits open
    opening er erm hmm long best late
    """.split()  # noqa: SIM905 -- a list of words reads best as words
)

# What is left of a date or time nobody has understood.
TELLING = frozenset(
    """
    week weeks weekday weekdays days month months year years hour hours minute minutes quarter
    o'clock easter christmas whitsun pentecost carnival holiday fortnight following last coming
    am pm couple few next afterwards
    """.split()  # noqa: SIM905 -- a list of words reads best as words
)

# The last wish counts: what follows one of these replaces what came before.
CORRECTION = (
    r"\b(?:no|nope|actually|sorry|i mean|i meant|make (?:it|that)|wait|scratch that|correction"
    r"|or rather|better still|pardon|excuse me)\b"
)
EITHER = r"\bor\b"
GREETING = r"\bgood (?:morning|afternoon|evening|day|night)\b|\bhave a (?:good|nice) \w+\b"
