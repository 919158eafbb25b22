"""Bundles in files: any size, any shape, and ends that are missing."""

from __future__ import annotations

import io
import json
import resource
from pathlib import Path
from typing import Any

import apache_beam as beam
import orjson
import pytest
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given
from hypothesis import strategies as st
from source_help import COMPRESSIONS, Breaking, Repeated, Taken, read
from stix_help import indicator, named, relation, stix_id

from iocbeam.model.outcome import REASONS
from iocbeam.model.record import KEPT_OF_LONG_RECORD, MAX_RECORD, Record
from iocbeam.model.settings import RunInfo
from iocbeam.transforms.sources import FieldMap, Reading, ReadStix, Unreadable, detect_format, parse_record
from iocbeam.transforms.sources.entry import BrokenStream, LongLine
from iocbeam.transforms.sources.parsing import read_entries
from iocbeam.transforms.sources.stix_json import json_items

A, B, C = (indicator(number, f"{name}.example") for number, name in enumerate("abc", 1))
VALUES = ["a.example", "b.example", "c.example"]


def bundle(*objects: Any, **more: Any) -> dict[str, Any]:
    return {"type": "bundle", "id": stix_id("bundle", 1), "objects": list(objects), **more}


def compact(found: Any) -> bytes:
    return orjson.dumps(found)


def pretty(found: Any) -> bytes:
    return json.dumps(found, indent=4).encode()


