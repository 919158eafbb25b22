"""The threat library of the local ThreatQ: its objects, in the orders in which they are listed."""

from __future__ import annotations

import base64
import threading
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from .errors import ThreatQError
from .objects import STATUSES, TYPES, Shown, threatq_object
from .profile import ThreatQProfile
from .query import query_test

_FIRST_ID = 1_001
# Stands before every mark, so that one which does not travel encoded arrives as another.
_MARK = "AoE/+&="

Listing = tuple[list[tuple[Any, int]], list[Shown | None]]
"""Sort keys and objects side by side; null for an object that is gone and still listed."""


class ThreatQLibrary:
    """Objects by id, thread-safe."""

    def __init__(self, profile: ThreatQProfile) -> None:
        self._profile = profile
        self._lock = threading.RLock()
        self._objects: dict[int, Shown] = {}
        self._forgotten: set[int] = set()
        self._listings: dict[bytes, Listing] = {}
        self._next_id = _FIRST_ID
        self.types = dict(TYPES)
        self.statuses = dict(STATUSES)

    def add(self, records: Iterable[Mapping[str, Any]]) -> list[int]:
        """Put records in, see `threatq_object`; returns their ids. A record's own id is taken if it is a number
        that no object has. An unknown type or status becomes one of this ThreatQ's own."""
        ids = []
        with self._lock:
            now = self._profile.clock()
            for record in records:
                number = record.get("id")
                if isinstance(number, bool) or not isinstance(number, int) or number in self._objects:
                    number = self._next_id
                self._next_id = max(self._next_id, number + 1)
                kind, status = record["type"], record.get("status") or "Active"
                type_id = self.types.setdefault(kind, 100 + len(self.types))
                status_id = self.statuses.setdefault(status, 100 + len(self.statuses))
                self._objects[number] = threatq_object(record, number, now, type_id, status_id)
                ids.append(number)
            self._listings.clear()
        return ids

    def edit(self, number: int, fields: Mapping[str, Any]) -> None:
        """Replace fields of an object's full form, unchecked. Raises `KeyError` when it is not there."""
        with self._lock:
            self._objects[number] = {**self._objects[number], **fields}
            self._listings.clear()

    def remove(self, ids: Iterable[int]) -> None:
        """Raises `KeyError` when one is not there."""
        with self._lock:
            for number in ids:
                del self._objects[number]
            self._listings.clear()

    def forget(self, ids: Iterable[int]) -> None:
        """These are gone, but the search still counts and lists them, as null (observed)."""
        with self._lock:
            self._forgotten.update(ids)
            self._listings.clear()

    def by_offset(
        self, query: Any, sort: tuple[str, ...], offset: int, limit: int
    ) -> tuple[list[Shown | None], int]:
        """Objects of a query from `offset` on, and how many there are in all."""
        _, objects = self._listing(query, sort)
        return objects[offset : offset + limit], len(objects)

    def by_mark(self, query: Any, mark: str, limit: int) -> tuple[list[Shown | None], int, str]:
        """Objects of a query behind `mark` by time of change, their number in all, and the next mark.

        As Solr does: a page at the end gives a mark too, and the page behind that one is empty and gives the
        mark that was sent. Raises `ThreatQError` for a mark that is none.
        """
        keys, objects = self._listing(query, ("updated_at",))
        start = 0 if mark == "*" else bisect_right(keys, _key_of(mark))
        page = objects[start : start + limit]
        return page, len(objects), _mark_of(keys[start + len(page) - 1]) if page else mark

    def _listing(self, query: Any, sort: tuple[str, ...]) -> Listing:
        name = orjson.dumps([query, sort], option=orjson.OPT_SORT_KEYS)
        with self._lock:
            if name not in self._listings:
                test = query_test(query)
                found = [(_sort_key(one, sort), one) for one in self._objects.values() if test(one)]
                found.sort(key=lambda pair: pair[0])
                self._listings[name] = (
                    [key for key, _ in found],
                    [None if one["id"] in self._forgotten else one for _, one in found],
                )
            return self._listings[name]


def _sort_key(one: Shown, sort: tuple[str, ...]) -> tuple[Any, int]:
    """Without a sort, an order of its own that is none of ids."""
    return tuple(one[name] for name in sort) if sort else one["hash"], one["id"]


def _mark_of(key: tuple[Any, int]) -> str:
    return _MARK + base64.b64encode(orjson.dumps(key)).decode()


def _key_of(mark: str) -> tuple[Any, int]:
    try:
        if not mark.startswith(_MARK):
            raise ValueError
        (updated_at,), number = orjson.loads(base64.b64decode(mark.removeprefix(_MARK), validate=True))
        return (updated_at,), int(number)
    except (ValueError, TypeError) as error:
        raise ThreatQError(400, "cursorMark", "is not one of this search.") from error
