"""From entries to rows: one transaction, no network, and twice is the same as once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from appointments.actions.announcing import announce_availability
from appointments.actions.holds import lock_staff
from appointments.models import Company, Staff
from booking_site.documents.problems import DocumentError
from booking_site.salon_file.catalogue import load_services
from booking_site.salon_file.entries import (
    CalcomEntry,
    CompanyEntry,
    LeftOut,
    RetellEntry,
    SalonFile,
)
from booking_site.salon_file.people import load_branches, load_staff
from booking_site.salon_file.pruning import prune_entries
from booking_site.salon_file.rows import Counts, Load, leave_or_prune, put
from booking_site.salon_file.visits import load_appointments, load_customers
from voice.models import Agent

NO_CALCOM = {"calcom_api_key": "", "calcom_webhook_secret": "", "calcom_team_id": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What loading a file did.

    Attributes:
        company: its name.
        counts: kind → created, updated, unchanged, pruned.
        surplus: in the database and not in the file; left, because pruning was not asked for.
        kept: to be pruned, but something depends on it, which is said in brackets.
    """

    company: str
    counts: Mapping[str, Counts]
    surplus: tuple[str, ...]
    kept: tuple[str, ...]


def load_salon_file(*, salon: SalonFile, now: datetime, prune: bool = False) -> Loaded:
    """Bring the database to what the file says, or leave it as it was.

    The file describes the company. Entries are found by slug (branches, staff, services), by
    number (customers) or by all they say (appointments), and made or changed:

    - A setting that is left out has its default.
    - Opening hours, working hours and recipes are replaced as a whole. Existing appointments
      keep the phases they have.
    - Of lists (phone numbers, closed days, time off, synonyms, who performs a service, event
      types, agents) the items are added. What they and the sections no longer name is left and
      reported; with `prune` it is removed, unless something depends on it. About a list
      or section that is left out the file says nothing, and nothing of it is pruned.
    - Customers and appointments are never removed, nor anything that lies in the past.
    - Credentials that are left out are kept; `calcom: null` and `retell: null` remove them.

    Raises:
        DocumentError: what the database would not have, each with its line and key.
    """
    with transaction.atomic(durable=True):
        load = _begin(salon.company, prune=prune, now=now)
        branches = load_branches(salon.branches, load=load)
        staff = load_staff(salon.staff, branches=branches, load=load)
        services = load_services(salon.services, staff=staff, load=load)
        customers = load_customers(salon.customers, load=load)
        load_appointments(
            salon.appointments, services=services, staff=staff, customers=customers, load=load
        )
        prune_entries(salon, load=load)
        if load.problems:
            raise DocumentError(load.problems)
        if load.has_changed_anything:
            announce_availability(load.company.pk)
    return Loaded(
        company=load.company.name,
        counts=dict(load.counts),
        surplus=tuple(load.surplus),
        kept=tuple(load.kept),
    )


def _begin(entry: CompanyEntry, *, prune: bool, now: datetime) -> Load:
    """Make or change the company, and keep its bookings waiting until all is in place."""
    Company.objects.select_for_update(no_key=True).filter(slug=entry.slug).first()
    load = Load(company=Company(slug=entry.slug), prune=prune, now=now)
    load.company = put(
        Company,
        kind="company",
        load=load,
        key={"slug": entry.slug},
        values=_settings_of(entry) | _calcom_of(entry.calcom) | _retell_of(entry.retell),
    )
    lock_staff(list(Staff.objects.filter(company=load.company).values_list("pk", flat=True)))
    _load_agents(entry.retell, load=load)
    return load


def _settings_of(entry: CompanyEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "timezone": entry.timezone,
        "locale": entry.locale,
        "gap_policy": entry.gap_policy,
        "booking_notice_minutes": entry.booking_notice_minutes,
        "horizon_days": entry.horizon_days,
        "cancel_deadline_hours": entry.cancel_deadline_hours,
        "reschedule_deadline_hours": entry.reschedule_deadline_hours,
        "max_reschedules": entry.max_reschedules,
        "callback_promise_minutes": entry.callback_promise_minutes,
    }


def _calcom_of(entry: CalcomEntry | LeftOut | None) -> dict[str, Any]:
    if entry is None:
        return NO_CALCOM
    if isinstance(entry, LeftOut):
        return {}
    values: dict[str, Any] = {"calcom_api_key": entry.api_key, "calcom_team_id": entry.team_id}
    if not isinstance(entry.webhook_secret, LeftOut):
        values["calcom_webhook_secret"] = entry.webhook_secret or ""
    return values


def _retell_of(entry: RetellEntry | LeftOut | None) -> dict[str, Any]:
    if isinstance(entry, LeftOut):
        return {}
    return {"retell_api_key": entry.api_key if entry else ""}


def _load_agents(entry: RetellEntry | LeftOut | None, *, load: Load) -> None:
    if isinstance(entry, LeftOut) or (entry and entry.agent_ids is None):
        return
    agent_ids = [agent.value for agent in (entry and entry.agent_ids) or ()]
    for agent_id in agent_ids:
        put(
            Agent,
            kind="agents",
            load=load,
            key={"company": load.company, "agent_id": agent_id},
            values={},
        )
    surplus = Agent.objects.filter(company=load.company).exclude(agent_id__in=agent_ids)
    leave_or_prune(
        surplus.order_by("pk"), kind="agents", load=load, name_of=lambda agent: agent.agent_id
    )
