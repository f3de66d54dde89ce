"""What appointments need done in the background."""

import structlog
from celery import shared_task
from django.utils import timezone

from appointments import actions

log = structlog.get_logger(__name__)


@shared_task
def release_expired_holds(**_: object) -> None:
    """Remove holds that have run out. Whoever wants their time does so too, and sooner."""
    removed = actions.release_expired_holds(now=timezone.now())
    log.info("holds.released", rows=removed)


@shared_task
def alert_callbacks(**_: object) -> None:
    """Raise the alarm for callbacks nobody has touched, and escalate those that are overdue."""
    actions.alert_callbacks(now=timezone.now())
