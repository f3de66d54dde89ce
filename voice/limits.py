"""How much one call may ask."""

from datetime import datetime, timedelta

import structlog
from django.db.models import Count, Q

from voice.models import Call, FunctionCall

log = structlog.get_logger(__name__)

MOST_OF_A_CALL, MOST_A_MINUTE, MOST_OF_ONE_NAME = 50, 20, 10
MINUTE, PAUSE = timedelta(minutes=1), timedelta(seconds=300)
LIMITED = "rate_limited"
# What the pause itself points to: a caller who is stuck must be able to ask for a person.
ALWAYS_ANSWERED = frozenset({"request_callback"})


def is_limited(row: FunctionCall, call: Call, *, now: datetime) -> bool:
    """Whether a function call is one too many: 50 of a call, 20 a minute or 10 of one name.

    The call then pauses for five minutes, and may ask as much again after that. One query, and
    one write where a pause begins; the truth is in the rows, whichever process has answered.
    """
    if row.name in ALWAYS_ANSWERED:
        return False
    if call.limited_until and call.limited_until > now:
        return True
    asked = FunctionCall.objects.filter(call=call, pk__lte=row.pk).exclude(status=LIMITED)
    if call.limited_until:
        asked = asked.filter(started_at__gte=call.limited_until)
    counts = asked.aggregate(
        of_the_call=Count("pk"),
        in_a_minute=Count("pk", filter=Q(started_at__gt=now - MINUTE)),
        of_this_name=Count("pk", filter=Q(name=row.name)),
    )
    if (
        counts["of_the_call"] <= MOST_OF_A_CALL
        and counts["in_a_minute"] <= MOST_A_MINUTE
        and counts["of_this_name"] <= MOST_OF_ONE_NAME
    ):
        return False
    Call.objects.filter(pk=call.pk).update(limited_until=now + PAUSE)
    log.warning("call.limited", **counts)
    return True
