"""Emptying the database after tests that commit: back to what migrations left in it."""

from functools import cache
from typing import Any

from django.db import connection, transaction

Rows = list[tuple[Any, ...]]


@cache
def _tables() -> list[str]:
    """Return all tables, those of apps that are not installed any more included."""
    return sorted({*connection.introspection.table_names()} - {"django_migrations"})


@cache
def what_migrations_left() -> dict[str, Rows]:
    """Return the rows of each table that has some. To be asked before any test."""
    with connection.cursor() as cursor:
        return {table: _rows(table, cursor) for table in _filled(_tables(), cursor)}


def flush() -> None:
    """Bring every table back to what migrations left in it.

    Django empties all tables, and makes content types, permissions, roles and flags anew for
    the next test: a hundred times longer than most tests take.
    """
    left = what_migrations_left()
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        changed = [table for table, rows in left.items() if _rows(table, cursor) != rows]
        added = _filled([table for table in _tables() if table not in left], cursor)
        for table in [*added, *changed]:
            cursor.execute(f"DELETE FROM {table}")
        for table in changed:
            marks = ", ".join(["%s"] * len(left[table][0]))
            cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", left[table])


def _filled(tables: list[str], cursor: Any) -> list[str]:
    cursor.execute(
        " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables
        )
    )
    return [table for (table,) in cursor.fetchall()]


def _rows(table: str, cursor: Any) -> Rows:
    cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
    return list(cursor.fetchall())
