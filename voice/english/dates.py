"""The dates of English speech: patterns on folded text with digits, and what they say."""

import re

from voice.when.rules import Rule, Taken, always, rule
from voice.when.said import (
    After,
    DayAndMonth,
    DayOfMonth,
    FullDate,
    Holiday,
    MonthAhead,
    NamedMonth,
    Part,
    Pointer,
    Shift,
    Third,
    Unit,
    Vague,
    Week,
    Weekday,
    Weekend,
)
from voice.when.written import dotted_rules, full_year

WEEKDAYS = {
    "monday": 0,
    "tuesday": 1,
    "wednesday": 2,
    "thursday": 3,
    "friday": 4,
    "saturday": 5,
    "sunday": 6,
    "mon": 0,
    "tues": 1,
    "tue": 1,
    "wed": 2,
    "thurs": 3,
    "thur": 3,
    "thu": 3,
    "fri": 4,
}
MONTHS = {
    "january": 1,
    "jan": 1,
    "february": 2,
    "feb": 2,
    "march": 3,
    "mar": 3,
    "april": 4,
    "apr": 4,
    "may": 5,
    "june": 6,
    "jun": 6,
    "july": 7,
    "jul": 7,
    "august": 8,
    "aug": 8,
    "september": 9,
    "sept": 9,
    "sep": 9,
    "october": 10,
    "oct": 10,
    "november": 11,
    "nov": 11,
    "december": 12,
    "dec": 12,
}
POINTERS = {
    "on": Pointer.ON,
    "this": Pointer.THIS,
    "this coming": Pointer.COMING,
    "coming": Pointer.COMING,
    "the coming": Pointer.COMING,
    "next": Pointer.NEXT,
    "last": Pointer.LAST,
}
OFFSETS = {"last": -1, "this": 0, "the coming": 1, "next": 1, "the following": 1}
THIRDS = {"early": Third.START, "the beginning of": Third.START, "the start of": Third.START}
THIRDS |= {"mid": Third.MIDDLE, "the middle of": Third.MIDDLE}
THIRDS |= {"late": Third.END, "the end of": Third.END}
UNITS = {"day": Unit.DAY, "week": Unit.WEEK, "month": Unit.MONTH, "year": Unit.YEAR}

LONG_DAY_NAME = "|".join(name for name in WEEKDAYS if name.endswith("day"))
DAY_NAME = "|".join(WEEKDAYS)
MONTH_NAME = "|".join(sorted(MONTHS, key=len, reverse=True))
# "may", "march" and "sat" are words of their own: alone they are no date.
LONE_MONTH_NAME = "|".join(
    name
    for name, number in MONTHS.items()
    if len(name) > 3 and number not in {3, 5}  # noqa: PLR2004 -- letters, and March and May
)
POINTER = "|".join(sorted(POINTERS, key=len, reverse=True))
WHICH = "|".join(OFFSETS)
THIRD = "|".join(THIRDS)
YEAR = r"(?:(?: ,)? (?P<year>\d{4})(?![\d:.]))?"


def _named_month(match: re.Match[str]) -> Taken:
    day, month = int(match["day"]), MONTHS[match["name"]]
    if match["year"]:
        return (FullDate(day, month, full_year(match["year"])),)
    return (DayAndMonth(day, month),)


def _after(match: re.Match[str]) -> Taken:
    follows_day = match.string[: match.start()].rstrip(" ,").endswith("@")
    return (After(int(match["count"]), UNITS[match["unit"]], follows_day=follows_day),)


def _weekday(match: re.Match[str]) -> Taken:
    pointer = POINTERS[match["which"]] if match["which"] else Pointer.NONE
    return (Weekday(WEEKDAYS[match["name"]], pointer),)


def _weekday_after_next(match: re.Match[str]) -> Taken:
    return (Weekday(WEEKDAYS[match["name"]], Pointer.AFTER_NEXT),)


