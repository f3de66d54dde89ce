"""Telephone numbers: stored in one spelling, E.164, and shown as people write them."""

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


def written(number: str, *, country: str = "DE") -> str:
    """Return a stored number as people of a country write it: `0151 1234567`, else `+43 …`.

    Whatever is no number comes back as it is.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    at_home = parsed.country_code == phonenumbers.country_code_for_region(country)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, style.NATIONAL if at_home else style.INTERNATIONAL)
