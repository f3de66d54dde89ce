"""Readers of single values: each says what it takes when it gets something else."""

from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import partial
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug
from django.db.models import TextChoices

from appointments.models import Weekday
from appointments.models.salon import validate_timezone
from appointments.phones import to_e164
from booking_site.documents.nodes import At, Reader, T, WrongValueError
from booking_site.salon_file.entries import HoursOfWeek

SLUG_LENGTH = 50
DAYS = {day.name[:3].lower(): int(day) for day in Weekday}  # mon … sun
BOOLEANS = {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False}
HIGHEST_PRICE = Decimal("999999.99")


def text(longest: int = 150) -> Reader[str]:
    """Return a reader of text of 1 to `longest` characters."""

    def read(at: At) -> str:
        value = at.scalar()
        if not 0 < len(value) <= longest:
            msg = f"needs 1 to {longest} characters"
            raise WrongValueError(msg)
        return value

    return read


def slug(at: At) -> str:
    value = at.scalar()
    try:
        validate_slug(value)
    except ValidationError as error:
        msg = f"{value} is not a slug; use letters, digits, - and _ only"
        raise WrongValueError(msg) from error
    if len(value) > SLUG_LENGTH:
        msg = f"is longer than {SLUG_LENGTH} characters"
        raise WrongValueError(msg)
    return value


def whole(least: int = 0, most: int = 2_147_483_647) -> Reader[int]:
    """Return a reader of whole numbers from `least` to `most`."""

    def read(at: At) -> int:
        written = at.scalar()
        if at.tag != "int" or not written.lstrip("+-").isdecimal():
            msg = f"{written} is not a whole number; write it in digits, without quotes"
            raise WrongValueError(msg)
        value = int(written)
        if not least <= value <= most:
            msg = f"{value} is not from {least} to {most}"
            raise WrongValueError(msg)
        return value

    return read


def share(at: At) -> float:
    written = at.scalar()
    msg = f"{written} is not a number from 0 to 1"
    try:
        value = float(written)
    except ValueError as error:
        raise WrongValueError(msg) from error
    if at.tag not in {"int", "float"} or not 0 <= value <= 1:
        raise WrongValueError(msg)
    return value


def boolean(at: At) -> bool:
    written = at.scalar().lower()
    if at.tag != "bool":
        msg = f"{written} is neither true nor false"
        raise WrongValueError(msg)
    return BOOLEANS[written]


def or_none(reader: Reader[T]) -> Reader[T | None]:
    """Return a reader to which null means none."""

    def read(at: At) -> T | None:
        return None if at.is_null else reader(at)

    return read


def one_of(choices: type[TextChoices]) -> Reader[str]:
    """Return a reader of a fixed set of words."""

    def read(at: At) -> str:
        value = at.scalar()
        if value not in choices.values:
            msg = f"{value} is not one of {', '.join(choices.values)}"
            raise WrongValueError(msg)
        return value

    return read


def zone(at: At) -> str:
    value = at.scalar()
    try:
        validate_timezone(value)
    except ValidationError as error:
        msg = f"{value} is not a time zone; write it like Europe/Berlin"
        raise WrongValueError(msg) from error
    return value


def phone(at: At) -> str:
    value = at.scalar()
    number = to_e164(value)
    if number is None:
        msg = f"{value} is not a phone number; write it like +493011110001"
        raise WrongValueError(msg)
    if number != value:
        msg = f"{value} is not in international form; write {number}"
        raise WrongValueError(msg)
    return value


def email(at: At) -> str:
    value = at.scalar()
    try:
        validate_email(value)
    except ValidationError as error:
        msg = f"{value} is not an e-mail address"
        raise WrongValueError(msg) from error
    return value


def price(at: At) -> Decimal:
    written = at.scalar()
    msg = f"{written} is not a price in euros; write it like 32.00, up to {HIGHEST_PRICE}"
    try:
        value = Decimal(written)
        exact = value.quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise WrongValueError(msg) from error
    if exact != value or not 0 <= value <= HIGHEST_PRICE:
        raise WrongValueError(msg)
    return exact


def day(at: At) -> date:
    written = at.scalar()
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        msg = f"{written} is not a day; write it like 2026-12-24"
        raise WrongValueError(msg) from error


def local_moment(at: At) -> datetime:
    """Read a wall-clock time, without a zone: it is the branch's."""
    written = at.scalar()
    msg = f"{written} is not a local time; write it like 2026-12-24 10:00"
    try:
        value = datetime.fromisoformat(written)
    except ValueError as error:
        raise WrongValueError(msg) from error
    if value.tzinfo is not None or len(written) <= len("2026-12-24"):
        raise WrongValueError(msg)
    return value


def hours_of_week(at: At) -> HoursOfWeek:
    """Read `{mon-fri: ["09:00-13:00", …], sat,sun: []}`; days that are not named are closed."""
    hours: list[tuple[int, time, time]] = []
    seen: dict[int, int] = {}
    for name, stretches in at.entries().items():
        days = stretches.read(partial(_days, name)) or ()
        for weekday in days:
            if weekday in seen:
                stretches.complain(
                    f"{_name_of(weekday)} is already on line {seen[weekday]}; write each day once"
                )
            seen.setdefault(weekday, stretches.place.line)
        for opens, closes in stretches.read(_stretches) or ():
            hours += [(weekday, opens, closes) for weekday in days]
    return tuple(sorted(hours))


def _name_of(weekday: int) -> str:
    return next(name for name, number in DAYS.items() if number == weekday)


def _days(written: str, _at: At) -> list[int]:
    """Read "mon", "mon-fri" or "mon, wed, fri"."""
    days: list[int] = []
    for part in written.split(","):
        first, _, last = (end.strip() for end in part.partition("-"))
        if first not in DAYS or (last or first) not in DAYS:
            msg = f"{written} is not a weekday; write mon, tue … sun, mon-fri or mon,wed"
            raise WrongValueError(msg)
        span = range(DAYS[first], DAYS[last or first] + 1)
        if not span:
            msg = f"{part.strip()} runs backwards; write it as two, like fri-sun and mon"
            raise WrongValueError(msg)
        days += span
    return days


def _stretches(at: At) -> list[tuple[time, time]]:
    read = [item.read(_stretch) for item in at.items()]
    stretches = sorted(stretch for stretch in read if stretch is not None)
    for (_, closes), (opens, _) in pairwise(stretches):
        if opens < closes:
            msg = (
                f"{opens:%H:%M} lies before {closes:%H:%M}; two stretches of a day may not overlap"
            )
            raise WrongValueError(msg)
    return stretches


def _stretch(at: At) -> tuple[time, time]:
    written = at.scalar()
    try:
        opens, closes = (_clock(end.strip()) for end in written.split("-"))
    except ValueError as error:
        msg = f"{written} is not a stretch of a day; write it like 09:00-18:30, up to 23:59"
        raise WrongValueError(msg) from error
    if closes <= opens:
        msg = f"{written} runs backwards; the later time comes second"
        raise WrongValueError(msg)
    return opens, closes


def _clock(written: str) -> time:
    hour, minute = written.split(":")
    return time(int(hour), int(minute))
