"""Telling subscribers that a meeting has begun or ended, as time passes."""

from datetime import timedelta

from calcom.simulator.moments import spell
from calcom.simulator.webhooks.announcing import announce
from calcom.simulator.world import World

TOO_OLD = timedelta(days=1)
EDGES = {"MEETING_STARTED": "starts_at", "MEETING_ENDED": "ends_at"}


def announce_meetings(world: World) -> None:
    """Tell of every accepted booking that began or ended since this was last called.

    What is older than a day is dropped, as the real service's own schedule drops it.
    The caller holds the lock.
    """
    now = world.clock.now()
    since = max(world.meetings_told_until, now - TOO_OLD)
    world.meetings_told_until = now
    for trigger, column in EDGES.items():
        for booking in world.storage.get_bookings(
            f"status = 'accepted' AND {column} > ? AND {column} <= ?", spell(since), spell(now)
        ):
            announce(world, trigger, booking)


def keep_announcing(world: World, *, every_seconds: float) -> None:
    """Look again and again until the service closes."""
    while not world.closing.wait(every_seconds):
        with world.lock:
            if not world.closing.is_set():
                announce_meetings(world)
