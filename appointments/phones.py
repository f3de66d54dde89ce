"""Telephone numbers: one spelling, E.164."""

import phonenumbers


def to_e164(spoken: str, *, country: str = "DE") -> str | None:
    """Return the number as `+491511234567`, or None where it is not one.

    Args:
        spoken: as dialled or written: "0151 …", "0049 …", "+49 (0)151 …".
        country: whose national numbers are meant where no country code is given.
    """
    try:
        number = phonenumbers.parse(spoken, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
