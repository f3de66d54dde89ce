"""What is counted about the salon's own work."""

from prometheus_client import Counter

callback_alarms = Counter(
    "booking_callback_alarms_total",
    "Callbacks nobody had touched for too long: warning, critical, manager.",
    ["company", "alarm"],
)
callback_escalations = Counter(
    "booking_callback_escalations_total",
    "Callbacks escalated: overdue, by_hand, failed_attempts.",
    ["company", "reason"],
)
