"""The door: what may come in from the platform, and which salon it is about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.http import HttpRequest, JsonResponse

from voice.envelope import Envelope, NotAnObjectError, parse_object
from voice.metrics import requests_refused
from voice.signature import is_fresh, is_signed
from voice.tenancy import Tenant, find_tenant

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request that was let in.

    Attributes:
        body: the JSON object, as sent but for what nobody can store or see.
        envelope: whose call it is.
        tenant: the salon it belongs to, if any.
    """

    body: Mapping[str, Any]
    envelope: Envelope
    tenant: Tenant


def admit(
    request: HttpRequest,
    *,
    opened: Callable[[Mapping[str, Any]], Envelope],
    limit_bytes: int,
    now: datetime,
) -> Visit | JsonResponse:
    """Let in what is signed by the salon it names, within five minutes, and can be read.

    Args:
        request: not yet read.
        opened: finds number, agent and call in the body.
        limit_bytes: nothing larger is read.
        now: the time.

    Returns:
        the visit; or the refusal: 401 unsigned, 400 unreadable, 413 too large.
    """
    header = request.headers.get("X-Retell-Signature", "")
    raw = request.read(limit_bytes + 1)
    if len(raw) > limit_bytes:
        return _refused("too_large", 413)
    if not is_fresh(header, now=now):
        return _refused("unsigned", 401)
    try:
        body = parse_object(raw)
    except NotAnObjectError:
        return _refused("unreadable", 400)
    envelope = opened(body)
    tenant = find_tenant(envelope)
    if not any(is_signed(raw, header, key=key) for key in tenant.keys):
        return _refused("unsigned", 401)
    return Visit(body=body, envelope=envelope, tenant=tenant)


def _refused(error: str, status: int) -> JsonResponse:
    # A rise means a wrong key or a wrong address, and calls that end without our hearing of it.
    log.warning("voice.refused", error=error)
    requests_refused.labels(error).inc()
    return JsonResponse({"error": error}, status=status)
