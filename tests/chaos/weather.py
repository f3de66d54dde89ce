"""What Cal.com does wrong for a while: some faults at a time, each with some probability."""

import random
from collections import Counter
from typing import Any

from calcom.simulator import Simulator

# Seconds are beyond our time limits where silence is meant (`SPEED`), below where slowness is.
FAULTS: dict[str, dict[str, Any]] = {
    "fail": {"status": 500},
    "html_524": {},
    "slow": {"seconds": 0.3},
    "reset": {},
    "rate_limited": {"retry_after": 1},
    "timeout": {"seconds": 1.5},
    "stale": {},
    "stale_slots": {},
    "create_then_400": {},
    "create_then_500": {},
    "create_then_timeout": {"seconds": 1.5},
    "commit_then_500": {},
    "commit_then_timeout": {"seconds": 1.5},
    "commit_then_reset": {},
    "wrong_start": {"seconds": 900},
    "hosts_missing": {},
    "webhook_dropped": {},
    "webhook_doubled": {},
    "webhook_delayed": {"seconds": 2},
    "webhook_reordered": {"seconds": 3},
    "webhook_without_event_type": {},
}
MOST_AT_ONCE = 6


class Weather:
    """Turns the simulator's knobs, and counts how often."""

    def __init__(self, simulator: Simulator, dice: random.Random) -> None:
        self._simulator = simulator
        self._dice = dice
        self.turned: Counter[str] = Counter()

    def change(self) -> None:
        """Let the faults of now pass, and others come."""
        dice = self._dice
        self._simulator.clear_faults()
        for kind in dice.sample(sorted(FAULTS), dice.randint(0, MOST_AT_ONCE)):
            options = FAULTS[kind] | {"probability": dice.choice([0.2, 0.5, 0.9]), "times": None}
            self._simulator.add_fault(kind, **options)
            self.turned[kind] += 1
        self._simulator.switch(
            latency_milliseconds=dice.choice([0, 0, 20, 80]),
            overlap_race_double_books=dice.random() < 0.5,
            exact_race=dice.choice(["400", "409"]),
            slots_cache_seconds=dice.choice([0, 2]),
        )

    def clear(self) -> None:
        """Let Cal.com be well again."""
        self._simulator.clear_faults()
        self._simulator.switch(
            latency_milliseconds=0, overlap_race_double_books=False, slots_cache_seconds=0
        )
