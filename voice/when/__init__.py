"""What somebody said about a moment, and what it means; the rules all languages share."""

from voice.when.values import OPEN_END, OPEN_START, DaySpan, Problem, TimeWindow, When

__all__ = ["OPEN_END", "OPEN_START", "DaySpan", "Problem", "TimeWindow", "When"]
