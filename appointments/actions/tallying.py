"""Counting by the day what leaves no row of its own."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from appointments.models import DailyTally, Tallied


def tally(*, company_id: int, what: Tallied, now: datetime, count: int = 1) -> None:
    """Count something, whichever process it happened in. One write, two on a day's first.

    In a transaction it is counted if that is committed.
    """
    today = DailyTally.objects.filter(
        company=company_id, counted_on=timezone.localdate(now), what=what
    )
    if today.update(count=F("count") + count):
        return
    try:
        with transaction.atomic():
            DailyTally.objects.create(
                company_id=company_id, counted_on=timezone.localdate(now), what=what, count=count
            )
    except IntegrityError:  # somebody else was the first
        today.update(count=F("count") + count)
