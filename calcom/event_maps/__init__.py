"""Event maps: which event type books which segment with whom, what is missing, what differs."""

from calcom.event_maps.creating import Outcome, Report, create_each, create_missing
from calcom.event_maps.drifting import check_maps, due_maps, ignore, push, take_theirs, with_purpose
from calcom.event_maps.failures import note_failure
from calcom.event_maps.missing import (
    MapKey,
    MissingMap,
    get_broken_keys,
    get_maps,
    get_missing_maps,
    mark_broken,
    phases_without_map,
)
from calcom.event_maps.problems import CannotMapError, Problem, remedy_for
from calcom.event_maps.settling import check_each, push_each

__all__ = [
    "CannotMapError",
    "MapKey",
    "MissingMap",
    "Outcome",
    "Problem",
    "Report",
    "check_each",
    "check_maps",
    "create_each",
    "create_missing",
    "due_maps",
    "get_broken_keys",
    "get_maps",
    "get_missing_maps",
    "ignore",
    "mark_broken",
    "note_failure",
    "phases_without_map",
    "push",
    "push_each",
    "remedy_for",
    "take_theirs",
    "with_purpose",
]
