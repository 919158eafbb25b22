"""Dead letters as a source."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import apache_beam as beam
import fastavro
import orjson
import pytest
from apache_beam.testing.util import assert_that, equal_to
from source_help import Taken, avro, emit_bytes, emitted

from iocbeam.model.dead_letter import DEAD_LETTER_SCHEMA, DeadLetter
from iocbeam.model.record import Record
from iocbeam.model.settings import RunInfo
from iocbeam.transforms.sources import Part, ReadDeadLetters, ReadPartFn, Unreadable, parse_record
from iocbeam.transforms.sources.dead_letters import DeadLetterReader, dead_letter_inputs, entry_of


def letter(**changes: Any) -> DeadLetter:
    made = DeadLetter(
        run_id="run-0",
        occurred_at=1_780_000_000,
        job="defender",
        stage="Validate",
        reason="unknown_type",
        message="m",
        retriable=False,
        attempts=0,
        http_status=None,
        tenant_id="",
        source="feed",
        location="feed:7",
        format="jsonl",
        mapping="",
        truncated=False,
        record=b'{"value":"bad.example"}',
        indicator=None,
    )
    return made._replace(**changes)


def file_of(*letters: DeadLetter) -> bytes:
    file = io.BytesIO()
    rows = [{**entry._asdict(), "occurred_at": entry.occurred_at * 1_000} for entry in letters]
    fastavro.writer(file, DEAD_LETTER_SCHEMA, rows, codec="deflate")
    return file.getvalue()


def test_letters_of_a_directory(tmp_path: Path, run: RunInfo, pipeline) -> None:  # type: ignore[no-untyped-def]
    rejected = emit_bytes(b"value,type\na.example,FQDN,extra\n", "csv", run, "in.csv").errors
    (tmp_path / "deadletters-1.avro").write_bytes(file_of(letter(), *rejected))
    (tmp_path / "deadletters-2.avro").write_bytes(file_of(letter(truncated=True, location="feed:8")))
    (tmp_path / "outcomes-1.avro").write_bytes(b"something else")
    with pipeline() as p:
        taken = Taken()
        read = p | ReadDeadLetters([str(tmp_path)], run).with_error_handler(taken).with_outcomes(taken)
        expected = Record({"value": "bad.example"}, b'{"value":"bad.example"}', "feed:7", "feed", "jsonl", "")
        assert_that(read.records, equal_to([expected]), label="records")
        ends = taken.errors | beam.Map(lambda e: (e.run_id, e.reason, e.location, e.truncated, e.record))
        assert_that(
            ends,
            equal_to(
                [
                    ("run-1", "ragged_row", "in.csv:2", False, b"a.example,FQDN,extra"),
                    ("run-1", "too_long", "feed:8", True, b'{"value":"bad.example"}'),
                ]
            ),
            label="errors",
        )
        counts = read.reports | "Counts" >> beam.Map(lambda r: (r.entries, r.records, r.complete))
        assert_that(counts, equal_to([(2, 2, True), (1, 1, True)]), label="reports")


def test_an_indicator_becomes_a_record_again() -> None:
    indicator = {
        "type": "FQDN",
        "value": "bad.example",
        "severity": "High",
        "score": 7.0,
        "title": None,
        "description": "d",
        "status": "Active",
        "created_at": 1_700_000_000,
        "expires_at": None,
        "malware": ["m"],
        "adversaries": [],
        "tags": ["t"],
        "attributes": [["Severity", "High"]],
        "source": "Feed X",
        "source_id": "17",
        "tlp": "amber",
        "location": "feed:7",
    }
    text = orjson.dumps(indicator).decode()
    record = entry_of(letter(record=b"", indicator=text, format="csv", mapping="{}")._asdict())
    assert isinstance(record, Record)
    assert record.fields == {
        "type": "FQDN",
        "value": "bad.example",
        "severity": "High",
        "score": 7.0,
        "description": "d",
        "status": "Active",
        "created_at": 1_700_000_000,
        "malware": ["m"],
        "tags": ["t"],
        "attributes": [{"name": "Severity", "value": "High"}],
        "source": "Feed X",
        "id": "17",
        "tlp": "amber",
    }
    assert (record.location, record.source) == ("feed:7", "feed")
    assert parse_record(record.raw, record.format, record.mapping, record.location, record.source) == record


@pytest.mark.parametrize(
    "indicator", [None, "", "null", "[]", "{", '{"type":"FQDN"}', '{"value":"a","attributes":7}']
)
def test_a_letter_of_nothing_ends_again(indicator: str | None) -> None:
    entry = entry_of(letter(record=b"", indicator=indicator)._asdict())
    assert isinstance(entry, Unreadable)
    assert (entry.reason, entry.location) == ("malformed_record", "feed:7")


@pytest.mark.parametrize(
    ("format", "mapping"),
    [
        ("xml", ""),
        ("csv", ""),
        ("csv", "[]"),
        ("csv", '{"columns":["value"]}'),
        ("csv", '{"columns":["value"],"delimiter":",,"}'),
        ("csv", '{"columns":["nothing"],"delimiter":","}'),
        ("jsonl", "{"),
        ("jsonl", "{}"),
        ("jsonl", '{"field_map":{"nope":"x"}}'),
        ("jsonl", '{"field_map":7}'),
    ],
)
def test_a_damaged_mapping_is_no_reason_to_raise(format: str, mapping: str) -> None:
    entry = entry_of(letter(format=format, mapping=mapping)._asdict())
    assert isinstance(entry, Unreadable) or entry.fields == {}


def test_a_file_of_something_else(tmp_path: Path, run: RunInfo) -> None:
    wrong_type = {
        **DEAD_LETTER_SCHEMA,
        "fields": [{"name": f["name"], "type": "string"} for f in DEAD_LETTER_SCHEMA["fields"]],
    }
    rows = [{field["name"]: "x" for field in DEAD_LETTER_SCHEMA["fields"]}]
    for data, message in (
        (b"nonsense", ":0: reading broke off"),
        (avro([{"value": "x"}]), ":0: no file of dead letters"),
        (avro(rows, wrong_type), ":0: reading broke off"),
        (file_of(letter())[:-3], "reading broke off"),
    ):
        path = tmp_path / "x.avro"
        path.write_bytes(data)
        got = emitted(list(ReadPartFn(DeadLetterReader(()), run).process(Part(str(path)))))
        assert got.records == got.errors == []
        assert not got.reports[0].complete
        assert message in got.reports[0].error


def test_paths(tmp_path: Path) -> None:
    assert dead_letter_inputs([str(tmp_path), "gs://b/out/", "x.avro", "y/*.avro"]) == (
        f"{tmp_path}/deadletters-*.avro",
        "gs://b/out/deadletters-*.avro",
        "x.avro",
        "y/*.avro",
    )
