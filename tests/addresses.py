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


def every_admin_address() -> list[str]:
    """Return each of them; for whatever row it is of stands 1."""
    routes = [route for route in _walk(get_resolver().url_patterns) if route.startswith("admin/")]
    # Two are regular expressions: an app's index, and whatever else comes.
    plain = (re.sub(r"\^?\(\?P<\w+>(?:\.\*|(\w+)[^)]*)\)", r"\1", each) for each in routes)
    return sorted({"/" + re.sub(r"<[^>]+>", "1", each).rstrip("$") for each in plain})
