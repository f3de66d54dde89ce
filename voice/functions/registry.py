"""Which functions there are, by every name they go by."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from voice.heard import Heard
from voice.replies import Reply
from voice.serializers import Arguments

READ_SECONDS, WRITE_SECONDS = 3.0, 5.0

Answer = Callable[[Heard, datetime], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One tool of the agent.

    Attributes:
        name: its own, whatever alias was used.
        answer: hears a wish, makes one call inward, and speaks.
        arguments: reads its arguments; keeps nothing, so one serves every call.
        seconds: within which the caller must have an answer.
        needs_call: whether it must be known which call it is; else the salon is enough.
    """

    name: str
    answer: Answer
    arguments: Arguments
    seconds: float
    needs_call: bool


FUNCTIONS: dict[str, Function] = {}


def function(
    name: str,
    *aliases: str,
    arguments: type[Arguments] = Arguments,
    seconds: float = READ_SECONDS,
    needs_call: bool = True,
) -> Callable[[Answer], Answer]:
    """Register a function under its name and its aliases."""

    def register(answer: Answer) -> Answer:
        entry = Function(
            name=name,
            answer=answer,
            arguments=arguments(),
            seconds=seconds,
            needs_call=needs_call,
        )
        FUNCTIONS.update(dict.fromkeys((name, *aliases), entry))
        return answer

    return register
