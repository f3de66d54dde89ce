"""How the tests write down what was understood."""

from datetime import time

from voice.when import TimeWindow, When

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def written(when: When) -> str:
    """Return a moment in one line.

    `2026-11-24 14:15`, `16:00-` (a window with an open end), `2026-11-25/2026-12-02` (two
    readings, the first usable), `date_ambiguous 2026-11-21/2026-11-28`,
    `date_required 2026-11-23..2026-11-29`, `weekday_mismatch Wed 2026-11-26`; `inferred`
    and an exact moment's offset come last.
    """
    parts = [
        when.problem or "",
        WEEKDAYS[when.named_weekday] if when.named_weekday is not None else "",
        str(when.named_on or ""),
        "/".join(map(str, when.candidates)) or str(when.on or ""),
        f"{when.days.first}..{when.days.last}" if when.days else "",
        f"{when.at:%H:%M}" if when.at else "",
        _window(when.window) if when.window else "",
        f"{when.instant:%z}" if when.instant else "",
        "inferred" if when.inferred else "",
    ]
    return " ".join(part for part in parts if part) or "nothing"


def _window(window: TimeWindow) -> str:
    def edge(at: time, *, is_open: bool) -> str:
        return "" if is_open else f"{at:%H:%M}"

    start = edge(window.start, is_open=window.starts_open)
    end = edge(window.end, is_open=window.ends_open)
    return f"{start}-{end}"
