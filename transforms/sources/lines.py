"""Lines of a byte stream, in bounded memory whatever the stream holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from iocbeam.model.record import KEPT_OF_LONG_RECORD, MAX_RECORD

from .entry import BrokenStream, ByteStream, LongLine

BOM: Final = b"\xef\xbb\xbf"
CHUNK: Final = 256 << 10
"""Bytes per read: large enough that the cost of a read vanishes, small enough to stay in the cache."""


def line_blocks(stream: ByteStream) -> Iterator[list[bytes]]:
    """The lines of a stream, many at a time, without their line feeds; a byte order mark is taken off.

    A carriage return before the line feed stays. A line of more than `MAX_RECORD` bytes comes as a
    `LongLine` in a block of its own.

    Raises:
        BrokenStream: reading failed; every line that was whole by then has been given.
    """
    rest = b""
    first = True
    while chunk := _read(stream):
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        if first and lines:
            lines[0] = lines[0].removeprefix(BOM)
            first = False
        # Only the first can be that long: it alone began in an earlier chunk.
        if lines and len(lines[0]) > MAX_RECORD:
            yield [LongLine(lines.pop(0)[:KEPT_OF_LONG_RECORD])]
        if lines:
            yield lines
        if len(rest) > MAX_RECORD:
            head = rest.removeprefix(BOM) if first else rest
            first = False
            skipped = _skip_line(stream)
            yield [LongLine(head[:KEPT_OF_LONG_RECORD])]
            if skipped is None:
                return
            # What follows the line feed is less than a chunk and may hold many lines.
            lines = skipped.split(b"\n")
            rest = lines.pop()
            if lines:
                yield lines
    if first:
        rest = rest.removeprefix(BOM)
    if rest:
        yield [LongLine(rest[:KEPT_OF_LONG_RECORD])] if len(rest) > MAX_RECORD else [rest]


def _skip_line(stream: ByteStream) -> bytes | None:
    """What follows the next line feed in the chunk that holds it, None when none comes any more."""
    while chunk := _read(stream):
        _, line_feed, rest = chunk.partition(b"\n")
        if line_feed:
            return rest
    return None


def _read(stream: ByteStream) -> bytes:
    try:
        return stream.read(CHUNK)
    except Exception as error:  # every filesystem and decompressor has exceptions of its own
        raise BrokenStream(str(error) or type(error).__name__) from error
