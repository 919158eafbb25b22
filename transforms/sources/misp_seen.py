"""Which attributes were read already, in memory that does not grow with them."""

from __future__ import annotations

import sqlite3
from hashlib import blake2b
from typing import Final

_CACHE_KIB: Final = 16_384


class SeenIds:
    """Ids that were met. A set in memory takes some 100 bytes for each, and a MISP may hold tens of millions.

    The ids' digests are in a private SQLite database, which is in memory up to 16 MiB and in a temporary file
    beyond. It costs a few microseconds an id, and one thread at a time may use it.
    """

    def __init__(self) -> None:
        # An empty name is SQLite's for a temporary database; nobody else can open it, and it goes with us.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for statement in (
            f"PRAGMA cache_size = -{_CACHE_KIB}",
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "CREATE TABLE seen (id BLOB PRIMARY KEY) WITHOUT ROWID",
            "BEGIN",
        ):
            self._database.execute(statement)

    def add(self, key: str) -> bool:
        """Whether this id is new.

        Raises:
            sqlite3.Error: there is no room for it.
        """
        digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        return self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (digest,)).rowcount == 1

    def close(self) -> None:
        """Forget them all."""
        self._database.close()
