"""What was in the way of an event map when it was last tried, until it works."""

from datetime import datetime

from calcom.event_maps.missing import MapKey
from calcom.event_maps.problems import Problem
from calcom.models import EventMapFailure

# Any answer shows that these are over.
OF_CONNECTION = (Problem.CREDENTIALS, Problem.NOT_ALLOWED, Problem.BUSY, Problem.UNREACHABLE)
LONGEST_FACTS = 500


def note_failure(
    key: MapKey, problem: Problem, facts: str, *, company_id: int, now: datetime
) -> None:
    """Remember what was in the way, in place of what was before."""
    EventMapFailure.objects.update_or_create(
        branch_id=key.branch_id,
        staff_id=key.staff_id,
        service_id=key.service_id,
        segment_key=key.segment_key,
        defaults={
            "company_id": company_id,
            "problem": problem,
            "facts": facts[:LONGEST_FACTS],
            "failed_at": now,
        },
    )


def settle(key: MapKey, *, all_well: bool) -> None:
    """Forget what was in the way; not all well, only what an answer has disproved."""
    rows = EventMapFailure.objects.filter(
        branch=key.branch_id,
        staff=key.staff_id,
        service=key.service_id,
        segment_key=key.segment_key,
    )
    (rows if all_well else rows.filter(problem__in=OF_CONNECTION)).delete()
