"""Whether a company's connection to Cal.com works, part by part: asked when a person wants to know.

Found are words and numbers; the sentences are the back office's. Nothing found holds a key.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Count, Max, Q

from appointments.models import Appointment, Company, Status, SyncStatus, User
from calcom import circuit
from calcom.account import CalcomAccount, Look
from calcom.errors import (
    AuthRejectedError,
    CalcomError,
    NotFoundError,
    PacedError,
    TransientError,
    UnknownOutcomeError,
)
from calcom.headers import Standing
from calcom.models import CalcomEventMap, ConnectionTest, WebhookDelivery
from calcom.payloads import Webhook

# Somebody waits for the page. All questions are asked at once.
WITHIN_SECONDS = 2.5
KEPT = 20
BAD_KEY, A_MINUTE = 401, 60.0
# Of the rate limit: with less than this left, others of ours soon wait.
SHARE_LEFT = 0.2
# A Date is told to the second, and an answer takes time.
CLOCK_SECONDS = 5
NEEDED_TRIGGERS = frozenset({"BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED"})


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    DANGER = "danger"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """How one part of the connection stands.

    Attributes:
        about: "key", "team", "event_types", "webhook", "rate", "clock", "heard", "circuit" or
            "syncs".
        verdict: what was found of it, in one word.
        facts: numbers and names for the sentence about it.
    """

    about: str
    verdict: str
    level: Level
    facts: Mapping[str, Any] = field(default_factory=dict)


def run_test(
    *, company: Company, address: str, asked_by: User | None, now: datetime
) -> ConnectionTest:
    """Ask Cal.com, look at what we know ourselves, and keep what was found.

    Answers within three seconds, whatever Cal.com does. No transaction is open meanwhile.

    Args:
        company: one that syncs.
        address: where Cal.com is to tell us of bookings, from the outside.
        asked_by: who wants to know.
        now: the time.
    """
    looks = CalcomAccount.of(company).look(within_seconds=WITHIN_SECONDS)
    findings = [*_of_calcom(company, looks, address), *_of_ourselves(company, now=now)]
    with transaction.atomic():
        test = ConnectionTest.objects.create(
            company=company,
            asked_by=asked_by,
            asked_at=now,
            findings=[asdict(finding) for finding in findings],
        )
        tests = ConnectionTest.objects.filter(company=company).order_by("-asked_at", "-pk")
        old = list(tests.values_list("pk", flat=True)[KEPT:])
        ConnectionTest.objects.filter(pk__in=old).delete()
    return test


def findings_of(test: ConnectionTest) -> list[Finding]:
    """Return what a test has found."""
    return [Finding(**(row | {"level": Level(row["level"])})) for row in test.findings]


# --- What Cal.com says ------------------------------------------------------------------------


def _of_calcom(
    company: Company, looks: Mapping[str, Look | CalcomError], address: str
) -> Iterator[Finding]:
    yield _key(looks["key"])
    if company.calcom_team_id is not None:
        yield _readable("team", looks["team"], id=company.calcom_team_id)
    yield _readable(
        "event_types",
        looks["event_types"],
        maps=CalcomEventMap.objects.filter(company=company).count(),
    )
    yield _webhook(company, looks["webhooks"], address)
    standing = _standing([*looks.values()])
    yield _rate(standing)
    yield _clock(standing)


def _key(look: Look | CalcomError) -> Finding:
    if isinstance(look, CalcomError):
        return _failed("key", look)
    owner, _standing_of_it = look
    return Finding("key", "valid", Level.OK, {"owner": owner.username, "id": owner.id})


def _readable(about: str, look: Look | CalcomError, **facts: Any) -> Finding:
    if isinstance(look, CalcomError):
        return _failed(about, look, **facts)
    return Finding(about, "readable", Level.OK, {"count": len(look[0]), **facts})


def _failed(about: str, error: CalcomError, **facts: Any) -> Finding:
    """Say why Cal.com did not say it."""
    verdict = _verdict_of(error)
    passes = verdict in {"busy", "kept_back"}
    if isinstance(error, TransientError):
        facts["seconds"] = round(error.retry_after_seconds or A_MINUTE)
    return Finding(
        about, verdict, Level.WARNING if passes else Level.DANGER, {**facts, "status": error.status}
    )


def _verdict_of(error: CalcomError) -> str:
    match error:
        case AuthRejectedError():
            return "wrong_key" if error.status == BAD_KEY else "not_allowed"
        case NotFoundError():
            return "not_found"
        case PacedError():
            return "kept_back"
        case TransientError():
            return "busy"
        case UnknownOutcomeError():
            return "silent" if error.status is None else "broken"
    return "refused"


def _webhook(company: Company, look: Look | CalcomError, address: str) -> Finding:
    if not company.calcom_webhook_secret:
        return Finding("webhook", "no_secret", Level.DANGER, {"address": address})
    if isinstance(look, CalcomError):
        return _failed("webhook", look, address=address)
    ours: list[Webhook] = [each for each in look[0] if _place(each.url) == _place(address)]
    if not ours:
        return _not_registered(company, look[0], address)
    return min(
        (_registered(each, secret=company.calcom_webhook_secret) for each in ours),
        key=lambda finding: finding.level is not Level.OK,
    )


def _not_registered(company: Company, webhooks: Sequence[Webhook], address: str) -> Finding:
    path = _place(address)[1]
    elsewhere = next((each.url for each in webhooks if _place(each.url)[1] == path), None)
    if elsewhere:
        return Finding(
            "webhook", "elsewhere", Level.DANGER, {"address": address, "url": elsewhere[:200]}
        )
    # A team's webhooks belong to its event types, each to its own: there is no list of them.
    in_team = company.calcom_team_id is not None
    return Finding(
        "webhook",
        "not_listed" if in_team else "none",
        Level.WARNING if in_team else Level.DANGER,
        {"address": address},
    )


def _registered(webhook: Webhook, *, secret: str) -> Finding:
    if not webhook.is_active:
        return Finding("webhook", "inactive", Level.DANGER)
    if not hmac.compare_digest(webhook.secret.encode(), secret.encode()):
        return Finding("webhook", "other_secret", Level.DANGER)
    if lacking := NEEDED_TRIGGERS - webhook.triggers:
        return Finding("webhook", "lacking", Level.WARNING, {"triggers": sorted(lacking)})
    return Finding("webhook", "registered", Level.OK)


def _place(url: str) -> tuple[str, str]:
    """Return where an address leads, whatever its scheme and its last slash."""
    parts = urlsplit(url)
    return parts.netloc.lower(), parts.path.rstrip("/")


def _standing(looks: Sequence[Look | CalcomError]) -> Standing:
    """Return what the answers said beside their data, the fewest requests left."""
    told = [look[1] for look in looks if not isinstance(look, CalcomError)]
    with_limit = [each for each in told if each.remaining is not None]
    return min(with_limit, key=lambda each: each.remaining or 0, default=(told or [Standing()])[0])


def _rate(standing: Standing) -> Finding:
    facts = {"left": standing.remaining, "of": standing.limit, "seconds": standing.reset_seconds}
    if standing.remaining is None or not standing.limit:
        return Finding("rate", "not_told", Level.UNKNOWN)
    if standing.remaining < standing.limit * SHARE_LEFT:
        return Finding("rate", "few_left", Level.WARNING, facts)
    return Finding("rate", "enough", Level.OK, facts)


def _clock(standing: Standing) -> Finding:
    ahead = standing.clock_ahead_seconds
    if ahead is None:
        return Finding("clock", "not_told", Level.UNKNOWN)
    if abs(ahead) > CLOCK_SECONDS:
        return Finding("clock", "wrong", Level.DANGER, {"seconds": abs(ahead)})
    return Finding("clock", "right", Level.OK)


# --- What we know ourselves -------------------------------------------------------------------


def _of_ourselves(company: Company, *, now: datetime) -> Iterator[Finding]:
    yield _heard(company)
    is_open = circuit.is_open(company.pk)
    yield Finding(
        "circuit",
        "open" if is_open else "closed",
        Level.WARNING if is_open else Level.OK,
        {"seconds": circuit.OPEN_SECONDS},
    )
    yield _syncs(company, now=now)


def _heard(company: Company) -> Finding:
    failed = Count("pk", filter=Q(state=WebhookDelivery.State.FAILED))
    rows = WebhookDelivery.objects.filter(company=company)
    known = rows.aggregate(last=Max("received_at"), failed=failed)
    if known["last"] is None:
        return Finding("heard", "never", Level.WARNING)
    facts = {"at": known["last"].isoformat(), "failed": known["failed"]}
    if known["failed"]:
        return Finding("heard", "failed", Level.WARNING, facts)
    return Finding("heard", "last", Level.OK, facts)


def _syncs(company: Company, *, now: datetime) -> Finding:
    rows = Appointment.objects.of(company).filter(ends_at__gt=now).exclude(status=Status.HELD)
    counts = rows.aggregate(
        pending=Count("pk", filter=Q(sync_status=SyncStatus.PENDING)),
        failed=Count("pk", filter=Q(sync_status__in=(SyncStatus.FAILED, SyncStatus.CONFLICT))),
    )
    if counts["failed"]:
        return Finding("syncs", "failed", Level.DANGER, counts)
    if counts["pending"]:
        return Finding("syncs", "pending", Level.WARNING, counts)
    return Finding("syncs", "none", Level.OK, counts)
