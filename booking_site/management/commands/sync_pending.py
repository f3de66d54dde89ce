"""Do what background work is due, in this process, and say how much that was."""

import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from appointments import actions
from calcom import tasks as calcom
from voice import tasks as voice

LONGEST_NAP_SECONDS = 1.0


class Command(BaseCommand):
    help = "Run due background work in-process: sync, verification, retries, sweeps."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--until-idle",
            action="store_true",
            help="Try at once what waits for the end of an outage, wait for retries too; "
            "exit when nothing is due any more.",
        )

    def handle(self, *, until_idle: bool, **_: Any) -> None:
        actions.release_expired_holds(now=timezone.now())
        actions.alert_callbacks(now=timezone.now())
        if until_idle:
            calcom.stop_waiting(now=timezone.now())
        done = self._do_what_is_due()
        while until_idle and (due_at := self._next_due()):
            time.sleep(
                min(max((due_at - timezone.now()).total_seconds(), 0.0), LONGEST_NAP_SECONDS)
            )
            done += self._do_what_is_due()
        self.stdout.write(f"{done} synced; nothing is due.")

    def _do_what_is_due(self) -> int:
        voice.sweep_due(now=timezone.now())
        return calcom.sync_due(now=timezone.now())

    def _next_due(self) -> datetime | None:
        now = timezone.now()
        return min(filter(None, (calcom.next_due(now=now), voice.next_due(now=now))), default=None)
