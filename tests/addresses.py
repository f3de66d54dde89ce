"""Every address of the back office, as the resolver knows them: no page can be forgotten."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import get_resolver


def _walk(patterns: Iterable[Any], prefix: str = "") -> Iterator[str]:
    for each in patterns:
        address = prefix + str(each.pattern)
        if hasattr(each, "url_patterns"):
            yield from _walk(each.url_patterns, address)
        else:
            yield address


def every_admin_address(key: object = 1) -> list[str]:
    """Return each of them, with `key` for whatever row it is of."""
    routes = [route for route in _walk(get_resolver().url_patterns) if route.startswith("admin/")]
    filled = (re.sub(r"<[^>]+>", str(key), route) for route in routes)
    return sorted({"/" + each.replace("(?P1.*)$", "nowhere/") for each in filled})
