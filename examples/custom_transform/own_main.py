"""Acme's steps in a pipeline of its own: read, clean, the steps, and a file of what is left.

python own_main.py collection.jsonl good.txt ends
"""

from __future__ import annotations

import sys
import time

import apache_beam as beam
from apache_beam.transforms.error_handling import ErrorHandler

from iocbeam.model import RunInfo
from iocbeam.sinks import WriteDeadLetters, WriteOutcomes
from iocbeam.transforms import Expire, FixUrlScheme, OutcomeCollector, Validate
from iocbeam.transforms.sources import ReadCollection
from transforms import steps


def main(source: str, good: str, ends: str) -> None:
    """Writes `SEVERITY VALUE` lines to `good-*`; dead letters and the other ends go into the folder `ends`."""
    run = RunInfo("own-run", started_at=int(time.time()), job="own", collection="acme")
    with (
        beam.Pipeline(runner="FnApiRunner") as pipeline,
        ErrorHandler(WriteDeadLetters(ends, "own")) as handler,
    ):
        read = pipeline | ReadCollection([source], run).with_error_handler(handler)
        indicators = (
            read.records
            | Validate(run).with_error_handler(handler)
            | FixUrlScheme(run, "https").with_error_handler(handler)
            | Expire(run)
        )
        for step in steps(run):
            collector = OutcomeCollector(lambda name=step.name: WriteOutcomes(ends, name))
            stage = step.stage(run).with_error_handler(handler).with_outcomes(collector)
            indicators = indicators | step.name >> stage
        lines = indicators | beam.Map(lambda one: f"{one.severity} {one.value}")
        _ = lines | beam.io.WriteToText(good)


if __name__ == "__main__":
    main(*sys.argv[1:])
