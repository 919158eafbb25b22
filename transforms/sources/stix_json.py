"""The objects of a JSON document of any size, as texts, without ever holding the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from iocbeam.model.record import KEPT_OF_LONG_RECORD, MAX_RECORD

from .entry import BrokenStream, ByteStream, LongLine
from .lines import BOM, CHUNK

_TO_BRACKET: Final = re.compile(
    rb'[^"{}\[\]]*(?:"[^"\\]*(?:\\.[^"\\]*)*"[^"{}\[\]]*)*(?:([{}\[\]])|("[^"\\]*(?:\\.[^"\\]*)*\\?)?\Z)',
    re.DOTALL,
)
"""Up to the next bracket outside of strings (1), else to the end, within a string (2) or not. It always matches,
so that there is nothing to go back for."""
_TO_QUOTE: Final = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*(?:(")|\\?\Z)', re.DOTALL)
"""The rest of a string, its end (1) included where it is there."""
_OBJECTS: Final = re.compile(rb'(?<!\\)"objects"\s*:\s*\Z')
_MORE: Final = re.compile(rb'(?<!\\)"more"\s*:\s*true\b')
_BETWEEN: Final = b" \t\r\n,"
_NOWHERE: Final = -1


def json_items(stream: ByteStream) -> Iterator[bytes]:
    """The texts of the objects of a bundle, of an array, or of documents one after the other.

    The elements of the array `objects` of a document stand for the document, `{"type": "bundle", "objects": […]}`;
    a document without one stands for itself. Documents may be the elements of an array. What stands between
    objects and is none comes as a text as well.

    Args:
        stream: decompressed bytes; a byte order mark is taken off.

    Yields:
        A text that may be anything, in brackets that pair; a `LongLine` for one longer than `MAX_RECORD`.

    Raises:
        BrokenStream: reading failed, or the document is cut off or closes what it did not open, or the last one
            with `objects` is a page of TAXII that says that there are more. Every text that was whole by then
            has been given.
    """
    splitter = _Splitter()
    first = True
    while chunk := _read(stream):
        yield from splitter.feed(chunk.removeprefix(BOM) if first else chunk)
        first = False
    yield from splitter.finish()


def _read(stream: ByteStream) -> bytes:
    try:
        return stream.read(CHUNK)
    except Exception as error:  # every filesystem and decompressor has exceptions of its own
        raise BrokenStream(str(error) or type(error).__name__) from error


class _Splitter:
    """Follows brackets through chunks. Depth is how many of them are open."""

    def __init__(self) -> None:
        self._depth = 0
        self._base = 0  # depth at which documents stand: 1 within an array of them
        self._home = 0  # depth at which the next object may begin; nowhere in a document beside its `objects`
        self._item = _NOWHERE  # depth at which the object that is being collected began
        self._parts: list[bytes] = []
        self._size = 0
        self._text = b""  # since the last bracket, from earlier chunks
        self._in_string = False
        self._escaped = False
        self._says_more = False  # this document, up to here
        self._has_more = False  # the last document with `objects`

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The texts that end in this chunk."""
        start = last = position = 0
        if self._in_string:
            position = 1 if self._escaped else 0
            rest = _TO_QUOTE.match(data, position)
            if rest is None or rest[1] is None:
                self._end(data, start, last, position, in_string=True)
                return
            position = rest.end()
        while found := _TO_BRACKET.match(data, position):
            bracket = found[1]
            if bracket is None:
                self._end(data, start, last, position, in_string=found[2] is not None)
                return
            position = found.end()
            collecting = self._item >= 0
            if self._depth == self._base + 1 and self._in_document():
                self._says_more = self._says_more or bool(_MORE.search(self._text + data[last : position - 1]))
            if bracket in b"{[":
                if not collecting:
                    yield from self._between(data[last : position - 1])
                    start = position - 1
                self._open(bracket, self._text + data[last : position - 1] if bracket == b"[" else b"")
            else:
                if not collecting:
                    yield from self._between(data[last : position - 1])
                if self._close():
                    self._keep(data[start:position])
                    yield self._taken()
            self._text = b""
            last = position

    def finish(self) -> Iterator[bytes]:
        """What stands after the last document."""
        if self._depth or self._in_string:
            raise BrokenStream("the document is cut off")
        yield from self._between(b"")
        if self._has_more:
            raise BrokenStream("one page of a TAXII collection, which has more")

    def _in_document(self) -> bool:
        """Whether what stands here may belong to a document, and not to one of its `objects`."""
        return self._item == self._base or (self._item < 0 and self._home < 0)

    def _open(self, bracket: bytes, before: bytes) -> None:
        depth = self._depth
        self._depth += 1
        if self._in_document() and depth == self._base + 1 and bracket == b"[" and _OBJECTS.search(before[-256:]):
            self._drop()
            self._home = depth + 1
        elif self._item < 0:
            if depth == 0 and bracket == b"[":
                self._base = self._home = 1
            elif depth == self._home:
                self._item = depth

    def _close(self) -> bool:
        """Whether an object ends."""
        self._depth -= 1
        if self._depth < 0:
            raise BrokenStream("it closes a bracket that was not opened")
        if self._depth == self._base:
            if self._item < 0 and self._home < 0:
                self._has_more = self._says_more
            self._says_more = False
        if self._item >= 0:
            return self._depth == self._item
        if self._depth == 0 and self._base == self._home == 1:
            self._base = self._home = 0
        elif self._depth == self._base:
            self._home = self._base
        elif self._depth == self._home - 1:
            self._home = _NOWHERE
        return False

    def _between(self, text: bytes) -> Iterator[bytes]:
        if self._depth == self._home and (found := (self._text + text).strip(_BETWEEN)):
            yield found[:KEPT_OF_LONG_RECORD]

    def _keep(self, text: bytes) -> None:
        if self._size <= MAX_RECORD:
            self._parts.append(text)
        self._size += len(text)

    def _taken(self) -> bytes:
        text = b"".join(self._parts)
        self._drop()
        return LongLine(text[:KEPT_OF_LONG_RECORD]) if len(text) > MAX_RECORD else text

    def _drop(self) -> None:
        self._item = _NOWHERE
        self._parts.clear()
        self._size = 0

    def _end(self, data: bytes, start: int, last: int, position: int, *, in_string: bool) -> None:
        """What the next chunk goes on from. A backslash at the end of a string escapes what follows."""
        self._in_string = in_string
        text = data[position:]
        self._escaped = in_string and (len(text) - len(text.rstrip(b"\\"))) % 2 == 1
        self._text = (self._text + data[last:])[-KEPT_OF_LONG_RECORD:]
        if self._item >= 0:
            self._keep(data[start:])
