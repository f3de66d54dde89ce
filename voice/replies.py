"""The envelope of answers, and the only place where a refusal becomes words."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from appointments.domain.diary import Reason
from appointments.errors import (
    AppointmentError,
    DeniedError,
    OwnAppointmentError,
    SlotTakenError,
    TooFarError,
    TooSoonError,
)
from features.flags import Flag
from voice import phrases, shapes, speech
from voice.errors import AskBackError
from voice.heard import Confirmation, Heard, Understood
from voice.when import OPEN_END, OPEN_START, TimeWindow


@dataclass(frozen=True, slots=True)
class Reply:
    """What a function answers: a word to branch on, a sentence to say, and facts."""

    status: str
    message: str
    data: Mapping[str, Any] = field(default_factory=dict)
    success: bool = True

    def body(
        self, *, function: str = "", call_id: str = "", heard: Heard | None = None
    ) -> dict[str, Any]:
        """Return the JSON, with every key the function promises, and what was `heard` of a wish."""
        promised = copy.deepcopy(dict(shapes.KEYS.get(function, {})))
        if heard and "understood" in promised:
            promised["understood"] = understood(heard)
        return {
            "success": self.success,
            "status": self.status,
            "message": self.message,
            "data": promised | dict(self.data) | {"call_id": call_id or None},
        }


def trouble(status: str, *, locale: str) -> Reply:
    """Return the answer to what the backend itself cannot do."""
    return Reply(status, phrases.say(status, locale=locale), success=False)


def wait(*, locale: str) -> Reply:
    """Return the answer to what is still being worked on, or came when all were busy."""
    status = "try_again_in_a_moment"
    return Reply(status, phrases.say(status, locale=locale))


def limited(*, locale: str) -> Reply:
    """Return the answer to one request too many: a person helps on."""
    return Reply("rate_limited", phrases.say("rate_limited", locale=locale))


def ask_back(error: AskBackError, heard: Heard, *, now: datetime) -> Reply:
    """Return the one question that moves the call on."""
    message = _question(error, heard, now=now)
    if not message.endswith("?"):
        message = f"{message} {phrases.say('date_required', locale=heard.locale)}"
    return Reply(
        error.status,
        message,
        {**error.facts, "understood": understood(heard)},
    )


def refusal(error: AppointmentError, heard: Heard, *, now: datetime) -> Reply:
    """Return a refusal in words, without alternatives."""
    return Reply(
        error.status,
        because(error, heard, now=now),
        {**facts(error, heard), "understood": understood(heard)},
    )


def because(error: AppointmentError, heard: Heard, *, now: datetime, sentence: str = "") -> str:
    """Say why something is refused, or a `sentence` that knows more of it.

    What could be instead is said by others.
    """
    known, locale = heard.understood, heard.locale
    values: dict[str, Any] = {
        "when": spoken_wish(known, heard, now=now),
        "today": speech.spoken_date(today(heard, now), locale=locale),
        "service": known.service.name if known.service else "",
        "staff": known.staff.name if known.staff else "",
        "window": (
            speech.spoken_window(TimeWindow(*known.window), locale=locale) if known.window else ""
        ),
    }
    key = error.status
    match error:
        case SlotTakenError(reason=Reason.STAFF_ABSENT) if known.staff:
            key = "wished_staff_absent"
        case SlotTakenError(reason=reason):
            key = reason.value
        case TooSoonError(minimum_notice_minutes=minutes):
            values["notice"] = speech.spoken_duration(minutes, locale=locale)
        case TooFarError(horizon_days=days):
            values["days"] = days
        case DeniedError(reason=rule, allowed=allowed):
            key = rule.value
            values["notice"] = speech.spoken_duration(allowed * 60, locale=locale)
        case OwnAppointmentError(appointment=own):
            values["when"] = say_moment(own.starts_at, heard, now=now)
            values["service"] = own.service.name
    if known.window and isinstance(error, SlotTakenError):
        key = "window_missed"
    return phrases.say(sentence or key, locale=locale, **values)


def facts(error: AppointmentError, heard: Heard) -> dict[str, Any]:
    """Return what a refusal knows, as the answer's data spells it."""
    match error:
        case SlotTakenError(reason=reason) | DeniedError(reason=reason):
            return {"reason": reason.value}
        case TooSoonError(minimum_notice_minutes=minutes, earliest_bookable=earliest):
            return {
                "minimum_notice_minutes": minutes,
                "earliest_bookable": shapes.instant(earliest, heard.zone),
            }
        case OwnAppointmentError(appointment=own):
            return {"appointment": shapes.appointment(own)}
    return {}


