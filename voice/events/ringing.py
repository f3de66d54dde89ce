"""What the agent knows before it says hello: the day, the salon, the caller's first name."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db import DatabaseError

from appointments.models import Branch, Customer
from appointments.queries import get_customer_by_phone
from voice import calls, shapes, speech
from voice.calls import caller_phone
from voice.envelope import Envelope
from voice.models import Call

log = structlog.get_logger(__name__)


def greet(envelope: Envelope, *, branch: Branch | None, now: datetime) -> dict[str, Any]:
    """Return what the agent is told of a call that is coming in.

    The platform speaks a variable without a value as it is written, braces and all; so each
    is there, as text. A salon nobody knows gets the day in the default zone, and no more.

    Args:
        envelope: who calls whom.
        branch: the salon; None where the number is unknown.
        now: the time.

    Returns:
        {"dynamic_variables": {name: text}, "metadata": {name: text}}
    """
    if branch is None:
        zone, locale = ZoneInfo(settings.TIME_ZONE), "de"
        return {"dynamic_variables": _day(now.astimezone(zone), locale=locale), "metadata": {}}
    customer = _customer(envelope, branch)
    return {
        "dynamic_variables": _day(now.astimezone(branch.zone), locale=branch.company.locale)
        | {
            "salon_name": branch.company.name,
            "branch_name": branch.name,
            "customer_first_name": shapes.first_name(customer) if customer else "",
        },
        "metadata": {"company": branch.company.slug, "branch": branch.slug},
    }


def _day(local: datetime, *, locale: str) -> dict[str, str]:
    today = local.date()
    to_monday = timedelta(days=7 - today.weekday())
    return {
        "current_date": today.isoformat(),
        "current_weekday": speech.weekday(today, locale=locale),
        "current_time": f"{local:%H:%M}",
        "current_year": str(today.year),
        "current_month": speech.month(today, locale=locale),
        "today": speech.spoken_date(today, locale=locale),
        "tomorrow": speech.spoken_date(today + timedelta(days=1), locale=locale),
        "day_after_tomorrow": speech.spoken_date(today + timedelta(days=2), locale=locale),
        "next_monday": speech.spoken_date(today + to_monday, locale=locale),
    }


def _customer(envelope: Envelope, branch: Branch) -> Customer | None:
    """Return who is calling, and note that it rings, where the platform names the call already.

    Neither is worth a call: the agent can greet somebody it does not know.
    """
    try:
        if not envelope.call_id:
            return get_customer_by_phone(branch.company, caller_phone(envelope))
        call = calls.find_call(envelope, branch=branch, state=Call.State.INBOUND)
    except DatabaseError:
        log.exception("inbound.caller_not_looked_up")
        return None
    return call.customer if call else None


def open_ringing(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a ringing call in the shape of a running one."""
    return {"call": body.get("call_inbound")}
