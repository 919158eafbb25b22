"""JSON Lines."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import read

from iocbeam.model.record import KEPT_OF_LONG_RECORD, MAX_RECORD, Record

json_objects = st.dictionaries(
    st.text(max_size=8),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=6,
    ),
    max_size=5,
)


@given(st.lists(json_objects, max_size=20), st.sampled_from((b"\n", b"\r\n", b"\n\n")))
def test_each_object_is_a_record_at_its_line(objects: list[dict[str, object]], end: bytes) -> None:
    lines = [orjson.dumps({**found, "value": "v"}) for found in objects]
    got = read(end.join(lines), "jsonl")
    assert got.reading.complete
    assert [entry.raw.rstrip(b"\r") for entry in got.entries] == lines
    step = end.count(b"\n")
    assert [entry.location for entry in got.entries] == [f"in:{1 + step * n}" for n in range(len(lines))]
    assert got.values == ["v"] * len(lines)


def test_fields_are_taken_as_they_are_where_the_names_are_ours() -> None:
    (record,) = read(b'\xef\xbb\xbf{"type":"FQDN","value":"bad.example","tags":["a"],"score":null}\n').records
    expected = {"type": "FQDN", "value": "bad.example", "tags": ["a"], "score": None}
    raw = b'{"type":"FQDN","value":"bad.example","tags":["a"],"score":null}'
    assert record == Record(expected, raw, "in:1", "in", "jsonl", "")


@pytest.mark.parametrize(
    ("line", "reason", "message"),
    [
        (b'{"value":"a\xff"}', "invalid_utf8", "byte 12 is 0xff"),
        (b'{"value":"a\0b"}', "malformed_record", "control character"),
        (b"\0", "malformed_record", "not JSON"),
        (b'{"value":"\\ud800"}', "malformed_record", "surrogate"),
        (b'{"value":NaN}', "malformed_record", "not JSON"),
        (b'{"value":1e999}', "malformed_record", "infinity"),
        (b"[" * 100_000, "malformed_record", "depth"),
        (b'{"value":"a"}{"value":"b"}', "malformed_record", "not JSON"),
        (b"null", "malformed_record", "null"),
        (b"true", "malformed_record", "true or false"),
        (b"17", "malformed_record", "a number"),
        (b'"bad.example"', "malformed_record", "a string"),
        (b'[{"value":"a"}]', "malformed_record", "JSON array"),
        (b"bad.example", "malformed_record", "column 1"),
    ],
)
def test_a_bad_line_costs_itself_alone(line: bytes, reason: str, message: str) -> None:
    got = read(b'{"value":"before"}\n' + line + b'\n{"value":"after"}\n', "jsonl")
    assert got.values == ["before", "after"]
    (bad,) = got.rejected
    assert (bad.reason, bad.raw, bad.location, bad.truncated) == (reason, line, "in:2", False)
    assert message in bad.message
    assert got.reading.complete


def test_numbers_too_large_for_an_integer_do_no_harm() -> None:
    (record,) = read(b'{"value":"a","score":' + b"9" * 400 + b"}\n" + b'{"value":"b"}', "jsonl").records[-1:]
    assert record.fields == {"value": "b"}


@pytest.mark.parametrize(
    "document",
    [
        b'[\n  {"value": "a"},\n  {"value": "b"}\n]\n',
        b'\n{\n  "Report": {\n    "info": "x"\n  }\n}\n',
        b'{"Report": {\n  "info": "x"}}\n',
        b'[{"value": "a"},\n{"value": "b"}]\n',
    ],
)
def test_one_json_document_is_refused_with_advice(document: bytes) -> None:
    got = read(document, "jsonl")
    assert got.reasons == ["malformed_record"]
    assert not got.reading.complete
    assert "one JSON document over several lines" in got.reading.error
    assert "jq" in got.reading.error


def test_a_broken_first_line_is_no_reason_to_refuse_the_rest() -> None:
    got = read(b'{"value":"cut o\n{"value":"b"}\n')
    assert (got.reasons, got.values, got.reading.complete) == (["malformed_record"], ["b"], True)


@pytest.mark.parametrize("position", [0, 1])
def test_a_long_line_is_cut_and_the_next_is_read(position: int) -> None:
    lines = [b'{"value":"ok"}', b'{"value":"ok"}']
    lines.insert(position, b'{"value":"' + b"x" * MAX_RECORD + b'"}')
    got = read(b"\n".join(lines), "jsonl")
    assert got.values == ["ok", "ok"]
    (bad,) = got.rejected
    assert (bad.reason, bad.truncated, bad.location) == ("too_long", True, f"in:{position + 1}")
    assert bad.raw == lines[position][:KEPT_OF_LONG_RECORD]
    assert type(bad.raw) is bytes


def test_a_line_of_exactly_the_limit_is_a_record() -> None:
    line = b'{"value":"' + b"x" * (MAX_RECORD - 12) + b'"}'
    assert len(line) == MAX_RECORD
    assert len(read(line + b"\n" + line, "jsonl").records) == 2
    assert read(b" " + line, "jsonl").reasons == ["too_long"]


def test_an_array_on_one_long_line_says_what_it_is() -> None:
    (bad,) = read(b"[" + b'{"value":"a"},' * 100_000 + b"{}]", "jsonl").rejected
    assert (bad.reason, "jq" in bad.message) == ("too_long", True)


def test_the_real_collection(shared) -> None:  # type: ignore[no-untyped-def]
    with open(shared / "data" / "collection.jsonl.gz", "rb") as file:
        got = read(file)
    assert (len(got.records), len(got.rejected), got.reading.complete) == (52_522, 0, True)
    assert got.records[-1].location == "in:52522"
    assert got.fields.unused == ()