ON_ITS_DATE = (
    rule(
        rf"(?<![\d.:/])(?P<day>\d{{1,2}})(?:th)? (?:of )?(?P<name>{MONTH_NAME})\b\.?{YEAR}",
        _named_month,
    ),
    rule(
        rf"\b(?P<name>{MONTH_NAME})\b\.? (?:the )?(?P<day>\d{{1,2}})(?:th)?"
        rf"(?![\d:./]| ?(?:am|pm|o'clock)\b)\b{YEAR}",
        _named_month,
    ),
)
FESTIVE = (
    always(r"\bchristmas eve\b", Holiday(24, 12)),
    always(r"\bchristmas day\b", Holiday(25, 12)),
    always(r"\bboxing day\b", Holiday(26, 12)),
    always(r"\bnew year'?s eve\b", Holiday(31, 12)),
    always(r"\bnew year'?s day\b", Holiday(1, 1)),
)
RELATIVE = (
    always(r"\b(?:the )?day after tomorrow\b", Shift(2)),
    always(r"\b(?:the )?day before yesterday\b", Shift(-2)),
    always(r"\btomorrow\b", Shift(1)),
    always(r"\btoday\b", Shift(0)),
    always(r"\btonight\b", Shift(0), Part.EVENING),
    always(r"\byesterday\b", Shift(-1)),
    always(r"\bin 1 fortnight\b", After(2, Unit.WEEK)),
    rule(r"\b(?P<count>\d{1,3}) (?P<unit>day|week|month)s? from (?:now|today)\b", _after),
    rule(r"\bin (?P<count>\d{1,3}) (?P<unit>day|week|month|year)s?(?:' time)?\b", _after),
)
OTHERWISE_MISREAD = (
    always(rf"\b[1-5]th (?:{DAY_NAME})\b", Vague.EXCLUDED),
    always(r"\b(?:this|next|last) (?:or|and)\b", Vague.RANGE),
)
WEEKS_AND_MONTHS = (
    always(rf"\bevery (?:{DAY_NAME})\b|\b(?:{LONG_DAY_NAME})s\b", Vague.RANGE),
    rule(
        rf"\b(?:1 week (?:on|from) (?P<name>{DAY_NAME})|(?P<other>{DAY_NAME}) week)\b",
        lambda match: (
            Weekday(WEEKDAYS[match["name"] or match["other"]]),
            After(1, Unit.WEEK, follows_day=True),
        ),
    ),
    rule(rf"\b(?:on |the )*(?P<name>{DAY_NAME}) after next\b", _weekday_after_next),
    always(r"\b(?:the )?week after next\b", Week(2)),
    rule(rf"\b(?P<which>{WHICH}) week\b(?!end)", lambda match: (Week(OFFSETS[match["which"]]),)),
    always(r"\b(?:on the|this|at the) (?:coming )?weekend\b", Weekend()),
    always(r"\bweekend\b", Vague.RANGE),
    rule(rf"\b(?P<which>{WHICH}) month\b", lambda match: (MonthAhead(OFFSETS[match["which"]]),)),
    rule(
        rf"\b(?P<third>{THIRD})[ -](?P<name>{MONTH_NAME})\b",
        lambda match: (NamedMonth(MONTHS[match["name"]], THIRDS[match["third"]]),),
    ),
    rule(rf"\b(?:(?P<which>{POINTER}) )?(?P<name>{DAY_NAME})\b\.?", _weekday),
    rule(
        rf"\b(?:in (?P<name>{MONTH_NAME})|(?P<other>{LONE_MONTH_NAME}))\b",
        lambda match: (NamedMonth(MONTHS[match["name"] or match["other"]]),),
    ),
)
LONE_NUMBERS = (rule(r"\b(?P<day>\d{1,2})th\b", lambda match: (DayOfMonth(int(match["day"])),)),)
VAGUE_WORDS = (
    always(
        r"\b(?:some ?time|whenever|any ?time|any ?day|soon|as soon as possible|asap|some day)\b",
        Vague.SOME_TIME,
    ),
)
# On text in which "@" stands for a date and "#" for a time.
AROUND_DATES = (
    always(r"\b(?:from|since|until|till|by|before|after)(?: (?:the|on))? @(?! from)", Vague.RANGE),
    always(
        r"(?:\b(?:not|cannot|except|without)|n't)\b[^#]*@|@[^@]*\b(?:not|cannot)\b",
        Vague.EXCLUDED,
    ),
)


# In the order they must be tried: the longest form first.
DATE_RULES: tuple[Rule, ...] = (
    *OTHERWISE_MISREAD,
    *ON_ITS_DATE,
    *dotted_rules(before_times=("at", "after", "before", "by", "from", "around", "until")),
    *FESTIVE,
    *RELATIVE,
    *WEEKS_AND_MONTHS,
    *LONE_NUMBERS,
)
