"""What is played on: a folder, an environment and the processes of a small installation."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

READY_SECONDS = 30.0
STOP_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 0.1
# A developer's own storage must not be played on, nor its flags decide the play.
NOT_INHERITED = ("DATABASE_URL", "REDIS_URL", "CALCOM_", "FEATURE_", "ENV_FILE", "RETELL_API_KEY")


class StageError(Exception):
    """Something that is needed did not start; the message says what, and where to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where things listen."""

    web: str
    calcom: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder, made anew each time."""

    folder: Path

    @classmethod
    def build(cls, folder: Path) -> "Stage":
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return cls(folder)

    def addresses(self) -> Addresses:
        web, calcom = _free_port(), _free_port()
        return Addresses(web=f"http://127.0.0.1:{web}", calcom=f"http://127.0.0.1:{calcom}")

    def environment(self, addresses: Addresses) -> dict[str, str]:
        """Return the environment of every process: the embedded default, nothing inherited."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)
        }
        return inherited | {
            "ENV_FILE": os.devnull,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "CREDENTIALS_KEY": secrets.token_urlsafe(50),
            "DEBUG": "false",
            "STATIC_ROOT": str(self._made("static")),
            "HTTPS": "false",
            "DATABASE_URL": f"sqlite:///{self.folder / 'stage.sqlite3'}",
            "CACHE_DIR": str(self.folder / "cache"),
            "CELERY_MESSAGES_DIR": str(self.folder / "messages"),
            "PROMETHEUS_MULTIPROC_DIR": str(self._made("metrics")),
            "CALCOM_API_URL": addresses.calcom,
            "LOG_LEVEL": "INFO",
            "PYTHONUNBUFFERED": "1",
        }

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _made(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir(exist_ok=True)
        return path


def manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def commands(addresses: Addresses) -> dict[str, list[str]]:
    """Return what runs on a stage, by name: a simulated Cal.com, the web server, a worker."""
    web = addresses.web.removeprefix("http://")
    port = addresses.calcom.rpartition(":")[2]
    celery = [sys.executable, "-m", "celery", "-A", "booking_site", "worker"]
    return {
        "calcom": manage("calcom_simulator", "--port", port, "--seed", "--site", addresses.web),
        "web": [
            *(sys.executable, "-m", "gunicorn", "booking_site.wsgi", "--bind", web),
            *("--worker-class", "booking_site.web_worker.Worker"),
            *("--workers", "2", "--threads", "4", "--preload"),
        ],
        "worker": [*celery, "-P", "threads", "-c", "4", "-B", "--loglevel", "INFO"],
    }


def run(command: list[str], *, environment: Mapping[str, str]) -> None:
    """Run a command to its end.

    Raises:
        StageError: it failed; with what it printed.
    """
    done = subprocess.run(  # noqa: S603 -- our own commands
        command, env=dict(environment), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StageError(f"`{' '.join(command[1:3])}` failed:\n{done.stdout}{done.stderr}")


@contextmanager
def running(
    commands: Mapping[str, list[str]], *, stage: Stage, environment: Mapping[str, str]
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Start processes, each with its own log and process group; stop them all at the end."""
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            with stage.log(name).open("wb") as log:
                started[name] = subprocess.Popen(  # noqa: S603 -- our own commands
                    command,
                    env=dict(environment),
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        yield started
    finally:
        _stop(list(started.values()))


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask each group to end, and end what does not."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal(process, signal.SIGKILL)
            process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        os.killpg(process.pid, number)


def wait_for_all(
    addresses: Addresses, *, processes: Mapping[str, subprocess.Popen[bytes]], stage: Stage
) -> None:
    """Wait until the simulated Cal.com and the web server answer.

    Raises:
        StageError: one of them does not; with the end of its log.
    """
    for name, url in (
        ("calcom", f"{addresses.calcom}/_simulator/"),
        ("web", f"{addresses.web}/readyz"),
    ):
        wait_until_ready(url, process=processes[name], log=stage.log(name))


def wait_until_ready(url: str, *, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a URL answers 200.

    Raises:
        StageError: its process ended, or the time is up; with the end of its log.
    """
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(LOOK_AGAIN_SECONDS)
    raise StageError(f"{url} did not answer. {end_of(log)}")


def end_of(log: Path) -> str:
    """Return where a log is, and how it ends."""
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    return f"The end of {log}:\n{tail}"


def require_alive(processes: Mapping[str, subprocess.Popen[bytes]], *, stage: Stage) -> None:
    """Look whether everything still runs.

    Raises:
        StageError: something has ended; with the end of its log.
    """
    for name, process in processes.items():
        if process.poll() is not None:
            raise StageError(f"{name} has ended. {end_of(stage.log(name))}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
