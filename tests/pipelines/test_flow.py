"""What stands before a collection in a graph that somebody else has wired."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import pytest

from iocbeam.model.errors import UsageError
from iocbeam.pipelines.flow import Flow, FlowStep, RunStart
from iocbeam.transforms import OutcomeCollector

START = RunStart("run-1", 1_790_000_000)


def step(flow: Flow, name: str, gives: Any, reads: Any = None) -> Any:
    flow.note(gives, FlowStep(flow.unlike(name), OutcomeCollector(), reads=reads))
    return gives


def test_only_what_elements_came_through_is_before_a_collection() -> None:
    pipeline = beam.Pipeline(runner="FnApiRunner")
    flow = Flow.of(pipeline, lambda: START)
    first = step(flow, "Read", pipeline | "A" >> beam.Create([1]), reads=pipeline | "R" >> beam.Create([0]))
    second = step(flow, "Read", pipeline | "B" >> beam.Create([2]))
    cleaned = step(flow, "Validate", first | "V" >> beam.Map(lambda one: one))
    _aside = step(flow, "Expire", first | "E" >> beam.Map(lambda one: one))
    looked_up = cleaned | "Filter" >> beam.Filter(
        lambda one, others: one not in others, beam.pvalue.AsList(second)
    )
    assert [one.name for one in flow.before(looked_up)] == ["Read", "Validate"]
    both = (looked_up, second) | beam.Flatten() | "Shuffle" >> beam.Reshuffle()
    assert {one.name for one in flow.before(both)} == {"Read", "Read 2", "Validate"}
    assert flow.before(pipeline | "C" >> beam.Create([3])) == []


def test_a_pipeline_has_one_flow_and_one_start() -> None:
    pipeline, other = beam.Pipeline(runner="FnApiRunner"), beam.Pipeline(runner="FnApiRunner")
    flow = Flow.of(pipeline, lambda: START)
    assert Flow.of(pipeline, lambda: RunStart("run-2", 0)) is flow
    assert Flow.of(other, lambda: RunStart("run-2", 0)).start.run_id == "run-2"
    run = flow.run("yaml", "drill")
    assert (run.run_id, run.started_at, run.dry_run) == ("run-1", 1_790_000_000, False)


@pytest.mark.parametrize(
    "again", ["out", "out/", "./out", "other/../out", "gs://bucket/out/", "gs://bucket/a/../out"]
)
def test_a_directory_is_of_one_target(again: str) -> None:
    flow = Flow(START)
    flow.claim("out")
    flow.claim("other")
    flow.claim("gs://bucket/out")
    flow.claim("gs://other/out")
    with pytest.raises(UsageError, match="another transform of this pipeline"):
        flow.claim(again)


def test_ways_from_one_step_that_a_flatten_joins_are_seen() -> None:
    pipeline = beam.Pipeline(runner="FnApiRunner")
    flow = Flow.of(pipeline, lambda: START)
    first = step(flow, "Read", pipeline | "A" >> beam.Create([1]))
    second = step(flow, "Read", pipeline | "B" >> beam.Create([2]))
    kept = first | "F" >> beam.Filter(bool)
    assert not flow.joins_ways(((kept, second) | "Two sources" >> beam.Flatten()) | "M" >> beam.Map(str))
    assert flow.joins_ways(((kept, first) | "One source" >> beam.Flatten()) | "N" >> beam.Map(str))
