"""What is counted of the agent's functions and calls."""

from prometheus_client import Counter, Histogram

function_seconds = Histogram(
    "booking_function_seconds",
    "Seconds until a function of the agent was answered.",
    ["function", "status", "company"],
)
bookings = Counter("booking_bookings_total", "Appointments booked on the phone.", ["company"])
refusals = Counter(
    "booking_refusals_total",
    "Wishes refused on the phone, by how many alternatives were offered.",
    ["company", "alternatives"],
)
requests_refused = Counter(
    "booking_voice_requests_refused_total",
    "Requests of the platform that were not let in: unsigned, unreadable, too_large.",
    ["error"],
)
promises_broken = Counter(
    "booking_promises_broken_total",
    "Calls in which something was promised that is not there.",
    ["company"],
)
