"""Files of events: the same events in every format, and each once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apache_beam as beam
import fastavro
import pyarrow.parquet
import pytest
from apache_beam.testing.util import assert_that, equal_to
from ocsf_help import ALERT, CONTEXT, FILES, GRAPH_ALERT, LEGACY, MACHINE, NOW, QDM, SHA1, TENANT, match

from iocbeam.local_tenant.estates.estate import estate
from iocbeam.model.errors import UsageError
from iocbeam.model.ocsf import Event, defender_alert_event, event_of, graph_alert_event, machine_event
from iocbeam.model.ocsf.packing import unpacked
from iocbeam.model.sighting import ALERT as ALERT_KIND
from iocbeam.model.sighting import Fetched
from iocbeam.sinks import WriteEvents

_MATCH = match("SHA-1", SHA1, "sha1", "evidence[0].sha1")

EVENTS: dict[str, list[Event]] = {
    "machines": [machine_event(MACHINE, CONTEXT), machine_event({"id": "other"}, CONTEXT, [_MATCH])],
    "machines-of-query": [machine_event(MACHINE, QDM), machine_event({"id": "other"}, QDM)],
    "findings": [
        defender_alert_event(ALERT, CONTEXT, [_MATCH], FILES),
        graph_alert_event(GRAPH_ALERT, CONTEXT),
        defender_alert_event({}, CONTEXT),
    ],
    "older-findings": [defender_alert_event(ALERT, LEGACY), graph_alert_event(GRAPH_ALERT, LEGACY, [_MATCH])],
    "findings-of-query": [defender_alert_event(ALERT, QDM, [_MATCH], FILES), graph_alert_event(GRAPH_ALERT, QDM)],
}


def read_back(path: Path) -> list[Event]:
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    if path.suffix == ".avro":
        with path.open("rb") as stream:
            return [unpacked(record) for record in fastavro.reader(stream)]
    return [unpacked(record) for record in pyarrow.parquet.read_table(path).to_pylist()]


def by_text(events: list[Event]) -> list[str]:
    return sorted(json.dumps(event, sort_keys=True) for event in events)


@pytest.mark.parametrize("form", ["jsonl", "avro", "parquet"])
@pytest.mark.parametrize("name", EVENTS)
def test_what_is_written_reads_back_as_the_same_events(
    name: str, form: str, tmp_path: Path, test_pipeline: Callable[..., Any]
) -> None:
    with test_pipeline() as pipeline:
        names = pipeline | beam.Create(EVENTS[name]) | WriteEvents(str(tmp_path), "some-events", form)
        assert_that(names, equal_to([str(tmp_path / f"some-events-00000-of-00001.{form}")]))
    # Nothing else is left behind: no part, no temporary folder.
    (path,) = tmp_path.iterdir()
    assert by_text(read_back(path)) == by_text(EVENTS[name])


@pytest.mark.parametrize("form", ["jsonl", "avro", "parquet"])
def test_no_events_no_file(form: str, tmp_path: Path, test_pipeline: Callable[..., Any]) -> None:
    with test_pipeline() as pipeline:
        _ = pipeline | beam.Create([]) | WriteEvents(str(tmp_path), "some-events", form)
    assert list(tmp_path.iterdir()) == []


def test_a_parquet_file_is_written_in_groups_of_rows(
    tmp_path: Path, test_pipeline: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iocbeam.sinks.files.event_files.ROWS", 100)
    made = estate(machines=10, alerts=150, now=NOW, tenant_id=TENANT)
    events = [event_of(Fetched(ALERT_KIND, TENANT, "", alert), CONTEXT) for alert in made.alerts]
    with test_pipeline() as pipeline:
        # One element, so that one bundle writes them all.
        _ = (
            pipeline
            | beam.Create([0])
            | beam.FlatMap(lambda _: events)
            | WriteEvents(str(tmp_path), "detection-finding", "parquet")
        )
    (path,) = tmp_path.iterdir()
    assert pyarrow.parquet.ParquetFile(path).metadata.num_row_groups == 2
    assert by_text(read_back(path)) == by_text(events)


@pytest.mark.parametrize("form", ["avro", "parquet"])
def test_an_attribute_that_the_schema_does_not_have_stops_the_run_and_leaves_no_file(
    form: str, tmp_path: Path, test_pipeline: Callable[..., Any]
) -> None:
    events = [EVENTS["machines"][0] | {"own_attribute": 1}]
    with (
        pytest.raises(Exception, match="attribute own_attribute that the schema of Avro and Parquet files"),
        test_pipeline() as pipeline,
    ):
        _ = pipeline | beam.Create(events) | WriteEvents(str(tmp_path), "some-events", form)
    assert [path for path in tmp_path.iterdir() if not path.name.startswith(".")] == []


def test_json_lines_take_any_attribute(tmp_path: Path, test_pipeline: Callable[..., Any]) -> None:
    events = [EVENTS["machines"][0] | {"own_attribute": 1}]
    with test_pipeline() as pipeline:
        _ = pipeline | beam.Create(events) | WriteEvents(str(tmp_path), "some-events")
    (path,) = tmp_path.iterdir()
    assert read_back(path) == events


def test_a_format_that_there_is_not_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="jsonl, avro, parquet, not xml"):
        WriteEvents("out", "some-events", "xml")