SHAPES = {
    "bundle": compact(bundle(A, B, C)),
    "pretty bundle": pretty(bundle(A, B, C)),
    "bundle, keys sorted": orjson.dumps(bundle(A, B, C), option=orjson.OPT_SORT_KEYS),
    "bundle of 2.0": pretty(bundle(A, B, C, spec_version="2.0")),
    "page of TAXII": compact({"more": False, "objects": [A, B, C]}),
    "array": compact([A, B, C]),
    "pretty array": pretty([A, B, C]),
    "lines": b"\n".join(map(compact, (A, B, C))),
    "lines and blank ones": b"\r\n\r\n".join(map(compact, (A, B, C))) + b"\r\n",
    "pretty objects": b"\n".join(map(pretty, (A, B, C))),
    "bundles by line": compact(bundle(A, B)) + b"\n" + compact(bundle(C)) + b"\n",
    "array of bundles": pretty([bundle(A), bundle(), bundle(B, C)]),
    "objects and bundles by line": compact(A) + b"\n" + compact(bundle(B, C)),
    "a byte order mark": b"\xef\xbb\xbf" + compact(bundle(A, B, C)),
    "bundle in bundle": compact(bundle(A, bundle(B), C)),
    "other arrays beside": compact(
        {"x": [[{}]], **bundle(A, B), "objects ": [1], "y": {"objects": [2]}, "z": [C]}
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_shapes(shape: str, compression: str) -> None:
    got = read(COMPRESSIONS[compression](SHAPES[shape]))
    assert (got.reading.complete, got.reading.error) == (True, "")
    assert got.values == (VALUES[:2] if shape == "other arrays beside" else VALUES)
    assert got.entries == got.records


@pytest.mark.parametrize("shape", SHAPES)
def test_a_stream_that_gives_a_byte_at_a_time(shape: str) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(1)

    got = read(Slow(SHAPES[shape]))
    assert got.entries == read(SHAPES[shape]).entries


@pytest.mark.parametrize("shape", SHAPES)
def test_every_broken_end_gives_what_came_before(shape: str) -> None:
    data = SHAPES[shape]
    whole = read(data).entries
    by_line = "lines" in shape or "line" in shape or shape == "pretty objects"
    for at in range(0, len(data), 7):
        for stream in (data[:at], Breaking(data[:at])):
            got = read(stream, "stix")
            assert [entry for entry in got.entries if isinstance(entry, Record)] == whole[: len(got.records)]
            # Of objects that stand one after the other, nobody can tell whether one is missing.
            assert not got.reading.complete or at < 4 or by_line or len(got.records) == len(whole)
            assert got.reading.complete or got.reading.error.startswith("in:")
    if shape != "objects and bundles by line":  # there a bundle is a line, whole or bad
        assert len(read(data[: len(data) * 9 // 10], "stix").records) >= min(2, len(whole) - 1)


def test_the_error_says_what_was_missing() -> None:
    cut = read(compact(bundle(A, B))[:-20])
    assert cut.values == VALUES[:1]
    assert cut.reading.error == "in:1: reading broke off after this object: the document is cut off"
    broken = read(Breaking(compact(bundle(A, B))[:-20]))
    assert broken.reading.error == "in:1: reading broke off after this object: the disk went away"
    closed = read(compact(bundle(A, B)) + b"}}")
    assert closed.values == VALUES[:2]
    assert "closes a bracket" in closed.reading.error


MORE = {"more": True, "next": "5"}


@pytest.mark.parametrize(
    "data",
    [
        compact({**MORE, "objects": [A, B]}),
        compact({"objects": [A, B], **MORE}),
        pretty({**MORE, "objects": [A, B]}),
        pretty({"x": {"y": [1]}, "objects": [A, B], "z": [{}], **MORE}),
        pretty({"more": True, "x": {"y": ["{"]}, "objects": [A, B]}),
        b"\xef\xbb\xbf" + compact({"objects": [A, B], "more": True}),
        compact([{"objects": [A, B], "more": True}]),
        compact({"more": False, "objects": [A]}) + b"\n" + compact({"more": True, "objects": [B]}),
    ],
)
def test_one_page_of_a_collection_is_not_the_whole(data: bytes) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(1)

    for stream in (data, Slow(data)):
        got = read(stream, "stix")
        assert got.values == VALUES[:2]
        assert not got.reading.complete
        told = "in:2: reading broke off after this object: one page of a TAXII collection, which has more"
        assert got.reading.error == told


@pytest.mark.parametrize(
    "data",
    [
        compact({"more": False, "objects": [A, B]}),
        compact({"objects": [{**A, "more": True}, B], "x": {"more": True}, "y": [{"more": True}]}),
        compact({"said": '"more": true', "objects": [{**A, "name": '"more":true'}, B]}),
        compact({**MORE, "objects": [A]}) + b"\n" + compact({"more": False, "objects": [B]}),
        compact([{**A, "more": True}, B]),
        pretty({**A, "more": True}) + pretty(bundle(B)),
    ],
)
def test_more_that_is_not_said_of_the_collection(data: bytes) -> None:
    got = read(data, "stix")
    assert (got.values, got.reading.complete) == (VALUES[:2], True)


def test_one_bad_object_costs_itself_only() -> None:
    bad = b'{"type":"indicator",}, 5, "x", {"a": "\xff"}, [%b]' % compact(B)
    data = b'{"type":"bundle","objects":[%b, %b, %b], "id": null}' % (compact(A), bad, compact(C))
    got = read(data, "stix")
    assert got.reading.complete
    assert got.values == ["a.example", "c.example"]
    assert [(entry.reason, entry.location) for entry in got.rejected] == [
        ("malformed_record", "in#2"),
        ("malformed_record", "in#3"),
        ("invalid_utf8", "in#4"),
        ("malformed_record", "in#5"),
    ]
    for entry in got.rejected:
        assert parse_record(entry.raw, entry.format, entry.mapping, entry.location, entry.source) == entry
    lines = read(compact(A) + b'\n{"type":"indicator", "id": "x\n' + compact(B), "stix")
    assert (lines.values, lines.reasons) == (VALUES[:2], ["malformed_record"])


def test_an_object_that_is_too_long() -> None:
    long = indicator(9, description="x" * MAX_RECORD)
    report = {**named("report", 1), "object_refs": [stix_id("indicator", 1)] * 30_000}
    for data in (compact(bundle(A, long, report, B)), b"\n".join(map(compact, (A, long, report, B)))):
        got = read(data)
        assert got.reading.complete
        assert got.values == VALUES[:2]
        (entry,) = got.rejected
        assert (entry.reason, entry.format, entry.truncated, entry.location) == ("too_long", "stix", True, "in#2")
        assert entry.raw == compact(long)[:KEPT_OF_LONG_RECORD]


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"<html><body>Log in</body></html>", "<html>"), (b"value\nbad.example\n", "value"), (b"\x80abc", "abc")],
)
def test_what_is_no_json(data: bytes, said: str) -> None:
    got = read(data, "stix")
    assert got.entries == []
    assert not got.reading.complete
    assert said in got.reading.error


def test_empty_inputs() -> None:
    for data in (b"", b" \n", b"[]", compact(bundle()), b'{"type":"bundle","id":"bundle--1"}'):
        got = read(data, "stix")
        assert (got.entries, got.reading.complete) == ([], True), data


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        *((data[:4_000], "stix") for data in SHAPES.values()),
        (compact(bundle(named("malware", 1))), "stix"),
        # Records of our own may be called after the STIX object that they came from.
        (compact({"id": stix_id("indicator", 1), "type": "FQDN", "value": "bad.example"}), "jsonl"),
        (compact({"type": "indicator", "value": "bad.example"}), "jsonl"),
        (b'{"id": "indicator--1", "type": "indicator"}', "jsonl"),
        (f"{stix_id('indicator', 1)}\n".encode(), "text"),
    ],
)
def test_stix_is_told_by_content(head: bytes, expected: str) -> None:
    assert detect_format(head, "in", whole=False) == expected


