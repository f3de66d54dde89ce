"""Callbacks that wait too long: first they are shown, then somebody is told."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.db.models import F

from appointments.metrics import callback_alarms, callback_escalations
from appointments.models import CallbackRequest
from appointments.models.customers import CallbackRequestQuerySet

log = structlog.get_logger(__name__)

Alarm, Escalation = CallbackRequest.Alarm, CallbackRequest.Escalation

# Untouched for so long, worst first.
ALARMS = (
    (timedelta(minutes=120), Alarm.MANAGER),
    (timedelta(minutes=90), Alarm.CRITICAL),
    (timedelta(minutes=60), Alarm.WARNING),
)
# Nobody is told at night; until then it stays critical.
MANAGER_FROM, MANAGER_UNTIL = time(8), time(20)
MOST_FAILED_ATTEMPTS = 3
AT_ONCE = 500


def alert_callbacks(*, now: datetime) -> int:
    """Raise the alarm for callbacks nobody has touched, and escalate those that are overdue.

    Each step is taken once, however often this runs and however many at a time. To be told is
    to find it in the log at level error, in the metrics, and marked in the back office.

    Returns:
        how many alarms and escalations there were.
    """
    return _raise_alarms(now=now) + _escalate_overdue(now=now)


def _raise_alarms(*, now: datetime) -> int:
    shortest, _first = ALARMS[-1]
    untouched = (
        CallbackRequest.objects.still_open()
        .filter(touched_at=None, created_at__lte=now - shortest)
        .exclude(alarm=Alarm.MANAGER)
        .select_related("company", "branch__company")
        .order_by("created_at", "pk")
    )
    return sum(_raise_alarm(row, now=now) for row in untouched[:AT_ONCE])


def _raise_alarm(row: CallbackRequest, *, now: datetime) -> bool:
    alarm = _alarm_of(row, now=now)
    if alarm == row.alarm:
        return False
    unchanged = CallbackRequest.objects.filter(pk=row.pk, alarm=row.alarm, touched_at=None)
    if not unchanged.update(alarm=alarm):
        return False
    tell = log.error if alarm == Alarm.MANAGER else log.warning
    tell("callback.untouched", callback_id=row.pk, alarm=alarm, priority=row.priority)
    callback_alarms.labels(row.company.slug, alarm).inc()
    return True


def _alarm_of(row: CallbackRequest, *, now: datetime) -> str:
    zone = row.branch.zone if row.branch else ZoneInfo(row.company.timezone)
    awake = MANAGER_FROM <= now.astimezone(zone).time() < MANAGER_UNTIL
    return next(
        alarm
        for after, alarm in ALARMS
        if row.created_at <= now - after and (awake or alarm != Alarm.MANAGER)
    )


def _escalate_overdue(*, now: datetime) -> int:
    overdue = CallbackRequest.objects.to_escalate(now=now).select_related("company")
    return sum(
        _escalate(row, Escalation.OVERDUE, among=overdue, now=now)
        for row in overdue.order_by("due_at", "pk")[:AT_ONCE]
    )


def _escalate(
    row: CallbackRequest,
    reason: CallbackRequest.Escalation,
    *,
    among: CallbackRequestQuerySet,
    now: datetime,
) -> bool:
    """Mark a callback as escalated, if it still is one of those that may be."""
    marked = among.select_related(None).filter(pk=row.pk)
    if not marked.update(escalated_at=now, escalation_reason=reason):
        return False
    log.error("callback.escalated", callback_id=row.pk, reason=reason, priority=row.priority)
    callback_escalations.labels(row.company.slug, reason).inc()
    return True


def escalate_by_hand(*, callback: CallbackRequest, now: datetime) -> bool:
    """Escalate a callback because a person says so.

    Returns:
        whether it was still to be done.
    """
    if not note_touched(callback=callback, now=now):
        return False
    still_open = CallbackRequest.objects.still_open()
    return _escalate(callback, Escalation.BY_HAND, among=still_open, now=now)


def note_failed_attempt(*, callback: CallbackRequest, now: datetime) -> bool:
    """Note that nobody was reached; the third time escalates.

    Returns:
        whether it was still to be done.
    """
    still_open = CallbackRequest.objects.still_open()
    tried = still_open.filter(pk=callback.pk)
    if not tried.update(touched_at=now, failed_attempts=F("failed_attempts") + 1):
        return False
    worn_out = still_open.filter(failed_attempts=MOST_FAILED_ATTEMPTS)
    _escalate(callback, Escalation.FAILED_ATTEMPTS, among=worn_out, now=now)
    return True


def note_touched(*, callback: CallbackRequest, now: datetime) -> bool:
    """Note that a person is dealing with a callback: no alarm is raised for it any more."""
    return bool(CallbackRequest.objects.still_open().filter(pk=callback.pk).update(touched_at=now))
