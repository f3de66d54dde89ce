"""Noting every change of a row, however it is written: `save`, `update`, in bulk, or `delete`.

Two halves. Signals hear of rows that are saved and deleted one by one; the queryset sees to
what Django sends no signal for. `audited` declares a model to both.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save

from appointments.actors import current_actor
from appointments.models.audit import AuditEntry, Verb

M = TypeVar("M", bound=models.Model)
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What is noted of a model.

    Attributes:
        company: the attribute that leads to the company's id; "" for none.
        customer: the attribute that holds the customer's id; "" for none.
        names: the columns that count.
        unkept: those of which only the change is noted, not the values.
        skipped: rows that are none of anybody's business yet.
        creations: whether new rows are noted.
    """

    company: str
    customer: str
    names: tuple[str, ...]
    unkept: frozenset[str]
    skipped: Callable[[Any], bool]
    creations: bool

    def values_of(self, row: models.Model) -> dict[str, Any]:
        fields = (row._meta.get_field(name) for name in self.names)
        return {
            field.name: _plain(field.to_python(row.serializable_value(field.name)))  # type: ignore[union-attr]  # columns
            for field in fields
        }

    def entry(self, row: models.Model, verb: Verb, changes: Mapping[str, Any]) -> AuditEntry:
        return new_entry(
            verb=verb,
            model=type(row),
            object_id=row.pk,
            company_id=_follow(row, self.company),
            customer_id=_follow(row, self.customer),
            changes=changes,
        )

    def difference(self, before: Values, after: Values) -> dict[str, list[Any] | None]:
        return {
            name: None if name in self.unkept else [before.get(name), after.get(name)]
            for name in self.names
            if before.get(name) != after.get(name)
            # Of what is not kept nothing else would tell that it was, and is, empty.
            and (name not in self.unkept or before.get(name) or after.get(name))
        }


AUDITS: dict[type[models.Model], Audit] = {}


def new_entry(
    *,
    verb: Verb,
    model: type[models.Model],
    company_id: int | None,
    object_id: int | None = None,
    customer_id: int | None = None,
    changes: Mapping[str, Any],
) -> AuditEntry:
    """Return an entry, unsaved, in the name of whoever acts."""
    who = current_actor()
    return AuditEntry(
        company_id=company_id,
        actor=who.kind,
        user_id=who.user_id,
        call_id=who.call_id,
        task=who.task,
        verb=verb,
        model=(model._meta.concrete_model or model)._meta.label_lower,
        object_id=object_id,
        customer_id=customer_id,
        changes=dict(changes),
    )


def _audit_of(model: type[models.Model]) -> Audit:
    """Return what is noted of a model; of a proxy, what is noted of its rows."""
    return AUDITS[model._meta.concrete_model or model]


def audited(
    *,
    company: str = "company_id",
    customer: str = "",
    unkept: Collection[str] = (),
    ignored: Collection[str] = (),
    only: Collection[str] = (),
    skipped: Callable[[Any], bool] = lambda _row: False,
    creations: bool = True,
    deletions: bool = True,
) -> Callable[[type[M]], type[M]]:
    """Have every change of a model's rows noted.

    Args:
        company: the attribute that leads to the company's id; "" for none.
        customer: the attribute that holds the customer's id; "" for none.
        unkept: columns of which only the change is noted, not the values.
        ignored: columns that do not count.
        only: the columns that count; empty for all but those ignored.
        skipped: tells rows that are none of anybody's business yet.
        creations: whether new rows are noted.
        deletions: off where rows are deleted that were never anybody's business: to listen
            costs a query for each lot.
    """

    def declare(model: type[M]) -> type[M]:
        columns = [field.name for field in model._meta.concrete_fields if not field.primary_key]
        AUDITS[model] = Audit(
            company=company,
            customer=customer,
            names=tuple(
                name for name in columns if name in (only or columns) and name not in ignored
            ),
            unkept=frozenset(unkept),
            skipped=skipped,
            creations=creations,
        )
        heard_as(model)
        if deletions:
            post_delete.connect(_note_deleted, sender=model)
        return model

    return declare


def heard_as(model: type[models.Model]) -> None:
    """Listen to a model's saves. Django sends those of a proxy in the proxy's own name."""
    pre_save.connect(_remember, sender=model)
    post_save.connect(_note_saved, sender=model)


