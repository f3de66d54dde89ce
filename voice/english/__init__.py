"""English as it is spoken about dates and times, understood by tables of rules."""

from datetime import datetime
from zoneinfo import ZoneInfo

from voice.english.wishes import heard
from voice.when import When
from voice.when.meaning import Now, meaning

__all__ = ["understand"]


def understand(
    *, date_text: str | None, time_text: str | None, now: datetime, zone: ZoneInfo
) -> When:
    """Return the moment meant by a text about the date, one about the time, or one for both.

    Args:
        date_text: the date, or everything: "next Tuesday at a quarter past two".
        time_text: the time; only here a bare "14" is one.
        now: the moment of asking, aware.
        zone: the branch's: "today" is its date.
    """
    return meaning(
        of_date=heard(date_text, zone=zone),
        of_time=heard(time_text, zone=zone, about_time=True),
        now=Now(now, zone),
    )
