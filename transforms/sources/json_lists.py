"""The lists of a JSON document, entry by entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import orjson

from .entry import BrokenStream, ByteStream
from .json_values import JsonValues

_NAMES_KEPT: Final = 20


class Piece(NamedTuple):
    """One entry of a list.

    Attributes:
        key: name of the member of the document that is the list; empty where the document is the list.
        raw: its bytes, or a `LongLine`.
        line: where it begins.
    """

    key: str
    raw: bytes
    line: int


class Document:
    """The entries of the lists of a document: `[{…}, …]`, `{"urls": [{…}, …], …}`, `{"id": [{…}], …}`.

    A list holds records if its first entry is an object; everything else is passed over.

    Args:
        stream: decompressed bytes.

    Raises:
        BrokenStream: from iteration: reading failed, the document is cut off, or it is none. What was given
            before is good.

    Attributes:
        line: up to which the document is good.
        lists: names of lists of records, at most 20.
        nothing_missed: whether there was a list of records, an empty list, or nothing at all.
        passed_over: names of other members, at most 20.
    """

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.line = 1
        self.lists: list[str] = []
        self.nothing_missed = False
        self.passed_over: list[str] = []

    def __iter__(self) -> Iterator[Piece]:
        values = JsonValues(self._stream)
        first = values.peek()
        if not first:
            self.nothing_missed = True
            return
        if first == b"[":
            yield from self._list(values, "")
        elif first == b"{":
            yield from self._members(values)
        else:
            raise BrokenStream("this is no JSON document")
        if values.peek():
            raise BrokenStream("something follows the end of the document")

    def _members(self, values: JsonValues) -> Iterator[Piece]:
        values.take(b"{")
        if values.take(b"}"):
            self.nothing_missed = True
            return
        while True:
            if values.peek() not in (b'"', b""):
                raise BrokenStream("a member of the document has no name")
            key = _text(values.value())
            if not values.take(b":") and values.peek():
                raise BrokenStream("no colon follows the name of a member")
            if values.peek() == b"[":
                yield from self._list(values, key)
            else:
                values.value()
                _keep(self.passed_over, key)
            if values.take(b","):
                continue
            _close(values, b"}")
            return

    def _list(self, values: JsonValues, key: str) -> Iterator[Piece]:
        values.take(b"[")
        if values.take(b"]"):
            self.nothing_missed = True
            return
        of_records = values.peek() == b"{"
        if of_records:
            self.nothing_missed = True
        _keep(self.lists if of_records else self.passed_over, key)
        while True:
            values.peek()
            line = values.line
            raw = values.value()
            if of_records:
                self.line = line
                yield Piece(key, raw, line)
            if values.take(b","):
                continue
            _close(values, b"]")
            return


def _keep(names: list[str], name: str) -> None:
    if len(names) < _NAMES_KEPT:
        names.append(name)


def _close(values: JsonValues, bracket: bytes) -> None:
    if not values.take(bracket):
        raise BrokenStream("no comma stands between two values" if values.peek() else "the document is cut off")


def _text(name: bytes) -> str:
    """A member's name as far as it can be read; it is only shown."""
    try:
        return str(orjson.loads(name))
    except orjson.JSONDecodeError:
        return name[1:-1].decode("utf-8", "replace")
