"""What the agent has to know of a salon before anybody calls."""

from dataclasses import dataclass

from django.conf import settings

from appointments.models import Company, PhoneNumber, Service, Staff

ANY_NAME = "{{salon_name}}"  # filled by the platform
KEYWORDS = 100  # names the speech recognition is told to expect


@dataclass(frozen=True, slots=True, kw_only=True)
class Salon:
    """A salon as its agent is made for it.

    Attributes:
        name: as it is spoken.
        locale: the language on the phone, "de" or "en".
        zone: IANA name of the time zone it speaks.
        base_url: where the platform reaches this site, without a slash at the end.
        keywords: names that callers say.
        numbers: those the agent answers, E.164.
        agent_id: the platform's, "" before there is one.
        transfer_to: where callers are put through to a person, E.164; "" for nowhere.
    """

    name: str = ANY_NAME
    locale: str = "de"
    zone: str = settings.TIME_ZONE
    base_url: str
    keywords: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    agent_id: str = ""
    transfer_to: str = ""

    @property
    def known_name(self) -> str:
        """Return the name, "" where only the webhook before the call knows it."""
        return "" if self.name == ANY_NAME else self.name


def salon_of(
    company: Company, *, base_url: str, agent_id: str = "", transfer_to: str = ""
) -> Salon:
    """Return a company as its agent is made for it. Three queries."""
    services = Service.objects.filter(company=company, is_active=True)
    people = Staff.objects.filter(company=company, is_active=True)
    numbers = PhoneNumber.objects.filter(branch__company=company)
    names = {*services.values_list("name", flat=True), *people.values_list("name", flat=True)}
    return Salon(
        name=company.name,
        locale=company.locale,
        zone=company.timezone,
        base_url=base_url,
        keywords=tuple(sorted(names)[:KEYWORDS]),
        numbers=tuple(numbers.order_by("number").values_list("number", flat=True)),
        agent_id=agent_id,
        transfer_to=transfer_to,
    )
