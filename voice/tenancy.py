"""Which salon a request is about, and which keys may have signed it."""

from dataclasses import dataclass

import structlog
from django.conf import settings

from appointments.models import Branch, Company, PhoneNumber
from appointments.phones import to_e164
from voice.envelope import Envelope
from voice.models import Agent

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """What the signed number and agent say about the salon.

    Attributes:
        branch: the salon; None where number and agent name none, or disagree.
        keys: the API keys that may have signed the request.
    """

    branch: Branch | None
    keys: tuple[str, ...]


def find_tenant(envelope: Envelope) -> Tenant:
    """Return the salon a request belongs to: its number decides, then its agent. Two queries.

    There is no default company. Where number and agent name different ones, there is none.
    """
    branch = _branch_of_number(envelope.salon_number)
    companies = _companies_of_agent(envelope.agent_id, besides=branch)
    # Where the number names a salon, only that salon's key opens its door.
    named = [branch.company] if branch else companies
    keys = [company.retell_api_key or settings.RETELL_API_KEY for company in named]
    return Tenant(
        branch=_agreed(branch, companies, envelope),
        keys=tuple(dict.fromkeys(keys or [settings.RETELL_API_KEY])),
    )


def _branch_of_number(number: str) -> Branch | None:
    dialled = to_e164(number) if number else None
    if dialled is None:
        return None
    row = PhoneNumber.objects.select_related("branch__company").filter(number=dialled).first()
    return row.branch if row else None


def _companies_of_agent(agent_id: str, *, besides: Branch | None) -> list[Company]:
    """Return for whom an agent answers; the branch's own company is not fetched again."""
    if not agent_id:
        return []
    ids = Agent.objects.filter(agent_id=agent_id).order_by("pk").values_list("company", flat=True)
    known = {besides.company_id: besides.company} if besides else {}
    unknown = [pk for pk in ids if pk not in known]
    if unknown:
        known |= Company.objects.in_bulk(unknown)
    return [known[pk] for pk in ids]


def _agreed(branch: Branch | None, companies: list[Company], envelope: Envelope) -> Branch | None:
    if branch:
        if not companies or branch.company in companies:
            return branch
        log.error("tenant.disagrees", agent_id=envelope.agent_id, branch_id=branch.pk)
        return None
    if len(companies) != 1:
        return None
    # An agent names a company; a branch only where there is just one.
    branches = list(companies[0].branches.select_related("company").order_by("pk")[:2])
    return branches[0] if len(branches) == 1 else None
