"""What axe-core finds on a page: on a phone and on a desktop, in a dark and in a light theme."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize

SIZES: dict[str, ViewportSize] = {
    "phone": {"width": 390, "height": 844},
    "desktop": {"width": 1440, "height": 900},
}
GRAVE = {"serious", "critical"}
OPTIONS = {"resultTypes": ["violations"], "preload": False}
SWITCH = "dark => document.documentElement.classList.toggle('dark', dark)"
RUN = "options => axe.run(document, options).then(found => found.violations)"


def violations(page: Page, *, dark: str = "phone") -> list[str]:
    """Return what is wrong with a page, in a line each: how it was looked at, rule, element, why.

    It is looked at twice, and left as a light one on a desktop. All four looks would cost twice
    the time: who looks at many pages, takes turns with `dark`.

    Args:
        page: opened already.
        dark: the size in which it is dark; in the other it is light.
    """
    page.evaluate(AXE_SCRIPT)
    found = []
    for name, size in SIZES.items():
        page.set_viewport_size(size)
        page.evaluate(SWITCH, name == dark)
        theme = "dark" if name == dark else "light"
        found += [f"{name}, {theme}: {line}" for line in _lines(page.evaluate(RUN, OPTIONS))]
    page.evaluate(SWITCH, arg=False)
    return found


def _lines(reported: list[Mapping[str, Any]]) -> Iterator[str]:
    for rule in reported:
        if rule["impact"] not in GRAVE:
            continue
        for node in rule["nodes"]:
            why = (node["any"] or node["all"] or node["none"])[0]["message"]
            element = re.sub(r"\s+", " ", node["html"])[:200]
            yield f"{rule['id']}: {element} ({why})"
