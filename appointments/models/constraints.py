"""Laws that each database expresses in its own way.

PostgreSQL has them as constraints. SQLite cannot say them in a table; there each law names
the triggers that stand for it, and `appointments.backstops` puts them up.
"""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    BigIntegerRangeField,
    DateTimeRangeField,
    RangeBoundary,
    RangeOperators,
)
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

EVENTS = ("INSERT", "UPDATE")


class HandsOnOnce(ExclusionConstraint):
    """No two hands-on phases of one staff member that take time ever overlap.

    On PostgreSQL a range of one number stands for "the same person", so that no extension
    is needed.
    """

    def __init__(self, *, name: str) -> None:
        same_person = Func(
            F("staff"),
            F("staff"),
            Value("[]"),
            function="int8range",
            output_field=BigIntegerRangeField(),
        )
        same_time = Func(
            F("starts_at"),
            F("ends_at"),
            RangeBoundary(),
            function="tstzrange",
            output_field=DateTimeRangeField(),
        )
        super().__init__(
            name=name,
            expressions=[
                (same_person, RangeOperators.OVERLAPS),
                (same_time, RangeOperators.OVERLAPS),
            ],
            condition=Q(staff_required=True, released_at=None),
        )

    def deconstruct(self) -> Any:
        path, args, _ = super().deconstruct()
        return path, args, {"name": self.name}

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        return super().constraint_sql(model, schema_editor) if _is_pg(schema_editor) else None

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        return super().create_sql(model, schema_editor) if _is_pg(schema_editor) else None

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        return super().remove_sql(model, schema_editor) if _is_pg(schema_editor) else None

    def check(self, model: Any, connection: Any) -> Any:
        return super().check(model, connection) if connection.vendor == "postgresql" else []

    def validate(self, *_: Any, **__: Any) -> None:
        """Leave it to the actions, which say what is taken; a form would only say "error"."""

    def triggers(self, model: type[models.Model]) -> dict[str, str]:
        """Return SQLite's triggers, by name."""
        table = model._meta.db_table
        return {
            f"{self.name}_{event.lower()}": f"""
                BEFORE {event} ON {table}
                WHEN NEW.staff_required AND NEW.released_at IS NULL
                BEGIN
                    SELECT RAISE(ABORT, '{self.name}') WHERE EXISTS (
                        SELECT 1 FROM {table} AS other
                        WHERE other.staff_id = NEW.staff_id AND other.id IS NOT NEW.id
                          AND other.staff_required AND other.released_at IS NULL
                          AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at
                    );
                END"""
            for event in EVENTS
        }


class SameCompany(models.constraints.BaseConstraint):
    """A row points only at rows of its own company, through the foreign key `field`.

    On PostgreSQL a second foreign key, over the company and the target together.
    """

    def __init__(self, field: str, *, name: str) -> None:
        self.field = field
        super().__init__(name=name)

    def deconstruct(self) -> Any:
        path, _, kwargs = super().deconstruct()
        return path, (self.field,), kwargs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameCompany) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.field, self.name))

    def _column_and_target(self, model: type[models.Model]) -> tuple[str, str]:
        foreign_key = model._meta.get_field(self.field)
        target = foreign_key.related_model
        return str(foreign_key.column), str(target._meta.db_table)  # type: ignore[union-attr]  # a foreign key has both

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        if model is None or not _is_pg(schema_editor):
            return None
        column, target = self._column_and_target(model)
        return (
            f"CONSTRAINT {self.name} FOREIGN KEY (company_id, {column}) "
            f"REFERENCES {target} (company_id, id) DEFERRABLE INITIALLY IMMEDIATE"
        )

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        clause = self.constraint_sql(model, schema_editor)
        return f"ALTER TABLE {model._meta.db_table} ADD {clause}" if model and clause else None

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        if model is None or not _is_pg(schema_editor):
            return None
        return f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT {self.name}"

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Any = None,
        using: str = "default",
    ) -> None:
        """Refuse a target of another company, in words a form can show beside the field."""
        target = getattr(instance, self.field, None)
        if target is None or target.company_id == getattr(instance, "company_id", None):
            return
        raise ValidationError(
            {self.field: _("This belongs to another company; choose one of the same company.")}
        )

    def triggers(self, model: type[models.Model]) -> dict[str, str]:
        """Return SQLite's triggers, by name."""
        column, target = self._column_and_target(model)
        return {
            f"{self.name}_{event.lower()}": f"""
                BEFORE {event} ON {model._meta.db_table}
                WHEN NEW.{column} IS NOT NULL
                BEGIN
                    SELECT RAISE(ABORT, '{self.name}') WHERE NOT EXISTS (
                        SELECT 1 FROM {target}
                        WHERE id = NEW.{column} AND company_id = NEW.company_id
                    );
                END"""
            for event in EVENTS
        }


def _is_pg(schema_editor: BaseDatabaseSchemaEditor | None) -> bool:
    return schema_editor is not None and schema_editor.connection.vendor == "postgresql"
