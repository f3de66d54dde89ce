"""Who puts in place what a script needs, and does what a site does in the background."""

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from django.core.management import call_command
from django.utils import timezone

from appointments.models import Appointment, Company, Source, SyncStatus
from booking_site.demo.knobs import Knobs
from booking_site.simulated_calls import scenes
from booking_site.simulated_calls.scenes import Scene
from booking_site.simulated_calls.script import Script

SYNC_SECONDS = 30.0
LOOK_AGAIN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Backstage:
    """Behind a site that was started for scripts: a new salon for each, and no worker but this."""

    knobs: Knobs
    numbers: Iterator[int] = field(default_factory=lambda: count(1, 2))  # a salon and its neighbour

    def open_scene(self, script: Script) -> Scene:
        self.knobs.forget("faults")
        scene = scenes.build(
            script, number=next(self.numbers), knobs=self.knobs, now=timezone.now()
        )
        if script.given.appointments or script.given.other_appointments:
            self.work()
        scenes.break_calcom(script, scene, self.knobs)
        return scene

    def work(self) -> None:
        """Do what is due, retries included, until nothing is."""
        call_command("sync_pending", "--until-idle", stdout=io.StringIO())


@dataclass(frozen=True, slots=True)
class Visitor:
    """In front of a site that somebody else runs: its salon as it is, its own workers."""

    company: Company

    def open_scene(self, script: Script) -> Scene:
        return scenes.visit(script, company=self.company, now=timezone.now())

    def work(self) -> None:
        """Wait until the site's workers have dealt with what was booked by telephone."""
        waiting = Appointment.objects.of(self.company).filter(
            source=Source.VOICE, sync_status=SyncStatus.PENDING, starts_at__gt=timezone.now()
        )
        until = time.monotonic() + SYNC_SECONDS
        while waiting.exists() and time.monotonic() < until:
            time.sleep(LOOK_AGAIN_SECONDS)
