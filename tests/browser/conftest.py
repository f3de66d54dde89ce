"""A real browser in front of a real web server; Debian's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from appointments.models import User

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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    binary = shutil.which("chromium")
    if binary is None:
        pytest.exit("There is no Chromium. On Debian: apt-get install -y chromium", returncode=1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def window(chromium: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """A window of a German desktop, with the site in front of it and nobody logged in."""
    context = chromium.new_context(
        base_url=live_server.url, locale="de-DE", viewport={"width": 1440, "height": 900}
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


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
