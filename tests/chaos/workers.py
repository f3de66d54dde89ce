"""Workers that are killed at any line, and messages that never arrive."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
from django.conf import settings

from booking_site.demo.stage import Stage

CELERY = [sys.executable, "-m", "celery", "-A", "booking_site"]
COMMANDS = {
    "worker-1": [*CELERY, "worker", "-P", "threads", "-c", "3", "-n", "one@chaos"],
    "worker-2": [*CELERY, "worker", "-P", "threads", "-c", "3", "-n", "two@chaos"],
    "beat": [*CELERY, "beat"],
}


class Workers:
    """Two workers and a beat. Whoever is killed is started again."""

    def __init__(self, *, stage: Stage, environment: Mapping[str, str]) -> None:
        self._stage = stage
        self._environment = dict(environment)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.kills = 0
        self.lost_messages = 0

    def __enter__(self) -> Self:
        for name in COMMANDS:
            self._start(name)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for name in COMMANDS:
            self._kill(name)

    def kill_one(self, dice: random.Random) -> None:
        name = dice.choice(["worker-1", "worker-2"])
        self._kill(name)
        self.kills += 1
        self._start(name)

    def lose_messages(self) -> None:
        """Empty the queue: whoever was called will never hear it."""
        if settings.REDIS_URL:
            client = redis.Redis.from_url(settings.REDIS_URL)
            self.lost_messages += int(client.llen("celery"))
            client.delete("celery")
            return
        for message in Path(settings.MESSAGES("queue")).glob("*"):
            message.unlink(missing_ok=True)
            self.lost_messages += 1

    def _start(self, name: str) -> None:
        with self._stage.log(name).open("ab") as log:
            self._processes[name] = subprocess.Popen(  # noqa: S603 -- our own commands
                [*COMMANDS[name], "--loglevel", "INFO"],
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _kill(self, name: str) -> None:
        process = self._processes[name]
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
