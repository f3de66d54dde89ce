"""Entries of the audit trail in words."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import ForeignKey, Model, QuerySet
from django.urls import NoReverseMatch
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext

from appointments.admin.shown import CALLBACK_REASONS, NOTHING, link_to, moment, name_of, who
from appointments.models import AuditEntry, CallbackRequest, Verb

Names = Mapping[tuple[type[Model], Any], str]
SHOWN = 100  # on a row's own page


def model_of(entry: AuditEntry) -> type[Model] | None:
    """Return the model an entry tells of; None if there is none of that name any more."""
    try:
        return apps.get_model(entry.model)
    except LookupError:
        return None


def in_words(entries: Iterable[AuditEntry]) -> list[AuditEntry]:
    """Give each entry `words`, its changes, and `subject`, what it was done to.

    Two queries at most per kind of row: for what was changed, and for what they name.
    """
    rows = list(entries)
    names, subjects = _names_in(rows), _subjects_of(rows)
    for entry in rows:
        entry.words = _changes(entry, names)  # type: ignore[attr-defined]  # for the page only
        entry.subject = _subject(entry, names, subjects)  # type: ignore[attr-defined]  # as above
    return rows


def trail_of(model: type[Model], object_id: str) -> list[AuditEntry]:
    """Return the latest entries about a row, ready for its page."""
    if not object_id.isdecimal():
        return []
    rows = AuditEntry.objects.about(model(pk=int(object_id)))
    latest = in_words(rows.select_related("user").order_by("-at", "-pk")[:SHOWN])
    for entry in latest:
        entry.moment, entry.by = moment(entry.at), actor_of(entry)  # type: ignore[attr-defined]  # as above
    return latest


def actor_of(entry: AuditEntry) -> str:
    """Return who did it: the person, the call, Cal.com or the task."""
    kind = entry.get_actor_display()
    detail = (entry.user and who(entry.user)) or entry.task or entry.call_id
    return f"{kind}: {detail}" if detail else kind


def customer_of(entry: AuditEntry) -> str:
    return entry.customer.name if entry.customer else NOTHING


def _subjects_of(entries: Iterable[AuditEntry]) -> Names:
    """Look up what pages call the rows that were changed, those that are still there."""
    wanted: dict[type[Model], set[int]] = defaultdict(set)
    for entry in entries:
        model = model_of(entry)
        if model and entry.object_id is not None:
            wanted[model].add(entry.object_id)
    return {
        (model, row.pk): _called(row)
        for model, keys in wanted.items()
        for row in _with_what_names_them(model).filter(pk__in=keys)
    }


def _with_what_names_them(model: type[Model]) -> QuerySet[Any]:
    rows = model._default_manager.all()
    if not admin.site.is_registered(model):
        return rows.select_related(part_of(model)) if part_of(model) else rows
    page = admin.site.get_model_admin(model)
    related, along = getattr(page, "named_with", ()), getattr(page, "named_along", ())
    return rows.select_related(*related).prefetch_related(*along)


def _called(row: Model) -> str:
    """Return what a row's own page calls it; of a row without a page, whose part it is."""
    model = type(row)
    if admin.site.is_registered(model):
        called = getattr(admin.site.get_model_admin(model), "in_words", name_of)
        return str(called(row))
    return name_of(getattr(row, part_of(model)), bare=True) if part_of(model) else ""


def part_of(model: type[Model]) -> str:
    """Return the field that leads from a row to what it is a part of; "" where there is none.

    All of it is the company's: that tells something only where there is nothing nearer.
    """
    related = [field.name for field in model._meta.fields if isinstance(field, ForeignKey)]
    return min(related, key=lambda name: name == "company", default="")


def _subject(entry: AuditEntry, names: Names, subjects: Names) -> SafeString | str:
    """Return what it was done to, as a link where that has a page of its own."""
    model = model_of(entry)
    title = capfirst(gettext(str(model._meta.verbose_name))) if model else entry.model
    if model is None or entry.object_id is None:
        return title
    called = subjects.get((model, entry.object_id)) or _last_called(entry, names)
    text = f"{title}: {called}" if called else title
    is_there = (model, entry.object_id) in subjects
    if not is_there or not admin.site.is_registered(model):
        return text
    try:
        return link_to(model(pk=entry.object_id), text)
    except NoReverseMatch:
        return text


def _last_called(entry: AuditEntry, names: Names) -> str:
    """Return what a row was called that is gone, as far as that was kept."""
    kept = {name: (field, values) for name, field, values in _fields_of(entry) if values}
    model = model_of(entry)
    field, values = kept.get("name") or kept.get(part_of(model) if model else "", (None, ()))
    known = next((value for value in values if value is not None), None)
    return "" if known is None else _value(field, known, names)


def _fields_of(entry: AuditEntry) -> Iterator[tuple[str, Any, Any]]:
    model = model_of(entry)
    columns = {field.name: field for field in model._meta.get_fields()} if model else {}
    for name, values in entry.changes.items():
        yield name, columns.get(name), values


def _names_in(entries: Iterable[AuditEntry]) -> Names:
    """Look up what people call the rows that were chosen before and after."""
    wanted: dict[type[Model], set[Any]] = defaultdict(set)
    for entry in entries:
        for _name, field, values in _fields_of(entry):
            if isinstance(field, ForeignKey) and values:
                wanted[field.related_model] |= {value for value in values if value is not None}
    return {
        (model, row.pk): _called(row)
        for model, keys in wanted.items()
        for row in _with_what_names_them(model).filter(pk__in=keys)
    }


def _changes(entry: AuditEntry, names: Names) -> SafeString | str:
    if entry.verb in {Verb.EXPORTED, Verb.ERASED}:
        return ", ".join(f"{name}: {value}" for name, value in entry.changes.items()) or NOTHING
    lines = [
        (_title(name, field), _values(field, values, names, is_new=entry.verb == Verb.CREATED))
        for name, field, values in _fields_of(entry)
        if not (entry.verb == Verb.CREATED and _is_blank(values))
    ]
    return format_html_join("", "<div><strong>{}</strong> {}</div>", lines) or NOTHING


def _is_blank(values: Any) -> bool:
    return bool(values) and values[1] in (None, "", False)


def _title(name: str, field: Any) -> str:
    return capfirst(gettext(str(getattr(field, "verbose_name", name)))) + ":"


def _values(field: Any, values: Any, names: Names, *, is_new: bool) -> SafeString | str:
    if values is None:
        return gettext("set") if is_new else gettext("changed")
    before, after = (_value(field, value, names) for value in values)
    return after if is_new else format_html("{} → {}", before, after)


def _value(field: Any, value: Any, names: Names) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(field, ForeignKey):
        return names.get((field.related_model, value), f"#{value}")
    if choices := _choices_of(field):
        return str(choices.get(value, value))
    if isinstance(value, str) and "T" in value and (at := _moment(value)):
        return at
    return str(value)


def _choices_of(field: Any) -> Mapping[Any, Any]:
    """Return what the values of a column are called; empty where they speak for themselves."""
    if field and (field.model, field.name) == (CallbackRequest, "reason"):
        return CALLBACK_REASONS
    return dict(getattr(field, "flatchoices", ()))


def _moment(text: str) -> str:
    try:
        at = parse_datetime(text)
    except ValueError:
        return ""
    return moment(at) if at and at.tzinfo else ""
