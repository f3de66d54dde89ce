"""Do what background work is due, in this process, and say how much that was."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from appointments import actions
from calcom import tasks

LONGEST_NAP_SECONDS = 1.0


class Command(BaseCommand):
    help = "Run due background work in-process: sync, verification, retries, sweeps."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--until-idle",
            action="store_true",
            help="Wait for retries too; exit when nothing is due any more.",
        )

    def handle(self, *, until_idle: bool, **_: Any) -> None:
        actions.release_expired_holds(now=timezone.now())
        actions.alert_callbacks(now=timezone.now())
        done = tasks.sync_due(now=timezone.now())
        while until_idle and (due_at := tasks.next_due(now=timezone.now())):
            time.sleep(
                min(max((due_at - timezone.now()).total_seconds(), 0.0), LONGEST_NAP_SECONDS)
            )
            done += tasks.sync_due(now=timezone.now())
        self.stdout.write(f"{done} synced; nothing is due.")
