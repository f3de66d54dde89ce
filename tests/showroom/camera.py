"""Pictures of pages: in both languages, at a desk and on a telephone, by day and by night."""

import io
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, product
from pathlib import Path
from typing import Literal

import time_machine
from django.conf import settings
from django.test import Client
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from playwright.sync_api import Page as Tab
from rich.console import Console

from tests.showroom.opening import Showroom
from tests.showroom.pages import PAGES, Page
from tests.showroom.showing import listening, opened

PATIENCE_MS = 30_000
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
LOCALES = {"de": "de-DE", "en": "en-GB"}
TALLEST = 2400  # of a page that is shown whole
COLOURS = 64
# Root has no sandbox, and a browser that asks home is refused by this machine.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
]


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is looked at."""

    language: str
    size: str
    scheme: Scheme

    def __str__(self) -> str:
        return f"{self.language}-{self.size}-{self.scheme}"


LOOKS = tuple(
    Look(language, size, scheme) for language, size, scheme in product(LOCALES, SIZES, SCHEMES)
)


def take_pictures(
    *, folder: Path, pictures: Path, now: datetime, anew: bool, only: Sequence[str], look: str
) -> int:
    """Take all pictures, or some.

    Args:
        folder: of the showroom's database and its Cal.com.
        pictures: where they go.
        now: when the showroom is looked at.
        anew: whether to open it anew.
        only: names of pages; none for all.
        look: part of a look's name, such as "de-phone"; "" for all.

    Returns:
        1 if something was wrong with a page, or there is no browser, else 0.
    """
    console = Console(highlight=False)
    binary = shutil.which("chromium")
    if binary is None:
        console.print("There is no Chromium. On Debian: apt-get install -y chromium chromium-l10n")
        return 1
    pages = [page for page in PAGES if not only or page.name in only]
    looks = [each for each in LOOKS if look in str(each)]
    pictures.mkdir(exist_ok=True)
    wrong = 0
    with (
        opened(folder, now=now, anew=anew) as room,
        time_machine.travel(now, tick=False),
        listening() as url,
        sync_playwright() as playwright,
    ):
        for language, of_language in groupby(looks, key=lambda each: each.language):
            # A date field speaks the language of the browser, not of the page: that of its
            # package chromium-l10n, without which it speaks American.
            browser = playwright.chromium.launch(
                executable_path=binary,
                args=[*QUIET, f"--lang={LOCALES[language]}"],
                env=os.environ | {"LANGUAGE": LOCALES[language].replace("-", "_")},
            )
            camera = Camera(browser=browser, room=room, url=url, now=now, folder=pictures)
            for what in camera.take(pages, of_language):
                console.print(f"[red]{what}[/]")
                wrong += 1
            browser.close()
    console.print(f"{len(pages) * len(looks)} pictures in {pictures}; wrong: {wrong}")
    return 1 if wrong else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Takes pictures of a showroom.

    Attributes:
        url: where it stands.
        now: the browser's clock.
        folder: where the pictures go.
    """

    browser: Browser
    room: Showroom
    url: str
    now: datetime
    folder: Path

    def take(self, pages: Iterable[Page], looks: Iterable[Look]) -> Iterator[str]:
        """Take a picture of every page in every look.

        Yields:
            what was wrong with a page, as it is seen by nobody but a program: scripts that
            failed, answers that were none, widths that do not fit.
        """
        pages = list(pages)
        for look in looks:
            for who in dict.fromkeys(page.who for page in pages):
                with self._window(look, who) as window:
                    for page in pages:
                        if page.who == who:
                            yield from self._picture(window, page, look)

    @contextmanager
    def _window(self, look: Look, who: str) -> Iterator[BrowserContext]:
        width, height = SIZES[look.size]
        window = self.browser.new_context(
            base_url=self.url,
            locale=LOCALES[look.language],
            timezone_id="Europe/Berlin",
            color_scheme=look.scheme,
            viewport={"width": width, "height": height},
            has_touch=look.size == "phone",
            is_mobile=look.size == "phone",
            reduced_motion="reduce",
        )
        window.set_default_timeout(PATIENCE_MS)
        window.clock.set_fixed_time(self.now)
        cookies = {settings.LANGUAGE_COOKIE_NAME: look.language}
        if who:
            client = Client()
            client.force_login(getattr(self.room.desk, who))
            cookies[settings.SESSION_COOKIE_NAME] = client.cookies[
                settings.SESSION_COOKIE_NAME
            ].value
        window.add_cookies(
            [{"name": name, "value": value, "url": self.url} for name, value in cookies.items()]
        )
        yield window
        window.close()

    def _picture(self, window: BrowserContext, page: Page, look: Look) -> Iterator[str]:
        tab = window.new_page()
        wrong: list[str] = []
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        answer = tab.goto(page.at(self.room))
        if answer is None or not answer.ok:
            wrong.append(f"answered {answer and answer.status}")
        else:
            if page.act:
                page.act(tab)
            tab.evaluate("document.fonts.ready")
            tab.wait_for_load_state("networkidle")
            _keep(tab, page, self.folder / f"{page.name}-{look}.png")
            if too_wide := _overflow(tab):
                wrong.append(f"wider than the window: {too_wide}")
        tab.close()
        yield from (f"{page.name} {look}: {what}" for what in wrong)


def _keep(tab: Tab, page: Page, path: Path) -> None:
    size = tab.viewport_size
    if page.whole and size:
        # A taller window, rather than all of the page: what sticks to its end stays there.
        tall = int(tab.evaluate("document.documentElement.scrollHeight"))
        tab.set_viewport_size({"width": size["width"], "height": min(tall, TALLEST)})
    picture = Image.open(io.BytesIO(tab.screenshot(animations="disabled")))
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def _overflow(tab: Tab) -> str:
    """Return by how much a page must be pushed sideways to be read; "" for not at all."""
    wide = tab.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return f"{wide} px" if wide > 0 else ""
