"""Compression, and memory that stays bounded whatever an input is."""

from __future__ import annotations

import bz2
import gzip
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import zstandard
from source_help import COMPRESSIONS, Repeated, read

from iocbeam.transforms.sources.compression import decompressed

COMPRESSED = [name for name in COMPRESSIONS if name != "none"]
LINES = b"".join(b'{"value":"%d.example"}\n' % n for n in range(50_000))


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_compression_is_told_by_content(compression: str) -> None:
    got = read(COMPRESSIONS[compression](LINES), name="in.gz")
    assert (len(got.records), got.reading.complete) == (50_000, True)
    assert got.records[-1].location == "in.gz:50000"


@pytest.mark.parametrize("compression", COMPRESSED)
def test_several_members_are_one_stream(compression: str) -> None:
    compress = COMPRESSIONS[compression]
    got = read(compress(LINES[:1_001]) + compress(b"") + compress(LINES[1_001:]))
    assert (len(got.records), got.rejected, got.reading.complete) == (50_000, [], True)


@pytest.mark.parametrize("compression", COMPRESSED)
@pytest.mark.parametrize("share", [0.01, 0.5, 0.999])
def test_a_truncated_stream_is_incomplete_and_keeps_what_came_before(compression: str, share: float) -> None:
    whole = COMPRESSIONS[compression](LINES)
    got = read(whole[: int(len(whole) * share)], "jsonl")
    assert not got.reading.complete
    assert got.rejected == []
    assert (
        got.reading.error
        == f"in:{len(got.records)}: reading broke off after this line: the {compression} stream is cut off"
    )
    if share > 0.9 and compression != "bzip2":  # its blocks are larger than this input
        assert len(got.records) > 30_000


@pytest.mark.parametrize("compression", COMPRESSED)
def test_every_cut_is_noticed(compression: str) -> None:
    whole = COMPRESSIONS[compression](LINES[:200])
    for at in range(4, len(whole)):
        assert not read(whole[:at], "jsonl").reading.complete, at


def test_padding_after_gzip_is_none_of_its_content_and_anything_else_is_an_error() -> None:
    whole = gzip.compress(LINES)
    assert read(whole + b"\0" * 100_000).reading.complete
    got = read(whole + b"\0\0garbage")
    assert (len(got.records), got.reading.complete) == (50_000, False)
    assert "something that is not gzip follows" in got.reading.error
    assert not read(bz2.compress(LINES) + b"garbage").reading.complete


def test_bytes_damaged_within() -> None:
    whole = bytearray(gzip.compress(LINES))
    whole[len(whole) // 2 :] = bytes(len(whole) - len(whole) // 2)
    got = read(bytes(whole), "jsonl")
    assert not got.reading.complete
    assert got.reading.error.startswith(f"in:{len(got.entries)}: ")


@contextmanager
def at_most(megabytes: float) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * 1e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("input_format", ["auto", "jsonl", "csv", "text"])
def test_a_line_of_ten_megabytes_in_bounded_memory(input_format: str) -> None:
    head = b"value,type\n" if input_format == "csv" else b""
    end = b'\n{"value":"last.example"}\n' if input_format == "jsonl" else b"\nlast.example\n"
    stream = Repeated(head + b"x" * 100_000, 1)
    stream = Repeated(b"x" * 100_000, 100, end) if not head else _Then(stream, Repeated(b"x" * 100_000, 100, end))
    with at_most(8):
        got = read(stream, input_format)
    assert got.reasons == ["too_long"]
    assert got.values == ["last.example"]
    assert got.reading.complete


def test_a_file_without_a_line_feed_in_bounded_memory() -> None:
    with at_most(8):
        got = read(Repeated(b"x" * 250_000, 1_000), "jsonl")
    assert got.reasons == ["too_long"]


@pytest.mark.parametrize(
    ("compress", "limit"),
    [
        (lambda data: gzip.compress(data, 9), 8),
        (bz2.compress, 8),
        (lambda data: zstandard.ZstdCompressor().compress(data), 20),
    ],
    ids=COMPRESSED,
)
def test_a_small_file_that_unpacks_to_a_huge_one(compress, limit: float) -> None:  # type: ignore[no-untyped-def]
    bomb = compress(b"x" * 100_000_000)
    with at_most(limit):
        got = read(bomb, "text")
    assert got.reasons == ["too_long"]
    assert got.reading.complete


def test_reads_never_exceed_what_was_asked_for() -> None:
    stream = decompressed(Repeated(COMPRESSIONS["zstd"](LINES), 1))
    sizes = []
    while piece := stream.read(1_000):
        sizes.append(len(piece))
    assert max(sizes) == 1_000
    assert sum(sizes) == len(LINES)


class _Then:
    """One stream after the other."""

    def __init__(self, first: Repeated, second: Repeated) -> None:
        self._streams = [first, second]

    def read(self, size: int, /) -> bytes:
        return self._streams[0].read(size) or self._streams[1].read(size)