def test_references_are_looked_up_in_the_whole_file() -> None:
    others = [named("malware", 1), relation(1, A["id"], stix_id("malware", 1))]
    for objects in ([A, *others], [*others, A], [others[1], A, others[0]]):
        (record,) = read(compact(bundle(*objects))).records
        assert record.fields["malware"] == ["Emotet"]


texts = st.text(st.sampled_from('ab"\\{}[]:, é\n'), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
documents = st.dictionaries(texts, values, max_size=3)
sizes = st.sampled_from([1, 2, 3, 7, 1_000])


class Pieces(io.BytesIO):
    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._size)


@given(st.lists(documents, max_size=4), documents, documents, sizes, st.booleans(), st.booleans())
def test_any_objects_come_out_whole(
    objects: list[Any], before: dict[str, Any], after: dict[str, Any], size: int, indent: bool, bundled: bool
) -> None:
    found = {**before, "objects": objects, **{f"_{name}": value for name, value in after.items()}}
    data = json.dumps(found if bundled else objects, indent=2 if indent else None, ensure_ascii=False).encode()
    assert [orjson.loads(item) for item in json_items(Pieces(data, size))] == objects


@given(
    st.lists(st.sampled_from([b"{", b"}", b"[", b"]", b'"', b"\\", b":", b",", b'"objects"', b" ", b"1"])), sizes
)
def test_any_bytes_end_in_texts_or_an_error(pieces: list[bytes], size: int) -> None:
    data = b"".join(pieces)
    found: list[bytes] = []
    try:
        for item in json_items(Pieces(data, size)):
            found.append(item)
    except BrokenStream:
        pass
    assert all(item in data for item in found)
    got = read(data, "stix")
    assert {entry.reason for entry in got.rejected} <= REASONS.keys()
    for entry in got.rejected:
        assert parse_record(entry.raw, entry.format, entry.mapping, entry.location, entry.source) == entry


def test_a_document_of_any_size_takes_little_memory() -> None:
    item = compact(indicator(1, description="x" * 1_000))
    many = Repeated(item + b",", 60_000, item + b"]}", begin=b'{"objects":[')
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in json_items(many)) == 60_001
    (long,) = json_items(Repeated(b'\\\\x\\"' * 10_000, 1_000, b'"}', begin=b'{"a":"'))
    assert type(long) is LongLine
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16_000  # kilobytes


def test_real_bundles(shared: Path) -> None:
    count = 0
    for path in sorted((shared / "data" / "raw").rglob("*")):
        if path.suffix not in (".json", ".stix2") or b'"bundle"' not in path.read_bytes():
            continue
        count += 1
        objects = json.loads(path.read_bytes())["objects"]
        indicators = [one for one in objects if one["type"] == "indicator"]
        reading = Reading()
        with open(path, "rb") as file:
            entries = list(read_entries(file, path.name, "auto", FieldMap(), reading))
        assert reading.complete
        assert [entry.location for entry in entries] == [f"{path.name}#{one['id']}" for one in indicators]
        assert {entry.reason for entry in entries if isinstance(entry, Unreadable)} <= {"pattern_unsupported"}
        names = {one["name"] for one in objects if one["type"] == "malware"}
        records = [entry for entry in entries if isinstance(entry, Record)]
        assert {name for record in records for name in record.fields.get("malware", ())} == names
    assert count == 9


def test_in_a_pipeline(tmp_path: Path, run: RunInfo, pipeline) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "feed.json"
    path.write_bytes(pretty(bundle(A, indicator(5, pattern="[file:name = 'x']"), B)))
    with pipeline() as p:
        taken = Taken()
        got = p | ReadStix([str(path)], run).with_error_handler(taken).with_outcomes(taken)
        values = got.records | "Values" >> beam.Map(lambda record: record.fields["value"])
        assert_that(values, equal_to(VALUES[:2]), label="records")
        counts = got.reports | "Counts" >> beam.Map(lambda r: (r.location, r.entries, r.records, r.complete))
        assert_that(counts, equal_to([(str(path), 3, 3, True)]), label="reports")
        letters = taken.errors | "Letters" >> beam.Map(lambda one: (one.reason, one.format, one.location))
        told = ("pattern_unsupported", "stix", f"{path}#{stix_id('indicator', 5)}")
        assert_that(letters, equal_to([told]), label="errors")
