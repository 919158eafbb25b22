"""Decompression by content. Names of files are not asked: feeds call gzip `.csv` and text `.gz`."""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import zstandard

from .entry import ByteStream
from .peek import Peeked

_FEED: Final = 64 << 10
_ZSTD_FEED: Final = 256
"""zstandard sets no bound on what one call gives; by this much input it is at most 8 MiB."""
_OUTPUT: Final = 256 << 10
"""Bytes that one call of the other decompressors may give."""


class _Kind(NamedTuple):
    name: str
    magic: bytes
    new: Callable[[], Any]
    feed: int
    step: Callable[[Any, bytes], tuple[bytes, bytes]]
    padding: bytes = b""


def _inflate(member: Any, data: bytes) -> tuple[bytes, bytes]:
    return member.decompress(data, _OUTPUT), member.unconsumed_tail


def _bunzip(member: Any, data: bytes) -> tuple[bytes, bytes]:
    return member.decompress(data, _OUTPUT), b""


def _unzstd(member: Any, data: bytes) -> tuple[bytes, bytes]:
    return member.decompress(data), b""


_KINDS: Final = (
    # tar pads archives with zeros, and some tools pad gzip files in the same way.
    _Kind("gzip", b"\x1f\x8b", lambda: zlib.decompressobj(31), _FEED, _inflate, b"\0"),
    _Kind("bzip2", b"BZh", bz2.BZ2Decompressor, _FEED, _bunzip),
    _Kind("zstd", b"\x28\xb5\x2f\xfd", lambda: zstandard.ZstdDecompressor().decompressobj(), _ZSTD_FEED, _unzstd),
)
_LONGEST_MAGIC: Final = 4


class _Decompressed:
    """The content of a compressed stream of one or more members (gzip, bzip2) or frames (zstd).

    Raises:
        EOFError: the stream ends within a member.
        OSError: something else follows the last member.
        zlib.error, zstandard.ZstdError, OSError: the compressed bytes are damaged.
    """

    def __init__(self, stream: ByteStream, kind: _Kind) -> None:
        self._parts = _members(stream, kind)
        self._part = b""
        self._position = 0

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; empty at the end."""
        while self._position >= len(self._part):
            part = next(self._parts, None)
            if part is None:
                return b""
            if len(part) <= size:
                return part
            self._part, self._position = part, 0
        piece = self._part[self._position : self._position + size]
        self._position += len(piece)
        return piece


def _members(stream: ByteStream, kind: _Kind) -> Iterator[bytes]:
    data = stream.read(kind.feed)
    while data:
        member = kind.new()
        while not member.eof:
            if not data and getattr(member, "needs_input", True):
                data = stream.read(kind.feed)
                if not data:
                    raise EOFError(f"the {kind.name} stream is cut off")
            output, data = kind.step(member, data)
            if output:
                yield output
        data = _next_member(member.unused_data, stream, kind)


def _next_member(data: bytes, stream: ByteStream, kind: _Kind) -> bytes:
    """What begins the next member, empty at the end of the stream."""
    while True:
        data = data.lstrip(kind.padding) if kind.padding else data
        if len(data) >= len(kind.magic):
            break
        more = stream.read(kind.feed)
        if not more:
            break
        data += more
    if data and not data.startswith(kind.magic):
        raise OSError(f"something that is not {kind.name} follows the {kind.name} stream")
    return data


def decompressed(stream: ByteStream) -> ByteStream:
    """The stream itself, or what it holds compressed by gzip, bzip2 or zstd.

    Compression is recognised by the first bytes. Memory is bounded however small the compressed stream
    is; a stream that is cut off or damaged gives what it holds before it raises.
    """
    peeked = Peeked(stream, _LONGEST_MAGIC)
    for kind in _KINDS:
        if peeked.head.startswith(kind.magic):
            return _Decompressed(peeked, kind)
    return peeked
