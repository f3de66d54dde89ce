"""One clock for the site, the simulated Cal.com and the browser. It stands until it is moved."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import time_machine
from django.utils import timezone

from calcom.simulator import Simulator


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is, for everybody at once."""

    traveller: time_machine.Traveller
    calcom: Simulator

    @property
    def now(self) -> datetime:
        return timezone.now()

    def go_to(self, moment: datetime) -> None:
        """Set the clock; it never goes back, for nobody's does."""
        moment = max(moment, self.now)
        self.traveller.move_to(moment, tick=False)
        self.calcom.set_clock(moment)

    def let_pass(self, seconds: float) -> None:
        self.go_to(self.now + timedelta(seconds=seconds))


@contextmanager
def clock_at(start: datetime, calcom: Simulator) -> Iterator[Clock]:
    """Stop the clock at a moment, until the end of the block."""
    with time_machine.travel(start, tick=False) as traveller:
        calcom.set_clock(start)
        yield Clock(traveller, calcom)
