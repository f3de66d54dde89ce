"""The clock of the simulated service: the real one, or one that has been set and stands still."""

from datetime import UTC, datetime


class Clock:
    def __init__(self) -> None:
        self._stands_at: datetime | None = None

    def set(self, moment: datetime | None) -> None:
        """Stop the clock at a moment; None lets it run with the real one again."""
        self._stands_at = moment

    def now(self) -> datetime:
        return self._stands_at or datetime.now(UTC)
