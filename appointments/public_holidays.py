"""Public holidays per federal state."""

from datetime import date
from functools import lru_cache

from holidays import country_holidays


@lru_cache(maxsize=64)
def public_holidays(region: str, year: int) -> dict[date, str]:
    """Return the public holidays of a German federal state, day → German name.

    Args:
        region: ISO 3166-2 code without "DE-", such as "BE".
        year: the year.
    """
    return dict(country_holidays("DE", subdiv=region, years=year, language="de").items())


def holidays_between(region: str, first: date, last: date) -> dict[date, str]:
    """Return the public holidays from `first` to `last`, both included; none without a region."""
    if not region:
        return {}
    return {
        day: name
        for year in range(first.year, last.year + 1)
        for day, name in public_holidays(region, year).items()
        if first <= day <= last
    }
