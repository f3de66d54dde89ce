"""The dates of German speech: patterns on folded text with digits, and what they say."""

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
    "montag": 0,
    "dienstag": 1,
    "mittwoch": 2,
    "donnerstag": 3,
    "freitag": 4,
    "samstag": 5,
    "sonnabend": 5,
    "sonntag": 6,
    "mo": 0,
    "di": 1,
    "mi": 2,
    "do": 3,
    "fr": 4,
    "sa": 5,
}
MONTHS = {
    "januar": 1,
    "jaenner": 1,
    "jan": 1,
    "februar": 2,
    "feber": 2,
    "feb": 2,
    "maerz": 3,
    "april": 4,
    "apr": 4,
    "mai": 5,
    "juni": 6,
    "juno": 6,
    "jun": 6,
    "juli": 7,
    "julei": 7,
    "jul": 7,
    "august": 8,
    "aug": 8,
    "september": 9,
    "sept": 9,
    "sep": 9,
    "oktober": 10,
    "okt": 10,
    "november": 11,
    "nov": 11,
    "dezember": 12,
    "dez": 12,
}
POINTERS = {
    "am": Pointer.ON,
    "diese": Pointer.THIS,
    "kommende": Pointer.COMING,
    "naechste": Pointer.NEXT,
    "uebernaechste": Pointer.AFTER_NEXT,
    "letzte": Pointer.LAST,
    "vergangene": Pointer.LAST,
    "vorige": Pointer.LAST,
}
OFFSETS = {
    "vergangene": -1,
    "vorige": -1,
    "letzte": -1,
    "diese": 0,
    "kommende": 1,
    "naechste": 1,
    "uebernaechste": 2,
}
THIRDS = {"anfang": Third.START, "mitte": Third.MIDDLE, "ende": Third.END}
UNITS = {"tag": Unit.DAY, "woche": Unit.WEEK, "monat": Unit.MONTH, "jahr": Unit.YEAR}

DAY_NAME = "|".join(WEEKDAYS)
MONTH_NAME = "|".join(sorted(MONTHS, key=len, reverse=True))
WHICH, POINTER = "|".join(OFFSETS), "|".join(POINTERS)
LONG_DAY_NAME = "|".join(name for name in WEEKDAYS if len(name) > 2)  # noqa: PLR2004 -- mo, di, mi
LONE_MONTH_NAME = "|".join(name for name in MONTHS if len(name) > 4 or name == "mai")  # noqa: PLR2004 -- Jan is a name
ARTICLE = r"(?:am|dem|den|der|zum) "


def _named_month(match: re.Match[str]) -> Taken:
    day, month = int(match["day"]), MONTHS[match["name"]]
    if match["year"]:
        return (FullDate(day, month, full_year(match["year"])),)
    return (DayAndMonth(day, month),)


def _after(match: re.Match[str]) -> Taken:
    follows_day = bool(re.search(rf"(?:\b(?:{DAY_NAME})|@)[ ,]*$", match.string[: match.start()]))
    return (After(int(match["count"]), UNITS[match["unit"]], follows_day=follows_day),)


def _weekday(match: re.Match[str]) -> Taken:
    pointer = POINTERS[match["which"]] if match["which"] else Pointer.NONE
    return (Weekday(WEEKDAYS[match["name"]], pointer),)


def _week(match: re.Match[str]) -> Taken:
    return (Week(OFFSETS[match["which"]]),)


def _month_ahead(match: re.Match[str]) -> Taken:
    return (MonthAhead(OFFSETS[match["which"]]),)


def _third(match: re.Match[str]) -> Taken:
    return (NamedMonth(MONTHS[match["name"]], THIRDS[match["third"]]),)


NAMED = rule(
    rf"(?<![\d.])(?P<day>\d{{1,2}})\.? ?(?P<name>{MONTH_NAME})\b\.?"
    r"(?:(?: (?=\d{4})| , (?=20\d\d))(?P<year>\d{4})(?![\d:.]| ?uhr))?",
    _named_month,
)

