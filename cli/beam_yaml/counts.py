"""Counters of how records ended, for whoever runs a pipeline that has no target and so no summary."""

from __future__ import annotations

from typing import Final

import apache_beam as beam
from apache_beam.metrics.metric import Metrics, MetricsFilter

from iocbeam.model.outcome import NO_END, Tally
from iocbeam.model.record import ReadReport

NAMESPACE: Final = "iocbeam"
_READ: Final = "records_read"


class Count(beam.DoFn):
    """Adds `Tally`s to counters named `OUTCOME.REASON`."""

    def process(self, element: Tally) -> None:
        if element.outcome not in NO_END:
            Metrics.counter(NAMESPACE, f"{element.outcome}.{element.reason}").inc(element.records)


class CountReads(beam.DoFn):
    """Adds the records of `ReadReport`s to one counter."""

    def process(self, element: ReadReport) -> None:
        Metrics.counter(NAMESPACE, _READ).inc(element.records)


def counted(result: object) -> tuple[int, dict[tuple[str, str], int]]:
    """What a finished run has counted: records read, and for each outcome and reason how many ended so."""
    found: dict[str, int] = {}
    query = result.metrics().query(MetricsFilter().with_namespace(NAMESPACE))  # type: ignore[attr-defined]
    for one in query["counters"]:
        found[one.key.metric.name] = found.get(one.key.metric.name, 0) + one.result
    read = found.pop(_READ, 0)
    return read, {(name.partition(".")[0], name.partition(".")[2]): count for name, count in sorted(found.items())}
