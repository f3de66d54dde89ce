"""Bringing single rows to what a file says, and counting what that took."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils.translation import override

from appointments.models import Company
from booking_site.documents.places import Place
from booking_site.documents.problems import Problem

M = TypeVar("M", bound=models.Model)


@dataclass(slots=True)
class Counts:
    """What became of the rows of one kind."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    pruned: int = 0


@dataclass(slots=True, kw_only=True)
class Load:
    """One file on its way into the database.

    Attributes:
        company: whose rows these are; nothing else is touched.
        prune: remove what the file no longer names.
        now: the time.
        counts: by kind, in the order in which they are loaded.
        surplus: what the file does not name and is left, because nobody asked to prune.
        kept: what was to be pruned and could not be, with the reason.
        problems: what only the database could tell.
    """

    company: Company
    prune: bool
    now: datetime
    counts: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    surplus: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def has_changed_anything(self) -> bool:
        return any(
            counts.created or counts.updated or counts.pruned for counts in self.counts.values()
        )

    def complain(self, place: Place, message: str) -> None:
        self.problems.append(Problem(place.line, place.key, message))


def put(
    model: type[M],
    *,
    kind: str,
    load: Load,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    on_change: Mapping[str, Any] | None = None,
) -> M:
    """Return the row with this key, made or changed to have these values.

    A row that has them already is not written at all. `on_change`: set where it has not.
    """
    row = models.QuerySet[M](model).filter(**key).order_by("pk").first()
    if row is None:
        load.counts[kind].created += 1
        return models.QuerySet[M](model).create(**key, **values)
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if changed:
        changed |= on_change or {}
        for name, value in changed.items():
            setattr(row, name, value)
        row.save(update_fields=changed.keys())
    if changed:
        load.counts[kind].updated += 1
    else:
        load.counts[kind].unchanged += 1
    for name, value in key.items():
        setattr(row, name, value)  # remembers related rows, which are at hand here
    return row


def put_whole(
    rows: models.QuerySet[M],
    new: Sequence[M],
    *,
    kind: str,
    load: Load,
    fields: Sequence[str],
) -> None:
    """Replace rows that only mean something together, such as a week's hours, if they differ.

    Args:
        rows: those that are stored.
        new: unsaved, in order.
        kind: for the count, where all of them are one.
        load: the file on its way.
        fields: what makes them equal.
    """
    stored = sorted(rows.values_list(*fields))
    wanted = sorted(tuple(getattr(row, name) for name in fields) for row in new)
    if not stored and not wanted:
        return
    if stored == wanted:
        load.counts[kind].unchanged += 1
        return
    rows.delete()
    rows.model._default_manager.bulk_create(new)
    if stored:
        load.counts[kind].updated += 1
    else:
        load.counts[kind].created += 1


def leave_or_prune(
    rows: Iterable[models.Model], *, kind: str, load: Load, name_of: Callable[[Any], str]
) -> None:
    """Prune rows the file does not name, if that was asked for and nothing depends on them."""
    for row in rows:
        what = f"{kind}: {name_of(row)}"
        if not load.prune:
            load.surplus.append(what)
            continue
        try:
            with transaction.atomic():
                row.delete()
        except ProtectedError as error:
            load.kept.append(f"{what} (has {_dependants(error)})")
        else:
            load.counts[kind].pruned += 1


def _dependants(error: ProtectedError) -> str:
    with override("en"):
        names = {str(row._meta.verbose_name_plural) for row in error.protected_objects}
    return ", ".join(sorted(names))
