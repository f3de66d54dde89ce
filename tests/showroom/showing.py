"""The showroom with its doors open, for whoever wants to look."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import time_machine
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread
from rich.console import Console

from appointments.models import User
from calcom.simulator import Simulator
from tests.showroom.opening import Showroom, find_showroom, open_showroom

PASSWORD = "schaufenster"


def serve(*, folder: Path, now: datetime, anew: bool) -> int:
    """Let people in until they press Ctrl-C. The clock goes on from `now`."""
    with opened(folder, now=now, anew=anew), time_machine.travel(now):
        for user in User.objects.all():
            user.set_password(PASSWORD)
            user.save()
        with listening() as url:
            names = ", ".join(User.objects.values_list("username", flat=True))
            Console().print(f"{url}/admin/ as {names}; password: {PASSWORD}. Ctrl-C ends it.")
            try:
                while True:
                    time.sleep(1)
            except KeyboardInterrupt:
                return 0


@contextmanager
def opened(folder: Path, *, now: datetime, anew: bool) -> Iterator[Showroom]:
    """Have a showroom, and the simulated Cal.com it syncs with."""
    with Simulator(storage=str(folder / "calcom.sqlite3")) as calcom:
        settings.CALCOM_API_URL = calcom.url
        room = open_showroom(now=now, calcom=calcom) if anew else find_showroom(now=now)
        calcom.set_clock(now)
        yield room


@contextmanager
def listening() -> Iterator[str]:
    """Serve the site and its static files on a thread; yield the address."""
    thread = LiveServerThread("127.0.0.1", StaticFilesHandler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://{thread.host}:{thread.port}"
    thread.terminate()
