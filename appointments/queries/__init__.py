"""Everything that answers a question across models. Nothing here writes."""

from appointments.queries.alternatives import (
    Unwanted,
    get_alternatives,
    get_free_slots,
    get_next_slot,
    recall_alternatives,
)
from appointments.queries.availability import (
    Availability,
    check_availability,
    check_bookable,
    check_day,
)
from appointments.queries.board import Board, Column, get_board
from appointments.queries.callbacks import get_open_callback
from appointments.queries.changes import get_changes_in_call, get_last_move
from appointments.queries.customers import (
    Habits,
    get_booked_in_call,
    get_cancelled,
    get_customer_by_phone,
    get_habits,
    get_own_appointments,
    get_upcoming,
)
from appointments.queries.diary import (
    BranchHours,
    Search,
    get_branch_hours,
    is_open_in,
    is_open_on,
    last_bookable_day,
    notice_of,
)
from appointments.queries.moving import check_move
from appointments.queries.policies import check_may_move

__all__ = [
    "Availability",
    "Board",
    "BranchHours",
    "Column",
    "Habits",
    "Search",
    "Unwanted",
    "check_availability",
    "check_bookable",
    "check_day",
    "check_may_move",
    "check_move",
    "get_alternatives",
    "get_board",
    "get_booked_in_call",
    "get_branch_hours",
    "get_cancelled",
    "get_changes_in_call",
    "get_customer_by_phone",
    "get_free_slots",
    "get_habits",
    "get_last_move",
    "get_next_slot",
    "get_open_callback",
    "get_own_appointments",
    "get_upcoming",
    "is_open_in",
    "is_open_on",
    "last_bookable_day",
    "notice_of",
    "recall_alternatives",
]