def understood(heard: Heard) -> dict[str, Any]:
    """Return what was understood of the wish, as every answer about one repeats it."""
    known, locale = heard.understood, heard.locale
    local = known.moment.astimezone(heard.zone) if known.moment else None
    return {
        "date": known.on.isoformat() if known.on else None,
        "time": f"{known.at:%H:%M}" if known.at else None,
        "window": _window(known),
        "days": _days(known),
        "weekday": speech.weekday(known.on, locale=locale) if known.on else None,
        "spoken": _spoken(known, local, locale=locale),
        "service": (
            {"id": known.service.pk, "name": known.service.name} if known.service else None
        ),
        "staff": shapes.staff(known.staff) if known.staff else None,
        "ambiguous": len(known.candidates) > 1,
        "confirmation": _confirmation(heard).value,
    }


def _days(known: Understood) -> dict[str, str] | None:
    """Return the first and last day of a week or month that was named instead of a day."""
    if known.days is None:
        return None
    return {"from": known.days.first.isoformat(), "to": known.days.last.isoformat()}


def _confirmation(heard: Heard) -> Confirmation:
    """Return what the agent should have confirmed. Flag `brief_confirmations` off: all of it."""
    if Flag.BRIEF_CONFIRMATIONS.is_on(company_id=heard.company.pk):
        return heard.understood.confirmation
    return Confirmation.FULL


def _window(known: Understood) -> dict[str, str | None] | None:
    """Return the part of the day that was meant; an end that was left open is null."""
    if known.window is None:
        return None
    start, end = known.window
    return {
        "from": None if start == OPEN_START else f"{start:%H:%M}",
        "to": None if end == OPEN_END else f"{end:%H:%M}",
    }


def _spoken(known: Understood, local: datetime | None, *, locale: str) -> str | None:
    if local:
        return speech.spoken_moment(local, locale=locale)
    return speech.spoken_date(known.on, locale=locale) if known.on else None


def spoken_wish(known: Understood, heard: Heard, *, now: datetime) -> str:
    """Say the wished moment, or the day alone where there is no clock time."""
    if known.moment:
        return say_moment(known.moment, heard, now=now)
    if known.on:
        return speech.sentence_date(known.on, locale=heard.locale, today=today(heard, now))
    return ""


def say_moment(moment: datetime, heard: Heard, *, now: datetime) -> str:
    """Say an instant inside a sentence, in the branch's time."""
    local = moment.astimezone(heard.zone)
    return phrases.moment(local, today=today(heard, now), locale=heard.locale)


def say_day(day: date, heard: Heard, *, now: datetime) -> str:
    """Say a day by itself: "Freitag, 4. Dezember"."""
    return speech.spoken_date(day, locale=heard.locale, today=today(heard, now))


def today(heard: Heard, now: datetime) -> date:
    return now.astimezone(heard.zone).date()


def _question(error: AskBackError, heard: Heard, *, now: datetime) -> str:
    locale, spoken = heard.locale, dict(error.spoken)
    key = spoken.get("sentence", error.status)
    values: dict[str, Any] = {
        "today": speech.spoken_date(today(heard, now), locale=locale),
        "names": phrases.either(spoken.get("names") or ["…"], locale=locale),
        "staff": spoken.get("staff", ""),
        "service": spoken.get("service", ""),
    }
    days: list[date] = spoken.get("days") or []
    if key == "date_ambiguous":
        key = "date_ambiguous" if days else "date_ambiguous_open"
        values["days"] = phrases.either(
            [speech.sentence_date(day, locale=locale, today=today(heard, now)) for day in days]
            or [""],
            locale=locale,
        )
    if key == "service_required" and spoken.get("service"):
        key = "service_usual"
    if key == "weekday_mismatch":
        values["named_on"] = speech.day_and_month(spoken["named_on"], locale=locale)
        values["real"] = speech.weekday(spoken["named_on"], locale=locale)
        values["weekday"] = speech.weekday_name(spoken["weekday"], locale=locale)
    return phrases.say(key, locale=locale, **values)
