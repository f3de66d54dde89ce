"""Play three calls against a small installation of everything, and take it down again."""

import os
import secrets
import signal
import subprocess
import sys
import time
from argparse import SUPPRESS, ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from booking_site.demo.knobs import Knobs
from booking_site.demo.programme import Programme
from booking_site.demo.script import NotAsExpectedError, Play
from booking_site.demo.stage import (
    Addresses,
    Stage,
    StageError,
    commands,
    manage,
    require_alive,
    run,
    running,
    wait_for_all,
)
from booking_site.demo.telephone import TelephoneError

SALONS = ("salons/salon-eins.yaml", "salons/salon-zwei.yaml")
ADMIN = "admin"
LOOK_AGAIN_SECONDS = 0.5


class Command(BaseCommand):
    help = "Play three calls: a taken time, an unclear answer of Cal.com, a missing event map."
    # The stage has a database of its own; what is wrong with this one is no matter here.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--serve", action="store_true", help="leave everything running afterwards"
        )
        # The play itself runs in a second process, which reads the stage's environment.
        parser.add_argument("--prepare", action="store_true", help=SUPPRESS)
        parser.add_argument("--play", nargs=2, metavar=("WEB", "CALCOM"), help=SUPPRESS)

    def handle(self, *, serve: bool, prepare: bool, play: list[str] | None, **_: Any) -> None:
        if prepare:
            self._prepare(serve=serve)
        elif play:
            self._play(Addresses(web=play[0], calcom=play[1]))
        else:
            self._set_up_and_play(serve=serve)

    def _prepare(self, *, serve: bool) -> None:
        call_command("migrate", verbosity=0)
        if serve:
            # Before the web server starts: it looks for its static files only then.
            call_command("collectstatic", interactive=False, verbosity=0)
        for salon in SALONS:
            call_command("load_salon", salon, verbosity=0)

    def _set_up_and_play(self, *, serve: bool) -> None:
        # Ended from outside, take down what was started all the same.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        os.chdir(settings.BASE_DIR)
        programme = Programme()
        stage = Stage.build(Path(settings.VAR) / "demo")
        addresses = stage.addresses()
        environment = stage.environment(addresses)
        try:
            with programme.waiting("Datenbank, Salons …"):
                options = ["--serve"] if serve else []
                run(manage("demo", "--prepare", *options), environment=environment)
            with running(commands(addresses), stage=stage, environment=environment) as processes:
                with programme.waiting("Cal.com-Simulator, Webserver, Celery-Worker …"):
                    wait_for_all(addresses, processes=processes, stage=stage)
                played = subprocess.run(  # noqa: S603 -- this very command
                    manage("demo", "--play", addresses.web, addresses.calcom),
                    # Its own log lines would stand between the lines of the dialogue.
                    env=environment | {"LOG_LEVEL": "ERROR"},
                    check=False,
                )
                require_alive(processes, stage=stage)
                if serve and played.returncode == 0:
                    _invite(programme, addresses, environment)
                    while True:
                        time.sleep(LOOK_AGAIN_SECONDS)
                        require_alive(processes, stage=stage)
        except StageError as error:
            programme.failed(str(error))
            sys.exit(1)
        except KeyboardInterrupt:
            programme.note("Alles wird beendet.")
            sys.exit(0 if serve else 1)
        if played.returncode:
            sys.exit(1)

    def _play(self, addresses: Addresses) -> None:
        programme = Programme()
        programme.title("booking_site: drei Anrufe, ein Kalender, Cal.com stimmt überein")
        play = Play(web=addresses.web, knobs=Knobs(addresses.calcom), show=programme)
        try:
            play.perform()
        except (NotAsExpectedError, TelephoneError) as error:
            programme.failed(str(error))
            sys.exit(1)
        slowest = max(answer.milliseconds for answer in play.answers)
        self.stdout.write(
            f"DEMO OK · 3 calls, {len(play.answers)} answers, slowest {slowest:.0f} ms"
        )


def _invite(programme: Programme, addresses: Addresses, environment: dict[str, str]) -> None:
    """Print a way into the back office."""
    password = secrets.token_urlsafe(9)
    run(
        manage("createsuperuser", "--noinput", "--username", ADMIN, "--email", "a@salon.invalid"),
        environment=environment | {"DJANGO_SUPERUSER_PASSWORD": password},
    )
    programme.title(
        f"Admin: {addresses.web}/admin/\nBenutzer: {ADMIN}\nPasswort: {password}\n"
        f"Cal.com-Simulator: {addresses.calcom}/_simulator/\nEnde mit Strg-C"
    )
