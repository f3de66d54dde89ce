"""Why a function asks back instead of answering: a status and facts, no prose."""

from collections.abc import Mapping
from typing import Any


class AskBackError(Exception):
    """Something is missing or ambiguous: the caller is asked the one question that helps.

    Attributes:
        status: one of the agent's status words.
        facts: what the answer's data says beside it.
        spoken: values for the sentence, by the names its text uses; `sentence` names another
            one than the status does.
    """

    def __init__(
        self,
        status: str,
        *,
        facts: Mapping[str, Any] | None = None,
        spoken: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status)
        self.status = status
        self.facts = dict(facts or {})
        self.spoken = dict(spoken or {})


class UnknownCallerError(Exception):
    """Somebody without a number speaks of an appointment this very call has not booked."""
