"""Triggers that stand in SQLite for the laws PostgreSQL has as constraints.

SQLite drops a table's triggers whenever a migration rebuilds the table, and refuses to rename
a table that somebody else's trigger mentions. So they are taken down before every `migrate`
and put up after it.
"""

from django.apps import apps
from django.db import connections

from appointments.models.constraints import HandsOnOnce, SameCompany

PREFIX = "backstop_"


def take_down(*, using: str, **_: object) -> None:
    """Remove our triggers, so that migrations may rebuild their tables."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            if name.startswith(PREFIX):
                cursor.execute(f"DROP TRIGGER {name}")


def put_up(*, using: str, **_: object) -> None:
    """Create our triggers anew, on the tables that exist by now."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    take_down(using=using)
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.db_table not in tables:
                continue
            for law in model._meta.constraints:
                if isinstance(law, HandsOnOnce | SameCompany):
                    for name, body in law.triggers(model).items():
                        cursor.execute(f"CREATE TRIGGER {PREFIX}{name} {body}")
