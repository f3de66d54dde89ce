"""The arguments of the agent's functions: their names, aliases and limits.

Nothing here refuses. What a model fills in is a wish in words; what is missing or odd is
asked back by whoever needs it.
"""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

MARKUP = re.compile(r"<[^>]*>|[<>{}\\]")
TEMPLATE = re.compile(r"\{\{.*?\}\}")
NAME_CHARACTERS, SERVICE_CHARACTERS, EMAIL_CHARACTERS = 150, 250, 255
WHEN_CHARACTERS, NOTES_CHARACTERS = 200, 1000
DATE_ALIASES = ("datum", "appointment_date", "relative_day", "preferred_date", "date_string")
TIME_ALIASES = ("uhrzeit", "appointment_time", "preferred_time", "zeitraum", "window")
STAFF_ALIASES = ("mitarbeiter", "preferred_staff_id", "staff_name", "staff_id")


class Said(serializers.CharField):
    """Words as the model heard them: any type becomes text, marks are removed, length is cut."""

    def __init__(self, *, most: int, aliases: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.most = most
        self.aliases = aliases
        super().__init__(required=False, allow_blank=True, allow_null=True, default="", **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> str:
        if isinstance(data, bool) or not isinstance(data, str | int | float):
            return ""
        return self.clean(str(data))[: self.most]

    def clean(self, text: str) -> str:
        return MARKUP.sub("", TEMPLATE.sub("", text)).strip()


class SaidWhen(Said):
    """A moment in words. Template marks stay: {{current_date}} means today."""

    def clean(self, text: str) -> str:
        return re.sub(r"<[^>]*>|[<>\\]", "", text).strip()


class YesNo(serializers.Field):  # type: ignore[type-arg]  # not subscriptable at run time
    """A yes only if it is one: true, "true", "ja", 1."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, default=False, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> bool:
        return str(data).strip().lower() in {"true", "1", "ja", "yes"}


class Arguments(serializers.Serializer):  # type: ignore[type-arg]  # not subscriptable at run time
    """Arguments under their own names, whatever alias they came in under."""

    def run_validation(self, data: Any = serializers.empty) -> dict[str, Any]:
        sent: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        return {
            name: field.run_validation(_first_said(sent, name, field))
            for name, field in self.fields.items()
        }


def _first_said(sent: Mapping[str, Any], name: str, field: Any) -> Any:
    for alias in (name, *getattr(field, "aliases", ())):
        if sent.get(alias) not in (None, ""):
            return sent[alias]
    return None


def argument_named(arguments: Arguments, alias: str) -> str | None:
    """Return an argument's own name by any that it goes by; None if there is no such argument."""
    if alias in arguments.fields:
        return alias
    named = arguments.fields.items()
    return next((name for name, field in named if alias in getattr(field, "aliases", ())), None)


class WhatArguments(Arguments):
    service = Said(
        most=SERVICE_CHARACTERS,
        aliases=("dienstleistung", "service_name", "service_id", "service_type"),
        help_text="The service, as the caller said it.",
    )


class WishArguments(WhatArguments):
    """When, what and with whom."""

    datetime = SaidWhen(most=WHEN_CHARACTERS, help_text="Date and time in one, if given so.")
    date = SaidWhen(
        most=WHEN_CHARACTERS,
        aliases=DATE_ALIASES,
        help_text="The date, in the caller's own words.",
    )
    time = SaidWhen(
        most=WHEN_CHARACTERS,
        aliases=TIME_ALIASES,
        help_text="The time or part of the day, in the caller's own words.",
    )
    slot_token = Said(most=40, help_text="The token of the slot that was chosen.")
    option = Said(most=40, help_text="The number of the alternative that was chosen.")
    staff = Said(
        most=NAME_CHARACTERS,
        aliases=STAFF_ALIASES,
        help_text="The staff member wished for, if any.",
    )
    additional = YesNo(help_text="One more, although the caller has an appointment then.")


class BookingArguments(WishArguments):
    """When, what, with whom, and who comes."""

    customer_name = Said(
        most=NAME_CHARACTERS, aliases=("name",), help_text="The customer's name, as spoken."
    )
    customer_phone = Said(most=40, aliases=("phone",), help_text="A number, if one was given.")
    customer_email = Said(
        most=EMAIL_CHARACTERS, aliases=("email",), help_text="An e-mail address, as spoken."
    )
    notes = Said(most=NOTES_CHARACTERS, help_text="Anything the stylist should know.")


class ListArguments(WhatArguments):
    date = SaidWhen(
        most=WHEN_CHARACTERS, aliases=DATE_ALIASES, help_text="Only appointments of this date."
    )


class WhichArguments(WhatArguments):
    """Which of the caller's own appointments, and no other than those."""

    appointment_id = Said(
        most=40, aliases=("termin_id",), help_text="The appointment's id, if it is known."
    )


class MoveArguments(WhichArguments):
    """Which appointment, and where to."""

    old_date = SaidWhen(
        most=WHEN_CHARACTERS,
        aliases=("old_datum", "altes_datum"),
        help_text="The date of the appointment that is to move.",
    )
    old_time = SaidWhen(
        most=WHEN_CHARACTERS,
        aliases=("old_uhrzeit", "alte_uhrzeit"),
        help_text="The time of the appointment that is to move.",
    )
    new_date = SaidWhen(
        most=WHEN_CHARACTERS,
        aliases=("new_datum", "neues_datum", "new_datetime", "datetime", "date", *DATE_ALIASES),
        help_text="The new date, in the caller's own words.",
    )
    new_time = SaidWhen(
        most=WHEN_CHARACTERS,
        aliases=("new_uhrzeit", "neue_uhrzeit", "time", *TIME_ALIASES),
        help_text="The new time or part of the day, in the caller's own words.",
    )
    slot_token = Said(most=40, help_text="The token of the slot that was chosen.")
    option = Said(most=40, help_text="The number of the alternative that was chosen.")
    staff = Said(
        most=NAME_CHARACTERS,
        aliases=STAFF_ALIASES,
        help_text="Somebody else, if that is wished.",
    )
    additional = YesNo(help_text="Although the caller has another appointment then.")


class CancelArguments(WhichArguments):
    """Which appointment, and why."""

    date = SaidWhen(
        most=WHEN_CHARACTERS, aliases=("datetime", *DATE_ALIASES), help_text="Its date."
    )
    time = SaidWhen(most=WHEN_CHARACTERS, aliases=TIME_ALIASES, help_text="Its time.")
    reason = Said(most=SERVICE_CHARACTERS, aliases=("grund",), help_text="Why, if it was said.")


class CallbackArguments(WhatArguments):
    """Who wants to be called back, and what about."""

    customer_name = Said(
        most=NAME_CHARACTERS, aliases=("name",), help_text="The customer's name, as spoken."
    )
    customer_phone = Said(
        most=40,
        aliases=("phone", "phone_number", "telefonnummer", "callback_number"),
        help_text="The number to call, if another one than the caller's.",
    )
    customer_email = Said(
        most=EMAIL_CHARACTERS, aliases=("email",), help_text="An e-mail address, as spoken."
    )
    reason = Said(
        most=NOTES_CHARACTERS, aliases=("grund",), help_text="What it is about: complaint, …"
    )
    preferred_time = Said(
        most=WHEN_CHARACTERS,
        aliases=("preferred_date", "time", "uhrzeit"),
        help_text="When a call would suit.",
    )
    priority = Said(
        most=40, aliases=("urgency", "dringlichkeit"), help_text="normal, high or urgent."
    )
    notes = Said(
        most=NOTES_CHARACTERS, aliases=("notizen", "message"), help_text="Anything else to pass on."
    )
    staff = Said(
        most=NAME_CHARACTERS, aliases=STAFF_ALIASES, help_text="Who should call, if anyone."
    )


class NextArguments(WhatArguments):
    """What and with whom, from when on."""

    after = SaidWhen(
        most=WHEN_CHARACTERS,
        aliases=("ab", "from", "datetime", "date", *DATE_ALIASES),
        help_text="From when on, in the caller's own words; nothing for now.",
    )
    time = SaidWhen(
        most=WHEN_CHARACTERS,
        aliases=TIME_ALIASES,
        help_text="The part of the day that is wished for, if any.",
    )
    staff = Said(
        most=NAME_CHARACTERS,
        aliases=STAFF_ALIASES,
        help_text="The staff member wished for, if any.",
    )


class TokenArguments(Arguments):
    slot_token = Said(most=40, help_text="The token of the slot; nothing for all of the call.")


class CatalogueArguments(WhatArguments):
    category = Said(
        most=SERVICE_CHARACTERS, aliases=("kategorie",), help_text="Only services of this kind."
    )


class DayArguments(Arguments):
    date = SaidWhen(
        most=WHEN_CHARACTERS,
        aliases=(*DATE_ALIASES, "datetime"),
        help_text="The day in question, in the caller's own words; nothing for today.",
    )


class PhraseArguments(Arguments):
    datetime = SaidWhen(
        most=WHEN_CHARACTERS,
        aliases=("text", "phrase"),
        help_text="A date, a time or both, in the caller's own words.",
    )
    date = SaidWhen(
        most=WHEN_CHARACTERS, aliases=DATE_ALIASES, help_text="The date, where it came apart."
    )
    time = SaidWhen(
        most=WHEN_CHARACTERS, aliases=TIME_ALIASES, help_text="The time, where it came apart."
    )
