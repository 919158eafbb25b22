"""JSON documents that are damaged, cut off, or larger than they should be."""

from __future__ import annotations

import tracemalloc

import pytest
from source_help import Breaking, Repeated, read

from iocbeam.model.record import KEPT_OF_LONG_RECORD, MAX_RECORD, Record
from iocbeam.transforms.sources import FieldMap, Reading, read_entries


@pytest.mark.parametrize(
    ("end", "error"),
    [
        (b"", "the document is cut off"),
        (b',{"value":"cut', "the document is cut off"),
        (b",", "the document is cut off"),
        (b'{"value":"b"}]', "no comma stands between two values"),
        (b",]", "something that is not JSON"),
        (b"]x", "something follows the end of the document"),
        (b'][{"value":"b"}]', "something follows the end of the document"),
        (b"}", "no comma stands between two values"),
    ],
)
def test_a_broken_end_keeps_what_came_before(end: bytes, error: str) -> None:
    got = read(b'[\n{"value":"a.example"},\n{"value":"b.example"}' + end, "json")
    assert got.values == ["a.example", "b.example"]
    assert got.reading.error == f"in:3: reading broke off after this line: {error}"


def test_a_stream_that_breaks_off() -> None:
    got = read(Breaking(b'{"urls":[\n{"value":"a"},\n{"value":"b'), "json")
    assert got.values == ["a"]
    assert got.reading.error == "in:2: reading broke off after this line: the disk went away"


@pytest.mark.parametrize(
    "bad", [b'{"value":}', b'{"value":"a\xff"}', b'{"value":]', b'{"a":"\t"}', b"[1]", b'"x"']
)
def test_a_bad_record_costs_itself_alone(bad: bytes) -> None:
    got = read(b'[{"value":"a"},\n' + bad + b',\n{"value":"b"}]', "json")
    assert got.values == ["a", "b"]
    (unreadable,) = got.rejected
    assert (unreadable.raw, unreadable.location, unreadable.format) == (bad, "in:2", "jsonl")
    assert unreadable.reason == ("invalid_utf8" if b"\xff" in bad else "malformed_record")


@pytest.mark.parametrize(
    "middle",
    [
        b"x" * (2 * MAX_RECORD),
        b'\\"[{' * MAX_RECORD,
        b'","","' * MAX_RECORD,
        b"\\\\" * MAX_RECORD,
        b"\n" * MAX_RECORD,
    ],
)
def test_a_long_record_is_cut_and_the_next_is_read(middle: bytes) -> None:
    long = b'{"value":"' + middle + b'"}'
    got = read(b'{"urls":[{"value":"a"},' + long + b',\n{"value":"b"}]}', "json")
    assert got.reading.complete
    assert got.values == ["a", "b"]
    (bad,) = got.rejected
    assert (bad.reason, bad.raw, bad.truncated, type(bad.raw)) == (
        "too_long",
        long[:KEPT_OF_LONG_RECORD],
        True,
        bytes,
    )
    assert got.records[1].location == f"in:{2 + middle.count(10)}"


def test_a_member_that_is_no_list_of_records_is_passed_over_whatever_its_size() -> None:
    data = (
        b'{"urls":[{"value":"a"}],"blob":"',
        b"{[]," * 400_000,
        b'","deep":[' + b"[" * 9 + b"]" * 9 + b"]}",
    )
    got = read(b"".join(data), "json")
    assert (got.values, got.reading.complete) == (["a"], True)
    assert got.fields.unused == ("blob", "deep")


def test_a_document_of_any_size_is_read_in_bounded_memory() -> None:
    record = b'{"value":"a.example","note":"%b"},' % (b"x" * 4_000)
    stream = Repeated(record * 100, 60, b'{"value":"end.example"}]')
    stream._rest = b"["
    reading = Reading()
    tracemalloc.start()
    count = sum(isinstance(entry, Record) for entry in read_entries(stream, "in", "json", FieldMap(), reading))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, reading.complete) == (6_001, True)
    assert peak < 4 << 20 < len(record) * 6_000
