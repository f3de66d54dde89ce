"""What the salon offers, and what it costs."""

from collections.abc import Sequence
from datetime import datetime

from appointments.models import Service
from voice import matching, phrases, shapes
from voice.functions.registry import function
from voice.heard import Heard
from voice.replies import Reply
from voice.serializers import CatalogueArguments
from voice.wanted import match_service, offered_services

NAMED = 5  # at most, of services; more nobody can keep in mind
NAMED_CATEGORIES = 8


@function(
    "list_services",
    "get_available_services",
    "get_service_info",
    arguments=CatalogueArguments,
    needs_call=False,
)
def list_services(heard: Heard, now: datetime) -> Reply:  # noqa: ARG001 -- every function is told the time
    """Name services with price and length; of a large catalogue, first what kinds there are."""
    rows = offered_services(heard)
    categories = list(dict.fromkeys(row.category for row in rows if row.category))
    asked, kind = heard.said["service"], heard.said["category"]
    if asked or kind:
        return _say_services(heard, _meant(rows, asked=asked, kind=kind), categories)
    if len(rows) > NAMED and len(categories) > 1:
        return _say_categories(heard, categories, count=len(rows))
    return _say_services(heard, rows, categories)


def _meant(rows: Sequence[Service], *, asked: str, kind: str) -> Sequence[Service]:
    """Return the services that are meant; all of a name's where it may mean several."""
    if kind:
        named = {row.category for row in rows if row.category}
        meant = matching.same_kind(kind, sorted(named))
        rows = [row for row in rows if row.category in meant]
    if not asked:
        return rows
    found = match_service(asked, rows)
    if isinstance(found, matching.NotFound):
        return []
    ids = (
        [found.id]
        if isinstance(found, matching.Match)
        else [candidate.id for candidate in found.candidates]
    )
    return [row for row in rows if row.pk in ids]


def _say_services(heard: Heard, rows: Sequence[Service], categories: Sequence[str]) -> Reply:
    if not rows:
        message = phrases.say("no_such_service", locale=heard.locale)
        return Reply("none", message, {"categories": list(categories)})
    named = [shapes.service(row) for row in rows[:NAMED]]
    message = phrases.say(
        "services_more" if len(rows) > NAMED else "services",
        locale=heard.locale,
        count=len(rows),
        services=phrases.both(
            [_spoken(row, heard.locale) for row in rows[:NAMED]], locale=heard.locale
        ),
    )
    return Reply("found", message, {"services": named, "categories": list(categories)})


def _say_categories(heard: Heard, categories: Sequence[str], *, count: int) -> Reply:
    message = phrases.say(
        "service_categories",
        locale=heard.locale,
        count=count,
        names=phrases.both(categories[:NAMED_CATEGORIES], locale=heard.locale),
    )
    return Reply("categories", message, {"categories": list(categories)})


def _spoken(row: Service, locale: str) -> str:
    minutes = sum(segment.minutes for segment in row.segments.all())
    return phrases.priced(row.name, price=row.price, minutes=minutes, locale=locale)
