"""Where STIX objects wait until all of them are there: they refer to each other in any order, and come again in
newer versions. On disk, so that memory does not grow with the collection."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timezone
from types import TracebackType
from typing import Any, Final

from typing_extensions import Self

_SCHEMA: Final = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -16000;
    CREATE TABLE indicator (id TEXT PRIMARY KEY, version TEXT, body BLOB);
    CREATE TABLE name (id TEXT PRIMARY KEY, version TEXT, body TEXT);
    CREATE TABLE relation (id TEXT PRIMARY KEY, version TEXT, body TEXT, target TEXT);
    BEGIN;
"""
_NEWER: Final = "ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body"
_IF: Final = "WHERE (excluded.version, excluded.body) > (version, body)"

_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?\s*(?:([Zz])|([+-]\d\d):?(\d\d))?", re.ASCII
)


class Store:
    """The newest version of each object that counts, in a temporary database that goes with it.

    Raises:
        sqlite3.Error: from every method, for example for want of disk space.
    """

    def __init__(self) -> None:
        # An empty name is a file that nobody else sees, in memory as long as it is small. Beam may close it in
        # another thread than the one that opened it.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def add_indicator(self, found: dict[str, Any], body: bytes) -> None:
        """Keep an indicator, which has an `id`, with its JSON text."""
        self._database.execute(
            f"INSERT INTO indicator VALUES (?, ?, ?) {_NEWER} {_IF}",  # noqa: S608 - constants
            (found["id"], version_of(found), body),
        )

    def add_name(self, found: dict[str, Any], name: str) -> None:
        """Keep what an object, which has an `id`, is called."""
        self._database.execute(
            f"INSERT INTO name VALUES (?, ?, ?) {_NEWER} {_IF}",  # noqa: S608 - constants
            (found["id"], version_of(found), "" if is_revoked(found) else name),
        )

    def add_relation(self, found: dict[str, Any], source: str, target: str) -> None:
        """Keep that one object, by its id, indicates another."""
        self._database.execute(
            "INSERT INTO relation VALUES (?, ?, ?, ?)"  # noqa: S608 - constants
            f" {_NEWER}, target = excluded.target WHERE (excluded.version, excluded.body, excluded.target)"
            " > (version, body, target)",
            (found["id"], version_of(found), source, "" if is_revoked(found) else target),
        )

    def indicators(self) -> Iterator[bytes]:
        """The JSON texts, in the order in which their ids were first seen. Nothing can be added afterwards."""
        self._database.execute("CREATE INDEX by_source ON relation (body)")
        for (body,) in self._database.execute("SELECT body FROM indicator ORDER BY rowid"):
            yield body

    def indicated_by(self, source: str, most: int) -> list[tuple[str, str]]:
        """Ids and names of what an indicator indicates, by name, as far as they are known."""
        return self._database.execute(
            "SELECT DISTINCT name.id, name.body FROM relation JOIN name ON name.id = relation.target"
            " WHERE relation.body = ? AND name.body <> '' ORDER BY name.body, name.id LIMIT ?",
            (source, most),
        ).fetchall()

    def name_of(self, object_id: str) -> str | None:
        """What an object is called; None if it is not known, empty if it is not called anything or revoked."""
        found = self._database.execute("SELECT body FROM name WHERE id = ?", (object_id,)).fetchone()
        return found[0] if found else None


def version_of(found: dict[str, Any]) -> str:
    """A text by which the versions of an object are in order: of two, the later `modified` is the greater.

    Of two of the same time the one that is revoked: taking it for valid does more harm.
    """
    return (_stamp(found.get("modified")) or _stamp(found.get("created"))) + "01"[is_revoked(found)]


def is_revoked(found: dict[str, Any]) -> bool:
    """Whether an object says so, be it as a text."""
    return str(found.get("revoked")).lower() == "true"


def _stamp(text: object) -> str:
    """A time in UTC with nanoseconds. Empty for what is none, which is before all others."""
    found = _TIME.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        return ""
    day, clock, fraction, _, hours, minutes = found.groups()
    leap = clock.endswith(":60")  # a leap second, which Python does not know
    try:
        moment = datetime.fromisoformat(
            f"{day}T{clock[:-2] + '59' if leap else clock}{hours or '+00'}:{minutes or '00'}"
        )
        moment = moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return ""
    if hours:
        day, _, clock = moment.strftime("%Y-%m-%d %H:%M:%S").partition(" ")
    return f"{day}T{clock}.{fraction or '':0<9}"