def audited_choices(model: type[models.Model], field: str) -> None:
    """Have it noted when rows are given or lose some of a many-to-many relation."""

    def note(instance: Any, action: str, **kwargs: Any) -> None:
        if not action.startswith("post_"):
            return
        others = model._default_manager.filter(pk__in=kwargs["pk_set"] or ())
        rows = others if kwargs["reverse"] else [instance]
        audit, changed = AUDITS[model], {field: [None, action.removeprefix("post_")]}
        AuditEntry.objects.bulk_create(audit.entry(row, Verb.CHANGED, changed) for row in rows)

    through = model._meta.get_field(field).remote_field.through  # type: ignore[union-attr]  # a relation
    m2m_changed.connect(note, sender=through, weak=False)


class AuditedQuerySet(models.QuerySet[M]):
    """Rows whose changes are noted, also where Django sends no signal."""

    def update(self, **values: Any) -> int:
        audit = _audit_of(self.model)
        noted = _noted(audit, self.model, values)
        if not noted:
            return super().update(**values)
        with transaction.atomic(using=self.db, savepoint=False):
            # Locked, so that what is noted is what is changed; and no row that comes later.
            rows = list(self._alone().select_for_update(of=("self",), no_key=True))
            before = {row.pk: audit.values_of(row) for row in rows}
            those: models.QuerySet[M] = models.QuerySet(self.model, using=self.db).filter(
                pk__in=before
            )
            changed = those.update(**values) if rows else 0
            if any(hasattr(value, "resolve_expression") for value in noted.values()):
                rows = list(those)  # what it comes to, only the database knows
            else:
                _set(rows, noted)
            _note_changes(audit, rows, before)
        return changed

    update.alters_data = True  # type: ignore[attr-defined]  # Django's word to templates

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        with transaction.atomic(using=self.db, savepoint=False):
            rows = super().bulk_create(objs, *args, **kwargs)
            audit = _audit_of(self.model)
            if audit.creations:
                AuditEntry.objects.bulk_create(
                    audit.entry(row, Verb.CREATED, audit.difference({}, audit.values_of(row)))
                    for row in rows
                    if not audit.skipped(row)
                )
        return rows

    def _alone(self) -> "AuditedQuerySet[M]":
        """Return the same rows, without what else a reader would want with them."""
        return self.order_by().select_related(None).prefetch_related(None)


def _noted(audit: Audit, model: type[models.Model], values: Values) -> Values:
    """Return what of an update counts."""
    columns = {name: model._meta.get_field(name).name for name in values}
    return {name: value for name, value in values.items() if columns[name] in audit.names}


def _set(rows: Iterable[models.Model], values: Values) -> None:
    for row in rows:
        for name, value in values.items():
            setattr(row, name, value)


def _note_changes(audit: Audit, rows: Iterable[models.Model], before: Mapping[Any, Values]) -> None:
    entries = []
    for row in rows:
        difference = audit.difference(before[row.pk], audit.values_of(row))
        if difference and not audit.skipped(row):
            entries.append(audit.entry(row, Verb.CHANGED, difference))
    if entries:
        AuditEntry.objects.bulk_create(entries)


def _remember(sender: type[models.Model], instance: Any, **kwargs: Any) -> None:
    """Look at what is stored, before it is not any more."""
    audit = _audit_of(sender)
    columns = kwargs.get("update_fields")
    instance.audited_before = None
    if kwargs["raw"] or instance._state.adding:  # noqa: SLF001 -- no public way
        return
    if columns is not None and not {*columns} & {*audit.names}:
        return
    stored = sender._default_manager.filter(pk=instance.pk).first()
    instance.audited_before = audit.values_of(stored) if stored else None


def _note_saved(sender: type[models.Model], instance: Any, **kwargs: Any) -> None:
    audit = _audit_of(sender)
    if kwargs["raw"] or audit.skipped(instance):
        return
    before, columns = instance.audited_before, kwargs.get("update_fields")
    if kwargs["created"] and audit.creations:
        changes = audit.difference({}, audit.values_of(instance))
        audit.entry(instance, Verb.CREATED, changes).save()
    elif before is not None:
        after = audit.values_of(instance)
        written = {name: after[name] for name in after if columns is None or name in columns}
        if changes := audit.difference(before, before | written):
            audit.entry(instance, Verb.CHANGED, changes).save()


def _note_deleted(sender: type[models.Model], instance: Any, **_: Any) -> None:
    audit = AUDITS[sender]
    audit.entry(instance, Verb.DELETED, audit.difference(audit.values_of(instance), {})).save()


def _follow(row: Any, path: str) -> Any:
    if not path:
        return None
    for name in path.split("."):
        row = getattr(row, name, None)
    return row


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, and as it compares: moments in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
