"""How moments, lengths of time and money are said. Pure; nothing here knows the clock."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

WEEKDAYS = {
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = {
    "de": (
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
NEAR_DAYS = {
    "de": ("heute", "morgen", "übermorgen"),
    "en": ("today", "tomorrow", "the day after tomorrow"),
}
NOON_HOUR = 12
HOUR_MINUTES = 60


def weekday(day: date, *, locale: str) -> str:
    return WEEKDAYS[locale][day.weekday()]


def weekday_name(number: int, *, locale: str) -> str:
    """Return a weekday's name, 0 for Monday."""
    return WEEKDAYS[locale][number]


def spoken_date(day: date, *, locale: str, today: date | None = None) -> str:
    """Say a date by itself: "Dienstag, 24. November".

    The year is said only where `today` is known and the date is not the next such day.
    """
    month = MONTHS[locale][day.month - 1]
    said = f"{day.day}. {month}" if locale == "de" else f"{day.day} {month}"
    return f"{weekday(day, locale=locale)}, {said}{_year(day, today)}"


def spoken_time(at: time, *, locale: str) -> str:
    """Say a clock time: "15 Uhr 30", "9 Uhr 5", never "halb vier"; "3:30 p.m."."""
    if locale == "de":
        return f"{at.hour} Uhr {at.minute}" if at.minute else f"{at.hour} Uhr"
    half = "a.m." if at.hour < NOON_HOUR else "p.m."
    hour = (at.hour - 1) % NOON_HOUR + 1
    return f"{hour}:{at.minute:02d} {half}" if at.minute else f"{hour} {half}"


def spoken_moment(local: datetime, *, locale: str) -> str:
    """Say a moment by itself: "Dienstag, 24. November, 10 Uhr"."""
    day = spoken_date(local.date(), locale=locale)
    return f"{day}, {spoken_time(local.time(), locale=locale)}"


def sentence_date(day: date, *, locale: str, today: date) -> str:
    """Say a date inside a sentence: "morgen, Dienstag, den 24. November"."""
    month = MONTHS[locale][day.month - 1]
    name = weekday(day, locale=locale)
    near = _near(day, today, locale)
    year = _year(day, today)
    if locale == "de":
        said = f"{name}, dem {day.day}. {month}{year},"
        return f"{near}, {said[:-1].replace('dem', 'den')}," if near else f"am {said}"
    return (
        f"{near}, {name} {day.day} {month}{year},"
        if near
        else f"on {name}, {day.day} {month}{year},"
    )


def sentence_moment(local: datetime, *, locale: str, today: date) -> str:
    """Say a moment inside a sentence: "am Dienstag, dem 24. November, um 10 Uhr"."""
    day = sentence_date(local.date(), locale=locale, today=today)
    joint = "um" if locale == "de" else "at"
    return f"{day} {joint} {spoken_time(local.time(), locale=locale)}"


def spoken_duration(minutes: int, *, locale: str) -> str:
    """Say a length of time: "1 Stunde und 30 Minuten"."""
    hours, rest = divmod(minutes, HOUR_MINUTES)
    hour, hours_, minute, minutes_, joint = (
        ("Stunde", "Stunden", "Minute", "Minuten", " und ")
        if locale == "de"
        else ("hour", "hours", "minute", "minutes", " and ")
    )
    parts = []
    if hours:
        parts.append(f"{hours} {hour if hours == 1 else hours_}")
    if rest or not hours:
        parts.append(f"{rest} {minute if rest == 1 else minutes_}")
    return joint.join(parts)


def spoken_price(amount: Decimal, *, locale: str) -> str:
    """Say an amount of money: "32 Euro", "20 Euro 50"."""
    euros, cents = divmod(int(amount * 100), 100)
    name = "Euro" if locale == "de" else "euros"
    return f"{euros} {name} {cents}" if cents else f"{euros} {name}"


def _near(day: date, today: date, locale: str) -> str:
    ahead = (day - today).days
    return NEAR_DAYS[locale][ahead] if 0 <= ahead < len(NEAR_DAYS[locale]) else ""


def _year(day: date, today: date | None) -> str:
    if today is None or today <= day < _same_day_next_year(today):
        return ""
    return f" {day.year}"


def _same_day_next_year(today: date) -> date:
    return today + timedelta(days=365)
