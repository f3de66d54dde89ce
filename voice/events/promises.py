"""What the agent promised on the phone, by its own words. Pure.

A sentence promises when it says that something *is* done: not a question, a wish, a condition
or a refusal, and not that somebody else has done it. What was taken back later in the call
was not promised.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from voice.events import wording
from voice.events.wording import Claim

AGENT, CALLER = "agent", "user"
CURLY_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
TAKEN_BACK_WITHIN_TURNS = 2


def get_promises(
    transcript: Sequence[Mapping[str, Any]], analysis: Mapping[str, Any]
) -> dict[Claim, str]:
    """Return what was promised, and the words that did so.

    Args:
        transcript: the turns of the call in order, as `Call.transcript` has them. Only what
            the agent says can promise; what the caller asks counts where a yes follows.
        analysis: as `Call.analysis` has it. It adds to what was said, and takes nothing back.
    """
    return dict(_claims_of_analysis(analysis)) | _claims_of_transcript(transcript)


def find_claim(sentence: str) -> Claim | None:
    """Return what a sentence says is done; None where it promises nothing."""
    plain = wording.SUCCEEDED.sub(r"wurde\1", sentence)
    plain = wording.DATE_COMMA.sub("", wording.FLOURISHES.sub("", plain))
    clauses = wording.CLAUSE_ENDS.split(plain)
    asks = plain.rstrip("\"'“”» ").endswith("?")
    if asks:
        # "Ihr Termin ist gebucht, kann ich sonst noch etwas tun?"
        clauses = [] if wording.ASKS.search(clauses[0]) else clauses[:-1]
    for number, clause in enumerate(clauses):
        if claim := _claim_of(clause, before=" ".join(clauses[:number])):
            return claim
    return None


def _claim_of(clause: str, *, before: str) -> Claim | None:
    for claim, done in wording.DONE.items():
        found = done.search(clause)
        if found is None or _is_hedged(clause):
            continue
        if wording.ONLY_IF.search(f"{before} {clause[: found.start()]}"):
            continue
        if _is_reported(clause, before=before):
            continue
        if claim is Claim.BOOKED and not _is_the_callers(clause, found.group()):
            continue
        return claim
    return None


def _is_hedged(clause: str) -> bool:
    return any(
        pattern.search(clause)
        for pattern in (
            wording.NOT,
            wording.NOT_YET,
            wording.ASKED_FOR,
            wording.SOMETHING_ELSE,
            wording.ANOTHER_TIME,
        )
    )


def _is_reported(clause: str, *, before: str) -> bool:
    """Whether a clause is what somebody cannot say: "Ich sehe nicht, dass … gebucht ist"."""
    said = clause.strip().lower()
    return said.startswith(("dass ", "that ")) and bool(wording.NOT.search(before))


def _is_the_callers(clause: str, done: str) -> bool:
    if done.lower().startswith("reserv") and wording.FOR_A_WHILE.search(clause):
        return False
    by_others = wording.BY_OTHERS.search(clause)
    return not by_others or bool(wording.THE_CALLERS.search(clause))


def _claims_of_transcript(transcript: Sequence[Mapping[str, Any]]) -> dict[Claim, str]:
    """Follow the call sentence by sentence: promises are made, repeated and taken back."""
    made: dict[Claim, tuple[str, int]] = {}
    for number, (asked, said) in enumerate(_exchanges(transcript)):
        if claim := _confirmed(asked, said):
            made[claim] = (f"{asked} {said}", number)
        for sentence in _sentences(said):
            if claim := find_claim(sentence):
                made[claim] = (sentence, number)
                continue
            for undone in _taken_back(sentence, made, number):
                del made[undone]
    return {claim: words for claim, (words, _number) in made.items()}


def _exchanges(transcript: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield what the agent says, and what the caller had said just before."""
    asked = ""
    for turn in transcript:
        role, text = turn.get("role"), str(turn.get("text") or "")
        if role == AGENT:
            yield asked, text
        asked = text if role == CALLER else ""


def _confirmed(asked: str, said: str) -> Claim | None:
    """Return what a plain yes confirms, to "Ist das jetzt gebucht?" for example."""
    first, *_rest = _sentences(said) or [""]
    if not wording.YES.search(first) or wording.NOT.search(first):
        return None
    claims = (find_claim(sentence.rstrip("? ")) for sentence in _sentences(asked))
    return next((claim for claim in claims if claim), None)


def _taken_back(sentence: str, made: Mapping[Claim, tuple[str, int]], number: int) -> list[Claim]:
    refused = wording.NOT.search(sentence)
    undone = [claim for claim in made if refused and wording.NOT_DONE[claim].search(sentence)]
    _words, promised = made.get(Claim.BOOKED, ("", number))
    soon = number - promised <= TAKEN_BACK_WITHIN_TURNS
    if Claim.BOOKED in made and soon and wording.GONE.search(sentence):
        undone.append(Claim.BOOKED)
    return list(dict.fromkeys(undone))


def _sentences(text: str) -> list[str]:
    plain = text.replace(CURLY_APOSTROPHE, "'")
    return [piece for piece in wording.SENTENCE_ENDS.split(plain) if piece.strip()]


def _claims_of_analysis(analysis: Mapping[str, Any]) -> Iterator[tuple[Claim, str]]:
    """Yield what the platform makes of the call. That it was "successful" says nothing."""
    for sentence in _sentences(str(analysis.get("summary") or "")):
        if claim := find_claim(sentence):
            yield claim, sentence
    for key, value in dict(analysis.get("custom") or {}).items():
        said = str(value).strip().lower()
        if said in wording.NOTHING_SAID:
            continue
        if key.lower() in wording.BOOKED_KEYS:
            yield Claim.BOOKED, f"{key}: {value}"
        if key.lower() in wording.PROMISED_KEYS:
            yield Claim.SOMETHING, f"{key}: {value}"
        if key.lower() in wording.OUTCOME_KEYS and said in wording.OUTCOMES:
            yield wording.OUTCOMES[said], f"{key}: {value}"
