"""A salon of its own for every script, so that no two meet: same people, other numbers and keys."""

from dataclasses import replace

from booking_site.documents.places import Named
from booking_site.salon_file import SalonFile
from booking_site.salon_file.entries import (
    BranchEntry,
    CalcomEntry,
    CompanyEntry,
    EventTypeEntry,
    LeftOut,
    RetellEntry,
)

STRIDE = 10_000  # above every id a salon file uses
SLUG_CHARACTERS = 40


def copy_of(salon: SalonFile, *, number: int) -> SalonFile:
    """Return a salon with everything changed that must be one of a kind in a site or in Cal.com.

    Args:
        salon: as its file describes it.
        number: of the copy, from 1; no two copies of a run share one.
    """
    return replace(
        salon,
        company=_company(salon.company, number),
        branches=tuple(
            _branch(branch, f"{index}{number:04d}") for index, branch in enumerate(salon.branches)
        ),
        staff=salon.staff
        and tuple(
            replace(person, calcom_user_id=_id(person.calcom_user_id, number))
            for person in salon.staff
        ),
        services=salon.services
        and tuple(
            replace(
                service,
                event_types=service.event_types
                and tuple(_event_type(event_type, number) for event_type in service.event_types),
            )
            for service in salon.services
        ),
    )


def _company(company: CompanyEntry, number: int) -> CompanyEntry:
    calcom, retell = company.calcom, company.retell
    if isinstance(calcom, CalcomEntry):
        calcom = replace(calcom, api_key=f"{calcom.api_key}_{number}")
    if isinstance(retell, LeftOut) or retell is None:
        retell = RetellEntry(place=company.place, api_key="key_simulated", agent_ids=None)
    agents = retell.agent_ids or (Named("agent_simulated", company.place),)
    retell = replace(
        retell,
        api_key=f"{retell.api_key}_{number}",
        agent_ids=tuple(replace(agent, value=f"{agent.value}_{number}") for agent in agents),
    )
    return replace(
        company,
        slug=f"{company.slug[:SLUG_CHARACTERS]}-{number}",
        calcom=calcom,
        retell=retell,
    )


def _branch(branch: BranchEntry, digits: str) -> BranchEntry:
    """Number the branch: the last digits of its telephone number say whose it is."""
    first = (branch.phone_numbers or (Named("+493011110000", branch.place),))[0]
    number = replace(first, value=first.value[: -len(digits)] + digits)
    return replace(branch, phone_numbers=(number,))


def _event_type(event_type: EventTypeEntry, number: int) -> EventTypeEntry:
    return replace(
        event_type,
        event_type_id=event_type.event_type_id + number * STRIDE,
        child_event_type_id=_id(event_type.child_event_type_id, number),
    )


def _id(own: int | None, number: int) -> int | None:
    return own and own + number * STRIDE
