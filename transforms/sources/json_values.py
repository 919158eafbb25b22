"""The values of one large JSON text, taken one at a time in bounded memory."""

from __future__ import annotations

import re
from typing import Final

from iocbeam.model.record import KEPT_OF_LONG_RECORD, MAX_RECORD

from .entry import BrokenStream, ByteStream, LongLine
from .lines import BOM, CHUNK

_STRING: Final = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_TO_BRACKET: Final = re.compile(rb'[^"{}\[\]]*(?:%b[^"{}\[\]]*)*[{}\[\]]' % _STRING, re.DOTALL)
"""Up to the next bracket that is not within a string."""
_WHOLE_STRING: Final = re.compile(_STRING, re.DOTALL)
_WHOLE_STRINGS: Final = re.compile(rb'(?:[^"]*%b)*[^"]*' % _STRING, re.DOTALL)
_OPENING: Final = b"{["
_SPACE: Final = re.compile(rb"[ \t\r\n]*")
_SCALAR: Final = re.compile(rb"[^\s,:{}\[\]\"]*")


class JsonValues:
    """A place in a JSON text, which moves forward from value to value.

    It tells where a value ends and not whether it is good JSON: a parser does that for those that are used.

    Args:
        stream: decompressed bytes.
    """

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._error: Exception | None = None
        self._buffer = b""
        self._at = 0
        self._line = 1
        self._counted = 0
        """Where in the buffer the counting of line feeds goes on."""
        self._fill()
        if self._buffer.startswith(BOM):
            self._at = len(BOM)

    @property
    def line(self) -> int:
        """The line of this place, the first being 1."""
        self._line += self._buffer.count(b"\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def peek(self) -> bytes:
        """The next byte that is no white space, empty at the end of the text.

        Raises:
            BrokenStream: reading failed.
        """
        while True:
            match = _SPACE.match(self._buffer, self._at)
            assert match is not None  # noqa: S101 - it matches nothing, too
            self._at = match.end()
            if self._at < len(self._buffer):
                return self._buffer[self._at : self._at + 1]
            if not self._fill():
                return b""

    def take(self, byte: bytes) -> bool:
        """Whether this byte comes next; if so it is left behind.

        Raises:
            BrokenStream: reading failed.
        """
        if self.peek() != byte:
            return False
        self._at += 1
        return True

    def value(self) -> bytes:
        """The bytes of the value that begins here, a `LongLine` if they are more than `MAX_RECORD`.

        Raises:
            BrokenStream: reading failed, or the text ends within the value, or there is none.
        """
        first = self.peek()
        if first == b"{" or first == b"[":
            return self._bracketed()
        return self._string() if first == b'"' else self._scalar()

    def _bracketed(self) -> bytes:
        depth = 0
        head: LongLine | None = None
        search = self._at
        match = _TO_BRACKET.match
        while True:
            buffer = self._buffer
            while found := match(buffer, search):
                search = found.end()
                if buffer[search - 1] in _OPENING:
                    depth += 1
                else:
                    depth -= 1
                    if depth == 0:
                        return self._taken(search, head)
            if len(buffer) - self._at > MAX_RECORD:
                head = head or LongLine(buffer[self._at : self._at + KEPT_OF_LONG_RECORD])
                self._forget(search)
                search = 0
            else:
                search -= self._at
            if not self._fill():
                raise BrokenStream("the document is cut off")

    def _string(self) -> bytes:
        head: LongLine | None = None
        while True:
            found = _WHOLE_STRING.match(self._buffer, self._at)
            if found is not None:
                return self._taken(found.end(), head)
            if len(self._buffer) - self._at > MAX_RECORD:
                head = head or LongLine(self._buffer[self._at : self._at + KEPT_OF_LONG_RECORD])
                self._forget(self._at)
            if not self._fill():
                raise BrokenStream("the document is cut off")

    def _taken(self, end: int, head: LongLine | None) -> bytes:
        raw = self._buffer[self._at : end]
        self._at = end
        if head is not None:
            return head
        return LongLine(raw[:KEPT_OF_LONG_RECORD]) if len(raw) > MAX_RECORD else raw

    def _scalar(self) -> bytes:
        while True:
            match = _SCALAR.match(self._buffer, self._at)
            assert match is not None  # noqa: S101 - it matches nothing, too
            if len(match[0]) > MAX_RECORD:
                raise BrokenStream("no JSON value is that long")
            if match.end() < len(self._buffer) or not self._fill():
                break
        if not match[0]:
            raise BrokenStream("something that is not JSON" if self.peek() else "the document is cut off")
        self._at += len(match[0])
        return match[0]

    def _forget(self, search: int) -> None:
        """Leave behind what is certain: no bracket follows `search`, but a string may be open at the end."""
        strings = _WHOLE_STRINGS.match(self._buffer, search)
        assert strings is not None  # noqa: S101 - it matches nothing, too
        rest = self._buffer[strings.end() :]
        self._at = len(self._buffer)
        self._line = self.line
        if rest:
            # Of a string it matters only that it goes on, and whether what comes next is escaped.
            rest = b'"\\' if (len(rest) - len(rest.rstrip(b"\\"))) % 2 else b'"'
        self._buffer, self._at, self._counted = rest, 0, 0

    def _fill(self) -> bool:
        """Read a chunk on; False at the end of the text.

        Streams give less than they are asked for, and a value that goes on is searched through again each time.
        """
        parts = [self._buffer[self._at :]]
        missing = CHUNK
        while missing > 0 and self._error is None:
            try:
                part = self._stream.read(missing)
            except Exception as error:  # noqa: BLE001 - it is raised once what came before has been used
                self._error = error
                break
            if not part:
                break
            parts.append(part)
            missing -= len(part)
        if len(parts) == 1 and self._error is not None:
            raise BrokenStream(str(self._error) or type(self._error).__name__) from self._error
        self._line = self.line
        self._buffer = b"".join(parts)
        self._at = self._counted = 0
        return len(parts) > 1
