"""What is counted about Cal.com."""

from prometheus_client import Counter, Histogram

request_seconds = Histogram(
    "booking_calcom_request_seconds",
    "Time Cal.com took to answer, or until we stopped waiting.",
    ["method", "route", "status"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10),
)
syncs = Counter(
    "booking_sync_total",
    "Syncs of one appointment, by what had to be done and how it ended.",
    ["action", "result"],
)
verifications = Counter(
    "booking_verifications_total",
    "Post-sync verifications: proven, partly, not_found, failed.",
    ["result"],
)
cache_invalidations = Counter(
    "booking_cache_invalidations_total", "Times the cached availability of a company was dropped."
)
slots_unavailable = Counter(
    "booking_calcom_slots_unavailable_total",
    "Availability that was decided by our database alone, because Cal.com did not answer in time.",
)
webhooks = Counter(
    "booking_webhooks_total",
    "Webhooks of Cal.com that were dealt with, by event and by what came of them.",
    ["trigger", "outcome"],
)
differences = Counter(
    "booking_calendar_differences_total",
    "What a comparison with Cal.com found, by kind and by what was done about it.",
    ["kind", "remedy"],
)
