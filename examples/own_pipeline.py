"""The stages in a pipeline of your own: read a collection, keep what is valid and alive, write it as text.

python examples/own_pipeline.py examples/collection.jsonl good.txt rejected
"""

from __future__ import annotations

import sys

import apache_beam as beam
from apache_beam.transforms.error_handling import ErrorHandler

from iocbeam.model import RunInfo
from iocbeam.sinks import WriteDeadLetters
from iocbeam.transforms import Expire, FixUrlScheme, Validate
from iocbeam.transforms.sources import ReadCollection


def main(source: str, good: str, rejected: str) -> None:
    """Writes `TYPE VALUE` lines of good indicators to `good-*`, dead letters into the folder `rejected`."""
    run = RunInfo("example", started_at=1_790_000_000, job="own", collection="example")
    with (
        beam.Pipeline(runner="FnApiRunner") as pipeline,
        ErrorHandler(WriteDeadLetters(rejected, "own")) as handler,
    ):
        read = pipeline | ReadCollection([source], run).with_error_handler(handler)
        _ = (
            read.records
            | Validate(run).with_error_handler(handler)
            | FixUrlScheme(run, "https").with_error_handler(handler)
            | Expire(run)
            | beam.Map(lambda indicator: f"{indicator.type} {indicator.value}")
            | beam.io.WriteToText(good)
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
