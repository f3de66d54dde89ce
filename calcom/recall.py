"""The alternatives found for a request, kept for a moment: the second cache layer."""

from collections.abc import Callable

from appointments.domain.alternatives import Alternative
from appointments.ports import Found
from calcom import caches


def recall(*, company_id: int, question: str, find: Callable[[], Found]) -> Found:
    """Return what was found for this question, or find it now.

    What comes from here may have been taken since: it is checked again before it is held.
    """
    key = caches.alternatives_key(company_id=company_id, question=question)
    known: dict[str, list[Alternative]] = caches.read([key])
    if key in known:
        return Found(known[key], is_complete=True)
    found = find()
    if found.is_complete:
        caches.write({key: found.alternatives})
    return found
