"""What axe-core finds on a page: in a light and a dark theme, on a desktop and on a phone."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
GRAVE = {"serious", "critical"}
# What a theme can change. Names and roles are the same in all of them.
OF_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
SWITCH = "dark => document.documentElement.classList.toggle('dark', dark)"
RUN = "options => axe.run(document, options).then(found => found.violations)"


def violations(page: Page) -> list[str]:
    """Return what is wrong with a page, in a line each: how it was looked at, rule, element, why.

    The page is left as a light one on a desktop.
    """
    page.evaluate(AXE_SCRIPT)
    found = []
    for name, size in (("phone", PHONE), ("desktop", DESKTOP)):
        page.set_viewport_size(size)
        for theme, rules in (("dark", OF_COLOURS), ("light", {})):
            page.evaluate(SWITCH, theme == "dark")
            options = {"resultTypes": ["violations"], "preload": False, **rules}
            lines = _lines(page.evaluate(RUN, options))
            found += [f"{name}, {theme}: {line}" for line in lines]
    return found


def _lines(reported: list[Mapping[str, Any]]) -> Iterator[str]:
    for rule in reported:
        if rule["impact"] not in GRAVE:
            continue
        for node in rule["nodes"]:
            why = (node["any"] or node["all"] or node["none"])[0]["message"]
            element = re.sub(r"\s+", " ", node["html"])[:200]
            yield f"{rule['id']}: {element} ({why})"
