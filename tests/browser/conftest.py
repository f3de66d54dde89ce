"""A real browser in front of a real web server; Debian's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from appointments.models import Branch, Company, User
from booking_site.celery import app
from tests.browser.day_view import DayView
from tests.factories.back_office import receptionist
from tests.syncing import Calcom, calcom_at

# Playwright's loop runs in this thread, which is all that Django looks at.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

PATIENCE_MS = 10_000
# Root has no sandbox, and a browser that asks home is refused by this machine.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Tall enough for a whole working day.
DESKTOP = {"width": 1440, "height": 1200}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    binary = shutil.which("chromium")
    if binary is None:
        pytest.exit("There is no Chromium. On Debian: apt-get install -y chromium", returncode=1)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _monday(now: datetime) -> Iterator[None]:
    """Let the site's clock stand on the Monday before; the browser's own goes on."""
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def windows(chromium: Browser, live_server: LiveServer) -> Iterator[Callable[..., BrowserContext]]:
    """Open windows in front of the site, as English desktops unless told otherwise."""
    opened: list[BrowserContext] = []

    def open_one(**options: Any) -> BrowserContext:
        usual = {"base_url": live_server.url, "locale": "en-GB", "viewport": DESKTOP}
        context = chromium.new_context(**usual | options)
        context.set_default_timeout(PATIENCE_MS)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def window(windows: Callable[..., BrowserContext]) -> BrowserContext:
    """A window with nobody logged in."""
    return windows()


@pytest.fixture
def page(window: BrowserContext) -> Iterator[Page]:
    """A page in which no script may fail."""
    page = window.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    assert failures == []


@pytest.fixture
def log_in(window: BrowserContext, live_server: LiveServer) -> Callable[[User], None]:
    """Give the browser the session of somebody who has logged in."""

    def log_in(user: User) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        window.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])

    return log_in


@pytest.fixture
def desk(page: Page, log_in: Callable[[User], None], salon: Company) -> Page:
    """The receptionist of the salon, logged in."""
    log_in(receptionist(salon))
    return page


@pytest.fixture
def day_view(desk: Page, branch: Branch) -> DayView:
    """The days of the salon's branch, as its receptionist sees them once they are opened."""
    return DayView(desk, branch)


@pytest.fixture
def calcom(salon: Company, now: datetime, settings: Any) -> Iterator[Calcom]:
    """A Cal.com that the salon syncs with."""
    with calcom_at(now, settings, salon) as calcom:
        yield calcom


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """A Celery worker on the broker there is; what earlier tests sent is gone."""
    app.control.purge()
    with start_worker(app, perform_ping_check=False, loglevel="WARNING"):
        yield
