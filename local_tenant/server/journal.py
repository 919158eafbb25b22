"""Where a tenant's rows and its Graph objects outlive the process. What is in use is always in memory, so a
tenant behaves the same with and without a state file; the file is only written along and read at the start."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..defender.indicator_fields import Entity


@dataclass
class Saved:
    """What a journal holds of one tenant's rows. Ids are never given twice, so the next one is saved too."""

    entities: list[Entity] = field(default_factory=list)
    next_id: int = 1


class Journal(Protocol):
    """Rows of the indicator API by `load` and `save`; objects of any other kind, each with an `id` of text,
    by the three below, in order of creation."""

    def load(self, tenant_id: str) -> Saved: ...

    def save(self, tenant_id: str, changed: Iterable[Entity], removed: Iterable[str], next_id: int) -> None: ...

    def load_objects(self, tenant_id: str, kind: str) -> list[Entity]: ...

    def save_object(self, tenant_id: str, kind: str, entity: Entity) -> None: ...

    def remove_object(self, tenant_id: str, kind: str, object_id: str) -> None: ...

    def close(self) -> None: ...


class NoJournal:
    """Rows live as long as the process."""

    def load(self, tenant_id: str) -> Saved:
        return Saved()

    def save(self, tenant_id: str, changed: Iterable[Entity], removed: Iterable[str], next_id: int) -> None:
        return

    def load_objects(self, tenant_id: str, kind: str) -> list[Entity]:
        return []

    def save_object(self, tenant_id: str, kind: str, entity: Entity) -> None:
        return

    def remove_object(self, tenant_id: str, kind: str, object_id: str) -> None:
        return

    def close(self) -> None:
        return


class SqliteJournal:
    """Rows in one SQLite file, for all tenants of a server.

    The file is held exclusively from the first use to `close`: a second server on the same file gets
    `RuntimeError` instead of silently diverging rows. Used again after `close`, it opens again.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()
        self._open: sqlite3.Connection | None = None

    def load(self, tenant_id: str) -> Saved:
        with self._lock:
            connection = self._connection()
            rows = connection.execute(
                "SELECT entity FROM indicators WHERE tenant_id = ? ORDER BY id", (tenant_id,)
            ).fetchall()
            counter = connection.execute(
                "SELECT next_id FROM tenants WHERE tenant_id = ?", (tenant_id,)
            ).fetchone()
        return Saved([json.loads(row[0]) for row in rows], counter[0] if counter else 1)

    def save(self, tenant_id: str, changed: Iterable[Entity], removed: Iterable[str], next_id: int) -> None:
        with self._lock, self._connection() as transaction:
            transaction.executemany(
                "INSERT OR REPLACE INTO indicators VALUES (?, ?, ?)",
                [(tenant_id, int(entity["id"]), json.dumps(entity)) for entity in changed],
            )
            transaction.executemany(
                "DELETE FROM indicators WHERE tenant_id = ? AND id = ?",
                [(tenant_id, int(row_id)) for row_id in removed],
            )
            transaction.execute("INSERT OR REPLACE INTO tenants VALUES (?, ?)", (tenant_id, next_id))

    def load_objects(self, tenant_id: str, kind: str) -> list[Entity]:
        with self._lock:
            rows = self._connection().execute(
                "SELECT entity FROM objects WHERE tenant_id = ? AND kind = ? ORDER BY place", (tenant_id, kind)
            )
            return [json.loads(row[0]) for row in rows.fetchall()]

    def save_object(self, tenant_id: str, kind: str, entity: Entity) -> None:
        with self._lock, self._connection() as transaction:
            transaction.execute(
                "INSERT INTO objects (tenant_id, kind, id, entity) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (tenant_id, kind, id) DO UPDATE SET entity = excluded.entity",
                (tenant_id, kind, entity["id"], json.dumps(entity)),
            )

    def remove_object(self, tenant_id: str, kind: str, object_id: str) -> None:
        with self._lock, self._connection() as transaction:
            transaction.execute(
                "DELETE FROM objects WHERE tenant_id = ? AND kind = ? AND id = ?", (tenant_id, kind, object_id)
            )

    def close(self) -> None:
        with self._lock:
            if self._open is not None:
                self._open.close()
                self._open = None

    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=0.2, check_same_thread=False)
            try:
                _prepare(connection)
            except sqlite3.DatabaseError as error:
                connection.close()
                message = f"state file {self._path} cannot be used ({error}); is another local tenant using it?"
                raise RuntimeError(message) from error
            self._open = connection
        return self._open


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = WAL")
    # A lost last second after a power cut is no loss for a stand-in; the speed of each import is.
    connection.execute("PRAGMA synchronous = NORMAL")
    with connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS indicators"
            " (tenant_id TEXT, id INTEGER, entity TEXT NOT NULL, PRIMARY KEY (tenant_id, id))"
        )
        connection.execute(
            "CREATE TABLE IF NOT EXISTS tenants (tenant_id TEXT PRIMARY KEY, next_id INTEGER NOT NULL)"
        )
        connection.execute(
            "CREATE TABLE IF NOT EXISTS objects"
            " (place INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id TEXT, kind TEXT, id TEXT, entity TEXT NOT NULL,"
            " UNIQUE (tenant_id, kind, id))"
        )
