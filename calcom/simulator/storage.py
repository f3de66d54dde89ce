"""Where the service keeps its records: one SQLite connection, used under the world's lock."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from calcom.simulator import shelf
from calcom.simulator.moments import spell
from calcom.simulator.records import Booking, EventType, User
from calcom.simulator.shelf import Shelf, next_number
from calcom.simulator.shelved import Membership, Reservation, Schedule, Team
from calcom.simulator.webhooks.record import Webhook

# A file of another layout is emptied: nobody keeps bookings in a simulator.
LAYOUT = 2
# The one guard the real service has is the idempotency key: host, start and end of a booking
# that was made accepted and still is.
SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, username TEXT NOT NULL, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS api_keys (key TEXT PRIMARY KEY, user_id INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS event_types (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, owner_id INTEGER, parent_id INTEGER,
    slug TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS children_of_a_managed_type ON event_types (parent_id);
CREATE TABLE IF NOT EXISTS bookings (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, account TEXT NOT NULL,
    event_type_id INTEGER NOT NULL, host_id INTEGER NOT NULL, status TEXT NOT NULL,
    starts_at TEXT NOT NULL, ends_at TEXT NOT NULL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
    attendee_email TEXT NOT NULL, attendee_name TEXT NOT NULL,
    idempotency_key TEXT UNIQUE, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS bookings_of_a_host ON bookings (host_id, starts_at);
CREATE INDEX IF NOT EXISTS bookings_of_an_account ON bookings (account, starts_at);
CREATE INDEX IF NOT EXISTS bookings_of_an_attendee ON bookings (attendee_email);
"""
TABLES = ("users", "api_keys", "event_types", "bookings", *shelf.TABLES)


class Storage:
    """Users, keys, event types and bookings, by id and by what the service looks them up by.

    Args:
        path: a file, which then survives a restart, or ":memory:".
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # Nobody needs a simulator's bookings after a power cut; everybody waits for its disk.
        self._database.execute("PRAGMA synchronous = OFF")
        if self._number("PRAGMA user_version") != LAYOUT:
            for table in TABLES:
                self._database.execute(f"DROP TABLE IF EXISTS {table}")
        self._database.executescript(SCHEMA + shelf.SCHEMA + f"PRAGMA user_version = {LAYOUT};")
        self.webhooks = Shelf(self._database, Webhook)
        self.teams = Shelf(self._database, Team)
        self.memberships = Shelf(self._database, Membership)
        self.schedules = Shelf(self._database, Schedule)
        self.reservations = Shelf(self._database, Reservation)

    def close(self) -> None:
        self._database.close()

    def empty(self) -> None:
        for table in TABLES:
            self._database.execute(f"DELETE FROM {table}")  # noqa: S608 -- our own names

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, for changes that take more than one write."""
        self._database.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def get_user(self, user_id: int) -> User | None:
        found = self._documents("SELECT document FROM users WHERE id = ?", user_id)
        return User.of(found[0]) if found else None

    def get_user_by_username(self, username: str) -> User | None:
        found = self._documents("SELECT document FROM users WHERE username = ?", username)
        return User.of(found[0]) if found else None

    def save_user(self, user: User) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO users VALUES (?, ?, ?, ?)",
            (user.id, user.account, user.username, json.dumps(user.document())),
        )

    def get_key_owner(self, key: str) -> User | None:
        found = self._documents(
            "SELECT document FROM users JOIN api_keys ON user_id = users.id WHERE key = ?", key
        )
        return User.of(found[0]) if found else None

    def save_key(self, key: str, user_id: int) -> None:
        self._database.execute("INSERT OR REPLACE INTO api_keys VALUES (?, ?)", (key, user_id))

    def next_event_type_id(self) -> int:
        """Return an id that no event type has, nor had before it was deleted."""
        used = self._number("SELECT COALESCE(MAX(id), 0) FROM event_types")
        return next_number(self._database, "EventType", above=used)

    def get_event_type(self, event_type_id: int) -> EventType | None:
        found = self._documents("SELECT document FROM event_types WHERE id = ?", event_type_id)
        return EventType.of(found[0]) if found else None

    def get_event_types(self, account: str) -> list[EventType]:
        found = self._documents(
            "SELECT document FROM event_types WHERE account = ? ORDER BY id", account
        )
        return [EventType.of(document) for document in found]

    def get_event_types_of_owner(self, owner_id: int, slug: str | None = None) -> list[EventType]:
        found = self._documents(
            "SELECT document FROM event_types WHERE owner_id = ? AND slug = COALESCE(?, slug)"
            " ORDER BY id",
            owner_id,
            slug,
        )
        return [EventType.of(document) for document in found]

    def get_children(self, parent_id: int) -> list[EventType]:
        """Return the personal types that a managed one has, one per host."""
        found = self._documents(
            "SELECT document FROM event_types WHERE parent_id = ? ORDER BY id", parent_id
        )
        return [EventType.of(document) for document in found]

    def save_event_type(self, event_type: EventType) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO event_types VALUES (?, ?, ?, ?, ?, ?)",
            (
                event_type.id,
                event_type.account,
                event_type.owner_id,
                event_type.parent_id,
                event_type.slug,
                json.dumps(event_type.document()),
            ),
        )

    def delete_event_type(self, event_type_id: int) -> None:
        self._database.execute("DELETE FROM event_types WHERE id = ?", (event_type_id,))

    def next_booking_id(self) -> int:
        return self._number("SELECT COALESCE(MAX(id), 0) + 1 FROM bookings")

    def get_booking(self, uid: str) -> Booking | None:
        found = self.get_bookings("uid = ?", uid)
        return found[0] if found else None

    def get_bookings(
        self, where: str = "TRUE", *values: object, order: str = "id", limit: str = "-1"
    ) -> list[Booking]:
        """Return the bookings a condition on the table's columns holds for.

        Args:
            where: SQL over column names, with a `?` for each value; never text from outside.
            values: what the question marks stand for.
            order: columns and directions, ours as well.
            limit: "take" or "take OFFSET skip".
        """
        sql = f"SELECT document FROM bookings WHERE {where} ORDER BY {order} LIMIT {limit}"  # noqa: S608 -- see above
        return [Booking.of(document) for document in self._documents(sql, *values)]

    def count_bookings(self, where: str, values: Sequence[object]) -> int:
        return self._number(f"SELECT COUNT(*) FROM bookings WHERE {where}", *values)  # noqa: S608 -- as get_bookings

    def save_booking(self, booking: Booking) -> None:
        """Insert or update a booking.

        Raises:
            sqlite3.IntegrityError: another booking has its idempotency key.
        """
        self._database.execute(
            "INSERT INTO bookings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET status = excluded.status,"
            " host_id = excluded.host_id, starts_at = excluded.starts_at,"
            " ends_at = excluded.ends_at, updated_at = excluded.updated_at,"
            " idempotency_key = excluded.idempotency_key, document = excluded.document",
            (
                booking.id,
                booking.uid,
                booking.account,
                booking.event_type_id,
                booking.host_id,
                booking.status,
                spell(booking.start),
                spell(booking.end),
                spell(booking.created_at),
                spell(booking.updated_at),
                booking.attendee["email"],
                booking.attendee["name"],
                booking.idempotency_key,
                json.dumps(booking.document()),
            ),
        )

    def _documents(self, sql: str, *values: object) -> list[dict[str, Any]]:
        return [json.loads(row[0]) for row in self._database.execute(sql, values)]

    def _number(self, sql: str, *values: object) -> int:
        return int(self._database.execute(sql, values).fetchone()[0])
