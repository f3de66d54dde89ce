"""How moments, lengths of time and money are said. Pure; nothing here knows the clock."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from voice.when import TimeWindow

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
WEEK_DAYS = 7
LEAP_YEARS_APART = 8  # at most, around the turn of a century


def weekday(day: date, *, locale: str) -> str:
    return WEEKDAYS[locale][day.weekday()]


def month(day: date, *, locale: str) -> str:
    return MONTHS[locale][day.month - 1]


def weekday_name(number: int, *, locale: str) -> str:
    """Return a weekday's name, 0 for Monday."""
    return WEEKDAYS[locale][number]


def spoken_date(day: date, *, locale: str, today: date | None = None) -> str:
    """Say a date by itself: "Dienstag, 24. November".

    The year is said only where `today` is known and the date is not the next such day.
    """
    return f"{weekday(day, locale=locale)}, {day_and_month(day, locale=locale, today=today)}"


def day_and_month(day: date, *, locale: str, today: date | None = None) -> str:
    """Say day and month: "24. November"; the year where it is not the next such day."""
    name = month(day, locale=locale)
    said = f"{day.day}. {name}" if locale == "de" else f"{day.day} {name}"
    is_next = today is None or day == _next_such_day(day, today)
    return said if is_next else f"{said} {day.year}"


def spoken_time(at: time, *, locale: str) -> str:
    """Say a clock time: "15 Uhr 30", "9 Uhr 5", never "halb vier"; "3:30 p.m."."""
    if locale == "de":
        return f"{at.hour} Uhr {at.minute}" if at.minute else f"{at.hour} Uhr"
    half = "a.m." if at.hour < NOON_HOUR else "p.m."
    hour = (at.hour - 1) % NOON_HOUR + 1
    return f"{hour}:{at.minute:02d} {half}" if at.minute else f"{hour} {half}"


def spoken_moment(local: datetime, *, locale: str, today: date | None = None) -> str:
    """Say a moment by itself: "Dienstag, 24. November, 10 Uhr"."""
    day = spoken_date(local.date(), locale=locale, today=today)
    return f"{day}, {spoken_time(local.time(), locale=locale)}"


def spoken_window(window: TimeWindow, *, locale: str) -> str:
    """Say a stretch of the day: "zwischen 8 Uhr und 12 Uhr", "ab 16 Uhr", "bis 12 Uhr"."""
    start = spoken_time(window.start, locale=locale)
    end = spoken_time(window.end, locale=locale)
    german = locale == "de"
    if window.ends_open:
        return f"ab {start}" if german else f"from {start}"
    if window.starts_open:
        return f"bis {end}" if german else f"until {end}"
    return f"zwischen {start} und {end}" if german else f"between {start} and {end}"


def spoken_hours(opens: time, closes: time, *, locale: str) -> str:
    """Say when a shop is open: "von 9 Uhr bis 18 Uhr"."""
    start, end = spoken_time(opens, locale=locale), spoken_time(closes, locale=locale)
    return f"von {start} bis {end}" if locale == "de" else f"from {start} to {end}"


def sentence_date(day: date, *, locale: str, today: date) -> str:
    """Say a date inside a sentence: "am Donnerstag, dem 26. November".

    Heute, morgen and übermorgen stand in front where they are true.
    """
    near = _near(day, today, locale)
    said = _on_the_day(day, locale, today)
    return f"{near}, {said}" if near else said


def sentence_moment(local: datetime, *, locale: str, today: date) -> str:
    """Say a moment inside a sentence: "am Donnerstag, dem 26. November, um 10 Uhr"."""
    return _at(sentence_date(local.date(), locale=locale, today=today), local, locale)


def offered_moment(local: datetime, *, wished_on: date, locale: str, today: date) -> str:
    """Say an offered moment by its distance from the wish and from today.

    "Am gleichen Tag" is said of the wished date alone; day and month always follow.
    """
    return _at(_offered_date(local.date(), wished_on, locale, today), local, locale)


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
    name = "Euro" if locale == "de" else "euro" if euros == 1 else "euros"
    return f"{euros} {name} {cents}" if cents else f"{euros} {name}"


def _at(day: str, local: datetime, locale: str) -> str:
    joint = "um" if locale == "de" else "at"
    return f"{day}, {joint} {spoken_time(local.time(), locale=locale)}"


def _on_the_day(day: date, locale: str, today: date) -> str:
    name = weekday(day, locale=locale)
    said = day_and_month(day, locale=locale, today=today)
    return f"am {name}, dem {said}" if locale == "de" else f"on {name}, {said}"


def _offered_date(day: date, wished_on: date, locale: str, today: date) -> str:
    name = weekday(day, locale=locale)
    said = day_and_month(day, locale=locale, today=today)
    if day == wished_on:
        same = "am gleichen Tag" if locale == "de" else "on the same day"
        article = "dem " if locale == "de" else ""
        return f"{same}, {name}, {article}{said}"
    if _in_next_week(day, today):
        return (
            f"nächste Woche {name}, den {said}" if locale == "de" else f"next week {name}, {said}"
        )
    return sentence_date(day, locale=locale, today=today)


def _in_next_week(day: date, today: date) -> bool:
    """Whether a day is in the next calendar week, and a week or more away."""
    next_monday = today + timedelta(days=WEEK_DAYS - today.weekday())
    return (day - today).days >= WEEK_DAYS and 0 <= (day - next_monday).days < WEEK_DAYS


def _near(day: date, today: date, locale: str) -> str:
    ahead = (day - today).days
    return NEAR_DAYS[locale][ahead] if 0 <= ahead < len(NEAR_DAYS[locale]) else ""


def _next_such_day(day: date, today: date) -> date | None:
    """Return the first day from today on with this day and month."""
    for year in range(today.year, today.year + LEAP_YEARS_APART + 1):
        try:
            such_day = day.replace(year=year)
        except ValueError:  # 29 February
            continue
        if such_day >= today:
            return such_day
    return None
