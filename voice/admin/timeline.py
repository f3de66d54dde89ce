"""A call as it went: what was said beside what was asked of us, on one line of time."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from voice.admin.words import argument_in_words, function_in_words, status_in_words
from voice.models import Call, FunctionCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One turn, or one function call.

    Attributes:
        seconds: since the call began; None where nobody noted it.
        speaker: "agent", "caller" or "function".
        title: who or what it is, in words.
        name: of a function; "" for what was said.
        text: what was said, or the arguments, redacted.
        status, milliseconds: of a function call's answer; "" and None while there is none.
        outcome: the status in words.
    """

    seconds: float | None
    speaker: str
    title: str
    text: str
    name: str = ""
    status: str = ""
    outcome: str = ""
    milliseconds: int | None = None

    @property
    def clock(self) -> str:
        if self.seconds is None:
            return ""
        minutes, seconds = divmod(int(self.seconds), 60)
        return f"{minutes}:{seconds:02d}"


def timeline(call: Call, functions: Iterable[FunctionCall]) -> list[Entry]:
    """Merge both, in the order in which they happened.

    A turn without a time stays where it stands among the turns.
    """
    began_at = call.started_at or call.created_at
    entries = [*_turns(call.transcript), *(_asked(row, began_at) for row in functions)]
    last, placed = 0.0, []
    for entry in entries:
        last = last if entry.seconds is None else entry.seconds
        placed.append((last, entry))
    return [entry for _seconds, entry in sorted(placed, key=lambda both: both[0])]


def _turns(transcript: Sequence[Any]) -> list[Entry]:
    names = {"agent": _("Agent"), "user": _("Caller")}
    return [
        Entry(
            seconds=turn.get("seconds"),
            speaker="agent" if turn["role"] == "agent" else "caller",
            title=names.get(turn["role"], turn["role"]),
            text=turn["text"],
        )
        for turn in transcript
    ]


def _asked(row: FunctionCall, began_at: datetime) -> Entry:
    return Entry(
        seconds=max(0.0, (row.started_at - began_at).total_seconds()),
        speaker="function",
        title=function_in_words(row.name),
        name=row.name,
        text=", ".join(
            f"{argument_in_words(row.name, name)}: {_shown(value)}"
            for name, value in row.arguments.items()
            if value != ""
        ),
        status=row.status,
        outcome=status_in_words(row.status),
        milliseconds=row.milliseconds,
    )


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def show(call: Call) -> SafeString | str:
    """Return the page's part; "" where there is nothing to show."""
    entries = timeline(call, call.function_calls.order_by("started_at", "pk"))
    return render_to_string("admin/voice/timeline.html", {"entries": entries}) if entries else ""
