"""Play call scripts: against a small installation of their own, or against a site that runs."""

import os
import signal
import subprocess
import sys
import tempfile
from argparse import SUPPRESS, ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from appointments.management.companies import company_named
from appointments.models import Company
from booking_site.demo.knobs import Knobs
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
from booking_site.documents.problems import DocumentError
from booking_site.simulated_calls.backstage import Backstage, Visitor
from booking_site.simulated_calls.playing import Played, Player
from booking_site.simulated_calls.reading import read_script
from booking_site.simulated_calls.reports import Reporter, to_json
from booking_site.simulated_calls.script import Script

SCRIPTS = "call_scripts"
PLATFORM_KEY = "key_of_the_platform"  # signs for salons nobody knows
TEXT, JSON = "text", "json"
HEALTH_SECONDS = 5


class Command(BaseCommand):
    help = (
        "Play call scripts and say whether everything went as they expect. Without --url they"
        " get a site, a database and a simulated Cal.com of their own."
    )
    # The stage has a database of its own; what is wrong with this one is no matter here.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "scripts",
            nargs="*",
            metavar="SCRIPT",
            help=f"a file, a folder, or the name of one in {SCRIPTS}/; default: all of that",
        )
        parser.add_argument("--list", action="store_true", help="say what there is; play nothing")
        parser.add_argument("--format", choices=(TEXT, JSON), default=TEXT)
        parser.add_argument(
            "--url", help="a site that runs, with this database: what is booked there stays booked"
        )
        parser.add_argument("--company", metavar="SLUG", help="whose telephone rings, with --url")
        # The play itself runs in a second process, which reads the stage's environment.
        parser.add_argument("--on", nargs=2, metavar=("WEB", "CALCOM"), help=SUPPRESS)

    def handle(self, *, scripts: list[str], **options: Any) -> None:
        reporter = Reporter.on_terminal()
        paths = [path for name in scripts or [SCRIPTS] for path in _paths(name)]
        read = _read(paths, reporter)
        if options["list"]:
            reporter.listing(read)
            return
        if options["on"]:
            backstage = Backstage(Knobs(options["on"][1]))
            player = Player(
                url=options["on"][0],
                open_scene=backstage.open_scene,
                work=backstage.work,
                knobs=backstage.knobs,
            )
        elif options["url"]:
            url = options["url"].rstrip("/")
            visitor = Visitor(_company(options["company"]))
            _require_answer(url)
            player = Player(url=url, open_scene=visitor.open_scene, work=visitor.work)
        else:
            sys.exit(_on_a_stage(paths, options["format"], reporter))
        play = {TEXT: _play_for_a_person, JSON: self._play_for_a_program}[options["format"]]
        sys.exit(0 if _went_well(play(player, read, reporter)) else 1)

    def _play_for_a_program(
        self, player: Player, scripts: Sequence[Script], _: Reporter
    ) -> list[Played]:
        all_played = [player.play(script) for script in scripts]
        self.stdout.write(to_json(all_played))
        return all_played


def _play_for_a_person(
    player: Player, scripts: Sequence[Script], reporter: Reporter
) -> list[Played]:
    all_played = []
    for script in scripts:
        reporter.title(script)
        played = player.play(script, watch=reporter.turn)
        reporter.ending(played)
        all_played.append(played)
    reporter.summary(all_played)
    return all_played


def _went_well(all_played: Sequence[Played]) -> bool:
    """Whether something was played, and all of it as expected."""
    return any(not played.skipped for played in all_played) and all(
        played.passed for played in all_played
    )


def _paths(name: str) -> list[Path]:
    """Return the scripts a word of the command line means, with absolute paths.

    Raises:
        CommandError: there are none.
    """
    own = Path(settings.BASE_DIR) / SCRIPTS
    given = next(
        (folder / name for folder in (Path.cwd(), own.parent, own) if (folder / name).exists()),
        None,
    )
    if given is None:
        found = sorted(own.rglob(f"{name}.yaml"))
    else:
        found = sorted(given.rglob("*.yaml")) if given.is_dir() else [given]
    if not found:
        message = f"There is no script {name}; `simulate_call --list` says which there are."
        raise CommandError(message)
    return found


def _read(paths: Sequence[Path], reporter: Reporter) -> list[Script]:
    """Read all scripts before any is played.

    Raises:
        CommandError: one of them cannot be read; what is wrong has been printed.
    """
    scripts: list[Script] = []
    for path in paths:
        try:
            scripts.append(read_script(path=path, root=Path(settings.BASE_DIR)))
        except DocumentError as error:
            reporter.broken(path, error)
        except (OSError, UnicodeDecodeError) as error:
            message = f"{path} cannot be read: {error}"
            raise CommandError(message) from error
    if len(scripts) < len(paths):
        message = "Nothing was played; put right what is listed above."
        raise CommandError(message)
    return scripts


def _company(slug: str | None) -> Company:
    if not slug:
        message = "--url needs --company: the slug of a company of this database."
        raise CommandError(message)
    return company_named(slug)


def _require_answer(url: str) -> None:
    """Say so at once, and only once, where nothing listens.

    Raises:
        CommandError: no answer.
    """
    try:
        requests.get(f"{url}/healthz", timeout=HEALTH_SECONDS)
    except requests.RequestException as error:
        message = f"{url} does not answer; is its web server running? Here: make run"
        raise CommandError(message) from error


def _on_a_stage(paths: Sequence[Path], format_: str, reporter: Reporter) -> int:
    """Play in a second process, on a stage that is taken down again; return its exit code."""
    # Ended from outside, take down what was started all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.chdir(settings.BASE_DIR)
    with tempfile.TemporaryDirectory(prefix="simulate-call-") as folder:
        stage = Stage.build(Path(folder) / "stage")
        addresses = stage.addresses()
        environment = stage.environment(addresses) | {
            "RETELL_API_KEY": PLATFORM_KEY,
            # Retries as always, but without the waiting in between.
            "CALCOM_VERIFY_DELAY_SECONDS": "0",
            "CALCOM_RETRY_DELAYS_SECONDS": "0,0,0",
        }
        played = manage(
            "simulate_call",
            *map(str, paths),
            *("--format", format_, "--on", addresses.web, addresses.calcom),
        )
        try:
            return _perform(played, stage, addresses, environment)
        except StageError as error:
            reporter.console.print(str(error), style="bold red")
            return 1
        except KeyboardInterrupt:
            return 1


def _perform(
    played: list[str], stage: Stage, addresses: Addresses, environment: dict[str, str]
) -> int:
    run(manage("migrate", "--verbosity", "0"), environment=environment)
    # No worker: whoever plays does the background work, and so knows when it is done.
    needed = {name: command for name, command in commands(addresses).items() if name != "worker"}
    with running(needed, stage=stage, environment=environment) as processes:
        wait_for_all(addresses, processes=processes, stage=stage)
        done = subprocess.run(  # noqa: S603 -- this very command
            # Its own log lines would stand between the lines of the dialogue.
            played,
            env=environment | {"LOG_LEVEL": "CRITICAL"},
            check=False,
        )
        require_alive(processes, stage=stage)
    return done.returncode
