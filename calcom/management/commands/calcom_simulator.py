"""Run the simulated Cal.com on its own, for development and load tests."""

import signal
import sqlite3
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calcom.seeding import seeds
from calcom.simulator import Simulator

PORT = 8765
HIGHEST_PORT = 65535


class Command(BaseCommand):
    help = "Run a simulated Cal.com; GET /_simulator/ lists what can be set, seeded and broken."
    # The simulator knows nothing of the site, so it runs while the site's own checks fail.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=PORT, help="0 picks a free one")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument(
            "--storage",
            metavar="FILE",
            default=":memory:",
            help="keep users, event types and bookings there, across restarts",
        )
        parser.add_argument(
            "--seed",
            action="store_true",
            help="fill it with the users and event types of every company that syncs",
        )
        parser.add_argument(
            "--site",
            metavar="URL",
            default="",
            help="with --seed: tell this site of what happens to bookings, as Cal.com does",
        )

    def handle(
        self, *, host: str, port: int, storage: str, seed: bool, site: str, **_: Any
    ) -> None:
        if not 0 <= port <= HIGHEST_PORT:
            message = f"There is no port {port}."
            raise CommandError(message)
        try:
            simulator = Simulator(host=host, port=port, storage=storage)
        except OSError as error:
            message = f"Cannot listen on {host}:{port}: {error.strerror or error}."
            raise CommandError(message) from error
        except sqlite3.Error as error:
            message = f"Cannot keep anything in {storage}: {error}."
            raise CommandError(message) from error
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        with simulator:
            for company in seeds(site=site) if seed else ():
                simulator.seed(**company)
            self.stdout.write(f"Cal.com simulator listening on {simulator.url}")
            self.stdout.flush()
            stopped.wait()
