"""How long a log-in lasts."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.dispatch import receiver
from django.http import HttpRequest


@receiver(user_logged_in)
def end_after_a_working_day(request: HttpRequest, **_: Any) -> None:
    """Fix the end when it begins: whatever is saved in the session later does not prolong it."""
    request.session.set_expiry(timedelta(seconds=settings.SESSION_COOKIE_AGE))


def forget_sessions(*, now: datetime) -> int:
    """Delete sessions that have ended; return how many."""
    deleted, _by_model = Session.objects.filter(expire_date__lt=now).delete()
    return deleted
