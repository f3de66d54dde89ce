"""What is done at night that belongs to no single app."""

import structlog
from celery import shared_task
from django.utils import timezone

from booking_site.access.sessions import forget_sessions
from booking_site.access.throttle import PAUSE, forget_attempts

log = structlog.get_logger(__name__)


@shared_task
def forget_log_ins(**_: object) -> None:
    """Delete sessions that have ended and failed log-ins that count no more."""
    now = timezone.now()
    log.info(
        "log_ins.forgotten",
        sessions=forget_sessions(now=now),
        attempts=forget_attempts(before=now - PAUSE),
    )
