"""Records that are looked up by their number or by their account, and by nothing else."""

import json
import sqlite3
from dataclasses import asdict
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

SCHEMA = """
CREATE TABLE IF NOT EXISTS shelves (
    kind TEXT NOT NULL, id INTEGER NOT NULL, account TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS numbers (kind TEXT PRIMARY KEY, last INTEGER NOT NULL);
"""
TABLES = ("shelves", "numbers")


class Shelved(Protocol):
    """A dataclass with a number and an account."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def id(self) -> int: ...
    @property
    def account(self) -> str: ...
    @classmethod
    def of(cls, document: dict[str, Any]) -> Self: ...


Record = TypeVar("Record", bound=Shelved)


class Shelf(Generic[Record]):
    """All records of one kind, used under the world's lock like the rest of the storage."""

    def __init__(self, database: sqlite3.Connection, record: type[Record]) -> None:
        self._database = database
        self._record = record
        self._kind = record.__name__

    def get(self, record_id: int) -> Record | None:
        found = self._find("id = ?", record_id)
        return found[0] if found else None

    def of_account(self, account: str) -> list[Record]:
        return self._find("account = ?", account)

    def all(self) -> list[Record]:
        return self._find("TRUE")

    def save(self, record: Record) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO shelves VALUES (?, ?, ?, ?)",
            (self._kind, record.id, record.account, json.dumps(asdict(record))),
        )

    def delete(self, record_id: int) -> None:
        self._database.execute(
            "DELETE FROM shelves WHERE kind = ? AND id = ?", (self._kind, record_id)
        )

    def next_id(self) -> int:
        used = max((record.id for record in self.all()), default=0)
        return next_number(self._database, self._kind, above=used)

    def _find(self, where: str, *values: object) -> list[Record]:
        found = self._database.execute(
            f"SELECT document FROM shelves WHERE kind = ? AND {where} ORDER BY id",  # noqa: S608 -- our own words
            (self._kind, *values),
        )
        return [self._record.of(json.loads(row[0])) for row in found]


def next_number(database: sqlite3.Connection, kind: str, *, above: int) -> int:
    """Return a number that nothing of this kind has, nor had before it was deleted."""
    found = database.execute("SELECT last FROM numbers WHERE kind = ?", (kind,)).fetchone()
    number = max(found[0] if found else 0, above) + 1
    database.execute("INSERT OR REPLACE INTO numbers VALUES (?, ?)", (kind, number))
    return number
