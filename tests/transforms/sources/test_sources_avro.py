"""Avro files."""

from __future__ import annotations

import datetime
import decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import SCHEMA, avro, read

from iocbeam.model.record import MAX_RECORD

rows = st.fixed_dictionaries(
    {
        "type": st.none() | st.text(max_size=5),
        "value": st.text(max_size=10),
        "score": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "tags": st.lists(st.text(max_size=3), max_size=3),
    }
)


@given(st.lists(rows, max_size=20), st.sampled_from(("null", "deflate")))
def test_records_are_read_as_they_were_written(objects: list[dict[str, object]], codec: str) -> None:
    got = read(avro(objects, codec=codec, sync_interval=50))
    assert [record.fields for record in got.records] == objects
    assert [record.location for record in got.records] == [f"in:{n + 1}" for n in range(len(objects))]
    assert {record.format for record in got.records} <= {"jsonl"}
    assert got.reading.complete


def schema_of(*fields: tuple[str, object]) -> dict[str, object]:
    return {"type": "record", "name": "R", "fields": [{"name": name, "type": kind} for name, kind in fields]}


def test_what_json_has_not_becomes_text() -> None:
    schema = schema_of(
        ("ioc_value", "bytes"),
        ("expiration", {"type": "long", "logicalType": "timestamp-millis"}),
        ("confidence", {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}),
        ("severity", {"type": "enum", "name": "S", "symbols": ["High"]}),
    )
    row = {
        "ioc_value": b"bad.example",
        "expiration": datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc),
        "confidence": decimal.Decimal("7.50"),
        "severity": "High",
    }
    (record,) = read(avro([row], schema)).records
    assert record.fields == {
        "value": "bad.example",
        "expires_at": "2026-01-02T00:00:00+00:00",
        "score": "7.50",
        "severity": "High",
    }


def test_a_wrong_schema_is_refused_with_its_fields() -> None:
    got = read(
        avro([{"host_name": "x", "seen": 1}], schema_of(("host_name", "string"), ("seen", "int"))), name="f"
    )
    assert got.values == ["x"]  # the one name that says what it holds
    schema = schema_of(("Data", "string"), ("seen", "int"))
    got = read(avro([{"Data": "x", "seen": 1}], schema), name="f")
    assert got.entries == []
    assert got.reading.error == (
        "f:0: none of the fields 'Data', 'seen' is known to hold the value. "
        "Name the one that does: --field_map value=FIELD."
    )
    assert read(avro([{"Data": "x", "seen": 1}], schema), user_map={"value": "Data"}).values == ["x"]
    got = read(avro([{"md5": "x", "ip": "y"}], schema_of(("md5", "string"), ("ip", "string"))))
    assert "'md5', 'ip' could be the value" in got.reading.error
    assert "something else than records" in read(avro(["x"], "string")).reading.error  # type: ignore[list-item]


def test_text_that_is_not_utf8_costs_its_record() -> None:
    data = avro([{"value": "good.example"}, {"value": "XYZ"}, {"value": "last.example"}]).replace(
        b"XYZ", b"\xff\xfeZ"
    )
    got = read(data)
    assert got.values == ["good.example", "last.example"]
    (bad,) = got.rejected
    assert (bad.reason, bad.location) == ("invalid_utf8", "in:2")
    assert b"\xff\xfeZ" in bad.raw
    assert got.reading.complete


def test_a_record_beyond_the_limit() -> None:
    got = read(avro([{"value": "x" * MAX_RECORD}, {"value": "y"}]))
    assert (got.reasons, got.values) == (["too_long"], ["y"])


def test_every_cut_but_between_blocks_is_noticed() -> None:
    data = avro([{"value": f"{n}.example"} for n in range(150)], sync_interval=1000)
    ends = {at + 16 for at in range(len(data)) if data.startswith(b"s" * 16, at)}
    for at in range(4, len(data)):
        got = read(data[:at], "avro")
        assert got.reading.complete == (at in ends), at
    assert len(ends) > 3


def test_a_damaged_block_ends_the_file_and_keeps_what_came_before() -> None:
    data = bytearray(avro([{"value": f"{n}.example"} for n in range(1_000)], codec="deflate", sync_interval=500))
    data[len(data) // 2] ^= 0xFF
    got = read(bytes(data))
    assert 0 < len(got.records) < 1_000
    assert got.reading.error.startswith(f"in:{len(got.entries)}: reading broke off after this record: ")


def test_not_avro() -> None:
    got = read(b"hello", "avro")
    assert got.reading.error.startswith("in:0: not an Avro file that can be read: ")


@pytest.mark.parametrize(
    "schema",
    [
        schema_of(("value", ["null", "R"])),
        schema_of(("value", "string"), ("x", {"type": "array", "items": "R"})),
        {**schema_of(("value", "string"), ("x", {"type": "map", "values": "n.R"})), "namespace": "n"},
    ],
)
def test_a_schema_that_contains_itself_is_refused(schema: dict[str, object]) -> None:
    got = read(avro([], schema))
    assert "contains itself" in got.reading.error


def test_a_block_that_claims_more_records_than_bytes() -> None:
    data = avro([{"value": None}], schema_of(("value", "null")))
    assert "fewer bytes" in read(data).reading.error
    assert SCHEMA["name"] == "Row"
