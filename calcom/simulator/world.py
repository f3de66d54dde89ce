"""Everything the simulated service is at one moment, and the lock that makes it one at a time."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from calcom.simulator.clock import Clock
from calcom.simulator.faults import Faults
from calcom.simulator.journal import Journal
from calcom.simulator.limiter import Limiter
from calcom.simulator.moments import spell
from calcom.simulator.storage import Storage
from calcom.simulator.webhooks.delivery import PostOffice


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What can be switched about the service as a whole.

    Args:
        latency_milliseconds: added to every request.
        rate_limit: whether the limiter refuses; it counts, and says so, in any case.
        overlap_race_double_books: look and store in two steps, `race_milliseconds` apart,
            as the real service does: of parallel creates that overlap all get in, unless
            host, start and end are the same.
        exact_race: what the loser of such an exact race hears, "400" or "409".
        cancellation_reason_required: whether the host has to give a reason.
        round_robin_500: whether a round robin with nobody free is a 500 that says nothing, as
            the published source has it, or the 400 of other team types.
        slots_cache_seconds: how long an answer to the same slots query is repeated; the
            real service repeats it for two seconds.
        webhooks_held: whether events for subscribers wait until they are delivered by hand.
        clock_off_seconds: how far the Date of every answer is ahead of real time.
        seed: of the dice that are thrown for faults with a probability; setting it, to the
            same number too, begins them anew.
    """

    latency_milliseconds: int = 0
    rate_limit: bool = False
    rate_limit_requests: int = 120
    rate_limit_seconds: float = 60.0
    overlap_race_double_books: bool = False
    race_milliseconds: int = 100
    exact_race: str = "400"
    cancellation_reason_required: bool = True
    round_robin_500: bool = False
    slots_cache_seconds: float = 0.0
    webhooks_held: bool = False
    clock_off_seconds: int = 0
    seed: int = 1


class World:
    """The state behind the routes. Whoever touches the storage holds the lock."""

    def __init__(self, storage: str = ":memory:") -> None:
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.storage = Storage(storage)
        self.clock = Clock()
        self.faults = Faults()
        self.journal = Journal()
        self.limiter = Limiter()
        self.switches = Switches()
        self.post = PostOffice(
            faults=self.faults,
            now=lambda: spell(self.clock.now()),
            is_held=lambda: self.switches.webhooks_held,
            wait=lambda seconds: not self.closing.wait(seconds),
        )
        self.slots_cache: dict[str, tuple[float, object]] = {}
        self.meetings_told_until = self.clock.now()

    def reset(self) -> None:
        """Forget everything: records, faults, the log, the clock, all switches."""
        self.storage.empty()
        self.clock.set(None)
        self.faults.clear()
        self.faults.throw_again(Switches().seed)
        self.post.forget()
        self.journal.clear()
        self.limiter.forget()
        self.switches = Switches()
        self.slots_cache.clear()
        self.meetings_told_until = self.clock.now()

    def pause_for_race(self) -> None:
        """Let others in between looking and storing, if the service is to be that careless.

        The caller holds the lock and holds it again afterwards.
        """
        if self.switches.overlap_race_double_books:
            with self.unlocked():
                time.sleep(self.switches.race_milliseconds / 1000)

    @contextmanager
    def unlocked(self) -> Iterator[None]:
        """Let go of the lock, which the caller holds, for as long as the block takes."""
        self.lock.release()
        try:
            yield
        finally:
            self.lock.acquire()

    def sleep(self, seconds: float) -> None:
        """Wait, without the lock, unless the service closes first."""
        if seconds > 0:
            self.closing.wait(seconds)

    def close(self) -> None:
        self.closing.set()
        with self.lock:
            self.storage.close()