OTHERWISE_MISREAD = (
    # "So" is Sunday only in front of a date; everywhere else it is a filler.
    always(r"\bso(?: ,|\.)? (?=\d{1,2}\. ?\d)", Weekday(6)),
    always(rf"\b[1-5]\. (?:{DAY_NAME})\b", Vague.EXCLUDED),
    always(rf"\b(?:{WHICH})[nmrs]? (?:oder|und|bzw|beziehungsweise)\b", Vague.RANGE),
    always(r"\b(?:anfang|mitte|ende) des monats\b", MonthAhead(0)),
    always(r"\b(?:anfang|mitte|ende) der woche\b", Week(0)),
    always(r"\bunter der woche\b|\b(?:werk|wochen)tags\b", Vague.RANGE),
)
FESTIVE = (
    always(r"\bheilig(?:er )?abend\b|\bheiligen abend\b", Holiday(24, 12)),
    always(r"\b1\. weihnachts(?:feier)?tag\b", Holiday(25, 12)),
    always(r"\b2\. weihnachts(?:feier)?tag\b", Holiday(26, 12)),
    always(r"\bsilvester\b", Holiday(31, 12)),
    always(r"\bneujahr(?:stag)?\b", Holiday(1, 1)),
    always(r"\bnikolaus(?:tag)?\b", Holiday(6, 12)),
    always(r"\btag der arbeit\b", Holiday(1, 5)),
    always(r"\btag der deutschen einheit\b", Holiday(3, 10)),
)

RELATIVE = (
    always(r"\bueberuebermorgen\b", Shift(3)),
    always(r"\buebermorgen\b", Shift(2)),
    always(r"\bmorgen\b", Shift(1)),
    always(r"\bheut(?:e|ig(?:e[nmrs]?))?\b", Shift(0)),
    always(r"\bvorgestern\b", Shift(-2)),
    always(r"\bgestern\b", Shift(-1)),
    rule(
        r"\bin (?P<count>\d{1,3}) (?P<unit>tag|woche|monat|jahr)(?:e[ns]?|en|n)?\b",
        _after,
    ),
)

WEEKS_AND_MONTHS = (
    always(rf"\b(?:jede[nmrs]?|immer) (?:{DAY_NAME})\b|\b(?:{LONG_DAY_NAME})s\b", Vague.RANGE),
    rule(
        rf"\b(?:(?:in|von|ab) )?(?:der |die )?(?P<which>{WHICH})[nrs]? woche\b",
        _week,
    ),
    always(r"\b(?:am |dieses |diesem |kommende[ns]? )wochenende\b", Weekend()),
    always(r"\b(?:ueber)?naechste[nms]? wochenende\b|\bwochenende\b", Vague.RANGE),
    rule(rf"\b(?:im |des |den )?(?P<which>{WHICH})[nms]? monat(?:s|es)?\b", _month_ahead),
    rule(rf"\b(?P<third>anfang|mitte|ende) (?:im )?(?P<name>{MONTH_NAME})\b", _third),
    rule(
        rf"\b(?:(?:am |den |dem )?(?P<which>{POINTER})[nmrs]? )?(?P<name>{DAY_NAME})\b\.?",
        _weekday,
    ),
    rule(
        rf"\b(?:im )?(?P<name>{LONE_MONTH_NAME})\b",
        lambda match: (NamedMonth(MONTHS[match["name"]]),),
    ),
)

LONE_NUMBERS = (
    rule(
        rf"\b{ARTICLE}(?P<day>\d{{1,2}})"
        r"(?:\.(?![\d:])(?! ?uhr)|\b(?![\d:.-])(?! (?:uhr|\d|vor|nach|bis)\b))",
        lambda match: (DayOfMonth(int(match["day"])),),
    ),
    rule(
        r"(?:^|(?<=@ )|(?<=@ , ))(?P<day>\d{1,2})\.(?![\d:])(?! ?\d)",
        lambda match: (DayOfMonth(int(match["day"])),),
    ),
)

VAGUE_WORDS = (
    always(
        r"\b(?:irgend ?wann|egal|jederzeit|demnaechst|bald|baldmoeglichst|schnellstmoeglich"
        r"|schnell|zeitnah)\b",
        Vague.SOME_TIME,
    ),
)
# On text in which "@" stands for a date and "#" for a time.
AROUND_DATES = (
    always(
        r"\b(?:ab|seit|bis|vor|nach|spaetestens|fruehestens)"
        r"(?: (?:zum|dem|den|am|einschliesslich))? @",
        Vague.RANGE,
    ),
    always(r"\b(?:nicht|kein(?:e[nmrs]?)?|ausser|ohne)\b[^#]*@|@[^@]*\bnicht\b", Vague.EXCLUDED),
    always(
        r"@[^@]*\b(?:schlecht|unguenstig|unmoeglich|verhindert|verreist|faellt|schon (?:et)?was vor"
        r"|arbeite|arbeiten|weg)\b",
        Vague.EXCLUDED,
    ),
)


# In the order they must be tried: the longest form first.
DATE_RULES: tuple[Rule, ...] = (
    *OTHERWISE_MISREAD,
    NAMED,
    *dotted_rules(before_times=("um", "gegen", "ab")),
    *FESTIVE,
    *RELATIVE,
    *WEEKS_AND_MONTHS,
    *LONE_NUMBERS,
)
