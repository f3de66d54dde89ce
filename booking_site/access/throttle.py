"""Passwords that are guessed: who has to wait, until when, and how they are let in again.

Counting is django-axes's, in the database, so that all processes count together.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.models import AuditEntry, User, Verb
from appointments.models.audited import new_entry

log = structlog.get_logger(__name__)

LOCKED = "locked out"  # as the trail calls it: a word of the catalogue
PAUSE: timedelta = settings.AXES_COOLOFF_TIME


def locked_out(
    request: HttpRequest, _response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Answer a log-in that comes too soon after too many: when to come again, and whom to ask."""
    username = (credentials or {}).get("username", "")
    now = timezone.now()
    until = locked_until(username=username, address=request.axes_ip_address) or now  # type: ignore[attr-defined]  # given by axes
    log.warning("login.locked_out", until=until.isoformat())
    context = {**admin.site.each_context(request), "title": _("Please wait"), "until": until}
    response = TemplateResponse(request, "admin/access/locked.html", context, status=429)
    response.headers["Retry-After"] = str(max(int((until - now).total_seconds()), 1))
    return response.render()


def locked_until(*, username: str, address: str | None) -> datetime | None:
    """Return until when this name is locked for this address; None if nothing is known of it."""
    same = AccessAttempt.objects.filter(username=username, ip_address=address)
    last = same.aggregate(last=Max("attempt_time"))["last"]
    return last + PAUSE if last else None


def unlock(*, username: str, address: str | None = None) -> None:
    """Let a name try again, from one address or, without one, from all; note it in the trail."""
    attempts = AccessAttempt.objects.filter(username=username)
    if address:
        attempts = attempts.filter(ip_address=address)
    with transaction.atomic():
        attempts.delete()
        user = User.objects.filter(username=username).first()
        if user:
            note(user, {LOCKED: [True, False]})


def forget_attempts(*, before: datetime) -> int:
    """Delete failures that count no more; return how many rows that were."""
    deleted, _by_model = AccessAttempt.objects.filter(attempt_time__lt=before).delete()
    return int(deleted)


def note(user: User, changes: dict[str, list[Any] | None]) -> AuditEntry:
    """Note in the trail what was done to somebody's way in."""
    entry = new_entry(
        verb=Verb.CHANGED,
        model=User,
        object_id=user.pk,
        company_id=user.company_id,
        changes=changes,
    )
    entry.save()
    return entry
